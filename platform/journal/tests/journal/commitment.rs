//! A commitment opens to one text, with one salt, in one place.

use journal::{Commitment, DETAIL, Hash, LogId, Place, Salt};
use uuid::Uuid;

use crate::sample::{LOG, single_bit_flips};

const PLACE: Place = Place { log: LOG, seq: 258, field: 3, kind: 9 };
const SALT: Salt = Salt::from_bytes([7; 32]);
const NAME: &[u8] = "张".as_bytes();

#[test]
fn twin_commits_to_the_same() {
    let commitment = Commitment::new(&PLACE, &SALT, NAME);
    let expected = "545d355d0e3d68acb919f3743ae3bedd62434f4b2ee34980249deed2833fb7de";
    assert_eq!(Hash::from_bytes(*commitment.as_bytes()).to_string(), expected);
    assert!(commitment.opens(&PLACE, &SALT, NAME));
}

#[test]
fn it_opens_nowhere_else_and_to_nothing_else() {
    let commitment = Commitment::new(&PLACE, &SALT, NAME);
    let elsewhere = [
        Place { log: LogId(Uuid::nil()), ..PLACE },
        Place { seq: 259, ..PLACE },
        Place { field: 4, ..PLACE },
        Place { kind: 10, ..PLACE },
        Place { field: 9, kind: 3, ..PLACE },
        Place { field: DETAIL, kind: DETAIL, ..PLACE },
    ];
    for place in elsewhere {
        assert!(!commitment.opens(&place, &SALT, NAME), "{place:?}");
    }
    for salt in single_bit_flips(SALT.as_bytes()) {
        let salt = Salt::try_from(salt.as_slice()).expect("as long");
        assert!(!commitment.opens(&PLACE, &salt, NAME));
    }
    for message in single_bit_flips(NAME).chain([vec![], [NAME, b"\0"].concat()]) {
        assert!(!commitment.opens(&PLACE, &SALT, &message));
    }
    for bytes in single_bit_flips(commitment.as_bytes()) {
        let other = Commitment::from_bytes(bytes.try_into().expect("as long"));
        assert_ne!(other, commitment);
    }
}

#[test]
fn a_salt_says_nothing_of_itself() {
    assert_eq!(format!("{SALT:?}"), "Salt");
}

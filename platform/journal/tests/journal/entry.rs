//! An entry has one spelling: what is written is read, everything else is refused.

use journal::{
    Code, Commitment, Entry, EntryError, FieldCommitment, Flags, Handle, Hash, MAX_ENTRY,
    PolicyHash, Rule, leaf_hash,
};
use proptest::prelude::*;
use uuid::Uuid;

use crate::sample::{self, code, single_bit_flips};

/// Twin: the bytes of [`full`], and its leaf hash.
const BYTES: &str = "ae000101190102021b000001a1dc80f000030504582001010101010101010101010101010101\
    01010101010101010101010101010101055002020202020202020202020202020202066e726571756573742e61\
    6e737765720750030303030303030303030303030303030869666f6c6c6f775f7570098248bacfa3fab8b34a87\
    73726571756573742e616e737765722f6c6561640a8183500404040404040404040404040404040419012c5820\
    05050505050505050505050505050505050505050505050505050505050505050b500606060606060606060606\
    06060606060c50070707070707070707070707070707070d582008080808080808080808080808080808080808\
    08080808080808080808080808";
const LEAF: &str = "fc124540329804f15c517c69f701df9ca83eeeaab59515bf23925cf3afb32be2";

fn hex(text: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex");
    (0..text.len()).step_by(2).map(byte).collect()
}

fn full() -> Entry {
    let handle = |byte| Handle(Uuid::from_bytes([byte; 16]));
    Entry {
        seq: 258,
        at_ms: 1_794_700_800_000,
        flags: Flags { clock_anomaly: true, late: false, restored: true },
        prev: Hash::from_bytes([1; 32]),
        actor: handle(2),
        action: code("request.answer"),
        object: handle(3),
        purpose: Some(code("follow_up")),
        rule: Some(Rule {
            policy: PolicyHash::of("permit(principal, action, resource);"),
            id: code("request.answer/lead"),
        }),
        fields: vec![FieldCommitment {
            handle: handle(4),
            kind: 300,
            commitment: Commitment::from_bytes([5; 32]),
        }],
        operation: Uuid::from_bytes([6; 16]),
        nonce: [7; 16],
        detail: Commitment::from_bytes([8; 32]),
    }
}

#[test]
fn twin_writes_the_same_bytes() {
    let bytes = full().encode().expect("short");
    assert_eq!(bytes, hex(BYTES));
    assert_eq!(leaf_hash(&bytes).to_string(), LEAF);
    assert_eq!(Entry::decode(&bytes), Ok(full()));
}

/// Replaces `from`, which occurs once, in the hexadecimal text of [`full`].
fn respelled(from: &str, to: &str) -> Vec<u8> {
    let text = hex_text();
    assert_eq!(text.matches(from).count(), 1, "{from}");
    hex(&text.replace(from, to))
}

fn hex_text() -> String {
    hex(BYTES).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn only_the_canonical_spelling_is_read() {
    use EntryError::{Malformed, NotCanonical};
    let cases = [
        ("a byte after the end", hex(&(hex_text() + "00")), NotCanonical),
        ("a number longer than needed", respelled("01190102", "011a00000102"), NotCanonical),
        ("a length longer than needed", respelled("066e72", "06780e72"), NotCanonical),
        ("a key longer than needed", respelled("066e72", "18066e72"), NotCanonical),
        ("an unknown flag", respelled("00030504", "00030d04"), NotCanonical),
        ("a map that counts wrongly", respelled("ae0001", "ad0001"), NotCanonical),
        ("a map without a length", respelled("ae0001", "bf0001"), Malformed),
        ("an array without a length", respelled("0a8183", "0a9f83"), Malformed),
        ("more fields than there are", respelled("0a8183", "0a9b7fffffffffffffff83"), Malformed),
        ("another version", respelled("ae0001", "ae0002"), Malformed),
        ("keys in another order", respelled("0001011901020", "0119010200010"), Malformed),
        ("a key twice", respelled("ae0001", "af00010001"), Malformed),
        ("an unknown key", respelled("ae0001", "af0001183201"), Malformed),
        ("a text that is no code", respelled("066e72", "066e20"), Malformed),
        ("a short hash", respelled("0d582008", "0d581f"), Malformed),
        ("nothing", vec![], Malformed),
    ];
    for (what, bytes, why) in cases {
        assert_eq!(Entry::decode(&bytes), Err(why), "{what}");
    }
}

#[test]
fn every_cut_is_refused() {
    let bytes = hex(BYTES);
    for end in 0..bytes.len() {
        assert!(Entry::decode(&bytes[..end]).is_err(), "{end}");
    }
}

#[test]
fn no_two_spellings_are_one_entry() {
    for flipped in single_bit_flips(&hex(BYTES)) {
        assert_ne!(Entry::decode(&flipped), Ok(full()));
    }
}

#[test]
fn an_entry_over_the_limit_is_neither_written_nor_read() {
    let mut entry = sample::entry(0, Hash::NONE);
    let one = entry.fields[0];
    while let Ok(bytes) = entry.encode() {
        assert!(bytes.len() <= MAX_ENTRY);
        entry.fields.push(one);
    }
    assert!(entry.fields.len() > 60);
    assert!(matches!(entry.encode(), Err(EntryError::TooLong(_))));
    assert_eq!(Entry::decode(&[0; MAX_ENTRY + 1]), Err(EntryError::TooLong(MAX_ENTRY + 1)));
}

#[test]
fn a_code_is_a_word_of_ours() {
    for good in ["a", "request.answer", "read", "request.answer/lead-2", &"a".repeat(64)] {
        assert_eq!(Code::new(good).expect("a code").as_str(), good);
    }
    for bad in ["", "Request", "张三", "13800000000", "two words", "a+b", "_a", &"a".repeat(65)] {
        assert!(Code::new(bad).is_err(), "{bad}");
    }
}

prop_compose! {
    fn any_code()(text in "[a-z][a-z0-9._/-]{0,63}") -> Code { code(&text) }
}

prop_compose! {
    fn any_field()(handle: u128, kind: u16, commitment: [u8; 32]) -> FieldCommitment {
        let commitment = Commitment::from_bytes(commitment);
        FieldCommitment { handle: sample::handle(handle), kind, commitment }
    }
}

prop_compose! {
    fn any_entry()(
        (seq, at_ms) in any::<(u64, u64)>(),
        (clock_anomaly, late, restored) in any::<(bool, bool, bool)>(),
        (prev, detail, nonce) in any::<([u8; 32], [u8; 32], [u8; 16])>(),
        (actor, object, operation, policy) in any::<(u128, u128, u128, [u8; 8])>(),
        action in any_code(),
        purpose in prop::option::of(any_code()),
        rule in prop::option::of(any_code()),
        fields in prop::collection::vec(any_field(), 0..40),
    ) -> Entry {
        Entry {
            seq, at_ms, action, purpose, fields, nonce,
            flags: Flags { clock_anomaly, late, restored },
            prev: Hash::from_bytes(prev),
            actor: sample::handle(actor),
            object: sample::handle(object),
            rule: rule.map(|id| Rule { policy: PolicyHash(policy), id }),
            operation: Uuid::from_u128(operation),
            detail: Commitment::from_bytes(detail),
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(entry in any_entry()) {
        let bytes = entry.encode().expect("40 fields are within the limit");
        prop_assert_eq!(Entry::decode(&bytes), Ok(entry));
    }

    #[test]
    fn any_bytes_are_refused_or_canonical(bytes: Vec<u8>) {
        if let Ok(entry) = Entry::decode(&bytes) {
            prop_assert_eq!(entry.encode(), Ok(bytes));
        }
    }
}

//! The key file is made once, for its owner alone; a broken key is never used.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::thread;

use journal::{KeyError, PublicKey, SigningKey};

use crate::sample::{PRIVATE_KEY, key_from, signer};

/// Twin: the public half of [`PRIVATE_KEY`].
const PUBLIC_KEY: &str = "lianhu+e4e1e1fe+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";

#[test]
fn twin_has_the_same_public_key() {
    assert_eq!(signer().public().to_string(), PUBLIC_KEY);
    assert_eq!(PUBLIC_KEY.parse::<PublicKey>().expect("a key"), signer().public());
}

#[test]
fn a_key_is_made_once_and_only_for_its_owner() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("journal.key");
    let made = SigningKey::load_or_create(&path).expect("a new key");
    assert_eq!(fs::metadata(&path).expect("the file").permissions().mode() & 0o7777, 0o600);
    let loaded = SigningKey::load_or_create(&path).expect("the same key");
    assert_eq!(made.public(), loaded.public());
    assert_eq!(fs::read_dir(&directory).expect("the directory").count(), 1, "no draft is left");

    let other = SigningKey::load_or_create(&directory.path().join("other")).expect("another");
    assert_ne!(made.public(), other.public());
}

#[test]
fn of_many_at_once_all_get_one_key() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("journal.key");
    let keys: Vec<String> = thread::scope(|scope| {
        let make = || SigningKey::load_or_create(&path).expect("a key").public().to_string();
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(make)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
}

#[test]
fn a_key_that_others_may_read_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("journal.key");
    SigningKey::load_or_create(&path).expect("a new key");
    for mode in [0o640, 0o604, 0o660, 0o700, 0o777] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).expect("the mode");
        let refused = SigningKey::load_or_create(&path);
        assert!(matches!(refused, Err(KeyError::Exposed(seen)) if seen == mode), "{mode:o}");
    }
}

#[test]
fn a_broken_key_file_is_refused_and_kept() {
    for text in [
        "",
        "lianhu",
        PUBLIC_KEY,
        &PRIVATE_KEY.replace("e4e1e1fe", "e4e1e1ff"),
        &PRIVATE_KEY.replace("AQAB", "AQAC"),
        &PRIVATE_KEY.replace("AQAB", "AgAB"),
        &PRIVATE_KEY[..60],
    ] {
        assert!(matches!(key_from(text), Err(KeyError::Malformed)), "{text}");
    }
}

#[test]
fn a_broken_public_key_is_refused() {
    for text in [
        "",
        "lianhu",
        &PUBLIC_KEY.replace("lianhu", "lianhe"),
        &PUBLIC_KEY.replace("e4e1e1fe", "E4E1E1FE"),
        &PUBLIC_KEY.replace("AQOh", "AQOi"),
        &PUBLIC_KEY.replace("AQOh", "AgOh"),
        &PUBLIC_KEY[..PUBLIC_KEY.len() - 4],
        // The neutral point with its right id: everything would be signed by it.
        "lianhu+6836e241+AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ] {
        assert!(text.parse::<PublicKey>().is_err(), "{text}");
    }
}

#[test]
fn a_private_key_does_not_show_itself() {
    let shown = format!("{:?}", key_from(PRIVATE_KEY).expect("the key"));
    assert_eq!(shown, format!("SigningKey({PUBLIC_KEY})"));
}

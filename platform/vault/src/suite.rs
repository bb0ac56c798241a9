//! The two suites of algorithms behind one interface. Which one sealed a text stands in its first
//! byte, so both may lie side by side in one database.
//!
//! International: AES-256-GCM (NIST SP 800-38D) and HMAC-SHA-256. National: SM4-GCM (RFC 8998,
//! GB/T 32907) and HMAC-SM3 (GB/T 32905). Signatures are not the vault's: the journal signs with
//! Ed25519, and there is no SM2 yet.

use aes_gcm::aead::consts::{U12, U16};
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, AesGcm};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use sm3::Sm3;
use sm4::Sm4;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Length of every key as it is kept. SM4 takes the first half: of bytes that are all random, any
/// half is as good a key.
pub const KEY_BYTES: usize = 32;

/// Length of a nonce; the only one that GCM takes without hashing it first.
pub const NONCE_BYTES: usize = 12;

/// Length of GCM's tag, never shortened.
pub const TAG_BYTES: usize = 16;

/// Length of a keyed hash of either suite.
pub const MAC_BYTES: usize = 32;

const SM4_KEY_BYTES: usize = 16;

type Sm4Gcm = AesGcm<Sm4, U12, U16>;

/// Secret bytes, gone from memory with their owner. Neither printed nor compared.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Secret(pub(crate) [u8; KEY_BYTES]);

impl Secret {
    /// A new one from the caller's randomness.
    pub(crate) fn new(fill: &(dyn Fn(&mut [u8]) + Send + Sync)) -> Secret {
        let mut secret = Secret([0; KEY_BYTES]);
        fill(&mut secret.0);
        secret
    }

    /// The one kept in these bytes, if there are as many as a key has.
    pub(crate) fn of(bytes: &[u8]) -> Option<Secret> {
        bytes.try_into().ok().map(Secret)
    }
}

/// A suite of algorithms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Suite {
    /// AES-256-GCM and HMAC-SHA-256.
    International,
    /// SM4-GCM and HMAC-SM3 (国密).
    National,
}

impl Suite {
    /// All there are.
    pub const ALL: [Suite; 2] = [Suite::International, Suite::National];

    /// The byte that names it in everything it sealed. Never given to another suite.
    #[must_use]
    pub fn id(self) -> u8 {
        match self {
            Suite::International => 1,
            Suite::National => 2,
        }
    }

    /// The suite with this byte.
    #[must_use]
    pub fn of(id: u8) -> Option<Suite> {
        Suite::ALL.into_iter().find(|suite| suite.id() == id)
    }

    /// Its name on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Suite::International => "aes",
            Suite::National => "sm",
        }
    }

    /// The suite of this name.
    #[must_use]
    pub fn named(word: &str) -> Option<Suite> {
        Suite::ALL.into_iter().find(|suite| suite.word() == word)
    }

    /// Keyed hash of the parts, each after its length so that no two lists of parts are one text.
    pub(crate) fn mac(self, key: &Secret, parts: &[&[u8]]) -> [u8; MAC_BYTES] {
        match self {
            Suite::International => mac_of::<Hmac<Sha256>>(key, parts),
            Suite::National => mac_of::<Hmac<Sm3>>(key, parts),
        }
    }

    /// A key for one purpose, derived from `key`, so that no key serves two.
    pub(crate) fn derive(self, key: &Secret, purpose: &str) -> Secret {
        Secret(self.mac(key, &[b"lianhu/v1/derive", purpose.as_bytes()]))
    }

    /// The cipher under a key.
    pub(crate) fn cipher(self, key: &Secret) -> Cipher {
        match self {
            Suite::International => Cipher::Aes(Box::new(Aes256Gcm::new((&key.0).into()))),
            Suite::National => {
                let mut half = [0; SM4_KEY_BYTES];
                half.copy_from_slice(&key.0[..SM4_KEY_BYTES]);
                let cipher = Cipher::Sm4(Box::new(Sm4Gcm::new((&half).into())));
                half.zeroize();
                cipher
            }
        }
    }
}

fn mac_of<M: Mac + KeyInit>(key: &Secret, parts: &[&[u8]]) -> [u8; MAC_BYTES] {
    // HMAC takes a key of any length.
    let mut mac = <M as KeyInit>::new_from_slice(&key.0).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    let mut bytes = [0; MAC_BYTES];
    // SHA-256 and SM3 both give 32 bytes.
    bytes.copy_from_slice(&mac.finalize().into_bytes());
    bytes
}

/// A cipher with its key expanded. Boxed: the tables of a key are half a kilobyte.
pub(crate) enum Cipher {
    Aes(Box<Aes256Gcm>),
    Sm4(Box<Sm4Gcm>),
}

impl Cipher {
    /// `text` encrypted, with its tag behind it; both are bound to `aad`.
    pub(crate) fn encrypt(&self, nonce: &[u8; NONCE_BYTES], aad: &[u8], text: &[u8]) -> Vec<u8> {
        let payload = Payload { msg: text, aad };
        let sealed = match self {
            Cipher::Aes(cipher) => cipher.encrypt(nonce.into(), payload),
            Cipher::Sm4(cipher) => cipher.encrypt(nonce.into(), payload),
        };
        // A field is a megabyte at most.
        sealed.expect("GCM refuses only texts of more than 64 GB; ours are bounded")
    }

    /// The text again, or nothing if key, nonce, `aad`, text or tag is another.
    pub(crate) fn decrypt(
        &self,
        nonce: &[u8; NONCE_BYTES],
        aad: &[u8],
        sealed: &[u8],
    ) -> Option<Vec<u8>> {
        let payload = Payload { msg: sealed, aad };
        match self {
            Cipher::Aes(cipher) => cipher.decrypt(nonce.into(), payload).ok(),
            Cipher::Sm4(cipher) => cipher.decrypt(nonce.into(), payload).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex");
        (0..hex.len()).step_by(2).map(digit).collect()
    }

    fn secret(hex: &str) -> Secret {
        let mut secret = Secret([0; KEY_BYTES]);
        let key = bytes(hex);
        secret.0[..key.len()].copy_from_slice(&key);
        secret
    }

    fn check(suite: Suite, [key, nonce, aad, text, sealed]: [&str; 5]) {
        let cipher = suite.cipher(&secret(key));
        let nonce: [u8; NONCE_BYTES] = bytes(nonce).try_into().expect("twelve bytes");
        let (aad, text, sealed) = (bytes(aad), bytes(text), bytes(sealed));
        assert_eq!(cipher.encrypt(&nonce, &aad, &text), sealed);
        assert_eq!(cipher.decrypt(&nonce, &aad, &sealed), Some(text));
        assert_eq!(cipher.decrypt(&nonce, b"another place", &sealed), None);
    }

    /// RFC 8998, appendix A.1.
    #[test]
    fn sm4_gcm_is_that_of_rfc_8998() {
        check(
            Suite::National,
            [
                "0123456789abcdeffedcba9876543210",
                "00001234567800000000abcd",
                "feedfacedeadbeeffeedfacedeadbeefabaddad2",
                "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd\
                 eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa",
                "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735\
                 d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d\
                 83de3541e4c2b58177e065a9bf7b62ec",
            ],
        );
    }

    /// McGrew and Viega, The Galois/Counter Mode of Operation, test case 16.
    #[test]
    fn aes_gcm_is_that_of_its_authors() {
        check(
            Suite::International,
            [
                "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
                "cafebabefacedbaddecaf888",
                "feedfacedeadbeeffeedfacedeadbeefabaddad2",
                "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
                 1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
                "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
                 8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662\
                 76fc6ece0f4e1768cddf8853bb2d551b",
            ],
        );
    }

    #[test]
    fn a_keyed_hash_hangs_on_key_suite_and_every_part() {
        let (one, other) = (secret("01"), secret("02"));
        let of = |suite: Suite, key: &Secret, parts: &[&[u8]]| suite.mac(key, parts);
        let known = of(Suite::International, &one, &[b"ab", b"c"]);
        assert_ne!(known, of(Suite::International, &one, &[b"a", b"bc"]));
        assert_ne!(known, of(Suite::International, &other, &[b"ab", b"c"]));
        assert_ne!(known, of(Suite::National, &one, &[b"ab", b"c"]));
    }

    #[test]
    fn a_suite_is_known_by_its_byte_and_its_word() {
        for suite in Suite::ALL {
            assert_eq!(Suite::of(suite.id()), Some(suite));
            assert_eq!(Suite::named(suite.word()), Some(suite));
        }
        assert_eq!(Suite::of(0), None);
        assert_eq!(Suite::named("des"), None);
    }
}

//! The form of a sealed field, and what it is bound to.
//!
//! `suite (1) ‖ key version (4) ‖ nonce (12) ‖ text padded and encrypted ‖ tag (16)`
//!
//! The tag covers, besides the text, suite and version and the place: community, table, column and
//! row. A sealed field that was moved to another row, column or community does not open there. The
//! padding leaves of a text's length only the next power of two.

use uuid::Uuid;
use zeroize::Zeroizing;

use crate::suite::{Cipher, NONCE_BYTES, Suite, TAG_BYTES};

/// What stands before the encrypted text: suite, version, nonce.
const HEAD_BYTES: usize = 1 + 4 + NONCE_BYTES;

/// The shortest padded text: names, telephones and days all fit, so they all look alike.
const PAD_MIN: usize = 16;

/// The longest text that is sealed: the words of an act with everything in it. Longer ones are
/// files, which are not fields.
pub const TEXT_MAX: usize = 1 << 20;

/// Ends the text; zeros fill up what follows (ISO/IEC 7816-4).
const PAD: u8 = 0x80;

/// Where a sealed field stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub community: Uuid,
    pub table: &'static str,
    pub column: &'static str,
    pub row: Uuid,
}

impl Place {
    fn bound(&self, suite: Suite, version: u32) -> Vec<u8> {
        let mut bound = b"lianhu/v1/field".to_vec();
        bound.push(suite.id());
        bound.extend(version.to_be_bytes());
        bound.extend(self.community.as_bytes());
        for name in [self.table, self.column] {
            bound.extend((name.len() as u64).to_be_bytes());
            bound.extend(name.as_bytes());
        }
        bound.extend(self.row.as_bytes());
        bound
    }
}

/// A key that seals: its suite, its version, and the cipher under it.
pub(crate) struct Sealing {
    pub suite: Suite,
    pub version: u32,
    pub cipher: Cipher,
}

impl Sealing {
    /// Seals a text for its place; nothing if it is longer than [`TEXT_MAX`].
    pub(crate) fn seal(
        &self,
        place: &Place,
        text: &[u8],
        nonce: [u8; NONCE_BYTES],
    ) -> Option<Vec<u8>> {
        if text.len() > TEXT_MAX {
            return None;
        }
        let width = (text.len() + 1).next_power_of_two().max(PAD_MIN);
        let mut padded = Zeroizing::new(Vec::with_capacity(width));
        padded.extend(text);
        padded.push(PAD);
        padded.resize(width, 0);
        let bound = place.bound(self.suite, self.version);
        let encrypted = self.cipher.encrypt(&nonce, &bound, &padded);
        let mut sealed = Vec::with_capacity(HEAD_BYTES + encrypted.len());
        sealed.push(self.suite.id());
        sealed.extend(self.version.to_be_bytes());
        sealed.extend(nonce);
        sealed.extend(encrypted);
        Some(sealed)
    }

    /// The text again; nothing if it was sealed elsewhere, by another key, or was changed.
    pub(crate) fn open(&self, place: &Place, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (suite, version) = head(sealed)?;
        if suite != self.suite || version != self.version {
            return None;
        }
        let (head, encrypted) = sealed.split_at(HEAD_BYTES);
        let nonce = head[HEAD_BYTES - NONCE_BYTES..].try_into().ok()?;
        let bound = place.bound(suite, version);
        let padded = self.cipher.decrypt(&nonce, &bound, encrypted)?;
        let mut padded = Zeroizing::new(padded);
        let end = padded.iter().rposition(|byte| *byte != 0)?;
        if padded[end] != PAD {
            return None;
        }
        padded.truncate(end);
        Some(padded)
    }
}

/// Suite and key version that a sealed field names; nothing if it is none.
pub(crate) fn head(sealed: &[u8]) -> Option<(Suite, u32)> {
    if sealed.len() < HEAD_BYTES + PAD_MIN + TAG_BYTES {
        return None;
    }
    let version = sealed[1..5].try_into().ok()?;
    Some((Suite::of(sealed[0])?, u32::from_be_bytes(version)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::suite::{KEY_BYTES, Secret};

    fn sealing(suite: Suite, key: u8, version: u32) -> Sealing {
        Sealing { suite, version, cipher: suite.cipher(&Secret([key; KEY_BYTES])) }
    }

    fn place() -> Place {
        let (community, row) = (Uuid::from_u128(1), Uuid::from_u128(2));
        Place { community, table: "persons", column: "name", row }
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_in_its_place(text in proptest::collection::vec(any::<u8>(), 0..600)) {
            for suite in Suite::ALL {
                let key = sealing(suite, 7, 3);
                let sealed = key.seal(&place(), &text, [9; NONCE_BYTES]).expect("short enough");
                prop_assert_eq!(head(&sealed), Some((suite, 3)));
                let opened = key.open(&place(), &sealed);
                prop_assert_eq!(opened.as_deref(), Some(&text));
            }
        }
    }

    #[test]
    fn it_opens_nowhere_else_and_with_no_other_key() {
        for suite in Suite::ALL {
            let key = sealing(suite, 7, 1);
            let sealed = key.seal(&place(), "夏爹".as_bytes(), [0; NONCE_BYTES]).expect("short");
            let elsewhere = [
                Place { community: Uuid::from_u128(9), ..place() },
                Place { table: "requests", ..place() },
                Place { column: "phone", ..place() },
                Place { row: Uuid::from_u128(9), ..place() },
            ];
            for place in elsewhere {
                assert!(key.open(&place, &sealed).is_none(), "{place:?}");
            }
            assert!(sealing(suite, 8, 1).open(&place(), &sealed).is_none());
            assert!(sealing(suite, 7, 2).open(&place(), &sealed).is_none());
        }
    }

    #[test]
    fn any_changed_bit_is_noticed() {
        for suite in Suite::ALL {
            let key = sealing(suite, 7, 1);
            let sealed = key.seal(&place(), b"13800000000", [5; NONCE_BYTES]).expect("short");
            for bit in 0..sealed.len() * 8 {
                let mut changed = sealed.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                assert!(key.open(&place(), &changed).is_none(), "bit {bit}");
            }
            for length in 0..sealed.len() {
                assert!(key.open(&place(), &sealed[..length]).is_none(), "cut to {length}");
            }
        }
    }

    #[test]
    fn short_texts_all_have_one_length() {
        let key = sealing(Suite::International, 7, 1);
        let length = |text: &str| {
            key.seal(&place(), text.as_bytes(), [0; NONCE_BYTES]).map(|sealed| sealed.len())
        };
        assert_eq!(length(""), length("13800000000"));
        assert_eq!(length("王芳"), length("欧阳春梅"));
        assert_ne!(length("王芳"), length("北京市朝阳区"));
        assert_eq!(length(&"x".repeat(TEXT_MAX + 1)), None);
    }
}

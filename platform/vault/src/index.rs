//! The blind index: what can be looked for without being readable.
//!
//! A keyed hash under the community's index key, cut short. Cutting costs the searcher a few wrong
//! hits, which opening the field sorts out, and costs the thief certainty: of texts drawn from a
//! small set (four digits, one character) many share a hash, so that counting tells little.

use crate::suite::{MAC_BYTES, Secret, Suite};

/// A whole number (citizen number, telephone): two people of one community share a hash once in
/// billions of communities.
pub const WHOLE_BYTES: usize = 8;

/// The last four digits of a telephone: 4 digits are 13 bits, so a little less than all of them.
pub const LAST_FOUR_VALUES: i64 = 4096;

/// Terms of names: characters in use fall together by the dozen.
pub const TERM_VALUES: i64 = 256;

/// What makes the index of one community.
#[derive(Clone)]
pub struct IndexKey {
    pub(crate) suite: Suite,
    pub(crate) secret: Secret,
}

impl IndexKey {
    /// The hash of a number that is looked for whole. `kind` keeps telephones apart from citizen
    /// numbers.
    #[must_use]
    pub fn whole(&self, kind: &str, text: &str) -> [u8; WHOLE_BYTES] {
        let mut short = [0; WHOLE_BYTES];
        short.copy_from_slice(&self.hash(kind, text)[..WHOLE_BYTES]);
        short
    }

    /// The drawer that the last digits of a number fall into.
    #[must_use]
    pub fn last_four(&self, kind: &str, digits: &str) -> i64 {
        self.drawer(kind, digits, LAST_FOUR_VALUES)
    }

    /// The drawer that a term falls into.
    #[must_use]
    pub fn term(&self, kind: &str, term: &str) -> i64 {
        self.drawer(kind, term, TERM_VALUES)
    }

    fn drawer(&self, kind: &str, text: &str, of: i64) -> i64 {
        let hash = self.hash(kind, text);
        let [a, b, c, d, ..] = hash;
        i64::from(u32::from_be_bytes([a, b, c, d])) % of
    }

    fn hash(&self, kind: &str, text: &str) -> [u8; MAC_BYTES] {
        self.suite.mac(&self.secret, &[b"lianhu/v1/index", kind.as_bytes(), text.as_bytes()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::KEY_BYTES;

    fn key(suite: Suite, seed: u8) -> IndexKey {
        IndexKey { suite, secret: Secret([seed; KEY_BYTES]) }
    }

    #[test]
    fn the_same_text_is_found_under_the_same_key_and_kind_alone() {
        for suite in Suite::ALL {
            let of = |seed, kind, text| key(suite, seed).whole(kind, text);
            assert_eq!(of(1, "phone", "13800000000"), of(1, "phone", "13800000000"));
            assert_ne!(of(1, "phone", "13800000000"), of(2, "phone", "13800000000"));
            assert_ne!(of(1, "phone", "13800000000"), of(1, "citizen", "13800000000"));
            assert_ne!(of(1, "phone", "13800000000"), of(1, "phone", "13800000001"));
        }
    }

    #[test]
    fn what_there_are_few_of_shares_its_drawer() {
        let key = key(Suite::International, 1);
        let drawers: std::collections::BTreeSet<i64> =
            (0..10_000).map(|four| key.last_four("phone", &format!("{four:04}"))).collect();
        assert!(drawers.iter().all(|drawer| (0..LAST_FOUR_VALUES).contains(drawer)));
        // 10,000 into 4,096: a thief who counts does not know which of two or three it is.
        assert!((3_500..=4_096).contains(&drawers.len()), "{}", drawers.len());
        assert!((0..TERM_VALUES).contains(&key.term("name", "王")));
    }
}

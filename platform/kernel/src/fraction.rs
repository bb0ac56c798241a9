//! Exact fractions, for every share and threshold that decides something.
//!
//! The law draws the line in two ways, and one vote may hang on it: 三分之二以上 includes the
//! line ([`Fraction::at_least`], Civil Code art. 1259), 过半数 lies beyond it
//! ([`Fraction::more_than`]). A share of nothing is no fraction (R18).

use std::cmp::Ordering;
use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

use crate::Fault;

/// A number that is not negative, as numerator over denominator; `2/4` equals `1/2`.
#[derive(Debug, Clone, Copy)]
pub struct Fraction {
    num: u64,
    den: NonZeroU64,
}

impl Fraction {
    /// Half.
    pub const HALF: Fraction = Fraction::constant(1, 2);
    /// Two thirds: the turnout the Civil Code asks of owners (art. 278).
    pub const TWO_THIRDS: Fraction = Fraction::constant(2, 3);
    /// Three quarters: the approval the graver matters need (art. 278).
    pub const THREE_QUARTERS: Fraction = Fraction::constant(3, 4);

    /// `num` of `den`; `None` of nothing.
    pub const fn new(num: u64, den: u64) -> Option<Fraction> {
        match NonZeroU64::new(den) {
            Some(den) => Some(Fraction { num, den }),
            None => None,
        }
    }

    const fn constant(num: u64, den: u64) -> Fraction {
        match Fraction::new(num, den) {
            Some(fraction) => fraction,
            None => panic!("the constants above have denominators"),
        }
    }

    /// The numerator as given.
    pub const fn num(self) -> u64 {
        self.num
    }

    /// The denominator as given.
    pub const fn den(self) -> u64 {
        self.den.get()
    }

    /// 以上, 不低于: the line itself suffices.
    pub fn at_least(self, line: Fraction) -> bool {
        self >= line
    }

    /// 过半数, 超过: the line itself does not suffice.
    pub fn more_than(self, line: Fraction) -> bool {
        self > line
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Fraction) -> Ordering {
        // Products of two 64-bit numbers fit 128 bits: exact.
        let left = u128::from(self.num) * u128::from(other.den());
        let right = u128::from(other.num) * u128::from(self.den());
        left.cmp(&right)
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Fraction) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Fraction {
    fn eq(&self, other: &Fraction) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Fraction {}

impl fmt::Display for Fraction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.num, self.den)
    }
}

impl FromStr for Fraction {
    type Err = Fault;

    /// Reads `2/3`.
    fn from_str(text: &str) -> Result<Fraction, Fault> {
        let read = || {
            let (num, den) = text.split_once('/')?;
            Fraction::new(num.parse().ok()?, den.parse().ok()?)
        };
        read().ok_or_else(|| Fault::new("fault.not_a_fraction"))
    }
}

crate::as_string!(Fraction, { "pattern": "^[0-9]+/[0-9]+$" });

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(num: u64, den: u64) -> Fraction {
        Fraction::new(num, den).unwrap()
    }

    #[test]
    fn d3_the_line_is_included_by_at_least_and_excluded_by_more_than() {
        assert!(of(2, 3).at_least(Fraction::TWO_THIRDS));
        assert!(!of(2, 3).more_than(Fraction::TWO_THIRDS));
        assert!(!of(50, 100).more_than(Fraction::HALF));
        assert!(of(51, 100).more_than(Fraction::HALF));
        assert!(!of(666_666, 1_000_000).at_least(Fraction::TWO_THIRDS));
        assert!(of(75, 100).at_least(Fraction::THREE_QUARTERS));
    }

    #[test]
    fn r18_a_share_of_nothing_is_none() {
        assert_eq!(Fraction::new(0, 0), None);
        assert_eq!(Fraction::new(3, 0), None);
    }

    #[test]
    fn fractions_are_read_as_written() {
        assert_eq!("2/3".parse::<Fraction>().unwrap().to_string(), "2/3");
        for text in ["", "2", "2/0", "-1/2", "1/2/3", "0.5", "a/b"] {
            let fault = Fault::new("fault.not_a_fraction");
            assert_eq!(text.parse::<Fraction>().unwrap_err(), fault, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_size_is_rounded(num in any::<u64>(), den in 2u64..) {
            let share = of(num, den);
            prop_assert!(share.at_least(share) && !share.more_than(share));
            // One less below the line makes it more, however large the numbers.
            prop_assert_eq!(of(num, den - 1).more_than(share), num > 0);
        }

        #[test]
        fn multiples_are_equal(num in 0u64..1 << 32, den in 1u64..1 << 32, by in 1u64..1 << 31) {
            prop_assert_eq!(of(num * by, den * by), of(num, den));
        }
    }
}

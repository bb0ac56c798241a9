//! Money: whole fen, never a float (Y6).
//!
//! A hundred fen are a yuan. People write and read yuan, `12.5` or `-3.05`; the database and the
//! API hold the integer.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Fault;

/// An amount of money in fen; negative is owed.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(transparent)]
pub struct Fen(i64);

/// Whole digits a written amount may have: ten thousand million yuan is more than any
/// subdistrict's budget, and sums of so many stay far inside 64 bits.
const YUAN_DIGITS_MAX: usize = 10;

impl Fen {
    /// No money.
    pub const ZERO: Fen = Fen(0);

    /// So many fen.
    pub const fn new(fen: i64) -> Fen {
        Fen(fen)
    }

    /// The amount in fen, as the database keeps it.
    pub const fn fen(self) -> i64 {
        self.0
    }

    /// Reads yuan as people write them: digits, at most two after a point, a minus if owed.
    ///
    /// # Errors
    /// `fault.not_money`, or `fault.money_too_large` beyond ten whole digits.
    pub fn parse_yuan(text: &str) -> Result<Fen, Fault> {
        let fault = || Fault::new("fault.not_money");
        let (sign, amount) = match text.trim().strip_prefix('-') {
            Some(amount) => (-1, amount),
            None => (1, text.trim()),
        };
        let (yuan, cents) = amount.split_once('.').unwrap_or((amount, "0"));
        let digits =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(yuan) || !digits(cents) || cents.len() > 2 {
            return Err(fault());
        }
        if yuan.len() > YUAN_DIGITS_MAX {
            return Err(Fault::new("fault.money_too_large"));
        }
        let yuan: i64 = yuan.parse().map_err(|_| fault())?;
        let cents: i64 = format!("{cents:0<2}").parse().map_err(|_| fault())?;
        Ok(Fen(sign * (yuan * 100 + cents)))
    }

    /// The sum, unless it leaves 64 bits.
    pub fn checked_add(self, other: Fen) -> Option<Fen> {
        self.0.checked_add(other.0).map(Fen)
    }

    /// The difference, unless it leaves 64 bits.
    pub fn checked_sub(self, other: Fen) -> Option<Fen> {
        self.0.checked_sub(other.0).map(Fen)
    }
}

/// Yuan with two decimals: `12.50`.
impl fmt::Display for Fen {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, fen) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        write!(formatter, "{sign}{}.{:02}", fen / 100, fen % 100)
    }
}

impl FromStr for Fen {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Fen, Fault> {
        Fen::parse_yuan(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn y6_yuan_are_read_as_whole_fen() {
        for (text, fen) in [
            ("0", 0),
            ("12", 1_200),
            ("12.5", 1_250),
            ("12.05", 1_205),
            (" 7.00 ", 700),
            ("-3.05", -305),
            ("0.01", 1),
            ("9999999999.99", 999_999_999_999),
        ] {
            assert_eq!(Fen::parse_yuan(text), Ok(Fen::new(fen)), "{text}");
        }
        for text in ["", "-", ".5", "5.", "1.234", "1,000", "1e3", "+5", "--5", "十元", "1.2.3"] {
            assert_eq!(Fen::parse_yuan(text), Err(Fault::new("fault.not_money")), "{text}");
        }
        let large = Fen::parse_yuan("10000000000");
        assert_eq!(large, Err(Fault::new("fault.money_too_large")));
    }

    #[test]
    fn sums_never_wrap() {
        let (one, most) = (Fen::new(1), Fen::new(i64::MAX));
        assert_eq!(most.checked_add(one), None);
        assert_eq!(Fen::new(i64::MIN).checked_sub(one), None);
        assert_eq!(one.checked_add(one), Some(Fen::new(2)));
        assert_eq!(Fen::ZERO.checked_sub(one), Some(Fen::new(-1)));
        assert_eq!(Fen::new(i64::MIN).to_string(), "-92233720368547758.08");
    }

    proptest! {
        #[test]
        fn an_amount_survives_writing(fen in -999_999_999_999i64..=999_999_999_999) {
            let amount = Fen::new(fen);
            prop_assert_eq!(Fen::parse_yuan(&amount.to_string()), Ok(amount));
            let json = serde_json::to_string(&amount).unwrap();
            prop_assert_eq!(&json, &fen.to_string());
        }
    }
}

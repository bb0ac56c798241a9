//! The citizen number, 公民身份号码 (GB 11643-1999).
//!
//! Six digits of place, eight of birth, three of sequence, one check sign. Residence permits of
//! Hong Kong, Macao and Taiwan residents (81, 82, 83) and of foreigners since 2023 share the form.

use std::fmt;

use crate::{Day, Fault, mask};

/// A citizen number whose check sign and day of birth are right.
///
/// Among the most sensitive things the system can hold (S7): it prints masked, and there is
/// deliberately no serde, so that it cannot slip into a log, an event or an answer.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CitizenNumber {
    digits: String,
    birth: Day,
}

/// Sex as the number tells it (GB/T 2261.1: 1 and 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sex {
    /// 男
    Male,
    /// 女
    Female,
}

const LENGTH: usize = 18;
/// The form before 1999. It has no century, so it is completed only where that is said.
const OLD_LENGTH: usize = 15;
/// Sequences that the old form kept for those born before 1900.
const BEFORE_1900: [&str; 4] = ["996", "997", "998", "999"];
const WEIGHTS: [u32; LENGTH - 1] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK_SIGNS: &[u8; 11] = b"10X98765432";

impl CitizenNumber {
    /// Reads the 18 signs; a lower-case `x` is accepted.
    ///
    /// # Errors
    /// `fault.citizen_number_old` for 15 digits, `fault.citizen_number_shape`,
    /// `fault.citizen_number_birth`, `fault.citizen_number_check`.
    pub fn parse(text: &str) -> Result<CitizenNumber, Fault> {
        let digits = text.trim().to_ascii_uppercase();
        let bytes = digits.as_bytes();
        if bytes.len() == OLD_LENGTH && bytes.iter().all(u8::is_ascii_digit) {
            return Err(Fault::new("fault.citizen_number_old"));
        }
        let shape = || Fault::new("fault.citizen_number_shape").with("length", LENGTH);
        let (Some((check, body)), LENGTH) = (bytes.split_last(), bytes.len()) else {
            return Err(shape());
        };
        if !body.iter().all(u8::is_ascii_digit) || !CHECK_SIGNS.contains(check) {
            return Err(shape());
        }
        let birth = birth(body).ok_or_else(|| Fault::new("fault.citizen_number_birth"))?;
        if *check != check_sign(body) {
            return Err(Fault::new("fault.citizen_number_check"));
        }
        Ok(CitizenNumber { digits, birth })
    }

    /// Reads a number of the old form and completes it: 19 before the year, the check sign behind.
    /// Whoever asks for this says so to the one who reads the result.
    ///
    /// # Errors
    /// `fault.citizen_number_old` for one that was kept for people born before 1900, and those of
    /// [`CitizenNumber::parse`].
    pub fn complete(text: &str) -> Result<CitizenNumber, Fault> {
        let text = text.trim();
        let is_old = text.len() == OLD_LENGTH && text.bytes().all(|sign| sign.is_ascii_digit());
        if !is_old || BEFORE_1900.iter().any(|sequence| text.ends_with(sequence)) {
            return CitizenNumber::parse(text);
        }
        let (place, rest) = text.split_at(6);
        let body = format!("{place}19{rest}");
        let check = char::from(check_sign(body.as_bytes()));
        CitizenNumber::parse(&format!("{body}{check}"))
    }

    /// The whole number, for sealing and for the blind index.
    pub fn reveal(&self) -> &str {
        &self.digits
    }

    /// The day of birth it states.
    pub fn birth(&self) -> Day {
        self.birth
    }

    /// The sex it states: the sequence is odd for men and even for women.
    pub fn sex(&self) -> Sex {
        let last_of_sequence = self.digits.as_bytes()[LENGTH - 2];
        if last_of_sequence % 2 == 1 { Sex::Male } else { Sex::Female }
    }

    /// As it may be shown: the last four.
    pub fn masked(&self) -> String {
        mask::citizen(&self.digits)
    }
}

impl fmt::Debug for CitizenNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("CitizenNumber(hidden)")
    }
}

/// Signs 7 to 14 as a day.
fn birth(body: &[u8]) -> Option<Day> {
    let number =
        |digits: &[u8]| digits.iter().fold(0, |sum, digit| sum * 10 + i16::from(digit - b'0'));
    let month = i8::try_from(number(&body[10..12])).ok()?;
    let day = i8::try_from(number(&body[12..14])).ok()?;
    Day::of(number(&body[6..10]), month, day)
}

fn check_sign(body: &[u8]) -> u8 {
    let sum: u32 =
        body.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    CHECK_SIGNS[sum as usize % CHECK_SIGNS.len()]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_vectors_of_gb_11643_are_accepted() {
        let first = CitizenNumber::parse("11010519491231002X").unwrap();
        assert_eq!(first.birth().to_string(), "1949-12-31");
        assert_eq!(first.sex(), Sex::Female);
        let second = CitizenNumber::parse(" 440524188001010014 ").unwrap();
        assert_eq!(second.birth().to_string(), "1880-01-01");
        assert_eq!(second.sex(), Sex::Male);
        assert_eq!(CitizenNumber::parse("11010519491231002x"), Ok(first));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, key) in [
            ("110105491231002", "fault.citizen_number_old"),
            ("", "fault.citizen_number_shape"),
            ("1101051949123100", "fault.citizen_number_shape"),
            ("11010519491231O02X", "fault.citizen_number_shape"),
            ("11010519491231002A", "fault.citizen_number_shape"),
            ("一一零一零五", "fault.citizen_number_shape"),
            ("110105194913310020", "fault.citizen_number_birth"),
            ("110105194902300020", "fault.citizen_number_birth"),
            ("110105194912310021", "fault.citizen_number_check"),
        ] {
            assert_eq!(CitizenNumber::parse(text).unwrap_err().key, key, "{text}");
        }
    }

    #[test]
    fn an_old_number_is_completed_where_that_is_asked_for() {
        let whole = CitizenNumber::complete("110105491231002").unwrap();
        assert_eq!(whole.reveal(), "11010519491231002X");
        assert_eq!(CitizenNumber::complete("11010519491231002x"), Ok(whole));
        for (text, key) in [
            ("110105491231996", "fault.citizen_number_old"),
            ("110105491331002", "fault.citizen_number_birth"),
            ("11010549123100", "fault.citizen_number_shape"),
        ] {
            assert_eq!(CitizenNumber::complete(text).unwrap_err().key, key, "{text}");
        }
    }

    #[test]
    fn s7_a_number_prints_hidden() {
        let number = CitizenNumber::parse("11010519491231002X").unwrap();
        assert_eq!(format!("{number:?}"), "CitizenNumber(hidden)");
        assert_eq!(number.masked(), "**************002X");
        assert_eq!(number.reveal(), "11010519491231002X");
    }

    proptest! {
        /// What the standard promises: any one wrong digit is noticed.
        #[test]
        fn one_wrong_digit_is_noticed(place in 0usize..17, by in 1u8..10) {
            let mut digits = b"11010519491231002X".to_vec();
            digits[place] = b'0' + (digits[place] - b'0' + by) % 10;
            let text = String::from_utf8(digits).unwrap();
            prop_assert!(CitizenNumber::parse(&text).is_err());
        }

        #[test]
        fn any_text_is_answered(text in ".{0,24}") {
            let _ = CitizenNumber::parse(&text);
        }
    }
}

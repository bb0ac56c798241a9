//! The unified social credit code, 统一社会信用代码 (GB 32100-2015).
//!
//! Eighteen signs of a 31-letter alphabet: department, kind, six of place, nine of organisation
//! code (GB 11714, with its own check sign), one check sign. Some genuine early codes break the
//! check, so a wrong one is a warning a person may override (N3); only the shape is refused.

use std::fmt;

use crate::Fault;

/// A credit code of the right shape.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CreditCode(String);

const LENGTH: usize = 18;
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const WEIGHTS: [usize; LENGTH - 1] =
    [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
const ORGANISATION_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

impl CreditCode {
    /// Reads the 18 signs, in upper or lower case.
    ///
    /// # Errors
    /// `fault.credit_code_shape`
    pub fn parse(text: &str) -> Result<CreditCode, Fault> {
        let code = text.trim().to_ascii_uppercase();
        if code.len() == LENGTH && code.bytes().all(|sign| ALPHABET.contains(&sign)) {
            Ok(CreditCode(code))
        } else {
            Err(Fault::new("fault.credit_code_shape").with("length", LENGTH))
        }
    }

    /// The 18 signs.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What a person should look at again: `fault.credit_code_check` or
    /// `fault.credit_code_organisation`. Never a reason to refuse.
    pub fn warning(&self) -> Option<Fault> {
        let signs = self.0.as_bytes();
        if signs[LENGTH - 1] != check_sign(&signs[..LENGTH - 1]) {
            Some(Fault::new("fault.credit_code_check"))
        } else if signs[LENGTH - 2] != organisation_check_sign(&signs[8..LENGTH - 2]) {
            Some(Fault::new("fault.credit_code_organisation"))
        } else {
            None
        }
    }
}

impl fmt::Display for CreditCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn check_sign(body: &[u8]) -> u8 {
    let value = |sign: &u8| ALPHABET.iter().position(|letter| letter == sign).unwrap_or(0);
    let sum: usize = body.iter().zip(WEIGHTS).map(|(sign, weight)| value(sign) * weight).sum();
    ALPHABET[(31 - sum % 31) % 31]
}

/// GB 11714: letters count from A = 10, the remainder 10 is written X.
fn organisation_check_sign(body: &[u8]) -> u8 {
    let value = |sign: &u8| char::from(*sign).to_digit(36).unwrap_or(0);
    let sum: u32 =
        body.iter().zip(ORGANISATION_WEIGHTS).map(|(sign, weight)| value(sign) * weight).sum();
    b"0123456789X"[(11 - sum as usize % 11) % 11]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_gb_32100_pass_without_warning() {
        for code in ["91350100M000100Y43", "91110000600037341L", " 91110000600037341l "] {
            let read = CreditCode::parse(code).unwrap();
            assert_eq!(read.warning(), None, "{code}");
            assert_eq!(read.as_str(), code.trim().to_uppercase());
        }
    }

    #[test]
    fn n3_genuine_early_codes_that_break_the_check_are_only_warned_of() {
        for code in ["91350100M0001TGQXM", "91350211M0000XUF46", "91350203M0001FUE2P"] {
            assert!(CreditCode::parse(code).unwrap().warning().is_some(), "{code}");
        }
    }

    #[test]
    fn each_check_sign_has_its_own_warning() {
        let key = |code: &str| CreditCode::parse(code).unwrap().warning().map(|fault| fault.key);
        assert_eq!(key("911100006000373410"), Some("fault.credit_code_check"));
        // The organisation's own sign altered, and the last sign made right again.
        let altered = b"91110000600037342";
        let code = format!("91110000600037342{}", char::from(check_sign(altered)));
        assert_eq!(key(&code), Some("fault.credit_code_organisation"));
    }

    #[test]
    fn only_the_shape_is_refused() {
        for text in
            ["", "91350100M000100Y4", "91350100M000100I43", "91350100M000100Y433", "统一代码"]
        {
            assert_eq!(CreditCode::parse(text).unwrap_err().key, "fault.credit_code_shape");
        }
    }
}

//! Codes that change every half minute (RFC 6238), as every authenticator app shows them:
//! HMAC-SHA-1, six digits, thirty seconds. Pure; what was used already is the caller's to know.

use hmac::{Hmac, KeyInit, Mac};
use kernel::Instant;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::rules;

/// Bytes of a secret: as many as the hash has (RFC 4226, R6).
pub const SECRET_BYTES: usize = 20;

/// How long one code is shown, in microseconds.
const STEP_MICROS: i64 = 30_000_000;

/// Steps that a phone's clock may be wrong by, either way (RFC 6238, 5.2).
const DRIFT_STEPS: i64 = 1;

/// What six digits can say.
const CODES: u32 = 1_000_000;

/// Digits of a code.
pub const DIGITS: usize = 6;

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Signs of a recovery code: eighty random bits, so a plain hash of it may be kept.
pub const RECOVERY_BYTES: usize = 10;

/// Recovery codes made at once: enough for years of a phone left at home now and then.
pub const RECOVERY_CODES: usize = 10;

/// What somebody typed where a code is asked for.
#[derive(Clone, PartialEq, Eq)]
pub enum Typed {
    /// Six digits from the phone.
    Code(String),
    /// Anything else can only be a recovery code; its hash.
    Recovery([u8; 32]),
}

impl Typed {
    /// Reads it however it is spaced, in capitals or not, in wide digits too.
    pub fn read(text: &str) -> Typed {
        let plain = rules::plain(text).replace('-', "").to_ascii_uppercase();
        let is_code = plain.len() == DIGITS && plain.bytes().all(|sign| sign.is_ascii_digit());
        if is_code { Typed::Code(plain) } else { Typed::Recovery(Sha256::digest(&plain).into()) }
    }
}

/// A recovery code as it is printed, in groups of four.
pub fn recovery_code(bytes: [u8; RECOVERY_BYTES]) -> String {
    let letters = base32(&bytes);
    let groups = (0..letters.len()).step_by(4).filter_map(|from| letters.get(from..from + 4));
    groups.collect::<Vec<_>>().join("-")
}

/// The step that a moment lies in, counted from 1970.
pub fn step(at: Instant) -> i64 {
    at.micros().div_euclid(STEP_MICROS)
}

/// The code of a step.
pub fn code(secret: &[u8], step: i64) -> String {
    // HMAC takes keys of every length.
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).expect("a key of any length");
    mac.update(&step.to_be_bytes());
    let hash: [u8; 20] = mac.finalize().into_bytes().into();
    let offset = usize::from(hash[19] & 15);
    let four = [hash[offset] & 0x7f, hash[offset + 1], hash[offset + 2], hash[offset + 3]];
    format!("{:06}", u32::from_be_bytes(four) % CODES)
}

/// The step whose code was typed, if it is near now and later than `last`, the step of the code
/// that was taken last: no code opens anything twice.
pub fn proved(secret: &[u8], typed: &str, now: Instant, last: i64) -> Option<i64> {
    let near = step(now) - DRIFT_STEPS..=step(now) + DRIFT_STEPS;
    // Every step is compared, so that the time it takes does not tell which one it was.
    near.filter(|step| same(&code(secret, *step), typed)).filter(|step| *step > last).max()
}

/// Whether two texts are the same, in a time that depends on their length only.
fn same(one: &str, other: &str) -> bool {
    one.len() == other.len()
        && one.bytes().zip(other.bytes()).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

/// Bytes as RFC 4648 base 32 writes them, without padding: how apps take a secret that is typed.
pub fn base32(bytes: &[u8]) -> String {
    let bits = bytes.len() * 8;
    let bit = |at: usize| match bytes.get(at / 8) {
        Some(byte) => usize::from(byte >> (7 - at % 8) & 1),
        None => 0,
    };
    let letter = |from: usize| (from..from + 5).fold(0, |value, at| value * 2 + bit(at));
    (0..bits).step_by(5).map(|from| char::from(BASE32[letter(from)])).collect()
}

/// The bytes again; nothing for what is not base 32.
pub fn from_base32(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut have) = (Vec::new(), 0u32, 0u32);
    for letter in text.bytes() {
        let value = BASE32.iter().position(|one| *one == letter)?;
        bits = (bits << 5 | u32::try_from(value).ok()?) & 0xfff;
        have += 5;
        if have >= 8 {
            have -= 8;
            bytes.push(u8::try_from(bits >> have & 0xff).ok()?);
        }
    }
    Some(bytes)
}

/// What the QR code of a secret says (the key URI that authenticator apps read).
pub fn uri(secret: &[u8], community: &str, name: &str) -> String {
    let plain = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    let (community, name, secret) = (plain(community), plain(name), base32(secret));
    format!("otpauth://totp/{community}:{name}?secret={secret}&issuer={community}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, cut to six digits.
    #[test]
    fn the_codes_are_those_of_the_standard() {
        let secret = b"12345678901234567890";
        for (seconds, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let at = Instant::from_micros(seconds * 1_000_000);
            assert_eq!(code(secret, step(at)), expected);
        }
    }

    #[test]
    fn a_code_counts_near_its_time_and_once() {
        let secret = b"12345678901234567890";
        let now = Instant::from_micros(1_234_567_890_000_000);
        let here = step(now);
        for (off, counts) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let typed = code(secret, here + off);
            assert_eq!(proved(secret, &typed, now, 0).is_some(), counts, "{off}");
        }
        let typed = code(secret, here);
        assert_eq!(proved(secret, &typed, now, here - 1), Some(here));
        assert_eq!(proved(secret, &typed, now, here), None, "taken already");
        assert_eq!(proved(secret, &typed[1..], now, 0), None);
        assert_eq!(proved(secret, "", now, 0), None);
    }

    /// RFC 4648, section 10, without padding.
    #[test]
    fn base32_is_that_of_the_standard() {
        for (plain, written) in
            [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foobar", "MZXW6YTBOI")]
        {
            assert_eq!(base32(plain.as_bytes()), written);
            assert_eq!(from_base32(written).as_deref(), Some(plain.as_bytes()));
        }
        assert_eq!(from_base32("MZ1W"), None);
    }

    #[test]
    fn what_is_typed_is_read_however_it_is_written() {
        let digits = Typed::Code("081804".to_owned());
        for typed in ["081804", " 081 804 ", "081-804", "０８１８０４"] {
            assert!(Typed::read(typed) == digits, "{typed}");
        }
        let code = recovery_code([0xA5; RECOVERY_BYTES]);
        assert_eq!(code.len(), 19);
        let read = Typed::read(&code);
        assert!(matches!(read, Typed::Recovery(_)));
        assert!(Typed::read(&code.to_lowercase().replace('-', " ")) == read);
        assert!(Typed::read("08180") != digits && Typed::read("08180") != read);
    }

    #[test]
    fn the_uri_names_the_community_and_hides_no_sign() {
        let uri = uri(b"foobar", "龙山港", "a b&c");
        assert_eq!(
            uri,
            "otpauth://totp/%E9%BE%99%E5%B1%B1%E6%B8%AF:a%20b%26c?secret=MZXW6YTBOI\
             &issuer=%E9%BE%99%E5%B1%B1%E6%B8%AF"
        );
    }
}

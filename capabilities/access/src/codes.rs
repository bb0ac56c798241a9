//! Query codes: the slip of paper in a resident's hand, `1-K3M9X-Q2PD4`.
//!
//! The first part is the community's short key, the rest fifty random bits; Crockford's base 32,
//! which has no I, L, O and U, so that a code can be read out over the telephone. Only a hash is
//! kept. What guessing is left is held back by the limit on attempts per caller.

use gate::{Acting, Credential, Origin, Refusal};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use web::{App, Caller};

use crate::store::query_codes;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Random symbols of a code: fifty bits.
const SECRET_LENGTH: usize = 10;

/// Symbols a short key may have: 32 bits.
const KEY_LENGTH_MAX: usize = 7;

/// Longest text that is looked at as a code.
pub const LENGTH_MAX: usize = 64;

/// Wrong codes one caller may try at once, and how many more each minute. A code has fifty random
/// bits: at this pace guessing one takes longer than anything it opens is kept.
const WRONG_BURST: u32 = 20;
const WRONG_PER_MINUTE: u32 = 10;

/// Opens what a code opens: the caller as the holder of the code, and the object.
///
/// # Errors
/// [`Refusal::NotFound`] for a wrong code, [`Refusal::TooMany`] after too many of them.
pub async fn open(app: &App, caller: &Caller, code: &str) -> Result<(Caller, Uuid), Refusal> {
    let now = app.gate().now();
    let limit = |takes: bool| {
        let limiter = app.limiter();
        let (burst, per_minute) = (WRONG_BURST, WRONG_PER_MINUTE);
        if takes {
            limiter.take("query_code", &caller.address, burst, per_minute, now)
        } else {
            limiter.check("query_code", &caller.address, burst, per_minute, now)
        }
    };
    // Whoever has guessed too often learns nothing, not even that a code is right.
    limit(false)?;
    let found = find(app, caller, code).await;
    if matches!(found, Err(Refusal::NotFound)) {
        limit(true)?;
    }
    found
}

async fn find(app: &App, caller: &Caller, code: &str) -> Result<(Caller, Uuid), Refusal> {
    if code.len() > LENGTH_MAX {
        return Err(Refusal::NotFound);
    }
    let (short_key, hash) = parse(code).ok_or(Refusal::NotFound)?;
    let community = app
        .gate()
        .db()
        .read(move |tx| registry::communities::by_short_key(tx, short_key))
        .await?
        .ok_or(Refusal::NotFound)?
        .id;
    let actor = app.gate().identify(Credential::Code { community, hash }).await?;
    let Origin::Code(object) = actor.origin else { return Err(Refusal::NotFound) };
    Ok((caller.with_code(community, hash), object))
}

/// Gives an object a new code; older ones stay valid. The text is said once, here.
///
/// # Errors
/// Those of the database.
pub fn issue(act: &mut Acting<'_, '_>, object: Uuid) -> Result<String, Refusal> {
    let community = act.community();
    let short_key = registry::communities::short_key(act.tx, community)?;
    let secret: [u8; SECRET_LENGTH] = act.chance.bytes();
    let text = write(short_key, secret);
    query_codes::add(act.tx, community, hash(&text), object, act.now)?;
    Ok(text)
}

/// Ends every code of an object: a slip was lost.
///
/// # Errors
/// Those of the database.
pub fn revoke(act: &mut Acting<'_, '_>, object: Uuid) -> Result<u64, Refusal> {
    let community = act.community();
    query_codes::revoke(act.tx, community, object, act.now)
}

/// Reads a code as people write it: small letters, blanks, missing dashes, O for 0, I and L for
/// 1, full-width signs. Answers the community's short key and the hash of the code.
pub fn parse(text: &str) -> Option<(u32, [u8; 32])> {
    let (key, printed) = read(text)?;
    Some((key, hash(&printed)))
}

/// The same code as a slip prints it, `1-K3M9X-Q2PD4`.
pub fn as_printed(text: &str) -> Option<String> {
    read(text).map(|(_, printed)| printed)
}

fn read(text: &str) -> Option<(u32, String)> {
    let mut digits = Vec::with_capacity(KEY_LENGTH_MAX + SECRET_LENGTH);
    for sign in text.chars().map(half_width).filter(|sign| !is_between(*sign)) {
        if digits.len() == KEY_LENGTH_MAX + SECRET_LENGTH {
            return None;
        }
        digits.push(digit(sign)?);
    }
    let key_length = digits.len().checked_sub(SECRET_LENGTH).filter(|length| *length > 0)?;
    let (key, secret) = digits.split_at(key_length);
    let key = key
        .iter()
        .try_fold(0_u32, |key, digit| key.checked_mul(32)?.checked_add(u32::from(*digit)))?;
    Some((key, write(key, secret.try_into().ok()?)))
}

/// The canonical text. Of each byte of the secret five bits count.
fn write(short_key: u32, secret: [u8; SECRET_LENGTH]) -> String {
    let symbol = |value: u32| char::from(ALPHABET[(value % 32) as usize]);
    let mut key: Vec<char> = Vec::with_capacity(KEY_LENGTH_MAX);
    let mut rest = short_key;
    loop {
        key.push(symbol(rest));
        rest /= 32;
        if rest == 0 {
            break;
        }
    }
    let key: String = key.into_iter().rev().collect();
    let secret: String = secret.iter().map(|byte| symbol(u32::from(*byte))).collect();
    let (first, second) = secret.split_at(SECRET_LENGTH / 2);
    format!("{key}-{first}-{second}")
}

fn hash(text: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"lianhu query code\0");
    hash.update(text.as_bytes());
    hash.finalize().into()
}

fn digit(sign: char) -> Option<u8> {
    let sign = match sign.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        sign => sign,
    };
    let place = ALPHABET.iter().position(|symbol| char::from(*symbol) == sign)?;
    u8::try_from(place).ok()
}

/// Full-width forms stand exactly this far above their ASCII twins (Unicode FF01–FF5E).
fn half_width(sign: char) -> char {
    match sign {
        '！'..='～' => char::from_u32(u32::from(sign) - 0xFEE0).unwrap_or(sign),
        _ => sign,
    }
}

/// What may stand between the parts of a code.
fn is_between(sign: char) -> bool {
    sign.is_whitespace() || matches!(sign, '-' | '‐' | '‑' | '–' | '—' | '−' | '_' | '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_written_in_three_parts() {
        assert_eq!(write(1, [0; 10]), "1-00000-00000");
        assert_eq!(write(33, [31, 30, 29, 0, 1, 2, 3, 4, 5, 32]), "11-ZYX01-23450");
        assert_eq!(write(u32::MAX, [10; 10]), "3ZZZZZZ-AAAAA-AAAAA");
    }

    #[test]
    fn a_code_is_read_as_people_write_it() {
        let read = parse("1-K3M9X-Q2PD4");
        assert_eq!(read.map(|(key, _)| key), Some(1));
        for same in [
            "1-k3m9x-q2pd4",
            " 1K3M9XQ2PD4 ",
            "I-K3M9X-Q2PD4",
            "l k3m9x q2pd4",
            "1—K3M9X—Q2PD4",
            "１－Ｋ３Ｍ９Ｘ－Ｑ２ＰＤ４",
        ] {
            assert_eq!(parse(same), read, "{same}");
        }
        assert_eq!(parse("1-O0O0O-0O0O0"), parse("1-00000-00000"));
    }

    #[test]
    fn what_is_no_code_is_not_read() {
        for text in [
            "",
            "K3M9X-Q2PD4",
            "1-K3M9X-Q2PD",
            "1-K3M9X-Q2PDU",
            "1-K3M9X-Q2PD*",
            "ZZZZZZZ-00000-00000",
            "11111111-K3M9X-Q2PD4",
            "查询码",
        ] {
            // Ten symbols are a secret without a key; "1-K3M9X-Q2PD" has only nine and a key.
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn every_code_is_read_back_and_no_two_are_alike() {
        let mut hashes = std::collections::BTreeSet::new();
        for key in [0, 1, 31, 32, 1_000, u32::MAX] {
            for byte in 0..32 {
                let text = write(key, [byte; 10]);
                let (read, hash) = parse(&text).unwrap();
                assert_eq!(read, key);
                assert!(hashes.insert(hash), "{text}");
            }
        }
    }
}

//! The rules of access: what a password must be, how long a session lasts, which role speaks for
//! somebody who has several. Pure.

use std::time::Duration;

use kernel::{Day, Fault, Instant};

use crate::model::{Presence, Role, SessionKind};

/// Characters a password needs. Length is what guessing costs; nothing else is asked for
/// (NIST SP 800-63B, ASVS 5 V6.2).
pub const PASSWORD_LENGTH_MIN: usize = 12;

/// The longest password that is hashed, so that a huge one cannot keep a thread busy.
pub const PASSWORD_LENGTH_MAX: usize = 128;

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

/// Time for the second step: long enough to install an app and scan its code.
const HALF: u64 = 15 * 60;

/// Digits of a PIN: few enough to remember, since it opens nothing without its card.
pub const PIN_DIGITS: std::ops::RangeInclusive<usize> = 4..=8;

/// Wrong PINs that a card survives one less of: then it is dead. Only its holder can try.
pub const PIN_TRIES: i64 = 5;

/// Passwords long enough that people choose all the same; small letters, one a line.
const COMMON: &str = include_str!("../data/common_passwords.txt");

/// What is wrong with a password somebody wants, if anything. `own` are words that others know
/// to be theirs: their name, the community's.
///
/// # Errors
/// `access.password_short`, `access.password_long`, `access.password_common`.
pub fn check_password(password: &str, own: &[&str]) -> Result<(), Fault> {
    let have = password.chars().count();
    if have < PASSWORD_LENGTH_MIN {
        return Err(Fault::new("access.password_short")
            .with("min", PASSWORD_LENGTH_MIN)
            .with("have", have));
    }
    if have > PASSWORD_LENGTH_MAX {
        return Err(Fault::new("access.password_long").with("max", PASSWORD_LENGTH_MAX));
    }
    if is_easy(&password.to_lowercase(), own) {
        return Err(Fault::new("access.password_common"));
    }
    Ok(())
}

/// What is wrong with the PIN somebody wants, if anything. Five tries must not find it: no run, no
/// digit or pair again and again, and no year that somebody now living was born in.
///
/// # Errors
/// `access.pin_digits`, `access.pin_easy`.
pub fn check_pin(pin: &str) -> Result<(), Fault> {
    let digits = pin.as_bytes();
    if !digits.iter().all(u8::is_ascii_digit) || !PIN_DIGITS.contains(&digits.len()) {
        return Err(Fault::new("access.pin_digits")
            .with("min", *PIN_DIGITS.start())
            .with("max", *PIN_DIGITS.end()));
    }
    let steps = |by: i16| digits.windows(2).all(|two| i16::from(two[1]) - i16::from(two[0]) == by);
    let again = digits.iter().zip(digits.iter().skip(2)).all(|(one, next)| one == next);
    let year = digits.len() == 4 && (pin.starts_with("19") || pin.starts_with("20"));
    if steps(0) || steps(1) || steps(-1) || again || year {
        return Err(Fault::new("access.pin_easy"));
    }
    Ok(())
}

/// What was typed where digits are asked for: without blanks, wide digits made narrow.
pub fn plain(typed: &str) -> String {
    let narrow = |sign: char| match sign {
        '０'..='９' => char::from_u32(u32::from(sign) - u32::from('０') + u32::from('0')),
        _ => Some(sign),
    };
    typed.chars().filter(|sign| !sign.is_whitespace()).filter_map(narrow).collect()
}

fn is_easy(password: &str, own: &[&str]) -> bool {
    let signs: std::collections::BTreeSet<char> = password.chars().collect();
    // Fewer than five different signs is one key held down, or two in turn.
    signs.len() < 5
        || COMMON.lines().any(|common| common == password)
        || own.iter().any(|word| repeats(password, &word.trim().to_lowercase()))
}

/// Whether a password is nothing but one word, again and again or with digits after it.
fn repeats(password: &str, word: &str) -> bool {
    !word.is_empty() && password.replace(word, "").chars().all(|sign| sign.is_ascii_digit())
}

/// The name somebody signs in by: how it is written does not matter.
pub fn sign_in_name(name: &str) -> String {
    name.trim().to_lowercase()
}

/// A grid head heads a grid.
///
/// # Errors
/// `access.grid_needed`
pub fn check_grid(role: Role, given: bool) -> Result<(), Fault> {
    let missing = role == Role::GridHead && !given;
    if missing { Err(Fault::new("access.grid_needed")) } else { Ok(()) }
}

/// Nothing ends before today: what somebody did until now they did with the right to it.
///
/// # Errors
/// `access.day_past`
pub fn check_last_day(last_day: Option<Day>, now: Instant) -> Result<(), Fault> {
    let past = last_day.is_some_and(|day| day < now.day());
    if past { Err(Fault::new("access.day_past")) } else { Ok(()) }
}

/// When a session opened now ends by itself. A rep's phone stays signed in for half a year, an
/// office's browser for a working day.
pub fn session_until(kind: SessionKind, now: Instant) -> Instant {
    let seconds = match kind {
        SessionKind::Card => 180 * DAY,
        SessionKind::Password => 12 * HOUR,
        SessionKind::Token => 365 * DAY,
        SessionKind::SetUp | SessionKind::Lost => 7 * DAY,
        SessionKind::Half => HALF,
    };
    now.plus(Duration::from_secs(seconds))
}

/// How long a session may lie idle. An office's screen is left for lunch, a rep's own phone for a
/// month between two visits; programs and the link of the first run only end by their time.
fn idle_max(kind: SessionKind) -> Option<Duration> {
    match kind {
        SessionKind::Card => Some(Duration::from_secs(30 * DAY)),
        SessionKind::Password => Some(Duration::from_secs(HOUR)),
        SessionKind::Token | SessionKind::SetUp | SessionKind::Half | SessionKind::Lost => None,
    }
}

/// A session that was seen longer ago than this share of its idle limit is written down as seen
/// again: five minutes in the office, so most requests write nothing.
const RENEWED_AFTER: u32 = 12;

/// How present somebody is who was last seen under a session at `seen_at`. Where that is not
/// known, the idle limit begins now.
pub fn presence(kind: SessionKind, seen_at: Option<Instant>, now: Instant) -> Presence {
    let Some(idle_max) = idle_max(kind) else { return Presence::Fresh };
    let Some(seen_at) = seen_at else { return Presence::Fading };
    if now >= seen_at.plus(idle_max) {
        Presence::Gone
    } else if now >= seen_at.plus(idle_max / RENEWED_AFTER) {
        Presence::Fading
    } else {
        Presence::Fresh
    }
}

/// The smaller, the more a role says about who somebody is.
pub fn rank(role: Role) -> u8 {
    match role {
        Role::Secretary => 0,
        Role::Clerk => 1,
        Role::GridHead => 2,
        Role::Liaison => 3,
        Role::Department => 4,
        Role::Auditor => 5,
        Role::Administrator => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(password: &str) -> Option<&'static str> {
        let own = ["王春梅", "龙山港社区", "chunmei"];
        check_password(password, &own).err().map(|fault| fault.key)
    }

    #[test]
    fn a_password_has_twelve_characters_at_least() {
        assert_eq!(fault("abcdefghijk"), Some("access.password_short"));
        assert_eq!(fault("七座桥边看月亮不想家"), Some("access.password_short"));
        assert_eq!(fault("七座桥边看月亮不想家好吗"), None);
        assert_eq!(fault("correct horse battery"), None);
        assert_eq!(fault(&"长长短短高".repeat(30)), Some("access.password_long"));
    }

    #[test]
    fn a_password_is_none_that_everybody_tries() {
        for password in [
            "123456789012",
            "Password1234",
            "1qaz2wsx3edc",
            "aaaaaaaaaaaa",
            "abababababab",
            "龙山港社区龙山港社区2026",
            "chunmei20260101",
        ] {
            assert_eq!(fault(password), Some("access.password_common"), "{password}");
        }
    }

    #[test]
    fn every_common_password_is_long_enough_to_be_on_the_list() {
        for common in COMMON.lines() {
            assert!(common.chars().count() >= PASSWORD_LENGTH_MIN, "{common}");
            assert_eq!(common, common.to_lowercase());
        }
    }

    #[test]
    fn a_name_is_the_same_however_it_is_typed() {
        assert_eq!(sign_in_name(" Wang.Chunmei "), "wang.chunmei");
        assert_eq!(sign_in_name("王春梅"), "王春梅");
    }

    #[test]
    fn a_phone_stays_signed_in_longer_than_an_office_browser() {
        let now = Instant::from_micros(0);
        let hours = |kind| session_until(kind, now).since(now).as_secs() / HOUR;
        assert_eq!(hours(SessionKind::Password), 12);
        assert_eq!(hours(SessionKind::Card), 180 * 24);
    }

    #[test]
    fn an_idle_session_fades_and_goes() {
        let opened = Instant::from_micros(0);
        let after =
            |kind, seconds| presence(kind, Some(opened), opened.plus(Duration::from_secs(seconds)));
        for (kind, fades, goes) in
            [(SessionKind::Password, 5 * 60, HOUR), (SessionKind::Card, 60 * HOUR, 30 * DAY)]
        {
            assert_eq!(after(kind, 0), Presence::Fresh);
            assert_eq!(after(kind, fades - 1), Presence::Fresh);
            assert_eq!(after(kind, fades), Presence::Fading);
            assert_eq!(after(kind, goes - 1), Presence::Fading);
            assert_eq!(after(kind, goes), Presence::Gone);
            assert_eq!(presence(kind, None, opened), Presence::Fading);
        }
        for kind in [SessionKind::Token, SessionKind::SetUp] {
            assert_eq!(after(kind, 10_000 * DAY), Presence::Fresh);
        }
    }

    #[test]
    fn a_pin_is_a_few_digits_that_nobody_tries_first() {
        for good in ["3918", "8027", "271828", "90210753"] {
            assert_eq!(check_pin(good), Ok(()), "{good}");
        }
        for (bad, key) in [
            ("391", "access.pin_digits"),
            ("391839183", "access.pin_digits"),
            ("39a8", "access.pin_digits"),
            ("", "access.pin_digits"),
            ("0000", "access.pin_easy"),
            ("1234", "access.pin_easy"),
            ("987654", "access.pin_easy"),
            ("4747", "access.pin_easy"),
            ("1958", "access.pin_easy"),
            ("2001", "access.pin_easy"),
        ] {
            assert_eq!(check_pin(bad).map_err(|fault| fault.key), Err(key), "{bad}");
        }
        assert_eq!(plain(" ３9 18"), "3918");
    }
}

//! The rules of grids: codes that fit, and boundaries from a day on. Pure.

use kernel::codes::{GridCode, GridScheme};
use kernel::{Day, Fault, Instant};

/// County 6 + subdistrict 3 + community 3 digits (GB/T 2260, GB/T 10114).
const COMMUNITY_DIGITS: usize = 12;

/// Nothing is drawn further ahead than a year: a wrong year is a slip of the finger.
const AHEAD_DAYS_MAX: i32 = 366;

/// A community's official code. Its digits are given by the county and never made up here.
///
/// # Errors
/// `registry.community_code`
pub fn community_code(text: &str) -> Result<String, Fault> {
    let code = crate::rules::plain(text);
    let right = code.len() == COMMUNITY_DIGITS && code.bytes().all(|sign| sign.is_ascii_digit());
    let wrong = || Fault::new("registry.community_code").with("digits", COMMUNITY_DIGITS);
    if right { Ok(code) } else { Err(wrong()) }
}

/// A grid's code, where one was given: it fits its scheme, and names this community where both are
/// known.
///
/// # Errors
/// Those of the code, `registry.code_elsewhere`.
pub fn grid_code(
    scheme: GridScheme,
    code: Option<&str>,
    community: Option<&str>,
) -> Result<Option<GridCode>, Fault> {
    let Some(code) = code else { return Ok(None) };
    let code = GridCode::parse(scheme, &crate::rules::written(code))?;
    match (code.community(), community) {
        (Some(named), Some(own)) if named != own => {
            Err(Fault::new("registry.code_elsewhere").with("code", own))
        }
        (Some(_) | None, Some(_) | None) => Ok(Some(code)),
    }
}

/// From which moment a boundary counts: the beginning of a day to come, else now.
///
/// # Errors
/// `registry.day_past`, `registry.day_far`.
pub fn beginning(from: Option<Day>, now: Instant) -> Result<Instant, Fault> {
    let Some(day) = from else { return Ok(now) };
    match now.day().days_until(day) {
        ..0 => Err(Fault::new("registry.day_past")),
        0 => Ok(now),
        1..=AHEAD_DAYS_MAX => Ok(day.start()),
        _ => Err(Fault::new("registry.day_far")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_community_code_has_twelve_digits() {
        assert_eq!(community_code(" ４30903006999 ").as_deref(), Ok("430903006999"));
        for wrong in ["430903006", "43090300699A", "", "4309030069991"] {
            assert_eq!(community_code(wrong).unwrap_err().key, "registry.community_code");
        }
    }

    #[test]
    fn a_grid_code_fits_its_scheme_and_its_community() {
        let own = Some("430903006999");
        let read = |scheme, code| grid_code(scheme, Some(code), own);
        assert!(read(GridScheme::Cn15, "430903006999001").unwrap().is_some());
        assert!(read(GridScheme::Cn20, "01020043090300699900").unwrap().is_some());
        assert!(read(GridScheme::Free, "化肥厂-3").unwrap().is_some());
        let elsewhere = read(GridScheme::Cn15, "430903006998001").unwrap_err();
        assert_eq!(elsewhere.key, "registry.code_elsewhere");
        assert!(grid_code(GridScheme::Cn15, Some("430903006998001"), None).unwrap().is_some());
        assert!(read(GridScheme::Cn15, "43090300699900").is_err());
        assert_eq!(grid_code(GridScheme::Cn15, None, own), Ok(None));
    }

    #[test]
    fn a_boundary_counts_from_now_or_from_a_day_to_come() {
        let now = Instant::parse("2026-11-16T09:00:00+08:00").unwrap();
        let day = |year, day| Day::of(year, 11, day);
        assert_eq!(beginning(None, now), Ok(now));
        assert_eq!(beginning(day(2026, 16), now), Ok(now));
        assert_eq!(beginning(day(2026, 17), now), Ok(day(2026, 17).unwrap().start()));
        assert_eq!(beginning(day(2026, 15), now).unwrap_err().key, "registry.day_past");
        assert_eq!(beginning(day(2028, 15), now).unwrap_err().key, "registry.day_far");
    }
}

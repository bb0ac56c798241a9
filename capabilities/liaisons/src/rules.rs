//! The rules of reps: how many households are many, from when an assignment counts, how long
//! somebody stands in, and the way of a hand-over list. Pure.

use gate::{FieldFault, Refusal};
use kernel::{Day, Fault, Instant};
use registry::{Span, Substitution};

use crate::model::{Limit, Stage};

/// More households than a rep can know well, where the community says nothing else (G2; Liuyang caps a
/// micro-grid head at 30). Warns and never blocks.
pub const LOAD_MAX: u64 = 30;

/// The smallest and the largest limit that warns of anything: a stairwell, a whole grid.
const LIMITS: std::ops::RangeInclusive<u64> = 5..=500;

/// The longest substitution: whoever is away for longer than a season needs a successor.
const AWAY_DAYS_MAX: i32 = 92;

/// Nothing is arranged further ahead than a year: a wrong year is a slip of the finger.
const AHEAD_DAYS_MAX: i32 = 366;

/// G2: whether a rep holds more than they can know well.
pub fn is_overloaded(households: u64, limit: u64) -> bool {
    households > limit
}

/// The limit that holds: the community's, else the default.
pub fn limit(set: Option<Limit>) -> u64 {
    set.map_or(LOAD_MAX, |set| set.households)
}

/// A limit that somebody wants.
///
/// # Errors
/// `liaisons.limit_within`
pub fn check_limit(households: u64) -> Result<(), Fault> {
    if LIMITS.contains(&households) {
        return Ok(());
    }
    let fault = Fault::new("liaisons.limit_within");
    Err(fault.with("least", LIMITS.start()).with("most", LIMITS.end()))
}

/// From which moment an assignment counts: the beginning of a day to come, else now.
///
/// # Errors
/// `liaisons.day_past`, `liaisons.day_far`.
pub fn beginning(from: Option<Day>, now: Instant) -> Result<Instant, Fault> {
    let Some(day) = from else { return Ok(now) };
    let ahead = now.day().days_until(day);
    match ahead {
        ..0 => Err(Fault::new("liaisons.day_past")),
        0 => Ok(now),
        1..=AHEAD_DAYS_MAX => Ok(day.start()),
        _ => Err(Fault::new("liaisons.day_far")),
    }
}

/// The time for which somebody stands in: from now or the beginning of the first day to the end of
/// the last one.
///
/// # Errors
/// `liaisons.day_past`, `liaisons.day_far`, `liaisons.days_turned`, `liaisons.away_too_long`.
pub fn absence(first: Day, last: Day, now: Instant) -> Result<(Instant, Instant), Refusal> {
    let wrong = |field: &str, fault: Fault| Refusal::field(field, fault);
    let from = beginning(Some(first), now).map_err(|fault| wrong("first_day", fault))?;
    let days = first.days_until(last);
    if days < 0 {
        return Err(wrong("last_day", Fault::new("liaisons.days_turned")));
    }
    if days >= AWAY_DAYS_MAX {
        let fault = Fault::new("liaisons.away_too_long").with("days", AWAY_DAYS_MAX);
        return Err(wrong("last_day", fault));
    }
    Ok((from, last.next().start()))
}

/// One rep, one substitute at a time, and never themselves.
///
/// # Errors
/// `liaisons.self_substitute`, `liaisons.away_already`.
pub fn check_substitution(wanted: &Substitution, known: &[Substitution]) -> Result<(), Refusal> {
    let refused = |key: &'static str| {
        let (field, fault) = ("substitute".to_owned(), Fault::new(key));
        Err(Refusal::Invalid(vec![FieldFault { field, fault }]))
    };
    if wanted.account == wanted.substitute {
        return refused("liaisons.self_substitute");
    }
    let overlaps = |one: &&Substitution| {
        one.account == wanted.account && one.from < wanted.until && wanted.from < one.until
    };
    match known.iter().find(overlaps) {
        Some(_) => refused("liaisons.away_already"),
        None => Ok(()),
    }
}

/// A successor is named once; who was named in error hands on from their own page.
///
/// # Errors
/// `liaisons.given_already`
pub fn check_waiting(stage: Stage) -> Result<(), Refusal> {
    match stage {
        Stage::Waiting => Ok(()),
        Stage::Given | Stage::Accepted => Err(Refusal::rule("liaisons.given_already")),
    }
}

/// From when on the successor holds what is left: from when the rep before holds it no longer, and
/// not before now.
pub fn succession(left_from: Instant, now: Instant) -> Instant {
    left_from.max(now)
}

/// The last day of a time that ends at `until`.
pub fn last_day(until: Instant) -> Day {
    until.minus(std::time::Duration::from_micros(1)).day()
}

/// Whether a time holds only later.
pub fn is_to_come(span: &Span, now: Instant) -> bool {
    span.from > now
}

#[cfg(test)]
mod tests {
    use kernel::AccountId;
    use uuid::Uuid;

    use super::*;

    fn now() -> Instant {
        Instant::parse("2026-11-16T09:00:00+08:00").unwrap()
    }

    fn day(month: i8, day: i8) -> Day {
        Day::of(2026, month, day).unwrap()
    }

    #[test]
    fn g2_thirty_households_are_well_known_and_one_more_is_many() {
        assert!(!is_overloaded(0, limit(None)));
        assert!(!is_overloaded(30, limit(None)));
        assert!(is_overloaded(31, limit(None)));
        let set = Some(Limit { households: 40, from: now() });
        assert!(!is_overloaded(40, limit(set)));
        assert!(is_overloaded(41, limit(set)));
        assert!(check_limit(5).is_ok() && check_limit(500).is_ok());
        assert!(check_limit(4).is_err() && check_limit(501).is_err());
    }

    #[test]
    fn an_assignment_counts_from_now_or_from_a_day_to_come() {
        assert_eq!(beginning(None, now()), Ok(now()));
        assert_eq!(beginning(Some(day(11, 16)), now()), Ok(now()));
        assert_eq!(beginning(Some(day(11, 17)), now()), Ok(day(11, 17).start()));
        assert_eq!(beginning(Some(day(11, 15)), now()).unwrap_err().key, "liaisons.day_past");
        let next_but_one = Day::of(2027, 11, 18).unwrap();
        assert_eq!(beginning(Some(next_but_one), now()).unwrap_err().key, "liaisons.day_far");
    }

    #[test]
    fn an_absence_lasts_through_its_last_day() {
        let whole = absence(day(11, 20), day(11, 20), now()).unwrap();
        assert_eq!(whole, (day(11, 20).start(), day(11, 21).start()));
        let begun = absence(day(11, 16), day(11, 17), now()).unwrap();
        assert_eq!(begun, (now(), day(11, 18).start()));
        for (first, last, field, key) in [
            (day(11, 15), day(11, 20), "first_day", "liaisons.day_past"),
            (day(11, 20), day(11, 19), "last_day", "liaisons.days_turned"),
            (day(11, 16), Day::of(2027, 2, 16).unwrap(), "last_day", "liaisons.away_too_long"),
        ] {
            let refused = absence(first, last, now()).unwrap_err().field_faults();
            assert_eq!((&*refused[0].field, refused[0].fault.key), (field, key));
        }
        assert!(absence(day(11, 16), Day::of(2027, 2, 15).unwrap(), now()).is_ok());
    }

    fn substitution(account: u128, substitute: u128, (from, until): (i8, i8)) -> Substitution {
        let account_of = |number| AccountId::from_uuid(Uuid::from_u128(number));
        Substitution {
            id: Uuid::from_u128(account * 100 + substitute),
            account: account_of(account),
            substitute: account_of(substitute),
            from: day(11, from).start(),
            until: day(11, until).start(),
        }
    }

    #[test]
    fn one_rep_has_one_substitute_at_a_time() {
        let known = [substitution(1, 2, (20, 24))];
        for (wanted, refused) in [
            (substitution(1, 3, (24, 26)), None),
            (substitution(1, 3, (18, 20)), None),
            (substitution(4, 2, (20, 24)), None),
            (substitution(1, 3, (23, 26)), Some("liaisons.away_already")),
            (substitution(1, 3, (18, 21)), Some("liaisons.away_already")),
            (substitution(1, 1, (26, 27)), Some("liaisons.self_substitute")),
        ] {
            let faults = check_substitution(&wanted, &known).err().map(|one| one.field_faults());
            assert_eq!(faults.map(|all| all[0].fault.key.to_string()).as_deref(), refused);
        }
    }

    #[test]
    fn a_successor_is_named_once() {
        assert!(check_waiting(Stage::Waiting).is_ok());
        assert!(check_waiting(Stage::Given).is_err());
        assert!(check_waiting(Stage::Accepted).is_err());
    }

    #[test]
    fn g7_a_successor_holds_from_when_the_rep_before_does_not() {
        let later = now().plus(std::time::Duration::from_secs(60));
        assert_eq!(succession(later, now()), later);
        assert_eq!(succession(now(), later), later);
    }
}

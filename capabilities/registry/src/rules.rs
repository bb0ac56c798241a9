//! The rules of the register: how places are called, ordered and found, and how one membership
//! follows another. Pure.

pub mod sought;

use gate::{Actor, Facts, Refusal};
use kernel::{Day, Fault, Instant};

use crate::model::{Reach, Span, Spot};

/// Roles whose work is the whole community.
const OFFICE: &[&str] = &["clerk", "secretary"];

/// Roles whose work is the households they know.
const NEIGHBOURS: &[&str] = &["liaison", "grid_head"];

/// Which households somebody may come upon in a list; `None`: no household at all. Only narrows
/// the search, the policy decides each household.
pub fn reach(actor: &Actor) -> Option<Reach> {
    if OFFICE.iter().any(|role| actor.has(role)) {
        return Some(Reach::Everyone);
    }
    let account = actor.account().filter(|_| NEIGHBOURS.iter().any(|role| actor.has(role)))?;
    Some(Reach::Known { account, grids: actor.grids.clone() })
}

/// How somebody stands to a household or place: `own_household`, `own_grid`, `public_place`.
pub fn facts(actor: &Actor, spot: &Spot) -> Facts {
    let mut stands = Vec::new();
    let is_me = |account: Option<_>| account.is_some() && account == actor.account();
    if is_me(spot.liaison) || is_me(spot.substitute) {
        stands.push("own_household");
    }
    if spot.grid.is_some_and(|grid| actor.grids.contains(&grid.uuid())) {
        stands.push("own_grid");
    }
    if spot.household().is_none() {
        stands.push("public_place");
    }
    Facts::of(spot.id.uuid()).standing(stands)
}

/// Whether somebody may have moved or died on that day: it is over or today, and not before they came.
///
/// # Errors
/// `registry.day_future`, `registry.before_came`.
pub fn check_stay(day: Day, today: Day, began: Option<Instant>) -> Result<(), Fault> {
    if day > today {
        return Err(Fault::new("registry.day_future"));
    }
    if began.is_some_and(|began| day < began.day()) {
        return Err(Fault::new("registry.before_came"));
    }
    Ok(())
}

/// Digits a number is padded to, so that texts sort as numbers do; house numbers are shorter.
const SORT_DIGITS: usize = 5;

/// `化肥厂小区` and `3栋` make `化肥厂小区3栋`; two numbers keep a dash between them.
pub fn joined(whole: &str, part: &str) -> String {
    let ends = |text: char| text.is_ascii_alphanumeric();
    let run_together = whole.chars().next_back().is_some_and(ends) && part.starts_with(ends);
    if run_together { format!("{whole}-{part}") } else { format!("{whole}{part}") }
}

/// The same where there may be no whole.
pub fn joined_or(whole: &str, part: &str) -> String {
    if whole.is_empty() { part.to_owned() } else { joined(whole, part) }
}

/// A name of a place as it is kept: Chinese input methods type digits at full width, and `３栋`
/// is no other building than `3栋`.
pub fn written(name: &str) -> String {
    name.chars().map(half_width).collect()
}

/// What a typed place is compared by: small letters, ASCII digits, no blanks.
pub fn plain(text: &str) -> String {
    let signs = text.chars().map(half_width).filter(|sign| !sign.is_whitespace());
    signs.flat_map(char::to_lowercase).collect()
}

/// Of places whose names a plain text holds, the one that the others are part of: 港边新村2栋,
/// not 港边新村. None when two of them stand side by side.
pub fn most_particular(named: Vec<Spot>, text: &str) -> Option<Spot> {
    // The database compares with `like`, for which some signs of a name mean any sign.
    let mut named = named;
    named.retain(|spot| text.contains(&plain(&spot.label)));
    let longest = named.iter().max_by_key(|spot| spot.label.chars().count())?.clone();
    let whole = plain(&longest.label);
    named.iter().all(|spot| whole.contains(&plain(&spot.label))).then_some(longest)
}

/// Full-width forms stand exactly this far above their ASCII twins (Unicode FF01–FF5E).
fn half_width(sign: char) -> char {
    match sign {
        '！'..='～' => char::from_u32(u32::from(sign) - 0xFEE0).unwrap_or(sign),
        _ => sign,
    }
}

/// Initials with their numbers padded: `hfc3d` becomes `hfc00003d` and stands before `hfc12d`.
pub fn sort_key(initials: &str) -> String {
    let mut key = String::new();
    let mut number = String::new();
    for sign in initials.chars().chain(['\0']) {
        if sign.is_ascii_digit() {
            number.push(sign);
            continue;
        }
        if !number.is_empty() {
            key += &format!("{number:0>SORT_DIGITS$}");
            number.clear();
        }
        if sign != '\0' {
            key.push(sign);
        }
    }
    key
}

/// A text to look for anywhere, as a pattern of `like … escape '!'`.
pub fn anywhere(text: &str) -> String {
    let mut pattern = String::from("%");
    for sign in text.chars() {
        if matches!(sign, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(sign);
    }
    pattern.push('%');
    pattern
}

/// G1: a new membership begins where the open one ends; it cannot begin before it.
///
/// # Errors
/// `registry.before_present` when the open one began at the same moment or later.
pub fn succeed(open: Option<Span>, from: Instant) -> Result<Span, Refusal> {
    match open {
        Some(open) if from <= open.from => Err(Refusal::rule("registry.before_present")),
        Some(_) | None => Ok(Span::since(from)),
    }
}

/// A telephone number as people write it: digits, with blanks, dashes, brackets and a plus.
///
/// # Errors
/// `registry.not_a_phone`
pub fn check_phone(phone: &str) -> Result<(), Fault> {
    let digits = phone.chars().filter(char::is_ascii_digit).count();
    let between = |sign: char| sign.is_ascii_digit() || " -()+".contains(sign);
    // From a short number (12345) to an international one (E.164: 15 digits).
    let right = (5..=15).contains(&digits) && phone.chars().all(between);
    if right { Ok(()) } else { Err(Fault::new("registry.not_a_phone")) }
}

/// Nobody is born tomorrow.
///
/// # Errors
/// `registry.born_later`
pub fn check_birth(born_on: Day, today: Day) -> Result<(), Fault> {
    if born_on <= today { Ok(()) } else { Err(Fault::new("registry.born_later")) }
}

/// One door, one household, unless another one lives there too and somebody says so.
///
/// # Errors
/// `registry.door_taken`
pub fn check_door(households: i64, another: bool) -> Result<(), Refusal> {
    let taken = || Refusal::Rule(Fault::new("registry.door_taken").at("another"));
    if households == 0 || another { Ok(()) } else { Err(taken()) }
}

#[cfg(test)]
mod tests {
    use gate::Origin;
    use kernel::{AccountId, CommunityId};
    use uuid::Uuid;

    use super::*;
    use crate::model::{GridId, SpotId, SpotKind};

    fn actor(account: u128, roles: &[&'static str], grids: &[u128]) -> Actor {
        let grids = grids.iter().map(|grid| Uuid::from_u128(*grid)).collect();
        let origin = Origin::Account(AccountId::from_uuid(Uuid::from_u128(account)));
        let roles = roles.to_vec();
        Actor { origin, roles, grids, ..Actor::system(CommunityId::from_uuid(Uuid::nil())) }
    }

    fn spot(kind: SpotKind, liaison: Option<u128>, grid: Option<u128>) -> Spot {
        Spot {
            id: SpotId::from_uuid(Uuid::from_u128(1)),
            kind,
            label: String::new(),
            py: String::new(),
            grid: grid.map(|grid| GridId::from_uuid(Uuid::from_u128(grid))),
            liaison: liaison.map(|account| AccountId::from_uuid(Uuid::from_u128(account))),
            substitute: None,
        }
    }

    #[test]
    fn g6_a_rep_reaches_the_households_they_know_and_the_office_all() {
        let rep = actor(7, &["liaison"], &[]);
        assert!(matches!(reach(&rep), Some(Reach::Known { grids, .. }) if grids.is_empty()));
        let head = actor(8, &["grid_head"], &[3]);
        assert!(matches!(reach(&head), Some(Reach::Known { grids, .. }) if grids.len() == 1));
        assert_eq!(reach(&actor(9, &["clerk", "liaison"], &[])), Some(Reach::Everyone));
        for role in ["administrator", "auditor", "department", "petitioner"] {
            assert_eq!(reach(&actor(9, &[role], &[])), None, "{role}");
        }
        let nobody = Actor::nobody(CommunityId::from_uuid(Uuid::nil()));
        assert_eq!(reach(&nobody), None);
    }

    #[test]
    fn how_somebody_stands_to_a_household_or_place() {
        let rep = actor(7, &["liaison"], &[3]);
        for (spot, stands) in [
            (spot(SpotKind::Household, Some(7), None), vec!["own_household"]),
            (spot(SpotKind::Household, Some(8), Some(3)), vec!["own_grid"]),
            (spot(SpotKind::Household, Some(7), Some(3)), vec!["own_household", "own_grid"]),
            (spot(SpotKind::Household, None, None), vec![]),
            (spot(SpotKind::Building, None, Some(4)), vec!["public_place"]),
        ] {
            assert_eq!(facts(&rep, &spot).stands, stands);
        }
        let stood_in = |substitute: u128| {
            let substitute = Some(AccountId::from_uuid(Uuid::from_u128(substitute)));
            Spot { substitute, ..spot(SpotKind::Household, Some(8), None) }
        };
        assert_eq!(facts(&rep, &stood_in(7)).stands, ["own_household"]);
        assert_eq!(facts(&rep, &stood_in(9)).stands, Vec::<&str>::new());
        // Somebody without an account does not stand to a household without a rep.
        let system = Actor::system(CommunityId::from_uuid(Uuid::nil()));
        assert_eq!(
            facts(&system, &spot(SpotKind::Household, None, None)).stands,
            Vec::<&str>::new()
        );
    }

    #[test]
    fn a_telephone_number_is_one() {
        for phone in ["13800000000", "0737-4220000", "+86 138 0000 0000", "12345", "(0737)422 0000"]
        {
            assert_eq!(check_phone(phone), Ok(()), "{phone}");
        }
        for phone in ["1234", "+86 138 0000 0000 0000", "138000O0000", "", "电话"] {
            assert!(check_phone(phone).is_err(), "{phone}");
        }
    }

    #[test]
    fn nobody_is_born_tomorrow() {
        let today = Day::of(2026, 11, 16).unwrap();
        assert_eq!(check_birth(today, today), Ok(()));
        assert!(check_birth(today.next(), today).is_err());
    }

    #[test]
    fn a_second_household_behind_a_door_is_said() {
        assert!(check_door(0, false).is_ok());
        assert!(check_door(1, true).is_ok());
        assert!(check_door(1, false).is_err());
    }

    #[test]
    fn a_place_is_called_by_its_parts() {
        for (whole, part, label) in [
            ("化肥厂小区", "3栋", "化肥厂小区3栋"),
            ("化肥厂小区3栋2单元", "401", "化肥厂小区3栋2单元401"),
            ("建设路12号", "3栋", "建设路12号3栋"),
            ("3", "2", "3-2"),
            ("A", "b", "A-b"),
        ] {
            assert_eq!(joined(whole, part), label);
        }
    }

    #[test]
    fn a_typed_place_is_compared_without_its_dress() {
        assert_eq!(plain(" 化肥厂 ３栋 "), "化肥厂3栋");
        assert_eq!(plain("HFC 3D"), "hfc3d");
        assert_eq!(plain("（东）"), "(东)");
    }

    #[test]
    fn buildings_stand_in_the_order_of_their_numbers() {
        let mut keys: Vec<String> =
            ["hfc12d", "hfc3d2dy", "hfc3d", "hfc3d1dy101"].map(sort_key).into();
        keys.sort();
        assert_eq!(keys, ["hfc00003d", "hfc00003d00001dy00101", "hfc00003d00002dy", "hfc00012d"]);
    }

    #[test]
    fn a_text_names_the_most_particular_of_places_that_are_part_of_each_other() {
        let named = |labels: &[&str], text: &str| {
            let spots = labels.iter().map(|label| Spot {
                label: (*label).to_owned(),
                ..spot(SpotKind::Building, None, None)
            });
            most_particular(spots.collect(), &plain(text)).map(|spot| spot.label)
        };
        let village = ["港边新村", "港边新村2栋"];
        assert_eq!(named(&village, "港边新村 ２栋下水道返水").as_deref(), Some("港边新村2栋"));
        assert_eq!(named(&village, "港边新村12栋").as_deref(), Some("港边新村"));
        assert_eq!(named(&["港边新村2栋", "建设巷"], "港边新村2栋和建设巷"), None);
        assert_eq!(named(&[], "下水道返水"), None);
    }

    #[test]
    fn what_is_looked_for_is_taken_literally() {
        assert_eq!(anywhere("3栋"), "%3栋%");
        assert_eq!(anywhere("100%_!"), "%100!%!_!!%");
    }

    #[test]
    fn g1_one_membership_follows_another() {
        let at = Instant::from_micros;
        let open = Span::since(at(10));
        assert_eq!(succeed(None, at(5)).unwrap(), Span::since(at(5)));
        assert_eq!(succeed(Some(open), at(11)).unwrap(), Span::since(at(11)));
        for from in [at(9), at(10)] {
            assert!(matches!(succeed(Some(open), from), Err(Refusal::Rule(_))));
        }
    }

    #[test]
    fn a_span_holds_at_its_beginning_and_not_at_its_end() {
        let at = Instant::from_micros;
        let span = Span { from: at(10), until: Some(at(20)) };
        let held = [9, 10, 19, 20].map(|micros| span.holds_at(at(micros)));
        assert_eq!(held, [false, true, true, false]);
        assert!(Span::since(at(10)).holds_at(Instant::MAX));
    }

    #[test]
    fn nobody_moves_tomorrow_or_before_they_came() {
        let day = |text| Day::parse(text).unwrap();
        let came = Instant::parse("2026-11-02T15:00:00+08:00").ok();
        let verdict = |text| {
            let verdict = check_stay(day(text), day("2026-11-16"), came);
            verdict.map_err(|fault| fault.key).err().unwrap_or("")
        };
        assert_eq!(verdict("2026-11-16"), "");
        assert_eq!(verdict("2026-11-02"), "");
        assert_eq!(verdict("2026-11-17"), "registry.day_future");
        assert_eq!(verdict("2026-11-01"), "registry.before_came");
        assert_eq!(check_stay(day("2020-01-01"), day("2026-11-16"), None), Ok(()));
    }
}

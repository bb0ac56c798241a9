//! The working calendar by tables of cases and by its laws (R23).

use std::time::Duration;

use kernel::calendar::CalendarError;
use kernel::{Day, Fault, Instant, Pace, Unit, Within, WorkingCalendar};
use proptest::prelude::*;

fn at(text: &str) -> Instant {
    Instant::parse(&format!("{text}:00+08:00")).unwrap()
}

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn due(from: &str, within: &str) -> String {
    let due = WorkingCalendar::built_in().due(at(from), Within::parse(within).unwrap());
    due.to_rfc3339().trim_end_matches(":00+08:00").to_owned()
}

#[test]
fn r23_the_published_years_are_built_in_with_their_documents() {
    let calendar = WorkingCalendar::built_in();
    let documents: Vec<_> = calendar.documents().collect();
    assert_eq!(
        documents,
        [
            (2024, "国办发明电〔2023〕7号"),
            (2025, "国办发明电〔2024〕12号"),
            (2026, "国办发明电〔2025〕7号"),
        ]
    );
    assert!(calendar.is_published(2026) && !calendar.is_published(2027));
    assert_eq!(calendar.version(), "2025-11-04");
}

/// Weekdays in a year less free weekdays plus worked weekends. 2024: 262 weekdays, 19 of them
/// free, 8 weekend days worked; 2025: 261, 18, 5; 2026: 261, 19, 6.
#[test]
fn r23_each_year_has_the_working_days_of_its_notice() {
    let calendar = WorkingCalendar::built_in();
    for (year, count) in [(2024, 251), (2025, 248), (2026, 248)] {
        let days = (0..366).map(|offset| Day::of(year, 1, 1).unwrap().plus_days(offset));
        let worked = days.filter(|day| day.year() == year && calendar.is_working_day(*day));
        assert_eq!(worked.count(), count, "{year}");
    }
}

#[test]
fn r23_make_up_days_are_worked_and_holidays_are_not() {
    let calendar = WorkingCalendar::built_in();
    for worked in [
        "2024-02-04",
        "2024-02-09",
        "2024-10-12",
        "2025-01-26",
        "2025-02-08",
        "2025-04-27",
        "2025-09-28",
        "2025-10-11",
        "2026-01-04",
        "2026-02-14",
        "2026-02-28",
        "2026-05-09",
        "2026-09-20",
        "2026-10-10",
        "2026-11-16",
        "2027-01-04",
    ] {
        assert!(calendar.is_working_day(day(worked)), "{worked}");
    }
    for free in [
        "2024-01-01",
        "2024-02-10",
        "2024-02-17",
        "2024-09-17",
        "2025-01-28",
        "2025-02-04",
        "2025-06-02",
        "2025-10-08",
        "2026-01-02",
        "2026-02-23",
        "2026-06-19",
        "2026-10-07",
        "2026-11-15",
        "2027-01-03",
    ] {
        assert!(!calendar.is_working_day(day(free)), "{free}");
    }
}

/// Nothing is guessed: New Year's Day of a year without a notice is an ordinary Friday.
#[test]
fn r23_a_year_without_a_notice_runs_monday_to_friday() {
    let calendar = WorkingCalendar::built_in();
    for offset in 0..365 {
        let day = day("2027-01-01").plus_days(offset);
        assert_eq!(calendar.is_working_day(day), !day.is_weekend(), "{day}");
    }
}

#[test]
fn r23_working_days_run_through_whole_working_days() {
    for (from, within, expected) in [
        ("2026-11-13T15:00", "1wd", "2026-11-16T15:00"), // Friday to Monday
        ("2026-11-14T10:00", "1wd", "2026-11-17T00:00"), // Saturday: all of Monday
        ("2026-11-13T00:00", "1wd", "2026-11-14T00:00"), // all of Friday
        ("2026-11-14T00:00", "1wd", "2026-11-17T00:00"),
        ("2026-11-11T09:00", "7wd", "2026-11-20T09:00"),
        ("2026-09-30T17:00", "1wd", "2026-10-08T17:00"), // over National Day
        ("2026-09-30T17:00", "3wd", "2026-10-10T17:00"), // Saturday 10 October is worked
        ("2026-02-13T09:00", "2wd", "2026-02-24T09:00"), // 14 February is, then New Year
        ("2026-12-31T09:00", "1wd", "2027-01-01T09:00"), // 2027 is not published
        ("2026-11-14T10:00", "0wd", "2026-11-14T10:00"),
    ] {
        assert_eq!(due(from, within), expected, "{from} + {within}");
    }
}

#[test]
fn r23_working_hours_run_through_office_hours() {
    for (from, within, expected) in [
        ("2026-11-16T08:30", "2wh", "2026-11-16T10:30"),
        ("2026-11-16T11:00", "1wh", "2026-11-16T12:00"), // the end of a block is reached
        ("2026-11-16T11:00", "61wm", "2026-11-16T14:01"), // one minute on, past the noon break
        ("2026-11-16T12:00", "1wm", "2026-11-16T14:01"),
        ("2026-11-16T13:00", "2wh", "2026-11-16T16:00"),
        ("2026-11-13T17:00", "1wh", "2026-11-16T09:00"), // Friday evening to Monday
        ("2026-11-14T10:00", "30wm", "2026-11-16T09:00"),
        ("2026-11-16T06:00", "420wm", "2026-11-16T17:30"), // a whole day's office hours
        ("2026-09-30T17:00", "1wh", "2026-10-08T09:00"),
    ] {
        assert_eq!(due(from, within), expected, "{from} + {within}");
    }
}

#[test]
fn the_wall_clock_stops_for_nothing() {
    assert_eq!(due("2026-10-01T15:00", "2h"), "2026-10-01T17:00");
    assert_eq!(due("2026-10-01T15:00", "7d"), "2026-10-08T15:00");
    assert_eq!(due("2026-10-01T23:59", "30m"), "2026-10-02T00:29");
}

#[test]
fn at_the_due_instant_it_is_late() {
    let calendar = WorkingCalendar::built_in();
    let due = at("2026-11-13T17:30"); // a Friday
    let microsecond = Duration::from_micros(1);
    let late = |now: Instant, pace| calendar.late_by(due, now, pace);
    assert_eq!(late(due.minus(microsecond), Pace::Wall), None);
    assert_eq!(late(due, Pace::Wall), Some(Duration::ZERO));
    assert_eq!(late(due.plus(microsecond), Pace::Wall), Some(microsecond));
    let monday = at("2026-11-16T09:30");
    assert_eq!(late(monday, Pace::OfficeHours), Some(Duration::from_secs(3_600)));
    assert_eq!(late(monday, Pace::WorkingDays), Some(Duration::from_secs(16 * 3_600)));
}

#[test]
fn a_term_longer_than_time_ends_with_it() {
    let calendar = WorkingCalendar::built_in();
    let endless = Within { amount: u32::MAX, unit: Unit::Days, working: true };
    assert_eq!(calendar.due(at("2026-11-13T15:00"), endless), Instant::MAX);
    let endless = Within { working: false, ..endless };
    assert_eq!(calendar.due(at("2026-11-13T15:00"), endless), Instant::MAX);
}

const EDITED: &str = r#"version = "edited"

[[hours]]
from = "2026-01-01"
blocks = ["08:30-12:00", "14:00-17:30"]

[[hours]]
from = "2026-07-01"
blocks = ["08:00-12:00", "15:00-18:00"]

[[year]]
year = 2027
document = "a test's own"
off = ["2026-12-31/2027-01-02"]
on = ["2027-01-03"]
"#;

#[test]
fn office_hours_are_those_in_force_on_the_day() {
    let calendar = WorkingCalendar::parse(EDITED).unwrap();
    let first = |text: &str| calendar.office_hours(day(text))[0].from;
    assert_eq!(first("2026-06-30"), 8 * 60 + 30);
    assert_eq!(first("2026-07-01"), 8 * 60);
    assert_eq!(first("2020-01-01"), 8 * 60 + 30, "before the first entry, the first");
}

#[test]
fn a_notice_may_reach_back_into_december() {
    let calendar = WorkingCalendar::parse(EDITED).unwrap();
    assert!(!calendar.is_working_day(day("2026-12-31")));
    assert!(calendar.is_working_day(day("2027-01-03")));
    assert!(calendar.is_published(2027) && !calendar.is_published(2026));
}

#[test]
fn what_is_wrong_in_an_edition_is_told_with_line_and_field() {
    for (written, edited, line, field, key) in [
        ("version =", "verzion =", 1, "verzion", "fault.calendar_syntax"),
        ("\"edited\"", "\" \"", 1, "version", "fault.empty"),
        ("2026-01-01", "2026-1-1", 4, "hours[0].from", "fault.not_a_day"),
        ("2026-07-01", "2026-01-01", 8, "hours[1].from", "fault.calendar_hours_order"),
        ("08:00-12:00", "12:00-08:00", 9, "hours[1].blocks[0]", "fault.calendar_block"),
        ("08:00-12:00", "08:00-24:01", 9, "hours[1].blocks[0]", "fault.calendar_block"),
        ("08:00-12:00", "8:00-12:00", 9, "hours[1].blocks[0]", "fault.calendar_block"),
        ("15:00-18:00", "11:59-18:00", 9, "hours[1].blocks[1]", "fault.calendar_blocks_order"),
        ("\"08:00-12:00\", \"15:00-18:00\"", "", 9, "hours[1].blocks", "fault.calendar_no_hours"),
        ("year = 2027", "year = 0", 12, "year[0].year", "fault.calendar_year"),
        ("year = 2027", "year = next", 12, "year", "fault.calendar_syntax"),
        ("year = 2027", "year = 2028", 14, "year[0].off[0]", "fault.calendar_other_year"),
        ("2027-01-02", "2026-12-30", 14, "year[0].off[0]", "fault.calendar_days_order"),
        ("2027-01-02", "2027-01-03", 15, "year[0].on[0]", "fault.calendar_day_twice"),
        (
            "on = [\"2027-01-03\"",
            "on = [\"2027-01-04\"",
            15,
            "year[0].on[0]",
            "fault.calendar_worked_anyway",
        ),
    ] {
        let text = EDITED.replace(written, edited);
        assert_ne!(text, EDITED, "{written}");
        let CalendarError { line: found, field: place, fault, .. } =
            WorkingCalendar::parse(&text).unwrap_err();
        assert_eq!((found, place.as_str(), fault.key), (line, field, key), "{edited}");
    }
}

#[test]
fn a_year_or_a_day_told_twice_is_refused() {
    let year = &EDITED[EDITED.find("[[year]]").unwrap()..];
    let twice = WorkingCalendar::parse(&format!("{EDITED}{year}")).unwrap_err();
    assert_eq!((twice.line, twice.fault), (17, Fault::new("fault.calendar_year_twice")));
    let next = year.replace("year = 2027", "year = 2028").replace("2026-12-31/", "");
    let next = next.replace("2027-01-02", "2027-12-31").replace("\"2027-01-03\"", "");
    assert!(WorkingCalendar::parse(&format!("{EDITED}{next}")).is_ok());
    let overlapping = EDITED.replace("off = [", "off = [\"2027-01-01\", ");
    let fault = WorkingCalendar::parse(&overlapping).unwrap_err().fault;
    assert_eq!(fault, Fault::new("fault.calendar_day_twice"));
}

#[test]
fn an_edition_without_hours_or_of_unreasonable_size_is_refused() {
    let empty = WorkingCalendar::parse("version = \"none\"\nhours = []\n").unwrap_err();
    assert_eq!((empty.line, empty.fault.key), (2, "fault.calendar_no_hours"));
    let large = WorkingCalendar::parse(&"#".repeat(300_000)).unwrap_err();
    assert_eq!(large.fault.key, "fault.calendar_too_large");
}

prop_compose! {
    /// Any microsecond from 2025-06 to 2028-02: holidays, make-up days, an unpublished year.
    fn moment()(micros in 0i64..1_000 * 86_400_000_000) -> Instant {
        Instant::from_micros(at("2025-06-01T00:00").micros() + micros)
    }
}

prop_compose! {
    /// Instants that lie on or beside the borders of blocks and days.
    fn border()(
        offset in 0i32..500,
        minute in prop::sample::select(vec![0i64, 510, 720, 840, 1_050, 1_440]),
        micros in -1i64..=1,
    ) -> Instant {
        let midnight = day("2025-09-01").plus_days(offset).start();
        Instant::from_micros(midnight.micros() + minute * 60_000_000 + micros)
    }
}

fn any_moment() -> impl Strategy<Value = Instant> {
    prop_oneof![moment(), border()]
}

fn any_pace() -> impl Strategy<Value = Pace> {
    prop::sample::select(vec![Pace::Wall, Pace::WorkingDays, Pace::OfficeHours])
}

fn any_unit() -> impl Strategy<Value = (Unit, bool)> {
    let units = prop::sample::select(vec![Unit::Minutes, Unit::Hours, Unit::Days]);
    (units, any::<bool>())
}

proptest! {
    #[test]
    fn due_is_monotone_in_its_start(
        one in any_moment(),
        other in any_moment(),
        amount in 0u32..40,
        (unit, working) in any_unit(),
    ) {
        let calendar = WorkingCalendar::built_in();
        let within = Within { amount, unit, working };
        let (first, second) = (one.min(other), one.max(other));
        prop_assert!(calendar.due(first, within) <= calendar.due(second, within));
        prop_assert!(calendar.due(first, within) >= first);
    }

    #[test]
    fn due_is_strictly_monotone_in_its_amount(
        from in any_moment(), amount in 0u32..40, more in 1u32..20, (unit, working) in any_unit(),
    ) {
        let calendar = WorkingCalendar::built_in();
        let due = |amount| calendar.due(from, Within { amount, unit, working });
        prop_assert!(due(amount) < due(amount + more));
    }

    #[test]
    fn two_terms_in_a_row_are_one_of_their_sum(
        from in any_moment(), one in 0u32..40, other in 0u32..40, (unit, working) in any_unit(),
    ) {
        let calendar = WorkingCalendar::built_in();
        let within = |amount| Within { amount, unit, working };
        let in_a_row = calendar.due(calendar.due(from, within(one)), within(other));
        prop_assert_eq!(in_a_row, calendar.due(from, within(one + other)));
    }

    #[test]
    fn no_microsecond_is_lost_at_any_border(
        from in any_moment(), micros in 0u64..20 * 86_400_000_000, pace in any_pace(),
    ) {
        let calendar = WorkingCalendar::built_in();
        let length = Duration::from_micros(micros);
        let due = calendar.after(from, length, pace);
        prop_assert_eq!(calendar.elapsed(from, due, pace), length);
        if !length.is_zero() {
            // And it is the first such instant: a microsecond earlier, one is missing.
            let one = Duration::from_micros(1);
            let before = calendar.elapsed(from, due.minus(one), pace);
            prop_assert_eq!(before, length - one);
        }
    }

    #[test]
    fn elapsed_time_adds_up(
        one in any_moment(), two in any_moment(), three in any_moment(), pace in any_pace(),
    ) {
        let calendar = WorkingCalendar::built_in();
        let mut moments = [one, two, three];
        moments.sort();
        let [first, middle, last] = moments;
        let parts = calendar.elapsed(first, middle, pace) + calendar.elapsed(middle, last, pace);
        prop_assert_eq!(calendar.elapsed(first, last, pace), parts);
        prop_assert_eq!(calendar.elapsed(last, first, pace), Duration::ZERO);
    }

    #[test]
    fn any_text_is_answered_by_the_reader(text in "[\\[\\]a-z=\"\\n0-9:/-]{0,80}") {
        let _ = WorkingCalendar::parse(&text);
    }
}

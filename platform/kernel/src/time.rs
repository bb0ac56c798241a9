//! Instants, days and clocks.
//!
//! An [`Instant`] is kept as microseconds UTC and shown in China Standard Time, UTC+8 the year
//! round (R24; the summer time of 1986–1991 is not shown, nothing was recorded here then). A
//! [`Day`] is a civil day of that zone. Rules never ask what time it is: they are told, and what
//! tells them is a [`Clock`].

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use jiff::SignedDuration;
use jiff::civil::Date;

use crate::Fault;

pub(crate) const MICROS_PER_MINUTE: i64 = 60_000_000;
pub(crate) const MICROS_PER_DAY: i64 = 24 * 60 * MICROS_PER_MINUTE;
/// China Standard Time is eight hours ahead of UTC.
const ZONE_MICROS: i64 = 8 * 60 * MICROS_PER_MINUTE;

/// A moment: microseconds since 1970-01-01T00:00:00Z, within the years 1 to 9999 of UTC+8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

impl Instant {
    /// The first moment of [`Day::MIN`].
    pub const MIN: Instant = Instant(Day::MIN.0 as i64 * MICROS_PER_DAY - ZONE_MICROS);
    /// The last microsecond of [`Day::MAX`].
    pub const MAX: Instant = Instant((Day::MAX.0 as i64 + 1) * MICROS_PER_DAY - ZONE_MICROS - 1);

    /// Microseconds since 1970 UTC, as the database keeps them.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The instant kept as these microseconds; outside the years 1 to 9999 the nearest one.
    pub const fn from_micros(micros: i64) -> Instant {
        if micros < Instant::MIN.0 {
            Instant::MIN
        } else if micros > Instant::MAX.0 {
            Instant::MAX
        } else {
            Instant(micros)
        }
    }

    /// Reads RFC 3339 with any offset; finer than a microsecond is cut off.
    ///
    /// # Errors
    /// `fault.not_a_time`
    pub fn parse(text: &str) -> Result<Instant, Fault> {
        let fault = || Fault::new("fault.not_a_time");
        let timestamp = jiff::Timestamp::from_str(text).map_err(|_| fault())?;
        let micros = timestamp.as_microsecond();
        let instant = Instant::from_micros(micros);
        if instant.0 == micros { Ok(instant) } else { Err(fault()) }
    }

    /// `2026-11-15T14:30:00+08:00`; a fraction of six digits only where there is one, so that
    /// writing and reading gives the same instant.
    pub fn to_rfc3339(self) -> String {
        let of_day = self.micros_of_day();
        let (seconds, fraction) = (of_day / 1_000_000, of_day % 1_000_000);
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        let fraction = if fraction == 0 { String::new() } else { format!(".{fraction:06}") };
        format!("{}T{hour:02}:{minute:02}:{second:02}{fraction}+08:00", self.day())
    }

    /// The local day it falls on.
    pub fn day(self) -> Day {
        let days = (self.0 + ZONE_MICROS).div_euclid(MICROS_PER_DAY);
        // MIN and MAX of Instant are the edges of MIN and MAX of Day, far inside i32.
        Day(i32::try_from(days).unwrap_or(Day::MAX.0))
    }

    /// Whole minutes since local midnight, 0 to 1439.
    pub fn minute_of_day(self) -> u16 {
        // A day has 1440 minutes, which fit.
        u16::try_from(self.micros_of_day() / MICROS_PER_MINUTE).unwrap_or(0)
    }

    /// Microseconds since local midnight.
    pub(crate) const fn micros_of_day(self) -> i64 {
        (self.0 + ZONE_MICROS).rem_euclid(MICROS_PER_DAY)
    }

    /// Later by so much, to the microsecond; stops at [`Instant::MAX`].
    #[must_use]
    pub fn plus(self, duration: Duration) -> Instant {
        Instant::from_micros(self.0.saturating_add(whole_micros(duration)))
    }

    /// Earlier by so much, to the microsecond; stops at [`Instant::MIN`].
    #[must_use]
    pub fn minus(self, duration: Duration) -> Instant {
        Instant::from_micros(self.0.saturating_sub(whole_micros(duration)))
    }

    /// How long after `earlier` this is; nothing when it is not after it.
    pub fn since(self, earlier: Instant) -> Duration {
        Duration::from_micros(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }
}

/// Microseconds of a duration; the longest ones saturate, as does what they are added to.
pub(crate) fn whole_micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// As [`Instant::to_rfc3339`].
impl fmt::Display for Instant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.to_rfc3339())
    }
}

impl FromStr for Instant {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Instant, Fault> {
        Instant::parse(text)
    }
}

crate::as_string!(Instant, { "format": "date-time" });

/// A civil day, years 1 to 9999; kept as days since 1970-01-01, written `2026-11-15`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

impl Day {
    /// 0001-01-01
    pub const MIN: Day = Day(-719_162);
    /// 9999-12-31, which papers use to say "without end".
    pub const MAX: Day = Day(2_932_896);

    const EPOCH: Date = Date::constant(1970, 1, 1);

    /// The day of this year, month and day of the month, if there is one.
    pub fn of(year: i16, month: i8, day: i8) -> Option<Day> {
        Date::new(year, month, day).ok().and_then(Day::from_date)
    }

    /// Reads `2026-11-15` and nothing else.
    ///
    /// # Errors
    /// `fault.not_a_day`
    pub fn parse(text: &str) -> Result<Day, Fault> {
        let number = |from: usize, to: usize| {
            text.get(from..to).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
        };
        let day = || {
            let hyphens = text.len() == 10 && text.get(4..5)? == "-" && text.get(7..8)? == "-";
            let year = number(0, 4)?.parse().ok()?;
            let month = number(5, 7)?.parse().ok()?;
            let day = number(8, 10)?.parse().ok()?;
            if hyphens { Day::of(year, month, day) } else { None }
        };
        day().ok_or_else(|| Fault::new("fault.not_a_day"))
    }

    /// Its first moment, local midnight.
    pub const fn start(self) -> Instant {
        Instant(self.0 as i64 * MICROS_PER_DAY - ZONE_MICROS)
    }

    /// The day after; [`Day::MAX`] stays.
    #[must_use]
    pub fn next(self) -> Day {
        self.plus_days(1)
    }

    /// So many days later, or earlier when negative; stops at [`Day::MIN`] and [`Day::MAX`].
    #[must_use]
    pub fn plus_days(self, days: i32) -> Day {
        Day(self.0.saturating_add(days)).clamp(Day::MIN, Day::MAX)
    }

    /// Days from this one to `later`, negative when it is earlier.
    pub const fn days_until(self, later: Day) -> i32 {
        later.0 - self.0
    }

    /// 1 to 9999.
    pub fn year(self) -> i16 {
        self.date().year()
    }

    /// 1 to 12.
    pub fn month(self) -> i8 {
        self.date().month()
    }

    /// Day of the month, 1 to 31.
    pub fn day_of_month(self) -> i8 {
        self.date().day()
    }

    /// 1 Monday to 7 Sunday (ISO 8601).
    pub const fn weekday(self) -> u8 {
        // 1970-01-01 was a Thursday; the remainder lies in 0 to 6.
        (self.0 + 3).rem_euclid(7) as u8 + 1
    }

    /// Saturday or Sunday.
    pub const fn is_weekend(self) -> bool {
        self.weekday() >= 6
    }

    fn from_date(date: Date) -> Option<Day> {
        let days = date.duration_since(Day::EPOCH).as_secs() / 86_400;
        let day = Day(i32::try_from(days).ok()?);
        (Day::MIN..=Day::MAX).contains(&day).then_some(day)
    }

    fn date(self) -> Date {
        Day::EPOCH.saturating_add(SignedDuration::from_hours(i64::from(self.0) * 24))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = self.date();
        write!(formatter, "{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
    }
}

impl FromStr for Day {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Day, Fault> {
        Day::parse(text)
    }
}

crate::as_string!(Day, { "format": "date" });

/// What tells the time.
pub trait Clock: Send + Sync {
    /// The present moment; never earlier than an answer given before.
    fn now(&self) -> Instant;
}

/// A clock of the machine set back by more than this is worth a warning; less is ordinary
/// correction by NTP.
const ANOMALY_MICROS: i64 = 1_000_000;

/// The machine's clock, except that it never goes backwards: while the machine's clock is
/// behind a time already given, that time stands still.
#[derive(Debug)]
pub struct SystemClock {
    last: AtomicI64,
    behind: AtomicI64,
}

impl SystemClock {
    /// A clock that has not been asked yet.
    pub const fn new() -> SystemClock {
        SystemClock { last: AtomicI64::new(Instant::MIN.0), behind: AtomicI64::new(0) }
    }

    /// By how much the machine's clock was behind at the last reading, if by more than a second.
    pub fn anomaly(&self) -> Option<Duration> {
        let behind = self.behind.load(Ordering::Relaxed);
        let worth_telling = behind > ANOMALY_MICROS;
        worth_telling.then(|| Duration::from_micros(behind.unsigned_abs()))
    }

    fn read(&self, wall: Instant) -> Instant {
        let last = self.last.fetch_max(wall.0, Ordering::SeqCst);
        self.behind.store(last.saturating_sub(wall.0).max(0), Ordering::Relaxed);
        Instant(last.max(wall.0))
    }
}

impl Default for SystemClock {
    fn default() -> SystemClock {
        SystemClock::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        // A machine whose clock stands before 1970 is read as 1970.
        let since_1970 = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        self.read(Instant(0).plus(since_1970))
    }
}

/// A clock that shows what it was set to: for tests and the simulation.
#[derive(Debug)]
pub struct SetClock(AtomicI64);

impl SetClock {
    /// A clock showing `now`.
    pub const fn new(now: Instant) -> SetClock {
        SetClock(AtomicI64::new(now.0))
    }

    /// Shows `now` from here on; may go back, as a broken machine's does.
    pub fn set(&self, now: Instant) {
        self.0.store(now.0, Ordering::SeqCst);
    }

    /// Lets so much time pass.
    pub fn advance(&self, by: Duration) {
        self.set(self.now().plus(by));
    }
}

impl Clock for SetClock {
    fn now(&self) -> Instant {
        Instant(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Instant {
        Instant::parse(text).unwrap()
    }

    #[test]
    fn r24_instants_are_read_with_any_offset_and_written_in_ours() {
        for (read, written) in [
            ("2026-11-15T14:30:00+08:00", "2026-11-15T14:30:00+08:00"),
            ("2026-11-15T06:30:00Z", "2026-11-15T14:30:00+08:00"),
            ("2026-11-14T23:30:00.5-07:00", "2026-11-15T14:30:00.500000+08:00"),
            ("1969-12-31T16:00:00Z", "1970-01-01T00:00:00+08:00"),
            ("1969-12-31T15:59:59.999999Z", "1969-12-31T23:59:59.999999+08:00"),
        ] {
            assert_eq!(at(read).to_rfc3339(), written);
        }
        for text in [
            "",
            "2026-11-15",
            "2026-11-15T14:30:00",
            "15.11.2026 14:30",
            "9999999999",
            "0000-12-31T00:00:00Z",
        ] {
            assert_eq!(Instant::parse(text), Err(Fault::new("fault.not_a_time")), "{text}");
        }
    }

    #[test]
    fn r24_the_day_is_the_local_day() {
        assert_eq!(at("2026-11-15T15:59:59.999999Z").day().to_string(), "2026-11-15");
        assert_eq!(at("2026-11-15T16:00:00Z").day().to_string(), "2026-11-16");
        assert_eq!(at("2026-11-15T16:00:00Z").minute_of_day(), 0);
        assert_eq!(at("2026-11-15T15:59:59.999999Z").minute_of_day(), 1_439);
    }

    #[test]
    fn days_are_read_strictly() {
        for text in ["2024-02-29", "0001-01-01", "9999-12-31", "1970-01-01"] {
            assert_eq!(Day::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "2026-2-3",
            "2025-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026/11/15",
            "+026-11-15",
            "0000-01-01",
            "2026-11-15 ",
            "２０２６-11-15",
            "2026-11-1五",
        ] {
            assert_eq!(Day::parse(text), Err(Fault::new("fault.not_a_day")), "{text}");
        }
        assert_eq!(Day::MIN.to_string(), "0001-01-01");
        assert_eq!(Day::MAX.to_string(), "9999-12-31");
    }

    #[test]
    fn days_know_their_parts() {
        let day = Day::of(2026, 11, 15).unwrap();
        assert_eq!((day.year(), day.month(), day.day_of_month()), (2026, 11, 15));
        assert_eq!(day.weekday(), 7);
        assert!(day.is_weekend() && !day.next().is_weekend());
        assert_eq!(Day::of(1969, 12, 29).unwrap().weekday(), 1);
        assert_eq!(day.days_until(Day::of(2026, 12, 1).unwrap()), 16);
    }

    #[test]
    fn time_stops_at_its_ends() {
        assert_eq!(Instant::MAX.plus(Duration::MAX), Instant::MAX);
        assert_eq!(Instant::MIN.minus(Duration::MAX), Instant::MIN);
        assert_eq!(Instant::from_micros(i64::MAX).day(), Day::MAX);
        assert_eq!(Instant::from_micros(i64::MIN).day(), Day::MIN);
        assert_eq!(Day::MAX.next(), Day::MAX);
        assert_eq!(Day::MIN.plus_days(i32::MIN), Day::MIN);
        assert_eq!(Instant::MIN.to_rfc3339(), "0001-01-01T00:00:00+08:00");
    }

    #[test]
    fn the_system_clock_never_goes_back_and_tells_of_it() {
        let clock = SystemClock::new();
        let noon = at("2026-11-15T12:00:00+08:00");
        let second = Duration::from_secs(1);
        assert_eq!(clock.read(noon), noon);
        assert_eq!(clock.read(noon.minus(second)), noon);
        assert_eq!(clock.anomaly(), None, "a second is ordinary correction");
        assert_eq!(clock.read(noon.minus(second * 60)), noon);
        assert_eq!(clock.anomaly(), Some(second * 60));
        assert_eq!(clock.read(noon.plus(second)), noon.plus(second));
        assert_eq!(clock.anomaly(), None, "the machine has caught up");
        assert!(clock.now() > noon.minus(second * 86_400 * 365 * 20));
    }

    #[test]
    fn the_set_clock_shows_what_it_was_set_to() {
        let clock = SetClock::new(at("2026-11-15T12:00:00+08:00"));
        clock.advance(Duration::from_secs(90));
        assert_eq!(clock.now(), at("2026-11-15T12:01:30+08:00"));
        clock.set(at("2026-01-01T00:00:00+08:00"));
        assert_eq!(clock.now().day().to_string(), "2026-01-01");
    }

    proptest! {
        #[test]
        fn an_instant_survives_the_wire(micros in Instant::MIN.0..=4_102_444_800_000_000) {
            let instant = Instant::from_micros(micros);
            let json = serde_json::to_string(&instant).unwrap();
            prop_assert_eq!(serde_json::from_str::<Instant>(&json).unwrap(), instant);
        }

        #[test]
        fn a_day_holds_the_instants_from_its_start(days in Day::MIN.0..Day::MAX.0) {
            let day = Day(days);
            prop_assert_eq!(day.start().day(), day);
            prop_assert_eq!(day.next().start().minus(Duration::from_micros(1)).day(), day);
            prop_assert_eq!(Day::parse(&day.to_string()), Ok(day));
        }
    }
}

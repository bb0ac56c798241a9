//! The working calendar (R23): which days are worked, and when a promise falls due.
//!
//! A [`Pace`] says which stretches of time count; a term runs through them and nothing else, and
//! falls due at the first instant at which the whole of it has run. Every stretch is half-open,
//! so no minute is counted twice or lost between two. Working days are whole days from midnight
//! to midnight: a day's term from Friday 15:00 is due on Monday 15:00; from Saturday 10:00 it
//! runs through Monday and is due at its end, Tuesday 00:00 (compare Civil Code art. 201–203).
//! At the due instant itself it is late.

mod edition;
mod within;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub use edition::CalendarError;
pub use within::{Pace, Unit, Within};

use crate::time::{MICROS_PER_MINUTE, whole_micros};
use crate::{Day, Instant};

/// One edition of the calendar: published holidays, make-up workdays and office hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkingCalendar {
    version: String,
    /// Published years, each with the number of its document.
    years: BTreeMap<i16, String>,
    off: BTreeSet<Day>,
    on: BTreeSet<Day>,
    /// Ascending by first day, never empty.
    hours: Vec<OfficeHours>,
}

/// Office hours in force from a day on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct OfficeHours {
    from: Day,
    /// Ascending, disjoint, never empty.
    blocks: Vec<Block>,
}

/// A stretch of one local day in minutes since midnight, half-open: `to` no longer belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// First minute, 0 to 1439.
    pub from: u16,
    /// First minute after, 1 to 1440.
    pub to: u16,
}

const WHOLE_DAY: [Block; 1] = [Block { from: 0, to: 24 * 60 }];

impl Block {
    /// Its first and its end instant on that day.
    fn on(self, day: Day) -> (Instant, Instant) {
        let at = |minute: u16| {
            Instant::from_micros(day.start().micros() + i64::from(minute) * MICROS_PER_MINUTE)
        };
        (at(self.from), at(self.to))
    }
}

impl WorkingCalendar {
    /// The text of the edition that ships with the program, to begin an edited one from.
    pub const BUILT_IN: &str = include_str!("../data/calendar.toml");

    /// The edition that ships with the program.
    pub fn built_in() -> WorkingCalendar {
        // The text is a constant of this program, and a test of this crate reads it.
        WorkingCalendar::parse(WorkingCalendar::BUILT_IN)
            .expect("the built-in edition is part of the program and read by this crate's tests")
    }

    /// Reads an edition, as `data/calendar.toml` explains it.
    ///
    /// # Errors
    /// The first thing wrong, with its line and field.
    pub fn parse(text: &str) -> Result<WorkingCalendar, CalendarError> {
        edition::read(text)
    }

    /// The name of this edition, to be kept with every promise counted by it.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Whether the year's holidays are published. If not, it is counted Monday to Friday, and
    /// whoever shows a date in it should say so.
    pub fn is_published(&self, year: i16) -> bool {
        self.years.contains_key(&year)
    }

    /// The published years with the numbers of their documents, ascending.
    pub fn documents(&self) -> impl Iterator<Item = (i16, &str)> {
        self.years.iter().map(|(year, document)| (*year, document.as_str()))
    }

    /// A year's days without work, as stretches from a first to a last day, ascending.
    pub fn days_off(&self, year: i16) -> Vec<(Day, Day)> {
        stretches(&self.off, year)
    }

    /// A year's Saturdays and Sundays that are worked, as stretches, ascending.
    pub fn make_up_days(&self, year: i16) -> Vec<(Day, Day)> {
        stretches(&self.on, year)
    }

    /// Make-up workdays are, holidays are not, other days are from Monday to Friday.
    pub fn is_working_day(&self, day: Day) -> bool {
        self.on.contains(&day) || (!day.is_weekend() && !self.off.contains(&day))
    }

    /// The office hours in force on that day, worked or not.
    pub fn office_hours(&self, day: Day) -> &[Block] {
        let after = self.hours.partition_point(|hours| hours.from <= day);
        // Days before the first entry are read by the first; there is always one.
        &self.hours[after.saturating_sub(1)].blocks
    }

    /// When a promise made at `from` falls due. From this instant on it is late.
    pub fn due(&self, from: Instant, within: Within) -> Instant {
        self.after(from, within.length(), within.pace())
    }

    /// The first instant at which so much time of this pace has run since `from`; what is left of
    /// a promise after a pause runs on by it. Stops at the end of time.
    pub fn after(&self, from: Instant, length: Duration, pace: Pace) -> Instant {
        if pace == Pace::Wall || length.is_zero() {
            return from.plus(length);
        }
        let mut left = whole_micros(length);
        let mut day = from.day();
        while day < Day::MAX {
            for block in self.running(day, pace) {
                let (start, end) = block.on(day);
                let start = start.max(from);
                let room = whole_micros(end.since(start));
                if room > 0 && left <= room {
                    return Instant::from_micros(start.micros() + left);
                }
                left -= room;
            }
            day = day.next();
        }
        Instant::MAX
    }

    /// How much time of this pace runs from `from` to `to`; none when `to` is not after it.
    pub fn elapsed(&self, from: Instant, to: Instant, pace: Pace) -> Duration {
        if pace == Pace::Wall || to <= from {
            return to.since(from);
        }
        let mut sum = Duration::ZERO;
        let mut day = from.day();
        while day <= to.day() && day < Day::MAX {
            for block in self.running(day, pace) {
                let (start, end) = block.on(day);
                sum += end.min(to).since(start.max(from));
            }
            day = day.next();
        }
        sum
    }

    /// By how much it is late, in time of this pace: `None` before the due instant, and `Some`,
    /// if only of nothing, from that instant on.
    pub fn late_by(&self, due: Instant, now: Instant, pace: Pace) -> Option<Duration> {
        (now >= due).then(|| self.elapsed(due, now, pace))
    }

    /// The stretches of a day that count.
    fn running(&self, day: Day, pace: Pace) -> &[Block] {
        match pace {
            Pace::Wall => &WHOLE_DAY,
            Pace::WorkingDays if self.is_working_day(day) => &WHOLE_DAY,
            Pace::OfficeHours if self.is_working_day(day) => self.office_hours(day),
            Pace::WorkingDays | Pace::OfficeHours => &[],
        }
    }
}
/// Days of a year that follow each other, put together.
fn stretches(days: &BTreeSet<Day>, year: i16) -> Vec<(Day, Day)> {
    let mut stretches: Vec<(Day, Day)> = Vec::new();
    for day in days.iter().copied().filter(|day| day.year() == year) {
        match stretches.last_mut() {
            Some((_, last)) if last.next() == day => *last = day,
            Some(_) | None => stretches.push((day, day)),
        }
    }
    stretches
}

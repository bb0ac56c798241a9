//! Office hours, counted in seconds: everything in a story happens while the office is open.

use std::sync::LazyLock;
use std::time::Duration;

use kernel::calendar::Pace;
use kernel::{Instant, WorkingCalendar};

/// Seconds of an hour.
pub const HOUR: u32 = 3_600;

/// As far back as a moment is looked for: a story is never longer.
const FAR: Duration = Duration::from_secs(180 * 24 * 3_600);

/// Nearer than this nobody asks.
const NEAR: Duration = Duration::from_secs(1);

static CALENDAR: LazyLock<WorkingCalendar> = LazyLock::new(WorkingCalendar::built_in);

/// So many seconds of office hours later.
pub fn after(from: Instant, seconds: u32) -> Instant {
    CALENDAR.after(from, Duration::from_secs(seconds.into()), Pace::OfficeHours)
}

/// A moment in office hours, from which so many seconds of them have run at `end`.
pub fn before(end: Instant, seconds: u32) -> Instant {
    let (mut early, mut late) = (end.minus(FAR), end);
    // Office time only grows, so halving finds the moment.
    while late.since(early) > NEAR {
        let middle = early.plus(late.since(early) / 2);
        if after(middle, seconds) <= end {
            early = middle;
        } else {
            late = middle;
        }
    }
    after(early, 1).min(end)
}

/// So many working days later.
pub fn days_after(from: Instant, days: u32) -> Instant {
    CALENDAR.after(from, Duration::from_secs(u64::from(days) * 86_400), Pace::WorkingDays)
}

//! Time in words: what a resident says, not what a machine prints.

use kernel::{Day, Instant};

use crate::shell::Shell;

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// `今天 15:04`, `昨天 09:30`, `11月3日 15:04`, `2025年11月3日`.
pub(crate) fn moment(shell: &Shell<'_>, at: Instant) -> String {
    let time = clock(at);
    let (today, that) = (shell.now.day(), at.day());
    if that == today {
        return shell.t1("when.today", "time", &time);
    }
    if that.plus_days(1) == today {
        return shell.t1("when.yesterday", "time", &time);
    }
    if that.plus_days(-1) == today {
        return shell.t1("when.tomorrow", "time", &time);
    }
    if that.year() == today.year() {
        return format!("{} {time}", day(shell, that));
    }
    day(shell, that)
}

/// `11月3日` this year, else `2025年11月3日`.
pub(crate) fn day(shell: &Shell<'_>, day: Day) -> String {
    if day.year() == shell.now.day().year() {
        return worded(shell, "when.day", day);
    }
    day_of_year(shell, day)
}

/// `2026年11月3日`: for paper, which lasts longer than a year.
pub(crate) fn day_of_year(shell: &Shell<'_>, day: Day) -> String {
    worded(shell, "when.day_of_year", day)
}

fn worded(shell: &Shell<'_>, key: &str, day: Day) -> String {
    let month = if shell.english() {
        shell.tw("when.month", &day.month().to_string())
    } else {
        day.month().to_string()
    };
    let text = shell.t2(key, "month", month, "day", day.day_of_month());
    text.replace("{year}", &day.year().to_string())
}

/// `还有 3 小时`, `已超期 2 天`.
pub(crate) fn due(shell: &Shell<'_>, due: Instant) -> String {
    let left = due.micros() - shell.now.micros();
    // Half-open: at the due instant itself it is late.
    if left <= 0 {
        return shell.t1("when.late", "span", span(shell, overdue(-left)));
    }
    shell.t1("when.left", "span", span(shell, counted(left)))
}

pub(crate) fn due_class(now: Instant, due: Instant) -> &'static str {
    let left = due.micros() - now.micros();
    if left <= 0 {
        "late"
    } else if left < DAY {
        "soon"
    } else {
        ""
    }
}

/// What is left, in whole units: whoever is told three days has three days. Below two days it is
/// told in hours, of which one day would hide too many. What is late is counted in whole units
/// too, so that nobody is blamed for more than is true.
fn counted(micros: i64) -> (&'static str, i64) {
    match micros {
        n if n >= 2 * DAY => ("when.days", n / DAY),
        n => small(n),
    }
}

/// The largest whole unit of what is late; under a minute is one minute.
fn overdue(micros: i64) -> (&'static str, i64) {
    match micros {
        n if n >= DAY => ("when.days", n / DAY),
        n => small(n),
    }
}

fn small(micros: i64) -> (&'static str, i64) {
    match micros {
        n if n >= HOUR => ("when.hours", n / HOUR),
        n => ("when.minutes", (n / MINUTE).max(1)),
    }
}

fn span(shell: &Shell<'_>, (key, count): (&'static str, i64)) -> String {
    shell.t1(key, "n", count)
}

/// `15:04` in Shanghai.
fn clock(at: Instant) -> String {
    let into_day = at.micros() - at.day().start().micros();
    format!("{:02}:{:02}", into_day / HOUR, into_day % HOUR / MINUTE)
}

#[cfg(test)]
mod tests {
    use super::{DAY, HOUR, MINUTE, counted, overdue};

    #[test]
    fn what_is_left_is_never_told_longer_than_it_is() {
        for (left, said) in [
            (2 * DAY + 15 * HOUR, ("when.days", 2)),
            (3 * DAY, ("when.days", 3)),
            (3 * DAY - 1, ("when.days", 2)),
            (2 * DAY - 1, ("when.hours", 47)),
            (24 * HOUR + 5 * HOUR, ("when.hours", 29)),
            (3 * HOUR + 40 * MINUTE, ("when.hours", 3)),
            (HOUR - 1, ("when.minutes", 59)),
            (1, ("when.minutes", 1)),
        ] {
            assert_eq!(counted(left), said, "{left}");
        }
    }

    #[test]
    fn what_is_late_is_counted_in_whole_units() {
        assert_eq!(overdue(DAY + 23 * HOUR), ("when.days", 1));
        assert_eq!(overdue(23 * HOUR), ("when.hours", 23));
    }
}

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
        return shell.t1("when.late", "span", span(shell, -left));
    }
    shell.t1("when.left", "span", span(shell, rounded(left)))
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

/// What is left, to the nearest unit that is said: 2 days and 20 hours are three days. What is
/// late is counted in whole units, so that nobody is blamed for more than is true.
fn rounded(micros: i64) -> i64 {
    // Beyond the last half unit the next larger unit is said.
    let whole = |unit: i64| (micros + unit / 2) / unit * unit;
    if whole(HOUR) >= DAY {
        whole(DAY).max(DAY)
    } else if whole(MINUTE) >= HOUR {
        whole(HOUR)
    } else {
        micros
    }
}

/// The largest whole unit; under a minute is one minute.
fn span(shell: &Shell<'_>, micros: i64) -> String {
    let (key, count) = match micros {
        n if n >= DAY => ("when.days", n / DAY),
        n if n >= HOUR => ("when.hours", n / HOUR),
        n => ("when.minutes", (n / MINUTE).max(1)),
    };
    shell.t1(key, "n", count)
}

/// `15:04` in Shanghai.
fn clock(at: Instant) -> String {
    let into_day = at.micros() - at.day().start().micros();
    format!("{:02}:{:02}", into_day / HOUR, into_day % HOUR / MINUTE)
}

#[cfg(test)]
mod tests {
    use super::{DAY, HOUR, MINUTE, rounded};

    #[test]
    fn what_is_left_is_said_to_the_nearest_unit() {
        for (left, said) in [
            (2 * DAY + 20 * HOUR, 3 * DAY),
            (2 * DAY + 23 * HOUR + 59 * MINUTE, 3 * DAY),
            (2 * DAY + 4 * HOUR, 2 * DAY),
            (3 * DAY, 3 * DAY),
            (DAY - 1, DAY),
            (24 * HOUR + 5 * HOUR, DAY),
            (3 * HOUR + 40 * MINUTE, 4 * HOUR),
            (HOUR - 1, HOUR),
            (45 * MINUTE, 45 * MINUTE),
        ] {
            assert_eq!(rounded(left), said, "{left}");
        }
    }
}

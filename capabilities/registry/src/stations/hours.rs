//! Opening hours: written for each weekday in one line, and what they mean on a day. Pure.

use kernel::{Day, Fault, Instant, WorkingCalendar};

/// Times of a day: morning, afternoon, evening.
const BLOCKS_MAX: usize = 3;

/// A stretch of one day, in minutes since midnight.
pub type Block = (u16, u16);

/// The blocks of each weekday, Monday first.
pub type Week = [Vec<Block>; 7];

/// Reads `8:30-12:00 14:30-17:30`; an empty line is a day on which it is closed.
///
/// # Errors
/// `registry.hours`
pub fn read(line: &str) -> Result<Vec<Block>, Fault> {
    let wrong = || Fault::new("registry.hours");
    let line: String = crate::rules::written(line).replace(['～', '~', '—', '–'], "-");
    let mut blocks: Vec<Block> = Vec::new();
    for part in line.split([' ', '、', ',', '，', ';', '；']).filter(|part| !part.is_empty()) {
        let (from, until) = part.split_once('-').ok_or_else(wrong)?;
        let (from, until) = (minute(from).ok_or_else(wrong)?, minute(until).ok_or_else(wrong)?);
        let is_later = blocks.last().is_none_or(|(_, before)| *before <= from);
        if from >= until || !is_later || blocks.len() == BLOCKS_MAX {
            return Err(wrong());
        }
        blocks.push((from, until));
    }
    Ok(blocks)
}

/// `8:30`, `08:30`, `24:00`.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let number = |text: &str| {
        let is_short = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        text.parse::<u16>().ok().filter(|_| is_short)
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    (minute < 60 && hour * 60 + minute <= 24 * 60).then_some(hour * 60 + minute)
}

/// The same as a line: `8:30–12:00、14:30–17:30`.
pub fn written(blocks: &[Block]) -> String {
    let time = |minute: u16| format!("{}:{:02}", minute / 60, minute % 60);
    let block = |(from, until): &Block| format!("{}-{}", time(*from), time(*until));
    blocks.iter().map(block).collect::<Vec<_>>().join("、")
}

/// Weekdays beside each other with the same hours, as one: the first and the last of them, Monday 0.
pub fn gathered(week: &Week) -> Vec<(usize, usize, &[Block])> {
    let mut groups: Vec<(usize, usize, &[Block])> = Vec::new();
    for (day, blocks) in week.iter().enumerate() {
        match groups.last_mut() {
            Some((_, last, same)) if *same == blocks.as_slice() => *last = day,
            Some(_) | None => groups.push((day, day, blocks)),
        }
    }
    groups
}

/// The hours of one day: none on a public holiday where it is closed then.
pub fn on<'a>(
    week: &'a Week,
    holidays_off: bool,
    day: Day,
    calendar: &WorkingCalendar,
) -> &'a [Block] {
    let is_holiday =
        calendar.days_off(day.year()).iter().any(|(from, to)| *from <= day && day <= *to);
    if holidays_off && is_holiday {
        return &[];
    }
    let place = usize::from(day.weekday().saturating_sub(1));
    week.get(place).map_or(&[], Vec::as_slice)
}

/// Whether it is open at this moment.
pub fn is_open(today: &[Block], now: Instant) -> bool {
    let minute = now.minute_of_day();
    today.iter().any(|(from, until)| (*from..*until).contains(&minute))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_as_people_write_them() {
        for (line, blocks) in [
            ("8:30-12:00 14:30-17:30", vec![(510, 720), (870, 1050)]),
            ("８：３０～１２：００，14:30—17:30", vec![(510, 720), (870, 1050)]),
            ("0:00-24:00", vec![(0, 1440)]),
            ("", vec![]),
        ] {
            assert_eq!(read(line), Ok(blocks), "{line}");
        }
        for line in [
            "8:30",
            "12:00-8:30",
            "8:60-9:00",
            "8:30-25:00",
            "14:00-15:00 8:00-9:00",
            "1:00-2:00 3:00-4:00 5:00-6:00 7:00-8:00",
            "上午",
        ] {
            assert_eq!(read(line).unwrap_err().key, "registry.hours", "{line}");
        }
    }

    #[test]
    fn what_was_written_is_read_the_same_again() {
        let blocks = vec![(510, 720), (870, 1050)];
        assert_eq!(read(&written(&blocks)), Ok(blocks));
        assert_eq!(written(&[]), "");
    }

    #[test]
    fn weekdays_with_the_same_hours_are_one_line() {
        let work = vec![(510, 720)];
        let mut week: Week = std::array::from_fn(|_| work.clone());
        (week[5], week[6]) = (vec![(540, 720)], Vec::new());
        let groups: Vec<_> = gathered(&week).iter().map(|(a, b, _)| (*a, *b)).collect();
        assert_eq!(groups, [(0, 4), (5, 5), (6, 6)]);
    }

    #[test]
    fn a_public_holiday_is_a_closed_day_where_the_station_says_so() {
        let calendar = WorkingCalendar::built_in();
        let week: Week = std::array::from_fn(|_| vec![(510, 720)]);
        let day = |month, day| Day::of(2026, month, day).unwrap();
        assert_eq!(on(&week, true, day(10, 1), &calendar), &[] as &[Block]);
        assert_eq!(on(&week, false, day(10, 1), &calendar), &[(510, 720)]);
        assert_eq!(on(&week, true, day(11, 16), &calendar), &[(510, 720)]);
        let open = |time: &str| is_open(&[(510, 720)], Instant::parse(time).unwrap());
        assert!(open("2026-11-16T08:30:00+08:00") && open("2026-11-16T11:59:59+08:00"));
        assert!(!open("2026-11-16T12:00:00+08:00") && !open("2026-11-16T08:29:59+08:00"));
    }
}

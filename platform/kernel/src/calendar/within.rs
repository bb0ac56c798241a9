//! A term as a community sets it: so many minutes, hours or days, of the clock or of work.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::Fault;

/// A term: `7d` are seven days by the clock, `7wd` seven working days, `2wh` two office hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Within {
    /// How many.
    pub amount: u32,
    /// Of what.
    pub unit: Unit,
    /// Whether only working time counts.
    pub working: bool,
}

/// What a term is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// `m`
    Minutes,
    /// `h`
    Hours,
    /// `d`
    Days,
}

/// Which time counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pace {
    /// All of it.
    Wall,
    /// Working days, each from midnight to midnight.
    WorkingDays,
    /// Office hours of working days.
    OfficeHours,
}

/// Ten years: no promise of a community is longer, and counting stays quick.
const DAYS_MAX: u32 = 3_660;

impl Unit {
    pub const ALL: [Unit; 3] = [Unit::Minutes, Unit::Hours, Unit::Days];

    const fn letter(self) -> char {
        match self {
            Unit::Minutes => 'm',
            Unit::Hours => 'h',
            Unit::Days => 'd',
        }
    }

    const fn seconds(self) -> u32 {
        match self {
            Unit::Minutes => 60,
            Unit::Hours => 60 * 60,
            Unit::Days => 24 * 60 * 60,
        }
    }
}

impl Within {
    /// Which time this term runs in.
    pub const fn pace(self) -> Pace {
        match (self.working, self.unit) {
            (false, Unit::Minutes | Unit::Hours | Unit::Days) => Pace::Wall,
            (true, Unit::Days) => Pace::WorkingDays,
            (true, Unit::Minutes | Unit::Hours) => Pace::OfficeHours,
        }
    }

    /// How much of that time it takes; a working day counts 24 hours of working days.
    pub fn length(self) -> Duration {
        Duration::from_secs(u64::from(self.amount) * u64::from(self.unit.seconds()))
    }

    /// Reads `30m`, `2h`, `7d`, and with a `w` before the unit the same of working time.
    ///
    /// # Errors
    /// `fault.not_a_term`, or `fault.term_too_long` beyond ten years.
    pub fn parse(text: &str) -> Result<Within, Fault> {
        let within = Within::read(text).ok_or_else(|| Fault::new("fault.not_a_term"))?;
        let most = Duration::from_secs(u64::from(DAYS_MAX) * u64::from(Unit::Days.seconds()));
        if within.length() > most {
            return Err(Fault::new("fault.term_too_long").with("days", DAYS_MAX));
        }
        Ok(within)
    }

    fn read(text: &str) -> Option<Within> {
        let unit = Unit::ALL.into_iter().find(|unit| text.ends_with(unit.letter()))?;
        let amount = text.strip_suffix(unit.letter())?;
        let (amount, working) = match amount.strip_suffix('w') {
            Some(amount) => (amount, true),
            None => (amount, false),
        };
        let digits = amount.bytes().all(|byte| byte.is_ascii_digit());
        let amount = if digits { amount.parse().ok()? } else { return None };
        Some(Within { amount, unit, working })
    }
}

impl fmt::Display for Within {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let working = if self.working { "w" } else { "" };
        write!(formatter, "{}{working}{}", self.amount, self.unit.letter())
    }
}

impl FromStr for Within {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Within, Fault> {
        Within::parse(text)
    }
}

crate::as_string!(Within, { "pattern": "^[0-9]+w?[mhd]$" });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_read_as_written() {
        for (text, amount, unit, pace) in [
            ("30m", 30, Unit::Minutes, Pace::Wall),
            ("24h", 24, Unit::Hours, Pace::Wall),
            ("7d", 7, Unit::Days, Pace::Wall),
            ("30wm", 30, Unit::Minutes, Pace::OfficeHours),
            ("2wh", 2, Unit::Hours, Pace::OfficeHours),
            ("15wd", 15, Unit::Days, Pace::WorkingDays),
            ("0h", 0, Unit::Hours, Pace::Wall),
        ] {
            let within = Within::parse(text).unwrap();
            assert_eq!((within.amount, within.unit, within.pace()), (amount, unit, pace));
            assert_eq!(within.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_term_is_refused() {
        for text in
            ["", "7", "d", "wd", "7 d", "-7d", "+7d", "7dw", "7wwd", "1.5h", "7天", "99999999999m"]
        {
            assert_eq!(Within::parse(text), Err(Fault::new("fault.not_a_term")), "{text}");
        }
        assert!(Within::parse("3660d").is_ok());
        for text in ["3661d", "87841wh", "4294967295m"] {
            assert_eq!(Within::parse(text).unwrap_err().key, "fault.term_too_long", "{text}");
        }
    }
}

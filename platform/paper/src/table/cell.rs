//! One cell: what a spreadsheet holds, without its dress.

use std::fmt;

use kernel::{Day, Fault};

/// Digits that a spreadsheet keeps of a number. A citizen number typed as a number has lost its
/// last three.
const DIGITS_KEPT: usize = 15;

/// Serial days that are taken for days of birth and the like; up to 2119.
const SERIAL_MAX: i32 = 80_000;

/// What stands in a cell.
///
/// `Debug` tells the kind only: cells hold residents' data.
#[derive(Clone, PartialEq, Eq, Default)]
pub enum Cell {
    #[default]
    Empty,
    /// Words, as they were typed but for blanks around them.
    Text(Box<str>),
    /// A number in digits, without exponent: `13800000000`, `3.5`.
    Number(Box<str>),
    /// A number with more digits than were kept.
    Blurred,
    Day(Day),
    /// A formula: what it would come to is for its spreadsheet to say.
    Formula,
    /// `#REF!` and its like.
    Broken,
}

impl fmt::Debug for Cell {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Cell::Empty => "Empty",
            Cell::Text(_) => "Text",
            Cell::Number(_) => "Number",
            Cell::Blurred => "Blurred",
            Cell::Day(_) => "Day",
            Cell::Formula => "Formula",
            Cell::Broken => "Broken",
        })
    }
}

/// How a book counts days: from 1900, or from 1904 as the first ones of Apple did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Epoch {
    Of1900,
    Of1904,
}

impl Epoch {
    /// The day of a serial number. The 29th of February 1900, which 1900 did not have, is none.
    pub fn day(self, serial: i32) -> Option<Day> {
        let counted = (0..=SERIAL_MAX).contains(&serial).then_some(serial)?;
        match self {
            Epoch::Of1900 if counted == 0 || counted == 60 => None,
            // Before the day that never was, the count lags one behind.
            Epoch::Of1900 if counted < 60 => Some(Day::of(1899, 12, 31)?.plus_days(counted)),
            Epoch::Of1900 => Some(Day::of(1899, 12, 30)?.plus_days(counted)),
            Epoch::Of1904 => Some(Day::of(1904, 1, 1)?.plus_days(counted)),
        }
    }
}

impl Cell {
    /// Words; nothing where there are only blanks.
    pub(super) fn text(text: &str) -> Cell {
        let text = text.trim_matches(|sign: char| sign.is_whitespace() || sign == '\u{FEFF}');
        if text.is_empty() { Cell::Empty } else { Cell::Text(text.into()) }
    }

    /// A number as a spreadsheet keeps it.
    pub(super) fn number(value: f64) -> Cell {
        if !value.is_finite() {
            return Cell::Broken;
        }
        // Written without exponent, in as few digits as tell it from its neighbours.
        let digits = format!("{value}");
        let whole = digits.split('.').next().unwrap_or_default();
        let kept = whole.trim_start_matches('-').len() <= DIGITS_KEPT;
        if kept { Cell::Number(digits.into()) } else { Cell::Blurred }
    }

    pub fn is_empty(&self) -> bool {
        *self == Cell::Empty
    }

    pub(super) fn is_longer_than(&self, max: usize) -> bool {
        match self {
            Cell::Text(text) => text.len() > max && text.chars().count() > max,
            Cell::Empty | Cell::Number(_) | Cell::Blurred | Cell::Day(_) => false,
            Cell::Formula | Cell::Broken => false,
        }
    }

    /// The words or digits of a cell, whichever way they were typed; empty for an empty one.
    ///
    /// # Errors
    /// `fault.cell_formula`, `fault.cell_broken`, `fault.cell_blurred`.
    pub fn words(&self) -> Result<String, Fault> {
        match self {
            Cell::Empty => Ok(String::new()),
            Cell::Text(text) if is_exponent(text) => Err(Fault::new("fault.cell_blurred")),
            Cell::Text(text) | Cell::Number(text) => Ok(text.to_string()),
            Cell::Day(day) => Ok(day.to_string()),
            Cell::Blurred => Err(Fault::new("fault.cell_blurred")),
            Cell::Formula => Err(Fault::new("fault.cell_formula")),
            Cell::Broken => Err(Fault::new("fault.cell_broken")),
        }
    }

    /// A day: a date, its serial number, or one of the ways people write it. None for an empty
    /// cell.
    ///
    /// # Errors
    /// `fault.cell_not_a_day`, and those of [`Cell::words`].
    pub fn day(&self, epoch: Epoch) -> Result<Option<Day>, Fault> {
        let wrong = || Fault::new("fault.cell_not_a_day");
        match self {
            Cell::Empty => Ok(None),
            Cell::Day(day) => Ok(Some(*day)),
            Cell::Number(digits) => {
                let digits = digits.split('.').next().unwrap_or_default();
                // Four digits are a year, not the fifth year after 1900.
                let serial = (digits.len() == 5).then(|| digits.parse().ok()).flatten();
                let day = serial.and_then(|serial| epoch.day(serial));
                day.or_else(|| written_day(digits)).map(Some).ok_or_else(wrong)
            }
            Cell::Text(_) | Cell::Blurred | Cell::Formula | Cell::Broken => {
                written_day(&self.words()?).map(Some).ok_or_else(wrong)
            }
        }
    }
}

/// `1.38E+10`: a number whose last digits a spreadsheet no longer showed when it was saved as
/// text.
fn is_exponent(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
    let plain =
        |text: &str| text.bytes().all(|sign| sign.is_ascii_digit() || b".+-".contains(&sign));
    mantissa.contains('.')
        && exponent.starts_with(['+', '-'])
        && plain(mantissa)
        && plain(exponent)
        && digits(mantissa) > 0
        && (1..=3).contains(&digits(exponent))
}

/// 1950-02-03, 1950/2/3, 1950.2.3, 1950年2月3日, 19500203, each with a time behind it.
fn written_day(text: &str) -> Option<Day> {
    let text: String = text.chars().map(half_width).collect();
    // A time of day behind the day says nothing about the day.
    let text = text.split(['T', ' ']).find(|part| !part.is_empty())?;
    if text.len() == 8 && text.bytes().all(|sign| sign.is_ascii_digit()) {
        let part = |from: usize, to: usize| text.get(from..to)?.parse().ok();
        let day = i8::try_from(part(6, 8)?).ok()?;
        return Day::of(part(0, 4)?, i8::try_from(part(4, 6)?).ok()?, day);
    }
    let text = text.trim_end_matches(['日', '号']);
    let parts: Vec<&str> = text.split(['-', '/', '.', '年', '月']).collect();
    let [year, month, day] = parts.as_slice() else { return None };
    let is_number =
        |part: &&&str| !part.is_empty() && part.bytes().all(|sign| sign.is_ascii_digit());
    if year.len() != 4 || ![year, month, day].iter().all(is_number) {
        return None;
    }
    Day::of(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// Full-width forms stand exactly this far above their ASCII twins (Unicode FF01–FF5E); the wide
/// blank is one too.
pub fn half_width(sign: char) -> char {
    match sign {
        '！'..='～' => char::from_u32(u32::from(sign) - 0xFEE0).unwrap_or(sign),
        '\u{3000}' | '\u{A0}' => ' ',
        _ => sign,
    }
}

//! Reading an edition of the calendar, written in TOML by whoever keeps it.
//!
//! An office edits this file once a year, so everything wrong is told with its line and field,
//! and whatever could not be meant is refused: a holiday of another year, a day both worked and
//! free, a make-up workday that is worked anyway, office hours that overlap.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::{Block, OfficeHours, WorkingCalendar};
use crate::{Day, Fault, Line};

/// What is wrong with an edition, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("calendar line {line}, field {field}: {fault}")]
pub struct CalendarError {
    /// Counted from 1.
    pub line: usize,
    /// `year[2].off[3]`: the fourth entry of `off` in the third `[[year]]`. For what is no TOML
    /// at all, the key on that line, if any.
    pub field: String,
    /// What is wrong.
    pub fault: Fault,
}

/// A century of years takes a tenth of this.
const BYTES_MAX: usize = 256 * 1_024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edition {
    version: Spanned<String>,
    hours: Spanned<Vec<HoursEntry>>,
    #[serde(default)]
    year: Vec<YearEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HoursEntry {
    from: Spanned<String>,
    blocks: Spanned<Vec<Spanned<String>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct YearEntry {
    year: Spanned<i16>,
    document: Spanned<String>,
    off: Vec<Spanned<String>>,
    on: Vec<Spanned<String>>,
}

pub(super) fn read(text: &str) -> Result<WorkingCalendar, CalendarError> {
    if text.len() > BYTES_MAX {
        let fault = Fault::new("fault.calendar_too_large").with("max", BYTES_MAX);
        return Err(CalendarError { line: 1, field: String::new(), fault });
    }
    let edition: Edition = toml::from_str(text).map_err(|error| syntax(text, &error))?;
    let reader = Reader { text };
    let version: Line<40> = reader.read("version", &edition.version, Line::parse)?;
    let mut calendar = WorkingCalendar {
        version: version.into_string(),
        years: BTreeMap::new(),
        off: BTreeSet::new(),
        on: BTreeSet::new(),
        hours: reader.all_hours(&edition.hours)?,
    };
    for (number, entry) in edition.year.iter().enumerate() {
        reader.add_year(&mut calendar, number, entry)?;
    }
    Ok(calendar)
}

fn syntax(text: &str, error: &toml::de::Error) -> CalendarError {
    let line = error.span().map_or(1, |span| line_of(text, &span));
    let written = text.lines().nth(line - 1).unwrap_or_default();
    let key = written.split_once('=').map_or("", |(key, _)| key.trim());
    let fault = Fault::new("fault.calendar_syntax").with("detail", error.message());
    CalendarError { line, field: key.to_owned(), fault }
}

fn line_of(text: &str, span: &Range<usize>) -> usize {
    let before = text.as_bytes().iter().take(span.start);
    before.filter(|byte| **byte == b'\n').count() + 1
}

/// Turns entries into values, and faults into errors with their place.
struct Reader<'a> {
    text: &'a str,
}

impl Reader<'_> {
    fn all_hours(
        &self,
        entries: &Spanned<Vec<HoursEntry>>,
    ) -> Result<Vec<OfficeHours>, CalendarError> {
        let mut all: Vec<OfficeHours> = Vec::new();
        for (number, entry) in entries.get_ref().iter().enumerate() {
            let field = format!("hours[{number}]");
            let from = self.read(&format!("{field}.from"), &entry.from, Day::parse)?;
            if all.last().is_some_and(|earlier| earlier.from >= from) {
                let fault = Fault::new("fault.calendar_hours_order");
                return Err(self.error(&format!("{field}.from"), &entry.from, fault));
            }
            all.push(OfficeHours { from, blocks: self.blocks(&field, &entry.blocks)? });
        }
        if all.is_empty() {
            return Err(self.error("hours", entries, Fault::new("fault.calendar_no_hours")));
        }
        Ok(all)
    }

    fn blocks(
        &self,
        field: &str,
        entries: &Spanned<Vec<Spanned<String>>>,
    ) -> Result<Vec<Block>, CalendarError> {
        let field = format!("{field}.blocks");
        let mut blocks: Vec<Block> = Vec::new();
        for (number, entry) in entries.get_ref().iter().enumerate() {
            let field = format!("{field}[{number}]");
            let block = self.read(&field, entry, block)?;
            if blocks.last().is_some_and(|earlier| earlier.to > block.from) {
                return Err(self.error(&field, entry, Fault::new("fault.calendar_blocks_order")));
            }
            blocks.push(block);
        }
        if blocks.is_empty() {
            return Err(self.error(&field, entries, Fault::new("fault.calendar_no_hours")));
        }
        Ok(blocks)
    }

    fn add_year(
        &self,
        calendar: &mut WorkingCalendar,
        number: usize,
        entry: &YearEntry,
    ) -> Result<(), CalendarError> {
        let field = format!("year[{number}]");
        let year = *entry.year.get_ref();
        if Day::of(year, 1, 1).is_none() {
            let fault = Fault::new("fault.calendar_year");
            return Err(self.error(&format!("{field}.year"), &entry.year, fault));
        }
        let document = format!("{field}.document");
        let document: Line<80> = self.read(&document, &entry.document, Line::parse)?;
        if calendar.years.insert(year, document.into_string()).is_some() {
            let fault = Fault::new("fault.calendar_year_twice");
            return Err(self.error(&format!("{field}.year"), &entry.year, fault));
        }
        for (number, days) in entry.off.iter().enumerate() {
            let field = format!("{field}.off[{number}]");
            for day in self.read(&field, days, |text| days_of(year, text))? {
                self.once(&field, days, calendar.off.insert(day))?;
            }
        }
        for (number, days) in entry.on.iter().enumerate() {
            let field = format!("{field}.on[{number}]");
            for day in self.read(&field, days, |text| days_of(year, text))? {
                if !day.is_weekend() {
                    let fault = Fault::new("fault.calendar_worked_anyway").with("day", day);
                    return Err(self.error(&field, days, fault));
                }
                let fresh = !calendar.off.contains(&day) && calendar.on.insert(day);
                self.once(&field, days, fresh)?;
            }
        }
        Ok(())
    }

    fn once<T>(&self, field: &str, entry: &Spanned<T>, fresh: bool) -> Result<(), CalendarError> {
        if fresh {
            Ok(())
        } else {
            Err(self.error(field, entry, Fault::new("fault.calendar_day_twice")))
        }
    }

    fn read<T>(
        &self,
        field: &str,
        entry: &Spanned<String>,
        parse: impl FnOnce(&str) -> Result<T, Fault>,
    ) -> Result<T, CalendarError> {
        parse(entry.get_ref()).map_err(|fault| self.error(field, entry, fault))
    }

    fn error<T>(&self, field: &str, entry: &Spanned<T>, fault: Fault) -> CalendarError {
        let line = line_of(self.text, &entry.span());
        CalendarError { line, field: field.to_owned(), fault }
    }
}

/// `08:30-12:00`; the day's end may be written 24:00.
fn block(text: &str) -> Result<Block, Fault> {
    let read = || {
        let (from, to) = text.split_once('-')?;
        let block = Block { from: minute(from)?, to: minute(to)? };
        (block.from < block.to).then_some(block)
    };
    read().ok_or_else(|| Fault::new("fault.calendar_block"))
}

fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let number = |digits: &str| {
        let two = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        if two { digits.parse::<u16>().ok() } else { None }
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    let minutes = hour * 60 + minute;
    (minute < 60 && minutes <= 24 * 60).then_some(minutes)
}

/// One day, or `first/last`. The notice of a year may reach back into the December before it,
/// as the New Year of 2023 did.
fn days_of(year: i16, text: &str) -> Result<Vec<Day>, Fault> {
    let (first, last) = text.split_once('/').unwrap_or((text, text));
    let (first, last) = (Day::parse(first)?, Day::parse(last)?);
    if first > last {
        return Err(Fault::new("fault.calendar_days_order"));
    }
    let of_year = |day: Day| day.year() == year || (day.year() == year - 1 && day.month() == 12);
    if !of_year(first) || !of_year(last) {
        return Err(Fault::new("fault.calendar_other_year").with("year", year));
    }
    Ok((0..=first.days_until(last)).map(|days| first.plus_days(days)).collect())
}

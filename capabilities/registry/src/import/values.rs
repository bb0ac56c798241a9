//! What a cell says, for each kind of column.

use kernel::codes::CitizenNumber;
use kernel::{Day, Fault, Line};
use paper::table::{Cell, Epoch, half_width};

use super::columns;
use crate::actions::{ADDRESS_MAX, NAME_MAX, PERSON_MAX, PHONE_MAX, ROOM_MAX};
use crate::model::Sex;
use crate::rules;

/// Signs at whose sight a spreadsheet begins to reckon; no name begins with one.
const RISKY: [char; 4] = ['=', '+', '-', '@'];

/// A person's name as they write it, without the blanks that make two signs as wide as three.
pub(super) fn name(cell: &Cell) -> Result<Option<String>, Fault> {
    let said = cell.words()?;
    let blanks_are_dress = said.chars().all(|sign| sign.is_whitespace() || !sign.is_ascii());
    let said = if blanks_are_dress { said.replace(char::is_whitespace, "") } else { said };
    line::<PERSON_MAX>(&said)
}

pub(super) fn form_of_address(cell: &Cell) -> Result<Option<String>, Fault> {
    line::<ADDRESS_MAX>(&cell.words()?)
}

/// A place or grid: whatever the input method made of its digits.
pub(super) fn place(cell: &Cell) -> Result<Option<String>, Fault> {
    line::<NAME_MAX>(&half(cell)?)
}

pub(super) fn room(cell: &Cell) -> Result<Option<String>, Fault> {
    line::<ROOM_MAX>(&half(cell)?)
}

/// An address in one line, as long as all of its parts.
pub(super) fn address(cell: &Cell) -> Result<Option<String>, Fault> {
    line::<{ 4 * NAME_MAX }>(&half(cell)?)
}

pub(super) fn phone(cell: &Cell) -> Result<Option<String>, Fault> {
    let Some(phone) = unformed::<PHONE_MAX>(&half(cell)?)? else { return Ok(None) };
    rules::check_phone(&phone)?;
    Ok(Some(phone))
}

pub(super) fn sex(cell: &Cell) -> Result<Option<Sex>, Fault> {
    let said = cell.words()?;
    if said.is_empty() { Ok(None) } else { columns::sex(&said).map(Some) }
}

pub(super) fn born_on(cell: &Cell, epoch: Epoch, today: Day) -> Result<Option<Day>, Fault> {
    let Some(day) = cell.day(epoch)? else { return Ok(None) };
    rules::check_birth(day, today)?;
    Ok(Some(day))
}

/// A citizen number, and whether it was one of the old form.
pub(super) fn citizen_number(cell: &Cell) -> Result<Option<(CitizenNumber, bool)>, Fault> {
    let said = half(cell)?.replace(' ', "");
    if said.is_empty() {
        return Ok(None);
    }
    let number = CitizenNumber::complete(&said)?;
    let was_old = number.reveal().len() != said.len();
    Ok(Some((number, was_old)))
}

fn half(cell: &Cell) -> Result<String, Fault> {
    Ok(cell.words()?.chars().map(half_width).collect::<String>().trim().to_owned())
}

fn line<const MAX: usize>(said: &str) -> Result<Option<String>, Fault> {
    if said.starts_with(RISKY) {
        return Err(Fault::new("registry.import_formula"));
    }
    unformed::<MAX>(said)
}

fn unformed<const MAX: usize>(said: &str) -> Result<Option<String>, Fault> {
    if said.is_empty() {
        return Ok(None);
    }
    Line::<MAX>::parse(said).map(|line| Some(line.into_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &str) -> Cell {
        let book = paper::table::read(text.as_bytes()).unwrap();
        book.sheets[0].rows[0].cell(0).clone()
    }

    #[test]
    fn names_lose_their_blanks_and_nothing_else() {
        for (said, expected) in [
            ("夏 爹", "夏爹"),
            ("夏\u{3000}𠮷生", "夏𠮷生"),
            ("阿依古丽·买买提", "阿依古丽·买买提"),
            ("John Smith", "John Smith"),
        ] {
            assert_eq!(name(&cell(said)), Ok(Some(expected.to_owned())), "{said}");
        }
        assert_eq!(name(&cell("@夏爹")).unwrap_err().key, "registry.import_formula");
        assert_eq!(name(&Cell::Empty), Ok(None));
    }

    #[test]
    fn phones_are_numbers_however_wide() {
        assert_eq!(phone(&cell("１３８００００００００")), Ok(Some("13800000000".to_owned())));
        assert_eq!(phone(&cell("+86 138 0000 0000")).map(|it| it.is_some()), Ok(true));
        assert_eq!(phone(&cell("138/139")).unwrap_err().key, "registry.not_a_phone");
    }

    #[test]
    fn an_old_citizen_number_is_completed_and_said() {
        let (number, was_old) = citizen_number(&cell("110105491231002")).unwrap().unwrap();
        assert!(was_old && number.reveal() == "11010519491231002X");
        let (_, was_old) = citizen_number(&cell("11010519491231 002x")).unwrap().unwrap();
        assert!(!was_old);
        assert!(citizen_number(&cell("110105194912310021")).is_err());
    }

    #[test]
    fn nobody_is_born_tomorrow() {
        let today = Day::of(2026, 11, 16).unwrap();
        assert!(born_on(&cell("2026-11-17"), Epoch::Of1900, today).is_err());
        assert!(born_on(&cell("2026-11-16"), Epoch::Of1900, today).is_ok());
    }
}

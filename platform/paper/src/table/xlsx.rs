//! `.xlsx`: cells as they stream out of each sheet.

use std::io::Cursor;

use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx};
use kernel::{Day, Fault};

use super::{Book, Cell, Epoch, Gathering, Room, Unreadable, zipped};

pub(super) fn read(bytes: &[u8]) -> Result<Book, Unreadable> {
    let mut seen = zipped::measure(bytes)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| Unreadable::broken())?;
    let epoch = if book.has_1904_epoch() { Epoch::Of1904 } else { Epoch::Of1900 };
    let listed = book.sheets_metadata().to_vec();
    let mut room = Room::new();
    let mut sheets = Vec::new();
    for sheet in listed.into_iter().filter(|sheet| sheet.typ == SheetType::WorkSheet) {
        let layout = seen.layout(&sheet.name);
        let mut gathering = Gathering::new(&sheet.name, &mut room);
        gather(&mut book, &mut gathering)?;
        sheets.push(gathering.sheet(layout, sheet.visible == SheetVisible::Visible, epoch)?);
    }
    Ok(Book { sheets })
}

fn gather(book: &mut Xlsx<Cursor<&[u8]>>, into: &mut Gathering<'_>) -> Result<(), Unreadable> {
    let name = into.name;
    let mut last = 0;
    let broken = |row: u32| Unreadable::row(name, row, Fault::new("fault.table_broken"));
    let mut cells = book.worksheet_cells_reader(name).map_err(|_| broken(1))?;
    // The row that could not be read is the last one that could, or the one after it.
    while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(|_| broken(last))? {
        last = cell.pos.0.saturating_add(1);
        let is_formula = cell.formula.is_some();
        into.take(cell.pos, if is_formula { Cell::Formula } else { plain(&cell.value) })?;
    }
    Ok(())
}

fn plain(value: &DataRef<'_>) -> Cell {
    match value {
        DataRef::Empty => Cell::Empty,
        DataRef::String(text) => Cell::text(text),
        DataRef::SharedString(text) => Cell::text(text),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => iso(text),
        // A number comes as one; whole ones of the format are numbers too.
        DataRef::Float(number) => Cell::number(*number),
        DataRef::Int(number) => whole(*number),
        DataRef::Bool(truth) => Cell::text(if *truth { "1" } else { "0" }),
        DataRef::DateTime(moment) => moment_of(moment),
        DataRef::Error(_) => Cell::Broken,
    }
}

/// A whole number.
pub(super) fn whole(number: i64) -> Cell {
    match i32::try_from(number) {
        Ok(small) => Cell::number(small.into()),
        Err(_) => Cell::number(number as f64),
    }
}

/// A day with or without its time.
pub(super) fn moment_of(moment: &calamine::ExcelDateTime) -> Cell {
    if moment.is_duration() {
        return Cell::number(moment.as_f64());
    }
    let (year, month, day, ..) = moment.to_ymd_hms_milli();
    let parts = (i16::try_from(year), i8::try_from(month), i8::try_from(day));
    let (Ok(year), Ok(month), Ok(day)) = parts else { return Cell::Broken };
    Day::of(year, month, day).map_or(Cell::Broken, Cell::Day)
}

/// `1950-02-03T00:00:00`, as newer programs may write it.
pub(super) fn iso(text: &str) -> Cell {
    let day = text.split('T').next().unwrap_or_default();
    Day::parse(day).map_or_else(|_| Cell::text(text), Cell::Day)
}

//! Tables: spreadsheets (`.xlsx`, `.xls`) and CSV, read into sheets of cells that remember where
//! they stood, and written so that no program takes a cell for a formula.
//!
//! ```text
//! bytes ─ what is it? ─ xlsx: measured as an archive, looked through as XML, then its cells
//!                     ─ xls:  looked through record by record, then its cells
//!                     ─ csv:  UTF-8, UTF-16 or GB18030
//! ```

mod cell;
mod csv;
mod layout;
mod write;
mod xls;
mod xlsx;
mod zipped;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use kernel::Fault;

pub use cell::{Cell, Epoch, half_width};
pub use layout::Area;
use layout::Layout;
pub use write::{csv, xlsx};

/// The largest file: the register of a large community is a tenth of it.
pub const FILE_MAX: usize = 20 * 1024 * 1024;

/// Sheets of one book: one for each building of a large community.
pub const SHEETS_MAX: usize = 200;

/// Rows of one book that hold anything.
pub const ROWS_MAX: usize = 50_000;

/// Columns; whatever stands further to the right is no register of people.
pub const COLUMNS_MAX: u32 = 300;

/// Cells of one book that hold anything, merged ones counted as often as they are seen. Twenty for
/// each row there may be; beside their words they take some 150 MB.
pub const CELLS_MAX: usize = 1_000_000;

/// Characters of one cell.
pub const CELL_MAX: usize = 2_000;

/// A book of tables.
#[derive(Debug)]
pub struct Book {
    pub sheets: Vec<Sheet>,
}

/// One sheet.
#[derive(Debug)]
pub struct Sheet {
    /// Empty for a CSV file.
    pub name: String,
    /// Not shown by the program it was made with.
    pub is_hidden: bool,
    /// The rows that hold anything, downwards.
    pub rows: Vec<Row>,
    /// Columns that are not shown, counted from 0.
    pub hidden_columns: BTreeSet<u32>,
    /// How its days are counted.
    pub epoch: Epoch,
}

/// One row.
#[derive(Debug)]
pub struct Row {
    /// As the program that shows it counts: from 1.
    pub number: u32,
    pub is_hidden: bool,
    /// The cells that hold anything, from the left, with their column counted from 0.
    pub cells: Vec<(u32, Cell)>,
}

static EMPTY: Cell = Cell::Empty;

impl Row {
    /// What stands in a column.
    pub fn cell(&self, column: u32) -> &Cell {
        let found = self.cells.binary_search_by_key(&column, |(at, _)| *at);
        found.ok().and_then(|at| self.cells.get(at)).map_or(&EMPTY, |(_, cell)| cell)
    }
}

/// Why a file cannot be read, and where that shows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unreadable table: {fault}")]
pub struct Unreadable {
    pub sheet: Option<String>,
    /// Counted from 1.
    pub row: Option<u32>,
    /// Counted from 0.
    pub column: Option<u32>,
    pub fault: Fault,
}

impl Unreadable {
    fn whole(fault: Fault) -> Unreadable {
        Unreadable { sheet: None, row: None, column: None, fault }
    }

    fn sheet(sheet: &str, fault: Fault) -> Unreadable {
        Unreadable { sheet: Some(sheet.to_owned()), ..Unreadable::whole(fault) }
    }

    fn row(sheet: &str, number: u32, fault: Fault) -> Unreadable {
        Unreadable { row: Some(number), ..Unreadable::sheet(sheet, fault) }
    }

    fn cell(sheet: &str, (row, column): (u32, u32), fault: Fault) -> Unreadable {
        let row = row.saturating_add(1);
        Unreadable { column: Some(column), ..Unreadable::row(sheet, row, fault) }
    }

    fn broken() -> Unreadable {
        Unreadable::whole(Fault::new("fault.table_broken"))
    }
}

/// A column as spreadsheets call it: 0 is `A`, 26 is `AA`.
pub fn column_name(column: u32) -> String {
    let mut name = Vec::new();
    let mut left = column.saturating_add(1);
    while left > 0 {
        let letter = (left - 1) % 26;
        // The remainder of a division by 26 fits into a byte.
        name.push(b'A' + u8::try_from(letter).unwrap_or_default());
        left = (left - 1) / 26;
    }
    name.iter().rev().map(|letter| char::from(*letter)).collect()
}

/// Reads a table, whatever its form; the bytes decide, not the name of the file.
///
/// # Errors
/// Why it cannot be read: too large, broken, not a table at all.
pub fn read(bytes: &[u8]) -> Result<Book, Unreadable> {
    if bytes.len() > FILE_MAX {
        let fault = Fault::new("fault.table_too_large").with("max", FILE_MAX / (1024 * 1024));
        return Err(Unreadable::whole(fault));
    }
    // The crates that take files apart are tested against hostile ones, yet an index out of
    // bounds in one of them must be an answer to the clerk and not an end of the thread.
    let read = catch_unwind(AssertUnwindSafe(|| read_as_what_it_is(bytes)));
    let book = read.unwrap_or_else(|_| Err(Unreadable::broken()))?;
    if book.sheets.iter().all(|sheet| sheet.rows.is_empty()) {
        return Err(Unreadable::whole(Fault::new("fault.table_empty")));
    }
    Ok(book)
}

fn read_as_what_it_is(bytes: &[u8]) -> Result<Book, Unreadable> {
    const ZIP: &[u8] = b"PK\x03\x04";
    const COMPOUND: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
    if bytes.starts_with(ZIP) {
        xlsx::read(bytes)
    } else if bytes.starts_with(COMPOUND) {
        xls::read(bytes)
    } else if is_web_page(bytes) {
        // What many systems of the administration hand out under the name of a spreadsheet.
        Err(Unreadable::whole(Fault::new("fault.table_web_page")))
    } else {
        csv::read(bytes)
    }
}

fn is_web_page(bytes: &[u8]) -> bool {
    let start: Vec<u8> = bytes.iter().take(512).map(u8::to_ascii_lowercase).collect();
    let start = String::from_utf8_lossy(&start);
    let start = start.trim_start_matches('\u{FEFF}').trim_start();
    ["<html", "<!doctype", "<table", "<?xml", "<meta", "<head"]
        .iter()
        .any(|it| start.starts_with(it))
}

/// A sheet while its cells come in, in whatever order.
struct Gathering<'a> {
    name: &'a str,
    rows: BTreeMap<u32, BTreeMap<u32, Cell>>,
    room: &'a mut Room,
}

/// What one book may still hold.
struct Room {
    rows: usize,
    cells: usize,
}

impl Room {
    fn new() -> Room {
        Room { rows: ROWS_MAX, cells: CELLS_MAX }
    }
}

impl<'a> Gathering<'a> {
    fn new(name: &'a str, room: &'a mut Room) -> Gathering<'a> {
        Gathering { name, rows: BTreeMap::new(), room }
    }

    /// Takes a cell at row and column, counted from 0.
    fn take(&mut self, (row, column): (u32, u32), cell: Cell) -> Result<(), Unreadable> {
        if cell.is_empty() {
            return Ok(());
        }
        let at = (row, column);
        if column >= COLUMNS_MAX {
            let fault = Fault::new("fault.table_columns").with("max", COLUMNS_MAX);
            return Err(Unreadable::cell(self.name, at, fault));
        }
        if cell.is_longer_than(CELL_MAX) {
            let fault = Fault::new("fault.table_cell_long").with("max", CELL_MAX);
            return Err(Unreadable::cell(self.name, at, fault));
        }
        if !self.rows.contains_key(&row) {
            self.room.rows = self.room.rows.checked_sub(1).ok_or_else(|| {
                let fault = Fault::new("fault.table_rows").with("max", ROWS_MAX);
                Unreadable::cell(self.name, at, fault)
            })?;
        }
        self.count(row)?;
        self.rows.entry(row).or_default().insert(column, cell);
        Ok(())
    }

    fn count(&mut self, row: u32) -> Result<(), Unreadable> {
        self.room.cells = self.room.cells.checked_sub(1).ok_or_else(|| {
            let fault = Fault::new("fault.table_cells").with("max", CELLS_MAX);
            Unreadable::row(self.name, row.saturating_add(1), fault)
        })?;
        Ok(())
    }

    /// Gives every cell of a merged area what stands in its first one, in the rows that hold
    /// anything: one 3栋 beside forty people is the building of all forty.
    fn spread(&mut self, merged: &[Area]) -> Result<(), Unreadable> {
        for area in merged {
            let first = self.rows.get(&area.top).and_then(|row| row.get(&area.left));
            let Some(first) = first.cloned() else { continue };
            let rows: Vec<u32> =
                self.rows.range(area.top..=area.bottom).map(|(row, _)| *row).collect();
            for row in rows {
                for column in area.left..=area.right.min(COLUMNS_MAX - 1) {
                    self.count(row)?;
                    let cells = self.rows.entry(row).or_default();
                    cells.entry(column).or_insert_with(|| first.clone());
                }
            }
        }
        Ok(())
    }

    /// The sheet, once all its cells are taken.
    fn sheet(mut self, layout: Layout, is_shown: bool, epoch: Epoch) -> Result<Sheet, Unreadable> {
        self.spread(&layout.merged)?;
        let row = |(row, cells): (u32, BTreeMap<u32, Cell>)| Row {
            number: row.saturating_add(1),
            is_hidden: layout.hidden_rows.contains(&row),
            cells: cells.into_iter().collect(),
        };
        Ok(Sheet {
            name: self.name.to_owned(),
            is_hidden: !is_shown,
            rows: self.rows.into_iter().map(row).collect(),
            hidden_columns: layout.hidden_columns,
            epoch,
        })
    }
}

#[cfg(test)]
mod tests;

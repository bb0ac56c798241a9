//! `.xls`, the form before 2007: a small file system with a stream of records in it.
//!
//! The reader of its cells makes room for whatever the file says it holds. So the stream is looked
//! through first: how far its cells reach, and what is hidden or merged, which that reader does
//! not tell.

use std::collections::BTreeSet;
use std::io::Cursor;

use calamine::{Data, Reader, SheetType, SheetVisible, Xls};
use kernel::Fault;

use super::layout::{Area, Layout};
use super::{
    Book, CELLS_MAX, COLUMNS_MAX, Cell, Epoch, Gathering, Room, SHEETS_MAX, Unreadable, xlsx,
};

/// Rows and columns that the form can hold.
const ROWS_OF_FORM: u32 = 65_536;
const COLUMNS_OF_FORM: u32 = 256;

/// Cells between the first and the last one of a sheet, empty ones too: twice what may be filled.
const AREA_MAX: u64 = 2 * CELLS_MAX as u64;

pub(super) fn read(bytes: &[u8]) -> Result<Book, Unreadable> {
    let stream = compound::workbook(bytes)?;
    let looks = look_through(&stream)?;
    let mut book: Xls<_> = Xls::new(Cursor::new(bytes)).map_err(|_| Unreadable::broken())?;
    let epoch = if book.has_1904_epoch() { Epoch::Of1904 } else { Epoch::Of1900 };
    let listed = book.sheets_metadata().to_vec();
    let mut looks = looks.into_iter();
    let mut room = Room::new();
    let mut sheets = Vec::new();
    for sheet in listed {
        // Sheets follow one another in the stream as they are listed.
        let layout = looks.next().unwrap_or_default();
        if sheet.typ != SheetType::WorkSheet {
            continue;
        }
        let mut gathering = Gathering::new(&sheet.name, &mut room);
        gather(&mut book, &mut gathering)?;
        sheets.push(gathering.sheet(layout, sheet.visible == SheetVisible::Visible, epoch)?);
    }
    Ok(Book { sheets })
}

fn gather(book: &mut Xls<Cursor<&[u8]>>, into: &mut Gathering<'_>) -> Result<(), Unreadable> {
    let broken = || Unreadable::sheet(into.name, Fault::new("fault.table_broken"));
    let formulas = book.worksheet_formula(into.name).map_err(|_| broken())?;
    let formulas: BTreeSet<(u32, u32)> = match formulas.start() {
        Some(start) => {
            let used = formulas.used_cells();
            used.map(|(row, column, _)| place(start, (row, column))).collect()
        }
        None => BTreeSet::new(),
    };
    let cells = book.worksheet_range(into.name).map_err(|_| broken())?;
    let Some(start) = cells.start() else { return Ok(()) };
    for (row, column, value) in cells.used_cells() {
        let at = place(start, (row, column));
        let cell = if formulas.contains(&at) { Cell::Formula } else { plain(value) };
        into.take(at, cell)?;
    }
    Ok(())
}

fn place(start: (u32, u32), (row, column): (usize, usize)) -> (u32, u32) {
    let further = |from: u32, by: usize| from.saturating_add(u32::try_from(by).unwrap_or(u32::MAX));
    (further(start.0, row), further(start.1, column))
}

fn plain(value: &Data) -> Cell {
    match value {
        Data::Empty => Cell::Empty,
        Data::String(text) => Cell::text(text),
        Data::DateTimeIso(text) | Data::DurationIso(text) => xlsx::iso(text),
        Data::Float(number) => Cell::number(*number),
        Data::Int(number) => xlsx::whole(*number),
        Data::Bool(truth) => Cell::text(if *truth { "1" } else { "0" }),
        Data::DateTime(moment) => xlsx::moment_of(moment),
        Data::Error(_) => Cell::Broken,
    }
}

/// Kinds of records that are looked at ([MS-XLS] 2.3).
const BEGINNING: u16 = 0x0809;
const END: u16 = 0x000A;
const PASSWORD: u16 = 0x002F;
const DIMENSIONS: u16 = 0x0200;
const ROW: u16 = 0x0208;
const COLUMNS: u16 = 0x007D;
const MERGED: u16 = 0x00E5;
/// Records that begin with a row and a column.
const CELLS: [u16; 8] = [0x0006, 0x00D6, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E];
/// Records of several cells side by side, with how many bytes each takes.
const NUMBERS: u16 = 0x00BD;
const NUMBER_SIZE: usize = 6;

/// One sheet while its records pass.
#[derive(Default)]
struct Look {
    layout: Layout,
    bounds: Option<Area>,
}

/// The layouts of all sheets, in the order of the stream.
fn look_through(stream: &[u8]) -> Result<Vec<Layout>, Unreadable> {
    let mut layouts = Vec::new();
    let mut open: Vec<Look> = Vec::new();
    let mut rest = stream;
    while let Some((kind, data, after)) = record(rest) {
        rest = after;
        match kind {
            BEGINNING => open.push(Look::default()),
            END => {
                let ended = open.pop();
                // The first part of the stream is the book itself; a chart within a sheet is none.
                if let (Some(look), true) = (ended, open.is_empty()) {
                    layouts.push(look.layout);
                }
            }
            PASSWORD => return Err(Unreadable::whole(Fault::new("fault.table_password"))),
            _ => {
                if let Some(look) = open.last_mut() {
                    look.record(kind, data)?;
                }
            }
        }
        if layouts.len() > SHEETS_MAX + 1 {
            let fault = Fault::new("fault.table_sheets").with("max", SHEETS_MAX);
            return Err(Unreadable::whole(fault));
        }
    }
    Ok(layouts.into_iter().skip(1).collect())
}

/// Kind and data of the next record, and what follows it.
fn record(stream: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let (head, rest) = stream.split_at_checked(4)?;
    let (data, after) = rest.split_at_checked(number(head, 2)? as usize)?;
    Some((u16::try_from(number(head, 0)?).ok()?, data, after))
}

fn number(data: &[u8], at: usize) -> Option<u32> {
    let bytes = data.get(at..at + 2)?;
    Some(u32::from(u16::from_le_bytes([bytes[0], bytes[1]])))
}

impl Look {
    fn record(&mut self, kind: u16, data: &[u8]) -> Result<(), Unreadable> {
        match kind {
            DIMENSIONS => self.dimensions(data),
            ROW => {
                // Bit 5 of the flags behind eight bytes of sizes and four of height.
                let is_hidden = number(data, 12).is_some_and(|flags| flags & 0x20 != 0);
                if let (true, Some(row)) = (is_hidden, number(data, 0)) {
                    self.layout.hidden_rows.insert(row);
                }
                Ok(())
            }
            COLUMNS => {
                let is_hidden = number(data, 8).is_some_and(|flags| flags & 1 != 0);
                if let (true, Some(first), Some(last)) =
                    (is_hidden, number(data, 0), number(data, 2))
                {
                    self.layout.hide_columns(first, last);
                }
                Ok(())
            }
            MERGED => self.merged(data),
            NUMBERS => {
                let beyond = u32::try_from(data.len() / NUMBER_SIZE).unwrap_or(u32::MAX);
                let named = data.len().checked_sub(2).and_then(|at| number(data, at));
                self.cells(data, beyond.max(named.unwrap_or_default()))
            }
            kind if CELLS.contains(&kind) => self.cells(data, 0),
            _ => Ok(()),
        }
    }

    /// What the sheet says of its size, for which room is made before a cell is read.
    fn dimensions(&mut self, data: &[u8]) -> Result<(), Unreadable> {
        let wide = |at: usize| {
            data.get(at..at + 4).map(|it| u32::from_le_bytes([it[0], it[1], it[2], it[3]]))
        };
        let (first, last, columns) = match data.len() {
            10 => (number(data, 0), number(data, 2), 4),
            _ => (wide(0), wide(4), 8),
        };
        let (Some(first), Some(last), Some(left), Some(right)) =
            (first, last, number(data, columns), number(data, columns + 2))
        else {
            return Err(Unreadable::broken());
        };
        let fits =
            last <= ROWS_OF_FORM && right <= COLUMNS_OF_FORM && first <= last && left <= right;
        fits.then_some(()).ok_or_else(Unreadable::broken)
    }

    /// One cell, or several up to a column that is called the last or lies so far beyond the
    /// first.
    fn cells(&mut self, data: &[u8], last: u32) -> Result<(), Unreadable> {
        let (Some(row), Some(column)) = (number(data, 0), number(data, 2)) else {
            return Err(Unreadable::broken());
        };
        let last = last.max(column);
        let seen = self.bounds.unwrap_or(Area { top: row, left: column, bottom: row, right: last });
        let bounds = Area {
            top: seen.top.min(row),
            left: seen.left.min(column),
            bottom: seen.bottom.max(row),
            right: seen.right.max(last),
        };
        self.bounds = Some(bounds);
        let rows = u64::from(bounds.bottom - bounds.top + 1);
        let columns = u64::from(bounds.right - bounds.left + 1);
        if columns > u64::from(COLUMNS_MAX) || rows * columns > AREA_MAX {
            return Err(Unreadable::whole(Fault::new("fault.table_cells").with("max", CELLS_MAX)));
        }
        Ok(())
    }

    fn merged(&mut self, data: &[u8]) -> Result<(), Unreadable> {
        for area in data.get(2..).unwrap_or_default().chunks_exact(8) {
            let parts = (number(area, 0), number(area, 2), number(area, 4), number(area, 6));
            let (Some(top), Some(bottom), Some(left), Some(right)) = parts else { continue };
            if !self.layout.merge(Area { top, left, bottom, right }) {
                return Err(Unreadable::whole(Fault::new("fault.table_merged")));
            }
        }
        Ok(())
    }
}

mod compound {
    //! The small file system ([MS-CFB]), as far as one stream of it is wanted.

    use kernel::Fault;

    use super::Unreadable;

    const HEADER: usize = 512;
    /// Streams below this stand in the small sectors.
    const SMALL: usize = 4096;
    const SMALL_SECTOR: usize = 64;
    /// Sector numbers from here on are marks.
    const MARKS: u32 = 0xFFFF_FFFA;

    struct Compound<'a> {
        bytes: &'a [u8],
        sector: usize,
        table: Vec<u32>,
    }

    /// The stream of the book.
    pub(super) fn workbook(bytes: &[u8]) -> Result<Vec<u8>, Unreadable> {
        read(bytes).ok_or_else(Unreadable::broken)?
    }

    fn read(bytes: &[u8]) -> Option<Result<Vec<u8>, Unreadable>> {
        let sector = match u16::from_le_bytes([*bytes.get(30)?, *bytes.get(31)?]) {
            9 => 512,
            12 => 4096,
            _ => return None,
        };
        let mut compound = Compound { bytes, sector, table: Vec::new() };
        compound.load_table()?;
        let directory = compound.chain(word(bytes, 48)?, usize::MAX)?;
        let entries: Vec<&[u8]> = directory.chunks_exact(128).collect();
        if entries.iter().any(|entry| name(entry) == "EncryptedPackage") {
            // What a new book with a password is kept in.
            return Some(Err(Unreadable::whole(Fault::new("fault.table_password"))));
        }
        let is_book = |entry: &&&[u8]| matches!(name(entry).as_str(), "Workbook" | "Book");
        let Some(entry) = entries.iter().find(is_book) else {
            return Some(Err(Unreadable::whole(Fault::new("fault.table_kind"))));
        };
        let (start, length) = (word(entry, 116)?, word(entry, 120)? as usize);
        if length >= SMALL {
            return compound.chain(start, length).map(Ok);
        }
        let root = entries.first()?;
        let small = compound.chain(word(root, 116)?, word(root, 120)? as usize)?;
        let table = compound.chain(word(bytes, 60)?, usize::MAX)?;
        let table = words(&table);
        let next = |id: u32| table.get(id as usize).copied();
        follow(&small, SMALL_SECTOR, start, next).map(|stream| Ok(cut(stream, length)))
    }

    impl Compound<'_> {
        fn load_table(&mut self) -> Option<()> {
            let mut parts = words(self.bytes.get(76..HEADER)?);
            let mut more = word(self.bytes, 68)?;
            // Each further list of parts is a sector of the file: there are no more than that.
            for _ in 0..=self.bytes.len() / self.sector {
                if more >= MARKS {
                    break;
                }
                let mut list = words(self.at(more)?);
                more = list.pop()?;
                parts.extend(list);
            }
            for part in parts.into_iter().filter(|part| *part < MARKS) {
                let sector = words(self.at(part)?);
                self.table.extend(sector);
                if self.table.len() > self.bytes.len() {
                    return None;
                }
            }
            Some(())
        }

        fn at(&self, id: u32) -> Option<&[u8]> {
            let start = (id as usize + 1).checked_mul(self.sector)?;
            let end = start.checked_add(self.sector)?.min(self.bytes.len());
            self.bytes.get(start..end)
        }

        fn chain(&self, start: u32, length: usize) -> Option<Vec<u8>> {
            let body = self.bytes.get(self.sector..)?;
            let next = |id: u32| self.table.get(id as usize).copied();
            follow(body, self.sector, start, next).map(|stream| cut(stream, length))
        }
    }

    /// A chain of sectors; one that is longer than the file goes round in a circle.
    fn follow(
        body: &[u8],
        sector: usize,
        start: u32,
        next: impl Fn(u32) -> Option<u32>,
    ) -> Option<Vec<u8>> {
        let mut stream = Vec::new();
        let mut id = start;
        while id < MARKS {
            let from = (id as usize).checked_mul(sector)?;
            let to = from.checked_add(sector)?.min(body.len());
            stream.extend_from_slice(body.get(from..to)?);
            if stream.len() > body.len() {
                return None;
            }
            id = next(id)?;
        }
        Some(stream)
    }

    fn cut(mut stream: Vec<u8>, length: usize) -> Vec<u8> {
        stream.truncate(length);
        stream
    }

    fn name(entry: &[u8]) -> String {
        let letters = entry.get(..64).unwrap_or_default().chunks_exact(2);
        let letters: Vec<u16> = letters.map(|two| u16::from_le_bytes([two[0], two[1]])).collect();
        let end = letters.iter().position(|letter| *letter == 0).unwrap_or(letters.len());
        String::from_utf16_lossy(letters.get(..end).unwrap_or_default())
    }

    fn word(bytes: &[u8], at: usize) -> Option<u32> {
        words(bytes.get(at..at + 4)?).first().copied()
    }

    fn words(bytes: &[u8]) -> Vec<u32> {
        let four = |it: &[u8]| u32::from_le_bytes([it[0], it[1], it[2], it[3]]);
        bytes.chunks_exact(4).map(four).collect()
    }
}

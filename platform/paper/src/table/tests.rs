//! Tables as offices send them and as nobody should.

mod hostile;
mod messy;
mod old_form;

use super::{Book, Sheet};

/// The words of a sheet: row number and cells, empty ones in between as they are.
fn words(sheet: &Sheet) -> Vec<(u32, Vec<String>)> {
    let row = |row: &super::Row| {
        let width = row.cells.last().map_or(0, |(column, _)| column + 1);
        let said = (0..width).map(|column| row.cell(column).words());
        let said = said.map(|words| words.unwrap_or_else(|fault| fault.key.to_owned()));
        (row.number, said.collect())
    };
    sheet.rows.iter().map(row).collect()
}

fn first(book: &Book) -> Vec<(u32, Vec<String>)> {
    words(&book.sheets[0])
}

fn row(number: u32, cells: &[&str]) -> (u32, Vec<String>) {
    (number, cells.iter().map(|cell| (*cell).to_owned()).collect())
}

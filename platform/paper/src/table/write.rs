//! Tables out: cells are words and nothing else, whatever they begin with.

use rust_xlsxwriter::{Format, Workbook, XlsxError};

/// Signs that make a spreadsheet take the words of a CSV cell for a formula.
pub(super) const RISKY: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// The widest column, in characters; longer words wrap around on the screen.
const WIDEST: usize = 40;

/// A sheet of words as an `.xlsx`: the first row is the heading, and stays in sight.
///
/// # Errors
/// When the table is larger than the form can hold.
pub fn xlsx(name: &str, rows: &[Vec<String>]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let heading = Format::new().set_bold();
    let sheet = book.add_worksheet();
    sheet.set_name(name)?;
    sheet.set_freeze_panes(1, 0)?;
    let mut widths: Vec<usize> = Vec::new();
    for (row, cells) in (0..).zip(rows) {
        for (column, words) in (0..).zip(cells) {
            // Words stay words: no sign at their beginning makes them a formula.
            match row {
                0 => sheet.write_string_with_format(row, column, words, &heading)?,
                _ => sheet.write_string(row, column, words)?,
            };
            let place = usize::from(column);
            widths.resize(widths.len().max(place + 1), 0);
            widths[place] = widths[place].max(width(words));
        }
    }
    for (column, width) in (0..).zip(widths) {
        let width = u16::try_from(width.min(WIDEST) + 2).unwrap_or_default();
        sheet.set_column_width(column, f64::from(width))?;
    }
    book.save_to_buffer()
}

/// How wide words are shown: a Chinese letter takes twice the room.
fn width(words: &str) -> usize {
    words.chars().map(|sign| if sign.is_ascii() { 1 } else { 2 }).sum()
}

/// The same as CSV in UTF-8 with its mark, by which spreadsheets know it.
pub fn csv(rows: &[Vec<String>]) -> Vec<u8> {
    let mut text = String::from("\u{FEFF}");
    for cells in rows {
        let cells: Vec<String> = cells.iter().map(|words| safe(words)).collect();
        text += &cells.join(",");
        text += "\r\n";
    }
    text.into_bytes()
}

/// Words as a CSV cell that no spreadsheet takes for a formula.
fn safe(words: &str) -> String {
    let mark = if words.starts_with(RISKY) { "'" } else { "" };
    if words.contains([',', '"', '\n', '\r', '\t', ';']) || !mark.is_empty() {
        format!("\"{mark}{}\"", words.replace('"', "\"\""))
    } else {
        words.to_owned()
    }
}

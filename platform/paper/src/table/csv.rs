//! CSV as offices make it: UTF-8 with or without its mark, UTF-16 as spreadsheets call "Unicode
//! text", GB18030 as Chinese spreadsheets write without asking.

use std::borrow::Cow;

use encoding_rs::{GB18030, UTF_16BE, UTF_16LE};
use kernel::Fault;

use super::layout::Layout;
use super::{Book, Cell, Epoch, Gathering, Room, Unreadable};

/// What may stand between cells, the likeliest first.
const BETWEEN: [char; 3] = [',', '\t', ';'];

/// Characters that are looked at to find out what stands between cells.
const LOOKED_AT: usize = 4_000;

pub(super) fn read(bytes: &[u8]) -> Result<Book, Unreadable> {
    let text = decoded(bytes)?;
    let between = between(&text);
    let mut room = Room::new();
    let mut gathering = Gathering::new("", &mut room);
    let mut cells = Cells { signs: text.chars().peekable(), between, row: 0, column: 0 };
    while let Some((at, text)) = cells.next()? {
        gathering.take(at, plain(&text))?;
    }
    Ok(Book { sheets: vec![gathering.sheet(Layout::default(), true, Epoch::Of1900)?] })
}

/// The text, whatever its letters were written in.
fn decoded(bytes: &[u8]) -> Result<Cow<'_, str>, Unreadable> {
    let marked = match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => std::str::from_utf8(rest).ok().map(Cow::Borrowed),
        [0xFF, 0xFE, rest @ ..] => {
            UTF_16LE.decode_without_bom_handling_and_without_replacement(rest)
        }
        [0xFE, 0xFF, rest @ ..] => {
            UTF_16BE.decode_without_bom_handling_and_without_replacement(rest)
        }
        // No text has this sign; pictures and programs do.
        _ if bytes.contains(&0) => return Err(Unreadable::whole(Fault::new("fault.table_kind"))),
        _ => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
    };
    let text =
        marked.or_else(|| GB18030.decode_without_bom_handling_and_without_replacement(bytes));
    text.ok_or_else(|| Unreadable::row("", first_bad_row(bytes), Fault::new("fault.table_letters")))
}

/// The first row that is neither UTF-8 nor GB18030.
fn first_bad_row(bytes: &[u8]) -> u32 {
    let good = |line: &&[u8]| {
        std::str::from_utf8(line).is_ok()
            || GB18030.decode_without_bom_handling_and_without_replacement(line).is_some()
    };
    let rows = bytes.split(|byte| *byte == b'\n').take_while(good).count();
    u32::try_from(rows + 1).unwrap_or(u32::MAX)
}

/// What stands between cells: whatever of the usual signs the beginning has most of, outside quotes.
fn between(text: &str) -> char {
    let mut counts = [0; BETWEEN.len()];
    let (mut is_quoted, mut before) = (false, '\n');
    for sign in text.chars().take(LOOKED_AT) {
        // Quotes begin where a cell begins; two of them within quotes are one.
        let begins = matches!(before, '\n' | '\r' | '"' | '\u{FEFF}') || BETWEEN.contains(&before);
        if sign == '"' && (is_quoted || begins) {
            is_quoted = !is_quoted;
        } else if !is_quoted && let Some(at) = BETWEEN.iter().position(|one| *one == sign) {
            counts[at] += 1;
        }
        before = sign;
    }
    // Of equally many the likelier one, which stands first and is seen last.
    let most = (0..BETWEEN.len()).rev().max_by_key(|at| counts[*at]);
    BETWEEN[most.unwrap_or_default()]
}

/// What a cell says, without what spreadsheets put around it to keep it as it is.
fn plain(text: &str) -> Cell {
    let text = text.trim();
    // ="0123" keeps digits from being taken for a number.
    let kept = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    if let Some(kept) = kept.filter(|kept| !kept.contains('"')) {
        return Cell::text(kept);
    }
    // What this program writes before signs that would begin a formula.
    let kept = text.strip_prefix('\'').filter(|rest| rest.starts_with(super::write::RISKY));
    match kept {
        Some(kept) => Cell::text(kept),
        None if text.starts_with('=') => Cell::Formula,
        None => Cell::text(text),
    }
}

/// Where a cell stands, row and column from 0, and what it says.
type Placed = ((u32, u32), String);

/// The cells of a text one by one (RFC 4180, and quotes in the middle of a cell as they are).
struct Cells<'a> {
    signs: std::iter::Peekable<std::str::Chars<'a>>,
    between: char,
    row: u32,
    column: u32,
}

impl Cells<'_> {
    /// The next cell.
    fn next(&mut self) -> Result<Option<Placed>, Unreadable> {
        if self.signs.peek().is_none() {
            return Ok(None);
        }
        let at = (self.row, self.column);
        let mut text = String::new();
        if self.signs.next_if_eq(&'"').is_some() {
            self.quoted(at, &mut text)?;
        }
        while let Some(sign) = self.signs.next() {
            if sign == self.between {
                self.column = self.column.saturating_add(1);
                return Ok(Some((at, text)));
            }
            if matches!(sign, '\n' | '\r') {
                if sign == '\r' {
                    self.signs.next_if_eq(&'\n');
                }
                (self.row, self.column) = (self.row.saturating_add(1), 0);
                return Ok(Some((at, text)));
            }
            text.push(sign);
        }
        Ok(Some((at, text)))
    }

    fn quoted(&mut self, at: (u32, u32), text: &mut String) -> Result<(), Unreadable> {
        while let Some(sign) = self.signs.next() {
            if sign == '"' && self.signs.next_if_eq(&'"').is_none() {
                return Ok(());
            }
            text.push(sign);
        }
        Err(Unreadable::cell("", at, Fault::new("fault.table_quote")))
    }
}

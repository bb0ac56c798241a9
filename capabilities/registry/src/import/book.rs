//! From a book to what it says: which sheets count, what their columns are taken for, their rows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kernel::{Day, Fault};
use paper::table::{Book, Sheet};
use sha2::{Digest, Sha256};

use super::columns::{self, Choices, Field};
use super::heading::{self, Headed};
use super::problem::Problem;
use super::rows::{self, Given, Numbers};

/// A heading of a book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// As it is compared.
    pub key: String,
    /// As it stands in the table.
    pub shown: String,
    /// Whether its column is hidden wherever it stands.
    pub is_hidden: bool,
}

/// The headings of a book, each once, in the order of their columns.
pub fn headings(book: &Book) -> Vec<Heading> {
    let mut headings: Vec<Heading> = Vec::new();
    for (sheet, headed) in headed_sheets(book) {
        for (column, key, shown) in headed.columns {
            let is_hidden = sheet.hidden_columns.contains(&column);
            match headings.iter_mut().find(|known| known.key == key) {
                Some(known) => known.is_hidden &= is_hidden,
                None => headings.push(Heading { key, shown, is_hidden }),
            }
        }
    }
    headings
}

/// What a table with these headings is known by again. Holds none of its words.
pub fn signature(book: &Book) -> String {
    let keys: BTreeSet<String> = headings(book).into_iter().map(|heading| heading.key).collect();
    hashed(&keys.into_iter().collect::<Vec<_>>().join("\n"))
}

/// What the headings say of themselves, and what a clerk chose for a table like this before.
pub fn proposed(book: &Book, remembered: &BTreeMap<String, String>) -> Choices {
    let keys: Vec<String> = headings(book).into_iter().map(|heading| heading.key).collect();
    let mut columns = columns::proposal(&keys);
    for (key, field) in &mut columns {
        if let Some(word) = remembered.get(&hashed(key)) {
            *field = Field::of(word);
        }
    }
    Choices { compound: None, columns }
}

/// Everything that the book says when its columns are taken so.
pub fn prepare(book: &Book, choices: &Choices, today: Day) -> Given {
    let remembered: BTreeMap<String, String> = choices
        .columns
        .iter()
        .map(|(key, field)| (hashed(key), field.map_or("", Field::word).to_owned()))
        .collect();
    let remembered = Some((signature(book), remembered));
    let mut given = Given { compound: choices.compound.clone(), remembered, ..Given::default() };
    let mut numbers = Numbers::new();
    let mut is_read = false;
    for sheet in &book.sheets {
        let headed = counts(sheet).filter(|headed| names_people(headed, choices));
        if let Some(headed) = headed {
            is_read = true;
            rows::read(sheet, &headed, (choices, today), &mut numbers, &mut given);
        } else if !sheet.rows.is_empty() {
            let hidden = sheet.is_hidden.then_some("registry.import_sheet_hidden");
            let fault = Fault::new(hidden.unwrap_or("registry.import_sheet_passed"));
            given.complain(Problem::sheet(&Arc::from(sheet.name.as_str()), fault).passed());
        }
    }
    if !is_read {
        let fault = Fault::new("registry.import_no_names");
        given.complain(Problem::sheet(&Arc::from(""), fault));
    }
    given
}

fn names_people(headed: &Headed, choices: &Choices) -> bool {
    let is_name = |key: &String| choices.columns.get(key) == Some(&Some(Field::Name));
    headed.columns.iter().any(|(_, key, _)| is_name(key))
}

/// The sheets that have headings and are not hidden.
fn headed_sheets(book: &Book) -> impl Iterator<Item = (&Sheet, Headed)> {
    book.sheets.iter().filter_map(|sheet| Some((sheet, counts(sheet)?)))
}

fn counts(sheet: &Sheet) -> Option<Headed> {
    if sheet.is_hidden { None } else { heading::find(sheet) }
}

/// Half of a SHA-256 in hexadecimal: enough to tell headings apart.
fn hashed(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

//! The archive that an `.xlsx` is, measured before anything is built of it: every part is
//! unpacked once into nothing, counted, and looked through as XML.

use std::collections::BTreeMap;
use std::io::{BufReader, Cursor, Read};

use kernel::Fault;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

use super::layout::{Area, Layout};
use super::{CELLS_MAX, SHEETS_MAX, Unreadable};

/// Parts of one archive: a book of [`SHEETS_MAX`] sheets with drawings and comments.
const PARTS_MAX: usize = 2_000;

/// Bytes of all parts together. Fifty thousand rows of twenty cells take a third of it.
const UNPACKED_MAX: u64 = 160 * 1024 * 1024;

/// How many times larger than packed a part may be. Tables of empty, coloured cells reach eighty.
const RATIO_MAX: u64 = 200;

/// Parts below this are not held to [`RATIO_MAX`]: a small part is no bomb.
const RATIO_FROM: u64 = 4 * 1024 * 1024;

/// Elements within each other. A sheet has seven.
const DEPTH_MAX: usize = 64;

/// What was seen while measuring.
#[derive(Default)]
pub(super) struct Seen {
    /// The layout of each sheet, by the name of its part.
    pub layouts: BTreeMap<String, Layout>,
    /// `r:id` of each sheet by the sheet's name.
    pub sheets: Vec<(String, String)>,
    /// Part by `r:id`.
    pub targets: BTreeMap<String, String>,
}

impl Seen {
    /// The layout of a sheet by its name.
    pub fn layout(&mut self, sheet: &str) -> Layout {
        let id = self.sheets.iter().find(|(name, _)| name == sheet).map(|(_, id)| id);
        let part = id.and_then(|id| self.targets.get(id));
        part.and_then(|part| self.layouts.remove(part)).unwrap_or_default()
    }
}

/// Measures an archive.
///
/// # Errors
/// A bomb, a broken archive, one that is no book of tables.
pub(super) fn measure(bytes: &[u8]) -> Result<Seen, Unreadable> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Unreadable::broken())?;
    if archive.len() > PARTS_MAX {
        return Err(too_much());
    }
    if archive.index_for_name("xl/workbook.xml").is_none() {
        return Err(Unreadable::whole(Fault::new("fault.table_kind")));
    }
    let mut seen = Seen::default();
    let mut unpacked = 0;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|_| Unreadable::broken())?;
        let name = part.name().map_err(|_| Unreadable::broken())?.into_owned();
        let packed = part.compressed_size();
        let most = part_max(packed).min(UNPACKED_MAX - unpacked);
        // One byte more than is allowed shows that there would be more.
        let mut counted = Counted { inner: part.take(most + 1), count: 0 };
        let looked = look_through(&name, &mut counted, &mut seen);
        let drained = std::io::copy(&mut counted, &mut std::io::sink());
        if counted.count > most {
            return Err(too_much());
        }
        looked?;
        drained.map_err(|_| Unreadable::broken())?;
        unpacked += counted.count;
    }
    Ok(seen)
}

fn part_max(packed: u64) -> u64 {
    packed.saturating_mul(RATIO_MAX).max(RATIO_FROM)
}

fn too_much() -> Unreadable {
    Unreadable::whole(Fault::new("fault.table_bomb"))
}

/// Counts what passes.
struct Counted<R> {
    inner: R,
    count: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count += read as u64;
        Ok(read)
    }
}

/// Looks through one part if it is XML: how deep it goes, and what it says of the layout.
fn look_through(name: &str, part: &mut impl Read, seen: &mut Seen) -> Result<(), Unreadable> {
    if !name.ends_with(".xml") && !name.ends_with(".rels") {
        return Ok(());
    }
    let broken = || Unreadable::sheet(name, Fault::new("fault.table_broken"));
    let mut reader = Reader::from_reader(BufReader::new(part));
    let mut look = Look { name, seen, layout: Layout::default(), row: 0 };
    let (mut depth, mut buffer) = (0_usize, Vec::new());
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(|_| broken())? {
            Event::Start(element) => {
                depth += 1;
                if depth > DEPTH_MAX {
                    let fault = Fault::new("fault.table_deep").with("max", DEPTH_MAX);
                    return Err(Unreadable::sheet(name, fault));
                }
                look.element(&element)?;
            }
            Event::Empty(element) => look.element(&element)?,
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Eof if depth == 0 => break,
            // It ends in the middle.
            Event::Eof => return Err(broken()),
            _ => {}
        }
    }
    if name.starts_with("xl/worksheets/") {
        let layout = look.layout;
        seen.layouts.insert(name.to_owned(), layout);
    }
    Ok(())
}

struct Look<'a> {
    name: &'a str,
    seen: &'a mut Seen,
    layout: Layout,
    /// The row that an element without a number stands in, counted from 0.
    row: u32,
}

impl Look<'_> {
    fn element(&mut self, element: &BytesStart<'_>) -> Result<(), Unreadable> {
        let local = element.local_name();
        match (self.name, local.as_ref()) {
            // Room is made for as many shared words as the file claims to have.
            (_, "sst") => {
                match attribute(element, "uniqueCount").map(|count| count.parse::<usize>()) {
                    Some(Ok(count)) if count <= CELLS_MAX => Ok(()),
                    None => Ok(()),
                    Some(_) => Err(too_much()),
                }
            }
            ("xl/workbook.xml", "sheet") => self.sheet(element),
            ("xl/_rels/workbook.xml.rels", "Relationship") => self.relation(element),
            (part, _) if !part.starts_with("xl/worksheets/") => Ok(()),
            (_, "row") => self.row(element),
            (_, "col") => self.columns(element),
            (_, "mergeCell") => self.merged(element),
            _ => Ok(()),
        }
    }

    fn sheet(&mut self, element: &BytesStart<'_>) -> Result<(), Unreadable> {
        if self.seen.sheets.len() == SHEETS_MAX {
            let fault = Fault::new("fault.table_sheets").with("max", SHEETS_MAX);
            return Err(Unreadable::whole(fault));
        }
        let mut attributes = element.attributes();
        // The prefix before `id` is the file's own choice.
        let id = attributes
            .with_checks(false)
            .flatten()
            .find(|one| one.key.local_name().as_ref() == "id");
        if let (Some(name), Some(id)) = (attribute(element, "name"), id) {
            self.seen.sheets.push((name, id.value.into_owned()));
        }
        Ok(())
    }

    fn relation(&mut self, element: &BytesStart<'_>) -> Result<(), Unreadable> {
        if let (Some(id), Some(target)) = (attribute(element, "Id"), attribute(element, "Target")) {
            let part = target.trim_start_matches('/').trim_start_matches("xl/");
            self.seen.targets.insert(id, format!("xl/{part}"));
        }
        Ok(())
    }

    fn row(&mut self, element: &BytesStart<'_>) -> Result<(), Unreadable> {
        let number = attribute(element, "r").and_then(|number| number.parse::<u32>().ok());
        let row = number.map_or(self.row, |number| number.saturating_sub(1));
        self.row = row.saturating_add(1);
        if is_true(element, "hidden") {
            self.layout.hidden_rows.insert(row);
        }
        Ok(())
    }

    fn columns(&mut self, element: &BytesStart<'_>) -> Result<(), Unreadable> {
        let place = |name| attribute(element, name)?.parse::<u32>().ok()?.checked_sub(1);
        if let (true, Some(first), Some(last)) =
            (is_true(element, "hidden"), place("min"), place("max"))
        {
            self.layout.hide_columns(first, last);
        }
        Ok(())
    }

    fn merged(&mut self, element: &BytesStart<'_>) -> Result<(), Unreadable> {
        let area = attribute(element, "ref").as_deref().and_then(area);
        let has_room = area.is_none_or(|area| self.layout.merge(area));
        let fault = || Unreadable::sheet(self.name, Fault::new("fault.table_merged"));
        has_room.then_some(()).ok_or_else(fault)
    }
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = element.try_get_attribute(name).ok().flatten()?;
    found.normalized_value(quick_xml::XmlVersion::Implicit1_0).ok().map(|value| value.into_owned())
}

fn is_true(element: &BytesStart<'_>, name: &str) -> bool {
    attribute(element, name).is_some_and(|value| matches!(value.as_str(), "1" | "true"))
}

/// `B2:D3`
fn area(text: &str) -> Option<Area> {
    let (first, last) = text.split_once(':')?;
    let ((top, left), (bottom, right)) = (place(first)?, place(last)?);
    Some(Area { top, left, bottom, right })
}

/// Row and column of `B2`, counted from 0.
fn place(text: &str) -> Option<(u32, u32)> {
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (letters, digits) = text.split_at(letters);
    // Three letters are the last column that there is.
    if letters.is_empty() || letters.len() > 3 {
        return None;
    }
    let letter = |letter: u8| u32::from(letter.to_ascii_uppercase() - b'A') + 1;
    let column = letters.bytes().fold(0, |sum, one| sum * 26 + letter(one));
    Some((digits.parse::<u32>().ok()?.checked_sub(1)?, column - 1))
}

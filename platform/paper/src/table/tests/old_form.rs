//! `.xls`: a book made by hand, record by record, so that each of its parts can be made wrong.

use proptest::prelude::*;

use super::super::read;
use super::{first, row};

/// One record.
fn record(kind: u16, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap();
    [&kind.to_le_bytes()[..], &length.to_le_bytes(), data].concat()
}

fn numbers(numbers: &[u16]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn letters(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Row, column, words.
fn label(row: u16, column: u16, text: &str) -> Vec<u8> {
    let count = u16::try_from(text.encode_utf16().count()).unwrap();
    let head = numbers(&[row, column, 0, count]);
    record(0x0204, &[head, vec![1], letters(text)].concat())
}

fn value(row: u16, column: u16, value: f64) -> Vec<u8> {
    record(0x0203, &[numbers(&[row, column, 0]), value.to_le_bytes().to_vec()].concat())
}

fn dimensions(rows: u32, columns: u16) -> Vec<u8> {
    let rows = [0_u32.to_le_bytes(), rows.to_le_bytes()].concat();
    record(0x0200, &[rows, numbers(&[0, columns, 0])].concat())
}

fn beginning(kind: u16) -> Vec<u8> {
    record(0x0809, &[numbers(&[0x0600, kind, 0, 0]), vec![0; 8]].concat())
}

/// The stream of a book with one sheet called 台账.
fn stream(records: &[Vec<u8>]) -> Vec<u8> {
    let name = letters("台账");
    let sheet = |at: u32| {
        let head = [at.to_le_bytes().to_vec(), vec![0, 0, 2, 1]].concat();
        record(0x0085, &[head, name.clone()].concat())
    };
    let (begin, end) = (beginning(5), record(0x000A, &[]));
    let at = begin.len() + sheet(0).len() + end.len();
    let sheet = sheet(u32::try_from(at).unwrap());
    [begin, sheet, end.clone(), beginning(0x10), records.concat(), end].concat()
}

/// The small file system around one stream.
fn compound(name: &str, stream: &[u8]) -> Vec<u8> {
    const SECTOR: usize = 512;
    let mut body = stream.to_vec();
    body.resize(body.len().max(4096).next_multiple_of(SECTOR), 0);
    let sectors = u32::try_from(body.len() / SECTOR).unwrap();
    // Sector 0 is the table, 1 the directory, the stream follows.
    let mut table: Vec<u32> = vec![0xFFFF_FFFD, 0xFFFF_FFFE];
    table.extend((0..sectors).map(|at| if at + 1 == sectors { 0xFFFF_FFFE } else { at + 3 }));
    assert!(table.len() <= SECTOR / 4, "one sector of table is enough here");
    table.resize(SECTOR / 4, 0xFFFF_FFFF);
    let mut head = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    head.resize(24, 0);
    head.extend(numbers(&[0x3E, 3, 0xFFFE, 9, 6]));
    head.resize(44, 0);
    for word in [1_u32, 1, 0, 4096, 0xFFFF_FFFE, 0, 0xFFFF_FFFE, 0, 0] {
        head.extend(word.to_le_bytes());
    }
    head.resize(SECTOR, 0xFF);
    let entry = |name: &str, kind: u8, start: u32, length: usize| {
        let mut entry = letters(name);
        let size = u16::try_from(entry.len() + 2).unwrap();
        entry.resize(64, 0);
        entry.extend(size.to_le_bytes());
        entry.extend([kind, 1]);
        entry.extend([0xFF; 12]);
        entry.resize(116, 0);
        entry.extend(start.to_le_bytes());
        entry.extend(u32::try_from(length).unwrap().to_le_bytes());
        entry.resize(128, 0);
        entry
    };
    let mut directory = entry("Root Entry", 5, 0xFFFF_FFFE, 0);
    directory.extend(entry(name, 2, 2, body.len()));
    directory.resize(SECTOR, 0);
    let table: Vec<u8> = table.into_iter().flat_map(u32::to_le_bytes).collect();
    [head, table, directory, body].concat()
}

fn book(records: &[Vec<u8>]) -> Vec<u8> {
    compound("Workbook", &stream(records))
}

fn sound() -> Vec<u8> {
    book(&[
        dimensions(4, 3),
        record(0x007D, &numbers(&[2, 2, 2048, 0, 1, 0])),
        record(0x0208, &numbers(&[3, 0, 3, 255, 0, 0, 0x20, 0])),
        label(0, 0, "姓名"),
        label(0, 1, "楼栋"),
        label(0, 2, "电话"),
        label(1, 0, "夏𠮷生"),
        label(1, 1, "3栋"),
        value(1, 2, 13_800_000_000.0),
        label(2, 0, "曾娭毑"),
        value(3, 0, 7.0),
        record(0x00E5, &numbers(&[1, 1, 2, 1, 1])),
    ])
}

#[test]
fn the_old_form_is_read_with_its_merged_and_hidden_parts() {
    let book = read(&sound()).unwrap();
    assert_eq!(book.sheets[0].name, "台账");
    let expected = [
        row(1, &["姓名", "楼栋", "电话"]),
        row(2, &["夏𠮷生", "3栋", "13800000000"]),
        row(3, &["曾娭毑", "3栋"]),
        row(4, &["7"]),
    ];
    assert_eq!(first(&book), expected);
    assert_eq!(book.sheets[0].hidden_columns.iter().copied().collect::<Vec<_>>(), [2]);
    assert!(book.sheets[0].rows[3].is_hidden && !book.sheets[0].rows[0].is_hidden);
}

#[test]
fn room_is_not_made_for_what_is_only_claimed() {
    let refused = |records: &[Vec<u8>]| read(&book(records)).expect_err("refused").fault.key;
    assert_eq!(refused(&[dimensions(u32::MAX, 3), value(0, 0, 1.0)]), "fault.table_broken");
    assert_eq!(refused(&[dimensions(9, u16::MAX), value(0, 0, 1.0)]), "fault.table_broken");
    let corners = [value(0, 0, 1.0), value(u16::MAX, 255, 1.0)];
    assert_eq!(refused(&corners), "fault.table_cells");
    let side_by_side = [numbers(&[0, 0]), vec![0; 6 * 1000], numbers(&[999])].concat();
    assert_eq!(refused(&[record(0x00BD, &side_by_side)]), "fault.table_cells");
}

#[test]
fn a_password_is_said_and_other_files_too() {
    let locked = stream(&[record(0x002F, &[0; 6])]);
    assert_eq!(read(&compound("Workbook", &locked)).unwrap_err().fault.key, "fault.table_password");
    let locked = read(&compound("EncryptedPackage", &[])).unwrap_err();
    assert_eq!(locked.fault.key, "fault.table_password");
    assert_eq!(read(&compound("WordDocument", &[])).unwrap_err().fault.key, "fault.table_kind");
}

#[test]
fn a_chain_that_goes_in_a_circle_ends() {
    let mut bytes = sound();
    // The second sector of the stream is followed by the first.
    let entry = 512 + 3 * 4;
    bytes[entry..entry + 4].copy_from_slice(&2_u32.to_le_bytes());
    assert_eq!(read(&bytes).unwrap_err().fault.key, "fault.table_broken");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_changed_old_book_is_answered(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut bytes = sound();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let _ = read(&bytes);
    }
}

//! Files that nobody should send: each is an answer, in little memory.

use std::io::{Cursor, Write};

use proptest::prelude::*;
use rust_xlsxwriter::Workbook;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::super::{CELL_MAX, COLUMNS_MAX, FILE_MAX, Unreadable, read};

fn refusal(bytes: &[u8]) -> Unreadable {
    read(bytes).expect_err("it is refused")
}

fn refused(bytes: &[u8]) -> &'static str {
    refusal(bytes).fault.key
}

/// A sound book of one sheet called 台账.
fn sound() -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("台账").unwrap();
    for (row, name) in (0..).zip(["姓名", "夏爹", "曾娭毑"]) {
        sheet.write(row, 0, name).unwrap();
    }
    book.save_to_buffer().unwrap()
}

/// The same with one part of it replaced.
fn with_part(name: &str, text: &[u8]) -> Vec<u8> {
    let mut from = ZipArchive::new(Cursor::new(sound())).unwrap();
    let mut to = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..from.len() {
        let part = from.by_index_raw(index).unwrap();
        if part.name().unwrap() != name {
            to.raw_copy_file(part).unwrap();
        }
    }
    to.start_file(name, SimpleFileOptions::default()).unwrap();
    to.write_all(text).unwrap();
    to.finish().unwrap().into_inner()
}

const SHEET: &str = "xl/worksheets/sheet1.xml";

fn sheet(inner: &str) -> Vec<u8> {
    let text = format!(
        "<?xml version=\"1.0\"?><worksheet xmlns=\"http://schemas.openxmlformats.org/\
         spreadsheetml/2006/main\"><sheetData>{inner}</sheetData></worksheet>"
    );
    with_part(SHEET, text.as_bytes())
}

#[test]
fn what_is_no_table_is_called_so() {
    assert_eq!(refused(b""), "fault.table_empty");
    assert_eq!(refused(b"\n\n , ,\n"), "fault.table_empty");
    assert_eq!(refused(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "fault.table_kind");
    assert_eq!(refused(b"\xEF\xBB\xBF<html><table><tr><td>"), "fault.table_web_page");
    let mut other = ZipWriter::new(Cursor::new(Vec::new()));
    other.start_file("word/document.xml", SimpleFileOptions::default()).unwrap();
    let other = other.finish().unwrap().into_inner();
    assert_eq!(refused(&other), "fault.table_kind");
    assert_eq!(refused(&vec![b'a'; FILE_MAX + 1]), "fault.table_too_large");
}

#[test]
fn letters_of_no_kind_are_named_by_their_row() {
    let found = refusal(b"name\nok\n\xFF\xFF\xFF\n");
    assert_eq!((found.fault.key, found.row), ("fault.table_letters", Some(3)));
    let found = refusal(b"name,\"open\nnever closed");
    assert_eq!((found.fault.key, found.row), ("fault.table_quote", Some(1)));
}

#[test]
fn a_bomb_is_not_unpacked() {
    let mut inflated = String::from("<worksheet><sheetData>");
    inflated.push_str(&" ".repeat(40 * 1024 * 1024));
    let bomb = with_part(SHEET, inflated.as_bytes());
    assert!(bomb.len() < 200 * 1024, "{}", bomb.len());
    assert_eq!(refused(&bomb), "fault.table_bomb");
    let picture = vec![0; 60 * 1024 * 1024];
    assert_eq!(refused(&with_part("xl/media/a.png", &picture)), "fault.table_bomb");
}

#[test]
fn room_is_not_made_for_what_is_only_claimed() {
    for count in ["9999999999999", "-1"] {
        let claim = format!("<sst count=\"1\" uniqueCount=\"{count}\"><si><t>a</t></si></sst>");
        assert_eq!(
            refused(&with_part("xl/sharedStrings.xml", claim.as_bytes())),
            "fault.table_bomb"
        );
    }
}

#[test]
fn deep_xml_is_named_by_its_part() {
    let found = refusal(&sheet(&"<a>".repeat(100)));
    assert_eq!((found.fault.key, found.sheet.as_deref()), ("fault.table_deep", Some(SHEET)));
}

#[test]
fn entities_are_not_multiplied() {
    let laughs = "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"ha\"><!ENTITY c \"&b;&b;\">]>\
                  <worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>&c;</t></is>\
                  </c></row></sheetData></worksheet>";
    assert!(read(with_part(SHEET, laughs.as_bytes()).as_slice()).is_err());
}

#[test]
fn a_table_beyond_measure_is_named_by_its_cell() {
    let far = "<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>";
    let found = refusal(&sheet(far));
    assert_eq!(found.fault.key, "fault.table_columns");
    assert_eq!((found.sheet.as_deref(), found.row), (Some("台账"), Some(1_048_576)));
    assert_eq!(found.column, Some(16_383));
    let fits = format!("<row r=\"1048576\"><c r=\"{}1048576\"><v>1</v></c></row>", "KN");
    assert_eq!(COLUMNS_MAX, 300);
    assert_eq!(read(&sheet(&fits)).unwrap().sheets[0].rows[0].number, 1_048_576);
    let long = "长".repeat(CELL_MAX + 1);
    let long = format!("<row r=\"7\"><c r=\"B7\" t=\"str\"><v>{long}</v></c></row>");
    let found = refusal(&sheet(&long));
    assert_eq!(
        (found.fault.key, found.row, found.column),
        ("fault.table_cell_long", Some(7), Some(1))
    );
    let many: String =
        (1..=50_001).map(|row| format!("<row r=\"{row}\"><c><v>1</v></c></row>")).collect();
    let found = refusal(&sheet(&many));
    assert_eq!((found.fault.key, found.row), ("fault.table_rows", Some(50_001)));
}

#[test]
fn a_merged_area_beyond_measure_costs_nothing() {
    let rows: String =
        (1..=40_000).map(|row| format!("<row r=\"{row}\"><c><v>1</v></c></row>")).collect();
    let merged =
        "</sheetData><mergeCells><mergeCell ref=\"A1:XFD1048576\"/></mergeCells><sheetData>";
    let found = refusal(&sheet(&format!("{rows}{merged}")));
    assert_eq!(found.fault.key, "fault.table_cells");
}

#[test]
fn what_breaks_off_is_broken() {
    let whole = sound();
    for length in (4..whole.len()).step_by(97) {
        assert!(read(&whole[..length]).is_err(), "{length}");
    }
    assert_eq!(
        refused(&with_part(SHEET, b"<worksheet><sheetData><row r=\"1\">")),
        "fault.table_broken"
    );
    assert_eq!(refused(&with_part("xl/workbook.xml", b"<workbook/>")), "fault.table_empty");
    assert_eq!(
        refused(&sheet("<row r=\"1\"><c r=\"A1\" t=\"s\"><v>99</v></c></row>")),
        "fault.table_broken"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Any byte may be wrong: an answer, never a panic.
    #[test]
    fn a_changed_book_is_answered(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut bytes = sound();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let _ = read(&bytes);
    }

    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&bytes);
        let _ = read(&[b"PK\x03\x04".as_slice(), &bytes].concat());
    }
}

//! What offices really have.

use encoding_rs::GB18030;
use kernel::Day;
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};

use super::super::{Cell, Epoch, column_name, csv, half_width, read, xlsx};
use super::{first, row, words};

fn built(build: impl FnOnce(&mut Workbook)) -> super::Book {
    let mut book = Workbook::new();
    build(&mut book);
    read(&book.save_to_buffer().unwrap()).unwrap()
}

#[test]
fn cells_are_read_whatever_their_kind() {
    let book = built(|book| {
        let sheet = book.add_worksheet();
        sheet.set_name("3栋").unwrap();
        sheet.write(1, 0, " 夏𠮷生\u{3000}").unwrap();
        sheet.write(1, 1, 13_800_000_000.0).unwrap();
        sheet.write(1, 2, 430_903_195_002_031_234_f64).unwrap();
        sheet.write(1, 3, true).unwrap();
        sheet.write(1, 4, 401).unwrap();
        sheet.write(4, 1, Formula::new("=B1*2").set_result("7")).unwrap();
    });
    assert_eq!(book.sheets[0].name, "3栋");
    let expected = ["夏𠮷生", "13800000000", "fault.cell_blurred", "1", "401"];
    assert_eq!(first(&book), [row(2, &expected), row(5, &["", "fault.cell_formula"])]);
}

#[test]
fn days_are_dates_serials_and_texts() {
    let born = Day::of(1950, 2, 3).unwrap();
    let book = built(|book| {
        let sheet = book.add_worksheet();
        let format = Format::new().set_num_format("yyyy-mm-dd");
        let date = ExcelDateTime::from_ymd(1950, 2, 3).unwrap();
        sheet.write_datetime_with_format(0, 0, &date, &format).unwrap();
        sheet.write(0, 1, 18_297).unwrap();
        for (column, text) in [
            "1950-02-03",
            "1950/2/3",
            "1950.2.3",
            "1950年2月3日",
            "19500203",
            "１９５０－０２－０３",
            "1950-02-03 00:00:00",
        ]
        .into_iter()
        .enumerate()
        {
            sheet.write(0, u16::try_from(column).unwrap() + 2, text).unwrap();
        }
        sheet.write(0, 9, 19_500_203).unwrap();
    });
    let cells = &book.sheets[0].rows[0];
    for column in 0..10 {
        let day = cells.cell(column).day(book.sheets[0].epoch);
        assert_eq!(day, Ok(Some(born)), "{}", column_name(column));
    }
    for text in ["1950", "1950-02", "正月初三", "50-2-3", "1950-02-30", "1950-2-3-4", "生于1950年"]
    {
        assert!(Cell::text(text).day(Epoch::Of1900).is_err(), "{text}");
    }
    // Four digits are a year and not the fifth year of the last century.
    assert!(Cell::number(1950.0).day(Epoch::Of1900).is_err());
    assert_eq!(Cell::Empty.day(Epoch::Of1900), Ok(None));
}

#[test]
fn serials_count_from_1900_or_from_1904() {
    let day = |epoch: Epoch, serial| epoch.day(serial).map(|day| day.to_string());
    assert_eq!(day(Epoch::Of1900, 1).as_deref(), Some("1900-01-01"));
    assert_eq!(day(Epoch::Of1900, 59).as_deref(), Some("1900-02-28"));
    assert_eq!(day(Epoch::Of1900, 60), None);
    assert_eq!(day(Epoch::Of1900, 61).as_deref(), Some("1900-03-01"));
    assert_eq!(day(Epoch::Of1900, 18_297).as_deref(), Some("1950-02-03"));
    assert_eq!(day(Epoch::Of1904, 16_835).as_deref(), Some("1950-02-03"));
    assert_eq!(day(Epoch::Of1900, 80_001), None);
    assert_eq!(day(Epoch::Of1904, -1), None);
}

#[test]
fn a_merged_area_says_the_same_everywhere() {
    let book = built(|book| {
        let sheet = book.add_worksheet();
        let plain = Format::new();
        sheet.merge_range(0, 0, 0, 3, "石狮社区居民台账", &plain).unwrap();
        sheet.merge_range(1, 1, 1, 2, "住址", &plain).unwrap();
        sheet.merge_range(2, 1, 4, 1, "3栋", &plain).unwrap();
        for line in 2..5 {
            sheet.write(line, 0, format!("住户{line}")).unwrap();
            sheet.write(line, 2, 400 + line).unwrap();
        }
    });
    let title = ["石狮社区居民台账"; 4];
    let expected = [
        row(1, &title),
        row(2, &["", "住址", "住址"]),
        row(3, &["住户2", "3栋", "402"]),
        row(4, &["住户3", "3栋", "403"]),
        row(5, &["住户4", "3栋", "404"]),
    ];
    assert_eq!(first(&book), expected);
}

#[test]
fn what_is_hidden_is_known_as_such() {
    let book = built(|book| {
        let sheet = book.add_worksheet();
        for column in 0..4 {
            sheet.write(0, column, "甲").unwrap();
            sheet.write(1, column, "乙").unwrap();
        }
        sheet.set_column_hidden(1).unwrap();
        sheet.set_column_hidden(2).unwrap();
        sheet.set_row_hidden(1).unwrap();
        book.add_worksheet().set_hidden(true).write(0, 0, "丙").unwrap();
    });
    let hidden: Vec<u32> = book.sheets[0].hidden_columns.iter().copied().collect();
    assert_eq!(hidden, [1, 2]);
    let rows: Vec<bool> = book.sheets[0].rows.iter().map(|row| row.is_hidden).collect();
    assert_eq!(rows, [false, true]);
    assert_eq!(book.sheets.iter().map(|sheet| sheet.is_hidden).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn n5_csv_is_read_in_each_of_its_letters() {
    let text = "姓名,电话\r\n夏𠮷生,138\r\n䶮〇,\"1,2\"\r\n";
    let (gb, _, lost) = GB18030.encode(text);
    assert!(!lost);
    let utf_16: Vec<u8> = std::iter::once(0xFEFF)
        .chain(text.replace(',', "\t").replace("1\t2", "1,2").encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let marked = format!("\u{FEFF}{text}");
    for bytes in [text.as_bytes(), marked.as_bytes(), &gb, &utf_16] {
        let expected =
            [row(1, &["姓名", "电话"]), row(2, &["夏𠮷生", "138"]), row(3, &["䶮〇", "1,2"])];
        assert_eq!(first(&read(bytes).unwrap()), expected);
    }
}

#[test]
fn csv_is_read_as_it_was_meant() {
    let read = |text: &str| first(&read(text.as_bytes()).unwrap());
    assert_eq!(read("a;b\n1;2"), [row(1, &["a", "b"]), row(2, &["1", "2"])]);
    assert_eq!(read("a\tb\n\n1\t2\n"), [row(1, &["a", "b"]), row(3, &["1", "2"])]);
    assert_eq!(read("a,\"b\n\"\"c\"\"\"\nd,e"), [row(1, &["a", "b\n\"c\""]), row(2, &["d", "e"])]);
    assert_eq!(read("=\"0123\",'+86,=1+1"), [row(1, &["0123", "+86", "fault.cell_formula"])]);
    assert_eq!(read("1.38E+10,E+1,1.5"), [row(1, &["fault.cell_blurred", "E+1", "1.5"])]);
}

#[test]
fn full_width_signs_have_their_twins() {
    let half: String = "３栋２单元（东）\u{3000}Ａ".chars().map(half_width).collect();
    assert_eq!(half, "3栋2单元(东) A");
}

#[test]
fn columns_are_called_as_on_the_screen() {
    for (column, name) in [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")] {
        assert_eq!(column_name(column), name);
    }
}

#[test]
fn signs_within_quotes_part_no_cells() {
    let book = read("\";\",\";\"\r\n\"a \"\"; b\"\"\",c".as_bytes()).unwrap();
    let rows = words(&book.sheets[0]);
    let said: Vec<Vec<&str>> =
        rows.iter().map(|(_, row)| row.iter().map(String::as_str).collect()).collect();
    assert_eq!(said, [[";", ";"], ["a \"; b\"", "c"]]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is written comes back as it was, and never as a formula.
    #[test]
    fn what_is_written_is_read_again(
        rows in proptest::collection::vec(
            proptest::collection::vec("[=+@'\"a,;\\-1夏𠮷\n]{1,6}|[a-z]{1,3}", 1..5), 1..6)
    ) {
        let as_cells = |row: &Vec<String>| -> Vec<String> {
            row.iter().map(|words| words.trim().to_owned()).collect()
        };
        let expected: Vec<Vec<String>> = rows.iter().map(as_cells).collect();
        let full = |rows: &Vec<(u32, Vec<String>)>| {
            let mut all: Vec<Vec<String>> = vec![Vec::new(); expected.len()];
            for (number, cells) in rows {
                all[*number as usize - 1].clone_from(cells);
            }
            for (row, expected) in all.iter_mut().zip(&expected) {
                row.resize(expected.len(), String::new());
            }
            all
        };
        if expected.iter().flatten().all(String::is_empty) {
            return Ok(());
        }
        let book = read(&xlsx("台账", &rows).unwrap()).unwrap();
        prop_assert_eq!(full(&words(&book.sheets[0])), expected.clone());
        // A quote alone before a sign is what CSV keeps it by; then it is taken off again.
        if !rows.iter().flatten().any(|words| words.trim().starts_with(['\'', '='])) {
            let book = read(&csv(&rows)).unwrap();
            prop_assert_eq!(full(&words(&book.sheets[0])), expected);
        }
    }
}

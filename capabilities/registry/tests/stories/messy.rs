//! A workbook as an office hands it over: a title, two rows of headings, one building beside
//! forty people, dates and numbers in whatever form they were typed. All of it invented.

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

/// A citizen number that nobody has: place 430999 does not exist.
pub fn citizen_number(born: &str, sequence: u32) -> String {
    let body = format!("430999{born}{sequence:03}");
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let digits = body.bytes().map(|digit| u32::from(digit - b'0'));
    let sum: u32 = digits.zip(weights).map(|(digit, weight)| digit * weight).sum();
    format!("{body}{}", char::from(b"10X98765432"[sum as usize % 11]))
}

/// A sheet called 7栋 whose rows name no building, one of them hidden.
pub fn sheet_of_a_building() -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("7栋").unwrap();
    for (row, cells) in (0..).zip([["姓名", "房号"], ["文大", "101"], ["文二", "102"]]) {
        for (column, words) in (0..).zip(cells) {
            sheet.write(row, column, words).unwrap();
        }
    }
    sheet.set_row_hidden(2).unwrap();
    book.save_to_buffer().unwrap()
}

/// People of 5栋 and 6栋, on a sheet each, with a hidden sheet and a sheet of notes.
pub fn workbook() -> Vec<u8> {
    let mut book = Workbook::new();
    for (building, family) in [("5栋", "文"), ("6栋", "武")] {
        let sheet = book.add_worksheet();
        sheet.set_name(building).unwrap();
        let plain = Format::new();
        sheet.merge_range(0, 0, 0, 8, "化肥厂小区居民台账", &plain).unwrap();
        for (column, heading) in [(0, "序号"), (1, "姓名"), (5, "身份证号"), (6, "出生日期")]
        {
            sheet.merge_range(1, column, 2, column, heading, &plain).unwrap();
        }
        sheet.merge_range(1, 2, 1, 4, "住址", &plain).unwrap();
        for (column, heading) in [(2, "楼栋"), (3, "单元"), (4, "房号")] {
            sheet.write(2, column, heading).unwrap();
        }
        sheet.merge_range(1, 7, 2, 7, "联系电话（手机）", &plain).unwrap();
        sheet.merge_range(1, 8, 2, 8, "所属网格", &plain).unwrap();
        sheet.merge_range(3, 2, 6, 2, building, &plain).unwrap();
        sheet.merge_range(3, 3, 6, 3, "一单元", &plain).unwrap();
        sheet.set_column_hidden(5).unwrap();
        for (row, name) in (3..).zip([" 大", "二", "\u{3000}三", "四𠮷"]) {
            sheet.write(row, 1, format!("{family}{name}")).unwrap();
            sheet.write(row, 8, "第二网格").unwrap();
        }
        let date = Format::new().set_num_format("yyyy/m/d");
        let day = ExcelDateTime::from_ymd(1961, 5, 7).unwrap();
        sheet.write_datetime_with_format(3, 6, &day, &date).unwrap();
        sheet.write(4, 6, 22_408).unwrap();
        sheet.write(5, 6, "1961年5月7日").unwrap();
        let sequence = if building == "5栋" { 101 } else { 103 };
        sheet.write(6, 5, citizen_number("19610507", sequence)).unwrap();
        for (row, room) in [(3, 101), (4, 101), (5, 102)] {
            sheet.write(row, 4, room).unwrap();
        }
        sheet.write(6, 4, "１０３室").unwrap();
        sheet.write(3, 7, 13_800_001_111_i64).unwrap();
        sheet.write(4, 7, "１３８ ００００ ２２２２").unwrap();
    }
    book.add_worksheet().set_name("说明").unwrap().write(0, 0, "每月更新").unwrap();
    book.add_worksheet().set_hidden(true).write(0, 0, "旧表").unwrap();
    book.save_to_buffer().unwrap()
}

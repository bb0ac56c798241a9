//! Where the columns of a sheet are headed: in one row or two, under whatever stands above.

use std::collections::{BTreeMap, BTreeSet};

use paper::table::{Row, Sheet};

use super::columns;

/// Rows in which headings are looked for: a title, who made the table, how to fill it in.
const LOOKED_AT: usize = 20;

/// Columns that a row must head to be taken for headings.
const HEADED_MIN: usize = 2;

/// Columns that a row of words must have to be taken for headings that nobody knows.
const WORDS_MIN: usize = 3;

/// The headings of a sheet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Headed {
    /// Column, the heading as it is compared, the heading as it stands.
    pub columns: Vec<(u32, String, String)>,
    /// The last row of the headings; what is above it is no data.
    pub row: u32,
    /// How many of them are known.
    pub known: usize,
}

/// Finds the headings of a sheet: of all rows and pairs of rows the one that heads most, of
/// equals the first. Where none heads enough, the first row that looks like headings.
pub(super) fn find(sheet: &Sheet) -> Option<Headed> {
    let rows = sheet.rows.get(..sheet.rows.len().min(LOOKED_AT)).unwrap_or_default();
    let mut best: Option<Headed> = None;
    for (place, row) in rows.iter().enumerate() {
        let below = rows.get(place + 1).filter(|below| below.number == row.number + 1);
        for candidate in [Some(headed(row, row)), below.map(|below| headed(row, below))] {
            let Some(candidate) = candidate else { continue };
            let known = best.as_ref().map_or(HEADED_MIN - 1, |best| best.known);
            if candidate.known > known {
                best = Some(candidate);
            }
        }
    }
    best.or_else(|| {
        let mut plain = rows.iter().map(|row| headed(row, row));
        plain.find(|headed| different(headed) >= WORDS_MIN)
    })
}

fn different(headed: &Headed) -> usize {
    headed.columns.iter().map(|(_, _, shown)| shown).collect::<BTreeSet<_>>().len()
}

/// The headings of two rows, the lower one's first; of one row when both are the same.
fn headed(above: &Row, below: &Row) -> Headed {
    let mut shown: BTreeMap<u32, String> = BTreeMap::new();
    for row in [above, below] {
        for (column, cell) in &row.cells {
            let words = cell.words().unwrap_or_default();
            if !columns::plain(&words).is_empty() {
                shown.insert(*column, words);
            }
        }
    }
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut headings = Vec::new();
    for (column, words) in shown {
        let plain = columns::plain(&words);
        let count = seen.entry(plain.clone()).or_default();
        *count += 1;
        // The second column of the same heading is another column.
        let key = if *count == 1 { plain } else { format!("{plain}{count}") };
        headings.push((column, key, words));
    }
    let keys: Vec<String> = headings.iter().map(|(_, key, _)| key.clone()).collect();
    let known = columns::proposal(&keys).values().flatten().count();
    Headed { columns: headings, row: below.number, known }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(text: &str) -> Sheet {
        let book = paper::table::read(text.as_bytes()).unwrap();
        book.sheets.into_iter().next().unwrap()
    }

    fn found(text: &str) -> Option<(u32, Vec<String>)> {
        let headed = find(&sheet(text))?;
        let keys = headed.columns.into_iter().map(|(column, key, _)| format!("{column}{key}"));
        Some((headed.row, keys.collect()))
    }

    fn expect(row: u32, keys: &[&str]) -> Option<(u32, Vec<String>)> {
        Some((row, keys.iter().map(|key| (*key).to_owned()).collect()))
    }

    #[test]
    fn headings_stand_in_one_row_under_a_title() {
        let text =
            "石狮社区居民台账\n制表：综合窗口,,2026年\n序号,姓名,楼栋,房号\n1,夏爹,3栋,401\n";
        assert_eq!(found(text), expect(3, &["0序号", "1姓名", "2楼栋", "3房号"]));
    }

    #[test]
    fn headings_stand_in_two_rows() {
        let text = "姓名,住址,,,联系电话\n,楼栋,单元,房号,\n夏爹,3栋,2单元,401,138\n";
        assert_eq!(found(text), expect(2, &["0姓名", "1楼栋", "2单元", "3房号", "4联系电话"]));
        let merged = "姓名,住址,住址,电话\n姓名,楼栋,房号,电话\n夏爹,3栋,401,138\n";
        assert_eq!(found(merged), expect(2, &["0姓名", "1楼栋", "2房号", "3电话"]));
    }

    #[test]
    fn unknown_headings_are_found_by_their_looks() {
        let text = "某表\n甲,乙,丙,丙\n1,2,3,4\n";
        assert_eq!(found(text), expect(2, &["0甲", "1乙", "2丙", "3丙2"]));
        assert_eq!(found("只有一句话\n"), None);
    }
}

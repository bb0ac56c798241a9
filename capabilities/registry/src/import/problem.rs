//! What is wrong with a table, and where.

use std::sync::Arc;

use kernel::Fault;
use paper::table::Unreadable;

use super::columns::Field;

/// Problems of cells that are kept of one table: one for each row that there may be. Whoever has
/// more mends these first.
pub(super) const PROBLEMS_MAX: usize = paper::table::ROWS_MAX;

/// One problem with a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Empty for a CSV file.
    pub sheet: Arc<str>,
    /// Counted from 1.
    pub row: Option<u32>,
    /// Counted from 0.
    pub column: Option<u32>,
    /// What the column holds, where it is about one.
    pub field: Option<Field>,
    pub fault: Fault,
    /// Whether nothing can be brought in before it is mended.
    pub blocks: bool,
}

impl From<Unreadable> for Problem {
    fn from(unreadable: Unreadable) -> Problem {
        let Unreadable { sheet, row, column, fault } = unreadable;
        let sheet: Arc<str> = sheet.unwrap_or_default().into();
        Problem { row, column, ..Problem::sheet(&sheet, fault) }
    }
}

impl Problem {
    /// About a whole sheet.
    pub(super) fn sheet(sheet: &Arc<str>, fault: Fault) -> Problem {
        let sheet = sheet.clone();
        Problem { sheet, row: None, column: None, field: None, fault, blocks: true }
    }

    /// About a row.
    pub(super) fn row(sheet: &Arc<str>, row: u32, fault: Fault) -> Problem {
        Problem { row: Some(row), ..Problem::sheet(sheet, fault) }
    }

    /// Worth saying, and no hindrance.
    pub(super) fn passed(self) -> Problem {
        Problem { blocks: false, ..self }
    }
}

//! How a sheet is laid out beyond its cells: what is merged and what is hidden.

use std::collections::BTreeSet;

use super::COLUMNS_MAX;

/// Merged areas of one sheet; a table with more is not one that people made.
pub(super) const MERGED_MAX: usize = 20_000;

/// A merged area, rows and columns counted from 0, both ends within.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    pub top: u32,
    pub left: u32,
    pub bottom: u32,
    pub right: u32,
}

/// What a sheet says of itself besides its cells.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub merged: Vec<Area>,
    pub hidden_rows: BTreeSet<u32>,
    pub hidden_columns: BTreeSet<u32>,
}

impl Layout {
    /// Whether there was room for one more.
    pub fn merge(&mut self, area: Area) -> bool {
        let is_area = area.top <= area.bottom && area.left <= area.right;
        if is_area {
            self.merged.push(area);
        }
        self.merged.len() <= MERGED_MAX
    }

    /// Hides columns from one to another, counted from 0.
    pub fn hide_columns(&mut self, first: u32, last: u32) {
        self.hidden_columns.extend(first..=last.min(COLUMNS_MAX));
    }
}

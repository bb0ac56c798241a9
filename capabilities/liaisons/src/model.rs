//! What exists of reps besides the register's rows: from how many households on they have many, and how
//! far a hand-over list has come.

use kernel::Instant;
use registry::HandOver;

/// More households than a rep can know well, from a moment on (G2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    pub households: u64,
    pub from: Instant,
}

/// How far a hand-over list has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Nobody was named for it.
    Waiting,
    /// Somebody was, and has not taken it over.
    Given,
    /// It was taken over.
    Accepted,
}

impl Stage {
    /// How far this list has come.
    pub fn of(list: &HandOver) -> Stage {
        match (&list.given, list.accepted_at) {
            (None, _) => Stage::Waiting,
            (Some(_), None) => Stage::Given,
            (Some(_), Some(_)) => Stage::Accepted,
        }
    }

    /// Its word, under `liaisons.stage`.
    pub fn word(self) -> &'static str {
        match self {
            Stage::Waiting => "waiting",
            Stage::Given => "given",
            Stage::Accepted => "accepted",
        }
    }
}

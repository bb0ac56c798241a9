//! What can go wrong between a closure and the disk, in one enum.
//!
//! Errors say which named statement failed and how, never with which values: those may be
//! personal data, and errors end up in logs. Everything is `Clone`, because one failed commit
//! is the answer to every job of its batch.

/// Why a read or a write did not happen. A write that got one of these left no trace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A compare-and-set found another state than the one it expected: somebody was quicker.
    #[error("the row is no longer in the expected state")]
    Conflict,
    /// The queue is full. Shedding at once is kinder than answering after the caller has left.
    #[error("too much work is waiting; try again in a moment")]
    Overloaded,
    /// No space is left on the disk that holds the data.
    #[error("the disk that holds the data is full")]
    Full,
    /// The database cannot be reached, opened or written at all.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The connection broke while the work was under way; whether it was kept is unknown.
    #[error("the connection to the database was lost")]
    Lost,
    /// PostgreSQL gave up this transaction in favour of another one.
    #[error("the transaction collided with another one")]
    Serialization,
    /// The closure or one of its statements ran longer than its limit.
    #[error("the work took longer than its limit")]
    TimedOut,
    /// The closure panicked; its work was rolled back and the worker lives on.
    #[error("the closure panicked")]
    Panicked,
    /// The database was closed.
    #[error("the database is closed")]
    Closed,
    /// Another process already serves this data directory.
    #[error("{0}")]
    InUse(String),
    /// A row would break a rule of the schema.
    #[error("{statement} would break a {kind:?} rule: {rule}")]
    Constraint {
        /// Name of the statement.
        statement: &'static str,
        /// Which kind of rule.
        kind: Constraint,
        /// The rule as the engine names it: columns on SQLite, a constraint's name on
        /// PostgreSQL (empty on a distributed worker). For logs, not for decisions.
        rule: String,
    },
    /// The engine refused a statement.
    #[error("{name} failed: {source}")]
    Statement {
        /// Name of the statement.
        name: &'static str,
        /// The engine's code and sentence.
        source: EngineError,
    },
    /// A column does not hold what the row mapping expects.
    #[error("column {index} holds {found}, not {wanted}")]
    Column {
        /// Position in the row, from 0.
        index: usize,
        /// What the mapping asked for.
        wanted: &'static str,
        /// What is there.
        found: &'static str,
    },
    /// The schema cannot be brought to what this program needs.
    #[error("{0}")]
    Migration(String),
    /// A backup could not be written or read back.
    #[error("{0}")]
    Backup(String),
}

/// The kinds of rule that a schema states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Constraint {
    /// A primary or unique key.
    Unique,
    /// A reference to a row that is not there, or that others still point at.
    ForeignKey,
    /// A `check` expression, or a type of a strict table.
    Check,
    /// A missing value.
    NotNull,
    /// Anything else that the engine counts among constraints.
    Other,
}

/// An engine's own words, without its details (which quote values).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} ({code})")]
pub struct EngineError {
    /// SQLSTATE, or SQLite's extended result code.
    pub code: String,
    /// The primary message.
    pub message: String,
}

impl Error {
    /// A statement's failure in our own words.
    pub(crate) fn statement(name: &'static str, code: &str, message: impl Into<String>) -> Error {
        let source = EngineError { code: code.to_owned(), message: message.into() };
        Error::Statement { name, source }
    }
}

/// Whether running the closure once more may help. Every error type that a closure returns
/// says so, because only it knows which of its variants wraps a database error.
pub trait Retry {
    /// True for lost connections, collisions, and unique keys that somebody else took a moment
    /// ago: on the second run the closure sees the other one's row.
    fn is_retryable(&self) -> bool;
}

impl Retry for Error {
    fn is_retryable(&self) -> bool {
        matches!(
            self,
            Error::Lost | Error::Serialization | Error::Constraint { kind: Constraint::Unique, .. }
        )
    }
}

//! What goes into a statement and what comes out of it.
//!
//! A `Value` becomes whatever type the statement's parameter has, so no SQL needs a cast: text
//! sent to a `jsonb` column is sent as jsonb, a bool compared with an integer is 0 or 1. A
//! `Row` gives columns by position, borrowed; on PostgreSQL it is the driver's row, decoded
//! only where asked.

use crate::error::Error;
use uuid::Uuid;

/// One parameter or one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `null` of any type.
    Null,
    /// An integer, an instant in µs, money in fen, or a truth value as 0 and 1.
    Int(i64),
    /// Text.
    Text(String),
    /// An id: 16 bytes on SQLite, `uuid` on PostgreSQL.
    Id(Uuid),
    /// A JSON document as text.
    Json(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// Parameters of a statement: `params![community, id, "open"]`.
#[macro_export]
macro_rules! params {
    () => { [] as [$crate::Value; 0] };
    ($($value:expr),+ $(,)?) => { [$($crate::Value::from($value)),+] };
}

macro_rules! value_from {
    ($($from:ty, $value:ident => $to:expr;)+) => {
        $(impl From<$from> for Value {
            fn from($value: $from) -> Value { $to }
        })+
    };
}
value_from! {
    i64, value => Value::Int(value);
    i32, value => Value::Int(value.into());
    u32, value => Value::Int(value.into());
    u16, value => Value::Int(value.into());
    u8, value => Value::Int(value.into());
    bool, value => Value::Int(value.into());
    &str, value => Value::Text(value.to_owned());
    &String, value => Value::Text(value.clone());
    String, value => Value::Text(value);
    Uuid, value => Value::Id(value);
    &Uuid, value => Value::Id(*value);
    Vec<u8>, value => Value::Bytes(value);
    &[u8], value => Value::Bytes(value.to_vec());
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(value: [u8; N]) -> Value {
        Value::Bytes(value.to_vec())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

impl Value {
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Int(_) => "an integer",
            Value::Text(_) => "text",
            Value::Id(_) => "an id",
            Value::Json(_) => "json",
            Value::Bytes(_) => "bytes",
        }
    }
}

/// One row of an answer. Columns are counted from 0; a wrong type or position is
/// [`Error::Column`], a defect of the row mapping.
#[derive(Debug)]
pub struct Row(pub(crate) Cells);

#[derive(Debug)]
pub(crate) enum Cells {
    Sqlite(Vec<Value>),
    Postgres(postgres::Row),
}

macro_rules! column {
    ($(#[$doc:meta])* $get:ident, $(#[$opt_doc:meta])* $opt:ident -> $type:ty,
     $wanted:literal, $cell:ident => $read:expr) => {
        $(#[$doc])*
        pub fn $get(&self, index: usize) -> Result<$type, Error> {
            self.$opt(index)?.ok_or(Error::Column { index, wanted: $wanted, found: "null" })
        }

        $(#[$opt_doc])*
        pub fn $opt(&self, index: usize) -> Result<Option<$type>, Error> {
            match &self.0 {
                Cells::Sqlite(values) => match values.get(index) {
                    Some(Value::Null) => Ok(None),
                    Some($cell) => $read.map(Some).ok_or(Error::Column {
                        index,
                        wanted: $wanted,
                        found: $cell.kind(),
                    }),
                    None => Err(Error::Column { index, wanted: $wanted, found: "nothing" }),
                },
                Cells::Postgres(row) => $crate::postgres::column::$get(row, index, $wanted),
            }
        }
    };
}

impl Row {
    column! {
        /// An integer, or a truth value as 0 and 1; `sum(…)` too, as long as it is whole.
        int, /// The same, or nothing where the column is null.
        opt_int -> i64, "an integer",
        cell => if let Value::Int(int) = cell { Some(*int) } else { None }
    }
    column! {
        /// Text or a JSON document.
        text, /// The same, or nothing where the column is null.
        opt_text -> &str, "text",
        cell => if let Value::Text(text) | Value::Json(text) = cell { Some(text.as_str()) } else { None }
    }
    column! {
        /// An id.
        id, /// The same, or nothing where the column is null.
        opt_id -> Uuid, "an id",
        cell => if let Value::Id(id) = cell { Some(*id) } else { None }
    }
    column! {
        /// Bytes.
        bytes, /// The same, or nothing where the column is null.
        opt_bytes -> &[u8], "bytes",
        cell => match cell {
            Value::Bytes(bytes) => Some(bytes.as_slice()),
            // SQLite has one type for both; 16 bytes were read as an id to save an allocation.
            Value::Id(id) => Some(id.as_bytes().as_slice()),
            Value::Null | Value::Int(_) | Value::Text(_) | Value::Json(_) => None,
        }
    }

    /// A truth value.
    pub fn bool(&self, index: usize) -> Result<bool, Error> {
        self.int(index).map(|int| int != 0)
    }
}

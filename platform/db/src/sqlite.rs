//! SQLite: connections, prepared statements, and its errors in our words.
//!
//! `journal_mode=WAL` with `synchronous=FULL`, always: an acknowledged commit has been fsynced.
//! (`NORMAL` lost 30 % of acknowledged commits in power-cut tests.)
//!
//! What is deleted or written over is zeroed where it stood (`secure_delete`), as far as its page is
//! written anyway: a destroyed key does not lie about in the file.
//!
//! A commit writes whole pages, and most of a page is not what was written: pages of 2 kB instead
//! of 4 halve what goes to the disk where acts of many communities share a commit.

mod log;
pub(crate) mod reader;
pub(crate) mod writer;

use crate::error::{Constraint, Error};
use crate::statement::{Sql, for_sqlite};
use crate::tx::{Engine, Session, Visit};
use crate::value::{Cells, Row, Value};
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, PrepFlags, Statement, ToSql, ffi};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long a connection waits for another process's write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How many steps of its machine SQLite takes between two looks at the clock: under 1 ms.
const STEPS_PER_LOOK: i32 = 10_000;
/// Prepared statements that a connection keeps before it starts afresh; a program has hundreds.
const STATEMENTS_MAX: usize = 1024;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Writer,
    Reader,
}

/// Until when the running statement may go on; the progress handler looks at it.
#[derive(Debug, Clone)]
pub(crate) struct Deadline {
    start: Instant,
    /// Nanoseconds after `start`.
    at: Arc<AtomicU64>,
}

impl Deadline {
    fn new() -> Deadline {
        Deadline { start: Instant::now(), at: Arc::new(AtomicU64::new(u64::MAX)) }
    }

    fn set(&self, deadline: Instant) {
        let nanos = deadline.saturating_duration_since(self.start).as_nanos();
        self.at.store(nanos.try_into().unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn lift(&self) {
        self.at.store(u64::MAX, Ordering::Relaxed);
    }

    fn passed(&self) -> bool {
        self.start.elapsed().as_nanos() > u128::from(self.at.load(Ordering::Relaxed))
    }
}

/// Opens a connection with the settings that all of them share.
pub(crate) fn open(path: &Path, role: Role) -> Result<(Connection, Deadline), Error> {
    let access = match role {
        Role::Writer => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        Role::Reader => OpenFlags::SQLITE_OPEN_READ_ONLY,
    };
    let unavailable = |error: rusqlite::Error| {
        Error::Unavailable(format!("cannot open {}: {error}", path.display()))
    };
    let mut connection =
        Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)
            .map_err(unavailable)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(unavailable)?;
    let settings = match role {
        Role::Writer => {
            "pragma page_size=2048; pragma journal_mode=wal; pragma synchronous=full;
             pragma foreign_keys=on; pragma wal_autocheckpoint=20000;
             pragma journal_size_limit=67108864; pragma secure_delete=fast;"
        }
        Role::Reader => "pragma query_only=on;",
    };
    let cache = cache_kilobytes(path, role);
    let cache = format!("pragma temp_store=memory; pragma cache_size=-{cache};");
    connection.execute_batch(&format!("{settings} {cache}")).map_err(unavailable)?;
    // A plan stays as it is; otherwise the search index has its statements planned anew for every
    // term it looks up.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(unavailable)?;
    let deadline = Deadline::new();
    let watch = deadline.clone();
    connection
        .progress_handler(STEPS_PER_LOOK, Some(move || watch.passed()))
        .map_err(unavailable)?;
    Ok((connection, deadline))
}

/// How much a connection may keep of the file, in kB. The writer's pages stay valid, since nobody
/// else writes: a sixteenth of the file, at least 16 MB and at most 128. A reader forgets its pages
/// at the next commit. Nothing is mapped: a mapping is torn down as often, and costs more than it
/// saves.
fn cache_kilobytes(path: &Path, role: Role) -> u64 {
    let file = path.metadata().map_or(0, |file| file.len());
    match role {
        Role::Writer => (file / 16 / 1000).clamp(16_000, 128_000),
        Role::Reader => 8_000,
    }
}

/// Moves the write-ahead log into the file.
pub(crate) fn checkpoint(path: &Path) -> Result<(), Error> {
    let (connection, _) = open(path, Role::Writer)?;
    let busy: i64 = connection
        .query_row("pragma wal_checkpoint(truncate)", [], |row| row.get(0))
        .map_err(|error| fault("db.checkpoint", &error))?;
    match busy {
        0 => Ok(()),
        _ => Err(Error::Unavailable("a long read keeps the log from being emptied".to_owned())),
    }
}

/// Writes the whole file anew and empties the log.
pub(crate) fn scrub(path: &Path) -> Result<(), Error> {
    let (connection, _) = open(path, Role::Writer)?;
    connection.execute_batch("vacuum").map_err(|error| fault("db.scrub", &error))?;
    drop(connection);
    checkpoint(path)
}

/// A connection in use by its one thread.
pub(crate) struct SqliteSession<'c> {
    connection: &'c Connection,
    statements: HashMap<(usize, usize), Statement<'c>>,
    deadline: Deadline,
    /// Whether the schema was changed: such changes count as no row.
    scripted: bool,
}

impl<'c> SqliteSession<'c> {
    pub(crate) fn new(connection: &'c Connection, deadline: Deadline) -> SqliteSession<'c> {
        SqliteSession { connection, statements: HashMap::new(), deadline, scripted: false }
    }

    fn prepared(&mut self, sql: &Sql) -> Result<&mut Statement<'c>, Error> {
        if self.statements.len() >= STATEMENTS_MAX {
            self.statements.clear();
        }
        match self.statements.entry(sql.key()) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(place) => {
                let flags = PrepFlags::SQLITE_PREPARE_PERSISTENT;
                let statement = self
                    .connection
                    .prepare_with_flags(&for_sqlite(sql.text), flags)
                    .map_err(|error| fault(sql.name, &error))?;
                Ok(place.insert(statement))
            }
        }
    }

    fn bound(&mut self, sql: &Sql, values: &[Value]) -> Result<&mut Statement<'c>, Error> {
        let statement = self.prepared(sql)?;
        let wanted = statement.parameter_count();
        if wanted != values.len() {
            let message = format!("it has {wanted} parameters and was given {}", values.len());
            return Err(Error::statement(sql.name, "parameters", message));
        }
        for (index, value) in values.iter().enumerate() {
            statement
                .raw_bind_parameter(index + 1, value)
                .map_err(|error| fault(sql.name, &error))?;
        }
        Ok(statement)
    }
}

impl Session for SqliteSession<'_> {
    fn engine(&self) -> Engine {
        Engine::Sqlite
    }

    fn exec(&mut self, sql: &Sql, values: &[Value]) -> Result<u64, Error> {
        let changed = self.bound(sql, values)?.raw_execute();
        changed.map(|rows| rows as u64).map_err(|error| fault(sql.name, &error))
    }

    fn each(&mut self, sql: &Sql, values: &[Value], visit: Visit<'_>) -> Result<(), Error> {
        let statement = self.bound(sql, values)?;
        let columns = statement.column_count();
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(|error| fault(sql.name, &error))? {
            let mut values = Vec::with_capacity(columns);
            for index in 0..columns {
                let cell = row.get_ref(index).map_err(|error| fault(sql.name, &error))?;
                values.push(value(cell, index)?);
            }
            if visit(Row(Cells::Sqlite(values))).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn prepare(&mut self, sql: &Sql) -> Result<(), Error> {
        self.prepared(sql).map(drop)
    }

    fn script(&mut self, name: &'static str, text: &str) -> Result<(), Error> {
        self.scripted = true;
        self.connection.execute_batch(text).map_err(|error| fault(name, &error))
    }
}

fn value(cell: ValueRef<'_>, index: usize) -> Result<Value, Error> {
    let wrong = |found| Error::Column { index, wanted: "a value", found };
    match cell {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(int) => Ok(Value::Int(int)),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Ok(Value::Text(text.to_owned())),
            Err(_) => Err(wrong("text that is not UTF-8")),
        },
        ValueRef::Blob(bytes) => Ok(match bytes.try_into() {
            Ok(id) => Value::Id(uuid::Uuid::from_bytes(id)),
            Err(_) => Value::Bytes(bytes.to_owned()),
        }),
        ValueRef::Real(_) => Err(wrong("a floating-point number")),
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(int) => ValueRef::Integer(*int),
            Value::Text(text) | Value::Json(text) => ValueRef::Text(text.as_bytes()),
            Value::Id(id) => ValueRef::Blob(id.as_bytes()),
            Value::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// SQLite's error in our words.
pub(crate) fn fault(name: &'static str, error: &rusqlite::Error) -> Error {
    let rusqlite::Error::SqliteFailure(cause, message) = error else {
        return Error::statement(name, "sqlite", error.to_string());
    };
    let message = message.as_deref().unwrap_or("no message");
    match cause.code {
        ErrorCode::ConstraintViolation => {
            let rule = message.rsplit(": ").next().unwrap_or_default().to_owned();
            Error::Constraint { statement: name, kind: constraint(cause.extended_code), rule }
        }
        ErrorCode::DiskFull => Error::Full,
        ErrorCode::OperationInterrupted => Error::TimedOut,
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            Error::Unavailable("another process keeps the data file locked".to_owned())
        }
        _ => Error::statement(name, &cause.extended_code.to_string(), message),
    }
}

fn constraint(extended_code: i32) -> Constraint {
    match extended_code {
        ffi::SQLITE_CONSTRAINT_UNIQUE
        | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
        | ffi::SQLITE_CONSTRAINT_ROWID => Constraint::Unique,
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => Constraint::ForeignKey,
        ffi::SQLITE_CONSTRAINT_CHECK | ffi::SQLITE_CONSTRAINT_DATATYPE => Constraint::Check,
        ffi::SQLITE_CONSTRAINT_NOTNULL => Constraint::NotNull,
        _ => Constraint::Other,
    }
}

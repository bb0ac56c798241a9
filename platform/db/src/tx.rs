//! The transaction that a closure gets: the same few verbs over both engines.
//!
//! A statement that fails spoils its transaction on both engines, even if the closure hides
//! the error: PostgreSQL could not go on, and a half-done write must not be kept on SQLite
//! either. [`Tx::exec_one`]'s conflict is an answer, not a failure, and spoils nothing.

use crate::error::Error;
use crate::statement::Sql;
use crate::value::{Row, Value};
use std::any::Any;
use std::ops::ControlFlow;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// Which engine a transaction runs on. Only SQL that has no common form may look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    /// SQLite, inside this process.
    Sqlite,
    /// PostgreSQL, over a socket.
    Postgres,
}

/// What takes the rows of an answer one by one, and may stop early.
pub(crate) type Visit<'v> = &'v mut dyn FnMut(Row) -> ControlFlow<()>;

/// One connection, with its prepared statements.
pub(crate) trait Session {
    fn engine(&self) -> Engine;
    /// Runs a statement that answers no rows; how many rows it changed.
    fn exec(&mut self, sql: &Sql, values: &[Value]) -> Result<u64, Error>;
    /// Runs a statement that must change one row, at the latest before the next answer.
    fn later(&mut self, sql: &Sql, values: &[Value]) -> Result<(), Error> {
        one_row(self.exec(sql, values)?)
    }
    /// What [`Tx::contended`] says. Nothing to do where one writer does all.
    fn contended(&mut self) {}
    /// Runs a statement and hands its rows to `visit`.
    fn each(&mut self, sql: &Sql, values: &[Value], visit: Visit<'_>) -> Result<(), Error>;
    /// Prepares a statement without running it.
    fn prepare(&mut self, sql: &Sql) -> Result<(), Error>;
    /// Runs one statement of a migration, unprepared.
    fn script(&mut self, name: &'static str, text: &str) -> Result<(), Error>;
}

/// What a statement sent with [`Tx::later`] must have done. Another count means that somebody
/// else was quicker; run again, the closure sees what they made of it.
pub(crate) fn one_row(changed: u64) -> Result<(), Error> {
    match changed {
        1 => Ok(()),
        _ => Err(Error::Serialization),
    }
}

/// Rows that [`Tx::add_rows`] adds with one statement.
const ROWS_AT_ONCE: usize = 32;

/// `insert` with places for so many rows.
fn with_rows(insert: &Sql, width: usize, rows: usize) -> Sql {
    let row = |first: usize| {
        let places: Vec<String> = (first..first + width).map(|place| format!("${place}")).collect();
        format!("({})", places.join(", "))
    };
    let rows: Vec<String> = (0..rows).map(|number| row(number * width + 1)).collect();
    Sql::interned(insert.name, &format!("{} {}", insert.text, rows.join(", ")))
}

/// A transaction. Everything in it happens or nothing does.
pub struct Tx<'a> {
    session: &'a mut dyn Session,
    attached: &'a Attached,
    deadline: Instant,
    spoiled: Option<Error>,
    remembered: Option<Box<dyn Any>>,
    kept: Option<Box<dyn Any>>,
}

/// What [`crate::Db::attach`] gave to a database, shared with its workers.
pub(crate) type Attached = OnceLock<Arc<dyn Any + Send + Sync>>;

impl<'a> Tx<'a> {
    pub(crate) fn new(
        session: &'a mut dyn Session,
        attached: &'a Attached,
        deadline: Instant,
    ) -> Tx<'a> {
        Tx { session, attached, deadline, spoiled: None, remembered: None, kept: None }
    }

    /// What was attached to the database, if it is of this kind.
    pub fn attached<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.attached.get().cloned()?.downcast().ok()
    }

    /// Keeps something that was made of what this transaction read until it ends, and no longer:
    /// what is rolled back leaves nothing behind. One thing at a time, and writes do not touch it.
    pub fn keep<T: Any>(&mut self, made: T) {
        self.kept = Some(Box::new(made));
    }

    /// What is kept, if it is of this kind.
    pub fn kept<T: Any>(&self) -> Option<&T> {
        self.kept.as_ref()?.downcast_ref()
    }

    /// Runs a statement; how many rows it changed.
    pub fn exec(&mut self, sql: &Sql, values: &[Value]) -> Result<u64, Error> {
        self.remembered = None;
        self.run(|session| session.exec(sql, values))
    }

    /// Runs a statement that must change exactly one row: compare-and-set. Otherwise
    /// [`Error::Conflict`].
    pub fn exec_one(&mut self, sql: &Sql, values: &[Value]) -> Result<(), Error> {
        match self.exec(sql, values)? {
            1 => Ok(()),
            _ => Err(Error::Conflict),
        }
    }

    /// Runs a statement that must change exactly one row and whose answer nobody waits for: on
    /// PostgreSQL it travels together with what follows it, which saves its round trip. What is
    /// wrong with it comes out at the latest when the transaction ends, and then nothing is
    /// kept. A row that somebody else changed meanwhile starts the closure over.
    pub fn later(&mut self, sql: &Sql, values: &[Value]) -> Result<(), Error> {
        self.remembered = None;
        self.run(|session| session.later(sql, values))
    }

    /// Adds rows, all with as many values as the first. `insert` ends where the rows begin:
    /// `insert into entries (seq, entry) values`. PostgreSQL is sent many in one statement;
    /// SQLite, which would open a savepoint around such a one, each by itself.
    pub fn add_rows(&mut self, insert: &Sql, rows: &[Vec<Value>]) -> Result<(), Error> {
        let width = rows.first().map_or(0, Vec::len);
        let singly = match self.engine() {
            Engine::Sqlite => rows.len(),
            Engine::Postgres => rows.len() % ROWS_AT_ONCE,
        };
        let (singly, together) = rows.split_at(singly);
        let (one, several) = (with_rows(insert, width, 1), with_rows(insert, width, ROWS_AT_ONCE));
        for row in singly {
            self.later(&one, row)?;
        }
        for some in together.chunks(ROWS_AT_ONCE) {
            self.exec(&several, &some.concat())?;
        }
        Ok(())
    }

    /// Says that the next row to be changed is wanted by many: a counter. PostgreSQL then gives
    /// its lock back at the commit and waits for the disk afterwards; nobody is answered before
    /// the disk has it.
    pub fn contended(&mut self) {
        self.session.contended();
    }

    /// Keeps something that was read for the next step of the same transaction, which would
    /// otherwise ask for it again. One thing at a time; a write forgets it.
    pub fn remember<T: Any>(&mut self, read: T) {
        self.remembered = Some(Box::new(read));
    }

    /// Takes what was remembered, if it is of this kind.
    pub fn recall<T: Any>(&mut self) -> Option<T> {
        self.remembered.take()?.downcast().ok().map(|read| *read)
    }

    /// The first row, if there is one.
    pub fn row(&mut self, sql: &Sql, values: &[Value]) -> Result<Option<Row>, Error> {
        let mut first = None;
        let mut visit = |row| {
            first = Some(row);
            ControlFlow::Break(())
        };
        self.run(|session| session.each(sql, values, &mut visit))?;
        Ok(first)
    }

    /// All rows. Statements bound how many there can be (`limit`); what has no bound goes
    /// through [`Tx::each`].
    pub fn rows(&mut self, sql: &Sql, values: &[Value]) -> Result<Vec<Row>, Error> {
        let mut rows = Vec::new();
        let mut visit = |row| {
            rows.push(row);
            ControlFlow::Continue(())
        };
        self.run(|session| session.each(sql, values, &mut visit))?;
        Ok(rows)
    }

    /// Hands the rows to `take` one by one, without holding them all; stops at its first error.
    pub fn each<E: From<Error>>(
        &mut self,
        sql: &Sql,
        values: &[Value],
        mut take: impl FnMut(Row) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut refused = None;
        let mut visit = |row| match take(row) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                refused = Some(error);
                ControlFlow::Break(())
            }
        };
        self.run(|session| session.each(sql, values, &mut visit))?;
        refused.map_or(Ok(()), Err)
    }

    /// Which engine this is.
    pub fn engine(&self) -> Engine {
        self.session.engine()
    }

    pub(crate) fn prepare(&mut self, sql: &Sql) -> Result<(), Error> {
        self.run(|session| session.prepare(sql))
    }

    pub(crate) fn script(&mut self, name: &'static str, text: &str) -> Result<(), Error> {
        self.run(|session| session.script(name, text))
    }

    /// Why nothing of this transaction may be kept, if so.
    pub(crate) fn spoiled(&self) -> Option<Error> {
        self.spoiled.clone()
    }

    fn run<T>(
        &mut self,
        act: impl FnOnce(&mut dyn Session) -> Result<T, Error>,
    ) -> Result<T, Error> {
        if let Some(error) = &self.spoiled {
            return Err(error.clone());
        }
        let done =
            if Instant::now() > self.deadline { Err(Error::TimedOut) } else { act(self.session) };
        if let Err(error) = &done {
            self.spoiled = Some(error.clone());
        }
        done
    }
}

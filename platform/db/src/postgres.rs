//! PostgreSQL: connections, prepared statements, and its errors in our words.
//!
//! A session sets its own time limits, so that a server left alone frees what it holds. Only
//! an error's code and primary message are kept: details quote the values of rows.

pub(crate) mod column;
mod line;
pub(crate) mod worker;

use crate::error::{Constraint, Error};
use crate::statement::Sql;
use crate::tx::{Engine, Session, Visit};
use crate::value::{Cells, Row, Value};
use ::postgres::NoTls;
use futures_util::TryStreamExt;
use line::{Fault, Line};
use std::collections::HashMap;
use std::error::Error as _;
use std::pin::pin;
use std::time::Duration;
use tokio_postgres::config::TargetSessionAttrs;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Config, RowStream, Statement};

/// How long one host may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// After this long without an acknowledgement of what was sent, a host counts as gone.
const SILENCE_MAX: Duration = Duration::from_secs(10);
/// How often, in ms, a busy server looks whether we are still there: a killed upgrade must not
/// keep its locks. PostgreSQL has this from version 14, which is therefore the oldest we take.
const ABANDONED_CHECK: u32 = 1000;
/// Prepared statements that a connection keeps before it starts afresh; a program has hundreds.
const STATEMENTS_MAX: usize = 1024;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Writer,
    Reader,
}

/// The way to the server, with what all connections share.
fn config(url: &str) -> Result<Config, Error> {
    let mut config: Config = url.parse().map_err(|error| Error::Unavailable(describe(&error)))?;
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_TIMEOUT);
    }
    if config.get_application_name().is_none() {
        config.application_name("lianhu");
    }
    // Of several hosts only one is the primary, and readers must see what was just written.
    if config.get_hosts().len() > 1 {
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
    }
    config.tcp_user_timeout(SILENCE_MAX).keepalives_idle(SILENCE_MAX);
    Ok(config)
}

/// What a session is set to at its beginning.
fn settings(role: Role, limit: Duration) -> String {
    let read_only = match role {
        Role::Writer => "off",
        Role::Reader => "on",
    };
    let limit = limit.as_millis();
    format!(
        "set default_transaction_read_only = {read_only}; set statement_timeout = {limit};
         set idle_in_transaction_session_timeout = {limit}; set timezone = 'UTC';
         set client_connection_check_interval = {ABANDONED_CHECK}"
    )
}

/// A plain connection without time limits, for copying whole tables.
pub(crate) fn connect(url: &str, role: Role) -> Result<::postgres::Client, Error> {
    let unavailable = |error: tokio_postgres::Error| Error::Unavailable(describe(&error));
    let config = ::postgres::Config::from(config(url)?);
    let mut client = config.connect(NoTls).map_err(unavailable)?;
    client.batch_execute(&settings(role, Duration::ZERO)).map_err(unavailable)?;
    Ok(client)
}

/// Writes tables anew, without what was deleted or written over.
pub(crate) fn scrub(url: &str, tables: &[&'static str]) -> Result<(), Error> {
    let mut client = connect(url, Role::Writer)?;
    for table in tables {
        let vacuum = format!("vacuum full \"{table}\"");
        client.batch_execute(&vacuum).map_err(|error| Error::Unavailable(describe(&error)))?;
    }
    Ok(())
}

/// A connection in use by its one thread.
pub(crate) struct PostgresSession {
    line: Line,
    role: Role,
    statements: HashMap<(usize, usize), Statement>,
}

impl PostgresSession {
    pub(crate) fn connect(url: &str, role: Role, limit: Duration) -> Result<Self, Error> {
        let line = Line::connect(&config(url)?).map_err(Error::Unavailable)?;
        let mut session = PostgresSession { line, role, statements: HashMap::new() };
        session.script("db.connect", &settings(role, limit))?;
        Ok(session)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.line.is_closed()
    }

    /// Begins a transaction together with its first statement. `limit` is how long its
    /// statements may run, where that is not the session's own limit.
    pub(crate) fn begin(&mut self, limit: Option<Duration>) {
        let begin = match limit {
            None => "begin".to_owned(),
            Some(limit) => {
                format!("begin; set local statement_timeout = {}", limit.as_millis())
            }
        };
        self.line.command_later("db.begin", begin);
    }

    /// Keeps what the transaction did, durably.
    pub(crate) fn commit(&mut self) -> Result<(), Error> {
        self.line.commit().map_err(|fault| self.fault(fault))
    }

    /// Drops what the transaction did.
    pub(crate) fn roll_back(&mut self) -> Result<(), Error> {
        self.line.forget();
        self.script("db.rollback", "rollback")
    }

    fn prepared(&mut self, sql: &Sql) -> Result<Statement, Error> {
        if let Some(statement) = self.statements.get(&sql.key()) {
            return Ok(statement.clone());
        }
        if self.statements.len() >= STATEMENTS_MAX {
            self.statements.clear();
        }
        let statement = self.line.prepare(sql).map_err(|fault| self.fault(fault))?;
        self.statements.insert(sql.key(), statement.clone());
        Ok(statement)
    }

    /// The statement, if it takes so many values.
    fn prepared_for(&mut self, sql: &Sql, values: &[Value]) -> Result<Statement, Error> {
        let statement = self.prepared(sql)?;
        let wanted = statement.params().len();
        if wanted != values.len() {
            let message = format!("it has {wanted} parameters and was given {}", values.len());
            return Err(Error::statement(sql.name, "parameters", message));
        }
        Ok(statement)
    }

    /// Runs a prepared statement; how many rows it changed, if it came to its end.
    fn query(&mut self, sql: &Sql, values: &[Value], visit: Visit<'_>) -> Result<u64, Error> {
        let statement = self.prepared_for(sql, values)?;
        let answer = match self.line.query(sql.name, &statement, values) {
            Ok(rows) => self.drain(rows, visit).map_err(|error| Fault::Driver(sql.name, error)),
            Err(fault) => Err(fault),
        };
        answer.map_err(|fault| self.fault(fault))
    }

    fn drain(&self, rows: RowStream, visit: Visit<'_>) -> Result<u64, tokio_postgres::Error> {
        self.line.wait(async {
            let mut rows = pin!(rows);
            while let Some(row) = rows.try_next().await? {
                if visit(Row(Cells::Postgres(row))).is_break() {
                    return Ok(0);
                }
            }
            Ok(rows.rows_affected().unwrap_or(0))
        })
    }

    /// PostgreSQL's error in our words.
    fn fault(&mut self, fault: Fault) -> Error {
        let (name, error) = match fault {
            Fault::Ours(error) => return error,
            Fault::Driver(name, error) => (name, error),
        };
        let Some(cause) = error.as_db_error() else {
            let broken = error.is_closed()
                || error.source().is_some_and(|source| source.is::<std::io::Error>());
            return match broken {
                true => Error::Lost,
                false => Error::statement(name, "driver", describe(&error)),
            };
        };
        match cause.code() {
            &SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED => {
                Error::Serialization
            }
            &SqlState::FEATURE_NOT_SUPPORTED if cause.message().contains("cached plan") => {
                // A schema change has made the plan stale; the next run prepares it anew.
                self.statements.clear();
                Error::Serialization
            }
            &SqlState::QUERY_CANCELED => Error::TimedOut,
            &SqlState::DISK_FULL => Error::Full,
            // A primary that was demoted under a writer: look for the new one.
            &SqlState::READ_ONLY_SQL_TRANSACTION if self.role == Role::Writer => Error::Lost,
            &SqlState::ADMIN_SHUTDOWN
            | &SqlState::CRASH_SHUTDOWN
            | &SqlState::CANNOT_CONNECT_NOW
            | &SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT => Error::Lost,
            code if code.code().starts_with("08") => Error::Lost,
            code if code.code().starts_with("23") => Error::Constraint {
                statement: name,
                kind: constraint(code),
                rule: cause.constraint().or(cause.column()).unwrap_or_default().to_owned(),
            },
            code => Error::statement(name, code.code(), cause.message()),
        }
    }
}

impl Session for PostgresSession {
    fn engine(&self) -> Engine {
        Engine::Postgres
    }

    fn exec(&mut self, sql: &Sql, values: &[Value]) -> Result<u64, Error> {
        self.query(sql, values, &mut |_| std::ops::ControlFlow::Continue(()))
    }

    fn later(&mut self, sql: &Sql, values: &[Value]) -> Result<(), Error> {
        let statement = self.prepared_for(sql, values)?;
        self.line.later(sql, statement, values).map_err(|fault| self.fault(fault))
    }

    fn contended(&mut self) {
        if self.role == Role::Writer {
            self.line.unlock_early();
        }
    }

    fn each(&mut self, sql: &Sql, values: &[Value], visit: Visit<'_>) -> Result<(), Error> {
        self.query(sql, values, visit).map(drop)
    }

    fn prepare(&mut self, sql: &Sql) -> Result<(), Error> {
        self.prepared(sql).map(drop)
    }

    fn script(&mut self, name: &'static str, text: &str) -> Result<(), Error> {
        self.line.command(name, text).map_err(|fault| self.fault(fault))
    }
}

/// What is safe to log of an error: no details, which quote values.
pub(crate) fn describe(error: &tokio_postgres::Error) -> String {
    match (error.as_db_error(), error.source()) {
        (Some(cause), _) => format!("{} ({})", cause.message(), cause.code().code()),
        (None, Some(source)) => format!("{error}: {source}"),
        (None, None) => error.to_string(),
    }
}

fn constraint(code: &SqlState) -> Constraint {
    match *code {
        SqlState::UNIQUE_VIOLATION => Constraint::Unique,
        SqlState::FOREIGN_KEY_VIOLATION => Constraint::ForeignKey,
        SqlState::CHECK_VIOLATION => Constraint::Check,
        SqlState::NOT_NULL_VIOLATION => Constraint::NotNull,
        _ => Constraint::Other,
    }
}

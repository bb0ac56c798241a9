//! PostgreSQL: connections, prepared statements, and its errors in our words.
//!
//! A session sets its own time limits, so that a server left alone frees what it holds. Only
//! an error's code and primary message are kept: details quote the values of rows.

pub(crate) mod column;
pub(crate) mod worker;

use crate::error::{Constraint, Error};
use crate::statement::Sql;
use crate::tx::{Engine, Session, Visit};
use crate::value::{Cells, Row, Value};
use ::postgres::config::TargetSessionAttrs;
use ::postgres::error::SqlState;
use ::postgres::fallible_iterator::FallibleIterator;
use ::postgres::{Client, NoTls, Statement};
use std::collections::HashMap;
use std::error::Error as _;
use std::time::Duration;

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

/// Connects with the settings that all connections share.
pub(crate) fn connect(url: &str, role: Role, limit: Duration) -> Result<Client, Error> {
    let unavailable = |error: ::postgres::Error| Error::Unavailable(describe(&error));
    let mut config: ::postgres::Config = url.parse().map_err(unavailable)?;
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
    let mut client = config.connect(NoTls).map_err(unavailable)?;
    let read_only = match role {
        Role::Writer => "off",
        Role::Reader => "on",
    };
    let limit = limit.as_millis();
    client
        .batch_execute(&format!(
            "set default_transaction_read_only = {read_only}; set statement_timeout = {limit};
             set idle_in_transaction_session_timeout = {limit}; set timezone = 'UTC';
             set client_connection_check_interval = {ABANDONED_CHECK}"
        ))
        .map_err(unavailable)?;
    Ok(client)
}

/// A connection in use by its one thread.
pub(crate) struct PostgresSession {
    client: Client,
    role: Role,
    statements: HashMap<(usize, usize), Statement>,
}

impl PostgresSession {
    pub(crate) fn new(client: Client, role: Role) -> PostgresSession {
        PostgresSession { client, role, statements: HashMap::new() }
    }

    fn prepared(&mut self, sql: &Sql) -> Result<Statement, Error> {
        if let Some(statement) = self.statements.get(&sql.key()) {
            return Ok(statement.clone());
        }
        if self.statements.len() >= STATEMENTS_MAX {
            self.statements.clear();
        }
        let statement =
            self.client.prepare(sql.text).map_err(|error| self.fault(sql.name, &error))?;
        self.statements.insert(sql.key(), statement.clone());
        Ok(statement)
    }

    /// Runs a prepared statement; how many rows it changed, if it came to its end.
    fn query(&mut self, sql: &Sql, values: &[Value], visit: Visit<'_>) -> Result<u64, Error> {
        let statement = self.prepared(sql)?;
        let wanted = statement.params().len();
        if wanted != values.len() {
            let message = format!("it has {wanted} parameters and was given {}", values.len());
            return Err(Error::statement(sql.name, "parameters", message));
        }
        self.drain(&statement, values, visit).map_err(|error| {
            // A schema change has made the plan stale; the next run prepares it anew.
            if error.code() == Some(&SqlState::FEATURE_NOT_SUPPORTED) {
                self.statements.clear();
            }
            self.fault(sql.name, &error)
        })
    }

    fn drain(
        &mut self,
        statement: &Statement,
        values: &[Value],
        visit: Visit<'_>,
    ) -> Result<u64, ::postgres::Error> {
        let mut rows = self.client.query_raw(statement, values)?;
        while let Some(row) = rows.next()? {
            if visit(Row(Cells::Postgres(row))).is_break() {
                return Ok(0);
            }
        }
        Ok(rows.rows_affected().unwrap_or(0))
    }

    /// PostgreSQL's error in our words.
    fn fault(&self, name: &'static str, error: &::postgres::Error) -> Error {
        let Some(cause) = error.as_db_error() else {
            let broken = error.is_closed()
                || error.source().is_some_and(|source| source.is::<std::io::Error>());
            return match broken {
                true => Error::Lost,
                false => Error::statement(name, "driver", describe(error)),
            };
        };
        match cause.code() {
            &SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED => {
                Error::Serialization
            }
            &SqlState::FEATURE_NOT_SUPPORTED if cause.message().contains("cached plan") => {
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

    fn each(&mut self, sql: &Sql, values: &[Value], visit: Visit<'_>) -> Result<(), Error> {
        self.query(sql, values, visit).map(drop)
    }

    fn prepare(&mut self, sql: &Sql) -> Result<(), Error> {
        self.prepared(sql).map(drop)
    }

    fn script(&mut self, name: &'static str, text: &str) -> Result<(), Error> {
        self.client.batch_execute(text).map_err(|error| self.fault(name, &error))
    }
}

/// What is safe to log of an error: no details, which quote values.
pub(crate) fn describe(error: &::postgres::Error) -> String {
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

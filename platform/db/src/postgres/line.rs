//! The line to a server: one connection on a runtime of its own, used by one thread.
//!
//! A statement whose answer nobody waits for is only laid ready; it leaves together with the
//! next one that is waited for, in the order in which they were given. On two cores a round
//! trip costs more than most statements, so an act's writes travel as one.

use crate::error::Error;
use crate::statement::Sql;
use crate::tx::one_row;
use crate::value::Value;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{Client, Config, NoTls, RowStream, Statement};

/// Statements that wait at most; then they leave by themselves.
const READY_MAX: usize = 64;

type PgError = tokio_postgres::Error;

/// PostgreSQL keeps a transaction's locks until its commit is on the disk: a community's counter
/// would let through one filing per trip. With this, the commit gives the locks back at once and
/// [`DURABLE`] waits for the disk without them.
const UNLOCK_EARLY: &str = "set local synchronous_commit = off";

/// A message to nobody, as a transaction of its own: its commit is on the disk when all that was
/// committed before it is.
const DURABLE: &str = "select pg_logical_emit_message(true, 'lianhu', '')";

/// What is laid ready.
enum Ready {
    /// A command without parameters: `begin`.
    Command { name: &'static str, text: String },
    /// A statement that must change one row.
    One { name: &'static str, statement: Statement, values: Vec<Value>, certain: bool },
}

impl Ready {
    /// Whether it changes its row or fails: then it can be committed before its answer is read.
    fn is_certain(&self) -> bool {
        match self {
            Ready::Command { .. } => true,
            Ready::One { certain, .. } => *certain,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Ready::Command { name, .. } | Ready::One { name, .. } => name,
        }
    }

    async fn send(&self, client: &Client) -> Result<Option<u64>, PgError> {
        match self {
            Ready::Command { text, .. } => client.batch_execute(text).await.map(|()| None),
            Ready::One { statement, values, .. } => {
                client.execute_raw(statement, values).await.map(Some)
            }
        }
    }
}

/// What came back wrong: the statement's name, and what the driver says of it.
pub(super) enum Fault {
    Driver(&'static str, PgError),
    /// A statement that was laid ready did not change its one row.
    Ours(Error),
}

pub(super) struct Line {
    runtime: Runtime,
    client: Client,
    ready: Vec<Ready>,
    /// Whether the transaction's commit leaves the disk to [`DURABLE`].
    unlocks_early: bool,
}

impl Line {
    pub(super) fn connect(config: &Config) -> Result<Line, String> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| format!("no runtime: {error}"))?;
        let connected = runtime.block_on(config.connect(NoTls));
        let (client, connection) = connected.map_err(|error| super::describe(&error))?;
        // It ends with the connection; whoever uses the client is told why.
        runtime.spawn(async move { drop(connection.await) });
        Ok(Line { runtime, client, ready: Vec::new(), unlocks_early: false })
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Forgets what was laid ready and never left.
    pub(super) fn forget(&mut self) {
        self.ready.clear();
        self.unlocks_early = false;
    }

    pub(super) fn prepare(&self, sql: &Sql) -> Result<Statement, Fault> {
        let prepared = self.runtime.block_on(self.client.prepare(sql.text));
        prepared.map_err(|error| Fault::Driver(sql.name, error))
    }

    /// Lays a command ready.
    pub(super) fn command_later(&mut self, name: &'static str, text: String) {
        self.ready.push(Ready::Command { name, text });
    }

    /// Lays a statement ready that must change one row.
    pub(super) fn later(
        &mut self,
        sql: &Sql,
        statement: Statement,
        values: &[Value],
    ) -> Result<(), Fault> {
        let certain = sql.text.starts_with("insert") && !sql.text.contains("do nothing");
        self.ready.push(Ready::One { name: sql.name, statement, values: values.to_vec(), certain });
        match self.ready.len() < READY_MAX {
            true => Ok(()),
            false => self.flush(),
        }
    }

    /// Commits what is ready, and waits until the disk has it. An update that found nothing must
    /// not be committed over, so its answer is read first.
    pub(super) fn commit(&mut self) -> Result<(), Fault> {
        if !self.ready.iter().all(Ready::is_certain) {
            self.flush()?;
        }
        if !std::mem::take(&mut self.unlocks_early) {
            return self.command("db.commit", "commit");
        }
        self.command_later("db.commit", "commit".to_owned());
        self.command("db.durable", DURABLE)
    }

    /// Lets the commit give back its locks before the disk has it; it is still waited for.
    pub(super) fn unlock_early(&mut self) {
        if !std::mem::replace(&mut self.unlocks_early, true) {
            self.command_later("db.unlock_early", UNLOCK_EARLY.to_owned());
        }
    }

    /// Sends what is ready and waits for it.
    fn flush(&mut self) -> Result<(), Fault> {
        self.after_ready("", async |_| Ok(()))
    }

    /// Runs a command without parameters, behind what is ready.
    pub(super) fn command(&mut self, name: &'static str, text: &str) -> Result<(), Fault> {
        self.after_ready(name, async |client| client.batch_execute(text).await)
    }

    /// Runs a statement behind what is ready; its rows are read with [`Line::wait`].
    pub(super) fn query(
        &mut self,
        name: &'static str,
        statement: &Statement,
        values: &[Value],
    ) -> Result<RowStream, Fault> {
        self.after_ready(name, async |client| client.query_raw(statement, values).await)
    }

    /// Waits for a part of an answer.
    pub(super) fn wait<T>(&self, part: impl Future<Output = T>) -> T {
        self.runtime.block_on(part)
    }

    /// Sends what is ready and then `last`, before waiting for any answer. The first fault of
    /// the row is the one that counts: what comes behind it fails because of it.
    fn after_ready<T>(
        &mut self,
        name: &'static str,
        last: impl AsyncFnOnce(&Client) -> Result<T, PgError>,
    ) -> Result<T, Fault> {
        let ready = std::mem::take(&mut self.ready);
        let client = &self.client;
        let mut sent: Vec<Sent<'_>> = ready.iter().map(|one| Sent::new(one.send(client))).collect();
        let answer = self.runtime.block_on(async {
            let (mut last, mut answer) = (pin!(last(client)), None);
            poll_fn(|context| {
                // In their order: it is the first poll that sends.
                let mut waits = false;
                for one in &mut sent {
                    waits |= !one.is_answered(context);
                }
                if answer.is_none() {
                    match last.as_mut().poll(context) {
                        Poll::Ready(done) => answer = Some(done),
                        Poll::Pending => waits = true,
                    }
                }
                if waits { Poll::Pending } else { Poll::Ready(()) }
            })
            .await;
            answer
        });
        for (one, sent) in ready.iter().zip(sent) {
            match sent.answer {
                Some(Ok(Some(changed))) => one_row(changed).map_err(Fault::Ours)?,
                Some(Ok(None)) | None => {}
                Some(Err(error)) => return Err(Fault::Driver(one.name(), error)),
            }
        }
        let Some(answer) = answer else { unreachable!("the poll above ends with an answer") };
        answer.map_err(|error| Fault::Driver(name, error))
    }
}

type Answer = Result<Option<u64>, PgError>;

/// A statement on its way.
struct Sent<'r> {
    future: Pin<Box<dyn Future<Output = Answer> + 'r>>,
    answer: Option<Answer>,
}

impl<'r> Sent<'r> {
    fn new(future: impl Future<Output = Answer> + 'r) -> Sent<'r> {
        Sent { future: Box::pin(future), answer: None }
    }

    fn is_answered(&mut self, context: &mut Context<'_>) -> bool {
        if self.answer.is_none()
            && let Poll::Ready(answer) = self.future.as_mut().poll(context)
        {
            self.answer = Some(answer);
        }
        self.answer.is_some()
    }
}

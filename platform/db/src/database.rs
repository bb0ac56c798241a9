//! The handle that the program holds: opening, queues, and the way in and out of them.

use crate::error::{Error, Retry};
use crate::metrics::{Counters, Metrics};
use crate::statement::Sql;
use crate::tx::{Attached, Engine, Tx};
use crate::work::{Closure, Job, Message, View};
use crate::{postgres, sqlite};
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Where the data is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Url {
    /// A SQLite file; `-wal`, `-shm` and `.lock` files lie beside it.
    Sqlite(PathBuf),
    /// A PostgreSQL connection string, several hosts allowed
    /// (`postgres://lianhu@a,b,c/lianhu?target_session_attrs=read-write`).
    Postgres(String),
}

impl FromStr for Url {
    type Err = Error;

    /// `postgres://…` and `postgresql://…` are PostgreSQL; anything else is a file, with or
    /// without `sqlite:` before it.
    fn from_str(text: &str) -> Result<Url, Error> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Url::Postgres(text.to_owned()));
        }
        let path = text.strip_prefix("sqlite:").unwrap_or(text);
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() || path.contains("://") {
            return Err(Error::Unavailable("neither a file nor a postgres:// URL".to_owned()));
        }
        Ok(Url::Sqlite(path.into()))
    }
}

/// How to open a database.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the data is.
    pub url: Url,
    /// Threads that read, each with one connection.
    pub readers: usize,
    /// Threads that write on PostgreSQL, each with one connection. SQLite has always one.
    pub writers: usize,
    /// How many reads and how many writes may wait; one more is [`Error::Overloaded`].
    pub queue: usize,
    /// How long one closure may run.
    pub time_limit: Duration,
    /// Refuse to open if another process serves this SQLite file, and keep others from serving
    /// it. Commands beside a running server leave this off and wait their turn for the lock.
    pub exclusive: bool,
}

impl Config {
    /// Sensible numbers for one small machine.
    pub fn new(url: Url) -> Config {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let (readers, writers) = match &url {
            Url::Sqlite(_) => (cores.clamp(2, 8), 1),
            Url::Postgres(_) => (16, 16),
        };
        let time_limit = Duration::from_secs(10);
        Config { url, readers, writers, queue: 1024, time_limit, exclusive: false }
    }
}

/// Migrations and other work of the operator may take this long.
pub(crate) const OPERATOR_LIMIT: Duration = Duration::from_secs(3600);

/// An open database. Cheap to clone; workers end when the last clone is gone.
#[derive(Clone)]
pub struct Db {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    writes: Sender<Message>,
    reads: Sender<Message>,
    counters: Arc<Counters>,
    attached: Arc<Attached>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// How a worker tells that it is ready, or why it never will be.
pub(crate) type Ready = Sender<Result<(), Error>>;

/// What a worker is given.
pub(crate) struct Post {
    pub config: Config,
    pub queue: Receiver<Message>,
    pub counters: Arc<Counters>,
    pub attached: Arc<Attached>,
    pub ready: Ready,
}

/// A worker's life, from its first connection to the end of its queue.
type Worker = fn(Post);

impl Db {
    /// Opens the database and starts its workers; a missing SQLite file is made.
    pub fn open(config: &Config) -> Result<Db, Error> {
        let mut config = config.clone();
        config.readers = config.readers.max(1);
        config.writers = match config.url {
            Url::Sqlite(_) => 1,
            Url::Postgres(_) => config.writers.max(1),
        };
        let (writes, write_queue) = bounded(config.queue);
        let (reads, read_queue) = bounded(config.queue);
        let counters = Arc::new(Counters::default());
        let (attached, threads) = (Arc::default(), Mutex::default());
        let (writers, readers) = (config.writers, config.readers);
        let (write, read): (Worker, Worker) = match config.url {
            Url::Sqlite(_) => (sqlite::writer::run, sqlite::reader::run),
            Url::Postgres(_) => (postgres::worker::write, postgres::worker::read),
        };
        let inner = Inner { config, writes, reads, counters, attached, threads };
        let db = Db { inner: Arc::new(inner) };
        db.start("db-write", writers, &write_queue, write)?;
        db.start("db-read", readers, &read_queue, read)?;
        Ok(db)
    }

    /// Starts workers and waits until each has its connection.
    fn start(
        &self,
        name: &str,
        count: usize,
        queue: &Receiver<Message>,
        work: Worker,
    ) -> Result<(), Error> {
        let (ready, answers) = bounded(count);
        for _ in 0..count {
            let post = Post {
                config: self.inner.config.clone(),
                queue: queue.clone(),
                counters: self.inner.counters.clone(),
                attached: self.inner.attached.clone(),
                ready: ready.clone(),
            };
            let thread = std::thread::Builder::new()
                .name(name.to_owned())
                .spawn(move || work(post))
                .map_err(|error| Error::Unavailable(format!("no thread: {error}")))?;
            self.threads().push(thread);
        }
        drop(ready);
        for _ in 0..count {
            answers.recv().map_err(|_| Error::Closed)??;
        }
        Ok(())
    }

    /// Gives every later transaction of this database something of the program's to work with
    /// ([`Tx::attached`]): what opens sealed fields. Once; a second one is not taken.
    pub fn attach<T: std::any::Any + Send + Sync>(&self, attached: Arc<T>) {
        // Whoever attaches twice has opened the same handle twice: the first one stays.
        let _ = self.inner.attached.set(attached);
    }

    /// Runs `act` in a write transaction and answers once that is durable.
    ///
    /// `act` may run several times: after a lost connection, a collision, or because another
    /// closure of its batch failed. An error leaves no trace of it. If the returned future is
    /// dropped before `act` began, it never runs.
    pub async fn write<R, E, F>(&self, act: F) -> Result<R, E>
    where
        F: Fn(&mut Tx<'_>) -> Result<R, E> + Send + 'static,
        R: Send + 'static,
        E: From<Error> + Retry + Send + 'static,
    {
        self.send(&self.inner.writes, View::Latest, act).await
    }

    /// Runs `act` on committed data; it cannot write.
    ///
    /// On SQLite all its statements see one snapshot. On PostgreSQL each sees what was
    /// committed before it, which saves two round trips; see [`Db::read_snapshot`].
    pub async fn read<R, E, F>(&self, act: F) -> Result<R, E>
    where
        F: Fn(&mut Tx<'_>) -> Result<R, E> + Send + 'static,
        R: Send + 'static,
        E: From<Error> + Retry + Send + 'static,
    {
        self.send(&self.inner.reads, View::Latest, act).await
    }

    /// [`Db::read`] whose statements all see one state of the world, on both engines: for
    /// exports and sums that must add up.
    pub async fn read_snapshot<R, E, F>(&self, act: F) -> Result<R, E>
    where
        F: Fn(&mut Tx<'_>) -> Result<R, E> + Send + 'static,
        R: Send + 'static,
        E: From<Error> + Retry + Send + 'static,
    {
        self.send(&self.inner.reads, View::Snapshot, act).await
    }

    /// [`Db::write`] for commands and tests: blocks the thread.
    pub fn write_blocking<R, E, F>(&self, act: F) -> Result<R, E>
    where
        F: Fn(&mut Tx<'_>) -> Result<R, E> + Send + 'static,
        R: Send + 'static,
        E: From<Error> + Retry + Send + 'static,
    {
        self.wait(&self.inner.writes, self.inner.config.time_limit, View::Latest, act)
    }

    /// [`Db::read`] for commands and tests: blocks the thread.
    pub fn read_blocking<R, E, F>(&self, act: F) -> Result<R, E>
    where
        F: Fn(&mut Tx<'_>) -> Result<R, E> + Send + 'static,
        R: Send + 'static,
        E: From<Error> + Retry + Send + 'static,
    {
        self.wait(&self.inner.reads, self.inner.config.time_limit, View::Latest, act)
    }

    /// A write that is allowed an hour: migrations.
    pub(crate) fn write_as_operator<F>(&self, act: F) -> Result<(), Error>
    where
        F: Fn(&mut Tx<'_>) -> Result<(), Error> + Send + 'static,
    {
        self.wait(&self.inner.writes, OPERATOR_LIMIT, View::Latest, act)
    }

    /// Prepares every statement, so that a wrong one is found by a test or at the start and
    /// not by its first user. The error names the statement.
    pub fn prepare_all(&self, statements: &[Sql]) -> Result<(), Error> {
        let statements = statements.to_vec();
        self.write_blocking(move |tx| statements.iter().try_for_each(|sql| tx.prepare(sql)))
    }

    /// Which engine holds the data.
    pub fn engine(&self) -> Engine {
        match self.inner.config.url {
            Url::Sqlite(_) => Engine::Sqlite,
            Url::Postgres(_) => Engine::Postgres,
        }
    }

    /// How the database was opened.
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// The counters as they are now.
    pub fn metrics(&self) -> Metrics {
        self.inner.counters.snapshot(self.inner.writes.len(), self.inner.reads.len())
    }

    /// Moves SQLite's write-ahead log into the file and empties it. PostgreSQL looks after
    /// itself: nothing to do.
    pub fn checkpoint(&self) -> Result<(), Error> {
        match &self.inner.config.url {
            Url::Sqlite(path) => sqlite::checkpoint(path),
            Url::Postgres(_) => Ok(()),
        }
    }

    /// Writes the data anew, so that what was changed or deleted is not left in unused parts of the
    /// file (SQLite, all of it) or of these tables (PostgreSQL). Nothing else may be at work.
    pub fn scrub(&self, tables: &[&'static str]) -> Result<(), Error> {
        match &self.inner.config.url {
            Url::Sqlite(path) => sqlite::scrub(path),
            Url::Postgres(url) => postgres::scrub(url, tables),
        }
    }

    /// Ends all workers after the work that is queued now, and waits for them. Later calls on
    /// any clone answer [`Error::Closed`]. Blocks; never call it from inside a closure.
    pub fn close(&self) {
        let threads = std::mem::take(&mut *self.threads());
        if threads.is_empty() {
            return;
        }
        // A worker that ended by itself takes no message; then nobody listens, which is as good.
        for _ in 0..self.inner.config.writers {
            let _ = self.inner.writes.send(Message::Stop);
        }
        for _ in 0..self.inner.config.readers {
            let _ = self.inner.reads.send(Message::Stop);
        }
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a database worker had panicked");
            }
        }
    }

    async fn send<R, E, F>(&self, queue: &Sender<Message>, view: View, act: F) -> Result<R, E>
    where
        F: Fn(&mut Tx<'_>) -> Result<R, E> + Send + 'static,
        R: Send + 'static,
        E: From<Error> + Retry + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let work = Box::new(Closure::new(act, reply));
        let limit = self.inner.config.time_limit;
        self.enqueue(queue, Job { work, limit, queued_at: Instant::now(), view })?;
        answer.await.unwrap_or_else(|_| Err(Error::Closed.into()))
    }

    fn wait<R, E, F>(
        &self,
        queue: &Sender<Message>,
        limit: Duration,
        view: View,
        act: F,
    ) -> Result<R, E>
    where
        F: Fn(&mut Tx<'_>) -> Result<R, E> + Send + 'static,
        R: Send + 'static,
        E: From<Error> + Retry + Send + 'static,
    {
        let (reply, answer) = bounded(1);
        let work = Box::new(Closure::new(act, reply));
        self.enqueue(queue, Job { work, limit, queued_at: Instant::now(), view })?;
        answer.recv().unwrap_or_else(|_| Err(Error::Closed.into()))
    }

    fn enqueue(&self, queue: &Sender<Message>, job: Job) -> Result<(), Error> {
        queue.try_send(Message::Job(job)).map_err(|error| match error {
            TrySendError::Full(_) => {
                self.inner.counters.shed();
                Error::Overloaded
            }
            TrySendError::Disconnected(_) => Error::Closed,
        })
    }

    fn threads(&self) -> std::sync::MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.inner.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Db").field("engine", &self.engine()).finish_non_exhaustive()
    }
}

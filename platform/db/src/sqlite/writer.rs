//! SQLite's one writer: group commit.
//!
//! A batch is whatever queued up while the last commit was on its way to the disk; there is no
//! timer, so a lone write waits for nobody. Jobs of a batch run one after the other in one
//! transaction, without savepoints as long as none fails after writing. When one does, the
//! batch starts over with a savepoint around each job, and the failing one is rolled back
//! alone. Nobody is answered before the commit is durable, and a commit that fails is the
//! answer to all.

use super::log::Log;
use super::{Role, SqliteSession, open};
use crate::database::{Post, Url};
use crate::error::Error;
use crate::statement::Sql;
use crate::tx::{Session, Tx};
use crate::work::{Job, Message, Ran};
use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

/// Jobs in one commit. More would save little and keep the first one waiting.
const BATCH_JOBS_MAX: usize = 512;
/// Once a batch has run this long it commits; what still waits is the next batch.
const BATCH_TIME_MAX: Duration = Duration::from_millis(50);

static BEGIN: Sql = Sql { name: "db.begin", text: "begin immediate" };
static COMMIT: Sql = Sql { name: "db.commit", text: "commit" };
static ROLLBACK: Sql = Sql { name: "db.rollback", text: "rollback" };
static SAVEPOINT: Sql = Sql { name: "db.savepoint", text: "savepoint job" };
static RELEASE: Sql = Sql { name: "db.release", text: "release job" };
static ROLLBACK_TO: Sql = Sql { name: "db.rollback_to", text: "rollback to job" };

/// The writer's life.
pub(crate) fn run(post: Post) {
    let Url::Sqlite(path) = &post.config.url else {
        unreachable!("SQLite's workers are started for SQLite");
    };
    // Held until the thread ends, so that the next server finds this one's last commit.
    let _lock = match post.config.exclusive.then(|| lock(path)).transpose() {
        Ok(lock) => lock,
        Err(error) => return drop(post.ready.send(Err(error))),
    };
    let (mut connection, deadline) = match open(path, Role::Writer) {
        Ok(opened) => opened,
        Err(error) => return drop(post.ready.send(Err(error))),
    };
    let log = match Log::watch(&mut connection, path) {
        Ok(log) => log,
        Err(error) => return drop(post.ready.send(Err(error))),
    };
    let session = SqliteSession::new(&connection, deadline);
    // Whoever opens the database waits for this; if it left, the queue ends too.
    let _ = post.ready.send(Ok(()));
    let mut writer = Writer { session, log, post };
    while let Ok(Message::Job(first)) = writer.post.queue.recv() {
        if writer.batch(first) == Next::Stop {
            break;
        }
    }
}

/// One process at a time serves a data file.
fn lock(path: &Path) -> Result<File, Error> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file =
        File::options().create(true).truncate(false).write(true).open(&name).map_err(|error| {
            Error::Unavailable(format!("cannot open {}: {error}", name.display()))
        })?;
    file.try_lock().map_err(|_| {
        Error::InUse(format!("{} is already served by another process", path.display()))
    })?;
    Ok(file)
}

struct Writer<'c> {
    session: SqliteSession<'c>,
    log: Log,
    post: Post,
}

/// What the queue said while a batch was being filled.
#[derive(PartialEq, Eq)]
enum Next {
    Wait,
    Stop,
}

/// How a job left the transaction.
enum Left {
    /// It may be committed, or it failed without having written.
    Clean,
    /// It failed after writing, or SQLite has dropped the whole transaction.
    Dirty(Option<Error>),
}

impl Writer<'_> {
    /// Runs `first` and all that queues meanwhile, and commits.
    fn batch(&mut self, first: Job) -> Next {
        let (mut next, mut ran) = (Next::Wait, Vec::new());
        let started = Instant::now();
        if let Err(error) = self.session.exec(&BEGIN, &[]) {
            return self.refuse(first, error);
        }
        let mut waiting = Some(first);
        while let Some(mut job) = waiting.take() {
            if job.work.wanted() {
                let left = self.run(&mut job);
                match left {
                    Left::Clean => ran.push(job),
                    Left::Dirty(Some(error @ Error::TimedOut)) => {
                        // Not once more: it would hold up everybody for its limit again.
                        answer([job], &Err(error));
                        self.one_by_one(ran);
                        return next;
                    }
                    Left::Dirty(_) => {
                        ran.push(job);
                        self.one_by_one(ran);
                        return next;
                    }
                }
            }
            if ran.len() < BATCH_JOBS_MAX && started.elapsed() < BATCH_TIME_MAX {
                waiting = match self.post.queue.try_recv() {
                    Ok(Message::Job(job)) => Some(job),
                    Ok(Message::Stop) => {
                        next = Next::Stop;
                        None
                    }
                    Err(_) => None,
                };
            }
        }
        self.commit(ran);
        next
    }

    /// Answers all that wait: they stood in line as long as the first one stood at the lock.
    fn refuse(&mut self, first: Job, error: Error) -> Next {
        tracing::error!(%error, "no write can begin");
        let refusal = Err(error);
        answer([first], &refusal);
        loop {
            match self.post.queue.try_recv() {
                Ok(Message::Job(job)) => answer([job], &refusal),
                Ok(Message::Stop) => return Next::Stop,
                Err(_) => return Next::Wait,
            }
        }
    }

    /// Starts a batch over, each job in its own savepoint. SQLite itself drops the whole
    /// transaction when a write is interrupted or the disk is full; then the one that did it is
    /// answered and the others start over again, so there are at most as many rounds as jobs.
    fn one_by_one(&mut self, mut jobs: Vec<Job>) {
        while !jobs.is_empty() {
            self.post.counters.restarted();
            match self.round(&mut jobs) {
                Ok(None) => return self.commit(jobs),
                Ok(Some((at, error))) => answer([jobs.remove(at)], &Err(error)),
                Err(error) => return answer(jobs, &Err(error)),
            }
        }
        self.abandon();
    }

    /// Runs all jobs in savepoints; which one broke the transaction, if one did.
    fn round(&mut self, jobs: &mut [Job]) -> Result<Option<(usize, Error)>, Error> {
        self.abandon();
        self.session.exec(&BEGIN, &[])?;
        for (at, job) in jobs.iter_mut().enumerate() {
            self.session.exec(&SAVEPOINT, &[])?;
            let left = self.run(job);
            if let Left::Dirty(error) = left {
                if self.session.connection.is_autocommit() {
                    return match error {
                        Some(Error::Full) => Err(Error::Full),
                        error => Ok(Some((at, error.unwrap_or(Error::TimedOut)))),
                    };
                }
                self.session.exec(&ROLLBACK_TO, &[])?;
            }
            self.session.exec(&RELEASE, &[])?;
        }
        Ok(None)
    }

    fn run(&mut self, job: &mut Job) -> Left {
        let before = self.session.connection.total_changes();
        self.session.scripted = false;
        let deadline = Instant::now() + job.limit;
        self.session.deadline.set(deadline);
        let mut tx = Tx::new(&mut self.session, &self.post.attached, deadline);
        let ran = job.work.run(&mut tx);
        let error = tx.spoiled();
        self.session.deadline.lift();
        let connection = self.session.connection;
        let wrote = self.session.scripted || connection.total_changes() != before;
        match ran {
            Ran::Done => Left::Clean,
            Ran::Failed { .. } if !wrote && !connection.is_autocommit() => Left::Clean,
            Ran::Failed { .. } => Left::Dirty(error),
        }
    }

    fn commit(&mut self, jobs: Vec<Job>) {
        let started = Instant::now();
        let fate = self.session.exec(&COMMIT, &[]).map(drop);
        if let Err(error) = &fate {
            tracing::error!(%error, jobs = jobs.len(), "a commit failed; all its writes are void");
            self.abandon();
        }
        self.post.counters.committed(jobs.len(), started.elapsed());
        answer(jobs, &fate);
        self.log.committed(self.session.connection);
    }

    /// Drops the transaction if there is one.
    fn abandon(&mut self) {
        if !self.session.connection.is_autocommit()
            && let Err(error) = self.session.exec(&ROLLBACK, &[])
        {
            tracing::error!(%error, "a rollback failed");
        }
    }
}

fn answer(jobs: impl IntoIterator<Item = Job>, fate: &Result<(), Error>) {
    for job in jobs {
        job.work.answer(fate.clone());
    }
}

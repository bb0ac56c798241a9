//! PostgreSQL's workers: one thread, one connection, one transaction after the other.
//!
//! A write is a transaction at READ COMMITTED. A read runs in autocommit on a read-only
//! session, which saves two round trips, unless it asked for a snapshot. A worker whose
//! connection breaks looks for a server again, with growing pauses, while its job has patience.

use super::{PostgresSession, Role};
use crate::database::{Post, Url};
use crate::error::{Error, Retry};
use crate::tx::{Attached, Session, Tx};
use crate::work::{Job, Message, Ran, View};
use std::time::{Duration, Instant};

/// How often a closure runs at most.
const RUNS_MAX: u32 = 4;
/// How long after it was queued a job waits for a server; a planned switchover takes 3 s, and
/// people give up soon after.
const PATIENCE: Duration = Duration::from_secs(8);
/// Pauses between two attempts to connect.
const PAUSE_MIN: Duration = Duration::from_millis(20);
const PAUSE_MAX: Duration = Duration::from_millis(500);
/// After so many commits of this process the tables are analysed. A young database has no
/// statistics, and without them the planner takes any index for as good as the key; PostgreSQL's
/// own look comes a minute later and knows nothing of plans that are kept meanwhile.
const STATISTICS_AFTER: [u64; 3] = [256, 4_096, 65_536];

/// A writer's life.
pub(crate) fn write(post: Post) {
    run(post, Role::Writer);
}

/// A reader's life.
pub(crate) fn read(post: Post) {
    run(post, Role::Reader);
}

fn run(post: Post, role: Role) {
    let mut worker = Worker { post, role, session: None, statistics_due: false };
    let connected = worker.reconnect();
    // Whoever opens the database waits for this; if it left, the queue ends too.
    let _ = worker.post.ready.send(connected);
    while let Ok(Message::Job(job)) = worker.post.queue.recv() {
        worker.serve(job);
        worker.analyse_if_due();
    }
}

struct Worker {
    post: Post,
    role: Role,
    session: Option<PostgresSession>,
    statistics_due: bool,
}

/// How one run of a job ended.
enum Outcome {
    /// This is the job's fate.
    Settled(Result<(), Error>),
    /// Another run may end better; if there is none, this is its fate.
    Again(Result<(), Error>),
}

impl Worker {
    fn serve(&mut self, mut job: Job) {
        let mut runs = 0;
        while job.work.wanted() {
            runs += 1;
            match self.attempt(&mut job) {
                Outcome::Again(_) if runs < RUNS_MAX => self.post.counters.restarted(),
                Outcome::Again(fate) | Outcome::Settled(fate) => return job.work.answer(fate),
            }
        }
    }

    fn attempt(&mut self, job: &mut Job) -> Outcome {
        if let Err(error) = self.connected(job.queued_at + PATIENCE) {
            return Outcome::Settled(Err(error));
        }
        let outcome = match self.role {
            Role::Writer => self.transact(job),
            Role::Reader => self.look(job),
        };
        if self.session.as_ref().is_some_and(|session| session.is_closed()) {
            self.session = None;
        }
        outcome
    }

    fn transact(&mut self, job: &mut Job) -> Outcome {
        let limit = self.post.config.time_limit;
        let Some(session) = &mut self.session else { return Outcome::Again(Err(Error::Lost)) };
        session.begin((job.limit != limit).then_some(job.limit));
        match run_in(session, &self.post.attached, job) {
            (Ran::Done, _) => {
                let started = Instant::now();
                let committed = session.commit();
                let before = self.post.counters.committed(1, started.elapsed());
                self.statistics_due |= STATISTICS_AFTER.contains(&before);
                match committed {
                    Ok(()) => Outcome::Settled(Ok(())),
                    Err(error) => {
                        self.roll_back(Some(error.clone()));
                        again_if_retryable(error)
                    }
                }
            }
            (Ran::Failed { retry }, spoiled) => {
                self.post.counters.committed(1, Duration::ZERO);
                self.roll_back(spoiled);
                if retry { Outcome::Again(Ok(())) } else { Outcome::Settled(Ok(())) }
            }
        }
    }

    fn look(&mut self, job: &mut Job) -> Outcome {
        let Some(session) = &mut self.session else { return Outcome::Again(Err(Error::Lost)) };
        self.post.counters.read();
        if job.view == View::Snapshot {
            let begin = "begin isolation level repeatable read read only";
            if let Err(error) = session.script("db.begin", begin) {
                return again_if_retryable(error);
            }
        }
        let (ran, spoiled) = run_in(session, &self.post.attached, job);
        if job.view == View::Snapshot || spoiled == Some(Error::Lost) {
            self.roll_back(spoiled);
        }
        match ran {
            Ran::Failed { retry: true } => Outcome::Again(Ok(())),
            Ran::Failed { retry: false } | Ran::Done => Outcome::Settled(Ok(())),
        }
    }

    /// Lets the planner know how large the tables are by now. The job is answered already.
    fn analyse_if_due(&mut self) {
        if !std::mem::take(&mut self.statistics_due) {
            return;
        }
        if let Some(session) = &mut self.session
            && let Err(error) = session.script("db.analyse", "analyze")
        {
            tracing::warn!(%error, "no statistics were gathered");
        }
    }

    /// Ends a transaction without keeping it. A connection that cannot do that is given up.
    fn roll_back(&mut self, spoiled: Option<Error>) {
        let lost = spoiled == Some(Error::Lost);
        let Some(session) = &mut self.session else { return };
        if lost || session.roll_back().is_err() {
            self.session = None;
        }
    }

    /// Makes sure that there is a connection, waiting for one until `deadline`.
    fn connected(&mut self, deadline: Instant) -> Result<(), Error> {
        let mut pause = PAUSE_MIN;
        while self.session.is_none() {
            let Err(error) = self.reconnect() else { break };
            if Instant::now() + pause > deadline {
                return Err(error);
            }
            tracing::warn!(%error, "no connection to PostgreSQL");
            std::thread::sleep(pause);
            pause = (pause * 2).min(PAUSE_MAX);
        }
        Ok(())
    }

    fn reconnect(&mut self) -> Result<(), Error> {
        let Url::Postgres(url) = &self.post.config.url else {
            unreachable!("PostgreSQL's workers are started for PostgreSQL");
        };
        let limit = self.post.config.time_limit;
        self.session = Some(PostgresSession::connect(url, self.role, limit)?);
        Ok(())
    }
}

fn run_in(
    session: &mut PostgresSession,
    attached: &Attached,
    job: &mut Job,
) -> (Ran, Option<Error>) {
    let mut tx = Tx::new(session, attached, Instant::now() + job.limit);
    let ran = job.work.run(&mut tx);
    (ran, tx.spoiled())
}

fn again_if_retryable(error: Error) -> Outcome {
    match error.is_retryable() {
        true => Outcome::Again(Err(error)),
        false => Outcome::Settled(Err(error)),
    }
}

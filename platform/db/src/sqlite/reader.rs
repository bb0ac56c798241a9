//! SQLite's readers: each thread takes one read after the other.
//!
//! A connection forgets all pages it has read as soon as somebody else commits. So reads that queued
//! up together see one snapshot and share what it had to fetch: whoever asked before the snapshot
//! was taken can have been told of no later commit.

use super::{Role, SqliteSession, open};
use crate::database::{Post, Url};
use crate::metrics::Counters;
use crate::statement::Sql;
use crate::tx::{Attached, Session, Tx};
use crate::work::{Job, Message};
use crossbeam_channel::Receiver;
use std::time::Instant;

static BEGIN: Sql = Sql { name: "db.begin", text: "begin" };
static COMMIT: Sql = Sql { name: "db.commit", text: "commit" };

/// A reader's life.
pub(crate) fn run(post: Post) {
    let Url::Sqlite(path) = &post.config.url else {
        unreachable!("SQLite's workers are started for SQLite");
    };
    let (connection, deadline) = match open(path, Role::Reader) {
        Ok(opened) => opened,
        Err(error) => return drop(post.ready.send(Err(error))),
    };
    let mut session = SqliteSession::new(&connection, deadline);
    // Whoever opens the database waits for this; if it left, the queue ends too.
    let _ = post.ready.send(Ok(()));
    let Post { queue, counters, attached, ready, .. } = post;
    drop(ready);
    let mut next = Next::Wait;
    loop {
        let first = match next {
            Next::Wait => queue.recv().map_or(Next::Stop, Next::from),
            known => known,
        };
        let Next::Job(first) = first else { return };
        next = snapshot(&mut session, &queue, (&counters, &attached), first);
    }
}

/// What the queue said.
enum Next {
    Wait,
    Job(Job),
    Stop,
}

impl From<Message> for Next {
    fn from(message: Message) -> Next {
        match message {
            Message::Job(job) => Next::Job(job),
            Message::Stop => Next::Stop,
        }
    }
}

/// Reads for `first` and for all that had queued before the snapshot was taken; what came next.
fn snapshot(
    session: &mut SqliteSession<'_>,
    queue: &Receiver<Message>,
    (counters, attached): (&Counters, &Attached),
    first: Job,
) -> Next {
    let taken_at = Instant::now();
    if let Err(error) = session.exec(&BEGIN, &[]) {
        first.work.answer(Err(error));
        return Next::Wait;
    }
    let mut next = Next::Job(first);
    while let Next::Job(job) = next {
        // An interrupted read may have ended the transaction by itself.
        if job.queued_at > taken_at || session.connection.is_autocommit() {
            next = Next::Job(job);
            break;
        }
        read(session, attached, job);
        counters.read();
        next = queue.try_recv().map_or(Next::Wait, Next::from);
    }
    if !session.connection.is_autocommit()
        && let Err(error) = session.exec(&COMMIT, &[])
    {
        tracing::error!(%error, "a snapshot was not given back");
    }
    next
}

fn read(session: &mut SqliteSession<'_>, attached: &Attached, mut job: Job) {
    if !job.work.wanted() {
        return;
    }
    let deadline = Instant::now() + job.limit;
    session.deadline.set(deadline);
    job.work.run(&mut Tx::new(session, attached, deadline));
    session.deadline.lift();
    job.work.answer(Ok(()));
}

//! SQLite's readers: each thread takes one read after the other, each in its own snapshot.

use super::{Role, SqliteSession, open};
use crate::database::{Post, Url};
use crate::error::Error;
use crate::statement::Sql;
use crate::tx::{Session, Tx};
use crate::work::{Job, Message};
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
    drop(post.ready);
    while let Ok(Message::Job(mut job)) = post.queue.recv() {
        if job.work.wanted() {
            let fate = read(&mut session, &mut job);
            post.counters.read();
            job.work.answer(fate);
        }
    }
}

fn read(session: &mut SqliteSession<'_>, job: &mut Job) -> Result<(), Error> {
    let deadline = Instant::now() + job.limit;
    session.exec(&BEGIN, &[])?;
    session.deadline.set(deadline);
    job.work.run(&mut Tx::new(session, deadline));
    session.deadline.lift();
    // An interrupted read may have ended the transaction by itself.
    if session.connection.is_autocommit() {
        return Ok(());
    }
    session.exec(&COMMIT, &[]).map(drop)
}

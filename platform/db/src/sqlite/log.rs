//! Moving the write-ahead log into the file, on a thread of its own.
//!
//! Left to itself SQLite lets the writer do it: now and then everybody waits until that much has
//! been written a second time, in places all over the file. Here another thread does it while the
//! writer goes on; what was committed meanwhile is little, and the writer moves that itself, because
//! the log begins anew only when nothing is left in it.

use super::{Role, fault, open};
use crate::error::Error;
use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};
use rusqlite::Connection;
use rusqlite::wal::CheckpointMode;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;

/// Pages in the log from which it is moved: 20 MB. More would write a page that is changed again and
/// again less often, and keep the disk longer from those who commit meanwhile.
const MOVE_FROM: u32 = 10_000;
/// Pages after which a move is tried again that a long read held up.
const AGAIN_AFTER: u32 = 4_000;
/// With so many pages in the log the writer waits for the mover, so that the log ends somewhere.
const PAGES_MAX: u32 = 120_000;

/// What the mover is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mover {
    Waits,
    Moves,
}

/// The log as its writer sees it.
pub(super) struct Log {
    /// In the log after the last commit.
    pages: Arc<AtomicU32>,
    mover: Mover,
    /// The next move begins with so many pages.
    from: u32,
    /// None once the writer has ended.
    orders: Option<Sender<()>>,
    /// One message for each order.
    done: Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl Log {
    /// Watches what `connection` commits to the file at `path`; SQLite itself moves nothing any more.
    pub(super) fn watch(connection: &mut Connection, path: &Path) -> Result<Log, Error> {
        let pages = Arc::new(AtomicU32::new(0));
        let seen = pages.clone();
        let hook = move |_: &mut rusqlite::hooks::Wal, pages| {
            seen.store(u32::try_from(pages).unwrap_or_default(), Ordering::Relaxed);
            Ok(())
        };
        connection.wal_hook(Some(hook)).map_err(|error| fault("db.log", &error))?;
        let (orders, taken) = bounded(1);
        let (finished, done) = bounded(1);
        let path = path.to_owned();
        let thread = std::thread::Builder::new()
            .name("db-log".to_owned())
            .spawn(move || work(&path, &taken, &finished))
            .map_err(|error| Error::Unavailable(format!("no thread: {error}")))?;
        Ok(Log {
            pages,
            mover: Mover::Waits,
            from: MOVE_FROM,
            orders: Some(orders),
            done,
            thread: Some(thread),
        })
    }

    /// To be called after each commit, when nobody waits for its answer any more.
    pub(super) fn committed(&mut self, connection: &Connection) {
        let pages = self.pages.load(Ordering::Relaxed);
        if pages < MOVE_FROM {
            self.from = MOVE_FROM;
        }
        let moved = match self.mover {
            Mover::Waits if pages < self.from => return,
            Mover::Waits => !self.order(),
            Mover::Moves if pages >= PAGES_MAX => {
                // Either way: it has ended, or there is no mover any more.
                let _ = self.done.recv();
                true
            }
            Mover::Moves => self.done.try_recv() != Err(TryRecvError::Empty),
        };
        if moved {
            move_all(connection);
            self.mover = Mover::Waits;
            self.from = pages + AGAIN_AFTER;
        }
    }

    /// Has the mover begin; false when there is none any more, and the writer must do it.
    fn order(&mut self) -> bool {
        let taken = self.orders.as_ref().is_some_and(|orders| orders.try_send(()).is_ok());
        if taken {
            self.mover = Mover::Moves;
        }
        taken
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the mover of the log had panicked");
        }
    }
}

/// The mover's life.
fn work(path: &Path, orders: &Receiver<()>, done: &Sender<()>) {
    let mut connection = None;
    while orders.recv().is_ok() {
        if connection.is_none() {
            connection = match open(path, Role::Writer) {
                Ok((opened, _)) => Some(opened),
                Err(error) => {
                    tracing::warn!(%error, "the log is not moved, trying again");
                    None
                }
            };
        }
        if let Some(connection) = &connection {
            move_all(connection);
        }
        if done.send(()).is_err() {
            return;
        }
    }
}

/// Moves what no reader holds up; waits for nobody.
fn move_all(connection: &Connection) {
    if let Err(error) =
        connection.wal_checkpoint_v2(rusqlite::DEFAULT_NAME, CheckpointMode::PASSIVE)
    {
        // Nothing is lost: it stays in the log, and the next move takes it.
        tracing::warn!(%error, "the log was not moved, trying again");
    }
}

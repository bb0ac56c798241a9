//! A closure on its way through a queue to a worker and back to whoever waits for it.
//!
//! Workers know a closure only as `dyn Work`, so they are compiled once. A closure may run more
//! than once (a collision, a lost connection, a batch that starts over); only its last result
//! is answered, and only after the transaction was kept or dropped.

use crate::error::{Error, Retry};
use crate::tx::Tx;
use crossbeam_channel::Sender;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// How a closure ended, as far as a worker must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ran {
    /// It wants to be committed.
    Done,
    /// It must leave no trace; `retry` if another run may end better.
    Failed { retry: bool },
}

/// A closure with its result and the one who waits.
pub(crate) trait Work: Send {
    /// Whether anybody still waits for the answer.
    fn wanted(&self) -> bool;
    /// Runs the closure once and keeps its result.
    fn run(&mut self, tx: &mut Tx<'_>) -> Ran;
    /// Sends the result, or `fate`'s error in place of a success that could not be kept.
    fn answer(self: Box<Self>, fate: Result<(), Error>);
}

/// What a queue holds.
pub(crate) enum Message {
    Job(Job),
    /// The worker that takes it ends.
    Stop,
}

/// Work with its limits.
pub(crate) struct Job {
    pub work: Box<dyn Work>,
    pub limit: Duration,
    pub queued_at: Instant,
    pub view: View,
}

/// What several statements of one read see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    /// Each statement sees what was committed before it (PostgreSQL); the fastest.
    Latest,
    /// All statements see one state of the world.
    Snapshot,
}

/// The way back to the caller.
pub(crate) trait Reply<T>: Send {
    fn wanted(&self) -> bool;
    fn send(self, answer: T);
}

/// From a task: nobody waits any more once its future is dropped.
impl<T: Send> Reply<T> for oneshot::Sender<T> {
    fn wanted(&self) -> bool {
        !self.is_closed()
    }

    fn send(self, answer: T) {
        // The caller may leave at any moment; then nobody needs the answer.
        let _ = oneshot::Sender::send(self, answer);
    }
}

/// From a thread that waits until the end.
impl<T: Send> Reply<T> for Sender<T> {
    fn wanted(&self) -> bool {
        true
    }

    fn send(self, answer: T) {
        let _ = Sender::send(&self, answer);
    }
}

/// The only kind of [`Work`].
pub(crate) struct Closure<F, R, E, A> {
    act: F,
    result: Option<Result<R, E>>,
    reply: A,
}

impl<F, R, E, A> Closure<F, R, E, A> {
    pub(crate) fn new(act: F, reply: A) -> Closure<F, R, E, A> {
        Closure { act, result: None, reply }
    }
}

impl<F, R, E, A> Work for Closure<F, R, E, A>
where
    F: Fn(&mut Tx<'_>) -> Result<R, E> + Send,
    R: Send,
    E: From<Error> + Retry + Send,
    A: Reply<Result<R, E>>,
{
    fn wanted(&self) -> bool {
        self.reply.wanted()
    }

    fn run(&mut self, tx: &mut Tx<'_>) -> Ran {
        // Whatever the closure left half-done is in the transaction, and that is rolled back.
        let result = catch_unwind(AssertUnwindSafe(|| (self.act)(tx)))
            .unwrap_or_else(|_| Err(Error::Panicked.into()));
        let result = match (result, tx.spoiled()) {
            (Ok(_), Some(error)) => Err(error.into()),
            (result, _) => result,
        };
        let ran = match &result {
            Ok(_) => Ran::Done,
            Err(error) => Ran::Failed { retry: error.is_retryable() },
        };
        self.result = Some(result);
        ran
    }

    fn answer(self: Box<Self>, fate: Result<(), Error>) {
        let answer = match (self.result, fate) {
            (Some(Err(error)), _) => Err(error),
            (_, Err(error)) => Err(error.into()),
            (Some(Ok(result)), Ok(())) => Ok(result),
            (None, Ok(())) => unreachable!("only work that ran is committed"),
        };
        self.reply.send(answer);
    }
}

//! What the database did since it was opened, counted where it happens.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Counters that workers add to.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    batches: AtomicU64,
    writes: AtomicU64,
    reads: AtomicU64,
    restarts: AtomicU64,
    shed: AtomicU64,
    commit_micros: AtomicU64,
}

impl Counters {
    /// One commit of `jobs` writes took `time`; how many commits there were before it.
    pub(crate) fn committed(&self, jobs: usize, time: Duration) -> u64 {
        self.writes.fetch_add(jobs as u64, Ordering::Relaxed);
        self.commit_micros.fetch_add(time.as_micros() as u64, Ordering::Relaxed);
        self.batches.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn read(&self) {
        self.reads.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn restarted(&self) {
        self.restarts.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn shed(&self) {
        self.shed.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn snapshot(&self, write_queue: usize, read_queue: usize) -> Metrics {
        Metrics {
            write_queue,
            read_queue,
            batches: self.batches.load(Ordering::Relaxed),
            writes: self.writes.load(Ordering::Relaxed),
            reads: self.reads.load(Ordering::Relaxed),
            restarts: self.restarts.load(Ordering::Relaxed),
            shed: self.shed.load(Ordering::Relaxed),
            commit_micros: self.commit_micros.load(Ordering::Relaxed),
        }
    }
}

/// A moment's view of the counters. All but the queues only grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metrics {
    /// Writes that wait for a worker now.
    pub write_queue: usize,
    /// Reads that wait for a worker now.
    pub read_queue: usize,
    /// Commits; `writes / batches` is how many share one trip to the disk.
    pub batches: u64,
    /// Closures whose transaction ended, refused ones included.
    pub writes: u64,
    /// Reads that ran.
    pub reads: u64,
    /// Times that a closure or a batch started over.
    pub restarts: u64,
    /// Reads and writes refused because their queue was full.
    pub shed: u64,
    /// Time spent in commits, in µs.
    pub commit_micros: u64,
}

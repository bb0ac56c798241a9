//! Chance that repeats: the same seed throws the same.

use std::sync::{Mutex, PoisonError};

use fastrand::Rng;
use gate::Chance;
use kernel::Instant;
use uuid::Uuid;

/// A source of randomness for choices and ids.
pub struct Dice {
    rng: Rng,
    ids: Chance,
}

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice { rng: Rng::with_seed(seed), ids: chance(!seed) }
    }

    /// One of them.
    ///
    /// # Panics
    /// When there is none: every list of the invented world has an entry.
    pub fn pick<'l, T>(&mut self, from: &'l [T]) -> &'l T {
        &from[self.rng.usize(..from.len())]
    }

    /// From the first number up to, but not including, the second.
    pub fn between(&mut self, from: u32, to: u32) -> u32 {
        self.rng.u32(from..to)
    }

    /// How likely, in hundredths.
    pub fn happens(&mut self, percent: u32) -> bool {
        self.rng.u32(..100) < percent
    }

    pub fn id(&self, born: Instant) -> Uuid {
        self.ids.id(born)
    }
}

/// The gate's randomness for a simulated quarter.
pub fn chance(seed: u64) -> Chance {
    let rng = Mutex::new(Rng::with_seed(seed));
    Chance::from(move |bytes| {
        // A thread that panicked here left whole bytes behind.
        rng.lock().unwrap_or_else(PoisonError::into_inner).fill(bytes);
    })
}

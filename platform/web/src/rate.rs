//! Limits on guessing, per caller and purpose: a token bucket in memory.
//!
//! A limit slows the guesser, never the victim: buckets are keyed by who asks, not by what is
//! asked for.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use gate::Refusal;
use kernel::Instant;

/// Buckets kept at most; when reached the fullest half is forgotten, which only ever helps callers.
const BUCKETS_MAX: usize = 20_000;

/// One token, in the unit buckets count in.
const ONE: i64 = 1_000_000;

struct Bucket {
    tokens_micro: i64,
    at: Instant,
}

/// All buckets.
#[derive(Default)]
pub struct Limiter(Mutex<HashMap<(&'static str, String), Bucket>>);

impl Limiter {
    /// Takes one of `burst` tokens that refill at `per_minute`.
    ///
    /// # Errors
    /// [`Refusal::TooMany`] with the seconds until the next token.
    pub fn take(
        &self,
        purpose: &'static str,
        caller: &str,
        burst: u32,
        per_minute: u32,
        now: Instant,
    ) -> Result<(), Refusal> {
        self.spend(purpose, caller, (burst, per_minute), now, ONE)
    }

    /// Refuses like [`Limiter::take`] and takes nothing.
    ///
    /// # Errors
    /// [`Refusal::TooMany`] while no token is left.
    pub fn check(
        &self,
        purpose: &'static str,
        caller: &str,
        burst: u32,
        per_minute: u32,
        now: Instant,
    ) -> Result<(), Refusal> {
        self.spend(purpose, caller, (burst, per_minute), now, 0)
    }

    fn spend(
        &self,
        purpose: &'static str,
        caller: &str,
        (burst, per_minute): (u32, u32),
        now: Instant,
        price: i64,
    ) -> Result<(), Refusal> {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= BUCKETS_MAX {
            buckets.retain(|_, bucket| bucket.tokens_micro < ONE);
        }
        let full = i64::from(burst) * ONE;
        let bucket = buckets
            .entry((purpose, caller.to_owned()))
            .or_insert(Bucket { tokens_micro: full, at: now });
        let elapsed = (now.micros() - bucket.at.micros()).max(0);
        let refill = (elapsed / 60).saturating_mul(i64::from(per_minute));
        bucket.tokens_micro = bucket.tokens_micro.saturating_add(refill).min(full);
        bucket.at = now;
        if bucket.tokens_micro < ONE {
            let missing = ONE - bucket.tokens_micro;
            let seconds = missing * 60 / (i64::from(per_minute.max(1)) * ONE) + 1;
            let retry_after_seconds = u32::try_from(seconds).unwrap_or(60);
            return Err(Refusal::TooMany { retry_after_seconds });
        }
        bucket.tokens_micro -= price;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Instant {
        Instant::from_micros(1_790_000_000_000_000 + second * 1_000_000)
    }

    #[test]
    fn a_burst_is_taken_then_one_must_wait_and_tokens_come_back() {
        let limiter = Limiter::default();
        for _ in 0..5 {
            limiter.take("code", "a", 5, 6, at(0)).expect("within the burst");
        }
        let refused = limiter.take("code", "a", 5, 6, at(0));
        let Err(Refusal::TooMany { retry_after_seconds }) = refused else {
            panic!("the sixth is refused: {refused:?}");
        };
        assert!((10..=11).contains(&retry_after_seconds), "{retry_after_seconds}");
        limiter.take("code", "a", 5, 6, at(11)).expect("one came back");
        assert!(limiter.take("code", "a", 5, 6, at(11)).is_err());
    }

    #[test]
    fn one_guesser_does_not_slow_another_nor_another_purpose() {
        let limiter = Limiter::default();
        for _ in 0..2 {
            limiter.take("code", "a", 2, 1, at(0)).expect("within the burst");
        }
        assert!(limiter.take("code", "a", 2, 1, at(0)).is_err());
        limiter.take("code", "b", 2, 1, at(0)).expect("another caller");
        limiter.take("card", "a", 2, 1, at(0)).expect("another purpose");
    }

    #[test]
    fn to_check_costs_nothing_and_refuses_when_nothing_is_left() {
        let limiter = Limiter::default();
        for _ in 0..3 {
            limiter.check("code", "a", 1, 1, at(0)).expect("nothing was taken");
        }
        limiter.take("code", "a", 1, 1, at(0)).expect("the one token");
        assert!(limiter.check("code", "a", 1, 1, at(0)).is_err());
    }

    #[test]
    fn a_clock_set_back_gives_no_tokens() {
        let limiter = Limiter::default();
        limiter.take("code", "a", 1, 60, at(100)).expect("the burst");
        assert!(limiter.take("code", "a", 1, 60, at(0)).is_err());
    }
}

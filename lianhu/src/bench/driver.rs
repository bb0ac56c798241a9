//! One client of a load: a connection, a way through the data of its own, and what it measured.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use hyper::body::Bytes;
use uuid::Uuid;

use super::http::{Call, Client};
use super::scene::{Community, Scene};

/// How often a call that was sent away comes again, each time after the pause it was told.
const TRIES_MAX: u32 = 30;

/// What a client did and met.
#[derive(Default)]
pub struct Tally {
    /// Microseconds from the first byte sent to the last one received, by kind of call.
    pub micros: BTreeMap<&'static str, Vec<u32>>,
    /// Whole units of work: filings, lifecycles, reads.
    pub done: u64,
    pub errors: u64,
    /// The first error, in words.
    pub error: Option<String>,
    /// Answers 429 and 503.
    pub shed: u64,
}

impl Tally {
    pub fn add(&mut self, other: Tally) {
        for (kind, micros) in other.micros {
            self.micros.entry(kind).or_default().extend(micros);
        }
        self.done += other.done;
        self.errors += other.errors;
        self.error = self.error.take().or(other.error);
        self.shed += other.shed;
    }

    pub fn failed(&mut self, error: &anyhow::Error) {
        self.errors += 1;
        self.error.get_or_insert_with(|| format!("{error:#}"));
    }

    pub fn took(&mut self, kind: &'static str, time: Duration) {
        let micros = u32::try_from(time.as_micros()).unwrap_or(u32::MAX);
        self.micros.entry(kind).or_default().push(micros);
    }
}

/// A client at work.
pub struct Driver {
    pub client: Client,
    pub scene: Arc<Scene>,
    pub chance: fastrand::Rng,
    pub tally: Tally,
}

impl Driver {
    pub fn new(address: SocketAddr, scene: &Arc<Scene>, number: u64) -> Driver {
        Driver {
            client: Client::new(address),
            scene: scene.clone(),
            chance: fastrand::Rng::with_seed(number ^ fastrand::u64(..)),
            tally: Tally::default(),
        }
    }

    /// Any community, with all its clerks.
    pub fn community(&mut self) -> Community {
        self.scene.communities[self.chance.usize(..self.scene.communities.len())].clone()
    }

    pub fn key(&mut self) -> Uuid {
        Uuid::from_u128(self.chance.u128(..))
    }

    /// Calls until it is done, and answers the body. Only what was answered is measured.
    ///
    /// # Errors
    /// When the connection breaks, or another status than `expected` comes.
    pub async fn call(
        &mut self,
        kind: &'static str,
        call: Call<'_>,
        expected: u16,
    ) -> Result<Bytes> {
        for _ in 0..TRIES_MAX {
            let started = Instant::now();
            let reply = self.client.call(&call).await?;
            if reply.status == expected {
                self.tally.took(kind, started.elapsed());
                return Ok(reply.body);
            }
            let (429 | 503, Some(seconds)) = (reply.status, reply.retry_after) else {
                let body =
                    String::from_utf8_lossy(&reply.body).chars().take(400).collect::<String>();
                bail!("{kind}: {} instead of {expected}: {body}", reply.status);
            };
            self.tally.shed += 1;
            tokio::time::sleep(Duration::from_secs(seconds.into())).await;
        }
        bail!("{kind}: sent away {TRIES_MAX} times")
    }
}

//! What a run found, as the JSON that is printed. Times are in milliseconds.

use std::collections::BTreeMap;
use std::time::Duration;

use db::Engine;
use kernel::CommunityId;
use serde::Serialize;
use uuid::Uuid;

use super::driver::Tally;
use super::loads::{Database, Outcome, Plan};
use super::server::Usage;

#[derive(Serialize)]
pub struct Report {
    pub load: &'static str,
    pub engine: &'static str,
    pub cores: usize,
    pub clients: u32,
    /// Requests that were there before.
    pub stored: u64,
    pub communities: usize,
    /// Filings, lifecycles or reads that were done.
    pub done: u64,
    pub seconds: f64,
    pub per_second: f64,
    pub errors: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_error: Option<String>,
    /// Answers 429 and 503.
    pub shed: u64,
    /// By kind of call.
    pub calls: BTreeMap<&'static str, Latency>,
    /// Done per second of each kind, where the kinds were measured one after the other.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub kinds_per_second: BTreeMap<&'static str, f64>,
    pub server: ServerSays,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bare: Option<Bare>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overload: Option<Overload>,
}

#[derive(Serialize)]
pub struct Latency {
    count: usize,
    p50_ms: f64,
    p95_ms: f64,
    p99_ms: f64,
    max_ms: f64,
}

/// What the server says of itself, and what the system says of it.
#[derive(Serialize, Default)]
pub struct ServerSays {
    /// From the start of the process to the first good answer of `/readyz`.
    pub ready_ms: f64,
    pub resident_mb: f64,
    pub resident_peak_mb: f64,
    /// Time on a processor for each filing, lifecycle or read: what a busy machine does not change.
    pub cpu_ms_each: f64,
    /// What goes to the disk for each.
    pub written_kb_each: f64,
    /// Writes of one commit, on average.
    pub group_size: f64,
    /// Time of one commit, on average.
    pub commit_ms: f64,
    pub restarts: u64,
}

/// The same rows written by a loop around nothing but SQLite.
#[derive(Serialize)]
pub struct Bare {
    per_second: f64,
    group_size: usize,
    /// What the whole program reaches of it.
    ratio: f64,
}

#[derive(Serialize)]
pub struct Overload {
    /// Sent away without a word on when to come again, or cut off.
    pub rude: u64,
    /// From the end of the overload to the first filing in under 100 ms.
    pub recovery_ms: f64,
    /// Filings that were acknowledged.
    pub acknowledged: u64,
    /// Of those, how many are not there afterwards.
    pub lost: u64,
    #[serde(skip)]
    pub filed: Vec<(CommunityId, Uuid)>,
}

impl Report {
    pub fn new(load: &'static str, engine: Engine, plan: Plan, outcome: Outcome) -> Report {
        let Outcome { tally, time, kinds, database, overload } = outcome;
        let Tally { micros, done, errors, error, shed } = tally;
        let latency = |(kind, micros)| (kind, Latency::of(micros));
        Report {
            load,
            engine: match engine {
                Engine::Sqlite => "sqlite",
                Engine::Postgres => "postgres",
            },
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            clients: plan.clients,
            stored: 0,
            communities: 0,
            done,
            seconds: rounded(time.as_secs_f64()),
            per_second: rounded(done as f64 / time.as_secs_f64()),
            errors,
            first_error: error,
            shed,
            calls: micros.into_iter().map(latency).collect(),
            kinds_per_second: kinds.into_iter().map(|(kind, rate)| (kind, rounded(rate))).collect(),
            server: ServerSays::of(&database),
            bare: None,
            overload,
        }
    }
}

impl Latency {
    fn of(mut micros: Vec<u32>) -> Latency {
        micros.sort_unstable();
        let at = |percent: usize| {
            let place = (micros.len() * percent / 100).min(micros.len().saturating_sub(1));
            rounded(f64::from(micros.get(place).copied().unwrap_or(0)) / 1000.0)
        };
        Latency {
            count: micros.len(),
            p50_ms: at(50),
            p95_ms: at(95),
            p99_ms: at(99),
            max_ms: at(100),
        }
    }
}

impl ServerSays {
    fn of(database: &Database) -> ServerSays {
        let per_batch =
            |sum: f64| if database.batches > 0.0 { sum / database.batches } else { 0.0 };
        ServerSays {
            group_size: rounded(per_batch(database.writes)),
            commit_ms: rounded(per_batch(database.commit_micros) / 1000.0),
            restarts: database.restarts as u64,
            ..ServerSays::default()
        }
    }

    pub fn take(&mut self, ready: Duration, before: &Usage, after: &Usage, done: u64) {
        self.ready_ms = milliseconds(ready);
        self.resident_mb = rounded(after.resident_kb as f64 / 1000.0);
        self.resident_peak_mb = rounded(after.resident_peak_kb as f64 / 1000.0);
        let cpu = after.cpu.saturating_sub(before.cpu).as_secs_f64();
        self.cpu_ms_each = rounded(cpu * 1000.0 / done.max(1) as f64);
        let written = after.written_bytes.saturating_sub(before.written_bytes) as f64;
        self.written_kb_each = rounded(written / 1000.0 / done.max(1) as f64);
    }
}

impl Bare {
    pub fn new(per_second: f64, group_size: usize, program: f64) -> Bare {
        Bare { per_second: rounded(per_second), group_size, ratio: rounded(program / per_second) }
    }
}

pub fn milliseconds(time: Duration) -> f64 {
    rounded(time.as_secs_f64() * 1000.0)
}

fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

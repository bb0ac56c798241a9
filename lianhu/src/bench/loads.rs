//! The loads: what all clients do, how long it took, and what the database counted meanwhile.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use kernel::CommunityId;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::driver::{Driver, Tally};
use super::http::{Call, Client};
use super::report::{Overload, milliseconds};
use super::scene::Scene;
use super::texts;

/// No load goes on for longer, done or not.
const LOAD_MAX: Duration = Duration::from_secs(600);
/// How long the overload lasts.
const OVERLOAD: Duration = Duration::from_secs(10);
/// How long a server may take to be ready again.
const RECOVERY_MAX: Duration = Duration::from_secs(60);
/// What counts as recovered.
const QUICK: Duration = Duration::from_millis(100);
/// A client that meets nothing but errors gives up after so many.
const ERRORS_MAX: u64 = 20;

/// How much is to be done.
#[derive(Clone, Copy)]
pub struct Plan {
    pub clients: u32,
    pub requests: u64,
}

/// What came of it.
pub struct Outcome {
    pub tally: Tally,
    pub time: Duration,
    /// Done per second by kind, where kinds were measured one after the other.
    pub kinds: Vec<(&'static str, f64)>,
    pub database: Database,
    pub overload: Option<Overload>,
}

/// What the database counted, as `/metrics` says it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Database {
    pub batches: f64,
    pub writes: f64,
    pub restarts: f64,
    pub commit_micros: f64,
}

/// What one client does again and again.
#[derive(Debug, Clone, Copy)]
enum Work {
    File,
    Lifecycle,
    Read(Reading),
}

/// The kinds of look.
#[derive(Debug, Clone, Copy)]
enum Reading {
    /// The newest fifty as JSON.
    List,
    /// The same as a whole page.
    Page,
    /// The newest that have a word.
    Search,
    /// What waits for a clerk.
    Inbox,
    /// A clerk's first page.
    Home,
    /// One request with its timeline.
    Request,
    /// Any of the first three.
    Mixed,
}

const READINGS: [(Reading, &str); 7] = [
    (Reading::List, "list"),
    (Reading::Page, "page"),
    (Reading::Search, "search"),
    (Reading::Inbox, "inbox"),
    (Reading::Home, "home"),
    (Reading::Request, "request"),
    (Reading::Mixed, "mixed"),
];

#[derive(Deserialize)]
struct Listed<T> {
    items: Vec<T>,
}

#[derive(Deserialize)]
struct Identified {
    id: Uuid,
}

/// Waits until the server says that it is ready; how long that took since its start.
pub async fn ready(address: SocketAddr, listening: Duration) -> Result<Duration> {
    let since = Instant::now();
    let mut client = Client::new(address);
    while client.call(&Call::get("", "/readyz")).await?.status != 200 {
        ensure!(since.elapsed() < RECOVERY_MAX, "the server is never ready");
    }
    Ok(listening + since.elapsed())
}

pub async fn intake(address: SocketAddr, scene: &Arc<Scene>, plan: Plan) -> Result<Outcome> {
    whole(address, scene, plan, Work::File).await
}

pub async fn lifecycle(address: SocketAddr, scene: &Arc<Scene>, plan: Plan) -> Result<Outcome> {
    whole(address, scene, plan, Work::Lifecycle).await
}

/// Each kind by itself; the rate of all is that of the mixed one.
pub async fn read(address: SocketAddr, scene: &Arc<Scene>, plan: Plan) -> Result<Outcome> {
    let mut all: Option<Outcome> = None;
    let mut kinds = Vec::new();
    for (reading, name) in READINGS {
        let mut one = whole(address, scene, plan, Work::Read(reading)).await?;
        kinds.push((name, one.tally.done as f64 / one.time.as_secs_f64()));
        if let Some(before) = all.take() {
            let done = one.tally.done;
            one.tally.add(before.tally);
            one.tally.done = done;
        }
        all = Some(one);
    }
    let mut outcome = all.context("there is always something to read")?;
    outcome.kinds = kinds;
    Ok(outcome)
}

async fn whole(address: SocketAddr, scene: &Arc<Scene>, plan: Plan, work: Work) -> Result<Outcome> {
    let before = Database::read(address).await?;
    let left = Arc::new(AtomicU64::new(plan.requests));
    let started = Instant::now();
    let mut clients = Vec::new();
    for number in 0..plan.clients {
        let (driver, left) = (Driver::new(address, scene, number.into()), left.clone());
        clients.push(tokio::spawn(repeat(driver, work, left, started + LOAD_MAX)));
    }
    let mut tally = Tally::default();
    for client in clients {
        tally.add(client.await?);
    }
    let time = started.elapsed();
    let database = Database::read(address).await?.since(&before);
    Ok(Outcome { tally, time, kinds: Vec::new(), database, overload: None })
}

async fn repeat(mut driver: Driver, work: Work, left: Arc<AtomicU64>, until: Instant) -> Tally {
    let one_less = |left: u64| left.checked_sub(1);
    while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok() {
        let done = match work {
            Work::File => driver.file().await.map(drop),
            Work::Lifecycle => driver.lifecycle().await,
            Work::Read(reading) => driver.read(reading).await,
        };
        match done {
            Ok(()) => driver.tally.done += 1,
            Err(error) => driver.tally.failed(&error),
        }
        if driver.tally.errors >= ERRORS_MAX || Instant::now() > until {
            break;
        }
    }
    driver.tally
}

impl Driver {
    /// A filing with nothing but the words.
    async fn file(&mut self) -> Result<(CommunityId, Uuid)> {
        let community = self.community();
        let (key, body) = (self.key(), json!({ "text": texts::request(&mut self.chance) }));
        let call = Call::post(&community.clerks[0].token, "/api/requests", key, &body);
        let filed: Json = serde_json::from_slice(&self.call("file", call, 201).await?)?;
        let id = filed["id"].as_str().context("a filing without id")?.parse()?;
        ensure!(filed["query_code"].is_string() && filed["number"].is_string(), "{filed}");
        Ok((community.id, id))
    }

    async fn lifecycle(&mut self) -> Result<()> {
        let [handler, other] = self.community().clerks;
        let (text, mark) = texts::marked(&mut self.chance);
        let (key, body) = (self.key(), json!({ "text": text }));
        let call = Call::post(&handler.token, "/api/requests", key, &body);
        let filed: Identified = serde_json::from_slice(&self.call("file", call, 201).await?)?;
        let acts = [
            ("triage", &handler.token, json!({ "mode": "assisted", "assign_to": handler.account })),
            ("answer", &handler.token, json!({ "text": "已经派人处理好了，请您看看。" })),
            (
                "verification",
                &other.token,
                json!({ "contacted": true, "solved": true, "satisfied": true }),
            ),
            ("closure", &other.token, json!({})),
        ];
        let mut stage = Json::Null;
        for (act, token, body) in acts {
            let path = format!("/api/requests/{}/{act}", filed.id);
            let call = Call::post(token, &path, self.key(), &body);
            let done: Json = serde_json::from_slice(&self.call(act, call, 200).await?)?;
            stage = done["stage"].clone();
        }
        ensure!(stage == "closed", "the last act leaves it {stage}");
        let path = format!("/api/requests?q={}", encoded(&mark));
        let found = self.call("find", Call::get(&other.token, &path), 200).await?;
        let found: Listed<Identified> = serde_json::from_slice(&found)?;
        ensure!(found.items.iter().any(|one| one.id == filed.id), "{mark} is not found");
        Ok(())
    }

    async fn read(&mut self, reading: Reading) -> Result<()> {
        let token = self.community().clerks[0].token.clone();
        match reading {
            Reading::List => self.list(&token).await,
            Reading::Page => self.page("page", &token, "/requests").await,
            Reading::Search => self.search(&token).await,
            Reading::Inbox => self.page("inbox", &token, "/inbox").await,
            Reading::Home => self.page("home", &token, "/").await,
            Reading::Request => self.request(&token).await,
            Reading::Mixed => match self.chance.u32(..3) {
                0 => self.list(&token).await,
                1 => self.page("page", &token, "/requests").await,
                _ => self.search(&token).await,
            },
        }
    }

    async fn list(&mut self, token: &str) -> Result<()> {
        let body = self.call("list", Call::get(token, "/api/requests?limit=50"), 200).await?;
        let list: Listed<IgnoredAny> = serde_json::from_slice(&body)?;
        ensure!(!list.items.is_empty(), "an empty list");
        Ok(())
    }

    async fn search(&mut self, token: &str) -> Result<()> {
        let word = texts::SEARCHED[self.chance.usize(..texts::SEARCHED.len())];
        let path = format!("/api/requests?q={}", encoded(word));
        let body = self.call("search", Call::get(token, &path), 200).await?;
        serde_json::from_slice::<Listed<IgnoredAny>>(&body)?;
        Ok(())
    }

    /// One of the newest, as a page. Finding out which there are is not measured.
    async fn request(&mut self, token: &str) -> Result<()> {
        let list = self.client.call(&Call::get(token, "/api/requests?limit=1")).await?;
        let list: Listed<Identified> = serde_json::from_value(list.json(200)?)?;
        let id = list.items.first().context("nothing to show")?.id;
        self.page("request", token, &format!("/requests/{id}")).await
    }

    async fn page(&mut self, kind: &'static str, token: &str, path: &str) -> Result<()> {
        let body = self.call(kind, Call::get(token, path), 200).await?;
        ensure!(body.trim_ascii_end().ends_with(b"</html>"), "{path} is no whole page");
        Ok(())
    }
}

/// Files with all clients for a while and without any pause, whatever the answer; then waits
/// until the server is its old self.
pub async fn overload(address: SocketAddr, scene: &Arc<Scene>, plan: Plan) -> Result<Outcome> {
    let before = Database::read(address).await?;
    let started = Instant::now();
    let mut clients = Vec::new();
    for number in 0..plan.clients {
        let driver = Driver::new(address, scene, number.into());
        clients.push(tokio::spawn(hammer(driver, started + OVERLOAD)));
    }
    let (mut tally, mut rude, mut filed) = (Tally::default(), 0, Vec::new());
    for client in clients {
        let (one, rudely, acknowledged) = client.await?;
        tally.add(one);
        rude += rudely;
        filed.extend(acknowledged);
    }
    let time = started.elapsed();
    let recovery = recover(address, scene).await?;
    let database = Database::read(address).await?.since(&before);
    let overload = Overload {
        rude,
        recovery_ms: milliseconds(recovery),
        acknowledged: filed.len() as u64,
        lost: 0,
        filed,
    };
    Ok(Outcome { tally, time, kinds: Vec::new(), database, overload: Some(overload) })
}

async fn hammer(mut driver: Driver, until: Instant) -> (Tally, u64, Vec<(CommunityId, Uuid)>) {
    let (mut rude, mut filed) = (0, Vec::new());
    while Instant::now() < until {
        let community = driver.community();
        let body = json!({ "text": texts::request(&mut driver.chance) });
        let key = driver.key();
        let call = Call::post(&community.clerks[0].token, "/api/requests", key, &body);
        let sent = Instant::now();
        match driver.client.call(&call).await {
            Ok(reply) if reply.status == 201 => {
                driver.tally.took("file", sent.elapsed());
                driver.tally.done += 1;
                if let Ok(one) = serde_json::from_slice::<Identified>(&reply.body) {
                    filed.push((community.id, one.id));
                }
            }
            Ok(reply) if matches!(reply.status, 429 | 503) => {
                driver.tally.shed += 1;
                rude += u64::from(reply.retry_after.is_none());
            }
            Ok(reply) => {
                driver.tally.failed(&anyhow::anyhow!("answered {}", reply.status));
            }
            // Refused or cut off: no harm, but no manners either.
            Err(_) => rude += 1,
        }
    }
    (driver.tally, rude, filed)
}

/// How long until a filing takes no longer than it should.
async fn recover(address: SocketAddr, scene: &Arc<Scene>) -> Result<Duration> {
    let since = Instant::now();
    let mut driver = Driver::new(address, scene, 0);
    loop {
        let tried = Instant::now();
        let done = driver.file().await;
        if done.is_ok() && tried.elapsed() < QUICK {
            return Ok(tried.duration_since(since));
        }
        ensure!(since.elapsed() < RECOVERY_MAX, "the server does not recover");
    }
}

impl Database {
    async fn read(address: SocketAddr) -> Result<Database> {
        let reply = Client::new(address).call(&Call::get("", "/metrics")).await?;
        let text = String::from_utf8_lossy(&reply.body).into_owned();
        let value = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            line.and_then(|value| value.parse::<f64>().ok()).unwrap_or_default()
        };
        Ok(Database {
            batches: value("lianhu_db_batches_total"),
            writes: value("lianhu_db_writes_total"),
            restarts: value("lianhu_db_restarts_total"),
            commit_micros: value("lianhu_db_commit_micros_total"),
        })
    }

    fn since(&self, before: &Database) -> Database {
        Database {
            batches: self.batches - before.batches,
            writes: self.writes - before.writes,
            restarts: self.restarts - before.restarts,
            commit_micros: self.commit_micros - before.commit_micros,
        }
    }
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

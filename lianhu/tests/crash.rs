//! The crash test: under load the program is killed with SIGKILL at random moments, again and
//! again on the same data; on PostgreSQL the database is killed under a program that stays up.
//!
//! Kept for a stage of its own (`cargo xtask test --only crash`) because it takes a minute.
//! `LIANHU_CRASH_ROUNDS` says how often (30), `LIANHU_CRASH_SEED` repeats a run's choices. What
//! must hold after each kill is in `crash/oracle.rs`, what the clients do in `crash/client.rs`.

#[path = "crash/client.rs"]
mod client;
#[path = "../src/bench/http.rs"]
mod http;
#[path = "crash/oracle.rs"]
mod oracle;
#[path = "../src/bench/server.rs"]
#[allow(dead_code, reason = "the bench measures memory and readiness too")]
mod server;

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use client::{Client, Killed};
use db::Url;
use db::private_postgres::{self, Options};
use oracle::Oracle;
use server::Server;

const PROGRAM: &str = env!("CARGO_BIN_EXE_lianhu");

/// Clients at work when the kill comes.
const CLIENTS: usize = 12;

/// A database takes seconds to come back, so it is killed less often.
const ROUNDS_PER_DATABASE_KILL: u32 = 6;
const DATABASE_KILLS_MIN: u32 = 5;

#[test]
#[ignore = "takes a minute: cargo xtask test --only crash"]
fn sqlite_keeps_its_word_when_the_program_is_killed() {
    let data = tempfile::tempdir().expect("a folder");
    let at = ["--data", data.path().to_str().expect("a path of letters")];
    let mut chance = chance();
    let mut clients = clients(&at, Killed::Program, &mut chance);
    let oracle = Oracle::new(Url::Sqlite(data.path().join("lianhu.db")));
    let runtime = runtime();
    for round in 1..=rounds() {
        let mut server = Server::start(Path::new(PROGRAM), &at).expect("it starts again");
        oracle.check(&clients);
        let work = runtime.spawn(load(std::mem::take(&mut clients), server.address));
        std::thread::sleep(Duration::from_millis(chance.u64(20..400)));
        server.kill().expect("it is killed");
        clients = runtime.block_on(work).expect("no client fails");
        eprintln!("round {round}: {} acknowledged", client::acknowledged(&clients));
    }
    let server = Server::start(Path::new(PROGRAM), &at).expect("it starts again");
    oracle.check(&clients);
    let clients = runtime.block_on(settle(clients, server.address));
    oracle.check(&clients);
    runtime.block_on(client::find_all(&clients, server.address));
    verify_journal(&at);
}

#[test]
#[ignore = "takes a minute: cargo xtask test --only crash"]
fn postgres_keeps_its_word_when_the_database_is_killed() {
    let data = tempfile::tempdir().expect("a folder");
    let place = tempfile::tempdir().expect("a folder");
    let durable = Options { fsync: true };
    let mut postgres = private_postgres::Server::start_with(place.path(), durable)
        .unwrap_or_else(|error| panic!("{error}"));
    let database = postgres.fresh_database().expect("a fresh database");
    let at =
        ["--data", data.path().to_str().expect("a path of letters"), "--database", &database.url];
    let mut chance = chance();
    let mut clients = clients(&at, Killed::Database, &mut chance);
    let oracle = Oracle::new(Url::Postgres(database.url.clone()));
    let runtime = runtime();
    let server = Server::start(Path::new(PROGRAM), &at).expect("it starts");
    for round in 1..=(rounds() / ROUNDS_PER_DATABASE_KILL).max(DATABASE_KILLS_MIN) {
        let stop = Arc::new(AtomicBool::new(false));
        let work = work_until(std::mem::take(&mut clients), server.address, stop.clone());
        let work = runtime.spawn(work);
        std::thread::sleep(Duration::from_millis(chance.u64(200..800)));
        postgres.kill().expect("the database is killed");
        std::thread::sleep(Duration::from_millis(chance.u64(0..500)));
        postgres.restart().expect("the database starts again");
        std::thread::sleep(Duration::from_millis(500));
        stop.store(true, Ordering::Relaxed);
        clients = runtime.block_on(work).expect("no client fails");
        oracle.check(&clients);
        eprintln!("round {round}: {} acknowledged", client::acknowledged(&clients));
    }
    let clients = runtime.block_on(settle(clients, server.address));
    oracle.check(&clients);
    runtime.block_on(client::find_all(&clients, server.address));
    verify_journal(&at);
}

/// Each client works until its connection breaks.
async fn load(clients: Vec<Client>, server: SocketAddr) -> Vec<Client> {
    work_until(clients, server, Arc::new(AtomicBool::new(false))).await
}

async fn work_until(
    clients: Vec<Client>,
    server: SocketAddr,
    stop: Arc<AtomicBool>,
) -> Vec<Client> {
    let mut at_work = Vec::new();
    for mut client in clients {
        let stop = stop.clone();
        at_work.push(tokio::spawn(async move {
            client.work(server, &stop).await;
            client
        }));
    }
    let mut clients = Vec::new();
    for client in at_work {
        clients.push(client.await.expect("a client fails"));
    }
    clients
}

/// Whatever was not acknowledged is sent once more, under the key it had.
async fn settle(mut clients: Vec<Client>, server: SocketAddr) -> Vec<Client> {
    for client in &mut clients {
        client.settle(server).await;
    }
    clients
}

fn clients(at: &[&str], killed: Killed, chance: &mut fastrand::Rng) -> Vec<Client> {
    lianhu(&["init", "--name", "石狮社区"], at);
    let token = || lianhu(&["token", "--role", "clerk"], at);
    let tokens = [token(), token()];
    (0..CLIENTS).map(|number| Client::new(number, tokens.clone(), killed, chance.fork())).collect()
}

fn verify_journal(at: &[&str]) {
    // Its exit code says that the log is whole.
    let said = lianhu(&["journal", "verify"], at);
    assert!(said.ends_with(" requests with promises are as their events left them"), "{said}");
}

/// Runs a command of the program; the last line it prints.
fn lianhu(arguments: &[&str], at: &[&str]) -> String {
    let output = Command::new(PROGRAM)
        .args(arguments)
        .args(at)
        .env("LIANHU_LOG", "warn")
        .output()
        .expect("the program runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}{complaint}");
    said.lines().last().unwrap_or_default().to_owned()
}

fn rounds() -> u32 {
    let wanted = std::env::var("LIANHU_CRASH_ROUNDS").ok();
    wanted.map_or(30, |rounds| rounds.parse().expect("LIANHU_CRASH_ROUNDS is a number"))
}

fn chance() -> fastrand::Rng {
    let wanted = std::env::var("LIANHU_CRASH_SEED").ok();
    let seed = wanted.map_or_else(
        || fastrand::u64(..),
        |seed| seed.parse().expect("LIANHU_CRASH_SEED is a number"),
    );
    eprintln!("LIANHU_CRASH_SEED={seed}");
    fastrand::Rng::with_seed(seed)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime starts")
}

//! Killed servers and killed processes: what was acknowledged is there, what was not may be run
//! again.

use crate::engines::{ACCOUNTS, ADD_ONCE, Place, add, count};
use db::private_postgres::{Options, Server};
use db::{Config, Db, Error, Migration, Url, params};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Names the file that a child process of these tests works on until it is killed.
const CHILD_FILE: &str = "LIANHU_DB_TEST_CHILD_FILE";

#[test]
fn acknowledged_writes_survive_the_postmaster_being_killed() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Server::start_with(&dir.path().join("pg"), Options { fsync: true }).unwrap();
    let database = server.fresh_database().unwrap();
    let place = Url::Postgres(database.url.clone());
    let db = Db::open(&Config { readers: 1, writers: 4, ..Config::new(place) }).unwrap();
    db.migrate(&[ACCOUNTS]).unwrap();
    let next = Arc::new(AtomicI64::new(0));
    let writers: Vec<_> = (0..4)
        .map(|_| {
            let (db, next) = (db.clone(), next.clone());
            std::thread::spawn(move || {
                let mut acknowledged = Vec::new();
                loop {
                    let id = next.fetch_add(1, Ordering::Relaxed);
                    if id >= 2000 {
                        return acknowledged;
                    }
                    // `do nothing`, because a commit whose answer was lost is run again.
                    let answer: Result<u64, Error> = db.write_blocking(move |tx| {
                        tx.exec(&ADD_ONCE, &params![id, format!("account {id}"), 0])
                    });
                    if answer.is_ok() {
                        acknowledged.push(id);
                    }
                }
            })
        })
        .collect();
    while next.load(Ordering::Relaxed) < 200 {
        std::thread::yield_now();
    }
    server.kill().unwrap();
    server.restart().unwrap();
    let acknowledged: usize = writers.into_iter().map(|writer| writer.join().unwrap().len()).sum();
    assert_eq!(acknowledged, 2000, "the workers found the server again");
    assert_eq!(count(&db), 2000);
    assert!(db.metrics().restarts > 0);
    db.close();
}

#[test]
fn an_unreachable_server_is_told_when_opening() {
    let url = Url::Postgres("postgres://postgres@127.0.0.1:1/postgres".to_owned());
    assert!(matches!(Db::open(&Config::new(url)), Err(Error::Unavailable(_))));
}

const SLOW: Migration = Migration {
    module: "bank",
    number: 2,
    name: "slow",
    sql: "create table first(id {int});
          insert into first(id) with recursive n(i) as (select 1 union all select i + 1 from n
              where i < 1000000000) select i from n;",
};

/// Run by the tests below in a process of its own, which they kill; does nothing otherwise.
#[test]
fn child() {
    let Ok(file) = std::env::var(CHILD_FILE) else { return };
    let url: Url = file.parse().unwrap();
    let db = Db::open(&Config { readers: 1, writers: 1, ..Config::new(url) }).unwrap();
    db.migrate(&[ACCOUNTS]).unwrap();
    eprintln!("ready");
    if std::env::args().any(|arg| arg == "--exact") && std::env::var("MIGRATE").is_ok() {
        db.migrate(&[ACCOUNTS, SLOW]).unwrap();
    }
    for id in 0.. {
        db.write_blocking(move |tx| add(tx, id, 0)).unwrap();
        eprintln!("acknowledged {id}");
    }
}

fn start_child(url: &str, migrate: bool) -> std::process::Child {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "faults::child", "--nocapture"]).env(CHILD_FILE, url);
    if migrate {
        child.env("MIGRATE", "yes");
    }
    child.stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn acknowledged_writes_survive_the_process_being_killed() {
    let place = Place::sqlite();
    let Url::Sqlite(path) = &place.url else { unreachable!() };
    let mut child = start_child(path.to_str().unwrap(), false);
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut acknowledged = 0;
    for line in &mut lines {
        let line = line.unwrap();
        if let Some((_, id)) = line.split_once("acknowledged ") {
            acknowledged = id.parse::<i64>().unwrap() + 1;
        }
        if acknowledged == 100 {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(acknowledged >= 100);
    assert!(count(&place.open()) >= acknowledged);
}

#[test]
fn an_upgrade_killed_halfway_has_not_happened() {
    for (place, url) in [Place::sqlite(), Place::postgres()].into_iter().map(|place| {
        let url = match &place.url {
            Url::Sqlite(path) => path.to_str().unwrap().to_owned(),
            Url::Postgres(url) => url.clone(),
        };
        (place, url)
    }) {
        let mut child = start_child(&url, true);
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        lines.find(|line| line.as_ref().unwrap().ends_with("ready")).unwrap().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(300));
        child.kill().unwrap();
        child.wait().unwrap();
        let db = place.open();
        let sql = "create table first(id {int});";
        db.migrate(&[ACCOUNTS, Migration { sql, ..SLOW }]).unwrap();
    }
}

#[test]
fn a_file_locked_by_another_process_refuses_all_who_wait_at_once() {
    let place = Place::sqlite();
    let db = place.open_with_accounts();
    let Url::Sqlite(path) = &place.url else { unreachable!() };
    let other = rusqlite::Connection::open(path).unwrap();
    other.execute_batch("begin immediate").unwrap();
    let started = std::time::Instant::now();
    let writers: Vec<_> = (0..4)
        .map(|id| {
            let db = db.clone();
            std::thread::spawn(move || db.write_blocking(move |tx| add(tx, id, 0)))
        })
        .collect();
    for writer in writers {
        assert!(matches!(writer.join().unwrap(), Err(Error::Unavailable(_))));
    }
    // One wait at the lock takes 5 s; one for each would take 20.
    assert!(started.elapsed() < std::time::Duration::from_secs(15));
    other.execute_batch("rollback").unwrap();
    // Whoever comes while the writer still turns away those who waited is turned away with them.
    let refused = |written: &Result<(), Error>| matches!(written, Err(Error::Unavailable(_)));
    let mut written = db.write_blocking(|tx| add(tx, 1, 0));
    while refused(&written) && started.elapsed() < std::time::Duration::from_secs(30) {
        written = db.write_blocking(|tx| add(tx, 1, 0));
    }
    written.unwrap();
    assert_eq!(count(&db), 1);
}

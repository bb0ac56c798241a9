//! SQLite's log ends somewhere, and is moved while people write and read.

use crate::engines::Place;
use db::{Db, Error, Migration, params};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

const PAPERS: Migration = Migration {
    module: "papers",
    number: 1,
    name: "papers",
    sql: "create table papers(id {int} primary key, body {bytes} not null);",
};

db::sql! { module "wal";
    PUT = "insert into papers(id, body) values ($1, $2) on conflict (id) do update set body = $2";
    ALL = "select count(*), count(distinct length(body)), max(id) from papers";
    OWN = "select body from papers where id = $1";
}

/// 200 MB go through the log, a megabyte at a time.
const PAPERS_WRITTEN: i64 = 200;
const PAPER: usize = 1_000_000;

fn write_all(db: &Db) {
    for n in 0..PAPERS_WRITTEN {
        // The same twenty again and again: the file stays small, the log does not.
        let paper =
            move |tx: &mut db::Tx<'_>| tx.exec(&PUT, &params![n % 20, vec![n as u8; PAPER]]);
        db.write_blocking(paper).unwrap();
    }
}

fn read_all(db: &Db) -> (i64, i64) {
    let seen: Result<_, Error> = db.read_blocking(|tx| {
        let row = tx.row(&ALL, &[])?.ok_or(Error::Conflict)?;
        Ok((row.int(0)?, row.int(1)?))
    });
    seen.unwrap()
}

#[test]
fn the_log_begins_anew_while_people_write_and_read() {
    let place = Place::sqlite();
    let db = place.open();
    db.migrate(&[PAPERS]).unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let reading: JoinHandle<u32> = std::thread::spawn({
        let (db, done) = (db.clone(), done.clone());
        move || {
            let mut reads = 0;
            while !done.load(Ordering::Relaxed) {
                let (count, lengths) = read_all(&db);
                assert!(count <= 20 && lengths <= 1, "half a paper was seen");
                reads += 1;
            }
            reads
        }
    });
    write_all(&db);
    done.store(true, Ordering::Relaxed);
    assert!(reading.join().unwrap() > 10, "somebody read meanwhile");
    let log = place.dir.path().join("test.db-wal").metadata().unwrap().len();
    assert!(log < 100_000_000, "200 MB were written, and the log has {log}");
    db.close();
    let db = place.open();
    assert_eq!(read_all(&db), (20, 1));
}

#[test]
fn a_read_that_begins_after_an_answer_sees_what_was_answered() {
    let place = Place::sqlite();
    let db = place.open();
    db.migrate(&[PAPERS]).unwrap();
    let threads: Vec<_> = (0..16_i64)
        .map(|mine| {
            let db = db.clone();
            std::thread::spawn(move || {
                for round in 1..=40_u8 {
                    let paper =
                        move |tx: &mut db::Tx<'_>| tx.exec(&PUT, &params![mine, vec![round]]);
                    db.write_blocking(paper).unwrap();
                    let seen: Result<Vec<u8>, Error> = db.read_blocking(move |tx| {
                        let row = tx.row(&OWN, &params![mine])?.ok_or(Error::Conflict)?;
                        Ok(row.bytes(0)?.to_vec())
                    });
                    assert_eq!(seen.unwrap(), [round], "what was acknowledged is seen");
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

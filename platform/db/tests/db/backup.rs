//! Backups are whole, consistent while writes go on, and can be restored.

use crate::engines::{ACCOUNTS, BALANCE, NAMES, Place, add, count, each_engine};
use db::{Config, Db, Error, Migration, Url, params, search};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use uuid::Uuid;

/// Tables in an order that a dump must not keep: the child's name sorts before its parent's.
const PAYMENTS: Migration = Migration {
    module: "bank",
    number: 2,
    name: "payments",
    sql: "create table a_payment(id {int} not null primary key, note text, data {json},
              receipt {bytes}, payer {int} not null references account(id));
          insert into account(id, name, balance) values (1000, 'the bank', 0);
          {search notes_search};",
};

db::sql! {
    module "backup";
    PAY = "insert into a_payment(id, note, data, receipt, payer) values ($1, $2, $3, $4, $5)";
    PAYMENT = "select note, data, receipt from a_payment where id = $1";
    MOVE = "update account set balance = balance + $2 where id = $1";
    TOTAL = "select (select sum(balance) from account) + (select count(*) from a_payment)";
}

fn filled(place: &Place) -> Db {
    let db = place.open();
    db.migrate(&[ACCOUNTS, PAYMENTS]).unwrap();
    db.write_blocking(|tx| {
        (0..500).try_for_each(|n| add(tx, n, 1000))?;
        let data = db::Value::Json("{}".to_owned());
        let note = "行\n\\.\n\t\\N 电梯";
        tx.exec_one(&PAY, &params![1, note, data, vec![0_u8, 255], 7])?;
        tx.exec_one(&PAY, &params![2, db::Value::Null, db::Value::Null, db::Value::Null, 7])?;
        let terms = ["k1电梯".to_owned()];
        search::put(tx, "notes_search", Uuid::nil(), Uuid::from_u128(5), &terms)
    })
    .unwrap();
    db
}

/// An empty place of the same engine as `url`.
fn elsewhere(url: &Url) -> Place {
    match url {
        Url::Sqlite(_) => Place::sqlite(),
        Url::Postgres(_) => Place::postgres(),
    }
}

#[test]
fn a_backup_restores_to_the_same_data() {
    each_engine(|place| {
        let db = filled(place);
        let file = place.dir.path().join("backup");
        let mut last = None;
        db.backup_to(&file, |progress| last = Some(progress)).unwrap();
        let last = last.unwrap();
        assert!(last.total > 0 && last.done == last.total);
        let other = elsewhere(&place.url);
        db::restore(&file, &other.url).unwrap();
        let copy = other.open();
        copy.migrate(&[ACCOUNTS, PAYMENTS]).unwrap();
        assert_eq!(count(&copy), 501);
        copy.read_blocking(|tx| {
            let row = tx.row(&PAYMENT, &params![1])?.unwrap();
            assert_eq!(row.text(0)?, "行\n\\.\n\t\\N 电梯");
            assert_eq!((row.text(1)?, row.bytes(2)?), ("{}", &[0, 255][..]));
            let row = tx.row(&PAYMENT, &params![2])?.unwrap();
            assert_eq!((row.opt_text(0)?, row.opt_bytes(2)?), (None, None));
            let query = [vec![vec!["k1电梯".to_owned()]]];
            let found = search::find(tx, "notes_search", Uuid::nil(), &query, None, 9)?;
            assert_eq!(found, [Uuid::from_u128(5)]);
            Ok::<_, Error>(())
        })
        .unwrap();
        copy.write_blocking(|tx| add(tx, 2000, 1)).unwrap();
    });
}

#[test]
fn a_backup_is_one_moment_though_writes_go_on() {
    each_engine(|place| {
        let db = filled(place);
        let stop = Arc::new(AtomicBool::new(false));
        let (writer, stopped) = (db.clone(), stop.clone());
        let writing = std::thread::spawn(move || {
            let mut moves = 0;
            while !stopped.load(Ordering::Relaxed) {
                // Money turns into payments, one for one, so the total never changes.
                writer
                    .write_blocking(move |tx| {
                        tx.exec_one(&MOVE, &params![moves % 500, -1])?;
                        let none = || db::Value::Null;
                        tx.exec_one(&PAY, &params![10 + moves, none(), none(), none(), 7])
                    })
                    .unwrap();
                moves += 1;
            }
            moves
        });
        for round in 0..8 {
            let file = place.dir.path().join(format!("backup {round}"));
            db.backup_to(&file, |_| {}).unwrap();
            let other = elsewhere(&place.url);
            db::restore(&file, &other.url).unwrap();
            let total = other.open().read_blocking(|tx| tx.row(&TOTAL, &[])?.unwrap().int(0));
            let total: Result<i64, Error> = total;
            assert_eq!(total, Ok(500_002));
        }
        stop.store(true, Ordering::Relaxed);
        assert!(writing.join().unwrap() > 0);
    });
}

#[test]
fn a_restore_wants_an_empty_place() {
    each_engine(|place| {
        let db = filled(place);
        let file = place.dir.path().join("backup");
        db.backup_to(&file, |_| {}).unwrap();
        assert!(matches!(db::restore(&file, &place.url), Err(Error::Backup(_))));
        assert_eq!(count(&db), 501);
    });
}

fn refused_and_traceless(file: &Path, place: &Place) {
    let refused = db::restore(file, &place.url);
    assert!(matches!(refused, Err(Error::Backup(_))), "{refused:?}");
    let db = Db::open(&Config { readers: 1, writers: 1, ..place.config() }).unwrap();
    // Nothing is there: the first migration finds an empty schema.
    db.migrate(&[ACCOUNTS]).unwrap();
    assert_eq!(count(&db), 0);
    db.read_blocking(|tx| {
        assert!(tx.row(&BALANCE, &params![1])?.is_none() && tx.rows(&NAMES, &[])?.is_empty());
        Ok::<_, Error>(())
    })
    .unwrap();
}

#[test]
fn a_damaged_backup_is_refused_and_leaves_nothing() {
    each_engine(|place| {
        let db = filled(place);
        let file = place.dir.path().join("backup");
        db.backup_to(&file, |_| {}).unwrap();
        let bytes = std::fs::read(&file).unwrap();
        let cut = place.dir.path().join("cut");
        std::fs::write(&cut, &bytes[..bytes.len() * 2 / 3]).unwrap();
        refused_and_traceless(&cut, &elsewhere(&place.url));
        let other = place.dir.path().join("other");
        std::fs::write(&other, "a letter to the committee\n".repeat(100)).unwrap();
        refused_and_traceless(&other, &elsewhere(&place.url));
    });
}

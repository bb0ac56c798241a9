//! Statements whose answer nobody waits for: sent together, in their order, all or nothing.

use crate::engines::{ADD, ADD_ONCE, BALANCE, COUNT_UP, NAMES, Place, SET, count, each_engine};
use db::{Constraint, Error, Row, Tx, params};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

fn later(tx: &mut Tx<'_>, id: i64, balance: i64) -> Result<(), Error> {
    tx.later(&ADD, &params![id, format!("account {id}"), balance])
}

fn balance(tx: &mut Tx<'_>, id: i64) -> Result<Option<i64>, Error> {
    tx.row(&BALANCE, &params![id])?.as_ref().map(|row: &Row| row.int(0)).transpose()
}

#[test]
fn what_comes_later_sees_what_was_sent_before_it() {
    each_engine(|place| {
        let db = place.open_with_accounts();
        let seen = db.write_blocking(|tx| {
            later(tx, 1, 5)?;
            tx.later(&SET, &params![1, 5, 6])?;
            tx.later(&SET, &params![1, 6, 7])?;
            let seen = balance(tx, 1)?;
            later(tx, 2, 0)?;
            Ok::<_, Error>(seen)
        });
        assert_eq!(seen, Ok(Some(7)));
        assert_eq!(count(&db), 2);
    });
}

#[test]
fn more_than_travels_together_arrives_in_order() {
    each_engine(|place| {
        let db = place.open_with_accounts();
        let many = db.write_blocking(|tx| {
            later(tx, 0, 0)?;
            (0..200).try_for_each(|n| tx.later(&SET, &params![0, n, n + 1]))
        });
        assert_eq!(many, Ok(()));
        assert_eq!(db.read_blocking(|tx| balance(tx, 0)), Ok(Some(200)));
    });
}

#[test]
fn a_fault_comes_out_when_the_transaction_ends_and_nothing_is_kept() {
    each_engine(|place| {
        let db = place.open_with_accounts();
        let refused = db.write_blocking(|tx| {
            later(tx, 1, 1)?;
            later(tx, 2, -1)?;
            later(tx, 3, 1)
        });
        let is_overdrawn = matches!(
            refused,
            Err(Error::Constraint { statement: "bank.ADD", kind: Constraint::Check, .. })
        );
        assert!(is_overdrawn, "{refused:?}");
        assert_eq!(count(&db), 0);
        // The connection is as good as before.
        assert_eq!(db.write_blocking(|tx| later(tx, 4, 1)), Ok(()));
    });
}

#[test]
fn an_update_that_finds_nothing_is_not_committed_over() {
    each_engine(|place| {
        let db = place.open_with_accounts();
        db.write_blocking(|tx| later(tx, 1, 5)).unwrap();
        let refused = db.write_blocking(|tx| {
            later(tx, 2, 0)?;
            tx.later(&SET, &params![1, 4, 9])
        });
        assert_eq!(refused, Err(Error::Serialization));
        let twice = db.write_blocking(|tx| {
            later(tx, 3, 0)?;
            tx.later(&ADD_ONCE, &params![1, "account 1", 0])
        });
        assert_eq!(twice, Err(Error::Serialization));
        assert_eq!(count(&db), 1);
    });
}

#[test]
fn somebody_quicker_starts_the_closure_over() {
    let place = Place::postgres();
    let db = place.open_with_accounts();
    db.write_blocking(|tx| later(tx, 1, 0)).unwrap();
    let (runs, other) = (Arc::new(AtomicU32::new(0)), db.clone());
    let counted = runs.clone();
    let added = db.write_blocking(move |tx| {
        let before = balance(tx, 1)?.unwrap_or_default();
        if counted.fetch_add(1, Ordering::Relaxed) == 0 {
            other.write_blocking(|tx| tx.later(&SET, &params![1, 0, 10]))?;
        }
        tx.later(&SET, &params![1, before, before + 1])
    });
    assert_eq!(added, Ok(()));
    assert_eq!(runs.load(Ordering::Relaxed), 2);
    assert_eq!(db.read_blocking(|tx| balance(tx, 1)), Ok(Some(11)));
}

#[test]
fn a_refusal_drops_what_never_left() {
    each_engine(|place| {
        let db = place.open_with_accounts();
        let refused = db.write_blocking(|tx| {
            later(tx, 1, 1)?;
            Err::<(), _>(Error::Conflict)
        });
        assert_eq!(refused, Err(Error::Conflict));
        assert_eq!(count(&db), 0);
        assert_eq!(db.write_blocking(|tx| later(tx, 2, 1)), Ok(()));
        let names = db.read_blocking(|tx| {
            let rows = tx.rows(&NAMES, &[])?;
            rows.iter().map(|row| row.text(0).map(str::to_owned)).collect::<Result<Vec<_>, _>>()
        });
        assert_eq!(names, Ok(vec!["account 2".to_owned()]));
    });
}

#[test]
fn what_was_remembered_is_taken_once_and_forgotten_by_a_write() {
    each_engine(|place| {
        let db = place.open_with_accounts();
        let recalled = db.write_blocking(|tx| {
            tx.remember(7_i64);
            let (first, second) = (tx.recall::<i64>(), tx.recall::<i64>());
            tx.remember(8_i64);
            let of_another_kind = tx.recall::<String>();
            tx.remember(9_i64);
            later(tx, 1, 1)?;
            Ok::<_, Error>((first, second, of_another_kind, tx.recall::<i64>()))
        });
        assert_eq!(recalled, Ok((Some(7), None, None, None)));
    });
}

#[test]
fn rows_are_added_together_however_many_there_are() {
    static INTO: db::Sql =
        db::Sql { name: "bank.INTO", text: "insert into account(id, name, balance) values" };
    each_engine(|place| {
        let db = place.open_with_accounts();
        for (from, rows) in [(0, 0), (0, 1), (10, 31), (100, 32), (200, 75)] {
            let before = count(&db);
            let added = db.write_blocking(move |tx| {
                let row = |n: i64| params![n, format!("account {n}"), n].to_vec();
                tx.add_rows(&INTO, &(from..from + rows).map(row).collect::<Vec<_>>())
            });
            assert_eq!(added, Ok(()));
            assert_eq!(count(&db) - before, rows);
        }
        assert_eq!(db.read_blocking(|tx| balance(tx, 274)), Ok(Some(274)));
    });
}

#[test]
fn a_row_wanted_by_many_is_given_back_before_the_disk_has_it_and_kept_all_the_same() {
    each_engine(|place| {
        let db = place.open_with_accounts();
        db.write_blocking(|tx| later(tx, 1, 0)).unwrap();
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let db = db.clone();
                std::thread::spawn(move || {
                    for _ in 0..10 {
                        let counted = db.write_blocking(|tx| {
                            tx.contended();
                            tx.later(&COUNT_UP, &params![1])?;
                            balance(tx, 1)
                        });
                        assert!(matches!(counted, Ok(Some(_))), "{counted:?}");
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(db.read_blocking(|tx| balance(tx, 1)), Ok(Some(80)));
    });
}

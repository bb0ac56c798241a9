//! What a closure may rely on: all or nothing, alone in its batch, bounded in time.

use crate::engines::{
    ADD, ADD_ONCE, BALANCE, COUNT, ENDLESS, FLOOD, NAMES, Place, SET, add, count, each_engine,
};
use db::{Config, Constraint, Db, Error, Url, params};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier, Mutex};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap()
}

/// Runs `jobs` so that they wait in the queue together and SQLite takes them as one batch.
fn together<T: Send + 'static>(
    db: &Db,
    jobs: Vec<impl Fn(&mut db::Tx<'_>) -> Result<T, Error> + Send + 'static>,
) -> Vec<Result<T, Error>> {
    let (entered, started) = channel();
    let (release, hold) = channel::<()>();
    let hold = Mutex::new(hold);
    let other = db.clone();
    let gate = std::thread::spawn(move || {
        other.write_blocking(move |_| {
            entered.send(()).unwrap();
            // A closure may run again; then the other end is gone and nothing is waited for.
            let _ = hold.lock().unwrap().recv();
            Ok::<_, Error>(())
        })
    });
    started.recv().unwrap();
    let threads: Vec<_> = jobs
        .into_iter()
        .map(|job| {
            let db = db.clone();
            std::thread::spawn(move || db.write_blocking(job))
        })
        .collect();
    if db.engine() == db::Engine::Sqlite {
        while db.metrics().write_queue < threads.len() {
            std::thread::yield_now();
        }
    }
    drop(release);
    gate.join().unwrap().unwrap();
    threads.into_iter().map(|thread| thread.join().unwrap()).collect()
}

#[test]
fn a_failing_job_leaves_the_others_of_its_batch_alone() {
    each_engine(|place| {
        let db = place.open_with_accounts();
        let jobs = (0..20)
            .map(|n| {
                move |tx: &mut db::Tx<'_>| {
                    add(tx, n, n)?;
                    if n % 5 == 3 { Err(Error::Conflict) } else { Ok(n) }
                }
            })
            .collect();
        for (n, answer) in together(&db, jobs).into_iter().enumerate() {
            let n = n as i64;
            assert_eq!(answer, if n % 5 == 3 { Err(Error::Conflict) } else { Ok(n) });
        }
        assert_eq!(count(&db), 16);
        let names = db.read_blocking(|tx| Ok::<_, Error>(tx.rows(&NAMES, &[])?.len()));
        assert_eq!(names, Ok(16));
    });
}

#[test]
fn jobs_of_a_batch_share_one_commit() {
    let place = Place::sqlite();
    let db = place.open_with_accounts();
    let before = db.metrics();
    let jobs: Vec<_> = (0..50).map(|n| move |tx: &mut db::Tx<'_>| add(tx, n, 0)).collect();
    assert!(together(&db, jobs).iter().all(Result::is_ok));
    let after = db.metrics();
    assert_eq!(after.batches - before.batches, 1, "the gate takes in what waits behind it");
    assert_eq!(after.writes - before.writes, 51);
}

#[test]
fn an_error_leaves_no_trace() {
    each_engine(|place| {
        let db = place.open_with_accounts();
        let refused = db.write_blocking(|tx| {
            add(tx, 1, 1)?;
            Err::<(), _>(Error::Conflict)
        });
        assert_eq!(refused, Err(Error::Conflict));
        assert_eq!(count(&db), 0);
    });
}

#[test]
fn a_failed_statement_spoils_its_transaction_even_if_the_closure_hides_it() {
    each_engine(|place| {
        let db = place.open_with_accounts();
        let refused = db.write_blocking(|tx| {
            add(tx, 1, 1)?;
            let overdrawn = add(tx, 2, -1);
            assert!(matches!(
                overdrawn,
                Err(Error::Constraint { statement: "bank.ADD", kind: Constraint::Check, .. })
            ));
            assert!(add(tx, 3, 1).is_err(), "nothing more is run");
            Ok::<_, Error>(())
        });
        assert!(matches!(refused, Err(Error::Constraint { kind: Constraint::Check, .. })));
        assert_eq!(count(&db), 0);
    });
}

#[test]
fn a_panic_is_answered_and_rolled_back_and_the_worker_lives_on() {
    each_engine(|place| {
        let db = place.open_with_accounts();
        for _ in 0..10 {
            let answer = db.write_blocking(|tx| {
                add(tx, 1, 1)?;
                if count_in(tx)? == 1 {
                    panic!("a defect");
                }
                Ok::<_, Error>(())
            });
            assert_eq!(answer, Err(Error::Panicked));
        }
        assert_eq!(count(&db), 0);
    });
}

fn count_in(tx: &mut db::Tx<'_>) -> Result<i64, Error> {
    tx.row(&COUNT, &[])?.unwrap().int(0)
}

#[test]
fn of_two_compare_and_sets_one_is_told_of_the_conflict() {
    each_engine(|place| {
        let db = place.open_with_accounts();
        db.write_blocking(|tx| add(tx, 1, 100)).unwrap();
        let step = |to: i64| move |tx: &mut db::Tx<'_>| tx.exec_one(&SET, &params![1, 100, to]);
        let answers = together(&db, vec![step(1), step(2), step(3)]);
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        assert_eq!(answers.iter().filter(|a| **a == Err(Error::Conflict)).count(), 2);
    });
}

#[test]
fn a_unique_race_is_run_again_and_sees_the_winner() {
    each_engine(|place| {
        let db = place.open_with_accounts();
        let racers = 4;
        let (runs, start) = (Arc::new(AtomicU32::new(0)), Arc::new(Barrier::new(racers)));
        let threads: Vec<_> = (0..racers)
            .map(|_| {
                let (db, runs, start) = (db.clone(), runs.clone(), start.clone());
                std::thread::spawn(move || {
                    start.wait();
                    db.write_blocking(move |tx| {
                        runs.fetch_add(1, Ordering::Relaxed);
                        if tx.row(&BALANCE, &params![1])?.is_some() {
                            return Ok::<_, Error>("seen before");
                        }
                        // Long enough for all to have looked.
                        std::thread::sleep(std::time::Duration::from_millis(30));
                        add(tx, 1, 1)?;
                        Ok("first")
                    })
                })
            })
            .collect();
        let answers: Vec<_> = threads.into_iter().map(|t| t.join().unwrap().unwrap()).collect();
        assert_eq!(answers.iter().filter(|answer| **answer == "first").count(), 1);
        if db.engine() == db::Engine::Postgres {
            assert!(runs.load(Ordering::Relaxed) > racers as u32, "nobody had to run again");
        }
    });
}

#[test]
fn retries_are_bounded() {
    each_engine(|place| {
        let db = place.open_with_accounts();
        let runs = Arc::new(AtomicU32::new(0));
        let counted = runs.clone();
        let answer = db.write_blocking(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
            Err::<(), _>(Error::Serialization)
        });
        assert_eq!(answer, Err(Error::Serialization));
        assert!((1..=4).contains(&runs.load(Ordering::Relaxed)));
    });
}

#[test]
fn a_full_queue_sheds_at_once() {
    each_engine(|place| {
        let config = Config { queue: 2, writers: 1, ..place.config() };
        let db = place.with_accounts(&config);
        let (entered, started) = channel();
        let (release, hold) = channel::<()>();
        let hold = Mutex::new(hold);
        let runtime = runtime();
        let gate = {
            let db = db.clone();
            runtime.spawn(async move {
                db.write(move |_| {
                    entered.send(()).unwrap();
                    hold.lock().unwrap().recv().unwrap();
                    Ok::<_, Error>(())
                })
                .await
            })
        };
        started.recv().unwrap();
        let waiting: Vec<_> = (0..2)
            .map(|n| {
                let db = db.clone();
                runtime.spawn(async move { db.write(move |tx| add(tx, n, 0)).await })
            })
            .collect();
        while db.metrics().write_queue < 2 {
            std::thread::yield_now();
        }
        let shed = runtime.block_on(db.write(|tx| add(tx, 9, 0)));
        assert_eq!(shed, Err(Error::Overloaded));
        assert_eq!(db.metrics().shed, 1);
        release.send(()).unwrap();
        runtime.block_on(gate).unwrap().unwrap();
        for task in waiting {
            runtime.block_on(task).unwrap().unwrap();
        }
        assert_eq!(count(&db), 2);
    });
}

#[test]
fn a_write_that_nobody_waits_for_any_more_does_not_run() {
    each_engine(|place| {
        let config = Config { writers: 1, ..place.config() };
        let db = place.with_accounts(&config);
        let runtime = runtime();
        let (entered, started) = channel();
        let (release, hold) = channel::<()>();
        let hold = Mutex::new(hold);
        let gate = {
            let db = db.clone();
            runtime.spawn(async move {
                db.write(move |_| {
                    entered.send(()).unwrap();
                    hold.lock().unwrap().recv().unwrap();
                    Ok::<_, Error>(())
                })
                .await
            })
        };
        started.recv().unwrap();
        let left = {
            let db = db.clone();
            runtime.spawn(async move { db.write(|tx| add(tx, 1, 0)).await })
        };
        while db.metrics().write_queue < 1 {
            std::thread::yield_now();
        }
        left.abort();
        assert!(runtime.block_on(left).unwrap_err().is_cancelled());
        release.send(()).unwrap();
        runtime.block_on(gate).unwrap().unwrap();
        db.write_blocking(|tx| add(tx, 2, 0)).unwrap();
        assert_eq!(count(&db), 1);
    });
}

#[test]
fn an_endless_statement_is_stopped_and_its_batch_is_kept() {
    each_engine(|place| {
        let db = place.with_accounts(&place.impatient());
        let read = db.read_blocking(|tx| tx.row(&ENDLESS, &[]).map(drop));
        assert_eq!(read, Err(Error::TimedOut));
        let jobs = (0..5)
            .map(|n| {
                move |tx: &mut db::Tx<'_>| {
                    add(tx, n, 0)?;
                    if n == 2 { tx.row(&ENDLESS, &[]).map(drop) } else { Ok(()) }
                }
            })
            .collect();
        let answers = together(&db, jobs);
        for (n, answer) in answers.into_iter().enumerate() {
            assert_eq!(answer, if n == 2 { Err(Error::TimedOut) } else { Ok(()) });
        }
        assert_eq!(count(&db), 4);
    });
}

#[test]
fn an_endless_change_is_stopped_and_its_batch_is_kept() {
    each_engine(|place| {
        let db = place.with_accounts(&place.impatient());
        let jobs = (0..5)
            .map(|n| {
                move |tx: &mut db::Tx<'_>| {
                    add(tx, n, 0)?;
                    if n == 2 { tx.exec(&FLOOD, &[]).map(drop) } else { Ok(()) }
                }
            })
            .collect();
        for (n, answer) in together(&db, jobs).into_iter().enumerate() {
            assert_eq!(answer, if n == 2 { Err(Error::TimedOut) } else { Ok(()) });
        }
        assert_eq!(count(&db), 4);
    });
}

#[test]
fn a_closure_of_many_short_statements_is_stopped_too() {
    each_engine(|place| {
        let db = place.with_accounts(&place.impatient());
        let answer = db.write_blocking(|tx| {
            loop {
                tx.exec(&ADD_ONCE, &params![1, "one", 1])?;
            }
            #[expect(unreachable_code, reason = "it names the closure's types")]
            Ok::<(), Error>(())
        });
        assert_eq!(answer, Err(Error::TimedOut));
        assert_eq!(count(&db), 0);
    });
}

#[test]
fn a_read_cannot_write() {
    each_engine(|place| {
        let db = place.open_with_accounts();
        let answer = db.read_blocking(|tx| add(tx, 1, 1));
        assert!(matches!(answer, Err(Error::Statement { name: "bank.ADD", .. })), "{answer:?}");
        assert_eq!(count(&db), 0);
    });
}

#[test]
fn a_snapshot_sees_one_state_of_the_world() {
    each_engine(|place| {
        let db = place.open_with_accounts();
        let (runtime, writer) = (runtime(), db.clone());
        let counts = runtime.block_on(db.read_snapshot(move |tx| {
            let before = count_in(tx)?;
            let writer = writer.clone();
            std::thread::spawn(move || writer.write_blocking(|tx| add(tx, 1, 0)))
                .join()
                .unwrap()?;
            Ok::<_, Error>((before, count_in(tx)?))
        }));
        assert_eq!(counts, Ok((0, 0)));
        assert_eq!(count(&db), 1);
    });
}

#[test]
fn rows_can_be_taken_one_by_one_and_left_early() {
    each_engine(|place| {
        let db = place.open_with_accounts();
        db.write_blocking(|tx| (0..100).try_for_each(|n| add(tx, n, n))).unwrap();
        let taken = db.read_blocking(|tx| {
            let mut taken = 0;
            let left = tx.each(&NAMES, &[], |row| {
                taken += 1;
                assert!(row.text(0)?.starts_with("account"));
                if taken == 10 { Err(Error::Conflict) } else { Ok(()) }
            });
            assert_eq!(left, Err(Error::Conflict));
            assert_eq!(count_in(tx)?, 100, "the connection goes on");
            Ok::<_, Error>(taken)
        });
        assert_eq!(taken, Ok(10));
    });
}

#[test]
fn a_closed_database_says_so_and_keeps_what_was_queued() {
    each_engine(|place| {
        let db = place.open_with_accounts();
        db.write_blocking(|tx| add(tx, 1, 1)).unwrap();
        db.checkpoint().unwrap();
        db.close();
        db.close();
        assert_eq!(db.write_blocking(|tx| add(tx, 2, 1)), Err(Error::Closed));
        assert_eq!(count(&place.open()), 1);
    });
}

#[test]
fn a_served_file_refuses_a_second_server_and_admits_commands() {
    let place = Place::sqlite();
    let serving = Config { exclusive: true, ..place.config() };
    let server = place.with_accounts(&serving);
    assert!(matches!(Db::open(&serving), Err(Error::InUse(_))));
    let command = place.open();
    command.write_blocking(|tx| tx.exec_one(&ADD, &params![1, "by a command", 1])).unwrap();
    server.write_blocking(|tx| add(tx, 2, 1)).unwrap();
    assert_eq!(count(&command), 2);
    command.close();
    server.close();
    Db::open(&serving).unwrap().close();
}

#[test]
fn a_url_is_a_file_or_a_server() {
    for (text, url) in [
        ("data/lianhu.db", Url::Sqlite("data/lianhu.db".into())),
        ("sqlite:data/lianhu.db", Url::Sqlite("data/lianhu.db".into())),
        ("sqlite:///var/lianhu.db", Url::Sqlite("/var/lianhu.db".into())),
        ("postgres://a,b/lianhu", Url::Postgres("postgres://a,b/lianhu".to_owned())),
    ] {
        assert_eq!(text.parse(), Ok(url));
    }
    for text in ["", "sqlite:", "mysql://host/lianhu"] {
        assert!(text.parse::<Url>().is_err(), "{text}");
    }
}

//! Replacing the master key and a community's key: half-way everything opens, and afterwards the old
//! key opens nothing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};

use db::Engine;
use uuid::Uuid;
use vault::master::{self, Master};
use vault::rotate::{self, ROUND};
use vault::{Suite, Vault};

use crate::{Place, community, everywhere, found, random, read, seal, subject};

#[test]
fn a_community_s_key_is_replaced_while_everything_opens() {
    everywhere(|place, suite| {
        let db = place.open(suite);
        found(&db, community());
        let many = u128::try_from(ROUND).expect("positive") + 20;
        let sealed: Vec<(Uuid, Vec<u8>)> =
            (0..many).map(|number| (subject(number), seal(&db, subject(number), "夏爹"))).collect();
        let opens = |db: &db::Db| {
            for (subject, sealed) in sealed.iter().step_by(50) {
                assert_eq!(read(db, *subject, sealed).expect("opens").as_deref(), Some("夏爹"));
            }
        };
        rotate::begin(&db, community(), None).expect("begun");
        assert_eq!(rotate::round(&db, community()).expect("a round"), ROUND as usize);
        // The process is killed here; another one finds both keys and goes on.
        db.close();
        let db = place.open(suite);
        opens(&db);
        let half = &rotate::status(&db).expect("status").communities[0];
        assert_eq!((half.version, half.wrapped, half.behind), (2, ROUND, 20));
        rotate::begin(&db, community(), None).expect("goes on");
        let late = seal(&db, subject(9_999), "曾娭毑");
        assert_eq!(rotate::round(&db, community()).expect("a round"), 20);
        assert_eq!(rotate::round(&db, community()).expect("the last"), 0);
        opens(&db);
        assert_eq!(read(&db, subject(9_999), &late).expect("opens").as_deref(), Some("曾娭毑"));
        let whole = &rotate::status(&db).expect("status").communities[0];
        assert_eq!((whole.version, whole.wrapped, whole.behind), (2, ROUND + 21, 0));
        // The old one was dropped: another replacement is the third key, not the second again.
        rotate::begin(&db, community(), None).expect("begun");
        assert_eq!(rotate::status(&db).expect("status").communities[0].version, 3);
    });
}

#[test]
fn the_master_key_is_replaced_while_everything_opens() {
    everywhere(|place, suite| {
        let db = place.open(suite);
        found(&db, community());
        let sealed = seal(&db, subject(1), "夏爹");
        let old = master::load(&place.key_file()).expect("readable").expect("there");
        let both = old.clone().with(Master::new(&random));
        master::store(&place.key_file(), &both).expect("stored");
        // The server that runs beside holds the old ring, and reads the file when it must.
        let server = {
            let vault = Vault::new(old.clone(), Some(place.key_file()), suite, random);
            place.open_with(vault).expect("the old key")
        };
        assert_eq!(rotate::master_round(&db).expect("a round"), 2);
        assert_eq!(rotate::master_round(&db).expect("nothing left"), 0);
        assert_eq!(read(&server, subject(1), &sealed).expect("opens").as_deref(), Some("夏爹"));
        master::store(&place.key_file(), &both.settled()).expect("stored");
        assert_eq!(read(&server, subject(1), &sealed).expect("opens").as_deref(), Some("夏爹"));
        let status = rotate::status(&server).expect("status");
        assert_eq!(status.masters, [both.last().id()]);
        let refused = place.open_with(Vault::new(old, None, suite, random));
        assert!(refused.is_err(), "the old key opens nothing");
    });
}

#[test]
fn a_key_that_wraps_something_cannot_be_dropped() {
    use db::{Error, Sql};
    static DROP: Sql = Sql { name: "test.drop", text: "delete from vault_community_keys" };
    everywhere(|place, suite| {
        let db = place.open(suite);
        found(&db, community());
        seal(&db, subject(1), "夏爹");
        let dropped = db.write_blocking(|tx| tx.exec(&DROP, &[]));
        assert!(matches!(dropped, Err(Error::Constraint { .. })), "{dropped:?}");
    });
}

#[test]
fn a_suite_is_changed_by_replacing_the_key() {
    everywhere(|place, suite| {
        let db = place.open(suite);
        found(&db, community());
        let other = Suite::ALL.into_iter().find(|other| *other != suite).expect("two suites");
        rotate::begin(&db, community(), Some(other)).expect("begun");
        while rotate::round(&db, community()).expect("a round") > 0 {}
        assert_eq!(rotate::status(&db).expect("status").communities[0].suite, other);
        assert_eq!(seal(&db, subject(1), "夏爹")[0], other.id());
    });
}

/// A subject's key that is made while the community's is replaced and dropped: on PostgreSQL the two
/// meet, and the one that would lose its key runs again.
#[test]
fn a_key_that_was_dropped_meanwhile_wraps_nothing() {
    let place = Place::new(Engine::Postgres);
    let db = place.open(Suite::International);
    found(&db, community());
    let (loaded, replaced) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let sealed = std::thread::scope(|scope| {
        let (db, loaded_here, replaced_here) = (db.clone(), loaded.clone(), replaced.clone());
        let slow = scope.spawn(move || {
            let first = AtomicBool::new(true);
            db.write_blocking(move |tx| {
                let keys = vault::keys(tx, community())?;
                if first.swap(false, Ordering::SeqCst) {
                    loaded_here.wait();
                    replaced_here.wait();
                }
                keys.new_subject(tx, subject(1))?.seal("persons", "name", "夏爹")
            })
        });
        loaded.wait();
        rotate::begin(&place.open(Suite::International), community(), None).expect("begun");
        let other = place.open(Suite::International);
        assert_eq!(rotate::round(&other, community()).expect("the last"), 0);
        replaced.wait();
        slow.join().expect("no panic").expect("sealed")
    });
    let standing = &rotate::status(&db).expect("status").communities[0];
    assert_eq!((standing.version, standing.wrapped, standing.behind), (2, 1, 0));
    assert_eq!(read(&db, subject(1), &sealed).expect("opens").as_deref(), Some("夏爹"));
}

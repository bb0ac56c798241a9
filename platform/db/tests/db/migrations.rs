//! Migrations: once, in order, all or nothing.

use crate::engines::{ACCOUNTS, add, count, each_engine};
use db::{Error, Migration};

const OWNERS: Migration = Migration {
    module: "bank",
    number: 2,
    name: "owners",
    sql: "create table owner(id {int} not null primary key references account(id));\n
          insert into owner(id) select id from account;",
};

fn text(answer: Result<(), Error>) -> String {
    match answer {
        Err(Error::Migration(text)) => text,
        other => panic!("expected a refused migration, not {other:?}"),
    }
}

#[test]
fn what_is_missing_is_applied_once() {
    each_engine(|place| {
        let db = place.open();
        db.migrate(&[ACCOUNTS]).unwrap();
        db.write_blocking(|tx| add(tx, 1, 1)).unwrap();
        for _ in 0..2 {
            db.migrate(&[ACCOUNTS, OWNERS]).unwrap();
        }
        assert_eq!(count(&db), 1);
    });
}

#[test]
fn a_changed_text_is_refused_and_other_line_ends_are_not() {
    each_engine(|place| {
        let db = place.open();
        db.migrate(&[ACCOUNTS, OWNERS]).unwrap();
        let dos: &str = Box::leak(OWNERS.sql.replace('\n', "\r\n").into());
        db.migrate(&[ACCOUNTS, Migration { sql: dos, ..OWNERS }]).unwrap();
        let edited = Migration { sql: "create table owner(id {int});", ..OWNERS };
        assert!(text(db.migrate(&[ACCOUNTS, edited])).contains("bank/2 owners was changed"));
    });
}

#[test]
fn data_of_a_newer_program_is_refused() {
    each_engine(|place| {
        let db = place.open();
        db.migrate(&[ACCOUNTS, OWNERS]).unwrap();
        let refused = text(db.migrate(&[ACCOUNTS]));
        assert!(refused.contains("newer program") && refused.contains("bank/2 owners"));
    });
}

#[test]
fn a_failing_upgrade_leaves_nothing_behind() {
    each_engine(|place| {
        let db = place.open();
        db.migrate(&[ACCOUNTS]).unwrap();
        let third = Migration {
            module: "bank",
            number: 3,
            name: "broken",
            sql: "create table halfway(id {int});\ninsert into nowhere(id) values (1);",
        };
        let refused = text(db.migrate(&[ACCOUNTS, OWNERS, third]));
        assert!(refused.contains("bank/3 broken failed at «insert into nowhere"), "{refused}");
        // Were any of it kept, these tables would exist already.
        let sql = "create table halfway(id {int});";
        db.migrate(&[ACCOUNTS, OWNERS, Migration { sql, ..third }]).unwrap();
    });
}

#[test]
fn numbers_out_of_order_are_refused() {
    each_engine(|place| {
        let db = place.open();
        assert!(text(db.migrate(&[OWNERS, ACCOUNTS])).contains("out of order"));
        assert!(text(db.migrate(&[ACCOUNTS, ACCOUNTS])).contains("out of order"));
    });
}

#[test]
fn several_processes_may_migrate_at_once() {
    each_engine(|place| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let db = place.open();
                std::thread::spawn(move || db.migrate(&[ACCOUNTS, OWNERS]))
            })
            .collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), Ok(()));
        }
    });
}

#[test]
fn tables_are_strict_about_types() {
    each_engine(|place| {
        let db = place.open();
        db.migrate(&[ACCOUNTS]).unwrap();
        let wrong = db.write_blocking(|tx| {
            tx.exec(&crate::engines::ADD, &db::params!["one", "name", 1]).map(drop)
        });
        assert!(wrong.is_err());
    });
}

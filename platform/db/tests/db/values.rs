//! What goes in comes out, and parameters count by their number.

use crate::engines::each_engine;
use db::{Error, Migration, Value, params};
use uuid::Uuid;

const THINGS: Migration = Migration {
    module: "values",
    number: 1,
    name: "things",
    sql: "create table thing(id {id} not null primary key, at {time}, note text, data {json},
                             photo {bytes}, amount {int});",
};

db::sql! {
    module "values";
    ADD = "insert into thing(id, at, note, data, photo, amount) values ($1, $2, $3, $4, $5, $6)";
    ALL = "select id, at, note, data, photo, amount from thing order by id";
    SWAPPED = "update thing set note = $3, amount = $2 where id = $1 and note = $4 and note <> '$1'";
    TWICE = "select note from thing where amount = $2 or (amount = $2 + 1 and id = $1)";
    FIELD = "select data->>'floor' from thing where id = $1";
    SUM = "select sum(amount), sum(amount) = $1, count(*) filter (where amount > $1) from thing";
    CHANGED = "update thing set amount = amount + $2 where id = $1 returning amount, note";
    REAL = "select amount / 2.5 from thing";
    TOO_MANY = "select 1 where $1 = $2";
}

#[test]
fn every_kind_of_value_survives() {
    each_engine(|place| {
        let db = place.open();
        db.migrate(&[THINGS]).unwrap();
        db.prepare_all(STATEMENTS).unwrap();
        let (id, bare) = (Uuid::from_u128(7), Uuid::from_u128(8));
        let photo: Vec<u8> = (0..=255).collect();
        let expected = photo.clone();
        db.write_blocking(move |tx| {
            let data = Value::Json(r#"{"floor": "三"}"#.to_owned());
            tx.exec_one(&ADD, &params![id, i64::MIN, "电梯𬭎'\"", data, photo.clone(), 12])?;
            let none: Option<i64> = None;
            let sixteen = vec![9_u8; 16];
            tx.exec_one(&ADD, &params![bare, none, Value::Null, Value::Null, sixteen, none])
        })
        .unwrap();
        db.read_blocking(move |tx| {
            let rows = tx.rows(&ALL, &[])?;
            let (full, bare_row) = (&rows[0], &rows[1]);
            assert_eq!(full.id(0)?, id);
            assert_eq!(full.int(1)?, i64::MIN);
            assert_eq!(full.text(2)?, "电梯𬭎'\"");
            assert_eq!(full.text(3)?, r#"{"floor": "三"}"#);
            assert_eq!(full.bytes(4)?, expected);
            assert_eq!(full.int(5)?, 12);
            assert_eq!(bare_row.opt_int(1)?, None);
            assert_eq!(bare_row.opt_text(2)?, None);
            assert_eq!(bare_row.bytes(4)?, [9; 16]);
            assert_eq!(tx.row(&FIELD, &params![id])?.unwrap().text(0)?, "三");
            Ok::<_, Error>(())
        })
        .unwrap();
    });
}

#[test]
fn parameters_are_bound_by_number_whatever_their_order() {
    each_engine(|place| {
        let db = place.open();
        db.migrate(&[THINGS]).unwrap();
        let id = Uuid::from_u128(1);
        let text = db
            .write_blocking(move |tx| {
                let null = Value::Null;
                tx.exec_one(&ADD, &params![id, 0, "old", null.clone(), null.clone(), 1])?;
                tx.exec_one(&SWAPPED, &params![id, 42, "new", "old"])?;
                let row = tx.row(&TWICE, &params![id, 42])?.unwrap();
                Ok::<_, Error>(row.text(0)?.to_owned())
            })
            .unwrap();
        assert_eq!(text, "new");
    });
}

#[test]
fn sums_are_integers_and_fractions_are_refused() {
    each_engine(|place| {
        let db = place.open();
        db.migrate(&[THINGS]).unwrap();
        db.write_blocking(|tx| {
            for amount in [3, 4] {
                let id = Uuid::from_u128(amount);
                let null = Value::Null;
                let amount = amount as i64;
                tx.exec_one(&ADD, &params![id, 0, "", null.clone(), null, amount])?;
            }
            Ok::<_, Error>(())
        })
        .unwrap();
        db.read_blocking(|tx| {
            let row = tx.row(&SUM, &params![7])?.unwrap();
            assert_eq!((row.int(0)?, row.bool(1)?, row.int(2)?), (7, true, 0));
            Ok::<_, Error>(())
        })
        .unwrap();
        let refused = db.read_blocking(|tx| tx.row(&REAL, &[])?.unwrap().int(0));
        assert!(matches!(refused, Err(Error::Column { index: 0, .. })), "{refused:?}");
    });
}

#[test]
fn a_changed_row_is_returned() {
    each_engine(|place| {
        let db = place.open();
        db.migrate(&[THINGS]).unwrap();
        let id = Uuid::from_u128(1);
        let amount = db.write_blocking(move |tx| {
            let null = Value::Null;
            tx.exec_one(&ADD, &params![id, 0, "", null.clone(), null, 1])?;
            tx.row(&CHANGED, &params![id, 5])?.unwrap().int(0)
        });
        assert_eq!(amount, Ok(6));
    });
}

#[test]
fn a_wrong_column_or_count_of_parameters_is_told() {
    each_engine(|place| {
        let db = place.open();
        db.migrate(&[THINGS]).unwrap();
        let id = Uuid::from_u128(1);
        db.write_blocking(move |tx| {
            tx.exec_one(&ADD, &params![id, 0, "n", Value::Null, Value::Null, 1])
        })
        .unwrap();
        db.read_blocking(|tx| {
            let row = tx.row(&ALL, &[])?.unwrap();
            assert!(matches!(row.int(2), Err(Error::Column { index: 2, found: "text", .. })));
            assert!(matches!(row.int(3), Err(Error::Column { index: 3, found: "null", .. })));
            assert!(matches!(row.text(9), Err(Error::Column { index: 9, found: "nothing", .. })));
            Ok::<_, Error>(())
        })
        .unwrap();
        let refused = db.read_blocking(|tx| tx.rows(&TOO_MANY, &params!["x"]).map(drop));
        assert!(
            matches!(refused, Err(Error::Statement { name: "values.TOO_MANY", .. })),
            "{refused:?}"
        );
    });
}

#[test]
fn a_wrong_statement_is_named() {
    each_engine(|place| {
        let db = place.open();
        let wrong = db::Sql { name: "values.WRONG", text: "select nothing from nowhere" };
        let refused = db.prepare_all(&[wrong]);
        assert!(
            matches!(refused, Err(Error::Statement { name: "values.WRONG", .. })),
            "{refused:?}"
        );
    });
}

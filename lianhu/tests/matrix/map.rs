//! Every column of every table is in the map of the data, on both engines: what is not in it could not
//! be told in a disclosure drill, and nobody would have decided whether it must be sealed.

use std::sync::Arc;

use db::Engine;
use harness::{Place, Rig};

const SQLITE: db::Sql = db::Sql {
    name: "matrix.columns_sqlite",
    text: "select t.name, c.name from sqlite_master t, pragma_table_info(t.name) c \
           where t.type = 'table' and t.name not like 'sqlite_%' and t.name not like '%\\_fts%' escape '\\'",
};
const POSTGRES: db::Sql = db::Sql {
    name: "matrix.columns_postgres",
    text: "select table_name::text, column_name::text from information_schema.columns \
           where table_schema = current_schema()",
};

#[test]
fn p01_every_column_is_in_the_map_of_the_data() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let place = Place::new(engine);
        let rig = Rig::new(&place, crate::compose::MODULES, Arc::new(access::Access));
        let sql = match engine {
            Engine::Sqlite => &SQLITE,
            Engine::Postgres => &POSTGRES,
        };
        let rows = rig.db.read_blocking(|tx| tx.rows(sql, &[])).unwrap();
        assert!(rows.len() > 200, "{} columns", rows.len());
        let tables = &privacy::report::map().tables;
        for row in rows {
            let (table, column) = (row.text(0).unwrap(), row.text(1).unwrap());
            let known = tables.iter().find(|one| one.name == table);
            assert!(known.is_some_and(|one| one.names(column)), "map.toml: {table}.{column}");
        }
    }
}

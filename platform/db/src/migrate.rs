//! Bringing the schema to what the program needs: forward only, once, all or nothing.
//!
//! All pending migrations of an upgrade are one transaction under a lock, so a killed upgrade
//! has not happened. The text of what was applied is kept in the data: a migration whose text
//! was edited afterwards is refused, data of a newer program is refused, and a dump can rebuild
//! its schema without the program that wrote it.
//!
//! A migration is SQL in the common subset. `{id}` `{time}` `{json}` `{int}` `{bytes}` become
//! each engine's type; tables become strict on SQLite; a statement after a comment line
//! `-- only sqlite` or `-- only postgres` runs on that engine alone; the statement
//! `{search NAME};` makes the tables of a full-text index (see [`crate::search`]). The columns of
//! a key whose second one grows with time are written `{recent community_id, id}`.

use crate::database::Db;
use crate::error::Error;
use crate::params;
use crate::search;
use crate::statement::{Piece, Sql, pieces};
use crate::tx::{Engine, Tx};
use std::collections::HashMap;

/// One step of a module's schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migration {
    /// The module it belongs to.
    pub module: &'static str,
    /// Its place within the module, counted upwards.
    pub number: u32,
    /// What it does, in a word or two: `closing_notes`.
    pub name: &'static str,
    /// Its statements.
    pub sql: &'static str,
}

pub(crate) const TABLE: &str = "create table if not exists schema_migrations(
    module text not null, number {int} not null, name text not null, sql text not null,
    position {int} not null, primary key(module, number))";

/// Any number will do, as long as every version of the program takes the same.
static LOCK: Sql =
    Sql { name: "db.migrate_lock", text: "select pg_advisory_xact_lock(4811764020281)" };
static APPLIED: Sql = Sql {
    name: "db.migrations_applied",
    text: "select module, number, name, sql from schema_migrations order by position",
};
static RECORD: Sql = Sql {
    name: "db.migration_record",
    text: "insert into schema_migrations(module, number, name, sql, position)
           values ($1, $2, $3, $4, $5)",
};

impl Db {
    /// Applies what is missing, in the order given: modules from the lowest up, each module's
    /// numbers upwards. Blocks; several processes may call it at once.
    pub fn migrate(&self, migrations: &[Migration]) -> Result<(), Error> {
        check_order(migrations)?;
        let migrations = migrations.to_vec();
        self.write_as_operator(move |tx| apply(tx, &migrations))
    }
}

fn check_order(migrations: &[Migration]) -> Result<(), Error> {
    let mut last = HashMap::new();
    for migration in migrations {
        let before = last.insert(migration.module, migration.number);
        if before.is_some_and(|before| before >= migration.number) {
            return Err(refused(migration, "is out of order"));
        }
    }
    Ok(())
}

fn apply(tx: &mut Tx<'_>, migrations: &[Migration]) -> Result<(), Error> {
    if tx.engine() == Engine::Postgres {
        tx.row(&LOCK, &[])?;
    }
    for statement in statements(TABLE, tx.engine()).map_err(Error::Migration)? {
        tx.script("db.migrations_table", &statement)?;
    }
    let mut applied = HashMap::new();
    for row in tx.rows(&APPLIED, &[])? {
        let key = (row.text(0)?.to_owned(), row.int(1)?);
        applied.insert(key, (row.text(2)?.to_owned(), row.text(3)?.to_owned()));
    }
    let mut position = applied.len() as i64;
    let mut pending = Vec::new();
    for migration in migrations {
        match applied.remove(&(migration.module.to_owned(), migration.number.into())) {
            Some((_, sql)) if same_text(&sql, migration.sql) => {}
            Some(_) => return Err(refused(migration, "was changed after it had been applied")),
            None => pending.push(migration),
        }
    }
    if let Some(((module, number), (name, _))) = applied.into_iter().min() {
        return Err(Error::Migration(format!(
            "the data belongs to a newer program: it has {module}/{number} {name}, which this \
             program does not know; start the newer program, or restore an older backup"
        )));
    }
    for migration in pending {
        position += 1;
        run(tx, migration)?;
        let Migration { module, number, name, sql } = *migration;
        tx.exec(&RECORD, &params![module, number, name, sql, position])?;
        tracing::info!(module, number, name, "schema migrated");
    }
    Ok(())
}

fn run(tx: &mut Tx<'_>, migration: &Migration) -> Result<(), Error> {
    let statements =
        statements(migration.sql, tx.engine()).map_err(|what| refused(migration, &what))?;
    for statement in &statements {
        tx.script("db.migrate", statement).map_err(|error| match error {
            Error::Statement { source, .. } => {
                refused(migration, &format!("failed at «{}»: {source}", first_line(statement)))
            }
            other => other,
        })?;
    }
    Ok(())
}

fn refused(migration: &Migration, what: &str) -> Error {
    let Migration { module, number, name, .. } = migration;
    Error::Migration(format!("migration {module}/{number} {name} {what}"))
}

/// Line ends are the checkout's business, not the schema's.
fn same_text(one: &str, other: &str) -> bool {
    one.lines().eq(other.lines())
}

fn first_line(statement: &str) -> &str {
    statement.lines().next().unwrap_or_default()
}

/// The statements of a migration as `engine` wants them.
pub(crate) fn statements(sql: &str, engine: Engine) -> Result<Vec<String>, String> {
    let mut statements = Vec::new();
    let mut draft = Draft::default();
    for piece in pieces(sql) {
        match piece {
            Piece::Comment(comment) => draft.comment(comment)?,
            Piece::Quoted(text) => draft.text.push_str(text),
            Piece::Code(code) => {
                let mut parts = code.split(';');
                draft.code(parts.next().unwrap_or_default(), engine)?;
                for part in parts {
                    std::mem::take(&mut draft).finish(engine, &mut statements)?;
                    draft.code(part, engine)?;
                }
            }
        }
    }
    draft.finish(engine, &mut statements)?;
    Ok(statements)
}

/// A statement while it is being read.
#[derive(Default)]
struct Draft {
    text: String,
    only: Option<Engine>,
}

impl Draft {
    fn comment(&mut self, comment: &str) -> Result<(), String> {
        if let Some(engine) = comment.strip_prefix("-- only ") {
            self.only = Some(match engine.trim() {
                "sqlite" => Engine::Sqlite,
                "postgres" => Engine::Postgres,
                other => return Err(format!("knows no engine «{other}»")),
            });
        }
        // A comment parts words as a space does.
        self.text.push(' ');
        Ok(())
    }

    fn code(&mut self, code: &str, engine: Engine) -> Result<(), String> {
        let mut rest = code;
        while let Some((before, after)) = rest.split_once('{') {
            let (word, after) = after.split_once('}').ok_or("has a { without its }")?;
            self.text.push_str(before);
            match column_type(word, engine) {
                Some(kind) => self.text.push_str(kind),
                None if word.starts_with("search ") => {
                    self.text.push('{');
                    self.text.push_str(word);
                    self.text.push('}');
                }
                None => match word.strip_prefix("recent ") {
                    Some(columns) => self.text.push_str(&recent(columns, engine)?),
                    None => return Err(format!("uses the unknown word {{{word}}}")),
                },
            }
            rest = after;
        }
        self.text.push_str(rest);
        Ok(())
    }

    fn finish(self, engine: Engine, statements: &mut Vec<String>) -> Result<(), String> {
        let text = self.text.trim();
        if text.is_empty() || self.only.is_some_and(|only| only != engine) {
            return Ok(());
        }
        if let Some(index) = text.strip_prefix("{search ") {
            let index = index.trim_end_matches('}').trim();
            statements.extend(search::ddl(index, engine)?);
            return Ok(());
        }
        let table = text.get(..13).is_some_and(|start| start.eq_ignore_ascii_case("create table "));
        let strict = if table && engine == Engine::Sqlite { " strict" } else { "" };
        statements.push(format!("{text}{strict}"));
        Ok(())
    }
}

/// The columns of a key. PostgreSQL has the community first, so that tables can be distributed by
/// it. In SQLite's one file the newest rows of all communities then stand side by side, and a
/// commit writes a few pages instead of one for each community and key.
fn recent(columns: &str, engine: Engine) -> Result<String, String> {
    let mut columns = apart(columns);
    if columns.len() < 2 || columns[0] != "community_id" {
        return Err("has a key {recent …} that does not begin with community_id".to_owned());
    }
    if engine == Engine::Sqlite {
        columns.swap(0, 1);
    }
    Ok(format!("({})", columns.join(", ")))
}

/// Columns and expressions of a list; a comma inside an expression parts nothing.
fn apart(list: &str) -> Vec<&str> {
    let mut depth = 0;
    let parts = list.split(|sign| {
        match sign {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        sign == ',' && depth == 0
    });
    parts.map(str::trim).collect()
}

fn column_type(word: &str, engine: Engine) -> Option<&'static str> {
    Some(match (word, engine) {
        ("id" | "bytes", Engine::Sqlite) => "blob",
        ("time" | "int", Engine::Sqlite) => "integer",
        ("json", Engine::Sqlite) => "text",
        ("id", Engine::Postgres) => "uuid",
        ("bytes", Engine::Postgres) => "bytea",
        ("time" | "int", Engine::Postgres) => "bigint",
        ("json", Engine::Postgres) => "jsonb",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_migration_is_told_to_each_engine_in_its_words() {
        let sql = "-- why; this is\ncreate table t(id {id}, at {time}, j {json} default '{};');
            -- only sqlite\ncreate index a on t(id); -- only postgres\ncreate index b on t(id);
            insert into t values ('it''s; fine');";
        assert_eq!(
            statements(sql, Engine::Sqlite).unwrap(),
            [
                "create table t(id blob, at integer, j text default '{};') strict",
                "create index a on t(id)",
                "insert into t values ('it''s; fine')",
            ]
        );
        assert_eq!(
            statements(sql, Engine::Postgres).unwrap(),
            [
                "create table t(id uuid, at bigint, j jsonb default '{};')",
                "create index b on t(id)",
                "insert into t values ('it''s; fine')",
            ]
        );
        assert!(statements("create table t(a {uuid})", Engine::Sqlite).is_err());
        assert!(statements("-- only mysql\nselect 1", Engine::Sqlite).is_err());
    }
}

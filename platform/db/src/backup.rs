//! Copies of the data while the program runs, and the way back.
//!
//! On SQLite a backup is a database file, copied in steps from one snapshot, so writers go on
//! and the copy never starts over. On PostgreSQL it is a text file of `copy` sections, all from
//! one snapshot; the migrations among them rebuild the schema. A copy appears under its name
//! only when it is whole and on the disk.

use crate::database::{Db, Url};
use crate::error::Error;
use crate::tx::Engine;
use crate::{migrate, postgres, sqlite};
use ::postgres::Client;
use rusqlite::backup::{Backup, StepResult};
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// Pages copied in one step (4 MB), between two looks at the progress.
const PAGES_PER_STEP: i32 = 1024;
/// How a dump begins. Its number changes with its form.
const DUMP_HEADER: &str = "lianhu-dump 1";
const MIGRATIONS: &str = "schema_migrations";

/// How far a backup has come, in pages of SQLite or tables of PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What has been copied.
    pub done: u64,
    /// What there is to copy.
    pub total: u64,
}

impl Db {
    /// Writes a consistent copy of everything to `path` while reads and writes go on. Blocks
    /// until it is on the disk.
    pub fn backup_to(&self, path: &Path, progress: impl FnMut(Progress)) -> Result<(), Error> {
        whole(path, |partial| match &self.config().url {
            Url::Sqlite(source) => copy_pages(source, partial, progress),
            Url::Postgres(url) => dump(url, partial, progress),
        })
    }
}

/// Fills an empty place with a backup of the same engine: a SQLite file that is not there yet,
/// or a PostgreSQL database without tables. All or nothing.
pub fn restore(backup: &Path, to: &Url) -> Result<(), Error> {
    match to {
        Url::Sqlite(path) => {
            if path.exists() {
                return Err(failed("move it away first", path, "there is data already"));
            }
            check_file(backup)?;
            whole(path, |partial| {
                std::fs::copy(backup, partial).map(drop).map_err(cannot("copy", backup))
            })
        }
        Url::Postgres(url) => undump(url, backup),
    }
}

/// Lets `write` make a file beside `path`, and gives it its name when it is on the disk.
fn whole(path: &Path, write: impl FnOnce(&Path) -> Result<(), Error>) -> Result<(), Error> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    // Left over from a run that was killed.
    match std::fs::remove_file(&partial) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(cannot("remove", &partial)(error));
        }
        _ => {}
    }
    write(&partial)?;
    let sync = |path: &Path| File::open(path).and_then(|file| file.sync_all());
    sync(&partial).map_err(cannot("write", &partial))?;
    std::fs::rename(&partial, path).map_err(cannot("rename", &partial))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    sync(folder.unwrap_or(Path::new("."))).map_err(cannot("write", path))
}

fn copy_pages(source: &Path, to: &Path, mut progress: impl FnMut(Progress)) -> Result<(), Error> {
    let broken = |error: rusqlite::Error| sqlite::fault("db.backup", &error);
    let (source, _) = sqlite::open(source, sqlite::Role::Reader)?;
    // A snapshot held open for the whole copy: without it every write would start it over.
    source.execute_batch("begin; select count(*) from sqlite_schema").map_err(broken)?;
    let mut copy = rusqlite::Connection::open(to).map_err(broken)?;
    let backup = Backup::new(&source, &mut copy).map_err(broken)?;
    while backup.step(PAGES_PER_STEP).map_err(broken)? != StepResult::Done {
        let now = backup.progress();
        let (total, left) = (now.pagecount.unsigned_abs(), now.remaining.unsigned_abs());
        progress(Progress { done: u64::from(total - left), total: u64::from(total) });
    }
    let total = u64::from(backup.progress().pagecount.unsigned_abs());
    progress(Progress { done: total, total });
    drop(backup);
    // One file without companions, which can be moved about.
    copy.execute_batch("pragma journal_mode=delete").map_err(broken)
}

/// Refuses a file that is no sound SQLite database.
fn check_file(path: &Path) -> Result<(), Error> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let answer: String = rusqlite::Connection::open_with_flags(path, flags)
        .and_then(|file| file.query_row("pragma quick_check(1)", [], |row| row.get(0)))
        .map_err(|error| failed("read", path, error))?;
    match answer.as_str() {
        "ok" => Ok(()),
        damage => Err(failed("restore", path, damage)),
    }
}

/// Tables of the current schema, the ones that others refer to first; schema_migrations leads.
fn tables(client: &mut Client) -> Result<Vec<String>, Error> {
    let names = client.query(
        "select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = current_schema() and c.relkind = 'r' order by c.relname <> $1, 1",
        &[&MIGRATIONS],
    );
    let edges = client.query(
        "select distinct child.relname::text, parent.relname::text from pg_constraint k
         join pg_class child on child.oid = k.conrelid
         join pg_class parent on parent.oid = k.confrelid
         join pg_namespace n on n.oid = child.relnamespace
         where n.nspname = current_schema() and k.contype = 'f' and k.conrelid <> k.confrelid",
        &[],
    );
    let names = names.map_err(unreachable_server)?;
    let mut waiting: Vec<String> = names.iter().map(|row| row.get(0)).collect();
    let edges = edges.map_err(unreachable_server)?;
    let edges: Vec<(String, String)> = edges.iter().map(|row| (row.get(0), row.get(1))).collect();
    let mut ordered: Vec<String> = Vec::new();
    while !waiting.is_empty() {
        let (ready, blocked): (Vec<String>, Vec<String>) =
            waiting.iter().cloned().partition(|table| {
                edges.iter().all(|(child, parent)| child != table || ordered.contains(parent))
            });
        if ready.is_empty() {
            return Err(Error::Backup(format!("tables refer in a circle: {blocked:?}")));
        }
        ordered.extend(ready);
        waiting = blocked;
    }
    Ok(ordered)
}

fn dump(url: &str, to: &Path, mut progress: impl FnMut(Progress)) -> Result<(), Error> {
    let mut client = postgres::connect(url, postgres::Role::Reader)?;
    client
        .batch_execute("begin isolation level repeatable read read only")
        .map_err(unreachable_server)?;
    let tables = tables(&mut client)?;
    let file = File::create(to).map_err(cannot("write", to))?;
    let mut file = BufWriter::with_capacity(1 << 20, file);
    writeln!(file, "{DUMP_HEADER}").map_err(cannot("write", to))?;
    for (done, table) in tables.iter().enumerate() {
        progress(Progress { done: done as u64, total: tables.len() as u64 });
        let columns: String = client
            .query_one(
                "select string_agg(quote_ident(a.attname), ', ' order by a.attnum)
                 from pg_attribute a where a.attrelid = quote_ident($1)::regclass
                 and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''",
                &[table],
            )
            .map_err(unreachable_server)?
            .get(0);
        let section = format!("copy \"{table}\" ({columns})");
        writeln!(file, "{section}").map_err(cannot("write", to))?;
        let mut rows =
            client.copy_out(&format!("{section} to stdout")).map_err(unreachable_server)?;
        std::io::copy(&mut rows, &mut file).map_err(cannot("write", to))?;
        writeln!(file, "\\.").map_err(cannot("write", to))?;
    }
    writeln!(file, "end {}", tables.len()).map_err(cannot("write", to))?;
    progress(Progress { done: tables.len() as u64, total: tables.len() as u64 });
    file.flush().map_err(cannot("write", to))
}

fn undump(url: &str, from: &Path) -> Result<(), Error> {
    let mut client = postgres::connect(url, postgres::Role::Writer)?;
    // Dropping the client without a commit takes everything back.
    client.batch_execute("begin").map_err(unreachable_server)?;
    if !tables(&mut client)?.is_empty() {
        return Err(Error::Backup("the database has tables already; restore wants none".into()));
    }
    let file = File::open(from).map_err(cannot("open", from))?;
    let mut lines = BufReader::with_capacity(1 << 20, file);
    if read_line(&mut lines, from)? != DUMP_HEADER {
        return Err(failed("restore", from, "it is no dump of this program's PostgreSQL"));
    }
    run_schema(&mut client, migrate::TABLE)?;
    let mut sections: u64 = 0;
    loop {
        let line = read_line(&mut lines, from)?;
        if line == format!("end {sections}") {
            return client.batch_execute("commit").map_err(unreachable_server);
        }
        if !line.starts_with("copy \"") {
            return Err(failed("restore", from, "the file is damaged or cut short"));
        }
        copy_in(&mut client, &line, &mut lines, from)?;
        if sections == 0 {
            rebuild_schema(&mut client)?;
        }
        sections += 1;
    }
}

fn copy_in(
    client: &mut Client,
    section: &str,
    lines: &mut impl BufRead,
    from: &Path,
) -> Result<(), Error> {
    let mut rows = client.copy_in(&format!("{section} from stdin")).map_err(unreachable_server)?;
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = lines.read_until(b'\n', &mut line).map_err(cannot("read", from))?;
        if read == 0 {
            return Err(failed("restore", from, "the file is cut short"));
        }
        if line == b"\\.\n" {
            break;
        }
        rows.write_all(&line).map_err(|error| Error::Backup(format!("{section}: {error}")))?;
    }
    rows.finish().map(drop).map_err(unreachable_server)
}

/// Runs the migrations that the dump brought, and empties what they filled: the dump has that
/// too.
fn rebuild_schema(client: &mut Client) -> Result<(), Error> {
    let select = format!("select sql from {MIGRATIONS} order by position");
    for row in client.query(&select, &[]).map_err(unreachable_server)? {
        run_schema(client, row.get(0))?;
    }
    let tables = tables(client)?;
    let filled: Vec<String> = tables[1..].iter().map(|table| format!("\"{table}\"")).collect();
    if filled.is_empty() {
        return Ok(());
    }
    client.batch_execute(&format!("truncate {}", filled.join(", "))).map_err(unreachable_server)
}

fn run_schema(client: &mut Client, sql: &str) -> Result<(), Error> {
    for statement in migrate::statements(sql, Engine::Postgres).map_err(Error::Migration)? {
        client.batch_execute(&statement).map_err(unreachable_server)?;
    }
    Ok(())
}

/// Longer than any header of a section.
const LINE_MAX: u64 = 1 << 16;

fn read_line(lines: &mut impl BufRead, from: &Path) -> Result<String, Error> {
    let mut line = String::new();
    lines.take(LINE_MAX).read_line(&mut line).map_err(cannot("read", from))?;
    Ok(line.trim_end().to_owned())
}

fn cannot(act: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    move |error| match error.kind() {
        std::io::ErrorKind::StorageFull => Error::Full,
        _ => failed(act, path, error),
    }
}

fn failed(act: &str, path: &Path, why: impl std::fmt::Display) -> Error {
    Error::Backup(format!("cannot {act} {}: {why}", path.display()))
}

fn unreachable_server(error: ::postgres::Error) -> Error {
    Error::Backup(postgres::describe(&error))
}

//! What the disk and SQLite allow: the rows that a run of intake left behind, written once more
//! by a loop around nothing but prepared inserts, with as many filings in a commit as the server
//! had. No HTTP, no policy, no rules, one thread; the same schema, the same settings.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params_from_iter};

use crate::Where;

/// Filings that are written at most; their rows are held in memory meanwhile.
const FILINGS_MAX: u32 = 50_000;

/// Tables with a row for each filing, and the column that says which request it belongs to.
const TABLES: [(&str, &str); 6] = [
    ("requests", "id"),
    ("promises", "request_id"),
    ("request_doc", "id"),
    ("query_codes", "object_id"),
    ("events", "object_id"),
    ("journal_entries", "object_id"),
];

const COUNT: &str = "insert into request_counters (community_id, year, last) values (?1, ?2, 1) \
                     on conflict (community_id, year) do update set last = last + 1";
const INDEX: &str = "insert into request_fts(rowid, terms) values (?1, ?2)";

/// All rows of one filing.
struct Filing {
    community: Value,
    year: i64,
    /// The row of the search index, and its terms.
    doc: i64,
    terms: String,
    /// By table.
    rows: Vec<(usize, Vec<Value>)>,
}

/// Filings per second that the loop reaches with the newest rows in `data`.
pub fn measure(data: &Path, filings: u64, group: usize) -> Result<f64> {
    let most = u32::try_from(filings).unwrap_or(u32::MAX).min(FILINGS_MAX);
    let filings = read(&data.join("lianhu.db"), most)?;
    ensure!(!filings.is_empty(), "there is nothing to write");
    // Beside the data, so that it is the same disk.
    let folder = tempfile::tempdir_in(data).context("no room for the comparison")?;
    let at = Where::new(folder.path().to_owned(), None);
    at.open(true)?.close();
    let target = Connection::open(folder.path().join("lianhu.db"))?;
    target.execute_batch(
        "pragma journal_mode=wal; pragma synchronous=full; pragma wal_autocheckpoint=4000;
         pragma temp_store=memory; pragma cache_size=-32000; pragma mmap_size=268435456;",
    )?;
    write(&target, &filings, group)
}

fn write(target: &Connection, filings: &[Filing], group: usize) -> Result<f64> {
    let mut inserts = Vec::new();
    for (table, _) in TABLES {
        let columns = target.prepare(&format!("select * from {table}"))?.column_count();
        let places = vec!["?"; columns].join(", ");
        inserts.push(target.prepare(&format!("insert into {table} values ({places})"))?);
    }
    let (mut count, mut index) = (target.prepare(COUNT)?, target.prepare(INDEX)?);
    let started = Instant::now();
    for group in filings.chunks(group) {
        target.execute_batch("begin immediate")?;
        for filing in group {
            count.execute((&filing.community, filing.year))?;
            for (table, row) in &filing.rows {
                inserts[*table].execute(params_from_iter(row))?;
            }
            index.execute((filing.doc, &filing.terms))?;
        }
        target.execute_batch("commit")?;
    }
    Ok(filings.len() as f64 / started.elapsed().as_secs_f64())
}

/// The newest filings with all their rows, oldest first.
fn read(path: &Path, filings: u32) -> Result<Vec<Filing>> {
    let source = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut newest = source.prepare(
        "select r.community_id, r.id, r.year, r.words, d.doc from requests r join request_doc d
         on d.community_id = r.community_id and d.id = r.id order by r.rowid desc limit ?1",
    )?;
    let mut tables = Vec::new();
    for (table, key) in TABLES {
        let text = format!("select * from {table} where community_id = ?1 and {key} = ?2");
        // Entries of the journal are found by their event; no index leads there from the object.
        tables.push(source.prepare(&match table {
            "journal_entries" => format!(
                "select * from {table} where community_id = ?1 and event_id in \
                 (select id from events where community_id = ?1 and object_id = ?2)"
            ),
            _ => text,
        })?);
    }
    let mut found = Vec::new();
    let mut rows = newest.query([filings])?;
    while let Some(row) = rows.next()? {
        let (community, id): (Value, Value) = (row.get(0)?, row.get(1)?);
        let words: String = row.get(3)?;
        let mut filing = Filing {
            community: community.clone(),
            year: row.get(2)?,
            doc: row.get(4)?,
            terms: kernel::terms::index_with_initials("0001", &words).join(" "),
            rows: Vec::new(),
        };
        for (number, table) in tables.iter_mut().enumerate() {
            let columns = table.column_count();
            let mut rows = table.query((&community, &id))?;
            while let Some(row) = rows.next()? {
                let values = (0..columns).map(|at| row.get(at)).collect::<Result<_, _>>()?;
                filing.rows.push((number, values));
            }
        }
        found.push(filing);
    }
    found.reverse();
    Ok(found)
}

//! What SQLite's index has not taken in yet.
//!
//! FTS5 writes a segment of its own at each commit, and merges segments of a like size again and
//! again: indexed one by one, a document is rewritten seven times by the time there are a million.
//! So documents wait in a plain table, looked through by each search, and go into the index
//! [`TOGETHER`] at a time.

use crate::error::Error;
use crate::params;
use crate::statement::Sql;
use crate::tx::Tx;
use uuid::Uuid;

/// So many go into the index at once: about 5 ms of the writer, and as many are looked through.
const TOGETHER: i64 = 64;

/// The statements that make the table.
pub(super) fn ddl(index: &str) -> [String; 2] {
    [
        format!(
            "create table if not exists {index}_waiting(n integer primary key,
             community_id blob not null, doc integer not null, terms text not null) strict"
        ),
        format!(
            "create unique index if not exists {index}_waiting_doc
             on {index}_waiting(community_id, doc)"
        ),
    ]
}

/// Lets a document wait, in place of what waited for it before. When enough wait, all go.
pub(super) fn add(
    tx: &mut Tx<'_>,
    index: &str,
    community: Uuid,
    doc: i64,
    terms: &str,
) -> Result<(), Error> {
    let add = format!(
        "insert into {index}_waiting(community_id, doc, terms) values ($1, $2, $3)
         on conflict (community_id, doc) do update set terms = excluded.terms"
    );
    tx.exec(&Sql::interned("search.wait", &add), &params![community, doc, terms])?;
    let span = format!(
        "select (select max(n) from {index}_waiting) - (select min(n) from {index}_waiting) + 1"
    );
    let span = tx.row(&Sql::interned("search.waiting", &span), &[])?;
    match span.map(|row| row.opt_int(0)).transpose()?.flatten() {
        Some(span) if span >= TOGETHER => take_in(tx, index),
        Some(_) | None => Ok(()),
    }
}

/// Drops a document that waits.
pub(super) fn remove(tx: &mut Tx<'_>, index: &str, community: Uuid, doc: i64) -> Result<(), Error> {
    let remove = format!("delete from {index}_waiting where community_id = $1 and doc = $2");
    tx.exec(&Sql::interned("search.wait_no_more", &remove), &params![community, doc]).map(drop)
}

/// Takes all that wait into the index.
fn take_in(tx: &mut Tx<'_>, index: &str) -> Result<(), Error> {
    let take = format!(
        "insert into {index}_fts(rowid, terms) select doc, terms from {index}_waiting order by doc"
    );
    tx.exec(&Sql::interned("search.take_in", &take), &[])?;
    let clear = format!("delete from {index}_waiting");
    tx.exec(&Sql::interned("search.taken_in", &clear), &[]).map(drop)
}

/// The newest `limit` that wait and match, with their numbers; at most as many as ever wait.
pub(super) fn find(
    tx: &mut Tx<'_>,
    index: &str,
    community: Uuid,
    query: &[Vec<Vec<String>>],
    before: i64,
) -> Result<Vec<(i64, Uuid)>, Error> {
    let query = spelled(query);
    // The first term of what is wanted in one way only sorts out nearly all before they are read.
    let hint = query.iter().find(|phrases| phrases.len() == 1);
    let hint = hint.and_then(|phrases| phrases[0].first()).map_or("", String::as_str);
    let find = format!(
        "select w.doc, w.terms, d.id from {index}_waiting w join {index}_doc d on d.doc = w.doc
         where w.community_id = $1 and w.doc < $2 and instr(w.terms, $3) > 0"
    );
    let rows =
        tx.rows(&Sql::interned("search.find_waiting", &find), &params![community, before, hint])?;
    let mut found = Vec::new();
    for row in &rows {
        let terms: Vec<&str> = row.text(1)?.split(' ').collect();
        if matches(&terms, &query) {
            found.push((row.int(0)?, row.id(2)?));
        }
    }
    Ok(found)
}

/// What is wanted in the letters of the index, without what asks for nothing.
fn spelled(query: &[Vec<Vec<String>>]) -> Vec<Vec<Vec<String>>> {
    let phrase = |phrase: &Vec<String>| phrase.iter().map(|term| super::spell(term)).collect();
    let one = |phrases: &Vec<Vec<String>>| -> Vec<Vec<String>> {
        phrases.iter().filter(|phrase| !phrase.is_empty()).map(phrase).collect()
    };
    query.iter().map(one).filter(|phrases| !phrases.is_empty()).collect()
}

/// Whether a document has everything wanted, each by any one of its phrases.
fn matches(terms: &[&str], query: &[Vec<Vec<String>>]) -> bool {
    let stands = |phrase: &Vec<String>| terms.windows(phrase.len()).any(|row| row == phrase);
    query.iter().all(|phrases| phrases.iter().any(stands))
}

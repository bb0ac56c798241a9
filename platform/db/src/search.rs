//! Full-text search that answers alike on both engines: newest first, one community at a time.
//!
//! The caller cuts text into terms (character bigrams, words), each with the community's short
//! key before it, so that a posting list belongs to one community. SQLite keeps them in a
//! contentless FTS5 table, PostgreSQL in a `tsvector` that is cast and not parsed: no
//! extension, no locale. A phrase is terms that stand side by side; a query wants several things,
//! each by any one of its phrases.
//! What was written last waits in a plain table until the index takes it in ([`waiting`]).
//! FTS5 row numbers are made from the id's time, so the newest page is read from the end of the
//! posting lists and nothing is sorted.

use crate::error::Error;
use crate::params;
use crate::statement::Sql;
use crate::tx::{Engine, Tx};
use std::fmt::Write;
use uuid::Uuid;

mod waiting;

/// How many ids of one instant (the same millisecond and 15 more bits) can be told apart by
/// SQLite's row numbers. Random bits make even two rare.
const SAME_INSTANT_MAX: i64 = 64;

/// The largest leaf of SQLite's index.
const LEAF_BYTES: usize = 1900;

/// The statements that make the tables of an index; migrations say `{search NAME};`.
pub fn ddl(index: &str, engine: Engine) -> Result<Vec<String>, String> {
    if index.is_empty() || !index.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
        return Err(format!("cannot name an index «{index}»: only a-z and _"));
    }
    Ok(match engine {
        Engine::Sqlite => [
            format!(
                "create table {index}_doc(doc integer primary key, community_id blob not null,
                 id blob not null, unique(id, community_id)) strict"
            ),
            format!(
                "create virtual table {index}_fts using fts5(terms, content='',
                 contentless_delete=1, tokenize='unicode61 remove_diacritics 0')"
            ),
            // A leaf of the index is a row of a table: it fits on one page of 2 kB.
            format!("insert into {index}_fts({index}_fts, rank) values ('pgsz', {LEAF_BYTES})"),
        ]
        .into_iter()
        .chain(waiting::ddl(index))
        .collect(),
        Engine::Postgres => vec![
            format!(
                "create table {index}_doc(community_id uuid not null, id uuid not null,
                 terms tsvector not null, primary key(community_id, id))"
            ),
            // Without `fastupdate` a search never has to read through what is not yet in the index.
            format!(
                "create index {index}_terms on {index}_doc using gin(terms) with (fastupdate = off)"
            ),
        ],
    })
}

/// Makes `id` findable by `terms`, in place of what it was findable by before.
pub fn put(
    tx: &mut Tx<'_>,
    index: &str,
    community: Uuid,
    id: Uuid,
    terms: &[String],
) -> Result<(), Error> {
    match tx.engine() {
        Engine::Sqlite => {
            let doc = match doc(tx, index, community, id)? {
                Some(doc) => {
                    forget(tx, index, doc)?;
                    doc
                }
                None => new_doc(tx, index, community, id)?,
            };
            let terms = terms.iter().map(|term| spell(term)).collect::<Vec<_>>().join(" ");
            waiting::add(tx, index, community, doc, &terms)?;
        }
        Engine::Postgres => {
            let put = format!(
                "insert into {index}_doc(community_id, id, terms)
                 values ($1, $2, cast($3 as text)::tsvector)
                 on conflict (community_id, id) do update set terms = excluded.terms"
            );
            let vector = vector(terms);
            tx.later(&Sql::interned("search.put", &put), &params![community, id, vector])?;
        }
    }
    Ok(())
}

/// Makes `id` unfindable.
pub fn remove(tx: &mut Tx<'_>, index: &str, community: Uuid, id: Uuid) -> Result<(), Error> {
    if tx.engine() == Engine::Sqlite
        && let Some(doc) = doc(tx, index, community, id)?
    {
        forget(tx, index, doc)?;
        waiting::remove(tx, index, community, doc)?;
    }
    let remove = format!("delete from {index}_doc where community_id = $1 and id = $2");
    tx.exec(&Sql::interned("search.remove", &remove), &params![community, id])?;
    Ok(())
}

/// The newest `limit` ids that have everything `query` wants, each by any one of its phrases, and
/// are older than `before`. A query that wants nothing finds nothing.
pub fn find(
    tx: &mut Tx<'_>,
    index: &str,
    community: Uuid,
    query: &[Vec<Vec<String>>],
    before: Option<Uuid>,
    limit: u32,
) -> Result<Vec<Uuid>, Error> {
    let Some(wanted) = wanted(tx.engine(), query) else {
        return Ok(Vec::new());
    };
    let rows = match tx.engine() {
        Engine::Sqlite => {
            let before = match before {
                Some(id) => doc(tx, index, community, id)?.unwrap_or_else(|| doc_of(id)),
                None => i64::MAX,
            };
            let find = format!(
                "select d.doc, d.id from {index}_fts
                 cross join {index}_doc d on d.doc = {index}_fts.rowid
                 where {index}_fts match $1 and {index}_fts.rowid < $2 and d.community_id = $3
                 order by {index}_fts.rowid desc limit $4"
            );
            let find = Sql::interned("search.find", &find);
            let mut found = waiting::find(tx, index, community, query, before)?;
            for row in tx.rows(&find, &params![wanted, before, community, limit])? {
                found.push((row.int(0)?, row.id(1)?));
            }
            found.sort_unstable_by(|one, other| other.cmp(one));
            found.truncate(limit as usize);
            return Ok(found.into_iter().map(|(_, id)| id).collect());
        }
        Engine::Postgres => {
            let find = format!(
                "select id from {index}_doc
                 where community_id = $1 and terms @@ cast($2 as text)::tsquery and id < $3
                 order by id desc limit $4"
            );
            let before = before.unwrap_or(Uuid::max());
            let find = Sql::interned("search.find", &find);
            tx.rows(&find, &params![community, wanted, before, limit])?
        }
    };
    rows.iter().map(|row| row.id(0)).collect()
}

/// Takes a document out of SQLite's index.
fn forget(tx: &mut Tx<'_>, index: &str, doc: i64) -> Result<(), Error> {
    let forget = format!("delete from {index}_fts where rowid = $1");
    tx.exec(&Sql::interned("search.forget", &forget), &params![doc]).map(drop)
}

/// The number that SQLite knows `id` by.
fn doc(tx: &mut Tx<'_>, index: &str, community: Uuid, id: Uuid) -> Result<Option<i64>, Error> {
    let find = format!("select doc from {index}_doc where community_id = $1 and id = $2");
    let row = tx.row(&Sql::interned("search.doc", &find), &params![community, id])?;
    row.map(|row| row.int(0)).transpose()
}

fn new_doc(tx: &mut Tx<'_>, index: &str, community: Uuid, id: Uuid) -> Result<i64, Error> {
    let add = format!(
        "insert into {index}_doc(doc, community_id, id) values ($1, $2, $3) on conflict do nothing"
    );
    let add = Sql::interned("search.add", &add);
    let first = doc_of(id);
    for doc in first..first.saturating_add(SAME_INSTANT_MAX) {
        if tx.exec(&add, &params![doc, community, id])? == 1 {
            return Ok(doc);
        }
    }
    Err(Error::statement(add.name, "crowded", "too many ids of one instant"))
}

/// A row number that sorts as the id does: its 48 bits of time and the next 15 that are not
/// the same in all ids of a version.
fn doc_of(id: Uuid) -> i64 {
    let bits = id.as_u128();
    let (time, a, b) = (bits >> 80, (bits >> 64) & 0xFFF, (bits >> 59) & 0b111);
    // 48 + 12 + 3 bits: never negative.
    ((time << 15) | (a << 3) | b) as i64
}

/// A term as both engines take it verbatim. FTS5 knows the letters of Unicode 6.1 only; what is
/// younger, like the rare characters of some names, is spelled out.
fn spell(term: &str) -> String {
    let mut spelled = String::with_capacity(term.len());
    for letter in term.chars() {
        match letter {
            'a'..='z' | '0'..='9' | '\u{3400}'..='\u{4db5}' | '\u{4e00}'..='\u{9fcc}' => {
                spelled.push(letter);
            }
            // Writing to a string cannot fail.
            other => write!(spelled, "x{:x}x", u32::from(other)).unwrap_or_default(),
        }
    }
    spelled
}

/// The query in the engine's own words; none for one that wants nothing.
fn wanted(engine: Engine, query: &[Vec<Vec<String>>]) -> Option<String> {
    let (all, any) = match engine {
        Engine::Sqlite => (" AND ", " OR "),
        Engine::Postgres => (" & ", " | "),
    };
    let row = |phrase: &Vec<String>| {
        let terms: Vec<String> = phrase.iter().map(|term| spell(term)).collect();
        match engine {
            Engine::Sqlite => format!("\"{}\"", terms.join(" ")),
            Engine::Postgres => format!("({})", terms.join(" <-> ")),
        }
    };
    let one = |phrases: &Vec<Vec<String>>| {
        let rows = phrases.iter().filter(|phrase| !phrase.is_empty()).map(row);
        let rows: Vec<String> = rows.collect();
        (!rows.is_empty()).then(|| format!("({})", rows.join(any)))
    };
    let wanted: Vec<String> = query.iter().filter_map(one).collect();
    (!wanted.is_empty()).then(|| wanted.join(all))
}

/// A `tsvector`'s text: every term with its place.
fn vector(terms: &[String]) -> String {
    let mut vector = String::new();
    for (place, term) in terms.iter().enumerate() {
        // PostgreSQL counts places up to 16,383 and takes larger ones for that.
        write!(vector, "{}:{} ", spell(term), place + 1).unwrap_or_default();
    }
    vector
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn row_numbers_sort_as_version_7_ids_do(a: u128, b: u128) {
            let v7 = |bits| uuid::Builder::from_u128(bits)
                .with_version(uuid::Version::SortRand)
                .with_variant(uuid::Variant::RFC4122)
                .into_uuid();
            let (a, b) = (v7(a), v7(b));
            proptest::prop_assert!(doc_of(a) >= 0);
            proptest::prop_assert!((a < b) == (doc_of(a) < doc_of(b)) || doc_of(a) == doc_of(b));
        }
    }

    #[test]
    fn a_term_has_letters_and_digits_only() {
        for (term, spelled) in [
            ("k7电梯", "k7电梯"),
            ("k7𬭎", "k7x2cb4ex"),
            ("k7'; & \"", "k7x27xx3bxx20xx26xx20xx22x"),
        ] {
            assert_eq!(spell(term), spelled);
        }
    }
}

//! Tables that wait to be brought in, and what the columns of tables like them were taken for.

use std::collections::BTreeMap;

use db::{Tx, Value};
use gate::Refusal;
use kernel::{AccountId, CommunityId, Instant};
use uuid::Uuid;

use super::strange;

db::sql! { module "registry.uploads";
    ADD = "insert into import_uploads (community_id, id, account_id, at, file, choices) \
           values ($1,$2,$3,$4,$5,$6)";
    FIND = "select file, choices from import_uploads \
            where community_id = $1 and id = $2 and account_id = $3";
    OPEN = "select id from import_uploads where community_id = $1 and account_id = $2 limit 1";
    CHOOSE = "update import_uploads set choices = $4 \
              where community_id = $1 and id = $2 and account_id = $3";
    DROP = "delete from import_uploads where community_id = $1 and id = $2 and account_id = $3";
    DROP_OTHERS = "delete from import_uploads where community_id = $1 and account_id = $2";
    DROP_STALE = "delete from import_uploads where community_id = $1 and at < $2";
    STALE = "select 1 where exists (select 1 from import_uploads \
               where community_id = $1 and at < $2) \
             or exists (select 1 from imports \
               where community_id = $1 and salt is not null and at < $2)";
    COLUMNS = "select fields from import_columns where community_id = $1 and signature = $2";
    COLUMNS_KEEP = "insert into import_columns (community_id, signature, fields, at) \
                    values ($1,$2,$3,$4) on conflict (community_id, signature) \
                    do update set fields = excluded.fields, at = excluded.at";
}

/// A table that waits.
pub struct Waiting {
    pub file: Vec<u8>,
    /// What its clerk chose, as JSON.
    pub choices: String,
}

/// Keeps a table until it is brought in or dropped; one for each account, the latest.
///
/// # Errors
/// Those of the database.
pub fn keep(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: AccountId,
    (id, at): (Uuid, Instant),
    file: &[u8],
) -> Result<(), Refusal> {
    let (community, account) = (community.uuid(), account.uuid());
    tx.exec(&DROP_OTHERS, &db::params![community, account])?;
    let choices = Value::Json("{}".to_owned());
    let given = db::params![community, id, account, at.micros(), file, choices];
    Ok(tx.exec_one(&ADD, &given)?)
}

/// A table that waits for the same clerk who sent it.
///
/// # Errors
/// Those of the database.
pub fn waiting(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: AccountId,
    id: Uuid,
) -> Result<Option<Waiting>, Refusal> {
    let row = tx.row(&FIND, &db::params![community.uuid(), id, account.uuid()])?;
    let read = |row: db::Row| {
        Ok(Waiting { file: row.bytes(0)?.to_vec(), choices: row.text(1)?.to_owned() })
    };
    row.map(read).transpose()
}

/// The table that waits for a clerk, if one does.
///
/// # Errors
/// Those of the database.
pub fn open(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: AccountId,
) -> Result<Option<Uuid>, Refusal> {
    let row = tx.row(&OPEN, &db::params![community.uuid(), account.uuid()])?;
    Ok(row.map(|row| row.id(0)).transpose()?)
}

/// Keeps what a clerk chose for a table that waits.
///
/// # Errors
/// A conflict when it waits no longer.
pub fn choose(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: AccountId,
    id: Uuid,
    choices: &str,
) -> Result<(), Refusal> {
    let choices = Value::Json(choices.to_owned());
    let given = db::params![community.uuid(), id, account.uuid(), choices];
    Ok(tx.exec_one(&CHOOSE, &given)?)
}

/// Drops a table; how many there were.
///
/// # Errors
/// Those of the database.
pub fn drop(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: AccountId,
    id: Uuid,
) -> Result<u64, Refusal> {
    Ok(tx.exec(&DROP, &db::params![community.uuid(), id, account.uuid()])?)
}

/// Drops what waited since before then; how many.
///
/// # Errors
/// Those of the database.
pub fn drop_stale(
    tx: &mut Tx<'_>,
    community: CommunityId,
    before: Instant,
) -> Result<u64, Refusal> {
    Ok(tx.exec(&DROP_STALE, &db::params![community.uuid(), before.micros()])?)
}

/// Whether anything is kept here since before then that is to be forgotten: a table that waits,
/// or what one that was brought in wrote over.
///
/// # Errors
/// Those of the database.
pub fn is_stale(tx: &mut Tx<'_>, community: CommunityId, before: Instant) -> Result<bool, Refusal> {
    Ok(tx.row(&STALE, &db::params![community.uuid(), before.micros()])?.is_some())
}

/// What the columns of tables with these headings were taken for the last time.
///
/// # Errors
/// Those of the database.
pub fn columns(
    tx: &mut Tx<'_>,
    community: CommunityId,
    signature: &str,
) -> Result<BTreeMap<String, String>, Refusal> {
    let row = tx.row(&COLUMNS, &db::params![community.uuid(), signature])?;
    let read =
        |row: db::Row| serde_json::from_str(row.text(0)?).map_err(|_| strange("choice of columns"));
    row.map_or_else(|| Ok(BTreeMap::new()), read)
}

/// Remembers it.
///
/// # Errors
/// Those of the database.
pub fn keep_columns(
    tx: &mut Tx<'_>,
    community: CommunityId,
    (signature, fields): (&str, &BTreeMap<String, String>),
    at: Instant,
) -> Result<(), Refusal> {
    let fields = serde_json::to_string(fields)
        .map_err(|error| Refusal::Defect(format!("columns have no JSON: {error}")))?;
    let given = db::params![community.uuid(), signature, Value::Json(fields), at.micros()];
    Ok(tx.exec_one(&COLUMNS_KEEP, &given)?)
}

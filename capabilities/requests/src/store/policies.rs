//! The clocks of a community: the edition in force, or what ships with the program.
//!
//! An edition never changes once it is kept, so a parsed one is remembered by its version.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use db::Tx;
use gate::Refusal;
use kernel::{CommunityId, Instant};
use uuid::Uuid;

use super::strange;
use crate::rules::clocks::ClockPolicy;

db::sql! { module "requests.policies";
    IN_FORCE = "select version, calendar, clocks, from_at from clock_policies \
                where community_id = $1 and from_at <= $2 order by from_at desc limit 1";
    ALL = "select version, calendar, clocks, from_at, set_by_id from clock_policies \
           where community_id = $1 order by from_at desc limit 51";
    NAMED = "select from_at from clock_policies where community_id = $1 and version = $2 limit 1";
    ADD = "insert into clock_policies (community_id, version, from_at, calendar, clocks, \
           set_by_id) values ($1, $2, $3, $4, $5, $6)";
}

/// Parsed editions kept at most; past this the memory is emptied and filled again.
const REMEMBERED_MAX: usize = 4_096;

type Editions = HashMap<(Uuid, i64), Arc<ClockPolicy>>;

static BUILT_IN: LazyLock<Arc<ClockPolicy>> = LazyLock::new(|| Arc::new(ClockPolicy::built_in()));
static EDITIONS: LazyLock<RwLock<Editions>> = LazyLock::new(RwLock::default);

/// The clocks in force at a moment.
///
/// # Errors
/// Those of the database, or a kept edition that cannot be read.
pub fn in_force(
    tx: &mut Tx<'_>,
    community: CommunityId,
    at: Instant,
) -> Result<Arc<ClockPolicy>, Refusal> {
    let Some(row) = tx.row(&IN_FORCE, &db::params![community.uuid(), at.micros()])? else {
        return Ok(BUILT_IN.clone());
    };
    let key = (community.uuid(), row.int(3)?);
    let known = EDITIONS.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
    if let Some(policy) = known {
        return Ok(policy);
    }
    let policy = ClockPolicy::parse(row.text(0)?, row.text(1)?, row.text(2)?);
    let policy = Arc::new(policy.map_err(|_| strange("clock policy"))?);
    let mut editions = EDITIONS.write().unwrap_or_else(PoisonError::into_inner);
    if editions.len() >= REMEMBERED_MAX {
        editions.clear();
    }
    editions.insert(key, policy.clone());
    Ok(policy)
}

/// Editions that a list goes back: two a year are many.
pub const LISTED_MAX: usize = 50;

/// An edition as it is kept.
#[derive(Debug)]
pub struct Edition {
    pub policy: ClockPolicy,
    pub from_at: Instant,
    /// The account that put it in force.
    pub set_by: Option<Uuid>,
}

/// The kept editions, latest first: [`LISTED_MAX`] and one more, by which it is seen what the last
/// of them changed.
///
/// # Errors
/// Those of the database, or a kept edition that cannot be read.
pub fn all(tx: &mut Tx<'_>, community: CommunityId) -> Result<Vec<Edition>, Refusal> {
    let rows = tx.rows(&ALL, &db::params![community.uuid()])?;
    let read = |row: &db::Row| {
        let policy = ClockPolicy::parse(row.text(0)?, row.text(1)?, row.text(2)?);
        let policy = policy.map_err(|_| strange("clock policy"))?;
        let from_at = Instant::from_micros(row.int(3)?);
        Ok(Edition { policy, from_at, set_by: row.opt_id(4)? })
    };
    rows.iter().map(read).collect()
}

/// Whether an edition of this name is kept already.
///
/// # Errors
/// Those of the database.
pub fn is_named(tx: &mut Tx<'_>, community: CommunityId, version: &str) -> Result<bool, Refusal> {
    let built_in = BUILT_IN.version == version;
    Ok(built_in || tx.row(&NAMED, &db::params![community.uuid(), version])?.is_some())
}

/// Keeps an edition.
///
/// # Errors
/// Those of the database; another edition that begins at that very instant is one.
pub fn add(
    tx: &mut Tx<'_>,
    community: CommunityId,
    edition: &Edition,
    calendar: &str,
) -> Result<(), Refusal> {
    let Edition { policy, from_at, set_by } = edition;
    let terms = db::Value::Json(policy.terms.to_json());
    let version = policy.version.as_str();
    let values = db::params![community.uuid(), version, from_at.micros(), calendar, terms, *set_by];
    Ok(tx.exec_one(&ADD, &values)?)
}

/// The calendar's text as it was edited; none while the built-in one is in force.
///
/// # Errors
/// Those of the database.
pub fn calendar_text(
    tx: &mut Tx<'_>,
    community: CommunityId,
    at: Instant,
) -> Result<Option<String>, Refusal> {
    let row = tx.row(&IN_FORCE, &db::params![community.uuid(), at.micros()])?;
    row.map(|row| Ok(row.text(1)?.to_owned())).transpose()
}

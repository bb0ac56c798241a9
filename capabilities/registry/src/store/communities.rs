//! The communities of this installation.

use std::collections::HashMap;
use std::sync::{LazyLock, PoisonError, RwLock};

use db::{Row, Tx};
use gate::Refusal;
use kernel::{CommunityId, Instant};

use super::strange;
use crate::model::Community;

db::sql! { module "registry.communities";
    BY_ID = "select id, short_key, name, phone, official_code, created_at from communities \
             where id = $1";
    BY_SHORT_KEY = "select id, short_key, name, phone, official_code, created_at \
                    from communities where short_key = $1";
    FIRST = "select id, short_key, name, phone, official_code, created_at from communities \
             order by short_key limit 1";
    LAST_SHORT_KEY = "select coalesce(max(short_key), 0) from communities";
    ADD = "insert into communities (id, short_key, name, phone, official_code, created_at) \
           values ($1,$2,$3,$4,$5,$6)";
}

/// Short keys kept at most; past this the memory is emptied and filled again.
const REMEMBERED_MAX: usize = 16_384;

static SHORT_KEYS: LazyLock<RwLock<HashMap<CommunityId, u32>>> = LazyLock::new(RwLock::default);

/// The community with this id.
///
/// # Errors
/// Those of the database.
pub fn by_id(tx: &mut Tx<'_>, id: CommunityId) -> Result<Option<Community>, Refusal> {
    tx.row(&BY_ID, &db::params![id.uuid()])?.as_ref().map(read).transpose()
}

/// The number that a community's query codes and search terms begin with. It is given once and
/// never changes, so it is asked for once.
///
/// # Errors
/// [`Refusal::NotFound`] without such a community, and those of the database.
pub fn short_key(tx: &mut Tx<'_>, id: CommunityId) -> Result<u32, Refusal> {
    let known = SHORT_KEYS.read().unwrap_or_else(PoisonError::into_inner).get(&id).copied();
    if let Some(short_key) = known {
        return Ok(short_key);
    }
    let short_key = by_id(tx, id)?.ok_or(Refusal::NotFound)?.short_key;
    let mut keys = SHORT_KEYS.write().unwrap_or_else(PoisonError::into_inner);
    if keys.len() >= REMEMBERED_MAX {
        keys.clear();
    }
    keys.insert(id, short_key);
    Ok(short_key)
}

/// The community whose query codes begin with this number. It never changes: keep the answer.
///
/// # Errors
/// Those of the database.
pub fn by_short_key(tx: &mut Tx<'_>, short_key: u32) -> Result<Option<Community>, Refusal> {
    tx.row(&BY_SHORT_KEY, &db::params![short_key])?.as_ref().map(read).transpose()
}

/// The community that was set up first: the home of those who are not signed in.
///
/// # Errors
/// Those of the database.
pub fn first(tx: &mut Tx<'_>) -> Result<Option<Community>, Refusal> {
    tx.row(&FIRST, &[])?.as_ref().map(read).transpose()
}

/// Founds a community under the next short key, with keys of its own.
///
/// # Errors
/// Those of the database. Two at the same moment collide on the short key and one runs again.
pub fn create(
    tx: &mut Tx<'_>,
    id: CommunityId,
    name: &str,
    phone: &str,
    now: Instant,
) -> Result<Community, Refusal> {
    let last = tx.row(&LAST_SHORT_KEY, &[])?.ok_or_else(|| strange("short key"))?.int(0)?;
    let short_key = u32::try_from(last + 1).map_err(|_| strange("short key"))?;
    let community = Community {
        id,
        short_key,
        name: name.to_owned(),
        phone: phone.to_owned(),
        official_code: None,
        created_at: now,
    };
    tx.exec_one(
        &ADD,
        &db::params![
            id.uuid(),
            short_key,
            name,
            phone,
            community.official_code.as_deref(),
            now.micros()
        ],
    )?;
    vault::found(tx, id)?;
    Ok(community)
}

fn read(row: &Row) -> Result<Community, Refusal> {
    Ok(Community {
        id: CommunityId::from_uuid(row.id(0)?),
        short_key: u32::try_from(row.int(1)?).map_err(|_| strange("short key"))?,
        name: row.text(2)?.to_owned(),
        phone: row.text(3)?.to_owned(),
        official_code: row.opt_text(4)?.map(str::to_owned),
        created_at: Instant::from_micros(row.int(5)?),
    })
}

//! The communities of this installation.

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

/// The community with this id.
///
/// # Errors
/// Those of the database.
pub fn by_id(tx: &mut Tx<'_>, id: CommunityId) -> Result<Option<Community>, Refusal> {
    tx.row(&BY_ID, &db::params![id.uuid()])?.as_ref().map(read).transpose()
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

/// Founds a community under the next short key.
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

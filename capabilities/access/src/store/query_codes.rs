//! Query codes, hashed, and the object each one opens.

use db::Tx;
use gate::Refusal;
use kernel::{CommunityId, Instant};
use uuid::Uuid;

db::sql! { module "access.query_codes";
    ADD = "insert into query_codes (community_id, code_hash, object_id, issued_at) \
           values ($1,$2,$3,$4)";
    REVOKE = "update query_codes set revoked_at = $3 \
              where community_id = $1 and object_id = $2 and revoked_at is null";
    FIND = "select object_id from query_codes \
            where community_id = $1 and code_hash = $2 and revoked_at is null";
}

pub(crate) fn add(
    tx: &mut Tx<'_>,
    community: CommunityId,
    hash: [u8; 32],
    object: Uuid,
    now: Instant,
) -> Result<(), Refusal> {
    let given = db::params![community.uuid(), hash.to_vec(), object, now.micros()];
    Ok(tx.later(&ADD, &given)?)
}

/// Ends all codes of an object; how many there were.
pub(crate) fn revoke(
    tx: &mut Tx<'_>,
    community: CommunityId,
    object: Uuid,
    now: Instant,
) -> Result<u64, Refusal> {
    Ok(tx.exec(&REVOKE, &db::params![community.uuid(), object, now.micros()])?)
}

/// What a code opens.
pub(crate) fn object(
    tx: &mut Tx<'_>,
    community: CommunityId,
    hash: [u8; 32],
) -> Result<Option<Uuid>, Refusal> {
    let row = tx.row(&FIND, &db::params![community.uuid(), hash.to_vec()])?;
    Ok(row.map(|row| row.id(0)).transpose()?)
}

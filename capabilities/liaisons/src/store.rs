//! How the limits are kept: named statements and the mapping of their rows, nothing else.

use db::Tx;
use gate::Refusal;
use kernel::{CommunityId, Instant};

use crate::model::Limit;

db::sql! { module "liaisons";
    LIMIT_ADD = "insert into liaison_load_limits (community_id, from_at, households) \
                 values ($1,$2,$3)";
    LIMIT_AT = "select from_at, households from liaison_load_limits \
                where community_id = $1 and from_at <= $2 order by from_at desc limit 1";
}

/// Keeps a limit.
///
/// # Errors
/// Those of the database; one moment has one limit.
pub fn add_limit(tx: &mut Tx<'_>, community: CommunityId, limit: Limit) -> Result<(), Refusal> {
    let households = i64::try_from(limit.households).unwrap_or(i64::MAX);
    let given = db::params![community.uuid(), limit.from.micros(), households];
    Ok(tx.exec_one(&LIMIT_ADD, &given)?)
}

/// The limit that holds at `at`, if the community ever set one.
///
/// # Errors
/// Those of the database.
pub fn limit_at(
    tx: &mut Tx<'_>,
    community: CommunityId,
    at: Instant,
) -> Result<Option<Limit>, Refusal> {
    let row = tx.row(&LIMIT_AT, &db::params![community.uuid(), at.micros()])?;
    row.map(|row| {
        let households = u64::try_from(row.int(1)?).unwrap_or(0);
        Ok(Limit { households, from: Instant::from_micros(row.int(0)?) })
    })
    .transpose()
}

//! Places taken away that should never have been entered, once nothing else needs them.

use db::Tx;
use gate::Refusal;
use kernel::{CommunityId, Instant};
use uuid::Uuid;

db::sql! { module "registry.removal";
    // Whoever else lives there, holds it, or put it into another grid since.
    HOUSEHOLD_USED = "select 1 where exists (select 1 from household_members \
                        where community_id = $1 and household_id = $2) \
                      or exists (select 1 from liaison_assignments \
                        where community_id = $1 and household_id = $2) \
                      or exists (select 1 from grid_memberships \
                        where community_id = $1 and spot_id = $2 and from_at > $3)";
    DWELLING_USED = "select 1 from households where community_id = $1 and dwelling_id = $2 limit 1";
    STAIRWELL_USED = "select 1 from dwellings where community_id = $1 and entrance_id = $2 limit 1";
    BUILDING_USED = "select 1 where exists (select 1 from stairwells \
                       where community_id = $1 and building_id = $2) \
                     or exists (select 1 from dwellings \
                       where community_id = $1 and building_id = $2)";
    COMPOUND_USED = "select 1 where exists (select 1 from buildings \
                       where community_id = $1 and compound_id = $2) \
                     or exists (select 1 from places \
                       where community_id = $1 and compound_id = $2)";
    GRIDS_OF = "delete from grid_memberships where community_id = $1 and spot_id = $2";
    HOUSEHOLD = "delete from households where community_id = $1 and id = $2";
    DWELLING = "delete from dwellings where community_id = $1 and id = $2";
    STAIRWELL = "delete from stairwells where community_id = $1 and id = $2";
    BUILDING = "delete from buildings where community_id = $1 and id = $2";
    COMPOUND = "delete from compounds where community_id = $1 and id = $2";
    SPOT = "delete from spots where community_id = $1 and id = $2";
    GRID_END = "delete from grid_memberships where community_id = $1 and spot_id = $2 \
                and tier = 'grid' and from_at = $3 and until_at is null";
    GRID_REOPEN = "update grid_memberships set until_at = null where community_id = $1 \
                   and spot_id = $2 and tier = 'grid' and until_at = $3";
}

/// A kind of place, with what shows that others need it and how it goes.
pub struct Kind {
    used: &'static db::Sql,
    remove: &'static db::Sql,
    is_spot: bool,
    /// Whether what shows it depends on since when.
    asks_since: bool,
}

pub static HOUSEHOLDS: Kind =
    Kind { used: &HOUSEHOLD_USED, remove: &HOUSEHOLD, is_spot: true, asks_since: true };
pub static DWELLINGS: Kind =
    Kind { used: &DWELLING_USED, remove: &DWELLING, is_spot: false, asks_since: false };
pub static STAIRWELLS: Kind =
    Kind { used: &STAIRWELL_USED, remove: &STAIRWELL, is_spot: true, asks_since: false };
pub static BUILDINGS: Kind =
    Kind { used: &BUILDING_USED, remove: &BUILDING, is_spot: true, asks_since: false };
pub static COMPOUNDS: Kind =
    Kind { used: &COMPOUND_USED, remove: &COMPOUND, is_spot: true, asks_since: false };

/// Takes a place away; whether that could be.
///
/// # Errors
/// Those of the database.
pub fn remove(
    tx: &mut Tx<'_>,
    community: CommunityId,
    kind: &Kind,
    id: Uuid,
    since: Instant,
) -> Result<bool, Refusal> {
    let community = community.uuid();
    let place = db::params![community, id];
    let asked = db::params![community, id, since.micros()];
    let asked = if kind.asks_since { &asked[..] } else { &place[..] };
    if tx.row(kind.used, asked)?.is_some() {
        return Ok(false);
    }
    if kind.is_spot {
        tx.exec(&GRIDS_OF, &place)?;
    }
    tx.exec(kind.remove, &place)?;
    if kind.is_spot {
        tx.exec(&SPOT, &place)?;
    }
    Ok(true)
}

/// Puts a household back into the grid it lay in until then; whether it still lay in the one it
/// came into at that moment.
///
/// # Errors
/// Those of the database.
pub fn put_back_into_grid(
    tx: &mut Tx<'_>,
    community: CommunityId,
    household: Uuid,
    moved_at: Instant,
) -> Result<bool, Refusal> {
    let given = db::params![community.uuid(), household, moved_at.micros()];
    if tx.exec(&GRID_END, &given)? == 0 {
        return Ok(false);
    }
    tx.exec(&GRID_REOPEN, &given)?;
    Ok(true)
}

//! Areas (负责范围): a place with everything within it, given to a grid and to a liaison rep in one
//! go. Each membership still has its own row and its own time (G1, G7).

use db::Tx;
use gate::Refusal;
use kernel::{AccountId, CommunityId, Fault, Instant};

use super::{strange, tenure};
use crate::model::{GridId, HouseholdId, SpotId, Tier};

/// Households given in one act: the largest estates of one gate have fewer, and each costs four
/// statements of one transaction.
const AREA_MAX: usize = 1_000;

db::sql! { module "registry.areas";
    HOUSEHOLDS = "select h.id from households h \
                  join dwellings d on d.community_id = h.community_id and d.id = h.dwelling_id \
                  join buildings b on b.community_id = h.community_id and b.id = d.building_id \
                  where h.community_id = $1 and h.until_at is null \
                    and (h.id = $2 or d.entrance_id = $2 or d.building_id = $2 \
                      or b.compound_id = $2) \
                  order by h.id limit 1001";
    PLACES = "select id from buildings where community_id = $1 and compound_id = $2 \
              union all select s.id from stairwells s \
                join buildings b on b.community_id = s.community_id and b.id = s.building_id \
                where s.community_id = $1 and (s.building_id = $2 or b.compound_id = $2) \
              union all select id from places where community_id = $1 and compound_id = $2";
    LET_GO = "update liaison_assignments set until_at = $3 \
              where community_id = $1 and account_id = $2 and from_at < $3 \
                and (until_at is null or until_at > $3)";
    HELD = "select count(*) from liaison_assignments \
            where community_id = $1 and account_id = $2 \
              and from_at <= $3 and (until_at is null or until_at > $3)";
}

/// To whom an area is given; what is left out stays as it is.
#[derive(Debug, Clone, Copy)]
pub struct Trusted {
    pub grid: Option<GridId>,
    pub liaison: Option<AccountId>,
}

/// Gives a place with everything within it from a moment on; how many households lie in it. Whoever
/// held some of it before ends there. Households entered later inherit the grid.
///
/// # Errors
/// `registry.area_too_large`, `registry.before_present`, those of the database.
pub fn entrust(
    tx: &mut Tx<'_>,
    community: CommunityId,
    spot: SpotId,
    to: Trusted,
    from: Instant,
) -> Result<usize, Refusal> {
    let key = db::params![community.uuid(), spot.uuid()];
    let households = within(tx, community, spot)?;
    if let Some(grid) = to.grid {
        let places = ids(tx, &PLACES, &key)?;
        let mut all: Vec<SpotId> = [&[spot], &places[..], &households[..]].concat();
        all.sort_unstable();
        all.dedup();
        for one in all {
            if tenure::grid_of(tx, community, one, from)? != Some(grid) {
                tenure::assign_grid(tx, community, one, (grid, Tier::Grid), from)?;
            }
        }
    }
    if let Some(liaison) = to.liaison {
        for one in &households {
            let household = HouseholdId::from_uuid(one.uuid());
            if tenure::liaison_of(tx, community, household, from)? != Some(liaison) {
                tenure::assign_liaison(tx, community, household, liaison, from)?;
            }
        }
    }
    Ok(households.len())
}

/// The households within a place: behind a door, up a stairwell, in a building or compound.
///
/// # Errors
/// `registry.area_too_large`, those of the database.
pub fn within(
    tx: &mut Tx<'_>,
    community: CommunityId,
    spot: SpotId,
) -> Result<Vec<SpotId>, Refusal> {
    let households = ids(tx, &HOUSEHOLDS, &db::params![community.uuid(), spot.uuid()])?;
    if households.len() > AREA_MAX {
        return Err(Refusal::Rule(Fault::new("registry.area_too_large").with("max", AREA_MAX)));
    }
    Ok(households)
}

/// Ends what an account holds as liaison rep, from a moment on; how many households that were.
///
/// # Errors
/// Those of the database.
pub fn let_go(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: AccountId,
    from: Instant,
) -> Result<u64, Refusal> {
    Ok(tx.exec(&LET_GO, &db::params![community.uuid(), account.uuid(), from.micros()])?)
}

/// How many households an account holds as liaison rep at `at`.
///
/// # Errors
/// Those of the database.
pub fn held_by(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: AccountId,
    at: Instant,
) -> Result<u64, Refusal> {
    let row = tx.row(&HELD, &db::params![community.uuid(), account.uuid(), at.micros()])?;
    let held = row.ok_or_else(|| strange("count"))?.int(0)?;
    Ok(u64::try_from(held).unwrap_or(0))
}

fn ids(tx: &mut Tx<'_>, sql: &db::Sql, key: &[db::Value]) -> Result<Vec<SpotId>, Refusal> {
    tx.rows(sql, key)?.iter().map(|row| Ok(SpotId::from_uuid(row.id(0)?))).collect()
}

//! Who holds what, and when: grids and the spots within them, liaison reps and their
//! households. An assignment ends the one before it and never overwrites it (G1, G7).

use db::{Row, Tx};
use gate::Refusal;
use kernel::codes::GridCode;
use kernel::{AccountId, CommunityId, Instant};

use super::strange;
use crate::model::{Grid, GridId, HouseholdId, Span, SpotId, Tier};
use crate::rules;

db::sql! { module "registry.tenure";
    GRID_ADD = "insert into grids (community_id, id, tier, within_id, name, code_scheme, code) \
                values ($1,$2,$3,$4,$5,$6,$7)";
    GRIDS = "select id, tier, within_id, name, code_scheme, code from grids \
             where community_id = $1 order by name, id limit 500";
    GRID = "select id, tier, within_id, name, code_scheme, code from grids \
            where community_id = $1 and id = $2";
    GRID_CALLED = "select id from grids where community_id = $1 and name = $2 and tier = 'grid' \
                   order by id limit 1";
    GRID_OPEN = "select from_at from grid_memberships \
                 where community_id = $1 and spot_id = $2 and tier = $3 and until_at is null";
    GRID_END = "update grid_memberships set until_at = $4 \
                where community_id = $1 and spot_id = $2 and tier = $3 and until_at is null";
    GRID_BEGIN = "insert into grid_memberships (community_id, spot_id, tier, from_at, grid_id) \
                  values ($1,$2,$3,$4,$5)";
    GRID_OF = "select grid_id from grid_memberships \
               where community_id = $1 and spot_id = $2 and tier = 'grid' \
                 and from_at <= $3 and (until_at is null or until_at > $3)";
    // An assignment whose end is known already, because its rep leaves, gives way all the same.
    LIAISON_OPEN = "select from_at from liaison_assignments \
                    where community_id = $1 and household_id = $2 \
                      and (until_at is null or until_at > $3) order by from_at desc limit 1";
    LIAISON_END = "update liaison_assignments set until_at = $3 \
                   where community_id = $1 and household_id = $2 \
                     and (until_at is null or until_at > $3)";
    LIAISON_BEGIN = "insert into liaison_assignments (community_id, household_id, from_at, \
                     account_id) values ($1,$2,$3,$4)";
    LIAISON_OF = "select account_id from liaison_assignments \
                  where community_id = $1 and household_id = $2 \
                    and from_at <= $3 and (until_at is null or until_at > $3)";
}

/// Enters a grid.
///
/// # Errors
/// Those of the database.
pub fn add_grid(tx: &mut Tx<'_>, community: CommunityId, grid: &Grid) -> Result<(), Refusal> {
    let (scheme, code) =
        grid.code.as_ref().map(|code| (code.scheme().as_str(), code.as_str())).unzip();
    Ok(tx.exec_one(
        &GRID_ADD,
        &db::params![
            community.uuid(),
            grid.id.uuid(),
            grid.tier.word(),
            grid.within.map(GridId::uuid),
            grid.name.as_str(),
            scheme,
            code
        ],
    )?)
}

/// The grids and mini-grids of a community, by name.
///
/// # Errors
/// Those of the database.
pub fn grids(tx: &mut Tx<'_>, community: CommunityId) -> Result<Vec<Grid>, Refusal> {
    tx.rows(&GRIDS, &db::params![community.uuid()])?.iter().map(read).collect()
}

/// One grid.
///
/// # Errors
/// Those of the database.
pub fn grid(tx: &mut Tx<'_>, community: CommunityId, id: GridId) -> Result<Option<Grid>, Refusal> {
    tx.row(&GRID, &db::params![community.uuid(), id.uuid()])?.as_ref().map(read).transpose()
}

/// The grid of this name; entered under the id `fresh` where there is none yet.
///
/// # Errors
/// Those of the database.
pub fn grid_called(
    tx: &mut Tx<'_>,
    community: CommunityId,
    name: &str,
    fresh: GridId,
) -> Result<GridId, Refusal> {
    let name = rules::written(name);
    if let Some(row) = tx.row(&GRID_CALLED, &db::params![community.uuid(), name.as_str()])? {
        return Ok(GridId::from_uuid(row.id(0)?));
    }
    let grid = Grid { id: fresh, tier: Tier::Grid, within: None, name, code: None };
    add_grid(tx, community, &grid).map(|()| fresh)
}

/// Puts a household or place into a grid from a moment on; the grid before it ends there.
///
/// # Errors
/// `registry.before_present` when the present grid began at that moment or later.
pub fn assign_grid(
    tx: &mut Tx<'_>,
    community: CommunityId,
    spot: SpotId,
    (grid, tier): (GridId, Tier),
    from: Instant,
) -> Result<(), Refusal> {
    let (community, spot, tier) = (community.uuid(), spot.uuid(), tier.word());
    let open = open(tx.row(&GRID_OPEN, &db::params![community, spot, tier])?.as_ref())?;
    let next = rules::succeed(open, from)?.from.micros();
    if open.is_some() {
        tx.exec_one(&GRID_END, &db::params![community, spot, tier, next])?;
    }
    Ok(tx.exec_one(&GRID_BEGIN, &db::params![community, spot, tier, next, grid.uuid()])?)
}

/// The grid a household or place lay in at `at`.
///
/// # Errors
/// Those of the database.
pub fn grid_of(
    tx: &mut Tx<'_>,
    community: CommunityId,
    spot: SpotId,
    at: Instant,
) -> Result<Option<GridId>, Refusal> {
    let row = tx.row(&GRID_OF, &db::params![community.uuid(), spot.uuid(), at.micros()])?;
    Ok(row.map(|row| row.id(0)).transpose()?.map(GridId::from_uuid))
}

/// Gives a household to a liaison rep from a moment on; the rep before ends there.
///
/// # Errors
/// `registry.before_present` when the present rep began at that moment or later.
pub fn assign_liaison(
    tx: &mut Tx<'_>,
    community: CommunityId,
    household: HouseholdId,
    account: AccountId,
    from: Instant,
) -> Result<(), Refusal> {
    let (community, household) = (community.uuid(), household.uuid());
    let key = db::params![community, household, from.micros()];
    let open = open(tx.row(&LIAISON_OPEN, &key)?.as_ref())?;
    let next = rules::succeed(open, from)?.from.micros();
    if open.is_some() {
        tx.exec_one(&LIAISON_END, &db::params![community, household, next])?;
    }
    let given = db::params![community, household, next, account.uuid()];
    Ok(tx.exec_one(&LIAISON_BEGIN, &given)?)
}

/// The account of the liaison rep who held a household at `at`.
///
/// # Errors
/// Those of the database.
pub fn liaison_of(
    tx: &mut Tx<'_>,
    community: CommunityId,
    household: HouseholdId,
    at: Instant,
) -> Result<Option<AccountId>, Refusal> {
    let given = db::params![community.uuid(), household.uuid(), at.micros()];
    let row = tx.row(&LIAISON_OF, &given)?;
    Ok(row.map(|row| row.id(0)).transpose()?.map(AccountId::from_uuid))
}

fn open(row: Option<&Row>) -> Result<Option<Span>, Refusal> {
    row.map(|row| Ok(Span::since(Instant::from_micros(row.int(0)?)))).transpose()
}

fn read(row: &Row) -> Result<Grid, Refusal> {
    let code = row.opt_text(4)?.zip(row.opt_text(5)?);
    let code = code.map(|(scheme, code)| GridCode::parse(scheme.parse()?, code)).transpose();
    Ok(Grid {
        id: GridId::from_uuid(row.id(0)?),
        tier: Tier::of(row.text(1)?).ok_or_else(|| strange("tier"))?,
        within: row.opt_id(2)?.map(GridId::from_uuid),
        name: row.text(3)?.to_owned(),
        code: code.map_err(|_| strange("grid code"))?,
    })
}

//! Grids as they are looked at and changed by hand: names and codes, what lies in them on a day, and
//! the cards that are posted of them.

use db::{Row, Tx};
use gate::Refusal;
use kernel::{CommunityId, Instant};

use super::tenure;
use crate::model::{Grid, GridId, SpotId, Tier};

db::sql! { module "registry.grid_cards";
    AMEND = "update grids set name = $3, code_scheme = $4, code = $5 \
             where community_id = $1 and id = $2";
    COMMUNITY_CODE = "update communities set official_code = $2 where id = $1";
    MEMBER_OF = "select grid_id from grid_memberships \
                 where community_id = $1 and spot_id = $2 and tier = $3 \
                   and from_at <= $4 and (until_at is null or until_at > $4)";
    // Mini-grids of other grids.
    MINI_END = "update grid_memberships set until_at = $3 \
                where community_id = $1 and spot_id = $2 and tier = 'mini' and from_at < $3 \
                  and (until_at is null or until_at > $3) \
                  and grid_id in (select id from grids \
                    where community_id = $1 and tier = 'mini' and within_id <> $4)";
    WITHIN = "select e.label, count(*) from grid_memberships g \
              join households h on h.community_id = g.community_id and h.id = g.spot_id \
              join dwellings d on d.community_id = h.community_id and d.id = h.dwelling_id \
              join spots e on e.community_id = d.community_id and e.id = d.entrance_id \
              where g.community_id = $1 and g.grid_id = $2 \
                and g.from_at <= $3 and (g.until_at is null or g.until_at > $3) \
                and h.from_at <= $3 and (h.until_at is null or h.until_at > $3) \
              group by e.id, e.label, e.sort order by e.sort, e.id limit 1000";
    CARD_PUT = "insert into grid_cards (community_id, grid_id, bounds, worker, contact, \
                supervision, changed_at) values ($1,$2,$3,$4,$5,$6,$7) \
                on conflict (community_id, grid_id) do update set bounds = excluded.bounds, \
                worker = excluded.worker, contact = excluded.contact, \
                supervision = excluded.supervision, changed_at = excluded.changed_at";
    CARDS = "select c.grid_id, g.name, c.bounds, c.worker, c.contact, c.supervision, \
               c.changed_at from grid_cards c \
             join grids g on g.community_id = c.community_id and g.id = c.grid_id \
             where c.community_id = $1 order by g.name, g.id limit 500";
}

/// What is posted of a grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    pub grid: GridId,
    /// The grid's name.
    pub name: String,
    /// In words: from this lane to that wall.
    pub bounds: String,
    /// How the worker is called in public.
    pub worker: String,
    pub contact: String,
    /// Where to complain about how the grid is looked after.
    pub supervision: String,
    pub changed_at: Instant,
}

/// Changes a grid's name and code.
///
/// # Errors
/// Those of the database.
pub fn amend(tx: &mut Tx<'_>, community: CommunityId, grid: &Grid) -> Result<(), Refusal> {
    let code = grid.code.as_ref();
    let (scheme, code) = code.map(|code| (code.scheme().as_str(), code.as_str())).unzip();
    let (id, name) = (grid.id.uuid(), grid.name.as_str());
    Ok(tx.exec_one(&AMEND, &db::params![community.uuid(), id, name, scheme, code])?)
}

/// Sets the community's official code.
///
/// # Errors
/// Those of the database.
pub fn set_community_code(
    tx: &mut Tx<'_>,
    community: CommunityId,
    code: &str,
) -> Result<(), Refusal> {
    Ok(tx.exec_one(&COMMUNITY_CODE, &db::params![community.uuid(), code])?)
}

/// Puts these spots into a grid or mini-grid from a moment on; how many were not in it before. What
/// leaves a grid leaves its mini-grid with it.
///
/// # Errors
/// `registry.before_present` when a present membership began at that moment or later.
pub fn draw(
    tx: &mut Tx<'_>,
    community: CommunityId,
    spots: &[SpotId],
    (grid, tier): (GridId, Tier),
    from: Instant,
) -> Result<usize, Refusal> {
    let mut moved = 0;
    for spot in spots {
        if member_of(tx, community, *spot, (tier, from))? != Some(grid) {
            tenure::assign_grid(tx, community, *spot, (grid, tier), from)?;
            if tier == Tier::Grid {
                let (community, at) = (community.uuid(), from.micros());
                let given = db::params![community, spot.uuid(), at, grid.uuid()];
                tx.exec(&MINI_END, &given)?;
            }
            moved += 1;
        }
    }
    Ok(moved)
}

/// The grid or mini-grid a spot lies in at a moment.
///
/// # Errors
/// Those of the database.
pub fn member_of(
    tx: &mut Tx<'_>,
    community: CommunityId,
    spot: SpotId,
    (tier, at): (Tier, Instant),
) -> Result<Option<GridId>, Refusal> {
    let key = db::params![community.uuid(), spot.uuid(), tier.word(), at.micros()];
    let row = tx.row(&MEMBER_OF, &key)?;
    Ok(row.map(|row| row.id(0)).transpose()?.map(GridId::from_uuid))
}

/// What lay in a grid at `at`: stairwells and buildings with how many households of them, in the
/// order of names.
///
/// # Errors
/// Those of the database.
pub fn within(
    tx: &mut Tx<'_>,
    community: CommunityId,
    grid: GridId,
    at: Instant,
) -> Result<Vec<(String, u64)>, Refusal> {
    let key = db::params![community.uuid(), grid.uuid(), at.micros()];
    let read = |row: &Row| Ok((row.text(0)?.to_owned(), u64::try_from(row.int(1)?).unwrap_or(0)));
    tx.rows(&WITHIN, &key)?.iter().map(read).collect()
}

/// Posts a card in place of the one before.
///
/// # Errors
/// Those of the database.
pub fn put_card(tx: &mut Tx<'_>, community: CommunityId, card: &Card) -> Result<(), Refusal> {
    Ok(tx.exec_one(
        &CARD_PUT,
        &db::params![
            community.uuid(),
            card.grid.uuid(),
            card.bounds.as_str(),
            card.worker.as_str(),
            card.contact.as_str(),
            card.supervision.as_str(),
            card.changed_at.micros()
        ],
    )?)
}

/// Every card, in the order of the grids' names.
///
/// # Errors
/// Those of the database.
pub fn cards(tx: &mut Tx<'_>, community: CommunityId) -> Result<Vec<Card>, Refusal> {
    let read = |row: &Row| {
        Ok(Card {
            grid: GridId::from_uuid(row.id(0)?),
            name: row.text(1)?.to_owned(),
            bounds: row.text(2)?.to_owned(),
            worker: row.text(3)?.to_owned(),
            contact: row.text(4)?.to_owned(),
            supervision: row.text(5)?.to_owned(),
            changed_at: Instant::from_micros(row.int(6)?),
        })
    };
    tx.rows(&CARDS, &db::params![community.uuid()])?.iter().map(read).collect()
}

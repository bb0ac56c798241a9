//! The places of a community all at once, for comparing a table with them.

use db::{Row, Tx};
use gate::Refusal;
use kernel::{CommunityId, Instant};

use crate::model::{BuildingId, CompoundId, DwellingId, GridId, HouseholdId, SpotId, StairwellId};

db::sql! { module "registry.known";
    COMPOUNDS = "select id, name, aliases from compounds where community_id = $1 order by id";
    BUILDINGS = "select id, compound_id, name, aliases from buildings where community_id = $1 \
                 order by id";
    STAIRWELLS = "select id, building_id, name from stairwells where community_id = $1 order by id";
    DWELLINGS = "select id, entrance_id, room from dwellings \
                 where community_id = $1 order by id";
    HOUSEHOLDS = "select h.id, h.dwelling_id, s.label, s.sort, g.grid_id from households h \
                  join spots s on s.community_id = h.community_id and s.id = h.id \
                  left join grid_memberships g on g.community_id = h.community_id \
                    and g.spot_id = h.id and g.tier = 'grid' \
                    and g.from_at <= $2 and (g.until_at is null or g.until_at > $2) \
                  where h.community_id = $1 and h.until_at is null order by s.sort, h.id";
}

/// Something with a name and perhaps others.
pub struct Named<Id> {
    pub id: Id,
    pub name: String,
    pub aliases: Vec<String>,
}

/// A door as it is kept.
pub struct KnownDwelling {
    pub id: DwellingId,
    pub entrance: SpotId,
    pub room: String,
}

/// A household that lives behind a door now.
pub struct KnownHousehold {
    pub id: HouseholdId,
    pub dwelling: DwellingId,
    pub label: String,
    pub grid: Option<GridId>,
}

/// Every place of a community.
pub struct Places {
    pub compounds: Vec<Named<CompoundId>>,
    pub buildings: Vec<(CompoundId, Named<BuildingId>)>,
    pub stairwells: Vec<(BuildingId, Named<StairwellId>)>,
    pub dwellings: Vec<KnownDwelling>,
    /// In the order of doors.
    pub households: Vec<KnownHousehold>,
}

/// Reads every place as it stands at `at`.
///
/// # Errors
/// Those of the database; `registry.import_too_many` beyond `most` of a kind.
pub fn places(
    tx: &mut Tx<'_>,
    community: CommunityId,
    at: Instant,
    most: usize,
) -> Result<Places, Refusal> {
    let id = db::params![community.uuid()];
    let compounds = all(tx, &COMPOUNDS, &id, most, |row| {
        let id = CompoundId::from_uuid(row.id(0)?);
        Ok(Named { id, name: row.text(1)?.to_owned(), aliases: aliases(row, 2)? })
    })?;
    let buildings = all(tx, &BUILDINGS, &id, most, |row| {
        let id = BuildingId::from_uuid(row.id(0)?);
        let named = Named { id, name: row.text(2)?.to_owned(), aliases: aliases(row, 3)? };
        Ok((CompoundId::from_uuid(row.id(1)?), named))
    })?;
    let stairwells = all(tx, &STAIRWELLS, &id, most, |row| {
        let id = StairwellId::from_uuid(row.id(0)?);
        let named = Named { id, name: row.text(2)?.to_owned(), aliases: Vec::new() };
        Ok((BuildingId::from_uuid(row.id(1)?), named))
    })?;
    let dwellings = all(tx, &DWELLINGS, &id, most, |row| {
        Ok(KnownDwelling {
            id: DwellingId::from_uuid(row.id(0)?),
            entrance: SpotId::from_uuid(row.id(1)?),
            room: row.text(2)?.to_owned(),
        })
    })?;
    let now = db::params![community.uuid(), at.micros()];
    let households = all(tx, &HOUSEHOLDS, &now, most, |row| {
        Ok(KnownHousehold {
            id: HouseholdId::from_uuid(row.id(0)?),
            dwelling: DwellingId::from_uuid(row.id(1)?),
            label: row.text(2)?.to_owned(),
            grid: row.opt_id(4)?.map(GridId::from_uuid),
        })
    })?;
    Ok(Places { compounds, buildings, stairwells, dwellings, households })
}

fn all<T>(
    tx: &mut Tx<'_>,
    sql: &db::Sql,
    given: &[db::Value],
    most: usize,
    read: impl Fn(&Row) -> Result<T, Refusal>,
) -> Result<Vec<T>, Refusal> {
    let mut all = Vec::new();
    tx.each(sql, given, |row| {
        if all.len() == most {
            return Err(Refusal::rule("registry.import_too_many"));
        }
        all.push(read(&row)?);
        Ok(())
    })?;
    Ok(all)
}

fn aliases(row: &Row, column: usize) -> Result<Vec<String>, Refusal> {
    serde_json::from_str(row.text(column)?).map_err(|_| super::strange("list of aliases"))
}

//! Compounds, buildings, stairwells, dwellings, households and public places. Each spot is
//! entered with its label before the row that refers to it.

use db::Tx;
use gate::Refusal;
use kernel::CommunityId;
use uuid::Uuid;

use super::spots;
use crate::model::{
    Building, BuildingId, Compound, CompoundId, Dwelling, DwellingId, Household, Place, SpotId,
    SpotKind, Stairwell, StairwellId,
};

db::sql! { module "registry.grounds";
    COMPOUND_ADD = "insert into compounds (community_id, id, name, aliases) values ($1,$2,$3,$4)";
    COMPOUND_FIND = "select id from compounds where community_id = $1 and name = $2";
    COMPOUND_NAMES = "select name from compounds where community_id = $1 order by name limit 200";
    BUILDING_ADD = "insert into buildings (community_id, id, compound_id, name, aliases, floors, \
                    has_lift) values ($1,$2,$3,$4,$5,$6,$7)";
    BUILDING_FIND = "select id from buildings \
                     where community_id = $1 and compound_id = $2 and name = $3";
    STAIRWELL_ADD = "insert into stairwells (community_id, id, building_id, name) \
                     values ($1,$2,$3,$4)";
    STAIRWELL_FIND = "select id from stairwells \
                      where community_id = $1 and building_id = $2 and name = $3";
    DWELLING_ADD = "insert into dwellings (community_id, id, building_id, entrance_id, room, \
                    floor) values ($1,$2,$3,$4,$5,$6)";
    DWELLING_FIND = "select id from dwellings \
                     where community_id = $1 and entrance_id = $2 and room = $3";
    DWELLING_OF = "select entrance_id, room from dwellings where community_id = $1 and id = $2";
    HOUSEHOLD_ADD = "insert into households (community_id, id, dwelling_id, from_at, until_at) \
                     values ($1,$2,$3,$4,$5)";
    HOUSEHOLDS_BEHIND = "select count(*) from households \
                         where community_id = $1 and dwelling_id = $2 and until_at is null";
    PLACE_ADD = "insert into places (community_id, id, kind, name, compound_id) \
                 values ($1,$2,$3,$4,$5)";
}

/// Enters a compound.
///
/// # Errors
/// Those of the database; a name is given once.
pub fn add_compound(
    tx: &mut Tx<'_>,
    community: CommunityId,
    compound: &Compound,
) -> Result<(), Refusal> {
    spots::add(tx, community, compound.id.into(), SpotKind::Compound, None, &compound.name)?;
    let (id, name) = (compound.id.uuid(), compound.name.as_str());
    let given = db::params![community.uuid(), id, name, json(&compound.aliases)];
    Ok(tx.exec_one(&COMPOUND_ADD, &given)?)
}

/// Enters a building of a compound.
///
/// # Errors
/// Those of the database; [`Refusal::NotFound`] without the compound.
pub fn add_building(
    tx: &mut Tx<'_>,
    community: CommunityId,
    building: &Building,
) -> Result<(), Refusal> {
    let within = Some(building.compound.into());
    spots::add(tx, community, building.id.into(), SpotKind::Building, within, &building.name)?;
    Ok(tx.exec_one(
        &BUILDING_ADD,
        &db::params![
            community.uuid(),
            building.id.uuid(),
            building.compound.uuid(),
            building.name.as_str(),
            json(&building.aliases),
            building.floors,
            building.has_lift
        ],
    )?)
}

/// Enters a stairwell of a building.
///
/// # Errors
/// Those of the database; [`Refusal::NotFound`] without the building.
pub fn add_stairwell(
    tx: &mut Tx<'_>,
    community: CommunityId,
    stairwell: &Stairwell,
) -> Result<(), Refusal> {
    let within = Some(stairwell.building.into());
    spots::add(tx, community, stairwell.id.into(), SpotKind::Stairwell, within, &stairwell.name)?;
    let (id, building) = (stairwell.id.uuid(), stairwell.building.uuid());
    let given = db::params![community.uuid(), id, building, stairwell.name.as_str()];
    Ok(tx.exec_one(&STAIRWELL_ADD, &given)?)
}

/// Enters a dwelling behind its stairwell or building.
///
/// # Errors
/// Those of the database; a room is entered once.
pub fn add_dwelling(
    tx: &mut Tx<'_>,
    community: CommunityId,
    dwelling: &Dwelling,
) -> Result<(), Refusal> {
    Ok(tx.exec_one(
        &DWELLING_ADD,
        &db::params![
            community.uuid(),
            dwelling.id.uuid(),
            dwelling.building.uuid(),
            dwelling.entrance().uuid(),
            dwelling.room.as_str(),
            dwelling.floor.map(i32::from)
        ],
    )?)
}

/// Enters a household that lives in a dwelling.
///
/// # Errors
/// Those of the database; [`Refusal::NotFound`] without the dwelling.
pub fn add_household(
    tx: &mut Tx<'_>,
    community: CommunityId,
    household: &Household,
) -> Result<(), Refusal> {
    let row = tx.row(&DWELLING_OF, &db::params![community.uuid(), household.dwelling.uuid()])?;
    let row = row.ok_or(Refusal::NotFound)?;
    let entrance = Some(SpotId::from_uuid(row.id(0)?));
    let room = row.text(1)?;
    spots::add(tx, community, household.id.into(), SpotKind::Household, entrance, room)?;
    Ok(tx.exec_one(
        &HOUSEHOLD_ADD,
        &db::params![
            community.uuid(),
            household.id.uuid(),
            household.dwelling.uuid(),
            household.span.from.micros(),
            household.span.until.map(kernel::Instant::micros)
        ],
    )?)
}

/// Enters a public place that is no building.
///
/// # Errors
/// Those of the database; [`Refusal::NotFound`] without its compound.
pub fn add_place(tx: &mut Tx<'_>, community: CommunityId, place: &Place) -> Result<(), Refusal> {
    let within = place.compound.map(SpotId::from);
    spots::add(tx, community, place.id.into(), place.kind.into(), within, &place.name)?;
    let compound = place.compound.map(CompoundId::uuid);
    let (id, kind, name) = (place.id.uuid(), place.kind.word(), place.name.as_str());
    Ok(tx.exec_one(&PLACE_ADD, &db::params![community.uuid(), id, kind, name, compound])?)
}

/// How many households live behind a door now.
pub(crate) fn households_behind(
    tx: &mut Tx<'_>,
    community: CommunityId,
    dwelling: DwellingId,
) -> Result<i64, Refusal> {
    let row = tx.row(&HOUSEHOLDS_BEHIND, &db::params![community.uuid(), dwelling.uuid()])?;
    row.map_or(Ok(0), |row| Ok(row.int(0)?))
}

/// The names of the community's compounds, for a form to offer.
pub(crate) fn compound_names(
    tx: &mut Tx<'_>,
    community: CommunityId,
) -> Result<Vec<String>, Refusal> {
    let rows = tx.rows(&COMPOUND_NAMES, &db::params![community.uuid()])?;
    rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
}

pub(crate) fn compound_named(
    tx: &mut Tx<'_>,
    community: CommunityId,
    name: &str,
) -> Result<Option<CompoundId>, Refusal> {
    let found = id(tx, &COMPOUND_FIND, &db::params![community.uuid(), name])?;
    Ok(found.map(CompoundId::from_uuid))
}

pub(crate) fn building_named(
    tx: &mut Tx<'_>,
    community: CommunityId,
    compound: CompoundId,
    name: &str,
) -> Result<Option<BuildingId>, Refusal> {
    let given = db::params![community.uuid(), compound.uuid(), name];
    Ok(id(tx, &BUILDING_FIND, &given)?.map(BuildingId::from_uuid))
}

pub(crate) fn stairwell_named(
    tx: &mut Tx<'_>,
    community: CommunityId,
    building: BuildingId,
    name: &str,
) -> Result<Option<StairwellId>, Refusal> {
    let given = db::params![community.uuid(), building.uuid(), name];
    Ok(id(tx, &STAIRWELL_FIND, &given)?.map(StairwellId::from_uuid))
}

pub(crate) fn dwelling_behind(
    tx: &mut Tx<'_>,
    community: CommunityId,
    entrance: SpotId,
    room: &str,
) -> Result<Option<DwellingId>, Refusal> {
    let given = db::params![community.uuid(), entrance.uuid(), room];
    Ok(id(tx, &DWELLING_FIND, &given)?.map(DwellingId::from_uuid))
}

fn id(tx: &mut Tx<'_>, sql: &db::Sql, given: &[db::Value]) -> Result<Option<Uuid>, Refusal> {
    Ok(tx.row(sql, given)?.map(|row| row.id(0)).transpose()?)
}

fn json(names: &[String]) -> db::Value {
    db::Value::Json(serde_json::Value::from(names).to_string())
}

//! Compounds, buildings and stairwells as they are looked at and changed by hand: with their other
//! names, their place in the picture, and the labels of all that lies within.

use db::{Row, Tx};
use gate::Refusal;
use kernel::CommunityId;

use super::{spots, strange};
use crate::ground::Nicknamed;
use crate::model::{
    Building, BuildingId, Compound, CompoundId, DwellingId, HouseholdId, SpotId, Stairwell,
    StairwellId,
};
use crate::rules;

macro_rules! building {
    ($more:literal) => {
        concat!(
            "select b.id, b.compound_id, b.name, b.aliases, b.floors, b.has_lift, b.plot_row, \
             b.plot_place, s.label from buildings b \
             join spots s on s.community_id = b.community_id and s.id = b.id \
             where b.community_id = $1 and ",
            $more
        )
    };
}

db::sql! { module "registry.plots";
    COMPOUNDS = "select c.id, c.name, c.aliases, \
                   (select count(*) from buildings b \
                    where b.community_id = c.community_id and b.compound_id = c.id) \
                 from compounds c join spots s on s.community_id = c.community_id and s.id = c.id \
                 where c.community_id = $1 order by s.sort, c.id limit 200";
    COMPOUND = "select id, name, aliases from compounds where community_id = $1 and id = $2";
    COMPOUND_CHANGE = "update compounds set name = $3, aliases = $4 \
                       where community_id = $1 and id = $2";
    BUILDINGS = building!("b.compound_id = $2 order by s.sort, b.id limit 500");
    BUILDING = building!("b.id = $2");
    BUILDING_CHANGE = "update buildings set name = $3, aliases = $4, floors = $5, has_lift = $6, \
                       plot_row = $7, plot_place = $8 where community_id = $1 and id = $2";
    STAIRWELLS = "select t.id, t.building_id, t.name, s.label from stairwells t \
                  join spots s on s.community_id = t.community_id and s.id = t.id \
                  where t.community_id = $1 and t.building_id = $2 order by s.sort, t.id limit 100";
    STAIRWELL_RENAME = "update stairwells set name = $4 \
                        where community_id = $1 and id = $2 and building_id = $3";
    STAIRWELLS_WITHIN = "select t.building_id, count(*) from stairwells t \
                         join buildings b on b.community_id = t.community_id \
                           and b.id = t.building_id \
                         where t.community_id = $1 and b.compound_id = $2 group by t.building_id";
    DOORS = "select id, entrance_id, room, floor from dwellings \
             where community_id = $1 and building_id = $2 order by room, id limit 3000";
    BEHIND = "select h.id, h.dwelling_id from households h \
              join dwellings d on d.community_id = h.community_id and d.id = h.dwelling_id \
              where h.community_id = $1 and d.building_id = $2 and h.until_at is null \
              order by h.id limit 3000";
    PLACES_WITHIN = "select id, name from places where community_id = $1 and compound_id = $2";
    ROOMS = "select h.id, d.room from households h \
             join dwellings d on d.community_id = h.community_id and d.id = h.dwelling_id \
             where h.community_id = $1 and d.entrance_id = $2 order by h.id limit 3000";
    NICKNAMED = "select '', c.name, c.aliases from compounds c \
                 where c.community_id = $1 and cast(c.aliases as text) <> '[]' \
                 union all select s.label, b.name, b.aliases from buildings b \
                   join spots s on s.community_id = b.community_id and s.id = b.compound_id \
                   where b.community_id = $1 and cast(b.aliases as text) <> '[]' limit 1000";
}

/// A building with its whole name and its place in the picture.
pub struct Plotted {
    pub building: Building,
    pub label: String,
    pub row: Option<u16>,
    pub place: Option<u16>,
}

/// A door of a building.
pub struct Door {
    pub id: DwellingId,
    /// The stairwell, or the building where it has none.
    pub entrance: SpotId,
    pub room: String,
    pub floor: Option<i16>,
}

/// The compounds in the order of names, with how many buildings each has.
///
/// # Errors
/// Those of the database.
pub fn compounds(tx: &mut Tx<'_>, community: CommunityId) -> Result<Vec<(Compound, u64)>, Refusal> {
    let rows = tx.rows(&COMPOUNDS, &db::params![community.uuid()])?;
    let read = |row: &Row| Ok((compound_of(row)?, u64::try_from(row.int(3)?).unwrap_or(0)));
    rows.iter().map(read).collect()
}

/// One compound.
///
/// # Errors
/// Those of the database.
pub fn compound(
    tx: &mut Tx<'_>,
    community: CommunityId,
    id: CompoundId,
) -> Result<Option<Compound>, Refusal> {
    let row = tx.row(&COMPOUND, &db::params![community.uuid(), id.uuid()])?;
    row.as_ref().map(compound_of).transpose()
}

/// The buildings of a compound in the order of names.
///
/// # Errors
/// Those of the database.
pub fn buildings(
    tx: &mut Tx<'_>,
    community: CommunityId,
    compound: CompoundId,
) -> Result<Vec<Plotted>, Refusal> {
    let rows = tx.rows(&BUILDINGS, &db::params![community.uuid(), compound.uuid()])?;
    rows.iter().map(plotted).collect()
}

/// One building.
///
/// # Errors
/// Those of the database.
pub fn building(
    tx: &mut Tx<'_>,
    community: CommunityId,
    id: BuildingId,
) -> Result<Option<Plotted>, Refusal> {
    let row = tx.row(&BUILDING, &db::params![community.uuid(), id.uuid()])?;
    row.as_ref().map(plotted).transpose()
}

/// The stairwells of a building with their whole names.
///
/// # Errors
/// Those of the database.
pub fn stairwells(
    tx: &mut Tx<'_>,
    community: CommunityId,
    building: BuildingId,
) -> Result<Vec<(Stairwell, String)>, Refusal> {
    let rows = tx.rows(&STAIRWELLS, &db::params![community.uuid(), building.uuid()])?;
    let read = |row: &Row| {
        let id = StairwellId::from_uuid(row.id(0)?);
        let building = BuildingId::from_uuid(row.id(1)?);
        let stairwell = Stairwell { id, building, name: row.text(2)?.to_owned() };
        Ok((stairwell, row.text(3)?.to_owned()))
    };
    rows.iter().map(read).collect()
}

/// How many stairwells each building of a compound has; who has none is not in it.
///
/// # Errors
/// Those of the database.
pub fn stairwells_within(
    tx: &mut Tx<'_>,
    community: CommunityId,
    compound: CompoundId,
) -> Result<Vec<(BuildingId, u16)>, Refusal> {
    let rows = tx.rows(&STAIRWELLS_WITHIN, &db::params![community.uuid(), compound.uuid()])?;
    let read = |row: &Row| {
        let count = u16::try_from(row.int(1)?).unwrap_or(u16::MAX);
        Ok((BuildingId::from_uuid(row.id(0)?), count))
    };
    rows.iter().map(read).collect()
}

/// The doors of a building in the order of their rooms.
///
/// # Errors
/// Those of the database.
pub fn doors(
    tx: &mut Tx<'_>,
    community: CommunityId,
    building: BuildingId,
) -> Result<Vec<Door>, Refusal> {
    let read = |row: &Row| {
        Ok(Door {
            id: DwellingId::from_uuid(row.id(0)?),
            entrance: SpotId::from_uuid(row.id(1)?),
            room: row.text(2)?.to_owned(),
            floor: row.opt_int(3)?.and_then(|floor| i16::try_from(floor).ok()),
        })
    };
    let rows = tx.rows(&DOORS, &db::params![community.uuid(), building.uuid()])?;
    rows.iter().map(read).collect()
}

/// The households of a building now, each with its door.
///
/// # Errors
/// Those of the database.
pub fn households_behind(
    tx: &mut Tx<'_>,
    community: CommunityId,
    building: BuildingId,
) -> Result<Vec<(HouseholdId, DwellingId)>, Refusal> {
    let rows = tx.rows(&BEHIND, &db::params![community.uuid(), building.uuid()])?;
    let read =
        |row: &Row| Ok((HouseholdId::from_uuid(row.id(0)?), DwellingId::from_uuid(row.id(1)?)));
    rows.iter().map(read).collect()
}

/// Renames a compound with all that lies within.
///
/// # Errors
/// Those of the database; a name is given once.
pub fn change_compound(
    tx: &mut Tx<'_>,
    community: CommunityId,
    compound: &Compound,
) -> Result<(), Refusal> {
    let (id, name) = (compound.id.uuid(), compound.name.as_str());
    let aliases = json(&compound.aliases);
    tx.exec_one(&COMPOUND_CHANGE, &db::params![community.uuid(), id, name, aliases])?;
    spots::relabel(tx, community, compound.id.into(), name)?;
    for one in buildings(tx, community, compound.id)? {
        relabel_building(tx, community, &one.building, name)?;
    }
    let rows = tx.rows(&PLACES_WITHIN, &db::params![community.uuid(), id])?;
    for row in &rows {
        let label = rules::joined(name, row.text(1)?);
        spots::relabel(tx, community, SpotId::from_uuid(row.id(0)?), &label)?;
    }
    Ok(())
}

/// Changes a building; `whole` is the name of its compound.
///
/// # Errors
/// Those of the database; a name is given once in a compound.
pub fn change_building(
    tx: &mut Tx<'_>,
    community: CommunityId,
    plotted: &Plotted,
    whole: &str,
) -> Result<(), Refusal> {
    let Plotted { building, row, place, .. } = plotted;
    tx.exec_one(
        &BUILDING_CHANGE,
        &db::params![
            community.uuid(),
            building.id.uuid(),
            building.name.as_str(),
            json(&building.aliases),
            building.floors,
            building.has_lift,
            *row,
            *place
        ],
    )?;
    relabel_building(tx, community, building, whole)
}

/// Renames a stairwell; `whole` is the label of its building.
///
/// # Errors
/// Those of the database; a name is given once in a building.
pub fn rename_stairwell(
    tx: &mut Tx<'_>,
    community: CommunityId,
    stairwell: &Stairwell,
    whole: &str,
) -> Result<(), Refusal> {
    let (id, building) = (stairwell.id.uuid(), stairwell.building.uuid());
    let given = db::params![community.uuid(), id, building, stairwell.name.as_str()];
    tx.exec_one(&STAIRWELL_RENAME, &given)?;
    relabel_entrance(tx, community, stairwell.id.into(), &rules::joined(whole, &stairwell.name))
}

fn relabel_building(
    tx: &mut Tx<'_>,
    community: CommunityId,
    building: &Building,
    whole: &str,
) -> Result<(), Refusal> {
    let label = rules::joined(whole, &building.name);
    relabel_entrance(tx, community, building.id.into(), &label)?;
    for (stairwell, _) in stairwells(tx, community, building.id)? {
        let label = rules::joined(&label, &stairwell.name);
        relabel_entrance(tx, community, stairwell.id.into(), &label)?;
    }
    Ok(())
}

/// An entrance and the doors behind it.
fn relabel_entrance(
    tx: &mut Tx<'_>,
    community: CommunityId,
    entrance: SpotId,
    label: &str,
) -> Result<(), Refusal> {
    spots::relabel(tx, community, entrance, label)?;
    let rows = tx.rows(&ROOMS, &db::params![community.uuid(), entrance.uuid()])?;
    for row in &rows {
        let label = rules::joined(label, row.text(1)?);
        spots::relabel(tx, community, SpotId::from_uuid(row.id(0)?), &label)?;
    }
    Ok(())
}

/// Every compound and building that people also call otherwise.
///
/// # Errors
/// Those of the database.
pub fn nicknamed(tx: &mut Tx<'_>, community: CommunityId) -> Result<Vec<Nicknamed>, Refusal> {
    let read = |row: &Row| {
        Ok(Nicknamed {
            within: row.text(0)?.to_owned(),
            name: row.text(1)?.to_owned(),
            aliases: names(row.text(2)?)?,
        })
    };
    tx.rows(&NICKNAMED, &db::params![community.uuid()])?.iter().map(read).collect()
}

fn compound_of(row: &Row) -> Result<Compound, Refusal> {
    Ok(Compound {
        id: CompoundId::from_uuid(row.id(0)?),
        name: row.text(1)?.to_owned(),
        aliases: names(row.text(2)?)?,
    })
}

fn plotted(row: &Row) -> Result<Plotted, Refusal> {
    let small = |number: Option<i64>| number.and_then(|number| u16::try_from(number).ok());
    Ok(Plotted {
        building: Building {
            id: BuildingId::from_uuid(row.id(0)?),
            compound: CompoundId::from_uuid(row.id(1)?),
            name: row.text(2)?.to_owned(),
            aliases: names(row.text(3)?)?,
            floors: small(row.opt_int(4)?),
            has_lift: row.int(5)? == 1,
        },
        row: small(row.opt_int(6)?),
        place: small(row.opt_int(7)?),
        label: row.text(8)?.to_owned(),
    })
}

fn names(kept: &str) -> Result<Vec<String>, Refusal> {
    serde_json::from_str(kept).map_err(|_| strange("list of names"))
}

fn json(names: &[String]) -> db::Value {
    db::Value::Json(serde_json::Value::from(names).to_string())
}

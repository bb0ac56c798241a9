//! What is seen of the ground: the compounds, one compound with its buildings, one building with its
//! doors. A rep finds their own doors to open, and the rest as blank blocks; nothing of who lives
//! there stands in a picture.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use gate::{Facts, Looking, Refusal, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Page, Shell};

use super::actions::{BUILDING, COMPOUND};
use super::picture::{self, Plot};
use crate::model::{BuildingId, CompoundId, DwellingId, HouseholdId, SpotId, StairwellId};
use crate::rules;
use crate::store::plots::{self, Door, Plotted};
use crate::store::spots;

/// Characters of a name that a block has room for; all of it stands in the list.
const BLOCK_NAME: usize = 5;

/// The compounds of the community.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CompoundList {}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Compounds {
    pub compounds: Vec<CompoundRow>,
    /// Whether the reader may enter another one.
    pub may_add: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct CompoundRow {
    pub compound: CompoundId,
    pub name: String,
    pub aliases: Vec<String>,
    pub buildings: u64,
}

impl View for CompoundList {
    const NAME: &'static str = "compound.list";
    const RESOURCE: &'static str = COMPOUND;
    type Body = Compounds;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<Compounds, Refusal> {
        let community = look.actor.community;
        let whole = Facts::of(community.uuid());
        look.permit(Self::NAME, &whole)?;
        let may_add = look.allows("compound.enter", &whole);
        let row = |(compound, buildings): (crate::model::Compound, u64)| CompoundRow {
            compound: compound.id,
            name: compound.name,
            aliases: compound.aliases,
            buildings,
        };
        let compounds = plots::compounds(look.tx, community)?.into_iter().map(row).collect();
        Ok(Compounds { compounds, may_add })
    }
}

#[derive(Template)]
#[template(path = "compounds.html")]
struct CompoundsPage<'a> {
    body: &'a Compounds,
    shell: &'a Shell<'a>,
}

impl Page for CompoundList {
    fn render(body: &Compounds, shell: &Shell<'_>) -> Result<String, askama::Error> {
        CompoundsPage { body, shell }.render()
    }
}

/// One compound with a picture of its buildings.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CompoundRead {
    pub compound: CompoundId,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct CompoundShown {
    pub compound: CompoundId,
    pub name: String,
    pub aliases: Vec<String>,
    /// The size of the picture, in its own units.
    pub width: u16,
    pub height: u16,
    /// In the order of names.
    pub buildings: Vec<BlockShown>,
    pub may_change: bool,
}

/// A building as a block of the picture.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BlockShown {
    pub building: BuildingId,
    pub name: String,
    /// As much of the name as the block has room for.
    pub short: String,
    pub aliases: Vec<String>,
    pub floors: Option<u16>,
    pub has_lift: bool,
    pub stairwells: u16,
    /// Doors the reader may open.
    pub own: usize,
    /// Whether the block can be opened: something behind it is the reader's to see.
    pub opens: bool,
    pub x: u16,
    pub y: u16,
    /// Where the lines between stairwells and floors are drawn, from the block's corner.
    pub across: Vec<u16>,
    pub up: Vec<u16>,
}

impl View for CompoundRead {
    const NAME: &'static str = "compound.read";
    const RESOURCE: &'static str = COMPOUND;
    type Body = CompoundShown;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<CompoundShown, Refusal> {
        let (community, id) = (look.actor.community, self.compound);
        look.permit(Self::NAME, &Facts::of(id.uuid()))?;
        let compound = plots::compound(look.tx, community, id)?.ok_or(Refusal::NotFound)?;
        let may_change = look.allows("compound.amend", &Facts::of(id.uuid()));
        let buildings = plots::buildings(look.tx, community, id)?;
        let own = own_doors(look, id.into())?;
        let stairwells: BTreeMap<BuildingId, u16> =
            plots::stairwells_within(look.tx, community, id)?.into_iter().collect();
        let plots: Vec<Plot> =
            buildings.iter().map(|one| Plot { row: one.row, place: one.place }).collect();
        let laid = picture::lay_out(&plots);
        let blocks = buildings.into_iter().zip(&laid.corners).map(|(plotted, corner)| {
            let building = plotted.building.id;
            let own = own.get(&building).copied().unwrap_or(0);
            let count = stairwells.get(&building).copied().unwrap_or(0);
            block(plotted, (corner.x, corner.y), count, (own, may_change || own > 0))
        });
        Ok(CompoundShown {
            compound: id,
            buildings: blocks.collect(),
            name: compound.name,
            aliases: compound.aliases,
            width: laid.width,
            height: laid.height,
            may_change,
        })
    }
}

/// How many doors of each building the reader may open.
fn own_doors(
    look: &mut Looking<'_, '_>,
    within: SpotId,
) -> Result<BTreeMap<BuildingId, usize>, Refusal> {
    let (community, now) = (look.actor.community, look.now);
    let mut own = BTreeMap::new();
    for (spot, building) in spots::households_within(look.tx, community, within, now)? {
        if look.allows("household.read", &rules::facts(look.actor, &spot)) {
            *own.entry(building).or_insert(0) += 1;
        }
    }
    Ok(own)
}

fn block(
    plotted: Plotted,
    (x, y): (u16, u16),
    stairwells: u16,
    (own, opens): (usize, bool),
) -> BlockShown {
    let building = plotted.building;
    let lines = |parts: u16, length: u16| (1..parts).map(move |n| n * length / parts).collect();
    let mut short: String = building.name.chars().take(BLOCK_NAME).collect();
    if short != building.name {
        short.push('…');
    }
    BlockShown {
        building: building.id,
        short,
        name: building.name,
        aliases: building.aliases,
        floors: building.floors,
        has_lift: building.has_lift,
        stairwells,
        own,
        opens,
        x,
        y,
        across: lines(stairwells.clamp(1, 10), 104),
        up: lines(building.floors.unwrap_or(1).clamp(1, 12), 44),
    }
}

#[derive(Template)]
#[template(path = "compound.html")]
struct CompoundPage<'a> {
    body: &'a CompoundShown,
    shell: &'a Shell<'a>,
}

impl Page for CompoundRead {
    fn render(body: &CompoundShown, shell: &Shell<'_>) -> Result<String, askama::Error> {
        CompoundPage { body, shell }.render()
    }
}

/// One building with a picture of its doors.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct BuildingRead {
    pub building: BuildingId,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct BuildingShown {
    pub building: BuildingId,
    pub label: String,
    pub compound: CompoundId,
    pub compound_name: String,
    pub name: String,
    pub aliases: Vec<String>,
    pub floors: Option<u16>,
    pub has_lift: bool,
    pub row: Option<u16>,
    pub place: Option<u16>,
    /// The front of each stairwell; of the whole building where it has none.
    pub fronts: Vec<FrontShown>,
    pub may_change: bool,
}

impl BuildingShown {
    /// A number as a field shows it; nothing where nobody said.
    fn written(&self, number: &Option<u16>) -> String {
        number.map(|number| number.to_string()).unwrap_or_default()
    }

    /// Whether the reader may open any door.
    pub fn opens_some(&self) -> bool {
        self.fronts.iter().any(|front| front.doors.iter().any(|door| !door.households.is_empty()))
    }
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct FrontShown {
    pub stairwell: Option<StairwellId>,
    /// As on the door; empty for a building without stairwells.
    pub name: String,
    /// The size of the picture, in its own units.
    pub width: usize,
    pub height: usize,
    pub floors: Vec<FloorShown>,
    /// In the order of their rooms.
    pub doors: Vec<DoorShown>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct FloorShown {
    /// None for doors of which nobody knows the floor.
    pub floor: Option<i16>,
    pub y: usize,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct DoorShown {
    pub dwelling: DwellingId,
    /// As on the door; none where it is not the reader's to see.
    pub room: Option<String>,
    /// The households behind it that the reader may read.
    pub households: Vec<HouseholdId>,
    pub x: usize,
    pub y: usize,
}

impl DoorShown {
    /// Where the door leads: to its one household, else to its line in the list.
    pub fn address(&self) -> String {
        match self.households.as_slice() {
            [one] => format!("/households/{one}"),
            _ => format!("#door-{}", self.dwelling),
        }
    }
}

impl View for BuildingRead {
    const NAME: &'static str = "building.read";
    const RESOURCE: &'static str = BUILDING;
    type Body = BuildingShown;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<BuildingShown, Refusal> {
        let (community, id) = (look.actor.community, self.building);
        look.permit(Self::NAME, &Facts::of(id.uuid()))?;
        let plotted = plots::building(look.tx, community, id)?.ok_or(Refusal::NotFound)?;
        let compound = plots::compound(look.tx, community, plotted.building.compound)?;
        let may_change = look.allows("building.amend", &Facts::of(id.uuid()));
        let fronts = fronts(look, &plotted, may_change)?;
        let building = plotted.building;
        Ok(BuildingShown {
            building: id,
            label: plotted.label,
            compound: building.compound,
            compound_name: compound.map(|compound| compound.name).unwrap_or_default(),
            name: building.name,
            aliases: building.aliases,
            floors: building.floors,
            has_lift: building.has_lift,
            row: plotted.row,
            place: plotted.place,
            fronts,
            may_change,
        })
    }
}

fn fronts(
    look: &mut Looking<'_, '_>,
    plotted: &Plotted,
    sees_all: bool,
) -> Result<Vec<FrontShown>, Refusal> {
    let (community, building) = (look.actor.community, &plotted.building);
    let mut read = BTreeSet::new();
    for (spot, _) in spots::households_within(look.tx, community, building.id.into(), look.now)? {
        if look.allows("household.read", &rules::facts(look.actor, &spot)) {
            read.extend(spot.household());
        }
    }
    let mut behind: BTreeMap<DwellingId, Vec<HouseholdId>> = BTreeMap::new();
    for (household, dwelling) in plots::households_behind(look.tx, community, building.id)? {
        if read.contains(&household) {
            behind.entry(dwelling).or_default().push(household);
        }
    }
    let mut doors = plots::doors(look.tx, community, building.id)?;
    // 102 before 1001.
    doors.sort_by_cached_key(|door| rules::sort_key(&rules::plain(&door.room)));
    let stairwells = plots::stairwells(look.tx, community, building.id)?;
    let named = stairwells.into_iter().map(|(one, _)| (one.id.into(), Some(one.id), one.name));
    let whole = std::iter::once((building.id.into(), None, String::new()));
    let mut fronts = Vec::new();
    for (entrance, stairwell, name) in named.chain(whole) {
        let here: Vec<&Door> = doors.iter().filter(|door| door.entrance == entrance).collect();
        if !here.is_empty() || stairwell.is_some() {
            let front = front(&here, building.floors, &behind, sees_all);
            fronts.push(FrontShown { stairwell, name, ..front });
        }
    }
    Ok(fronts)
}

fn front(
    doors: &[&Door],
    floors: Option<u16>,
    behind: &BTreeMap<DwellingId, Vec<HouseholdId>>,
    sees_all: bool,
) -> FrontShown {
    let levels: Vec<Option<i16>> =
        doors.iter().map(|door| picture::floor_of(&door.room, door.floor)).collect();
    let drawn = picture::front(&levels, floors);
    let mut shown: Vec<(usize, DoorShown)> = Vec::new();
    for one in &drawn.doors {
        let Some(door) = doors.get(one.door) else { continue };
        let households = behind.get(&door.id).cloned().unwrap_or_default();
        let is_seen = sees_all || !households.is_empty();
        let room = is_seen.then(|| door.room.clone());
        let (x, y) = (one.x, one.y);
        shown.push((one.door, DoorShown { dwelling: door.id, room, households, x, y }));
    }
    shown.sort_by_key(|(place, _)| *place);
    FrontShown {
        stairwell: None,
        name: String::new(),
        width: drawn.width,
        height: drawn.height,
        floors: drawn.floors.iter().map(|(floor, y)| FloorShown { floor: *floor, y: *y }).collect(),
        doors: shown.into_iter().map(|(_, door)| door).collect(),
    }
}

#[derive(Template)]
#[template(path = "building.html")]
struct BuildingPage<'a> {
    body: &'a BuildingShown,
    shell: &'a Shell<'a>,
}

impl Page for BuildingRead {
    fn render(body: &BuildingShown, shell: &Shell<'_>) -> Result<String, askama::Error> {
        BuildingPage { body, shell }.render()
    }
}

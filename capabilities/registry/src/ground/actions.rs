//! What is done to the ground by hand: compounds, buildings and stairwells are entered, renamed and
//! given their other names. What lies within is called anew with them; ids and histories stay.

use db::Tx;
use gate::{Acting, Action, Actor, Facts, Refusal};
use kernel::{Fault, Line};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{names, picture};
use crate::actions::NAME_MAX;
use crate::model::{Building, BuildingId, Compound, CompoundId, SpotId, Stairwell, StairwellId};
use crate::rules;
use crate::store::plots::Plotted;
use crate::store::{grounds, plots, spots, tenure};

/// The longest line of other names.
const ALIASES_LINE: usize = 200;

/// The kinds of thing these are done to, as the policy names them.
pub const COMPOUND: &str = "Compound";
pub const BUILDING: &str = "Building";

/// How somebody stands to a compound or building.
///
/// # Errors
/// [`Refusal::NotFound`]
pub fn about(
    tx: &mut Tx<'_>,
    actor: &Actor,
    spot: SpotId,
    seen_by: &'static str,
) -> Result<Facts, Refusal> {
    let spot = spots::spot(tx, actor.community, spot, actor.at)?.ok_or(Refusal::NotFound)?;
    Ok(rules::facts(actor, &spot).seen_by(seen_by))
}

fn taken(known: bool) -> Result<(), Refusal> {
    let fault = || Refusal::field("name", Fault::new("registry.name_taken"));
    if known { Err(fault()) } else { Ok(()) }
}

fn aliases(line: Option<&Line<ALIASES_LINE>>, name: &str) -> Result<Vec<String>, Refusal> {
    let line = line.map_or("", Line::as_str);
    names::aliases(line, name).map_err(|fault| Refusal::field("aliases", fault))
}

/// Which compound it was.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CompoundDone {
    pub compound: CompoundId,
}

/// Enters a compound.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompoundAdd {
    pub name: Line<NAME_MAX>,
    /// What people also call it, with commas between: 氮肥厂、氮肥厂宿舍.
    #[serde(default)]
    pub aliases: Option<Line<ALIASES_LINE>>,
}

impl Action for CompoundAdd {
    const NAME: &'static str = "compound.enter";
    const RESOURCE: &'static str = COMPOUND;
    type Done = CompoundDone;

    fn facts(&self, _: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        Ok(Facts::of(actor.community.uuid()))
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<CompoundDone, Refusal> {
        let (community, name) = (act.community(), rules::written(self.name.as_str()));
        taken(grounds::compound_named(act.tx, community, &name)?.is_some())?;
        let id = CompoundId::from_uuid(act.new_id());
        let aliases = aliases(self.aliases.as_ref(), &name)?;
        grounds::add_compound(act.tx, community, &Compound { id, name, aliases })?;
        Ok(CompoundDone { compound: id })
    }

    fn made(done: &CompoundDone) -> Option<Uuid> {
        Some(done.compound.uuid())
    }
}

/// Gives a compound another name, and its other names.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompoundChange {
    pub compound: CompoundId,
    pub name: Line<NAME_MAX>,
    /// As for a new compound; none without it.
    #[serde(default)]
    pub aliases: Option<Line<ALIASES_LINE>>,
}

impl Action for CompoundChange {
    const NAME: &'static str = "compound.amend";
    const RESOURCE: &'static str = COMPOUND;
    type Done = CompoundDone;

    fn addressed(&self) -> Option<Uuid> {
        Some(self.compound.uuid())
    }

    fn facts(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        about(tx, actor, self.compound.into(), "compound.read")
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<CompoundDone, Refusal> {
        let (community, id) = (act.community(), self.compound);
        let name = rules::written(self.name.as_str());
        plots::compound(act.tx, community, id)?.ok_or(Refusal::NotFound)?;
        let known = grounds::compound_named(act.tx, community, &name)?;
        taken(known.is_some_and(|known| known != id))?;
        let aliases = aliases(self.aliases.as_ref(), &name)?;
        plots::change_compound(act.tx, community, &Compound { id, name, aliases })?;
        Ok(CompoundDone { compound: id })
    }
}

/// Which building it was.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct BuildingDone {
    pub building: BuildingId,
}

/// Enters a building of a compound.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BuildingAdd {
    pub compound: CompoundId,
    /// As on the wall: 3栋.
    pub name: Line<NAME_MAX>,
    #[serde(default)]
    pub aliases: Option<Line<ALIASES_LINE>>,
    #[serde(default)]
    pub floors: Option<u16>,
    #[serde(default)]
    pub has_lift: Option<bool>,
    /// Its row in the picture, from the top; it follows the others without it.
    #[serde(default)]
    pub row: Option<u16>,
    /// Its place in that row, from the left.
    #[serde(default)]
    pub place: Option<u16>,
}

impl Action for BuildingAdd {
    const NAME: &'static str = "building.enter";
    const RESOURCE: &'static str = COMPOUND;
    type Done = BuildingDone;

    fn addressed(&self) -> Option<Uuid> {
        Some(self.compound.uuid())
    }

    fn facts(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        about(tx, actor, self.compound.into(), "compound.read")
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<BuildingDone, Refusal> {
        let (community, name) = (act.community(), rules::written(self.name.as_str()));
        let compound = plots::compound(act.tx, community, self.compound)?;
        let compound = compound.ok_or(Refusal::NotFound)?;
        let known = grounds::building_named(act.tx, community, compound.id, &name)?;
        taken(known.is_some())?;
        let id = BuildingId::from_uuid(act.new_id());
        let given = Given {
            aliases: self.aliases.as_ref(),
            floors: self.floors,
            has_lift: self.has_lift,
            plot: (self.row, self.place),
        };
        let plotted = given.plotted((id, compound.id, name))?;
        grounds::add_building(act.tx, community, &plotted.building)?;
        plots::change_building(act.tx, community, &plotted, &compound.name)?;
        let place: SpotId = compound.id.into();
        if let Some(grid) = tenure::grid_of(act.tx, community, place, act.now)? {
            let grid = (grid, crate::model::Tier::Grid);
            tenure::assign_grid(act.tx, community, id.into(), grid, act.now)?;
        }
        Ok(BuildingDone { building: id })
    }

    fn made(done: &BuildingDone) -> Option<Uuid> {
        Some(done.building.uuid())
    }
}

/// What a form says of a building besides its name.
struct Given<'a> {
    aliases: Option<&'a Line<ALIASES_LINE>>,
    floors: Option<u16>,
    has_lift: Option<bool>,
    plot: (Option<u16>, Option<u16>),
}

impl Given<'_> {
    fn plotted(
        &self,
        (id, compound, name): (BuildingId, CompoundId, String),
    ) -> Result<Plotted, Refusal> {
        within("floors", self.floors, picture::FLOORS_MAX)?;
        within("row", self.plot.0, picture::PLOT_MAX)?;
        within("place", self.plot.1, picture::PLOT_MAX)?;
        let aliases = aliases(self.aliases, &name)?;
        let (floors, has_lift) = (self.floors, self.has_lift.unwrap_or(false));
        let building = Building { id, compound, name, aliases, floors, has_lift };
        let (row, place) = self.plot;
        Ok(Plotted { building, label: String::new(), row, place })
    }
}

/// A number from one to the most there can be.
fn within(field: &str, number: Option<u16>, most: u16) -> Result<(), Refusal> {
    let wrong = number.is_some_and(|number| !(1..=most).contains(&number));
    let fault = || Fault::new("registry.number_within").with("most", most);
    if wrong { Err(Refusal::field(field, fault())) } else { Ok(()) }
}

/// Changes a building's names, floors, lift and place in the picture.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BuildingChange {
    pub building: BuildingId,
    pub name: Line<NAME_MAX>,
    #[serde(default)]
    pub aliases: Option<Line<ALIASES_LINE>>,
    #[serde(default)]
    pub floors: Option<u16>,
    #[serde(default)]
    pub has_lift: Option<bool>,
    #[serde(default)]
    pub row: Option<u16>,
    #[serde(default)]
    pub place: Option<u16>,
}

impl Action for BuildingChange {
    const NAME: &'static str = "building.amend";
    const RESOURCE: &'static str = BUILDING;
    type Done = BuildingDone;

    fn addressed(&self) -> Option<Uuid> {
        Some(self.building.uuid())
    }

    fn facts(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        about(tx, actor, self.building.into(), "building.read")
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<BuildingDone, Refusal> {
        let (community, id) = (act.community(), self.building);
        let name = rules::written(self.name.as_str());
        let before = plots::building(act.tx, community, id)?.ok_or(Refusal::NotFound)?.building;
        let known = grounds::building_named(act.tx, community, before.compound, &name)?;
        taken(known.is_some_and(|known| known != id))?;
        let compound = plots::compound(act.tx, community, before.compound)?;
        let compound = compound.ok_or(Refusal::NotFound)?;
        let given = Given {
            aliases: self.aliases.as_ref(),
            floors: self.floors,
            has_lift: self.has_lift,
            plot: (self.row, self.place),
        };
        let plotted = given.plotted((id, compound.id, name))?;
        plots::change_building(act.tx, community, &plotted, &compound.name)?;
        Ok(BuildingDone { building: id })
    }
}

/// Enters a stairwell of a building.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StairwellAdd {
    pub building: BuildingId,
    /// As on the door: 2单元.
    pub name: Line<NAME_MAX>,
}

impl Action for StairwellAdd {
    const NAME: &'static str = "stairwell.enter";
    const RESOURCE: &'static str = BUILDING;
    type Done = BuildingDone;

    fn addressed(&self) -> Option<Uuid> {
        Some(self.building.uuid())
    }

    fn facts(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        about(tx, actor, self.building.into(), "building.read")
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<BuildingDone, Refusal> {
        let (community, building) = (act.community(), self.building);
        let name = rules::written(self.name.as_str());
        plots::building(act.tx, community, building)?.ok_or(Refusal::NotFound)?;
        taken(grounds::stairwell_named(act.tx, community, building, &name)?.is_some())?;
        let id = StairwellId::from_uuid(act.new_id());
        grounds::add_stairwell(act.tx, community, &Stairwell { id, building, name })?;
        if let Some(grid) = tenure::grid_of(act.tx, community, building.into(), act.now)? {
            let grid = (grid, crate::model::Tier::Grid);
            tenure::assign_grid(act.tx, community, id.into(), grid, act.now)?;
        }
        Ok(BuildingDone { building })
    }
}

/// Gives a stairwell another name.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StairwellRename {
    pub building: BuildingId,
    pub stairwell: StairwellId,
    pub name: Line<NAME_MAX>,
}

impl Action for StairwellRename {
    const NAME: &'static str = "stairwell.rename";
    const RESOURCE: &'static str = BUILDING;
    type Done = BuildingDone;

    fn addressed(&self) -> Option<Uuid> {
        Some(self.building.uuid())
    }

    fn facts(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        about(tx, actor, self.building.into(), "building.read")
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<BuildingDone, Refusal> {
        let (community, building, id) = (act.community(), self.building, self.stairwell);
        let name = rules::written(self.name.as_str());
        let whole = plots::building(act.tx, community, building)?.ok_or(Refusal::NotFound)?.label;
        let all = plots::stairwells(act.tx, community, building)?;
        if !all.iter().any(|(stairwell, _)| stairwell.id == id) {
            return Err(Refusal::NotFound);
        }
        let known = grounds::stairwell_named(act.tx, community, building, &name)?;
        taken(known.is_some_and(|known| known != id))?;
        plots::rename_stairwell(act.tx, community, &Stairwell { id, building, name }, &whole)?;
        Ok(BuildingDone { building })
    }
}

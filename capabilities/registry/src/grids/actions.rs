//! What is done to grids by hand.

use db::Tx;
use gate::{Acting, Action, Actor, Facts, Refusal};
use kernel::codes::GridScheme;
use kernel::{Day, Fault, Line, Text};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::rules;
use crate::actions::{NAME_MAX, PHONE_MAX};
use crate::model::{Grid, GridId, SpotId, Tier};
use crate::store::grid_cards::{self, Card};
use crate::store::{areas, communities, spots, tenure};

/// The kind of thing these are done to, as the policy names it.
pub const GRID: &str = "Grid";

/// The longest bounds: what fits on a card.
const BOUNDS_MAX: usize = 300;

/// The longest name of a place: 化肥厂小区3栋2单元401.
const PLACE_MAX: usize = 120;

/// How somebody stands to a grid: `own_grid` for whoever heads it, or the grid it lies within.
pub fn about(actor: &Actor, grid: &Grid) -> Facts {
    let heads = |id: GridId| actor.grids.contains(&id.uuid());
    let own = heads(grid.id) || grid.within.is_some_and(heads);
    let stands = if own { vec!["own_grid"] } else { Vec::new() };
    Facts::of(grid.id.uuid()).standing(stands).seen_by("grid.read")
}

fn found(tx: &mut Tx<'_>, actor: &Actor, id: GridId) -> Result<Grid, Refusal> {
    tenure::grid(tx, actor.community, id)?.ok_or(Refusal::NotFound)
}

/// Which grid it was.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct GridDone {
    pub grid: GridId,
}

/// Sets the community's official code: county 6 + subdistrict 3 + community 3 digits.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommunityCode {
    pub code: Line<20>,
}

/// The code as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CommunityCoded {
    pub code: String,
}

impl Action for CommunityCode {
    const NAME: &'static str = "community.set_code";
    const RESOURCE: &'static str = GRID;
    type Done = CommunityCoded;

    fn facts(&self, _: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        Ok(Facts::of(actor.community.uuid()))
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<CommunityCoded, Refusal> {
        let code = rules::community_code(self.code.as_str());
        let code = code.map_err(|fault| Refusal::field("code", fault))?;
        grid_cards::set_community_code(act.tx, act.actor.community, &code)?;
        Ok(CommunityCoded { code })
    }
}

/// Enters a grid, or a mini-grid within one.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GridEnter {
    pub name: Line<NAME_MAX>,
    /// The grid of a mini-grid.
    #[serde(default)]
    pub within: Option<GridId>,
}

impl Action for GridEnter {
    const NAME: &'static str = "grid.enter";
    const RESOURCE: &'static str = GRID;
    type Done = GridDone;

    fn facts(&self, _: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        Ok(Facts::of(actor.community.uuid()))
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<GridDone, Refusal> {
        let (community, name) = (act.community(), crate::rules::written(self.name.as_str()));
        free(act, &name, None)?;
        let tier = match self.within {
            Some(whole) => {
                let whole = found(act.tx, act.actor, whole)?;
                if whole.tier != Tier::Grid {
                    return Err(Refusal::field("within", Fault::new("registry.mini_in_mini")));
                }
                Tier::Mini
            }
            None => Tier::Grid,
        };
        let id = GridId::from_uuid(act.new_id());
        let grid = Grid { id, tier, within: self.within, name, code: None };
        tenure::add_grid(act.tx, community, &grid)?;
        Ok(GridDone { grid: id })
    }

    fn made(done: &GridDone) -> Option<Uuid> {
        Some(done.grid.uuid())
    }
}

/// A name is one grid's.
fn free(act: &mut Acting<'_, '_>, name: &str, own: Option<GridId>) -> Result<(), Refusal> {
    let all = tenure::grids(act.tx, act.actor.community)?;
    if all.iter().any(|grid| grid.name == name && Some(grid.id) != own) {
        return Err(Refusal::field("name", Fault::new("registry.name_taken")));
    }
    Ok(())
}

/// Changes a grid's name and official code.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GridAmend {
    pub grid: GridId,
    pub name: Line<NAME_MAX>,
    /// `CN-15`, `CN-20` or `FREE`.
    pub scheme: Line<10>,
    /// None without it.
    #[serde(default)]
    pub code: Option<Line<40>>,
}

impl Action for GridAmend {
    const NAME: &'static str = "grid.amend";
    const RESOURCE: &'static str = GRID;
    type Done = GridDone;

    fn addressed(&self) -> Option<Uuid> {
        Some(self.grid.uuid())
    }

    fn facts(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        Ok(about(actor, &found(tx, actor, self.grid)?))
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<GridDone, Refusal> {
        let community = act.community();
        let grid = found(act.tx, act.actor, self.grid)?;
        let name = crate::rules::written(self.name.as_str());
        free(act, &name, Some(grid.id))?;
        let scheme: GridScheme =
            self.scheme.as_str().parse().map_err(|fault| Refusal::field("scheme", fault))?;
        let own = communities::by_id(act.tx, community)?.and_then(|own| own.official_code);
        let code = self.code.as_ref().map(Line::as_str);
        let code = rules::grid_code(scheme, code, own.as_deref())
            .map_err(|fault| Refusal::field("code", fault))?;
        grid_cards::amend(act.tx, community, &Grid { name, code, ..grid })?;
        Ok(GridDone { grid: self.grid })
    }
}

/// Draws a grid's boundary: a place with all households in it lies there from a day on. Where it lay
/// before ends then (G1).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GridDraw {
    pub grid: GridId,
    /// The place's whole name: 化肥厂小区3栋2单元.
    pub place: Line<PLACE_MAX>,
    /// The first day; from now on without it.
    #[serde(default)]
    pub from: Option<Day>,
}

/// How many households came into the grid.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct GridDrawn {
    pub grid: GridId,
    pub households: usize,
}

impl Action for GridDraw {
    const NAME: &'static str = "grid.draw";
    const RESOURCE: &'static str = GRID;
    type Done = GridDrawn;

    fn addressed(&self) -> Option<Uuid> {
        Some(self.grid.uuid())
    }

    fn facts(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        Ok(about(actor, &found(tx, actor, self.grid)?))
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<GridDrawn, Refusal> {
        let community = act.community();
        let grid = found(act.tx, act.actor, self.grid)?;
        let from =
            rules::beginning(self.from, act.now).map_err(|fault| Refusal::field("from", fault))?;
        let unknown = || Refusal::field("place", Fault::new("registry.place_unknown"));
        let spot = spots::spot_called(act.tx, community, self.place.as_str(), act.now)?;
        let spot = spot.ok_or_else(unknown)?.id;
        let households = areas::within(act.tx, community, spot)?;
        if let Some(whole) = grid.within {
            inside(act, &households, whole, from)?;
        }
        let moved = grid_cards::draw(act.tx, community, &households, (grid.id, grid.tier), from)?;
        // Places are in whole grids alone: where a request lies, and what is entered later.
        if grid.tier == Tier::Grid {
            let to = areas::Trusted { grid: Some(grid.id), liaison: None };
            areas::entrust(act.tx, community, spot, to, from)?;
        }
        Ok(GridDrawn { grid: grid.id, households: moved })
    }
}

/// A mini-grid holds nothing that its grid does not.
fn inside(
    act: &mut Acting<'_, '_>,
    households: &[SpotId],
    whole: GridId,
    from: kernel::Instant,
) -> Result<(), Refusal> {
    for one in households {
        let grid = grid_cards::member_of(act.tx, act.actor.community, *one, (Tier::Grid, from))?;
        if grid != Some(whole) {
            return Err(Refusal::field("place", Fault::new("registry.outside_grid")));
        }
    }
    Ok(())
}

/// Posts a grid's card for everybody to read; the one before is replaced.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GridPost {
    pub grid: GridId,
    /// In words: from this lane to that wall.
    pub bounds: Text<BOUNDS_MAX>,
    /// How the worker is called in public.
    pub worker: Line<NAME_MAX>,
    pub contact: Line<PHONE_MAX>,
    /// Where to complain about how the grid is looked after.
    pub supervision: Line<PHONE_MAX>,
}

impl Action for GridPost {
    const NAME: &'static str = "grid.post";
    const RESOURCE: &'static str = GRID;
    type Done = GridDone;

    fn addressed(&self) -> Option<Uuid> {
        Some(self.grid.uuid())
    }

    fn facts(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        Ok(about(actor, &found(tx, actor, self.grid)?))
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<GridDone, Refusal> {
        let grid = found(act.tx, act.actor, self.grid)?;
        for (field, phone) in [("contact", &self.contact), ("supervision", &self.supervision)] {
            crate::rules::check_phone(phone.as_str())
                .map_err(|fault| Refusal::field(field, fault))?;
        }
        let card = Card {
            grid: grid.id,
            name: grid.name,
            bounds: self.bounds.as_str().to_owned(),
            worker: self.worker.as_str().to_owned(),
            contact: self.contact.as_str().to_owned(),
            supervision: self.supervision.as_str().to_owned(),
            changed_at: act.now,
        };
        grid_cards::put_card(act.tx, act.actor.community, &card)?;
        Ok(GridDone { grid: self.grid })
    }
}

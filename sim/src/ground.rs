//! The ground: grids, compounds, buildings, doors and public places, as `data/ground.toml` has
//! them.

use anyhow::{Context, Result};
use kernel::Instant;
use registry::{
    Building, BuildingId, Compound, CompoundId, Dwelling, DwellingId, Grid, GridId, Household,
    HouseholdId, Place, PlaceId, PlaceKind, Span, SpotId, SpotKind, Stairwell, StairwellId, Tier,
};
use serde::Deserialize;

use crate::dice::Dice;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroundData {
    pub name: String,
    pub phone: String,
    pub since: Instant,
    pub residents: usize,
    #[serde(rename = "grid")]
    pub grids: Vec<GridData>,
    #[serde(rename = "compound")]
    compounds: Vec<CompoundData>,
    #[serde(rename = "place")]
    places: Vec<PlaceData>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GridData {
    name: String,
    pub head: String,
    pub reps: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CompoundData {
    name: String,
    aliases: Vec<String>,
    buildings: Vec<Range>,
    stairwells: u16,
    floors: u16,
    doors: u16,
    lift: bool,
}

/// Buildings of one compound that lie in one grid.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Range {
    grid: usize,
    count: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceData {
    kind: PlaceKind,
    name: String,
    #[serde(default)]
    compound: Option<String>,
    grid: usize,
}

/// Somewhere a request can be about.
#[derive(Clone)]
pub struct Site {
    pub spot: SpotId,
    pub kind: SpotKind,
    /// Name of the compound, or of the place itself.
    pub name: String,
    pub grid: usize,
}

/// A door and the household behind it.
pub struct Home {
    pub household: HouseholdId,
    pub compound: String,
    pub grid: usize,
}

/// Everything to be entered, wholes before their parts.
pub struct Ground {
    pub grids: Vec<Grid>,
    pub compounds: Vec<Compound>,
    pub buildings: Vec<Building>,
    pub stairwells: Vec<Stairwell>,
    pub dwellings: Vec<Dwelling>,
    pub households: Vec<Household>,
    pub places: Vec<Place>,
    /// In the order of their doors.
    pub homes: Vec<Home>,
    /// Public places, buildings and compounds among them.
    pub sites: Vec<Site>,
}

impl GroundData {
    pub fn read() -> Result<GroundData> {
        toml::from_str(include_str!("../data/ground.toml")).context("sim/data/ground.toml")
    }

    /// Lays everything out.
    pub fn lay_out(&self, dice: &Dice) -> Result<Ground> {
        let mut ground = Ground {
            grids: Vec::new(),
            compounds: Vec::new(),
            buildings: Vec::new(),
            stairwells: Vec::new(),
            dwellings: Vec::new(),
            households: Vec::new(),
            places: Vec::new(),
            homes: Vec::new(),
            sites: Vec::new(),
        };
        for grid in &self.grids {
            let id = GridId::from_uuid(dice.id(self.since));
            let name = grid.name.clone();
            ground.grids.push(Grid { id, tier: Tier::Grid, within: None, name, code: None });
        }
        for compound in &self.compounds {
            ground.add_compound(compound, self.since, dice);
        }
        for place in &self.places {
            ground.add_place(place, self.since, dice)?;
        }
        Ok(ground)
    }
}

impl Ground {
    /// The compounds and public places of a grid in one line.
    pub fn bounds(&self, grid: usize) -> String {
        let here = self.sites.iter().filter(|site| site.grid == grid);
        let mut names: Vec<&str> = Vec::new();
        for site in here {
            if !names.contains(&site.name.as_str()) {
                names.push(&site.name);
            }
        }
        names.join("、")
    }

    fn add_compound(&mut self, data: &CompoundData, since: Instant, dice: &Dice) {
        let id = CompoundId::from_uuid(dice.id(since));
        let (name, aliases) = (data.name.clone(), data.aliases.clone());
        self.compounds.push(Compound { id, name, aliases });
        let ranges = data.buildings.iter();
        let grids = ranges.flat_map(|range| std::iter::repeat_n(range.grid, range.count));
        for (number, grid) in (1..).zip(grids) {
            self.add_building(data, id, (number, grid), since, dice);
        }
        // A compound that lies in several grids belongs to the first of them.
        if let Some(range) = data.buildings.first() {
            self.add_site(id.into(), SpotKind::Compound, data, range.grid);
        }
    }

    fn add_building(
        &mut self,
        data: &CompoundData,
        compound: CompoundId,
        (number, grid): (usize, usize),
        since: Instant,
        dice: &Dice,
    ) {
        let building = BuildingId::from_uuid(dice.id(since));
        self.buildings.push(Building {
            id: building,
            compound,
            name: format!("{number}栋"),
            aliases: Vec::new(),
            floors: Some(data.floors),
            has_lift: data.lift,
        });
        self.add_site(building.into(), SpotKind::Building, data, grid);
        for entrance in 1..=data.stairwells {
            let stairwell = (data.stairwells > 1).then(|| StairwellId::from_uuid(dice.id(since)));
            if let Some(id) = stairwell {
                let name = format!("{entrance}单元");
                self.stairwells.push(Stairwell { id, building, name });
                self.add_site(id.into(), SpotKind::Stairwell, data, grid);
            }
            for (floor, door) in doors(data) {
                let dwelling = Dwelling {
                    id: DwellingId::from_uuid(dice.id(since)),
                    building,
                    stairwell,
                    room: format!("{floor}{door:02}"),
                    floor: i16::try_from(floor).ok(),
                };
                self.add_home(data, dwelling, grid, since, dice);
            }
        }
    }

    fn add_home(
        &mut self,
        data: &CompoundData,
        dwelling: Dwelling,
        grid: usize,
        since: Instant,
        dice: &Dice,
    ) {
        let id = HouseholdId::from_uuid(dice.id(since));
        let span = Span::since(since);
        self.households.push(Household { id, dwelling: dwelling.id, span });
        self.dwellings.push(dwelling);
        self.homes.push(Home { household: id, compound: data.name.clone(), grid });
    }

    fn add_site(&mut self, spot: SpotId, kind: SpotKind, data: &CompoundData, grid: usize) {
        self.sites.push(Site { spot, kind, name: data.name.clone(), grid });
    }

    fn add_place(&mut self, data: &PlaceData, since: Instant, dice: &Dice) -> Result<()> {
        let compound = match &data.compound {
            Some(name) => {
                let found = self.compounds.iter().find(|compound| compound.name == *name);
                Some(found.with_context(|| format!("no compound {name}"))?.id)
            }
            None => None,
        };
        let id = PlaceId::from_uuid(dice.id(since));
        let name = data.name.clone();
        self.sites.push(Site {
            spot: id.into(),
            kind: data.kind.into(),
            name: name.clone(),
            grid: data.grid,
        });
        self.places.push(Place { id, kind: data.kind, compound, name });
        Ok(())
    }
}

/// Floor and number of each door behind one entrance.
fn doors(data: &CompoundData) -> impl Iterator<Item = (u16, u16)> {
    let each = data.doors;
    (1..=data.floors).flat_map(move |floor| (1..=each).map(move |door| (floor, door)))
}

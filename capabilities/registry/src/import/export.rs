//! The register as a table, in the layout that it can be brought in with again.

use std::collections::HashMap;

use gate::{Facts, Looking, Refusal, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::act::load;
use super::columns::{self, Field};
use super::plan;
use crate::model::SpotId;

/// The columns, from the left.
const COLUMNS: [Field; 10] = [
    Field::Compound,
    Field::Building,
    Field::Stairwell,
    Field::Room,
    Field::Grid,
    Field::Name,
    Field::FormOfAddress,
    Field::Sex,
    Field::BornOn,
    Field::Phone,
];

/// Everybody in the register, by door. Each of them is told that somebody took it out.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ExportRegister {}

/// A table of words; the first row is the headings.
#[derive(Serialize, JsonSchema)]
pub struct Exported {
    pub rows: Vec<Vec<String>>,
}

impl View for ExportRegister {
    const NAME: &'static str = "register.export";
    const RESOURCE: &'static str = "Register";
    type Body = Exported;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<Exported, Refusal> {
        let community = look.actor.community;
        look.permit(Self::NAME, &Facts::of(community.uuid()))?;
        let known = load(look.tx, community, look.now)?;
        let names = Names::of(&known);
        let mut rows = vec![COLUMNS.map(|field| columns::heading(field).to_owned()).to_vec()];
        for household in &known.places.households {
            let Some(dwelling) = names.dwellings.get(&household.dwelling.uuid()) else { continue };
            let grid = known.grids.iter().find(|grid| Some(grid.id) == household.grid);
            let grid = grid.map_or("", |grid| grid.name.as_str());
            let [compound, building, stairwell] = names.of_entrance(dwelling.entrance);
            let people = known.people.get(&household.id).map(Vec::as_slice).unwrap_or_default();
            for person in people {
                look.saw(person.id.uuid(), Self::NAME, community.uuid());
                let place = [compound, building, stairwell, &dwelling.room, grid];
                let mut row = place.map(str::to_owned).to_vec();
                row.extend(COLUMNS[place.len()..].iter().map(|field| plan::said(person, *field)));
                rows.push(row);
            }
        }
        Ok(Exported { rows })
    }
}

/// What places are called.
struct Names<'a> {
    dwellings: HashMap<uuid::Uuid, &'a crate::store::known::KnownDwelling>,
    /// Compound, building and stairwell by the spot of an entrance.
    entrances: HashMap<SpotId, [&'a str; 3]>,
}

impl<'a> Names<'a> {
    fn of(known: &'a plan::Known) -> Names<'a> {
        let places = &known.places;
        let compounds: HashMap<_, &str> =
            places.compounds.iter().map(|it| (it.id, it.name.as_str())).collect();
        let mut entrances = HashMap::new();
        for (compound, building) in &places.buildings {
            let compound = compounds.get(compound).copied().unwrap_or_default();
            entrances.insert(building.id.into(), [compound, &building.name, ""]);
        }
        for (building, stairwell) in &places.stairwells {
            let [compound, building, _] =
                entrances.get(&SpotId::from(*building)).copied().unwrap_or_default();
            entrances.insert(stairwell.id.into(), [compound, building, &stairwell.name]);
        }
        let dwellings = places.dwellings.iter().map(|it| (it.id.uuid(), it)).collect();
        Names { dwellings, entrances }
    }

    fn of_entrance(&self, entrance: SpotId) -> [&'a str; 3] {
        self.entrances.get(&entrance).copied().unwrap_or_default()
    }
}

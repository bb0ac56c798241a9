//! The doors that a table names, found among those that are known or made beside them.

use std::collections::HashMap;

use kernel::Fault;

use super::numbers;
use super::rows::Door;
use crate::model::{BuildingId, CompoundId, DwellingId, HouseholdId, SpotId, StairwellId};
use crate::rules;
use crate::store::known::{KnownHousehold, Places};

/// A place with its place in the list of its kind as its name; no id: it is to be made.
pub(super) struct Place<Id> {
    pub id: Option<Id>,
    /// The place in the list of what it is part of.
    pub within: usize,
    pub name: String,
}

/// One door.
pub(super) struct PlannedDoor {
    pub id: Option<DwellingId>,
    pub building: usize,
    pub stairwell: Option<usize>,
    pub room: String,
    /// Who lives behind it now.
    pub households: Vec<HouseholdId>,
}

/// Every door of the community, and those that a table adds.
pub(super) struct Doors {
    pub compounds: Vec<Place<CompoundId>>,
    pub buildings: Vec<Place<BuildingId>>,
    pub stairwells: Vec<Place<StairwellId>>,
    pub doors: Vec<PlannedDoor>,
    compound_at: HashMap<String, usize>,
    building_at: HashMap<(usize, String), usize>,
    stairwell_at: HashMap<(usize, String), usize>,
    door_at: HashMap<(usize, Option<usize>, String), usize>,
    /// Doors of a building by their room, whichever stairwell leads there.
    behind_any: HashMap<(usize, String), Vec<usize>>,
}

impl Doors {
    pub fn new(places: &Places) -> Doors {
        let mut doors = Doors {
            compounds: Vec::new(),
            buildings: Vec::new(),
            stairwells: Vec::new(),
            doors: Vec::new(),
            compound_at: HashMap::new(),
            building_at: HashMap::new(),
            stairwell_at: HashMap::new(),
            door_at: HashMap::new(),
            behind_any: HashMap::new(),
        };
        let mut compounds = HashMap::new();
        for known in &places.compounds {
            let place = doors.add_compound(Some(known.id), &known.name);
            compounds.insert(known.id, place);
            for alias in &known.aliases {
                doors.compound_at.entry(rules::plain(alias)).or_insert(place);
            }
        }
        let mut entrances: HashMap<SpotId, (usize, Option<usize>)> = HashMap::new();
        let mut buildings = HashMap::new();
        for (compound, known) in &places.buildings {
            let Some(compound) = compounds.get(compound).copied() else { continue };
            let place = doors.add_building(Some(known.id), compound, &known.name);
            entrances.insert(known.id.into(), (place, None));
            buildings.insert(known.id, place);
            for alias in &known.aliases {
                doors.building_at.entry((compound, rules::plain(alias))).or_insert(place);
            }
        }
        for (building, known) in &places.stairwells {
            let Some(building) = buildings.get(building).copied() else { continue };
            let place = doors.add_stairwell(Some(known.id), building, &known.name);
            entrances.insert(known.id.into(), (building, Some(place)));
        }
        doors.add_known_doors(places, &entrances);
        doors
    }

    fn add_known_doors(
        &mut self,
        places: &Places,
        entrances: &HashMap<SpotId, (usize, Option<usize>)>,
    ) {
        let mut behind: HashMap<DwellingId, Vec<HouseholdId>> = HashMap::new();
        for KnownHousehold { id, dwelling, .. } in &places.households {
            behind.entry(*dwelling).or_default().push(*id);
        }
        for known in &places.dwellings {
            let Some((building, stairwell)) = entrances.get(&known.entrance).copied() else {
                continue;
            };
            let place = self.add_door(Some(known.id), (building, stairwell), &known.room);
            if let Some(door) = self.doors.get_mut(place) {
                door.households = behind.remove(&known.id).unwrap_or_default();
            }
        }
    }

    /// How many compounds, buildings, stairwells and doors are to be made.
    pub fn new_places(&self) -> usize {
        let compounds = self.compounds.iter().filter(|place| place.id.is_none()).count();
        let buildings = self.buildings.iter().filter(|place| place.id.is_none()).count();
        let stairwells = self.stairwells.iter().filter(|place| place.id.is_none()).count();
        let doors = self.doors.iter().filter(|door| door.id.is_none()).count();
        compounds + buildings + stairwells + doors
    }

    /// The place of a door in the list; made where nobody knows it.
    pub fn find(&mut self, door: &Door, otherwise: Option<&str>) -> Result<usize, Fault> {
        let compound = self.compound(door.compound.as_deref().or(otherwise))?;
        let building = self.building(compound, &door.building);
        let room = numbers::room(&door.room);
        let Some(stairwell) = &door.stairwell else {
            return self.without_stairwell(building, &door.room, room);
        };
        let stairwell = Some(self.stairwell(building, stairwell));
        let known = self.door_at.get(&(building, stairwell, room)).copied();
        Ok(known.unwrap_or_else(|| self.add_door(None, (building, stairwell), &door.room)))
    }

    /// A row without a stairwell means the door that has none; where there is no such door, the
    /// one with this number, wherever it is.
    fn without_stairwell(
        &mut self,
        building: usize,
        name: &str,
        room: String,
    ) -> Result<usize, Fault> {
        if let Some(door) = self.door_at.get(&(building, None, room.clone())) {
            return Ok(*door);
        }
        match self.behind_any.get(&(building, room)).map(Vec::as_slice) {
            None | Some([]) => Ok(self.add_door(None, (building, None), name)),
            Some([one]) => Ok(*one),
            Some(_) => Err(Fault::new("registry.import_which_stairwell")),
        }
    }

    fn compound(&mut self, name: Option<&str>) -> Result<usize, Fault> {
        let name = name.ok_or_else(|| Fault::new("registry.import_which_compound"))?;
        let known = self.compound_at.get(&rules::plain(name)).copied();
        Ok(known.unwrap_or_else(|| self.add_compound(None, &rules::written(name))))
    }

    fn building(&mut self, compound: usize, name: &str) -> usize {
        let exactly = self.building_at.get(&(compound, rules::plain(name)));
        let known = exactly.or_else(|| self.building_at.get(&(compound, numbers::building(name))));
        let known = known.copied();
        known.unwrap_or_else(|| self.add_building(None, compound, &numbers::building_name(name)))
    }

    fn stairwell(&mut self, building: usize, name: &str) -> usize {
        let known = self.stairwell_at.get(&(building, numbers::stairwell(name))).copied();
        known.unwrap_or_else(|| self.add_stairwell(None, building, &numbers::stairwell_name(name)))
    }

    fn add_compound(&mut self, id: Option<CompoundId>, name: &str) -> usize {
        let place = self.compounds.len();
        self.compounds.push(Place { id, within: 0, name: name.to_owned() });
        self.compound_at.entry(rules::plain(name)).or_insert(place);
        place
    }

    fn add_building(&mut self, id: Option<BuildingId>, within: usize, name: &str) -> usize {
        let place = self.buildings.len();
        self.buildings.push(Place { id, within, name: name.to_owned() });
        self.building_at.entry((within, rules::plain(name))).or_insert(place);
        self.building_at.entry((within, numbers::building(name))).or_insert(place);
        place
    }

    fn add_stairwell(&mut self, id: Option<StairwellId>, within: usize, name: &str) -> usize {
        let place = self.stairwells.len();
        self.stairwells.push(Place { id, within, name: name.to_owned() });
        self.stairwell_at.entry((within, numbers::stairwell(name))).or_insert(place);
        place
    }

    fn add_door(
        &mut self,
        id: Option<DwellingId>,
        (building, stairwell): (usize, Option<usize>),
        room: &str,
    ) -> usize {
        let (place, key) = (self.doors.len(), numbers::room(room));
        let room = rules::written(room);
        let households = Vec::new();
        self.doors.push(PlannedDoor { id, building, stairwell, room, households });
        self.door_at.entry((building, stairwell, key.clone())).or_insert(place);
        self.behind_any.entry((building, key)).or_default().push(place);
        place
    }
}

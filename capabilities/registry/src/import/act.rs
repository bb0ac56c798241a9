//! A table brought in: all of it or nothing, in one act of the gate.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use db::Tx;
use gate::{Acting, Action, Actor, Facts, Refusal};
use kernel::{CommunityId, Instant};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::columns::Field;
use super::plan::{self, Act, Differences, Known, Plan, Step};
use super::rows::{Entry, Given};
use crate::actions::inherit_grid;
use crate::model::{
    Building, BuildingId, Compound, CompoundId, Dwelling, DwellingId, GridId, Household,
    HouseholdId, Person, PersonId, Sex, Span, SpotId, Stairwell, StairwellId, Tier,
};
use crate::store::imports::{self, Import, Made, NewLine};
use crate::store::{communities, grounds, known, people, people_changes, tenure, uploads};

/// People and places of a kind that a community may have for a table to be compared with it: ten
/// times the largest community.
pub(super) const KNOWN_MAX: usize = 200_000;

/// Brings in a table as its preview showed it. The event keeps how many rows did what, and the
/// digest of the file; what the rows say stands in the register alone.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct RegisterImport {
    /// SHA-256 of the file, in hexadecimal.
    pub file: String,
    /// How many people the preview said would be added.
    pub add: u32,
    /// How many it said would be changed.
    pub change: u32,
    /// The table that waited, if it did.
    #[serde(default)]
    pub upload: Option<Uuid>,
    #[serde(skip)]
    pub given: Arc<Given>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RegisterImported {
    pub import: Uuid,
    pub add: u32,
    pub change: u32,
    pub leave: u32,
}

impl Action for RegisterImport {
    const NAME: &'static str = "register.import";
    const RESOURCE: &'static str = "Register";
    type Done = RegisterImported;

    fn facts(&self, _: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        Ok(Facts::of(actor.community.uuid()))
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<RegisterImported, Refusal> {
        let community = act.community();
        if let Some(upload) = self.upload {
            // Brought in before, or dropped: there is nothing left to bring in.
            let account = act.actor.account().ok_or(Refusal::NotFound)?;
            if uploads::drop(act.tx, community, account, upload)? == 0 {
                return Err(Refusal::NotFound);
            }
        }
        let known = load(act.tx, community, act.now)?;
        let plan = plan::plan(&self.given, &known);
        if plan.is_hindered() {
            return Err(Refusal::rule("registry.import_hindered"));
        }
        let counts = plan.counts();
        if (counts.add, counts.change) != (self.add, self.change) {
            return Err(Refusal::rule("registry.import_overtaken"));
        }
        let import = Import {
            id: act.new_id(),
            at: act.now,
            added: counts.add,
            changed: counts.change,
            left_alone: counts.leave,
            undone_at: None,
            salt: Some(act.chance.bytes::<32>().to_vec()),
        };
        let mut writing = Writing::new(act, &self.given, &plan, &import);
        writing.all()?;
        let (lines, made) = (writing.lines, writing.made);
        let actor = act.actor.origin.id();
        imports::add(act.tx, community, &import, (actor, &self.file), (&lines, &made))?;
        if let Some((signature, fields)) = &self.given.remembered {
            uploads::keep_columns(act.tx, community, (signature, fields), act.now)?;
        }
        let Import { id, added, changed, left_alone, .. } = import;
        Ok(RegisterImported { import: id, add: added, change: changed, leave: left_alone })
    }

    fn made(done: &RegisterImported) -> Option<Uuid> {
        Some(done.import)
    }
}

/// The register as it stands.
pub(super) fn load(
    tx: &mut Tx<'_>,
    community: CommunityId,
    now: Instant,
) -> Result<Known, Refusal> {
    let here = communities::by_id(tx, community)?.ok_or(Refusal::NotFound)?;
    Ok(Known {
        name: here.name,
        places: known::places(tx, community, now, KNOWN_MAX)?,
        people: people_changes::everybody(tx, community, now, KNOWN_MAX)?,
        grids: tenure::grids(tx, community)?,
    })
}

/// How a person stands, in a form that tells only whether they changed since.
pub(super) fn digest(salt: &[u8], person: &Person) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(salt);
    hash.update(person.id.uuid().as_bytes());
    for field in [Field::Name, Field::FormOfAddress, Field::Phone, Field::BornOn, Field::Sex] {
        let said = plan::said(person, field);
        hash.update((said.len() as u64).to_le_bytes());
        hash.update(said.as_bytes());
    }
    hash.finalize().to_vec()
}

struct Writing<'a, 'b, 'tx> {
    act: &'a mut Acting<'b, 'tx>,
    given: &'a Given,
    plan: &'a Plan,
    import: &'a Import,
    compounds: Vec<CompoundId>,
    buildings: Vec<BuildingId>,
    stairwells: Vec<StairwellId>,
    /// Households that were made, by their door.
    households: HashMap<usize, HouseholdId>,
    grids: BTreeMap<String, GridId>,
    lines: Vec<NewLine>,
    made: Vec<Made>,
}

impl<'a, 'b, 'tx> Writing<'a, 'b, 'tx> {
    fn new(
        act: &'a mut Acting<'b, 'tx>,
        given: &'a Given,
        plan: &'a Plan,
        import: &'a Import,
    ) -> Writing<'a, 'b, 'tx> {
        Writing {
            act,
            given,
            plan,
            import,
            compounds: Vec::new(),
            buildings: Vec::new(),
            stairwells: Vec::new(),
            households: HashMap::new(),
            grids: BTreeMap::new(),
            lines: Vec::new(),
            made: Vec::new(),
        }
    }

    fn all(&mut self) -> Result<(), Refusal> {
        self.places()?;
        for (door, household) in &self.plan.moved {
            let grid = self.grid_of(*door)?;
            if let Some(grid) = grid {
                self.put_into_grid(*household, grid)?;
                self.made.push(Made::Moved(household.uuid()));
            }
        }
        for step in &self.plan.steps {
            self.step(step)?;
        }
        Ok(())
    }

    /// Makes the compounds, buildings and stairwells that are new.
    fn places(&mut self) -> Result<(), Refusal> {
        let (community, doors) = (self.act.community(), &self.plan.doors);
        for place in &doors.compounds {
            let id = place.id.unwrap_or_else(|| CompoundId::from_uuid(self.act.new_id()));
            if place.id.is_none() {
                let compound = Compound { id, name: place.name.clone(), aliases: Vec::new() };
                grounds::add_compound(self.act.tx, community, &compound)?;
                self.made.push(Made::Compound(id.uuid()));
            }
            self.compounds.push(id);
        }
        for place in &doors.buildings {
            let id = place.id.unwrap_or_else(|| BuildingId::from_uuid(self.act.new_id()));
            if place.id.is_none() {
                let compound = at(&self.compounds, place.within)?;
                let (name, aliases) = (place.name.clone(), Vec::new());
                let (floors, has_lift) = (None, false);
                let building = Building { id, compound, name, aliases, floors, has_lift };
                grounds::add_building(self.act.tx, community, &building)?;
                self.made.push(Made::Building(id.uuid()));
            }
            self.buildings.push(id);
        }
        for place in &doors.stairwells {
            let id = place.id.unwrap_or_else(|| StairwellId::from_uuid(self.act.new_id()));
            if place.id.is_none() {
                let building = at(&self.buildings, place.within)?;
                let stairwell = Stairwell { id, building, name: place.name.clone() };
                grounds::add_stairwell(self.act.tx, community, &stairwell)?;
                self.made.push(Made::Stairwell(id.uuid()));
            }
            self.stairwells.push(id);
        }
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Result<(), Refusal> {
        let entry = self.given.entries.get(step.entry).ok_or_else(lost)?;
        match &step.act {
            Act::Leave => Ok(()),
            Act::Add => {
                let household = match step.household {
                    Some(household) => household,
                    None => self.household(step.door)?,
                };
                self.add(entry, household)
            }
            Act::Change(after, differences) => self.change(entry, after, differences),
        }
    }

    fn add(&mut self, entry: &Entry, household: HouseholdId) -> Result<(), Refusal> {
        let (community, told) = (self.act.community(), &entry.told);
        let person = Person {
            id: PersonId::from_uuid(self.act.new_id()),
            name: told.name.clone(),
            form_of_address: told.form_of_address.clone().unwrap_or_default(),
            phone: told.phone.clone().unwrap_or_default(),
            born_on: told.born_on,
            sex: told.sex.unwrap_or(Sex::Unknown),
            created_at: self.act.now,
        };
        people::add_person(self.act.tx, community, &person)?;
        let span = Span::since(self.act.now);
        people::add_member(self.act.tx, community, household, person.id, span)?;
        let fields = [Field::Name, Field::FormOfAddress, Field::Phone, Field::BornOn, Field::Sex];
        let given = fields.into_iter().filter(|field| !plan::said(&person, *field).is_empty());
        self.line(entry, &person, true, given.map(Field::word).collect::<Vec<_>>().join(","), None);
        Ok(())
    }

    fn change(
        &mut self,
        entry: &Entry,
        after: &Person,
        differences: &Differences,
    ) -> Result<(), Refusal> {
        let community = self.act.community();
        if differences.iter().any(|(field, ..)| *field != Field::Grid) {
            people::set_person(self.act.tx, community, after)?;
        }
        let fields: Vec<&str> = differences.iter().map(|(field, ..)| field.word()).collect();
        let before: BTreeMap<&str, &str> =
            differences.iter().map(|(field, before, _)| (field.word(), before.as_str())).collect();
        let before = serde_json::to_string(&before)
            .map_err(|error| Refusal::Defect(format!("former values have no JSON: {error}")))?;
        let before = imports::seal_before(self.act.tx, community, after.id, &before)?;
        self.line(entry, after, false, fields.join(","), Some(before));
        Ok(())
    }

    fn line(
        &mut self,
        entry: &Entry,
        person: &Person,
        is_new: bool,
        fields: String,
        before: Option<Vec<u8>>,
    ) {
        let salt = self.import.salt.as_deref().unwrap_or_default();
        self.lines.push(NewLine {
            person: person.id,
            is_new,
            sheet: entry.sheet.to_string(),
            line: entry.row,
            fields,
            before,
            digest: digest(salt, person),
        });
    }

    /// The household behind a door where none was known; made with the door if need be.
    fn household(&mut self, door: usize) -> Result<HouseholdId, Refusal> {
        if let Some(household) = self.households.get(&door) {
            return Ok(*household);
        }
        let (community, now) = (self.act.community(), self.act.now);
        let planned = self.plan.doors.doors.get(door).ok_or_else(lost)?;
        let building = at(&self.buildings, planned.building)?;
        let stairwell = planned.stairwell.map(|place| at(&self.stairwells, place)).transpose()?;
        let dwelling = match planned.id {
            Some(dwelling) => dwelling,
            None => {
                let id = DwellingId::from_uuid(self.act.new_id());
                let (room, floor) = (planned.room.clone(), None);
                let dwelling = Dwelling { id, building, stairwell, room, floor };
                grounds::add_dwelling(self.act.tx, community, &dwelling)?;
                self.made.push(Made::Dwelling(id.uuid()));
                id
            }
        };
        let id = HouseholdId::from_uuid(self.act.new_id());
        let household = Household { id, dwelling, span: Span::since(now) };
        grounds::add_household(self.act.tx, community, &household)?;
        self.made.push(Made::Household(id.uuid()));
        self.households.insert(door, id);
        match self.grid_of(door)? {
            Some(grid) => self.put_into_grid(id, grid)?,
            None => {
                let compound = self.plan.doors.buildings.get(planned.building);
                let compound =
                    compound.map(|place| at(&self.compounds, place.within)).transpose()?;
                let around = [
                    stairwell.map(SpotId::from),
                    Some(building.into()),
                    compound.map(SpotId::from),
                ];
                inherit_grid(self.act.tx, community, id, around, now)?;
            }
        }
        Ok(id)
    }

    /// The grid that the table names for a door; made where there is none of that name.
    fn grid_of(&mut self, door: usize) -> Result<Option<GridId>, Refusal> {
        let Some(name) = self.plan.grids.get(&door) else { return Ok(None) };
        if let Some(grid) = self.grids.get(name) {
            return Ok(Some(*grid));
        }
        let fresh = GridId::from_uuid(self.act.new_id());
        let grid = tenure::grid_called(self.act.tx, self.act.community(), name, fresh)?;
        self.grids.insert(name.clone(), grid);
        Ok(Some(grid))
    }

    fn put_into_grid(&mut self, household: HouseholdId, grid: GridId) -> Result<(), Refusal> {
        let (community, now) = (self.act.community(), self.act.now);
        tenure::assign_grid(self.act.tx, community, household.into(), (grid, Tier::Grid), now)
    }
}

fn at<Id: Copy>(ids: &[Id], place: usize) -> Result<Id, Refusal> {
    ids.get(place).copied().ok_or_else(lost)
}

/// A place in a list that the same plan made.
fn lost() -> Refusal {
    Refusal::Defect("a plan names a place that it does not have".to_owned())
}

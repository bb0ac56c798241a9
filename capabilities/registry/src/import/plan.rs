//! What a table would do to the register as it stands: add, change, leave. Pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kernel::{Day, Fault};

use super::columns::{self, Field};
use super::doors::Doors;
use super::problem::Problem;
use super::rows::{Entry, Given, Told};
use crate::model::{Grid, GridId, HouseholdId, Person, Sex};
use crate::rules;
use crate::store::known::{KnownHousehold, Places};

/// What of a person would be another afterwards: field, before, after.
pub(super) type Differences = Vec<(Field, String, String)>;

/// What a row leads to.
pub(super) enum Act {
    /// Enters the person.
    Add,
    /// Writes the person anew.
    Change(Box<Person>, Differences),
    Leave,
}

/// A row with what it leads to.
pub(super) struct Step {
    /// Its place among the entries.
    pub entry: usize,
    /// Its door's place in the list.
    pub door: usize,
    /// The household, where one is known.
    pub household: Option<HouseholdId>,
    pub act: Act,
}

/// What a whole table leads to.
pub(super) struct Plan {
    pub steps: Vec<Step>,
    pub doors: Doors,
    /// The grid that each door is to lie in, where the table names one.
    pub grids: BTreeMap<usize, String>,
    /// Doors whose known household comes into another grid, each with its step.
    pub moved: Vec<(usize, HouseholdId)>,
    pub problems: Vec<Problem>,
}

/// How many rows lead to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    pub add: u32,
    pub change: u32,
    pub leave: u32,
}

impl Plan {
    pub fn counts(&self) -> Counts {
        let mut counts = Counts { add: 0, change: 0, leave: 0 };
        for step in &self.steps {
            match step.act {
                Act::Add => counts.add += 1,
                Act::Change(..) => counts.change += 1,
                Act::Leave => counts.leave += 1,
            }
        }
        counts
    }

    pub fn is_hindered(&self) -> bool {
        self.problems.iter().any(|problem| problem.blocks)
    }
}

/// The register as it stands.
pub(super) struct Known {
    pub places: Places,
    pub people: BTreeMap<HouseholdId, Vec<Person>>,
    pub grids: Vec<Grid>,
    /// What the community is called.
    pub name: String,
}

impl Known {
    /// The compound of rows that name none: the only one there is; the community itself where
    /// there is none yet.
    fn compound(&self) -> Option<&str> {
        match self.places.compounds.as_slice() {
            [] => Some(&self.name),
            [one] => Some(&one.name),
            _ => None,
        }
    }
}

/// Compares a table with the register.
pub(super) fn plan(given: &Given, known: &Known) -> Plan {
    let plan = Plan {
        steps: Vec::new(),
        doors: Doors::new(&known.places),
        grids: BTreeMap::new(),
        moved: Vec::new(),
        problems: given.problems.clone(),
    };
    let households = known.places.households.iter().map(|household| (household.id, household));
    let mut planning = Planning {
        given,
        known,
        households: households.collect(),
        named: by_name(known),
        seen: HashMap::new(),
        born: HashMap::new(),
        taken: BTreeSet::new(),
        plan,
    };
    planning.say_unnamed_compound();
    for place in 0..given.entries.len() {
        planning.row(place);
    }
    planning.plan
}

type Elsewhere<'a> = HashMap<String, Vec<(HouseholdId, &'a Person)>>;

fn by_name(known: &Known) -> Elsewhere<'_> {
    let mut named: Elsewhere<'_> = HashMap::new();
    for (household, people) in &known.people {
        for person in people {
            named.entry(name_key(&person.name)).or_default().push((*household, person));
        }
    }
    named
}

/// What names are compared by: blanks are dress.
fn name_key(name: &str) -> String {
    name.chars().filter(|sign| !sign.is_whitespace()).collect()
}

/// What telephone numbers are compared by.
fn phone_key(phone: &str) -> String {
    phone.chars().filter(|sign| sign.is_ascii_digit() || *sign == '+').collect()
}

struct Planning<'a> {
    given: &'a Given,
    known: &'a Known,
    households: HashMap<HouseholdId, &'a KnownHousehold>,
    named: Elsewhere<'a>,
    /// The rows seen so far by door and name.
    seen: HashMap<(usize, String), usize>,
    /// The rows seen so far by name and day of birth.
    born: HashMap<(String, Day), usize>,
    /// Persons that a row stands for already.
    taken: BTreeSet<crate::model::PersonId>,
    plan: Plan,
}

impl Planning<'_> {
    fn complain(&mut self, problem: Problem) {
        self.plan.problems.push(problem);
    }

    /// A new register whose compound nobody named is the community's own.
    fn say_unnamed_compound(&mut self) {
        let is_new = self.given.compound.is_none() && self.known.places.compounds.is_empty();
        let unnamed = self.given.entries.iter().find(|entry| entry.door.compound.is_none());
        if let Some(entry) = unnamed.filter(|_| is_new) {
            let fault =
                Fault::new("registry.import_compound_assumed").with("name", &self.known.name);
            self.complain(entry.problem(None, fault).passed());
        }
    }

    fn row(&mut self, place: usize) {
        let Some(entry) = self.given.entries.get(place) else { return };
        let otherwise = self.given.compound.as_deref().or(self.known.compound());
        let door = match self.plan.doors.find(&entry.door, otherwise) {
            Ok(door) => door,
            Err(fault) => return self.complain(entry.problem(door_field(entry), fault)),
        };
        let key = (door, name_key(&entry.told.name));
        if let Some(twin) = self.seen.get(&key).copied() {
            return self.twin(place, door, twin);
        }
        self.seen.insert(key, place);
        let moved = self.grid(entry, door);
        match self.matched(entry, door) {
            Ok(Some((household, person))) => {
                let mut differences = differences(person, &entry.told);
                let after = changed(person, &entry.told);
                differences.extend(moved);
                let act = match differences.is_empty() {
                    true => Act::Leave,
                    false => Act::Change(Box::new(after), differences),
                };
                self.plan.steps.push(Step { entry: place, door, household: Some(household), act });
            }
            Ok(None) => self.add(place, door),
            Err(fault) => self.complain(entry.problem(Some(Field::Name), fault)),
        }
    }

    /// The same name at the same door again: the same row is left, another is asked about.
    fn twin(&mut self, place: usize, door: usize, twin: usize) {
        let entries = &self.given.entries;
        let (Some(entry), Some(first)) = (entries.get(place), entries.get(twin)) else { return };
        let is_same = entry.told == first.told && entry.grid == first.grid;
        let key =
            if is_same { "registry.import_row_twice" } else { "registry.import_twin_differs" };
        let fault = Fault::new(key).with("sheet", first.sheet_name()).with("row", first.row);
        let problem = entry.problem(Some(Field::Name), fault);
        if !is_same {
            return self.complain(problem);
        }
        self.complain(problem.passed());
        self.plan.steps.push(Step { entry: place, door, household: None, act: Act::Leave });
    }

    fn add(&mut self, place: usize, door: usize) {
        let Some(entry) = self.given.entries.get(place) else { return };
        let households = self.plan.doors.doors.get(door).map(|door| door.households.as_slice());
        let household = match households.unwrap_or_default() {
            [] => None,
            [one] => Some(*one),
            _ => {
                let fault = Fault::new("registry.import_two_households");
                return self.complain(entry.problem(door_field(entry), fault));
            }
        };
        if let Some(fault) = self.elsewhere(entry, household) {
            self.complain(entry.problem(Some(Field::Name), fault).passed());
        }
        if let Some(born_on) = entry.told.born_on {
            let first = self.born.insert((name_key(&entry.told.name), born_on), place);
            let first = first.and_then(|first| self.given.entries.get(first));
            // Two numbers are two people.
            let alike =
                first.filter(|first| first.told.number.is_none() || entry.told.number.is_none());
            if let Some(first) = alike {
                let fault = Fault::new("registry.import_person_twice");
                let fault = fault.with("sheet", first.sheet_name()).with("row", first.row);
                self.complain(entry.problem(Some(Field::Name), fault).passed());
            }
        }
        self.plan.steps.push(Step { entry: place, door, household, act: Act::Add });
    }

    /// The person of this name behind this door; of several the one born or called up so.
    fn matched(
        &mut self,
        entry: &Entry,
        door: usize,
    ) -> Result<Option<(HouseholdId, &'_ Person)>, Fault> {
        let known = self.known;
        let households = self.plan.doors.doors.get(door).map(|door| door.households.clone());
        let key = name_key(&entry.told.name);
        let mut found: Vec<(HouseholdId, &Person)> = Vec::new();
        for household in households.unwrap_or_default() {
            let people = known.people.get(&household).map(Vec::as_slice).unwrap_or_default();
            found.extend(
                people.iter().filter(|it| name_key(&it.name) == key).map(|it| (household, it)),
            );
        }
        if found.len() > 1 {
            found.retain(|(_, person)| is_alike(person, &entry.told));
            if found.len() != 1 {
                return Err(Fault::new("registry.import_which_person"));
            }
        }
        let one = found.pop();
        if let Some((_, person)) = one {
            self.taken.insert(person.id);
        }
        Ok(one)
    }

    /// Somebody of this name, born on the same day or called up under the same number, who lives
    /// behind another door: perhaps they moved.
    fn elsewhere(&self, entry: &Entry, here: Option<HouseholdId>) -> Option<Fault> {
        let others = self.named.get(&name_key(&entry.told.name))?;
        let other = others.iter().find(|(household, person)| {
            Some(*household) != here
                && !self.taken.contains(&person.id)
                && is_alike(person, &entry.told)
        });
        let (household, _) = other?;
        let label = self.households.get(household).map_or("", |household| household.label.as_str());
        Some(Fault::new("registry.import_elsewhere").with("door", label))
    }

    /// Notes the grid that a row names for its door; what that changes for a household that is
    /// known.
    fn grid(&mut self, entry: &Entry, door: usize) -> Option<(Field, String, String)> {
        let wanted = rules::written(entry.grid.as_deref()?);
        if let Some(before) = self.plan.grids.get(&door) {
            if *before != wanted {
                let fault = Fault::new("registry.import_two_grids");
                self.complain(entry.problem(Some(Field::Grid), fault));
            }
            return None;
        }
        self.plan.grids.insert(door, wanted.clone());
        let [household] = *self.plan.doors.doors.get(door)?.households.as_slice() else {
            return None;
        };
        let present = self.households.get(&household).and_then(|household| household.grid);
        let present = present.map(|grid| self.grid_name(grid)).unwrap_or_default();
        if present == wanted {
            return None;
        }
        self.plan.moved.push((door, household));
        Some((Field::Grid, present, wanted))
    }

    fn grid_name(&self, id: GridId) -> String {
        let grid = self.known.grids.iter().find(|grid| grid.id == id);
        grid.map(|grid| grid.name.clone()).unwrap_or_default()
    }
}

/// The column that says the door.
fn door_field(entry: &Entry) -> Option<Field> {
    let said = [Field::Room, Field::Address, Field::Building];
    said.into_iter().find(|field| entry.columns.contains_key(field))
}

/// Whether a person of the same name is the one that a row tells of.
fn is_alike(person: &Person, told: &Told) -> bool {
    let same_birth = person.born_on.is_some() && person.born_on == told.born_on;
    let phone = told.phone.as_deref().map(phone_key);
    let same_phone = phone.is_some_and(|phone| phone == phone_key(&person.phone));
    same_birth || same_phone
}

/// The person as a row has them; what it does not say stays.
fn changed(person: &Person, told: &Told) -> Person {
    let mut after = person.clone();
    if let Some(address) = &told.form_of_address {
        after.form_of_address.clone_from(address);
    }
    if let Some(phone) = told.phone.as_ref().filter(|it| phone_key(it) != phone_key(&person.phone))
    {
        after.phone.clone_from(phone);
    }
    after.born_on = told.born_on.or(person.born_on);
    // That nobody knows is no news.
    after.sex = told.sex.filter(|sex| *sex != Sex::Unknown).unwrap_or(person.sex);
    after
}

fn differences(person: &Person, told: &Told) -> Differences {
    between(person, &changed(person, told))
}

/// What differs between two states of a person.
pub(super) fn between(before: &Person, after: &Person) -> Differences {
    let fields = [Field::FormOfAddress, Field::Phone, Field::BornOn, Field::Sex];
    let said = fields.map(|field| (field, said(before, field), said(after, field)));
    said.into_iter().filter(|(_, before, after)| before != after).collect()
}

/// A field of a person in the words of a written table.
pub(super) fn said(person: &Person, field: Field) -> String {
    match field {
        Field::Name => person.name.clone(),
        Field::FormOfAddress => person.form_of_address.clone(),
        Field::Phone => person.phone.clone(),
        Field::BornOn => person.born_on.map(|day| day.to_string()).unwrap_or_default(),
        Field::Sex => columns::said_sex(person.sex).to_owned(),
        Field::Compound | Field::Building | Field::Stairwell | Field::Room => String::new(),
        Field::Address | Field::Grid => String::new(),
        Field::CitizenNumber | Field::Relation | Field::Liaison => String::new(),
    }
}

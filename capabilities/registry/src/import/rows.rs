//! What each row says: a person and the door they live behind, or what is wrong with it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use kernel::codes::CitizenNumber;
use kernel::{Day, Fault};
use paper::table::{Cell, Row, Sheet};

use super::address;
use super::columns::{self, Choices, Field};
use super::heading::Headed;
use super::numbers;
use super::problem::{PROBLEMS_MAX, Problem};
use super::values;
use crate::model::Sex;

/// The door that a row names.
#[derive(Clone, PartialEq, Eq)]
pub struct Door {
    pub compound: Option<String>,
    pub building: String,
    pub stairwell: Option<String>,
    pub room: String,
}

/// What a row says of a person; what it does not say is left as it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Told {
    pub name: String,
    pub form_of_address: Option<String>,
    pub phone: Option<String>,
    pub born_on: Option<Day>,
    pub sex: Option<Sex>,
    pub number: Option<CitizenNumber>,
}

/// One row that can be read.
#[derive(Clone)]
pub struct Entry {
    pub sheet: Arc<str>,
    pub row: u32,
    /// Where each field stands.
    pub columns: Arc<BTreeMap<Field, u32>>,
    pub door: Door,
    pub grid: Option<String>,
    pub told: Told,
}

impl Entry {
    /// The sheet as a sentence names it; a CSV file has none.
    pub(super) fn sheet_name(&self) -> &str {
        if self.sheet.is_empty() { "CSV" } else { &self.sheet }
    }

    /// A problem of this row, with one of its fields or without.
    pub(super) fn problem(&self, field: Option<Field>, fault: Fault) -> Problem {
        let column = field.and_then(|field| self.columns.get(&field).copied());
        Problem { column, field, ..Problem::row(&self.sheet, self.row, fault) }
    }
}

/// Everything that a table says.
#[derive(Clone, Default)]
pub struct Given {
    pub(super) entries: Vec<Entry>,
    pub(super) problems: Vec<Problem>,
    /// The compound of rows that name none.
    pub(super) compound: Option<String>,
    /// What the columns were taken for, to be remembered: signature and fields.
    pub(super) remembered: Option<(String, BTreeMap<String, String>)>,
}

impl Given {
    /// Takes a problem; of too many only those that hinder.
    pub(super) fn complain(&mut self, problem: Problem) {
        if self.problems.len() < PROBLEMS_MAX || (problem.blocks && !self.is_hindered()) {
            self.problems.push(problem);
        }
    }

    /// How many rows tell of somebody.
    pub fn rows(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn is_hindered(&self) -> bool {
        self.problems.iter().any(|problem| problem.blocks)
    }
}

/// Where each citizen number was seen.
pub(super) type Numbers = HashMap<CitizenNumber, (Arc<str>, u32)>;

/// Reads the rows of a sheet below its headings.
pub(super) fn read(
    sheet: &Sheet,
    headed: &Headed,
    (choices, today): (&Choices, Day),
    numbers: &mut Numbers,
    given: &mut Given,
) {
    let mut columns = BTreeMap::new();
    for (column, key, _) in &headed.columns {
        if let Some(Some(field)) = choices.columns.get(key) {
            columns.entry(*field).or_insert(*column);
        }
    }
    let (name, columns): (Arc<str>, _) = (sheet.name.as_str().into(), Arc::new(columns));
    let mut hidden = 0;
    for row in sheet.rows.iter().filter(|row| row.number > headed.row) {
        let reading = Reading { sheet, name: &name, columns: &columns, row, today };
        if reading.is_no_data() {
            continue;
        }
        hidden += u32::from(row.is_hidden);
        let mut problems = Vec::new();
        let entry = reading.entry(&mut problems);
        let entry = entry.filter(|_| problems.iter().all(|problem| !problem.blocks));
        problems.into_iter().for_each(|problem| given.complain(problem));
        let Some(entry) = entry else { continue };
        if let Some(number) = entry.told.number.clone() {
            let place = (Arc::from(entry.sheet_name()), entry.row);
            if let Some((sheet, row)) = numbers.insert(number, place) {
                let fault = Fault::new("registry.import_number_twice").with("sheet", sheet);
                let fault = fault.with("row", row);
                given.complain(entry.problem(Some(Field::CitizenNumber), fault));
            }
        }
        given.entries.push(entry);
    }
    if hidden > 0 {
        // Filtered out on somebody's screen, and people all the same.
        let fault = Fault::new("registry.import_rows_hidden").with("count", hidden);
        given.complain(Problem::sheet(&name, fault).passed());
    }
}

struct Reading<'a> {
    sheet: &'a Sheet,
    name: &'a Arc<str>,
    columns: &'a Arc<BTreeMap<Field, u32>>,
    row: &'a Row,
    today: Day,
}

impl Reading<'_> {
    fn cell(&self, field: Field) -> &Cell {
        self.columns.get(&field).map_or(&Cell::Empty, |column| self.row.cell(*column))
    }

    /// Whether it is empty where it matters, the headings again as every printed page has them, or
    /// a note over the whole width.
    fn is_no_data(&self) -> bool {
        let said = self.columns.values().map(|column| self.row.cell(*column));
        let said: Vec<&Cell> = said.filter(|cell| !cell.is_empty()).collect();
        let is_note = said.len() > 1 && said.windows(2).all(|two| two[0] == two[1]);
        let name = self.cell(Field::Name).words().unwrap_or_default();
        let is_heading = columns::plain(&name) == columns::heading(Field::Name);
        said.is_empty() || is_note || is_heading
    }

    fn problem(&self, field: Field, fault: Fault) -> Problem {
        let column = self.columns.get(&field).copied();
        Problem { column, field: Some(field), ..Problem::row(self.name, self.row.number, fault) }
    }

    /// Reads a value; what is wrong with it goes to the others.
    fn value<T>(
        &self,
        field: Field,
        read: impl FnOnce(&Cell) -> Result<Option<T>, Fault>,
        faults: &mut Vec<Problem>,
    ) -> Option<T> {
        read(self.cell(field)).unwrap_or_else(|fault| {
            faults.push(self.problem(field, fault));
            None
        })
    }

    fn entry(&self, faults: &mut Vec<Problem>) -> Option<Entry> {
        let Some(name) = self.value(Field::Name, values::name, faults) else {
            if faults.is_empty() {
                // An empty flat, or a line for somebody to be.
                let fault = Fault::new("registry.import_nobody");
                faults.push(self.problem(Field::Name, fault).passed());
            }
            return None;
        };
        let told = self.told(name, faults);
        let grid = self.value(Field::Grid, values::place, faults);
        let door = self.door(faults);
        Some(Entry {
            sheet: self.name.clone(),
            row: self.row.number,
            columns: self.columns.clone(),
            door: door?,
            grid,
            told,
        })
    }

    fn told(&self, name: String, faults: &mut Vec<Problem>) -> Told {
        let epoch = self.sheet.epoch;
        let birth = |cell: &Cell| values::born_on(cell, epoch, self.today);
        let mut told = Told {
            name,
            form_of_address: self.value(Field::FormOfAddress, values::form_of_address, faults),
            phone: self.value(Field::Phone, values::phone, faults),
            born_on: self.value(Field::BornOn, birth, faults),
            sex: self.value(Field::Sex, values::sex, faults),
            number: None,
        };
        let number = self.value(Field::CitizenNumber, values::citizen_number, faults);
        if let Some((number, was_old)) = number {
            if was_old {
                let fault = Fault::new("registry.import_old_number");
                faults.push(self.problem(Field::CitizenNumber, fault).passed());
            }
            self.compare(&number, &mut told, faults);
            told.number = Some(number);
        }
        told
    }

    /// Birth and sex as the number has them: they fill a gap, and contradict nothing.
    fn compare(&self, number: &CitizenNumber, told: &mut Told, faults: &mut Vec<Problem>) {
        if *told.born_on.get_or_insert(number.birth()) != number.birth() {
            let fault = Fault::new("registry.import_birth_differs");
            faults.push(self.problem(Field::BornOn, fault));
        }
        let sex = match number.sex() {
            kernel::codes::Sex::Male => Sex::Male,
            kernel::codes::Sex::Female => Sex::Female,
        };
        match told.sex {
            None | Some(Sex::Unknown | Sex::Unspecified) => told.sex = Some(sex),
            Some(said) if said != sex => {
                let fault = Fault::new("registry.import_sex_differs");
                faults.push(self.problem(Field::Sex, fault));
            }
            Some(Sex::Male | Sex::Female) => {}
        }
    }

    /// A book with a sheet for each building need not say the building in each row.
    fn building_of_sheet(&self) -> Option<String> {
        let says_itself = [Field::Building, Field::Address];
        let is_silent = !says_itself.iter().any(|field| self.columns.contains_key(field));
        (is_silent && numbers::is_building(self.name)).then(|| self.name.trim().to_owned())
    }

    fn door(&self, faults: &mut Vec<Problem>) -> Option<Door> {
        let before = faults.len();
        let compound = self.value(Field::Compound, values::place, faults);
        let building = self.value(Field::Building, values::place, faults);
        let building = building.or_else(|| self.building_of_sheet());
        let stairwell = self.value(Field::Stairwell, values::place, faults);
        let room = self.value(Field::Room, values::room, faults);
        if let (Some(building), Some(room)) = (&building, &room) {
            let (building, room) = (building.clone(), room.clone());
            return Some(Door { compound, building, stairwell, room });
        }
        // 3-2-401 in the column of the room is a whole address too.
        let (field, line) = match self.value(Field::Address, values::address, faults) {
            Some(line) => (Field::Address, Some(line)),
            None => (Field::Room, room.filter(|_| building.is_none())),
        };
        if faults.len() > before {
            return None;
        }
        let parts = line.as_deref().and_then(address::parts);
        let Some(parts) = parts else {
            let key =
                if line.is_some() { "registry.import_address" } else { "registry.import_no_door" };
            faults.push(self.problem(field, Fault::new(key)));
            return None;
        };
        let compound = compound.or(parts.compound);
        Some(Door {
            compound,
            building: parts.building,
            stairwell: parts.stairwell,
            room: parts.room,
        })
    }
}

//! Founding: the register, the accounts and their cards, entered in a few transactions.

use std::sync::Arc;

use access::{Account, Role, Term};
use anyhow::Result;
use db::{Db, Tx};
use gate::{Chance, Refusal};
use kernel::{AccountId, CommunityId, Instant};
use registry::{GridId, Person, PersonId, Span, Tier, seed};
use web::Secret;

use crate::dice::Dice;
use crate::ground::{Ground, GroundData, Site};
use crate::people::{PeopleData, Staff};

/// Households entered in one transaction.
const AT_ONCE: usize = 400;

/// The invented community.
pub struct Community;

/// The community as it was founded.
pub struct Founded {
    pub community: CommunityId,
    pub logins: Vec<Login>,
    pub(crate) plan: Arc<Plan>,
}

/// Somebody who works here, and their card.
#[derive(Debug, Clone)]
pub struct Login {
    pub account: AccountId,
    pub role: Role,
    pub name: String,
    /// `/enter/lh_…`: one button there signs in.
    pub card: String,
}

/// Everything to be entered.
pub(crate) struct Plan {
    pub community: CommunityId,
    pub ground: Ground,
    /// Who lives behind each door.
    pub people: Vec<Vec<Person>>,
    /// The liaison rep of each door, by place in `staff`.
    pub reps: Vec<usize>,
    /// Liaison reps, then heads in the order of their grids, then the office.
    pub staff: Vec<Employed>,
    since: Instant,
}

/// Somebody who works here.
pub(crate) struct Employed {
    pub account: AccountId,
    pub name: String,
    pub role: Role,
    pub grid: Option<GridId>,
    pub person: Option<PersonId>,
    term: uuid::Uuid,
    card: (uuid::Uuid, Secret),
}

impl Community {
    /// Founds it in a migrated database. The same seed founds the same; cards are always new.
    ///
    /// # Errors
    /// Those of the database.
    pub fn found(db: &Db, seed: u64, now: Instant) -> Result<Founded> {
        let data = GroundData::read()?;
        let plan = Arc::new(Plan::make(&data, seed)?);
        let writing = plan.clone();
        db.write_blocking(move |tx| {
            seed::community(tx, writing.community, &data.name, &data.phone, data.since)?;
            writing.write_ground(tx)?;
            writing.write_staff(tx, now)
        })?;
        for from in (0..plan.people.len()).step_by(AT_ONCE) {
            let writing = plan.clone();
            let to = (from + AT_ONCE).min(plan.people.len());
            db.write_blocking(move |tx| {
                (from..to).try_for_each(|door| writing.write_household(tx, door))
            })?;
        }
        let logins = plan.staff.iter().map(Employed::login).collect();
        Ok(Founded { community: plan.community, logins, plan })
    }
}

impl Plan {
    /// Names of the heads, in the order of their grids.
    pub fn heads(&self) -> impl Iterator<Item = String> {
        let heads = self.staff.iter().filter(|employed| employed.role == Role::GridHead);
        heads.map(|employed| employed.name.clone())
    }

    fn make(data: &GroundData, seed: u64) -> Result<Plan> {
        let mut dice = Dice::new(seed);
        let names = PeopleData::read()?;
        let ground = data.lay_out(&dice)?;
        let people = names.settle((ground.homes.len(), data.residents), data.since, &mut dice);
        let mut plan = Plan {
            community: CommunityId::from_uuid(dice.id(data.since)),
            ground,
            people,
            reps: Vec::new(),
            staff: Vec::new(),
            since: data.since,
        };
        plan.elect_reps(data, &dice);
        plan.employ(data, &names.staff, &dice);
        Ok(plan)
    }

    /// In each grid the doors are shared out among its reps, who live behind their first one.
    fn elect_reps(&mut self, data: &GroundData, dice: &Dice) {
        for (grid, wanted) in data.grids.iter().map(|grid| grid.reps).enumerate() {
            let doors: Vec<usize> = (0..self.ground.homes.len())
                .filter(|door| self.ground.homes[*door].grid == grid)
                .collect();
            let share = doors.len().div_ceil(wanted.max(1)).max(1);
            // Even shares: the first ones of a grid get one door more.
            let more = doors.len() + wanted - share * wanted;
            let mut rest = doors.as_slice();
            for rep in 0..wanted {
                let (own, later) = rest.split_at(if rep < more { share } else { share - 1 });
                rest = later;
                self.elect(own, dice);
            }
        }
    }

    fn elect(&mut self, doors: &[usize], dice: &Dice) {
        let Some(person) = doors.first().and_then(|door| self.people[*door].first()) else {
            return;
        };
        let (name, id) = (person.name.clone(), person.id);
        self.reps.extend(std::iter::repeat_n(self.staff.len(), doors.len()));
        self.take_on(&name, Role::Liaison, None, dice);
        if let Some(rep) = self.staff.last_mut() {
            rep.person = Some(id);
        }
    }

    fn employ(&mut self, data: &GroundData, staff: &Staff, dice: &Dice) {
        for (place, grid) in data.grids.iter().enumerate() {
            let id = self.ground.grids[place].id;
            self.take_on(&grid.head, Role::GridHead, Some(id), dice);
        }
        for clerk in &staff.clerks {
            self.take_on(clerk, Role::Clerk, None, dice);
        }
        self.take_on(&staff.secretary, Role::Secretary, None, dice);
        self.take_on(&staff.administrator, Role::Administrator, None, dice);
        self.take_on(&staff.auditor, Role::Auditor, None, dice);
        self.take_on(&staff.department, Role::Department, None, dice);
    }

    fn take_on(&mut self, name: &str, role: Role, grid: Option<GridId>, dice: &Dice) {
        let card = Secret::new(self.community, &Chance::system());
        self.staff.push(Employed {
            account: AccountId::from_uuid(dice.id(self.since)),
            name: name.to_owned(),
            role,
            grid,
            person: None,
            term: dice.id(self.since),
            card: (dice.id(self.since), card),
        });
    }

    fn write_ground(&self, tx: &mut Tx<'_>) -> Result<(), Refusal> {
        let (community, ground) = (self.community, &self.ground);
        ground.grids.iter().try_for_each(|one| seed::grid(tx, community, one))?;
        ground.compounds.iter().try_for_each(|one| seed::compound(tx, community, one))?;
        ground.buildings.iter().try_for_each(|one| seed::building(tx, community, one))?;
        ground.stairwells.iter().try_for_each(|one| seed::stairwell(tx, community, one))?;
        ground.places.iter().try_for_each(|one| seed::place(tx, community, one))?;
        for Site { spot, grid, .. } in &ground.sites {
            let within = (ground.grids[*grid].id, Tier::Grid);
            seed::grid_membership(tx, community, *spot, within, self.since)?;
        }
        Ok(())
    }

    fn write_staff(&self, tx: &mut Tx<'_>, now: Instant) -> Result<(), Refusal> {
        for employed in &self.staff {
            let account = Account {
                id: employed.account,
                name: employed.name.clone(),
                sign_in_name: None,
                person: employed.person,
                created_at: self.since,
            };
            access::seed::account(tx, self.community, &account)?;
            let (id, role, grid) = (employed.term, employed.role, employed.grid);
            let term = Term { id, role, grid, from: self.since, until: None };
            access::seed::role(tx, self.community, account.id, &term)?;
            let (id, secret) = &employed.card;
            access::seed::card(tx, account.id, *id, (secret, None), now)?;
        }
        Ok(())
    }

    fn write_household(&self, tx: &mut Tx<'_>, door: usize) -> Result<(), Refusal> {
        let (community, since) = (self.community, self.since);
        let household = &self.ground.households[door];
        seed::dwelling(tx, community, &self.ground.dwellings[door])?;
        seed::household(tx, community, household)?;
        let within = (self.ground.grids[self.ground.homes[door].grid].id, Tier::Grid);
        seed::grid_membership(tx, community, household.id.into(), within, since)?;
        let rep = self.staff[self.reps[door]].account;
        seed::liaison(tx, community, household.id, rep, since)?;
        for person in &self.people[door] {
            seed::person(tx, community, person)?;
            seed::member(tx, community, household.id, person.id, Span::since(since))?;
        }
        Ok(())
    }
}

impl Employed {
    fn login(&self) -> Login {
        Login {
            account: self.account,
            role: self.role,
            name: self.name.clone(),
            card: format!("/enter/{}", self.card.1.reveal()),
        }
    }
}

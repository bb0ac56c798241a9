//! What is done to the register by hand: a household at a door, a person in a household.

use db::Tx;
use gate::{Acting, Action, Actor, Facts, Refusal};
use kernel::{CommunityId, Day, Instant, Line};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::model::{
    Building, BuildingId, Compound, CompoundId, Dwelling, DwellingId, Household, HouseholdId,
    Person, PersonId, Sex, Span, SpotId, Stairwell, StairwellId, Tier,
};
use crate::rules;
use crate::store::{grounds, people, spots, tenure};

/// The longest name of a compound, building or stairwell; signs on walls are shorter.
pub const NAME_MAX: usize = 40;

/// The longest room number: 地下室B1-03.
pub const ROOM_MAX: usize = 20;

/// The longest name of a person; names of minorities in Chinese letters have up to 25.
pub const PERSON_MAX: usize = 50;

/// The longest form of address: 曾娭毑, with a word that tells her from the other one.
pub const ADDRESS_MAX: usize = 20;

/// The longest telephone number, as written: an international one with blanks and brackets.
pub const PHONE_MAX: usize = 30;

/// Enters a household at its door. Compound, building, stairwell and door are entered with it
/// where they are new.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HouseholdAdd {
    /// 化肥厂小区
    pub compound: Line<NAME_MAX>,
    /// 3栋
    pub building: Line<NAME_MAX>,
    /// 2单元
    #[serde(default)]
    pub stairwell: Option<Line<NAME_MAX>>,
    /// 401
    pub room: Line<ROOM_MAX>,
    #[serde(default)]
    pub floor: Option<i16>,
    /// Another household lives behind the same door.
    #[serde(default)]
    pub another: Option<bool>,
}

/// The household that was entered.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct HouseholdAdded {
    pub household: HouseholdId,
}

impl Action for HouseholdAdd {
    const NAME: &'static str = "household.add";
    const RESOURCE: &'static str = "Household";
    type Done = HouseholdAdded;

    fn facts(&self, _: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        Ok(Facts::of(actor.community.uuid()))
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<HouseholdAdded, Refusal> {
        let (community, now) = (act.community(), act.now);
        let compound = self.compound(act)?;
        let building = self.building(act, compound)?;
        let stairwell = self.stairwell(act, building)?;
        let dwelling = self.dwelling(act, building, stairwell)?;
        let behind = grounds::households_behind(act.tx, community, dwelling)?;
        rules::check_door(behind, self.another.unwrap_or(false))?;
        let household = HouseholdId::from_uuid(act.new_id());
        let span = Span::since(now);
        grounds::add_household(act.tx, community, &Household { id: household, dwelling, span })?;
        let around = [stairwell.map(SpotId::from), Some(building.into()), Some(compound.into())];
        inherit_grid(act.tx, community, household, around, now)?;
        Ok(HouseholdAdded { household })
    }

    fn made(done: &HouseholdAdded) -> Option<Uuid> {
        Some(done.household.uuid())
    }
}

impl HouseholdAdd {
    fn compound(&self, act: &mut Acting<'_, '_>) -> Result<CompoundId, Refusal> {
        let (community, name) = (act.community(), rules::written(self.compound.as_str()));
        if let Some(known) = grounds::compound_named(act.tx, community, &name)? {
            return Ok(known);
        }
        let id = CompoundId::from_uuid(act.new_id());
        let compound = Compound { id, name, aliases: Vec::new() };
        grounds::add_compound(act.tx, community, &compound)?;
        Ok(id)
    }

    fn building(
        &self,
        act: &mut Acting<'_, '_>,
        compound: CompoundId,
    ) -> Result<BuildingId, Refusal> {
        let (community, name) = (act.community(), rules::written(self.building.as_str()));
        if let Some(known) = grounds::building_named(act.tx, community, compound, &name)? {
            return Ok(known);
        }
        let id = BuildingId::from_uuid(act.new_id());
        let building =
            Building { id, compound, name, aliases: Vec::new(), floors: None, has_lift: false };
        grounds::add_building(act.tx, community, &building)?;
        Ok(id)
    }

    fn stairwell(
        &self,
        act: &mut Acting<'_, '_>,
        building: BuildingId,
    ) -> Result<Option<StairwellId>, Refusal> {
        let Some(name) = &self.stairwell else { return Ok(None) };
        let (community, name) = (act.community(), rules::written(name.as_str()));
        if let Some(known) = grounds::stairwell_named(act.tx, community, building, &name)? {
            return Ok(Some(known));
        }
        let id = StairwellId::from_uuid(act.new_id());
        grounds::add_stairwell(act.tx, community, &Stairwell { id, building, name })?;
        Ok(Some(id))
    }

    fn dwelling(
        &self,
        act: &mut Acting<'_, '_>,
        building: BuildingId,
        stairwell: Option<StairwellId>,
    ) -> Result<DwellingId, Refusal> {
        let (community, room) = (act.community(), rules::written(self.room.as_str()));
        let id = DwellingId::from_uuid(act.new_id());
        let dwelling = Dwelling { id, building, stairwell, room, floor: self.floor };
        let entrance = dwelling.entrance();
        match grounds::dwelling_behind(act.tx, community, entrance, &dwelling.room)? {
            Some(known) => Ok(known),
            None => grounds::add_dwelling(act.tx, community, &dwelling).map(|()| id),
        }
    }
}

/// A new household lies in the grid of what is around it, the nearest first.
pub(crate) fn inherit_grid(
    tx: &mut Tx<'_>,
    community: CommunityId,
    household: HouseholdId,
    around: [Option<SpotId>; 3],
    now: Instant,
) -> Result<(), Refusal> {
    for spot in around.into_iter().flatten() {
        if let Some(grid) = tenure::grid_of(tx, community, spot, now)? {
            let place = (grid, Tier::Grid);
            return tenure::assign_grid(tx, community, household.into(), place, now);
        }
    }
    Ok(())
}

/// Enters a person into a household.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonAdd {
    pub household: HouseholdId,
    pub name: Line<PERSON_MAX>,
    /// How neighbours call them: 夏爹.
    #[serde(default)]
    pub form_of_address: Option<Line<ADDRESS_MAX>>,
    #[serde(default)]
    pub phone: Option<Line<PHONE_MAX>>,
    #[serde(default)]
    pub born_on: Option<Day>,
    #[serde(default)]
    pub sex: Option<Sex>,
}

/// The person that was entered, and where.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PersonAdded {
    pub household: HouseholdId,
    pub person: PersonId,
}

impl Action for PersonAdd {
    const NAME: &'static str = "person.add";
    const RESOURCE: &'static str = "Household";
    type Done = PersonAdded;

    fn facts(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        let spot = spots::spot(tx, actor.community, self.household.into(), actor.at)?;
        let spot = spot.filter(|spot| spot.household().is_some()).ok_or(Refusal::NotFound)?;
        Ok(rules::facts(actor, &spot).seen_by("household.read"))
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<PersonAdded, Refusal> {
        let (community, now) = (act.community(), act.now);
        if let Some(phone) = &self.phone {
            rules::check_phone(phone.as_str()).map_err(|fault| Refusal::field("phone", fault))?;
        }
        if let Some(born_on) = self.born_on {
            rules::check_birth(born_on, now.day())
                .map_err(|fault| Refusal::field("born_on", fault))?;
        }
        let person = Person {
            id: PersonId::from_uuid(act.new_id()),
            name: self.name.as_str().to_owned(),
            form_of_address: said(self.form_of_address.as_ref()),
            phone: said(self.phone.as_ref()),
            born_on: self.born_on,
            sex: self.sex.unwrap_or(Sex::Unknown),
            created_at: now,
        };
        people::add_person(act.tx, community, &person)?;
        let span = Span::since(now);
        people::add_member(act.tx, community, self.household, person.id, span)?;
        Ok(PersonAdded { household: self.household, person: person.id })
    }

    fn personal(&self, done: &PersonAdded) -> Option<Uuid> {
        Some(done.person.uuid())
    }
}

pub(crate) fn said<const MAX: usize>(words: Option<&Line<MAX>>) -> String {
    words.map(|words| words.as_str().to_owned()).unwrap_or_default()
}

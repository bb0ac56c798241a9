//! What is done to a person's entry. Former values are kept, sealed under the person's own key.

use db::Tx;
use gate::{Acting, Action, Actor, Facts, Refusal};
use kernel::codes::CitizenNumber;
use kernel::{Day, Fault, Line};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::actions::{ADDRESS_MAX, PERSON_MAX, PHONE_MAX, said};
use crate::model::{Person, PersonId, Sex, Span};
use crate::rules;
use crate::store::people_edit::{self, Entry};
use crate::store::{people, spots};

/// The kind of thing these are done to, as the policy names it.
pub const RESOURCE: &str = "Person";

/// The longest whole name of a door.
const LABEL_MAX: usize = 120;

kernel::words! {
    /// Which duty needs a citizen number (law 1, S7: only where a rule needs it).
    NeededFor {
        /// Medical insurance for residents.
        Insurance = "insurance",
        /// Pensions and the yearly proof that somebody lives.
        Pension = "pension",
        /// Subsidies that are paid by name.
        Subsidy = "subsidy",
        /// Elders' meals with public money.
        Meals = "meals",
    }
}

kernel::words! {
    /// Why somebody no longer belongs to a household.
    Left {
        /// Lives elsewhere, outside of the community.
        Moved = "moved",
        /// Died.
        Died = "died",
    }
}

/// Whose entry it was.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct PersonDone {
    pub person: PersonId,
}

/// The part that all acts upon one person have in common.
macro_rules! about_person {
    () => {
        type Done = PersonDone;

        fn addressed(&self) -> Option<Uuid> {
            Some(self.person.uuid())
        }

        fn facts(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
            about(tx, actor, self.person).map(|(_, facts)| facts)
        }

        fn personal(&self, _: &PersonDone) -> Option<Uuid> {
            Some(self.person.uuid())
        }
    };
}

/// Corrects what the register says of somebody.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonCorrect {
    pub person: PersonId,
    /// The version that was read.
    pub version: i64,
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

impl Action for PersonCorrect {
    const NAME: &'static str = "person.correct";
    const RESOURCE: &'static str = RESOURCE;

    about_person!();

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<PersonDone, Refusal> {
        let (was, _) = about(act.tx, act.actor, self.person)?;
        let mut wrong = Vec::new();
        let mut complain = |field: &str, verdict: Result<(), Fault>| {
            let field = field.to_owned();
            wrong.extend(verdict.err().map(|fault| gate::FieldFault { field, fault }));
        };
        if let Some(phone) = &self.phone {
            complain("phone", rules::check_phone(phone.as_str()));
        }
        if let Some(born_on) = self.born_on {
            complain("born_on", rules::check_birth(born_on, act.now.day()));
        }
        if !wrong.is_empty() {
            return Err(Refusal::Invalid(wrong));
        }
        let person = Person {
            id: self.person,
            name: self.name.as_str().to_owned(),
            form_of_address: said(self.form_of_address.as_ref()),
            phone: said(self.phone.as_ref()),
            born_on: self.born_on,
            sex: self.sex.unwrap_or(was.person.sex),
            created_at: was.person.created_at,
        };
        change(act, &was, self.version)?;
        let community = act.community();
        people::set_person(act.tx, community, &person)?;
        Ok(PersonDone { person: self.person })
    }
}

/// Moves somebody into another household of the community, from a day on.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonMove {
    pub person: PersonId,
    pub version: i64,
    /// The door's whole name: 化肥厂小区3栋2单元401.
    pub to: Line<LABEL_MAX>,
    /// The first day there; today without it. Not later than today.
    #[serde(default)]
    pub from: Option<Day>,
}

impl Action for PersonMove {
    const NAME: &'static str = "person.move";
    const RESOURCE: &'static str = RESOURCE;

    about_person!();

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<PersonDone, Refusal> {
        let (community, now) = (act.community(), act.now);
        let (was, _) = about(act.tx, act.actor, self.person)?;
        let wrong = |key| Refusal::field("to", Fault::new(key));
        let spot = spots::spot_called(act.tx, community, self.to.as_str(), now)?;
        let to = spot.and_then(|spot| spot.household());
        let to = to.ok_or_else(|| wrong("registry.no_such_door"))?;
        let from = self.from.unwrap_or(now.day());
        rules::check_stay(from, now.day(), was.began)
            .map_err(|fault| Refusal::field("from", fault))?;
        change(act, &was, self.version)?;
        let begins = if from == now.day() { now } else { from.start() };
        people_edit::end_memberships(act.tx, community, self.person, begins)?;
        people::add_member(act.tx, community, to, self.person, Span::since(begins))?;
        Ok(PersonDone { person: self.person })
    }
}

/// Somebody moved away, or died. They belong to no household after that day; what was done for them
/// stays.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonLeave {
    pub person: PersonId,
    pub version: i64,
    pub why: Left,
    /// The last day there. Not later than today.
    pub on: Day,
}

impl Action for PersonLeave {
    const NAME: &'static str = "person.leave";
    const RESOURCE: &'static str = RESOURCE;

    about_person!();

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<PersonDone, Refusal> {
        let (community, now) = (act.community(), act.now);
        let (was, _) = about(act.tx, act.actor, self.person)?;
        rules::check_stay(self.on, now.day(), was.began)
            .map_err(|fault| Refusal::field("on", fault))?;
        change(act, &was, self.version)?;
        // Lists drop who died with the very next request (P21), whatever hour it is.
        let ends = if self.on == now.day() { now } else { self.on.next().start() };
        people_edit::end_memberships(act.tx, community, self.person, ends)?;
        if self.why == Left::Died {
            people_edit::set_died(act.tx, community, self.person, self.on)?;
        }
        Ok(PersonDone { person: self.person })
    }
}

/// Keeps somebody's citizen number, because a duty needs it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NumberSet {
    pub person: PersonId,
    pub version: i64,
    /// Eighteen signs; old ones of fifteen digits are taken too.
    pub number: Line<30>,
    pub needed_for: NeededFor,
}

impl Action for NumberSet {
    const NAME: &'static str = "person.set_number";
    const RESOURCE: &'static str = RESOURCE;

    about_person!();

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<PersonDone, Refusal> {
        let community = act.community();
        let (was, _) = about(act.tx, act.actor, self.person)?;
        let wrong = |fault| Refusal::field("number", fault);
        let number = CitizenNumber::parse(self.number.as_str()).map_err(wrong)?;
        if was.person.born_on.is_some_and(|born_on| born_on != number.birth()) {
            return Err(wrong(Fault::new("registry.number_other_birth")));
        }
        let others = people::by_citizen_number(act.tx, community, &number)?;
        if others.iter().any(|other| *other != self.person) {
            return Err(wrong(Fault::new("registry.number_taken")));
        }
        change(act, &was, self.version)?;
        people::set_citizen_number(act.tx, community, self.person, Some(&number))?;
        people_edit::set_needed_for(act.tx, community, self.person, self.needed_for)?;
        Ok(PersonDone { person: self.person })
    }
}

/// The entry, and how the actor stands to the household that the person belongs to now.
pub(super) fn about(
    tx: &mut Tx<'_>,
    actor: &Actor,
    person: PersonId,
) -> Result<(Entry, Facts), Refusal> {
    let community = actor.community;
    let entry = people_edit::entry(tx, community, person)?.ok_or(Refusal::NotFound)?;
    let household = people::household_of(tx, community, person, actor.at)?;
    let spot = match household {
        Some(household) => spots::spot(tx, community, household.into(), actor.at)?,
        None => None,
    };
    let stands = spot.map(|spot| rules::facts(actor, &spot).stands).unwrap_or_default();
    Ok((entry, Facts::of(person.uuid()).standing(stands).seen_by("person.read")))
}

/// Takes the next version of the entry, and keeps what stood there.
fn change(act: &mut Acting<'_, '_>, was: &Entry, version: i64) -> Result<(), Refusal> {
    let community = act.community();
    if was.person.is_erased() {
        return Err(Refusal::rule("registry.erased"));
    }
    if was.version != version || !people_edit::take(act.tx, community, was.person.id, version)? {
        return Err(Refusal::Stale { current: was.version });
    }
    let (id, by) = (act.new_id(), act.actor.account());
    people_edit::keep_former(act.tx, community, was, (id, by, act.now))
}

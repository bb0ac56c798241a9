//! Several colleagues at once: a community begins with forty reps, and somebody has them in a list.

use std::collections::BTreeSet;

use db::Tx;
use gate::{Acting, Action, Actor, Facts, FieldFault, Refusal};
use kernel::{AccountId, Day, Fault, Line};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NAME_MAX;
use super::staff::{self, PLACE_MAX, RESOURCE};
use crate::model::Role;
use crate::rules;

/// People entered in one act: four communities of the founding size.
pub const PEOPLE_MAX: usize = 200;

/// Places of one person: a rep has some thirty households, which is a building or four stairwells.
pub const PLACES_MAX: usize = 10;

/// Adds several colleagues with the same role, all of them or none, each with the places they
/// answer for. They can enter once their cards were issued.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountAddSeveral {
    pub role: Role,
    /// The last day of the role for all of them; without it there is no end yet.
    #[serde(default)]
    pub last_day: Option<Day>,
    #[schemars(length(min = 1, max = 200))]
    pub people: Vec<NewColleague>,
}

/// One of them.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewColleague {
    /// How colleagues and residents call them.
    pub name: Line<NAME_MAX>,
    #[serde(default)]
    pub phone: Option<Line<30>>,
    /// The name of the grid, for grid heads and reps; a new name enters a new grid.
    #[serde(default)]
    pub grid: Option<Line<NAME_MAX>>,
    /// Whole names of places they answer for: 化肥厂小区3栋2单元.
    #[serde(default)]
    #[schemars(length(max = 10))]
    pub places: Vec<Line<PLACE_MAX>>,
}

/// Who was added, in the order given.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct SeveralAdded {
    pub accounts: Vec<AccountId>,
    /// Households that were given to them.
    pub households: usize,
}

impl Action for AccountAddSeveral {
    const NAME: &'static str = "account.add_several";
    const RESOURCE: &'static str = RESOURCE;
    const FRESH: bool = true;
    type Done = SeveralAdded;

    fn facts(&self, _: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        Ok(Facts::of(actor.community.uuid()))
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<SeveralAdded, Refusal> {
        if self.people.is_empty() || self.people.len() > PEOPLE_MAX {
            let fault = Fault::new("access.people_count").with("max", PEOPLE_MAX);
            return Err(Refusal::field("people", fault));
        }
        let mut wrong = Vec::new();
        let verdict = rules::check_last_day(self.last_day, act.now);
        wrong.extend(verdict.err().map(|fault| named("last_day", fault)));
        let mut names = BTreeSet::new();
        let mut done = SeveralAdded { accounts: Vec::new(), households: 0 };
        for (number, one) in self.people.iter().enumerate() {
            let at = |field: &str| format!("people[{number}].{field}");
            if !names.insert(one.name.as_str()) {
                wrong.push(named(&at("name"), Fault::new("access.name_twice")));
                continue;
            }
            let faults = staff::faults(act, self.role, one)?;
            let good = faults.is_empty();
            wrong.extend(faults.into_iter().map(|one| named(&at(&one.field), one.fault)));
            // Once something is wrong all of it is undone; the others are still looked at.
            if good {
                done.accounts.push(staff::enter(act, (self.role, self.last_day), one)?);
                done.households += places(act, &done, (self.role, one), &at, &mut wrong)?;
            }
        }
        if wrong.is_empty() { Ok(done) } else { Err(Refusal::Invalid(wrong)) }
    }
}

/// Gives the newest of them their places; how many households lie in them.
fn places(
    act: &mut Acting<'_, '_>,
    done: &SeveralAdded,
    (role, one): (Role, &NewColleague),
    at: &impl Fn(&str) -> String,
    wrong: &mut Vec<FieldFault>,
) -> Result<usize, Refusal> {
    let Some(account) = done.accounts.last() else { return Ok(0) };
    if one.places.is_empty() {
        return Ok(0);
    }
    if !role.has_grid() {
        wrong.push(named(&at("places"), Fault::new("access.no_area")));
        return Ok(0);
    }
    if one.places.len() > PLACES_MAX {
        let fault = Fault::new("access.places_count").with("max", PLACES_MAX);
        wrong.push(named(&at("places"), fault));
        return Ok(0);
    }
    let mut households = 0;
    for place in &one.places {
        match staff::entrust(act, *account, place.as_str())? {
            Some(given) => households += given,
            None => wrong.push(named(&at("places"), Fault::new("access.place_unknown"))),
        }
    }
    Ok(households)
}

fn named(field: &str, fault: Fault) -> FieldFault {
    FieldFault { field: field.to_owned(), fault }
}

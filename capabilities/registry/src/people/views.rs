//! The page of one person. Of somebody's entry each reader sees what their task needs: a rep and a
//! grid head how to call and reach them, the office the rest.

use askama::Template;
use gate::{Action, Looking, Refusal, View};
use kernel::{Day, Instant};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Page, Shell};

use super::actions::{
    NeededFor, NumberSet, PersonCorrect, PersonLeave, PersonMove, RESOURCE, about,
};
use crate::model::{HouseholdId, PersonId, Sex};
use crate::store::{dwelt, people, people_edit};

/// Permission to see the whole entry: birth date, sex, the end of the citizen number, former homes.
pub const WHOLE: &str = "person.read_whole";

/// Asks for a person's page. They are told that somebody looked.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct PersonRead {
    pub person: PersonId,
}

/// The page.
#[derive(Serialize, JsonSchema)]
pub struct PersonPageBody {
    pub person: PersonId,
    pub version: i64,
    pub name: String,
    pub form_of_address: String,
    pub phone: String,
    pub erased: bool,
    pub died_on: Option<Day>,
    /// Where they belong now.
    pub home: Option<Home>,
    /// For those who may see the whole entry.
    pub whole: Option<Whole>,
    /// What the reader may do here.
    pub may: Vec<&'static str>,
}

/// A household somebody belongs or belonged to.
#[derive(Serialize, JsonSchema)]
pub struct Home {
    pub household: HouseholdId,
    pub label: String,
    pub from: Instant,
    pub until: Option<Instant>,
}

/// What only the office sees.
#[derive(Serialize, JsonSchema)]
pub struct Whole {
    pub born_on: Option<Day>,
    pub sex: Sex,
    /// The last four signs of the citizen number, the others as stars.
    pub citizen_number: Option<String>,
    pub needed_for: Option<NeededFor>,
    /// Former homes, the first one first.
    pub homes: Vec<Home>,
    /// What stood in the entry before it was changed by hand, the latest first.
    pub formers: Vec<FormerShown>,
}

/// A former entry; what was not said is empty.
#[derive(Serialize, JsonSchema)]
pub struct FormerShown {
    /// Until when it stood there.
    pub until: Instant,
    pub name: String,
    pub form_of_address: String,
    pub phone: String,
    pub born_on: String,
}

impl View for PersonRead {
    const NAME: &'static str = "person.read";
    const RESOURCE: &'static str = RESOURCE;
    type Body = PersonPageBody;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<PersonPageBody, Refusal> {
        let (community, now) = (look.actor.community, look.now);
        let found = match about(look.tx, look.actor, self.person) {
            Ok(found) => found,
            Err(Refusal::NotFound) => {
                // Unknown and forbidden look the same, to those who are not signed in too.
                look.permit(Self::NAME, &gate::Facts::of(self.person.uuid()))?;
                return Err(Refusal::NotFound);
            }
            Err(refusal) => return Err(refusal),
        };
        let (entry, facts) = found;
        look.permit(Self::NAME, &facts)?;
        look.saw(self.person.uuid(), Self::NAME, self.person.uuid());
        let all = dwelt::dwelt(look.tx, community, self.person)?;
        let homes = all.into_iter().map(|one| Home {
            household: one.household,
            label: one.label,
            from: one.span.from,
            until: one.span.until,
        });
        let lives = |home: &Home| home.from <= now && home.until.is_none_or(|until| now < until);
        let (home, homes): (Vec<Home>, Vec<Home>) = homes.partition(lives);
        let whole = match look.allows(WHOLE, &facts) {
            true => Some(Whole {
                born_on: entry.person.born_on,
                sex: entry.person.sex,
                citizen_number: people::citizen_number(look.tx, community, self.person)?
                    .map(|number| number.masked()),
                needed_for: entry.needed_for,
                homes,
                formers: formers(look, self.person)?,
            }),
            false => None,
        };
        let erased = entry.person.is_erased();
        let acts = [PersonCorrect::NAME, PersonMove::NAME, PersonLeave::NAME, NumberSet::NAME];
        let all = acts.into_iter().chain([crate::views::OWN_DATA]);
        let may = all
            .filter(|act| (!erased || *act == crate::views::OWN_DATA) && look.allows(act, &facts));
        Ok(PersonPageBody {
            person: self.person,
            version: entry.version,
            may: may.collect(),
            erased,
            died_on: entry.died_on,
            home: home.into_iter().next(),
            whole,
            name: entry.person.name,
            form_of_address: entry.person.form_of_address,
            phone: entry.person.phone,
        })
    }
}

fn formers(look: &mut Looking<'_, '_>, person: PersonId) -> Result<Vec<FormerShown>, Refusal> {
    let all = people_edit::formers(look.tx, look.actor.community, person)?;
    let one = |it: people_edit::Former| FormerShown {
        until: it.until,
        name: it.name,
        form_of_address: it.form_of_address,
        phone: it.phone,
        born_on: it.born_on,
    };
    Ok(all.into_iter().map(one).collect())
}

impl PersonPageBody {
    fn may(&self, act: &str) -> bool {
        self.may.contains(&act)
    }

    /// How neighbours call them, else their name.
    fn called(&self) -> &str {
        if self.form_of_address.is_empty() { &self.name } else { &self.form_of_address }
    }

    fn born_on(&self) -> String {
        let born_on = self.whole.as_ref().and_then(|whole| whole.born_on);
        born_on.map(|day| day.to_string()).unwrap_or_default()
    }

    fn sex(&self) -> &'static str {
        self.whole.as_ref().map_or("unknown", |whole| whole.sex.word())
    }
}

#[derive(Template)]
#[template(path = "person.html")]
struct PersonPage<'a> {
    body: &'a PersonPageBody,
    shell: &'a Shell<'a>,
}

impl Page for PersonRead {
    fn render(body: &PersonPageBody, shell: &Shell<'_>) -> Result<String, askama::Error> {
        PersonPage { body, shell }.render()
    }
}

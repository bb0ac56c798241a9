//! Everything that is kept of one resident, as it is handed over: as JSON, and as a page made to be
//! printed. Shown for a day to whoever handed it over.

use askama::Template;
use gate::{Facts, Looking, Refusal, View};
use kernel::{Day, Instant};
use registry::PersonId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use web::{Page, Shell};

use super::Colleague;
use super::person::{called_so, looked_word};
use crate::actions::RESOURCE;
use crate::model::CopyId;
use crate::purposes::register;
use crate::rules;
use crate::store::{consents, copies};

/// Asks for a copy that was handed over.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CopyRead {
    pub person: PersonId,
    pub copy: CopyId,
}

/// Everything. Fields that nobody filled in are left out.
#[derive(Serialize, JsonSchema)]
pub struct Everything {
    pub person: PersonId,
    pub made_at: Instant,
    /// Who asked for it: `oneself`, `guardian` or `kin`.
    pub by: &'static str,
    pub called: String,
    pub register: Registered,
    /// What stood in the register before it was corrected, the latest first.
    pub formers: Vec<Former>,
    pub households: Vec<Dwelling>,
    pub requests: Vec<AskedFor>,
    pub consents: Vec<Agreed>,
    /// Who looked, the newest first; the newest two hundred.
    pub looks: Vec<Looked>,
}

/// What the register keeps.
#[derive(Serialize, JsonSchema)]
pub struct Registered {
    pub name: String,
    pub form_of_address: String,
    pub phone: String,
    pub born_on: Option<Day>,
    pub sex: &'static str,
    /// Whole: it is their own.
    pub citizen_number: Option<String>,
    pub since: Instant,
}

/// A former entry; what was not said is empty.
#[derive(Serialize, JsonSchema)]
pub struct Former {
    /// Until when it stood there.
    pub until: Instant,
    pub name: String,
    pub form_of_address: String,
    pub phone: String,
    pub born_on: String,
}

/// A household they belong or belonged to.
#[derive(Serialize, JsonSchema)]
pub struct Dwelling {
    pub label: String,
    pub from: Instant,
    pub until: Option<Instant>,
}

/// A request in which they are the one who asks.
#[derive(Serialize, JsonSchema)]
pub struct AskedFor {
    pub number: String,
    pub received_at: Instant,
    pub stage: &'static str,
    pub words: String,
    pub answer: Option<String>,
    pub name: Option<String>,
    pub phone: Option<String>,
    pub behalf: Option<String>,
}

/// A consent.
#[derive(Serialize, JsonSchema)]
pub struct Agreed {
    /// Code of the register of purposes.
    pub purpose: String,
    /// What it is called in Chinese and English.
    pub zh: String,
    pub en: String,
    pub edition: String,
    pub channel: &'static str,
    pub by: &'static str,
    pub evidence: Option<String>,
    pub given_at: Instant,
    pub withdrawn_at: Option<Instant>,
}

/// A look at their data.
#[derive(Serialize, JsonSchema)]
pub struct Looked {
    pub who: Option<Colleague>,
    /// Whether it was the resident, by their own code.
    pub oneself: bool,
    /// For `looked.` in the catalogue.
    pub purpose: String,
    pub at: Instant,
}

impl View for CopyRead {
    const NAME: &'static str = "copy.read";
    const RESOURCE: &'static str = RESOURCE;
    type Body = Everything;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<Everything, Refusal> {
        let community = look.actor.community;
        let copy = copies::one(look.tx, community, self.copy)?;
        let copy = copy.filter(|one| one.person == self.person);
        let giver = copy.as_ref().filter(|one| rules::is_shown(one.given_at, look.now));
        let is_giver = giver.is_some_and(|one| look.actor.account() == Some(one.giver));
        let stands = if is_giver { vec!["giver"] } else { Vec::new() };
        look.permit(Self::NAME, &Facts::of(self.person.uuid()).standing(stands))?;
        let copy = copy.ok_or(Refusal::NotFound)?;
        let found = registry::person(look.tx, community, self.person)?;
        let person = found.ok_or(Refusal::NotFound)?;
        look.saw(self.person.uuid(), Self::NAME, self.copy.uuid());
        let number = registry::citizen_number(look.tx, community, self.person)?;
        Ok(Everything {
            person: self.person,
            made_at: look.now,
            by: copy.by.word(),
            called: called_so(&person),
            formers: formers(look, self.person)?,
            households: households(look, self.person)?,
            requests: asked(look, self.person, copy.by)?,
            consents: agreed(look, self.person)?,
            looks: looks(look, self.person, copy.by)?,
            register: Registered {
                name: person.name,
                form_of_address: person.form_of_address,
                phone: person.phone,
                born_on: person.born_on,
                sex: person.sex.word(),
                citizen_number: number.map(|number| number.reveal().to_owned()),
                since: person.created_at,
            },
        })
    }
}

fn formers(look: &mut Looking<'_, '_>, person: PersonId) -> Result<Vec<Former>, Refusal> {
    let all = registry::formers(look.tx, look.actor.community, person)?;
    let one = |it: registry::Former| Former {
        until: it.until,
        name: it.name,
        form_of_address: it.form_of_address,
        phone: it.phone,
        born_on: it.born_on,
    };
    Ok(all.into_iter().map(one).collect())
}

fn households(look: &mut Looking<'_, '_>, person: PersonId) -> Result<Vec<Dwelling>, Refusal> {
    let all = registry::dwelt(look.tx, look.actor.community, person)?;
    let one = |it: registry::Dwelt| Dwelling {
        label: it.label,
        from: it.span.from,
        until: it.span.until,
    };
    Ok(all.into_iter().map(one).collect())
}

/// What they asked for is their own: neither guardian nor kin gets it (T21).
fn asked(
    look: &mut Looking<'_, '_>,
    person: PersonId,
    by: crate::model::By,
) -> Result<Vec<AskedFor>, Refusal> {
    if by != crate::model::By::Oneself {
        return Ok(Vec::new());
    }
    let all = requests::personal::asked_by(look.tx, look.actor.community, person)?;
    let one = |it: requests::personal::Asked| AskedFor {
        number: it.number,
        received_at: it.received_at,
        stage: it.stage.word(),
        words: it.words,
        answer: it.answer,
        name: it.name,
        phone: it.phone,
        behalf: it.behalf,
    };
    Ok(all.into_iter().map(one).collect())
}

fn agreed(look: &mut Looking<'_, '_>, person: PersonId) -> Result<Vec<Agreed>, Refusal> {
    let all = consents::of(look.tx, look.actor.community, person)?;
    let called = |code: &str| match register().find(code) {
        Some(purpose) => (purpose.zh.clone(), purpose.en.clone()),
        None => (code.to_owned(), code.to_owned()),
    };
    let one = |it: crate::model::Consent| Agreed {
        zh: called(&it.purpose).0,
        en: called(&it.purpose).1,
        purpose: it.purpose,
        edition: it.edition,
        channel: it.channel.word(),
        by: it.by.word(),
        evidence: it.evidence,
        given_at: it.given_at,
        withdrawn_at: it.withdrawn_at,
    };
    Ok(all.into_iter().map(one).collect())
}

fn looks(
    look: &mut Looking<'_, '_>,
    person: PersonId,
    by: crate::model::By,
) -> Result<Vec<Looked>, Refusal> {
    let community = look.actor.community;
    let mut lines = gate::lines_about(look.tx, community, person.uuid())?;
    lines.retain(|line| by == crate::model::By::Oneself || !line.purpose.starts_with("request."));
    let watchers: Vec<Uuid> = lines.iter().filter_map(|line| line.actor).collect();
    let names = match watchers.is_empty() {
        true => std::collections::BTreeMap::new(),
        false => access::names(look.tx, community, &watchers, look.now)?,
    };
    let one = |line: gate::Seen| Looked {
        who: line.actor.and_then(|id| names.get(&id)).map(Colleague::of),
        oneself: line.actor == Some(line.subject),
        purpose: looked_word(&line.purpose),
        at: line.at,
    };
    Ok(lines.into_iter().map(one).collect())
}

#[derive(Template)]
#[template(path = "copy.html")]
struct CopyPage<'a> {
    body: &'a Everything,
    shell: &'a Shell<'a>,
}

impl Page for CopyRead {
    fn render(body: &Everything, shell: &Shell<'_>) -> Result<String, askama::Error> {
        CopyPage { body, shell }.render()
    }
}

//! What is seen of the register: my households or the office's list, one household with its
//! people, and the list a request's place is chosen from.

use askama::Template;
use gate::{Facts, Looking, Refusal, View};
use kernel::Line;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Page, Shell};

use crate::import::ImportDesk;
use crate::model::{Cursor, HouseholdId, PersonId, SpotId, SpotKind};
use crate::rules;
use crate::store::spots::Wanted;
use crate::store::{grounds, people, spots, tenure};

/// Households on a page: more than a rep has, and one screen of a PC.
const PAGE: usize = 50;

/// Spots in one list to choose from: a community of the founding size has about 1,400.
const SPOTS_MAX: usize = 3_000;

/// The households somebody knows; the whole register for the office, by door.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct HouseholdList {
    /// Characters or pinyin initials of the door, or of the name or form of address of somebody
    /// who lives there.
    #[serde(default)]
    pub q: Option<Line<60>>,
    #[serde(default)]
    pub after: Option<Cursor>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Households {
    pub households: Vec<HouseholdRow>,
    /// What the list was narrowed by; empty for all.
    pub q: String,
    /// Ask again with this as `after` for more.
    pub next: Option<Cursor>,
    /// Whether the reader may enter a new household.
    pub may_add: bool,
    /// Whether the reader may bring in a table of them.
    pub may_import: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct HouseholdRow {
    pub household: HouseholdId,
    /// 化肥厂小区3栋2单元401
    pub label: String,
    /// How many people belong to it.
    pub people: u32,
    /// How those are called by whom it was found; they are told that somebody looked.
    pub found_by: Vec<String>,
}

impl View for HouseholdList {
    const NAME: &'static str = "household.list";
    const RESOURCE: &'static str = "Register";
    type Body = Households;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<Households, Refusal> {
        let community = look.actor.community;
        let whole = Facts::of(community.uuid());
        look.permit(Self::NAME, &whole)?;
        let may_add = look.allows("household.add", &whole);
        let may_import = look.allows(ImportDesk::NAME, &whole);
        let q = self.q.as_ref().map(|q| q.as_str().to_owned()).unwrap_or_default();
        let Some(reach) = rules::reach(look.actor) else {
            return Ok(Households { households: Vec::new(), q, next: None, may_add, may_import });
        };
        // One more than the page shows whether there is a next one.
        let after = self.after.as_ref();
        let wanted = Wanted { reach: &reach, text: &q, after, limit: PAGE + 1 };
        let mut found = spots::households(look.tx, community, look.now, &wanted)?;
        let more = found.len() > PAGE;
        found.truncate(PAGE);
        let next = found.last().filter(|_| more).map(|(_, cursor)| cursor.clone());
        found.retain(|(spot, _)| look.allows("household.read", &rules::facts(look.actor, spot)));
        let ids: Vec<HouseholdId> = found.iter().filter_map(|(spot, _)| spot.household()).collect();
        let counts = people::counts(look.tx, community, &ids, look.now)?;
        let rows = found.into_iter().filter_map(|(spot, _)| {
            let household = spot.household()?;
            let people = counts.get(&household).copied().unwrap_or(0);
            let found_by = Vec::new();
            Some(HouseholdRow { household, label: spot.label, people, found_by })
        });
        let mut households: Vec<HouseholdRow> = rows.collect();
        // Those found by a person stand on the first page, before those found by the door.
        if after.is_none() && !q.is_empty() {
            let by_person = by_person(look, &q)?;
            let known =
                |one: &HouseholdRow| by_person.iter().any(|it| it.household == one.household);
            households.retain(|one| !known(one));
            households.splice(0..0, by_person);
        }
        Ok(Households { households, q, next, may_add, may_import })
    }
}

/// Households within the reader's sight in which somebody is called so. A name and a door together
/// are personal data: whoever was found is told.
fn by_person(look: &mut Looking<'_, '_>, text: &str) -> Result<Vec<HouseholdRow>, Refusal> {
    let (community, now) = (look.actor.community, look.now);
    let mut rows: Vec<HouseholdRow> = Vec::new();
    for one in people::called(look.tx, community, text, now)? {
        let known = rows.iter().position(|row| row.household == one.household);
        if known.is_none() {
            let spot = spots::spot(look.tx, community, one.household.into(), now)?;
            let Some(spot) = spot else { continue };
            if !look.allows("household.read", &rules::facts(look.actor, &spot)) {
                continue;
            }
            let counts = people::counts(look.tx, community, &[one.household], now)?;
            let people = counts.get(&one.household).copied().unwrap_or(0);
            let (household, label) = (one.household, spot.label);
            rows.push(HouseholdRow { household, label, people, found_by: Vec::new() });
        }
        let at = known.unwrap_or(rows.len() - 1);
        if let Some(row) = rows.get_mut(at) {
            look.saw(one.person.uuid(), HouseholdList::NAME, one.household.uuid());
            row.found_by.push(one.called);
        }
        if rows.len() == PAGE {
            break;
        }
    }
    Ok(rows)
}

#[derive(Template)]
#[template(path = "households.html")]
struct HouseholdsPage<'a> {
    body: &'a Households,
    shell: &'a Shell<'a>,
}

impl Page for HouseholdList {
    fn render(body: &Households, shell: &Shell<'_>) -> Result<String, askama::Error> {
        HouseholdsPage { body, shell }.render()
    }
}

/// What the capability above is asked that answers residents about their data; where there is none
/// nobody may.
pub(crate) const OWN_DATA: &str = "privacy.read";

/// One household with its people. Each of them is told that somebody looked.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct HouseholdRead {
    pub household: HouseholdId,
}

#[derive(Serialize, JsonSchema)]
pub struct HouseholdShown {
    pub household: HouseholdId,
    pub label: String,
    /// The name of the grid it lies in.
    pub grid: Option<String>,
    pub people: Vec<PersonShown>,
    /// Whether the reader may enter another person.
    pub may_add: bool,
    /// Whether the reader may read to these people who looked at their data.
    pub may_read_looks: bool,
}

/// Of a person only what calling on them or ringing them up needs.
#[derive(Serialize, JsonSchema)]
pub struct PersonShown {
    pub person: PersonId,
    pub name: String,
    pub form_of_address: String,
    pub phone: String,
    /// Who they were was erased; all texts are empty.
    pub erased: bool,
}

impl View for HouseholdRead {
    const NAME: &'static str = "household.read";
    const RESOURCE: &'static str = "Household";
    type Body = HouseholdShown;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<HouseholdShown, Refusal> {
        let community = look.actor.community;
        let spot = spots::spot(look.tx, community, self.household.into(), look.now)?;
        let spot = spot.filter(|spot| spot.household().is_some());
        let Some(spot) = spot else {
            // Unknown and forbidden look the same, to those who are not signed in too.
            look.permit(Self::NAME, &Facts::of(self.household.uuid()))?;
            return Err(Refusal::NotFound);
        };
        let facts = rules::facts(look.actor, &spot);
        look.permit(Self::NAME, &facts)?;
        let may_add = look.allows("person.add", &facts);
        let may_read_looks = look.allows(OWN_DATA, &facts);
        let grid = match spot.grid {
            Some(grid) => tenure::grid(look.tx, community, grid)?.map(|grid| grid.name),
            None => None,
        };
        let persons = people::persons_of(look.tx, community, self.household, look.now)?;
        for person in &persons {
            look.saw(person.id.uuid(), Self::NAME, self.household.uuid());
        }
        let people = persons.into_iter().map(|person| PersonShown {
            person: person.id,
            erased: person.is_erased(),
            name: person.name,
            form_of_address: person.form_of_address,
            phone: person.phone,
        });
        let (household, label) = (self.household, spot.label);
        let people = people.collect();
        Ok(HouseholdShown { household, label, grid, people, may_add, may_read_looks })
    }
}

#[derive(Template)]
#[template(path = "household.html")]
struct HouseholdPage<'a> {
    body: &'a HouseholdShown,
    shell: &'a Shell<'a>,
}

impl Page for HouseholdRead {
    fn render(body: &HouseholdShown, shell: &Shell<'_>) -> Result<String, askama::Error> {
        HouseholdPage { body, shell }.render()
    }
}

/// The form for a new household, with the compounds there are.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct HouseholdForm {}

#[derive(Debug, Serialize, JsonSchema)]
pub struct HouseholdOffer {
    pub compounds: Vec<String>,
}

impl View for HouseholdForm {
    const NAME: &'static str = "household.add";
    const RESOURCE: &'static str = "Household";
    type Body = HouseholdOffer;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<HouseholdOffer, Refusal> {
        let community = look.actor.community;
        look.permit(Self::NAME, &Facts::of(community.uuid()))?;
        Ok(HouseholdOffer { compounds: grounds::compound_names(look.tx, community)? })
    }
}

#[derive(Template)]
#[template(path = "household_new.html")]
struct HouseholdNewPage<'a> {
    body: &'a HouseholdOffer,
    shell: &'a Shell<'a>,
}

impl Page for HouseholdForm {
    fn render(body: &HouseholdOffer, shell: &Shell<'_>) -> Result<String, askama::Error> {
        HouseholdNewPage { body, shell }.render()
    }
}

/// Everything a request can be about, for those who may file one there.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SpotList {
    /// Characters or pinyin initials; without them the whole list.
    #[serde(default)]
    pub q: Option<Line<60>>,
}

/// One line to choose.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SpotChoice {
    pub value: SpotId,
    pub label: String,
    pub py: String,
    pub kind: SpotKind,
}

impl View for SpotList {
    const NAME: &'static str = "spot.list";
    const RESOURCE: &'static str = "Register";
    type Body = Vec<SpotChoice>;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<Vec<SpotChoice>, Refusal> {
        let community = look.actor.community;
        look.permit(Self::NAME, &Facts::of(community.uuid()))?;
        let text = self.q.as_ref().map_or("", Line::as_str);
        let mut found = match rules::reach(look.actor) {
            Some(reach) => spots::spots(look.tx, community, look.now, (&reach, text), SPOTS_MAX)?,
            None => spots::places(look.tx, community, look.now, text, SPOTS_MAX)?,
        };
        found.retain(|spot| {
            let public = spot.household().is_none();
            public || look.allows("household.read", &rules::facts(look.actor, spot))
        });
        let choices = found.into_iter().map(|spot| SpotChoice {
            value: spot.id,
            label: spot.label,
            py: spot.py,
            kind: spot.kind,
        });
        Ok(choices.collect())
    }
}

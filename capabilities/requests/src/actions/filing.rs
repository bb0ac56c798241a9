//! Intake: only the words are needed; everything else is inferred and can be changed.

use std::collections::BTreeSet;

use gate::{Acting, Actor, Facts, Refusal};
use kernel::{AccountId, Fault};
use registry::{HouseholdId, Person, PersonId, Spot, SpotId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{RESOURCE, add, follow, merge};
use crate::model::{
    Channel, Emergency, Lines, Nature, Petitioner, Request, RequestId, Short, Stage, Words,
};
use crate::rules::complaint;
use crate::rules::filing::{self, Filing};
use crate::rules::infer::infer;
use crate::store::{policies, row};
use crate::topics;

/// Where a complaint about a person is filed when nobody said so.
const ABOUT_STAFF: &str = "L01";

/// Requests one pasted text may become.
pub const PASTED_MAX: usize = 50;

/// Writes down what somebody said.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub text: Words,
    /// A household or a place, whichever it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spot: Option<SpotId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub household: Option<SpotId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<SpotId>,
    /// The place in words, where the register has none for it. Where it is exactly what one known
    /// place is called, it is that place; beside a spot it says more of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place_text: Option<Short>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nature: Option<Nature>,
    /// Code of the topic tree: `A01`.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "topics::known")]
    pub topic: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// Who asks, of the people of the household it is about; what is typed beside it counts more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub petitioner: Option<PersonId>,
    /// As neighbours call them: 夏爹.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub petitioner_name: Option<Short>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub petitioner_phone: Option<Short>,
    /// Who speaks for the petitioner, and why, when somebody does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub behalf: Option<Short>,
    /// As the topic has it, unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidential: Option<bool>,
    /// The line to call first, where somebody knows better than the words tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emergency: Option<Emergency>,
    /// The line that has been called already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub called: Option<Emergency>,
    /// It is the same matter as this one and joins it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_as: Option<RequestId>,
    /// The colleague it complains about, who will not see it (R21).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accused: Option<AccountId>,
}

/// A new request, and the code on the slip for its petitioner.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Filed {
    pub id: RequestId,
    /// `2026-000123`.
    pub number: String,
    /// Opens the request without an account.
    pub query_code: String,
    pub version: i64,
    pub stage: Stage,
    /// The line to call first.
    pub emergency: Option<Emergency>,
    /// All lines to call, in the order to call them.
    pub emergencies: Vec<Emergency>,
}

impl gate::Action for File {
    const NAME: &'static str = "request.file";
    const RESOURCE: &'static str = RESOURCE;
    type Done = Filed;

    fn facts(&self, _: &mut db::Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        Ok(Facts::of(actor.community.uuid()))
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<Filed, Refusal> {
        // The event of the act itself says it.
        self.write_down(act, |_, _| Ok(()))
    }

    fn made(done: &Filed) -> Option<Uuid> {
        Some(done.id.uuid())
    }
}

/// Writes down what several people said in one text, after somebody confirmed the split.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileMany {
    #[schemars(length(min = 1, max = 50))]
    pub parts: Vec<File>,
}

/// All of them, in the order given.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct FiledMany {
    pub items: Vec<Filed>,
}

impl gate::Action for FileMany {
    const NAME: &'static str = "request.file_many";
    const RESOURCE: &'static str = RESOURCE;
    type Done = FiledMany;

    fn facts(&self, _: &mut db::Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        Ok(Facts::of(actor.community.uuid()))
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<FiledMany, Refusal> {
        if self.parts.is_empty() {
            return Err(Refusal::field("parts", Fault::new("fault.empty")));
        }
        if self.parts.len() > PASTED_MAX {
            let fault = Fault::new("fault.too_many").with("max", PASTED_MAX);
            return Err(Refusal::field("parts", fault));
        }
        let mut items = Vec::with_capacity(self.parts.len());
        for (place, part) in self.parts.iter().enumerate() {
            let below = |field: &str| format!("parts[{place}].{field}");
            let write = |filed: &Filed, act: &mut Acting<'_, '_>| part.tell(filed, act);
            let filed = part.write_down(act, write);
            items.push(filed.map_err(|refusal| refusal.renamed(below))?);
        }
        Ok(FiledMany { items })
    }
}

impl File {
    /// Writes it down; `tell` enters that into its history before what follows from it.
    fn write_down(
        &self,
        act: &mut Acting<'_, '_>,
        tell: impl FnOnce(&Filed, &mut Acting<'_, '_>) -> Result<(), Refusal>,
    ) -> Result<Filed, Refusal> {
        let community = act.community();
        self.check_phone()?;
        let spot = self.spot(act)?;
        let same_as = match self.same_as {
            Some(id) => Some(merge::expect_readable(act, "same_as", &id.to_string())?),
            None => None,
        };
        let policy = policies::in_force(act.tx, community, act.now)?;
        let filing = self.filing(act, spot)?;
        let change = filing::file(&filing, same_as.as_ref(), act.now, &policy);
        let change = change.map_err(Refusal::Rule)?;
        add(act, &change)?;
        let query_code = access::codes::issue(act, filing.id.uuid())?;
        let filed = filed(&change.request, query_code);
        tell(&filed, act)?;
        follow::all(act, &change.request, &change.follow)?;
        if let Some(main) = same_as {
            merge::joined(act, &main, &change.request.number())?;
            let joins = json!({ "into": main.number() });
            act.also("request.merge", filing.id.uuid(), &joins)?;
        }
        Ok(filed)
    }

    /// Enters one of several that were filed together into its own history.
    fn tell(&self, filed: &Filed, act: &mut Acting<'_, '_>) -> Result<(), Refusal> {
        let mut detail = serde_json::to_value(self)
            .map_err(|error| Refusal::Defect(format!("a part has no JSON: {error}")))?;
        detail["query_code"] = json!(filed.query_code);
        act.also(<File as gate::Action>::NAME, filed.id.uuid(), &detail)
    }

    /// Where it is, as the register knows it: chosen, or typed exactly as it is called.
    fn spot(&self, act: &mut Acting<'_, '_>) -> Result<Option<Spot>, Refusal> {
        let chosen = self.chosen(act)?;
        match &self.place_text {
            Some(text) if chosen.is_none() => {
                let community = act.community();
                let called = registry::spot_called(act.tx, community, text.as_str(), act.now)?;
                Ok(called.filter(|spot| may_name(act, spot)))
            }
            Some(_) | None => Ok(chosen),
        }
    }

    fn chosen(&self, act: &mut Acting<'_, '_>) -> Result<Option<Spot>, Refusal> {
        let given = [
            ("spot", self.spot, None),
            ("household", self.household, Some(true)),
            ("place", self.place, Some(false)),
        ];
        let mut given = given
            .into_iter()
            .filter_map(|(field, id, household)| id.map(|id| (field, id, household)));
        let Some((field, id, household)) = given.next() else { return Ok(None) };
        if let Some((field, ..)) = given.next() {
            return Err(Refusal::field(field, Fault::new("fault.one_place_only")));
        }
        let community = act.community();
        let spot = registry::spot(act.tx, community, id, act.now)?;
        // What may not be named and what does not exist look the same.
        let right_kind = |spot: &Spot| household.is_none_or(|is| spot.household().is_some() == is);
        let spot = spot.filter(|spot| right_kind(spot) && may_name(act, spot));
        spot.map(Some).ok_or_else(|| Refusal::field(field, Fault::new("fault.unknown_place")))
    }

    fn check_phone(&self) -> Result<(), Refusal> {
        let Some(phone) = &self.petitioner_phone else { return Ok(()) };
        registry::check_phone(phone.as_str())
            .map_err(|fault| Refusal::field("petitioner_phone", fault))
    }

    /// All that is known, said or inferred, under a new id and number.
    fn filing(&self, act: &mut Acting<'_, '_>, spot: Option<Spot>) -> Result<Filing, Refusal> {
        let hears = self.hears(act)?;
        let label = self.label(spot.as_ref());
        let inferred = infer(self.text.as_str(), &label);
        let said = self.topic.as_deref().or(self.accused.map(|_| ABOUT_STAFF));
        let said = said.map(|code| topics::topic(code).ok_or_else(unknown_topic)).transpose()?;
        let topic = said.unwrap_or(inferred.topic);
        // A topic that somebody chose decides more than what was read out of the words.
        let (layer, clock_class, line) = match said {
            Some(topic) => (topic.layer, topic.clock_class, topic.emergency),
            None => (inferred.layer, inferred.clock_class, None),
        };
        let lines = self.lines(inferred.emergencies, line);
        let year = i64::from(act.now.day().year());
        let community = act.community();
        let household = spot.as_ref().and_then(Spot::household).map(|id| id.uuid());
        Ok(Filing {
            id: RequestId::from_uuid(act.new_id()),
            year,
            serial: row::next_serial(act.tx, community, year)?,
            words: self.text.clone(),
            household,
            place: spot.as_ref().filter(|_| household.is_none()).map(|spot| spot.id.uuid()),
            grid: grid(act, spot.as_ref(), !lines.is_empty())?,
            spot_label: label,
            petitioner: self.petitioner(act, spot.as_ref())?,
            behalf: self.behalf.as_ref().map(Short::to_string),
            recorder: act.actor.account().map(AccountId::uuid),
            channel: self.channel.unwrap_or_else(|| channel_of(act.actor)),
            nature: self.nature.unwrap_or(inferred.nature),
            topic: topic.code.clone(),
            clock_class,
            layer,
            emergencies: lines,
            called: self.called,
            confidential: self.confidential.unwrap_or(topic.sensitive),
            accused: self.accused.map(AccountId::uuid),
            hears,
        })
    }

    /// The lines to call: as somebody said, else as the words or the chosen topic have it; and the
    /// one that has been called.
    fn lines(&self, heard: Lines, of_topic: Option<Emergency>) -> Lines {
        let said = self.emergency.into_iter().collect::<Lines>();
        let heard = of_topic.into_iter().fold(heard, Lines::with);
        self.called.into_iter().fold(if said.is_empty() { heard } else { said }, Lines::with)
    }

    /// The place as a list shows it; nothing that was typed is lost.
    fn label(&self, spot: Option<&Spot>) -> String {
        let known = spot.map_or("", |spot| spot.label.as_str());
        let typed = self.place_text.as_ref().map_or("", |text| text.as_str());
        let squeezed = |text: &str| text.split_whitespace().collect::<String>();
        match (known, typed) {
            (known, "") => known.to_owned(),
            ("", typed) => typed.to_owned(),
            // Half and full width apart, what was typed is the name itself.
            (known, typed) if squeezed(known) == squeezed(typed) => known.to_owned(),
            (known, _) if self.spot.or(self.household).or(self.place).is_none() => known.to_owned(),
            (known, typed) => format!("{known} {typed}"),
        }
    }

    /// Who is asked to hear a complaint about a colleague, where those who usually do may not.
    fn hears(&self, act: &mut Acting<'_, '_>) -> Result<Option<Uuid>, Refusal> {
        let Some(accused) = self.accused else { return Ok(None) };
        let colleagues = access::colleagues(act.tx, act.community(), act.now)?;
        if !colleagues.iter().any(|one| one.account == accused) {
            let fault = Fault::new("fault.unknown_colleague");
            return Err(Refusal::field("accused", fault));
        }
        let staff = colleagues.iter().map(|one| complaint::Colleague {
            account: one.account.uuid(),
            roles: one.roles.iter().map(|(role, _)| role.word()).collect(),
        });
        let staff: Vec<complaint::Colleague> = staff.collect();
        Ok(complaint::hears(accused.uuid(), &staff))
    }

    /// Who asks: as typed, else as the register has the person who was chosen.
    fn petitioner(
        &self,
        act: &mut Acting<'_, '_>,
        spot: Option<&Spot>,
    ) -> Result<Petitioner, Refusal> {
        let known = self.person(act, spot.and_then(Spot::household))?;
        let typed = |text: &Option<Short>| text.as_ref().map(Short::to_string);
        let kept = |of: fn(&Person) -> &String| {
            known.as_ref().map(|one| of(one).clone()).filter(|text| !text.is_empty())
        };
        Ok(Petitioner {
            person: known.as_ref().map(|one| one.id.uuid()),
            name: typed(&self.petitioner_name)
                .or_else(|| kept(|one| &one.form_of_address))
                .or_else(|| kept(|one| &one.name)),
            phone: typed(&self.petitioner_phone).or_else(|| kept(|one| &one.phone)),
        })
    }

    /// The chosen person, who must belong to the household now. Whoever may name the household may
    /// read who lives there; anybody else looks like nobody.
    fn person(
        &self,
        act: &mut Acting<'_, '_>,
        household: Option<HouseholdId>,
    ) -> Result<Option<Person>, Refusal> {
        let Some(chosen) = self.petitioner else { return Ok(None) };
        let community = act.community();
        let people = match household {
            Some(household) => registry::persons_of(act.tx, community, household, act.now)?,
            None => Vec::new(),
        };
        let known = people.into_iter().find(|one| one.id == chosen);
        let unknown = || Refusal::field("petitioner", Fault::new("fault.unknown_person"));
        known.map(Some).ok_or_else(unknown)
    }
}

fn unknown_topic() -> Refusal {
    Refusal::field("topic", Fault::new("fault.unknown_topic"))
}

fn filed(request: &Request, query_code: String) -> Filed {
    Filed {
        id: request.id,
        number: request.number(),
        query_code,
        version: request.version,
        stage: request.stage,
        emergency: request.emergencies.first(),
        emergencies: request.emergencies.iter().collect(),
    }
}

/// The grid it lies in. Without a place it is that of the rep who wrote it down, so that their grid
/// head sees it; a rep of several grids cannot be told, unless there is danger, and then one head
/// who looks is better than none.
fn grid(
    act: &mut Acting<'_, '_>,
    spot: Option<&Spot>,
    is_dangerous: bool,
) -> Result<Option<Uuid>, Refusal> {
    if let Some(spot) = spot {
        return Ok(spot.grid.map(|id| id.uuid()));
    }
    let Some(account) = act.actor.account().filter(|_| act.actor.has("liaison")) else {
        return Ok(None);
    };
    let households = registry::households_of(act.tx, act.community(), account, act.now)?;
    let grids: BTreeSet<Uuid> =
        households.iter().filter_map(|one| one.grid).map(|id| id.uuid()).collect();
    let is_told = grids.len() == 1 || is_dangerous;
    Ok(grids.into_iter().next().filter(|_| is_told))
}

/// Public places are everybody's; households are named by those who may know them (G6).
fn may_name(act: &Acting<'_, '_>, spot: &Spot) -> bool {
    let facts = registry::facts(act.actor, spot);
    spot.household().is_none() || act.allows("household.read", &facts)
}

/// How things usually reach somebody of this role.
fn channel_of(actor: &Actor) -> Channel {
    if actor.has("liaison") || actor.has("grid_head") { Channel::Door } else { Channel::Counter }
}

//! Before a request is filed: where it can be, what it may be the same as, and a pasted chat
//! split for confirmation.

use gate::{Looking, Refusal};
use kernel::{AccountId, Fault};
use registry::{Spot, SpotId, SpotKind};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Choice, Named, NewRequest, PasteBody, PastePart, PeoplePage, Reader, Similar, SimilarPage,
    lines, of_community, topic_groups,
};
use crate::actions::RESOURCE;
use crate::rules::chat::{self, Saying};
use crate::rules::infer::infer;
use crate::rules::similar::{self, Candidate, Matter, Reason};
use crate::store::lists::{self, Brief};

/// Where a page finds the spots it does not carry.
const SPOTS_URL: &str = "/api/spots";
/// Own requests looked through for recent places.
const RECORDED: usize = 30;
/// Recent places offered first.
const RECENT: usize = 8;
/// Spots a page carries: a rep's households and then some.
const SPOTS_MAX: usize = 80;
/// People of a household offered: more than live behind any door.
const PEOPLE_MAX: usize = 40;
/// Open requests compared with what is being typed.
const CANDIDATES_MAX: usize = 300;
/// Characters of a text that are compared.
const TYPED_MAX: usize = 400;

/// Asks for the form of a new request.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct ShowNew {
    /// Where it is, when the form was opened from there.
    pub spot: Option<SpotId>,
}

impl gate::View for ShowNew {
    const NAME: &'static str = "request.new";
    const RESOURCE: &'static str = RESOURCE;
    type Body = NewRequest;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<NewRequest, Refusal> {
        let facts = of_community(look.actor);
        look.permit(<Self as gate::View>::NAME, &facts)?;
        Ok(NewRequest {
            spots: near(look, self.spot)?,
            spots_url: SPOTS_URL.to_owned(),
            topics: topic_groups(),
            spot: self.spot.map(|id| id.to_string()).unwrap_or_default(),
            people: people(look, self.spot)?,
            colleagues: colleagues(look)?,
        })
    }
}

/// Asks who belongs to a household, when a request about it is written down. It comes in a body
/// like all that is said of residents.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct FindPeople {
    pub spot: Option<SpotId>,
}

impl gate::View for FindPeople {
    const NAME: &'static str = "request.new";
    const RESOURCE: &'static str = RESOURCE;
    type Body = PeoplePage;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<PeoplePage, Refusal> {
        look.permit(<Self as gate::View>::NAME, &of_community(look.actor))?;
        Ok(PeoplePage { people: people(look, self.spot)? })
    }
}

/// The people of a household that the reader may read, by how neighbours call them; each is told
/// that they were looked at. None for a place, and for a household that is not the reader's.
fn people(look: &mut Looking<'_, '_>, spot: Option<SpotId>) -> Result<Vec<Choice>, Refusal> {
    let Some(id) = spot else { return Ok(Vec::new()) };
    let household = nameable(look, id)?.as_ref().and_then(Spot::household);
    let Some(household) = household else { return Ok(Vec::new()) };
    let people = registry::persons_of(look.tx, look.actor.community, household, look.now)?;
    for one in &people {
        look.saw(one.id.uuid(), "household.read", household.uuid());
    }
    let choices = people.into_iter().take(PEOPLE_MAX).map(|one| {
        let is_called = !one.form_of_address.is_empty();
        let label = if is_called { one.form_of_address } else { one.name };
        Choice { value: one.id.to_string(), label, py: String::new(), note: String::new() }
    });
    Ok(choices.collect())
}

/// Everybody who works here now: whoever it is, they may be complained about.
fn colleagues(look: &mut Looking<'_, '_>) -> Result<Vec<Named>, Refusal> {
    let all = access::colleagues(look.tx, look.actor.community, look.now)?;
    let mut people: Vec<Named> = all
        .into_iter()
        .filter_map(|one| {
            let role = one.roles.first()?.0.word().to_owned();
            Some(Named { id: one.account.uuid(), name: one.name, role })
        })
        .collect();
    people.sort_by(|one, other| one.role.cmp(&other.role));
    Ok(people)
}

/// The given spot, then the reader's recent ones, then those they hold or come upon first.
fn near(look: &mut Looking<'_, '_>, given: Option<SpotId>) -> Result<Vec<Choice>, Refusal> {
    let (community, actor, now) = (look.actor.community, look.actor, look.now);
    let Some(account) = actor.account() else { return Ok(Vec::new()) };
    let mut spots: Vec<Spot> = Vec::new();
    for id in given.into_iter().chain(recent(look, account)?) {
        spots.extend(nameable(look, id)?);
    }
    let reach = registry::reach(actor);
    let rest = match reach {
        Some(_) if actor.has("liaison") => own(look, account)?,
        Some(reach) => registry::spots(look.tx, community, now, (&reach, ""), SPOTS_MAX)?,
        None => Vec::new(),
    };
    for spot in rest {
        if !spots.iter().any(|known| known.id == spot.id) {
            spots.push(spot);
        }
    }
    Ok(spots.into_iter().take(SPOTS_MAX).map(choice).collect())
}

/// Where the reader recorded something lately, each place once.
fn recent(look: &mut Looking<'_, '_>, account: AccountId) -> Result<Vec<SpotId>, Refusal> {
    let community = look.actor.community;
    let mut recent: Vec<SpotId> = Vec::new();
    for Brief(request) in lists::recorded_by(look.tx, community, account.uuid(), RECORDED)? {
        let spot = request.household.or(request.place).map(SpotId::from_uuid);
        recent.extend(spot.filter(|id| !recent.contains(id)));
    }
    recent.truncate(RECENT);
    Ok(recent)
}

/// A spot that the reader may name in a request; a household may have changed hands.
fn nameable(look: &mut Looking<'_, '_>, id: SpotId) -> Result<Option<Spot>, Refusal> {
    let spot = registry::spot(look.tx, look.actor.community, id, look.now)?;
    Ok(spot.filter(|spot| {
        let facts = registry::facts(look.actor, spot);
        spot.household().is_none() || look.allows("household.read", &facts)
    }))
}

fn own(look: &mut Looking<'_, '_>, account: AccountId) -> Result<Vec<Spot>, Refusal> {
    let own = registry::households_of(look.tx, look.actor.community, account, look.now)?;
    let spots = own.into_iter().map(|household| Spot {
        id: household.id.into(),
        kind: SpotKind::Household,
        py: kernel::pinyin::initials(&household.label),
        label: household.label,
        grid: household.grid,
        liaison: household.liaison,
        substitute: None,
    });
    Ok(spots.collect())
}

fn choice(spot: Spot) -> Choice {
    Choice { value: spot.id.to_string(), label: spot.label, py: spot.py, note: String::new() }
}

/// Asks which open requests may be the same matter as what is being typed.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct FindSimilar {
    #[serde(default)]
    pub text: String,
    pub spot: Option<SpotId>,
}

impl gate::View for FindSimilar {
    const NAME: &'static str = "request.similar";
    const RESOURCE: &'static str = RESOURCE;
    type Body = SimilarPage;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<SimilarPage, Refusal> {
        let facts = of_community(look.actor);
        look.permit(<Self as gate::View>::NAME, &facts)?;
        let reader = Reader::of(look)?;
        let community = look.actor.community;
        let open = lists::open_newest(look.tx, community, &reader.scope, CANDIDATES_MAX)?;
        let open = reader.permitted(look, open);
        let words: String = self.text.chars().take(TYPED_MAX).collect();
        let inferred = infer(&words, "");
        let chosen = match self.spot {
            Some(spot) => registry::spot(look.tx, community, spot, look.now)?,
            None => None,
        };
        let draft = Matter {
            words: &words,
            spot: self.spot.map(SpotId::uuid),
            building: chosen.as_ref().and_then(|spot| similar::building(&spot.label)),
            topic: &inferred.topic.code,
        };
        let candidates: Vec<Candidate> = open.iter().map(candidate).collect();
        let likely = similar::find(&draft, &candidates, look.now);
        let briefs: Vec<Brief> = likely
            .iter()
            .filter_map(|one| open.iter().find(|Brief(request)| request.id == one.id).cloned())
            .collect();
        let found = lines(look, &briefs)?.into_iter().zip(likely);
        let items = found
            .map(|(request, one)| Similar {
                request,
                reasons: one.reasons.into_iter().map(Reason::word).map(str::to_owned).collect(),
                shared: one.shared,
            })
            .collect();
        let spot = match self.spot {
            None => named_in(look, &words)?,
            Some(_) => None,
        };
        Ok(SimilarPage {
            emergency: inferred.emergencies.first(),
            emergencies: inferred.emergencies.iter().collect(),
            spot,
            items,
        })
    }
}

/// What a resident hears while adding a word to their own request: which line to call first, if
/// it sounds like danger, and nothing of anybody else's.
pub(crate) fn danger_in(words: &str) -> SimilarPage {
    let words: String = words.chars().take(TYPED_MAX).collect();
    let lines = infer(&words, "").emergencies;
    SimilarPage {
        emergency: lines.first(),
        emergencies: lines.iter().collect(),
        spot: None,
        items: Vec::new(),
    }
}

fn candidate(Brief(request): &Brief) -> Candidate {
    Candidate {
        id: request.id,
        words: request.words.clone(),
        spot: request.household.or(request.place),
        building: similar::building(&request.spot_label).map(str::to_owned),
        topic: request.topic.clone(),
        received_at: request.received_at,
    }
}

/// Asks for the form that takes a pasted chat.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct ShowPaste {}

impl gate::View for ShowPaste {
    const NAME: &'static str = "request.paste";
    const RESOURCE: &'static str = RESOURCE;
    type Body = PasteBody;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<PasteBody, Refusal> {
        look.permit(<Self as gate::View>::NAME, &of_community(look.actor))?;
        Ok(PasteBody { text_max: chat::PASTE_MAX, ..PasteBody::default() })
    }
}

/// Asks for a pasted chat to be split. It comes in a body, never in an address: what residents
/// said to each other has no place in histories and logs.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct SplitPaste {
    #[serde(default)]
    pub text: String,
}

impl gate::View for SplitPaste {
    const NAME: &'static str = "request.paste";
    const RESOURCE: &'static str = RESOURCE;
    type Body = PasteBody;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<PasteBody, Refusal> {
        let facts = of_community(look.actor);
        look.permit(<Self as gate::View>::NAME, &facts)?;
        let sayings = chat::split(&self.text).map_err(|fault| Refusal::field("text", fault))?;
        if sayings.is_empty() {
            return Err(Refusal::field("text", Fault::new("fault.empty")));
        }
        let mut parts = Vec::with_capacity(sayings.len());
        for saying in sayings {
            parts.push(part(look, saying)?);
        }
        Ok(PasteBody {
            text_max: chat::PASTE_MAX,
            text: self.text.clone(),
            parts,
            topics: topic_groups(),
            spots_url: SPOTS_URL.to_owned(),
        })
    }
}

/// The one public place that the words name.
fn named_in(look: &mut Looking<'_, '_>, words: &str) -> Result<Option<Choice>, Refusal> {
    let spot = registry::spot_in(look.tx, look.actor.community, words, look.now)?;
    Ok(spot.map(choice))
}

fn part(look: &mut Looking<'_, '_>, saying: Saying) -> Result<PastePart, Refusal> {
    let inferred = infer(&saying.words, "");
    Ok(PastePart {
        spot: named_in(look, &saying.words)?,
        topic: inferred.topic.code.clone(),
        nature: inferred.nature,
        emergency: inferred.emergencies.first(),
        emergencies: inferred.emergencies.iter().collect(),
        words: saying.words,
        speaker: saying.speaker,
        leave_out: saying.leave_out,
    })
}

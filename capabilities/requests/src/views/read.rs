//! `GET /requests/{request}`: one request with its history, its promises and what may be done.

use gate::{Actor, Event, Facts, Looking, Refusal};
use kernel::AccountId;
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::people::{self, People};
use super::sight::Sight;
use super::slip::{self, PrintSlip};
use super::timeline::{self, Audience};
use super::{
    AnswerBody, ExtensionBody, Link, Named, PauseBody, PetitionerBody, PhotoBody, PhotoList,
    PromiseBody, RequestBody, TopicGroup, VerificationBody, find, may, readable, topic_groups,
};
use crate::actions::{RESOURCE, facts_about};
use crate::model::{Clock, Promise, Request, RequestId};
use crate::rules::clocks;
use crate::rules::workflow::Act;
use crate::store::photos::{self, Photo};
use crate::store::{contact, family, promises, row};
use crate::topics;

/// Reading who asks and how to reach them; permitted to fewer than the request itself.
pub const CONTACT_DETAILS: &str = "request.contact_details";

/// Asks for one request.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ReadRequest {
    pub request: RequestId,
}

impl gate::View for ReadRequest {
    const NAME: &'static str = "request.read";
    const RESOURCE: &'static str = RESOURCE;
    type Body = RequestBody;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<RequestBody, Refusal> {
        let community = look.actor.community;
        let request = find(look.tx, community, self.request)?;
        let facts = facts_about(look.tx, look.actor, &request)?;
        look.permit(<Self as gate::View>::NAME, &facts)?;
        let events = gate::timeline(look.tx, community, request.id.uuid())?;
        let people = people(look, &request, &events)?;
        let (petitioner, behalf) = petitioner(look, &request, &facts)?.unzip();
        let query_code = query_code(look, &request, &facts, &events)?;
        let sight = Sight::of(look);
        let events = sight.events(look, &request, events);
        let may = may::all(look, &request, &facts);
        let relatives = Relatives::of(look, &request)?;
        let promises = promises::of(look.tx, community, request.id)?;
        Ok(RequestBody {
            id: request.id,
            number: request.number(),
            version: request.version,
            stage: request.stage,
            state: request.state(),
            outcome: request.outcome,
            asserted_by: request.asserted_by,
            nature: request.nature,
            topic_zh: topic_name(&request.topic, |topic| &topic.zh),
            topic_en: topic_name(&request.topic, |topic| &topic.en),
            mode: request.mode,
            layer: request.layer,
            clock_class: request.clock_class,
            channel: request.channel,
            household: request.household.filter(|_| sight.door),
            place: request.place,
            behalf: behalf.flatten(),
            recorder: people.get(request.recorder),
            lead: people.get(request.lead),
            offered_to: people.get(request.offered_to),
            handler: people.get(request.handler),
            confidential: request.confidential,
            confidential_why: timeline::confidential_why(&request, &events),
            emergency: request.emergencies.first(),
            emergencies: request.emergencies.iter().collect(),
            called: request.called,
            follow_up_on: request.follow_up_on,
            answer: answer(&request),
            verification: verification(&request),
            contact_attempts: request.contact_attempts,
            pause: pause(&request),
            extension: extension(&request, &people, &promises, &events),
            reopenings: request.reopenings,
            parent: relatives.parent,
            children: relatives.children,
            merged_into: relatives.merged_into,
            followers: relatives.followers,
            photos: photos_for(look, sight, &request)?,
            promises: promises.into_iter().map(promise).collect(),
            query_code,
            timeline: timeline::steps(&events, &people, audience(petitioner.is_some())),
            petitioner,
            received_at: request.received_at,
            closed_at: request.closed_at,
            reader: look.actor.account().map(AccountId::uuid),
            you: held(&request, look.actor),
            colleagues: colleagues(look, &request, &may)?,
            spot: sight.place(look.tx, community, &request, look.now)?,
            topics: topics_for(&may),
            may,
            topic: request.topic,
            words: request.words,
            duty: request.duty,
        })
    }
}

/// What a topic is called; nothing for one that the tree no longer has.
fn topic_name(code: &str, name: fn(&topics::Topic) -> &String) -> String {
    topics::topic(code).map(name).cloned().unwrap_or_default()
}

fn audience(contact: bool) -> Audience {
    Audience::Staff { contact }
}

/// Everybody the page names.
fn people(
    look: &mut Looking<'_, '_>,
    request: &Request,
    events: &[Event],
) -> Result<People, Refusal> {
    let asker = request.extension.as_ref().map(|extension| extension.asked_by);
    let holders = [request.recorder, request.lead, request.offered_to, request.handler, asker];
    let named = holders.into_iter().flatten().chain(timeline::accounts(events));
    People::named(look.tx, look.actor.community, named, look.now)
}

/// The topic tree, for those who may sort.
fn topics_for(may: &[String]) -> Vec<TopicGroup> {
    let sorts = [Act::Triage, Act::Split].map(Act::word);
    if may.iter().any(|act| sorts.contains(&act.as_str())) { topic_groups() } else { Vec::new() }
}

fn photos_for(
    look: &mut Looking<'_, '_>,
    sight: Sight,
    request: &Request,
) -> Result<Vec<PhotoBody>, Refusal> {
    if sight.is_own_work_only(request) {
        return Ok(Vec::new());
    }
    let photos = photos::of(look.tx, look.actor.community, request.id)?;
    Ok(photos.into_iter().map(photo).collect())
}

/// The code on the slip, for those who may print it.
fn query_code(
    look: &mut Looking<'_, '_>,
    request: &Request,
    facts: &Facts,
    events: &[Event],
) -> Result<Option<String>, Refusal> {
    if !look.allows(<PrintSlip as gate::View>::NAME, facts) {
        return Ok(None);
    }
    slip::code_of(look.tx, look.actor.community, request, events)
}

/// Who asks and who spoke for them, for those who may know; that they looked is written down for the petitioner.
fn petitioner(
    look: &mut Looking<'_, '_>,
    request: &Request,
    facts: &Facts,
) -> Result<Option<(PetitionerBody, Option<String>)>, Refusal> {
    if !look.allows(CONTACT_DETAILS, facts) {
        return Ok(None);
    }
    let petitioner = &request.petitioner;
    let anonymous = petitioner.name.is_none() && petitioner.phone.is_none();
    if !anonymous {
        let subject = petitioner.person.unwrap_or(request.id.uuid());
        look.saw(subject, CONTACT_DETAILS, request.id.uuid());
    }
    let contact = contact::open(look.tx, look.actor.community, request)?;
    let body = PetitionerBody { name: contact.name, phone: contact.phone, anonymous };
    Ok(Some((body, contact.behalf)))
}

/// Those who may be asked to handle it, when the reader may ask.
fn colleagues(
    look: &mut Looking<'_, '_>,
    request: &Request,
    may: &[String],
) -> Result<Vec<Named>, Refusal> {
    let asks = [Act::Assign, Act::Triage, Act::Split].map(Act::word);
    if !may.iter().any(|act| asks.contains(&act.as_str())) {
        return Ok(Vec::new());
    }
    let mut askable = people::colleagues(look, request)?;
    askable.retain(|one| Some(one.id) != request.accused);
    Ok(askable)
}

/// Requests that hang together with this one, as far as the reader may read them.
struct Relatives {
    parent: Option<Link>,
    children: Vec<Link>,
    merged_into: Option<Link>,
    followers: Vec<Link>,
}

impl Relatives {
    fn of(look: &mut Looking<'_, '_>, request: &Request) -> Result<Relatives, Refusal> {
        let community = look.actor.community;
        let parent = match request.parent {
            Some(id) => row::find(look.tx, community, id)?,
            None => None,
        };
        let main = match request.merged_into {
            Some(id) => row::find(look.tx, community, id)?,
            None => None,
        };
        let children = family::children(look.tx, community, request.id)?;
        let followers = family::followers(look.tx, community, request.id)?;
        Ok(Relatives {
            parent: readable(look, parent)?.pop(),
            children: readable(look, children)?,
            merged_into: readable(look, main)?.pop(),
            followers: readable(look, followers)?,
        })
    }
}

pub(super) fn answer(request: &Request) -> Option<AnswerBody> {
    let answer = request.answer.as_ref()?;
    let (to, contact) = answer.redirect.clone().unzip();
    Some(AnswerBody {
        kind: answer.kind,
        words: answer.words.clone(),
        redirect_to: to,
        redirect_contact: contact,
        at: request.answered_at,
    })
}

pub(super) fn pause(request: &Request) -> Option<PauseBody> {
    let pause = request.pause.as_ref()?;
    Some(PauseBody { reason: pause.reason, until_at: pause.until_at })
}

pub(super) fn photo(photo: Photo) -> PhotoBody {
    PhotoBody { id: photo.id, width: photo.width, height: photo.height, added_at: photo.added_at }
}

fn verification(request: &Request) -> Option<VerificationBody> {
    let said = request.verification?;
    Some(VerificationBody {
        contacted: said.contacted,
        solved: said.solved,
        satisfied: said.satisfied,
    })
}

/// More time that somebody asked for, with what whoever decides must know.
fn extension(
    request: &Request,
    people: &People,
    promises: &[Promise],
    events: &[Event],
) -> Option<ExtensionBody> {
    let asked = request.extension.as_ref()?;
    let asked_by = people.get(Some(asked.asked_by))?;
    let owed = promises.iter().filter(|one| one.clock == Clock::Answer && clocks::is_open(one));
    let asking = events.iter().rfind(|event| event.action == Act::AskExtension.word());
    let reason = asking.and_then(|event| event.detail["reason"].as_str()).map(str::to_owned);
    let due_at = owed.map(|promise| promise.due_at).next();
    Some(ExtensionBody { asked_by, until_at: asked.until_at, due_at, reason })
}

/// How the reader holds it, of what the policy is told.
fn held(request: &Request, reader: &Actor) -> Vec<&'static str> {
    let mut held = request.stands(reader, None);
    held.retain(|word| ["lead", "offered", "handler"].contains(word));
    held
}

fn promise(promise: Promise) -> PromiseBody {
    PromiseBody {
        clock: promise.clock,
        state: promise.state,
        due_at: promise.due_at,
        ended_at: promise.ended_at,
    }
}

/// Asks for the photos of a request.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListPhotos {
    pub request: RequestId,
}

impl gate::View for ListPhotos {
    const NAME: &'static str = "request.photos";
    const RESOURCE: &'static str = RESOURCE;
    type Body = PhotoList;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<PhotoList, Refusal> {
        let facts = crate::actions::facts(look.tx, look.actor, self.request)?;
        look.permit(<Self as gate::View>::NAME, &facts)?;
        let photos = photos::of(look.tx, look.actor.community, self.request)?;
        Ok(PhotoList { items: photos.into_iter().map(photo).collect() })
    }
}

/// Asks for the pixels of one photo.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ShowPhoto {
    pub request: RequestId,
    pub photo: Uuid,
    #[serde(default)]
    pub thumbnail: bool,
}

impl gate::View for ShowPhoto {
    const NAME: &'static str = "request.photos";
    const RESOURCE: &'static str = RESOURCE;
    /// The bytes of a JPEG.
    type Body = Vec<u8>;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<Vec<u8>, Refusal> {
        let facts = crate::actions::facts(look.tx, look.actor, self.request)?;
        look.permit(<Self as gate::View>::NAME, &facts)?;
        let size = if self.thumbnail { photos::Size::Thumbnail } else { photos::Size::Whole };
        let community = look.actor.community;
        let bytes = photos::bytes(look.tx, community, self.request, self.photo, size)?;
        bytes.ok_or(Refusal::NotFound)
    }
}

//! Each view: one value that is the page, the fragment and the JSON body.
//!
//! The bodies stand in [`body`]; the modules beside it fill them. A scope narrows a list in SQL
//! and the policy decides every row of it, so a list shows exactly what may be read one by one.

pub mod body;
pub mod clocks;
pub mod cursor;
pub mod inbox;
pub mod list;
mod may;
pub mod new;
mod people;
pub mod progress;
pub mod read;
pub mod sight;
pub mod slip;
mod timeline;

pub use body::*;

use db::Tx;
use gate::{Actor, Facts, Looking, Refusal};
use kernel::{AccountId, CommunityId};
use std::collections::BTreeSet;
use uuid::Uuid;

use crate::actions::standing;
use crate::model::{Request, RequestId};
use crate::store::lists::{Brief, Scope};
use crate::topics;
use people::People;
use sight::Sight;

/// Facts of a list: only the actor's roles matter.
fn of_community(actor: &Actor) -> Facts {
    Facts::of(actor.community.uuid())
}

/// What home, trays and lists lead on to. A page offers only what its reader may open.
const DOORS: [&str; 7] = [
    "request.new",
    "request.paste",
    "request.inbox",
    "request.list",
    "household.list",
    "clocks.show",
    "clocks.set",
];

/// Which of [`DOORS`] are open to the reader.
fn doors(look: &mut Looking<'_, '_>) -> Doors {
    let facts = of_community(look.actor);
    Doors(DOORS.into_iter().filter(|door| look.allows(door, &facts)).collect())
}

/// What a reader may come upon, and how they stand to each of it.
struct Reader {
    scope: Scope,
    households: BTreeSet<Uuid>,
}

impl Reader {
    /// Looks up what the actor is responsible for now.
    fn of(look: &mut Looking<'_, '_>) -> Result<Reader, Refusal> {
        let actor = look.actor;
        let nothing = Reader { scope: Scope::Nothing, households: BTreeSet::new() };
        if ["clerk", "secretary", "system"].iter().any(|role| actor.has(role)) {
            return Ok(Reader { scope: Scope::Everything, ..nothing });
        }
        let Some(account) = actor.account() else { return Ok(nothing) };
        let households = own_households(look.tx, actor, account)?;
        let scope = Scope::Known {
            account: account.uuid(),
            grids: actor.grids.clone(),
            households: households.iter().copied().collect(),
        };
        Ok(Reader { scope, households })
    }

    /// How the reader stands to one request, without asking the register again.
    fn facts(&self, actor: &Actor, request: &Request) -> Facts {
        let own = request.household.is_some_and(|id| self.households.contains(&id));
        standing(actor, request, actor.account().filter(|_| own))
    }

    /// Those that the policy lets the reader see.
    fn permitted(&self, look: &mut Looking<'_, '_>, briefs: Vec<Brief>) -> Vec<Brief> {
        let mut permitted = briefs;
        permitted.retain(|Brief(request)| {
            let facts = self.facts(look.actor, request);
            look.allows("request.read", &facts)
        });
        permitted
    }
}

fn own_households(
    tx: &mut Tx<'_>,
    actor: &Actor,
    account: AccountId,
) -> Result<BTreeSet<Uuid>, Refusal> {
    if !actor.has("liaison") {
        return Ok(BTreeSet::new());
    }
    let own = registry::households_of(tx, actor.community, account, actor.at)?;
    Ok(own.into_iter().map(|household| household.id.uuid()).collect())
}

/// Lines of a list, with the names of who leads.
fn lines(look: &mut Looking<'_, '_>, briefs: &[Brief]) -> Result<Vec<RequestLine>, Refusal> {
    let (community, at) = (look.actor.community, look.now);
    let sight = Sight::of(look);
    let leads = briefs.iter().filter_map(|Brief(request)| request.lead);
    let people = People::named(look.tx, community, leads, at)?;
    let mut lines = Vec::with_capacity(briefs.len());
    for Brief(request) in briefs {
        let place = sight.place(look.tx, community, request, at)?;
        lines.push(line(request, place, &people));
    }
    Ok(lines)
}

fn line(request: &Request, spot: String, people: &People) -> RequestLine {
    RequestLine {
        id: request.id,
        number: request.number(),
        stage: request.stage,
        state: request.state(),
        todo: None,
        outcome: request.outcome,
        nature: request.nature,
        topic: request.topic.clone(),
        mode: request.mode,
        words: first_words(&request.words),
        spot,
        lead: people.get(request.lead),
        emergency: request.emergencies.first(),
        emergencies: request.emergencies.iter().collect(),
        called: request.called,
        confidential: request.confidential,
        next_clock: request.next_clock,
        next_due_at: request.next_due_at,
        received_at: request.received_at,
        closed_at: request.closed_at,
    }
}

/// Another request by number and first words.
fn link(request: &Request) -> Link {
    Link {
        id: request.id,
        number: request.number(),
        words: first_words(&request.words),
        stage: request.stage,
        state: request.state(),
    }
}

/// Characters of what was said that a line shows.
const LINE_WORDS: usize = 80;

fn first_words(words: &str) -> String {
    words.chars().take(LINE_WORDS).collect()
}

/// A request the reader may read, or nothing: a link to what may not be seen is not shown.
fn readable(
    look: &mut Looking<'_, '_>,
    requests: impl IntoIterator<Item = Request>,
) -> Result<Vec<Link>, Refusal> {
    let mut links = Vec::new();
    for request in requests {
        let facts = crate::actions::facts_about(look.tx, look.actor, &request)?;
        if look.allows("request.read", &facts) {
            links.push(link(&request));
        }
    }
    Ok(links)
}

fn find(tx: &mut Tx<'_>, community: CommunityId, id: RequestId) -> Result<Request, Refusal> {
    crate::store::row::find(tx, community, id)?.ok_or(Refusal::NotFound)
}

/// The topic tree as a form shows it.
fn topic_groups() -> Vec<TopicGroup> {
    let groups = topics::groups().iter();
    groups
        .map(|group| TopicGroup {
            code: group.code.clone(),
            zh: group.zh.clone(),
            en: group.en.clone(),
            topics: group.topics.iter().map(topic_body).collect(),
        })
        .collect()
}

fn topic_body(topic: &topics::Topic) -> TopicBody {
    TopicBody {
        code: topic.code.clone(),
        zh: topic.zh.clone(),
        en: topic.en.clone(),
        mode: topic.mode,
        layer: topic.layer,
        clock_class: topic.clock_class,
        sensitive: topic.sensitive,
    }
}

//! `GET /q/{code}`: what a resident sees of their own request, without an account, in plain
//! words. What colleagues say among themselves is not theirs to read.

use gate::{Looking, Origin, Refusal};
use schemars::JsonSchema;
use serde::Deserialize;

use super::people::People;
use super::read::{answer, pause, photo};
use super::timeline::{self, Audience};
use super::{Progress, SeenBody, find, may};
use crate::actions::{RESOURCE, facts_about};
use crate::model::{Emergency, Request, RequestId, Stage};
use crate::store::{photos, row};

/// Asks for the request whose code the caller holds.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ShowProgress {
    /// The code as it was typed, for the links of the page.
    pub code: String,
}

impl gate::View for ShowProgress {
    const NAME: &'static str = "request.progress";
    const RESOURCE: &'static str = RESOURCE;
    type Body = Progress;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<Progress, Refusal> {
        let community = look.actor.community;
        let Origin::Code(object) = look.actor.origin else { return Err(Refusal::NotFound) };
        let request = find(look.tx, community, RequestId::from_uuid(object))?;
        let facts = facts_about(look.tx, look.actor, &request)?;
        look.permit(<Self as gate::View>::NAME, &facts)?;
        let main = followed(look, &request)?;
        // While it follows another matter, that one's lead, pause and promise are the resident's.
        let shown = main.as_ref().unwrap_or(&request);
        let events = gate::timeline(look.tx, community, object)?;
        let subject = request.petitioner.person.unwrap_or(object);
        let seen = gate::lines_about(look.tx, community, subject)?;
        let watchers = seen.iter().filter_map(|line| line.actor);
        let named = timeline::accounts(&events).into_iter().chain(shown.lead).chain(watchers);
        let people = People::named(look.tx, community, named, look.now)?;
        let photos = photos::of(look.tx, community, request.id)?;
        let timeline = timeline::steps(&events, &people, Audience::Petitioner);
        Ok(Progress {
            id: request.id,
            code: self.code.clone(),
            number: request.number(),
            version: request.version,
            stage: request.stage,
            state: request.state(),
            outcome: request.outcome,
            answer: answer(&request),
            pause: pause(shown),
            lead: people.get(shown.lead),
            next_clock: shown.next_clock,
            next_due_at: shown.next_due_at,
            merged_into: main.as_ref().map(Request::number),
            photos: photos.into_iter().map(photo).collect(),
            emergencies: to_call(&request),
            timeline,
            seen: seen
                .into_iter()
                .map(|line| SeenBody {
                    who: people.get(line.actor),
                    purpose: line.purpose,
                    at: line.at,
                })
                .collect(),
            gave_name: request.petitioner.name.is_some(),
            gave_phone: request.petitioner.phone.is_some(),
            may: may::all(look, &request, &facts),
            confidential: request.confidential,
            confidential_why: timeline::confidential_why(&request, &events),
            words: request.words,
            spot: request.spot_label,
        })
    }
}

/// The lines to call first (R4), in their order, while it is open and nobody has called.
fn to_call(request: &Request) -> Vec<Emergency> {
    let over = request.stage == Stage::Closed || request.called;
    request.emergencies.iter().filter(|_| !over).collect()
}

/// The matter this one follows, while it does.
fn followed(look: &mut Looking<'_, '_>, request: &Request) -> Result<Option<Request>, Refusal> {
    let community = look.actor.community;
    match request.merged_into.filter(|_| request.stage == Stage::Merged) {
        Some(main) => row::find(look.tx, community, main),
        None => Ok(None),
    }
}

//! `GET /requests/{request}/slip`: the paper a resident takes along.

use db::Tx;
use gate::{Event, Looking, Refusal};
use kernel::CommunityId;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Slip, find};
use crate::actions::{RESOURCE, facts_about};
use crate::model::{Clock, Promise, PromiseState, Request, RequestId};
use crate::store::promises;
use crate::topics;

/// Asks for the slip of one request.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct PrintSlip {
    pub request: RequestId,
    /// `a6` unless said, or `a4`.
    pub paper: Option<Paper>,
}

/// What it is printed on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Paper {
    #[default]
    A6,
    A4,
}

impl std::fmt::Display for Paper {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Paper::A6 => "a6",
            Paper::A4 => "a4",
        })
    }
}

impl gate::View for PrintSlip {
    const NAME: &'static str = "request.slip";
    const RESOURCE: &'static str = RESOURCE;
    type Body = Slip;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<Slip, Refusal> {
        let community = look.actor.community;
        let request = find(look.tx, community, self.request)?;
        let facts = facts_about(look.tx, look.actor, &request)?;
        look.permit(<Self as gate::View>::NAME, &facts)?;
        let events = gate::timeline(look.tx, community, request.id.uuid())?;
        let code = code_of(look.tx, community, &request, &events)?.ok_or(Refusal::NotFound)?;
        let promises = promises::of(look.tx, community, request.id)?;
        let topic = topics::topic(&request.topic);
        Ok(Slip {
            number: request.number(),
            code,
            spot: request.spot_label,
            received_at: request.received_at,
            due_at: promises.iter().find(|one| is_answer(one)).map(|one| one.due_at),
            topic_zh: topic.map_or_else(String::new, |topic| topic.zh.clone()),
            topic_en: topic.map_or_else(String::new, |topic| topic.en.clone()),
            paper: self.paper.unwrap_or_default(),
        })
    }
}

/// The code that opens a request with these events without an account. A part has none of its
/// own: its petitioner holds the code of the whole.
pub(super) fn code_of(
    tx: &mut Tx<'_>,
    community: CommunityId,
    request: &Request,
    events: &[Event],
) -> Result<Option<String>, Refusal> {
    match request.parent {
        None => Ok(events.iter().find_map(code)),
        Some(whole) => {
            let events = gate::timeline(tx, community, whole.uuid())?;
            Ok(events.iter().find_map(code))
        }
    }
}

/// The code as it was said when the request was filed: outside its holder's hand it stands only
/// there, because a receipt that comes twice is answered twice. Of a pasted chat each request
/// has its own.
fn code(event: &Event) -> Option<String> {
    let said = [&event.outcome, &event.detail];
    said.into_iter().find_map(|json| json["query_code"].as_str().map(str::to_owned))
}

fn is_answer(promise: &Promise) -> bool {
    promise.clock == Clock::Answer && promise.state == PromiseState::Running
}

//! Parts: a request for several departments is split; the parent waits and resumes when its last
//! part is closed.

use gate::{Acting, Refusal};
use kernel::{AccountId, CommunityId, Fault};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Done, Loaded, RESOURCE, about_request, add, handover, keep};
use crate::model::{CHILDREN_MAX, Request, RequestId, Words};
use crate::rules::parts::{self, NewPart};
use crate::store::{family, row};
use crate::topics;

/// Splits a request into parts, each with a life of its own.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Split {
    pub request: RequestId,
    #[schemars(length(min = 1, max = 10))]
    pub parts: Vec<Part>,
    pub version: Option<i64>,
}

/// What one part is about.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Part {
    pub text: Words,
    #[serde(default, deserialize_with = "topics::known")]
    pub topic: Option<String>,
    pub assign_to: Option<AccountId>,
}

/// How the parent stands now, and its new parts.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct SplitDone {
    #[serde(flatten)]
    pub parent: Done,
    pub children: Vec<Done>,
}

impl gate::Action for Split {
    const NAME: &'static str = "request.split";
    const RESOURCE: &'static str = RESOURCE;
    type Done = SplitDone;

    about_request!();

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<SplitDone, Refusal> {
        // Bounded before anything is looked up; the rule counts again with the parts there are.
        if self.parts.len() > CHILDREN_MAX {
            let fault = Fault::new("fault.too_many").with("max", CHILDREN_MAX);
            return Err(Refusal::field("parts", fault));
        }
        for (place, part) in self.parts.iter().enumerate() {
            if let Some(colleague) = part.assign_to {
                let field = format!("parts[{place}].assign_to");
                handover::expect_colleague(act, &field, colleague)?;
            }
        }
        let community = act.community();
        let loaded = Loaded::find(act, self.request)?;
        loaded.check_version(self.version)?;
        let existing = family::children(act.tx, community, self.request)?.len();
        let change = parts::split(&loaded.case(), self.parts.len(), existing);
        let parent = keep(act, &loaded, change.map_err(Refusal::Rule)?)?;
        let mut children = Vec::with_capacity(self.parts.len());
        for (place, part) in self.parts.iter().enumerate() {
            let child = add_part(act, community, &loaded, &parent, part);
            let below = |field: &str| format!("parts[{place}].{field}");
            children.push(child.map_err(|refusal| refusal.renamed(below))?);
        }
        Ok(SplitDone { parent: Done::of(&parent), children })
    }
}

fn add_part(
    act: &mut Acting<'_, '_>,
    community: CommunityId,
    loaded: &Loaded,
    parent: &Request,
    part: &Part,
) -> Result<Done, Refusal> {
    let year = i64::from(act.now.day().year());
    let new = NewPart {
        id: RequestId::from_uuid(act.new_id()),
        year,
        serial: row::next_serial(act.tx, community, year)?,
        words: part.text.clone(),
        topic: part.topic.clone(),
        assign_to: part.assign_to.map(AccountId::uuid),
    };
    let change =
        parts::part(parent, &new, loaded.by, act.now, &loaded.policy).map_err(Refusal::Rule)?;
    add(act, &change)?;
    let detail = json!({ "text": part.text, "from": parent.number(), "to": part.assign_to });
    act.also("request.file", new.id.uuid(), &detail)?;
    Ok(Done::of(&change.request))
}

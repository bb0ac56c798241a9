//! Sorting: nature, topic and handling mode, each mode with its duty (R3).

use gate::{Acting, Refusal};
use kernel::{AccountId, Day};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Done, RESOURCE, about_request, decide, handover};
use crate::model::{Mode, Nature, Note, RequestId};
use crate::rules::handling;

/// Sorts a request, or sorts it anew with a reason.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Triage {
    pub request: RequestId,
    pub mode: Mode,
    pub nature: Option<Nature>,
    /// Code of the topic tree: `A01`.
    pub topic: Option<String>,
    /// What the resident can do; needed for `self`, together with `follow_up_on`.
    pub guidance: Option<Note>,
    pub follow_up_on: Option<Day>,
    /// What is to be deliberated or done together; needed for `common`.
    pub task: Option<Note>,
    /// Who helps, in words; for `assisted`, unless `assign_to` says it.
    pub helper: Option<Note>,
    /// A colleague who is asked to handle it.
    pub assign_to: Option<AccountId>,
    /// Why it is sorted anew; needed when it was sorted before.
    pub reason: Option<Note>,
    pub version: Option<i64>,
}

impl gate::Action for Triage {
    const NAME: &'static str = "request.triage";
    const RESOURCE: &'static str = RESOURCE;
    type Done = Done;

    about_request!();

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<Done, Refusal> {
        if let Some(colleague) = self.assign_to {
            handover::expect_colleague(act, "assign_to", colleague)?;
        }
        let triage = handling::Triage {
            nature: self.nature,
            topic: self.topic.as_deref(),
            mode: self.mode,
            guidance: self.guidance.as_ref(),
            follow_up_on: self.follow_up_on,
            task: self.task.as_ref(),
            helper: self.helper.as_ref(),
            assign_to: self.assign_to.map(AccountId::uuid),
            reason: self.reason.as_ref(),
        };
        decide(act, self.request, self.version, |case| handling::triage(case, &triage))
    }
}

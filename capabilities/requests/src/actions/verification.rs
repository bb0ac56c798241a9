//! The resident's word: contacted, solved, satisfied, asked by someone who is not the handler
//! (R11, R12), and the end of a request.

use gate::{Acting, Refusal};
use kernel::Fault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Done, RESOURCE, about_request, decide_hearing, decided, heard};
use crate::model::{Note, RequestId, Verification};
use crate::rules::verification;

/// Records what the resident says of the answer.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verify {
    pub request: RequestId,
    /// Whether they were reached; only the holder of the query code, who always is, may leave it
    /// out: an untouched form must not become an attempt that permits closing (R11).
    pub contacted: Option<bool>,
    pub solved: Option<bool>,
    pub satisfied: Option<bool>,
    pub note: Option<Note>,
    pub version: Option<i64>,
}

impl gate::Action for Verify {
    const NAME: &'static str = "request.verify";
    const RESOURCE: &'static str = RESOURCE;
    type Done = Done;

    about_request!();

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<Done, Refusal> {
        if act.actor.account().is_some() && self.contacted.is_none() {
            return Err(Refusal::field("contacted", Fault::new("rule.r11_contacted_or_not")));
        }
        let said = Verification {
            contacted: self.contacted.unwrap_or(false),
            solved: self.solved,
            satisfied: self.satisfied,
        };
        let heard = heard(act, self.note.as_ref(), false);
        decide_hearing(act, self.request, self.version, heard, |case| {
            verification::verify(case, said)
        })
    }
}

/// Closes a request whose resident is content, or could not be asked in time.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Close {
    pub request: RequestId,
    pub reason: Option<Note>,
    pub version: Option<i64>,
}

decided!(Close = "request.close", |_given, case| verification::close(case));

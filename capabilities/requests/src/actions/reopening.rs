//! Reopening: asked for within the window (R15), decided by a person, always counted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::decided;
use crate::model::{Note, RequestId};
use crate::rules::verification;

/// Asks for a closed request to be opened again.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AskReopening {
    pub request: RequestId,
    pub reason: Note,
    pub version: Option<i64>,
}

decided!(AskReopening = "request.ask_reopening", |given, case| verification::ask_reopening(
    case,
    &given.reason,
));

/// Opens it again with the same lead, or leaves it closed with a reason.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideReopening {
    pub request: RequestId,
    pub grant: bool,
    pub reason: Note,
    pub version: Option<i64>,
}

decided!(DecideReopening = "request.decide_reopening", |given, case| {
    verification::decide_reopening(case, given.grant, &given.reason)
});

//! The resident's word: contacted, solved, satisfied, asked by someone who is not the handler
//! (R11, R12), and the end of a request.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::decided;
use crate::model::{Note, RequestId, Verification};
use crate::rules::verification;

/// Records what the resident says of the answer.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verify {
    pub request: RequestId,
    /// Whether they were reached; the holder of the query code always is.
    #[serde(default)]
    pub contacted: bool,
    pub solved: Option<bool>,
    pub satisfied: Option<bool>,
    pub note: Option<Note>,
    pub version: Option<i64>,
}

decided!(Verify = "request.verify", |given, case| verification::verify(
    case,
    Verification { contacted: given.contacted, solved: given.solved, satisfied: given.satisfied },
));

/// Closes a request whose resident is content, or could not be asked in time.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Close {
    pub request: RequestId,
    pub reason: Option<Note>,
    pub version: Option<i64>,
}

decided!(Close = "request.close", |_given, case| verification::close(case));

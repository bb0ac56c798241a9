//! Time: the first contact, an extension asked by one and granted by another, and pauses the
//! resident was told of.

use kernel::Day;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::decided;
use crate::model::{Note, PauseReason, RequestId};
use crate::rules::{delay, handling};

/// Logs that somebody spoke, or tried to speak, with the resident.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    pub request: RequestId,
    pub reached: bool,
    pub note: Option<Note>,
    pub version: Option<i64>,
}

decided!(Contact = "request.contact", |given, case| handling::contact(case, given.reached));

/// Asks for more time: before it runs out, once (R10).
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AskExtension {
    pub request: RequestId,
    pub until_on: Day,
    pub reason: Note,
    /// The resident was told. Unsaid is no: the rule then says what to do first.
    #[serde(default)]
    pub told: bool,
    pub version: Option<i64>,
}

decided!(AskExtension = "request.ask_extension", |given, case| delay::ask_extension(
    case,
    given.until_on,
    &given.reason,
    given.told,
));

/// Grants or refuses the extension somebody else asked for.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideExtension {
    pub request: RequestId,
    pub grant: bool,
    pub reason: Option<Note>,
    pub version: Option<i64>,
}

decided!(DecideExtension = "request.decide_extension", |given, case| delay::decide_extension(
    case,
    given.grant,
    given.reason.as_ref(),
));

/// Pauses with a capped reason the resident was told (R9).
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pause {
    pub request: RequestId,
    pub reason: PauseReason,
    pub until_on: Option<Day>,
    /// The resident was told. Unsaid is no: the rule then says what to do first.
    #[serde(default)]
    pub told: bool,
    pub note: Option<Note>,
    pub version: Option<i64>,
}

decided!(Pause = "request.pause", |given, case| delay::pause(
    case,
    given.reason,
    given.until_on,
    given.told,
));

/// Ends a pause; the program does so by itself when a pause has reached its cap.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    pub request: RequestId,
    pub note: Option<Note>,
    pub version: Option<i64>,
}

decided!(Resume = "request.resume", |_given, case| delay::resume(case));

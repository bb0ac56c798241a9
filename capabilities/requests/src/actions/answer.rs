//! The answer: readable by the resident, and naming who is responsible when it is somebody else.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::decided;
use crate::model::{AnswerKind, Note, RequestId, Short};
use crate::rules::handling::{self, Answering};

/// Answers a request.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    pub request: RequestId,
    pub text: Note,
    /// `solved` unless said otherwise.
    pub kind: Option<AnswerKind>,
    /// Who is responsible; with `redirect_contact` exactly when redirected (R16).
    pub redirect_to: Option<Short>,
    /// How to reach them.
    pub redirect_contact: Option<Short>,
    pub version: Option<i64>,
}

decided!(Answer = "request.answer", |given, case| handling::answer(
    case,
    &Answering {
        words: &given.text,
        kind: given.kind.unwrap_or(AnswerKind::Solved),
        redirect_to: given.redirect_to.as_ref(),
        redirect_contact: given.redirect_contact.as_ref(),
    },
));

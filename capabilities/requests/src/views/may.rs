//! What a reader may do now: what the workflow has an arrow for, the policy permits, and the row
//! itself does not rule out. The rules still decide; this is what a page offers.

use gate::{Facts, Looking};

use crate::model::{PauseReason, Request};
use crate::rules::workflow::{self, Act};

/// The names of all acts, in the order of a request's life.
pub(super) fn all(look: &mut Looking<'_, '_>, request: &Request, facts: &Facts) -> Vec<String> {
    let possible = Act::ALL.iter().filter(|act| may(look, request, facts, **act));
    possible.map(|act| act.word().to_owned()).collect()
}

/// Whether one act may be done.
pub(super) fn may(look: &mut Looking<'_, '_>, request: &Request, facts: &Facts, act: Act) -> bool {
    workflow::allows(request.stage, act)
        && makes_sense(request, act)
        && look.allows(act.word(), facts)
}

/// Acts that the stage alone does not rule out.
fn makes_sense(request: &Request, act: Act) -> bool {
    let for_parts = |reason: PauseReason| reason == PauseReason::Children;
    match act {
        Act::AskExtension => request.extension.is_none() && request.extensions == 0,
        Act::DecideExtension => request.extension.is_some(),
        Act::Resume => request.pause.as_ref().is_some_and(|pause| !for_parts(pause.reason)),
        Act::Answer => request.children_open == 0,
        Act::Split => {
            request.parent.is_none()
                && request.pause.as_ref().is_none_or(|pause| for_parts(pause.reason))
        }
        Act::Close => request.contact_attempts > 0 || request.verification.is_some(),
        Act::File
        | Act::Triage
        | Act::Assign
        | Act::Accept
        | Act::Return
        | Act::Contact
        | Act::Pause
        | Act::ClosePart
        | Act::ReopenPart
        | Act::Follow
        | Act::Verify
        | Act::AskReopening
        | Act::DecideReopening
        | Act::Merge
        | Act::Unmerge
        | Act::Withdraw
        | Act::Note
        | Act::Correct
        | Act::KeepConfidential
        | Act::AddPhoto
        | Act::Escalate => true,
    }
}

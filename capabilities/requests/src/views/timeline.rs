//! The history of a request: events as steps that a resident understands. Nothing disappears;
//! what was corrected says so.

use gate::Event;
use kernel::{Day, Instant};
use serde_json::Value as Json;
use uuid::Uuid;

use super::Step;
use super::people::People;
use crate::model::Mode;
use crate::pages::look;
use crate::rules::workflow::Act;

/// For whom a history is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    /// Those who work on it. `contact`: may also know who asks.
    Staff { contact: bool },
    /// The petitioner: what colleagues say among themselves is left out.
    Petitioner,
}

/// All accounts that a history names.
pub(super) fn accounts(events: &[Event]) -> Vec<Uuid> {
    let named = |event: &Event| {
        let by = event.actor.filter(|_| event.origin == "account");
        let to = ["to", "assign_to"].into_iter().filter_map(|field| id(&event.detail, field));
        by.into_iter().chain(to).collect::<Vec<_>>()
    };
    events.iter().flat_map(named).collect()
}

/// The steps, oldest first.
pub(super) fn steps(events: &[Event], people: &People, audience: Audience) -> Vec<Step> {
    let corrected_at = events.iter().rposition(|event| event.action == Act::Correct.word());
    let shown = events.iter().enumerate().filter(|(_, event)| is_for(event, audience));
    shown
        .map(|(place, event)| Step {
            corrected: says_the_matter(event) && corrected_at.is_some_and(|at| place < at),
            ..step(event, people, audience)
        })
        .collect()
}

/// The words of the matter itself, which a correction replaces.
fn says_the_matter(event: &Event) -> bool {
    event.action == Act::File.word() || event.action == Act::Correct.word()
}

/// Notes of colleagues are theirs; what the petitioner or somebody for them added is the
/// petitioner's too.
fn is_for(event: &Event, audience: Audience) -> bool {
    let among_colleagues = event.action == Act::Note.word()
        && event.origin == "account"
        && text(&event.detail, "behalf").is_none();
    audience != Audience::Petitioner || !among_colleagues
}

fn step(event: &Event, people: &People, audience: Audience) -> Step {
    let detail = &event.detail;
    let act = Act::parse(&event.action);
    let who = people.get(event.actor.filter(|_| event.origin == "account"));
    let whose = match (&who, event.origin.as_str()) {
        (None, "code") => "resident",
        (None, "system") => "system",
        _ => "",
    };
    let behalf = match audience {
        Audience::Staff { contact: false } => None,
        Audience::Staff { contact: true } | Audience::Petitioner => text(detail, "behalf"),
    };
    Step {
        what: event.action.strip_prefix("request.").unwrap_or(&event.action).to_owned(),
        icon: act.as_ref().map_or("info", look::icon).to_owned(),
        at: event.at,
        who,
        whose: whose.to_owned(),
        behalf,
        word: word(act, detail),
        said: said(act, detail).filter(|_| may_hear(act, audience)),
        why: why(act, detail).filter(|_| may_hear(act, audience)),
        to: to(detail, people),
        until_at: until_at(detail),
        corrected: false,
    }
}

/// Whether the words of an act are meant for this audience: reasons given from colleague to
/// colleague are not the petitioner's.
fn may_hear(act: Option<Act>, audience: Audience) -> bool {
    let internal = act.is_none_or(|act| match act {
        Act::Return
        | Act::Assign
        | Act::Accept
        | Act::Contact
        | Act::Merge
        | Act::Unmerge
        | Act::Escalate
        | Act::Split => true,
        Act::File
        | Act::Triage
        | Act::AskExtension
        | Act::DecideExtension
        | Act::Pause
        | Act::Resume
        | Act::ClosePart
        | Act::ReopenPart
        | Act::Answer
        | Act::Follow
        | Act::Verify
        | Act::Close
        | Act::AskReopening
        | Act::DecideReopening
        | Act::Withdraw
        | Act::Note
        | Act::Correct
        | Act::KeepConfidential
        | Act::AddPhoto => false,
    });
    audience != Audience::Petitioner || !internal
}

/// What was said to or by a person.
fn said(act: Option<Act>, detail: &Json) -> Option<String> {
    let fields: &[&str] = match act {
        Some(Act::Triage) => &["guidance", "task", "helper"],
        _ => &["text", "note"],
    };
    fields.iter().find_map(|field| text(detail, field))
}

/// Why it was done. The reason of a pause is a word of ours, see [`word`].
fn why(act: Option<Act>, detail: &Json) -> Option<String> {
    text(detail, "reason").filter(|_| act != Some(Act::Pause))
}

/// The word key that says more of what was done.
fn word(act: Option<Act>, detail: &Json) -> Option<String> {
    let key =
        |prefix: &str, field: &str| text(detail, field).map(|word| format!("{prefix}.{word}"));
    let either = |field: &str, yes: &'static str, no: &'static str| {
        detail[field].as_bool().map(|is| if is { yes } else { no }.to_owned())
    };
    match act {
        Some(Act::Triage) => key("mode", "mode"),
        Some(Act::Pause) => key("pause_reason", "reason"),
        Some(Act::Answer | Act::Follow) => key("answer_kind", "kind"),
        Some(Act::Escalate) => key("layer", "to"),
        Some(Act::Contact) => either("reached", "reached.yes", "reached.no"),
        Some(Act::DecideExtension | Act::DecideReopening) => {
            either("grant", "granted.yes", "granted.no")
        }
        Some(Act::KeepConfidential) => {
            either("confidential", "confidential.yes", "confidential.no")
        }
        Some(Act::Verify) => Some(verdict(detail).to_owned()),
        Some(_) => None,
        // The transfer of an emergency to its line (R4).
        None => key("emergency", "emergency"),
    }
}

/// Three facts in one word; each of them stands in the verification itself.
fn verdict(detail: &Json) -> &'static str {
    let said = |field: &str| detail[field].as_bool();
    match (said("solved"), said("satisfied")) {
        (None, None) => "verdict.unreached",
        (Some(false), _) | (_, Some(false)) => "verdict.unhappy",
        (Some(true), Some(true)) => "verdict.happy",
        (Some(true), None) | (None, Some(true)) => "verdict.partly",
    }
}

/// Whom it went to, or which request it has to do with.
fn to(detail: &Json, people: &People) -> Option<String> {
    let person = ["to", "assign_to"].into_iter().find_map(|field| id(detail, field));
    let name = people.get(person).map(|named| named.name);
    let redirect = text(detail, "redirect_to").map(|to| match text(detail, "redirect_contact") {
        Some(contact) => format!("{to} {contact}"),
        None => to,
    });
    name.or(redirect).or_else(|| text(detail, "from")).or_else(|| number(detail))
}

/// The number merged into, where the form named it so.
fn number(detail: &Json) -> Option<String> {
    text(detail, "into").filter(|into| Uuid::parse_str(into).is_err())
}

fn until_at(detail: &Json) -> Option<Instant> {
    // The form offers a day to ask again beforehand; only one's own way of handling takes it.
    let is_on_own = detail["mode"].as_str() == Some(Mode::OnOwn.word());
    let again = || text(detail, "follow_up_on").filter(|_| is_on_own);
    let day = text(detail, "until_on").or_else(again)?;
    Day::parse(&day).ok().map(Day::start)
}

fn text(detail: &Json, field: &str) -> Option<String> {
    detail[field].as_str().map(str::to_owned)
}

fn id(detail: &Json, field: &str) -> Option<Uuid> {
    detail[field].as_str().and_then(|text| Uuid::parse_str(text).ok())
}

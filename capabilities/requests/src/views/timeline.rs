//! The history of a request: events as steps that a resident understands. Nothing disappears;
//! what was corrected says so.

use gate::Event;
use kernel::{Day, Instant};
use serde_json::Value as Json;
use uuid::Uuid;

use super::Step;
use super::people::People;
use crate::model::{AssertedBy, Mode, Request};
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
    // What followed in the same moment stands behind the act it followed from.
    let mut shown: Vec<(usize, &Event)> =
        events.iter().enumerate().filter(|(_, event)| is_for(event, audience)).collect();
    shown.sort_by_key(|(_, event)| (event.at, event.part));
    shown
        .into_iter()
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

/// Why a request is confidential: somebody asked for it, or its kind of matter always is.
pub(super) fn confidential_why(request: &Request, events: &[Event]) -> Option<&'static str> {
    if !request.confidential {
        return None;
    }
    let asks = [Act::File.word(), Act::KeepConfidential.word()];
    let asked = |event: &&Event| asks.contains(&event.action.as_str());
    let asked = events.iter().filter(asked).any(|event| event.detail["confidential"] == true);
    Some(if asked { "asked" } else { "topic" })
}

fn step(event: &Event, people: &People, audience: Audience) -> Step {
    let detail = &event.detail;
    let act = Act::parse(&event.action);
    // The program heard the danger and said whom to call; nobody says that they did (R4).
    let is_hint = act.is_none() && !was_called(detail) && detail["emergency"].is_string();
    let is_person = event.origin == "account" && !is_hint;
    let who = people.get(event.actor.filter(|_| is_person));
    let whose = match (&who, event.origin.as_str()) {
        (None, _) if is_hint => "system",
        (None, "code") => "resident",
        (None, "system") => "system",
        _ => "",
    };
    let behalf_is_shown = match audience {
        Audience::Staff { contact } => contact,
        Audience::Petitioner => true,
    };
    let what = event.action.strip_prefix("request.").unwrap_or(&event.action);
    let heading = match (act, whose) {
        // Nobody called them: they said it themselves.
        (Some(Act::Verify), "resident") => "said",
        (None, _) if was_called(detail) => "called",
        (Some(Act::Assign), _) if is_taken(event) => "take",
        _ => what,
    };
    Step {
        what: what.to_owned(),
        heading: heading.to_owned(),
        icon: act.as_ref().map_or("info", look::icon).to_owned(),
        at: event.at,
        who,
        whose: whose.to_owned(),
        behalf: text(detail, "behalf").filter(|_| behalf_is_shown),
        word: word(act, detail),
        said: said(act, detail).filter(|_| may_hear(act, audience)),
        why: why(act, detail).filter(|_| may_hear(act, audience)),
        told_by: text(detail, "told_by").filter(|_| behalf_is_shown),
        told: tells(act) && detail["told"].as_bool() == Some(true),
        to: parts(event).or_else(|| to(detail, people)),
        until_at: until_at(detail).or_else(|| paused_until(act, event)),
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
    match act {
        Some(Act::Triage) => duty(detail),
        _ => ["text", "note"].iter().find_map(|field| text(detail, field)),
    }
}

/// What the chosen mode obliges to. The form has a field for each mode, and words may stand in
/// those of a mode that was left again: they were said to nobody.
fn duty(detail: &Json) -> Option<String> {
    let field = match Mode::parse(detail["mode"].as_str()?)? {
        Mode::OnOwn => "guidance",
        Mode::Common => "task",
        Mode::Assisted => "helper",
    };
    text(detail, field)
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
        Some(Act::Escalate) => {
            Some(key("layer", "to").unwrap_or_else(|| "escalated.top".to_owned()))
        }
        Some(Act::Contact) => either("reached", "reached.yes", "reached.no"),
        Some(Act::DecideExtension) => either("grant", "granted.yes", "granted.no"),
        Some(Act::DecideReopening) => either("grant", "reopened.yes", "reopened.no"),
        Some(Act::KeepConfidential) => {
            either("confidential", "confidential.yes", "confidential.no")
        }
        Some(Act::Verify) => Some(verdict(detail).to_owned()),
        Some(Act::Close) => closed(detail).map(str::to_owned),
        Some(_) => None,
        // The transfer of an emergency to its line (R4).
        None if was_called(detail) => key("called", "emergency"),
        None => key("emergency_line", "emergency"),
    }
}

/// Whether the emergency line had been called before it was written down.
fn was_called(detail: &Json) -> bool {
    detail["called"].as_bool() == Some(true)
}

/// On whose word an act closed it that does more than close.
fn closed(detail: &Json) -> Option<&'static str> {
    match AssertedBy::parse(detail["because"].as_str()?)? {
        AssertedBy::Resident => Some("closed.resident"),
        AssertedBy::Handler => Some("closed.handler"),
        AssertedBy::Callback | AssertedBy::Lapse => None,
    }
}

/// What was said of two facts, neither put for the other.
fn verdict(detail: &Json) -> &'static str {
    let said = |field: &str| detail[field].as_bool();
    match (said("solved"), said("satisfied")) {
        (None, None) if said("contacted") == Some(true) => "verdict.silent",
        (None, None) => "verdict.unreached",
        (Some(false), Some(true)) => "verdict.not_solved_satisfied",
        (Some(false), Some(false) | None) => "verdict.not_solved",
        (Some(true), Some(false)) => "verdict.solved_not_satisfied",
        (None, Some(false)) => "verdict.not_satisfied",
        (Some(true), Some(true)) => "verdict.happy",
        (Some(true), None) => "verdict.solved",
        (None, Some(true)) => "verdict.satisfied",
    }
}

/// Whether somebody asked themselves to handle it.
fn is_taken(event: &Event) -> bool {
    event.origin == "account" && event.actor.is_some() && id(&event.detail, "to") == event.actor
}

/// Acts whose form asks whether the resident was told.
fn tells(act: Option<Act>) -> bool {
    matches!(act, Some(Act::Pause | Act::AskExtension))
}

/// The numbers of the parts it was split into.
fn parts(event: &Event) -> Option<String> {
    let parts = event.outcome["children"].as_array()?;
    let numbers: Vec<&str> = parts.iter().filter_map(|part| part["number"].as_str()).collect();
    Some(numbers.join(" "))
}

/// The end of a pause that was not chosen is the longest the rules grant.
fn paused_until(act: Option<Act>, event: &Event) -> Option<Instant> {
    let until_at = event.outcome["paused_until_at"].as_str().filter(|_| act == Some(Act::Pause))?;
    Instant::parse(until_at).ok()
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

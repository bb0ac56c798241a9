//! How acts look on a page: name, address, icon, which one comes next, and which takes over words
//! whose own form is gone.

use kernel::Instant;
use web::Shell;

use crate::model::{Clock, PromiseState, Stage};
use crate::rules::workflow::Act;
use crate::views::{Named, Progress, RequestBody};

/// What an act is called on its button.
pub fn name(shell: &Shell<'_>, act: &Act) -> String {
    let bare = act.word().strip_prefix("request.").unwrap_or(act.word());
    shell.t(&format!("act.{bare}.name")).to_owned()
}

/// The last part of an act's address.
pub fn noun(act: &Act) -> &'static str {
    match act {
        Act::File => "",
        Act::Triage => "triage",
        Act::Assign => "assignment",
        Act::Accept => "acceptance",
        Act::Return => "return",
        Act::Contact => "contact",
        Act::AskExtension => "extension",
        Act::DecideExtension => "extension/decision",
        Act::Pause => "pause",
        Act::Resume => "resumption",
        Act::Split => "children",
        Act::Answer => "answer",
        Act::Verify => "verification",
        Act::Close => "closure",
        Act::AskReopening => "reopening",
        Act::DecideReopening => "reopening/decision",
        Act::Merge => "merge",
        Act::Unmerge => "unmerging",
        Act::Withdraw => "withdrawal",
        Act::Note => "notes",
        Act::Correct => "correction",
        Act::KeepConfidential => "confidentiality",
        Act::AddPhoto => "photos",
        Act::ClosePart | Act::ReopenPart | Act::Follow | Act::Escalate => "",
    }
}

/// Whether its form brings files along.
pub fn takes_files(act: &Act) -> bool {
    *act == Act::AddPhoto
}

/// Whether it takes back what was said, so that its button warns.
pub fn takes_back(act: &Act) -> bool {
    *act == Act::Withdraw
}

/// The icon beside an act's name.
pub fn icon(act: &Act) -> &'static str {
    match act {
        Act::File | Act::Note | Act::Correct => "pencil",
        Act::Triage => "list",
        Act::Assign => "send",
        Act::Accept => "hand",
        Act::Return => "corner-down-right",
        Act::Contact => "phone",
        Act::AskExtension | Act::DecideExtension => "alarm-clock",
        Act::Pause => "pause",
        Act::Resume => "play",
        Act::Split | Act::Unmerge | Act::ClosePart | Act::ReopenPart => "split",
        Act::Answer | Act::Follow => "message-circle",
        Act::Verify => "check-check",
        Act::Close => "check",
        Act::AskReopening | Act::DecideReopening => "rotate-ccw",
        Act::Merge => "merge",
        Act::Withdraw => "x",
        Act::KeepConfidential => "lock",
        Act::AddPhoto => "camera",
        Act::Escalate => "flag",
    }
}

/// The one obvious next act of this reader, if there is one.
pub fn next_act(body: &RequestBody) -> Option<Act> {
    let wanted = |act: &Act| may(body, *act);
    obvious(body).iter().copied().find(wanted)
}

/// What a request needs next of its reader, most needed first. What another has in hand is theirs:
/// a colleague may still step in, but is not asked to.
fn obvious(body: &RequestBody) -> &'static [Act] {
    if body.extension.is_some() && may(body, Act::DecideExtension) {
        return &[Act::DecideExtension];
    }
    let leads = body.you.contains(&"lead");
    match body.stage {
        Stage::Received => &[Act::Triage, Act::Assign],
        Stage::Triaged => &[Act::Assign, Act::Answer],
        Stage::Assigned => &[Act::Accept],
        Stage::InProgress if leads && nobody_spoke_yet(body) => &[Act::Contact, Act::Answer],
        Stage::InProgress if leads => &[Act::Answer],
        Stage::Waiting if leads => &[Act::Resume],
        Stage::Answered if body.state == TO_CLOSE => &[Act::Close],
        // Nobody was reached and the time for it is over: it may be closed, see the further acts.
        Stage::Answered => &[Act::Verify],
        Stage::ReopenRequested => &[Act::DecideReopening],
        Stage::InProgress | Stage::Waiting | Stage::Merged | Stage::Closed => &[],
    }
}

/// The state in which only closing is left.
const TO_CLOSE: &str = "to_close";

/// Whom a request waits for when its reader has nothing to do next.
pub fn awaited(shell: &Shell<'_>, body: &RequestBody) -> Option<String> {
    let of = |who: Option<&Named>| match who {
        Some(who) => who.name.clone(),
        None => shell.t("awaited.colleague").to_owned(),
    };
    let word = match body.stage {
        Stage::Received => "sort",
        Stage::Triaged => "hand_on",
        Stage::Assigned => {
            return Some(shell.t1("awaited.accept", "who", of(body.offered_to.as_ref())));
        }
        Stage::InProgress => {
            return Some(shell.t1("awaited.handle", "who", of(body.lead.as_ref())));
        }
        Stage::Waiting if body.state == "parts" => "parts",
        Stage::Waiting => "pause",
        Stage::Answered if body.state == TO_CLOSE => "close",
        Stage::Answered => "verify",
        Stage::ReopenRequested => "decide",
        Stage::Merged => "merged",
        Stage::Closed => return None,
    };
    Some(shell.tw("awaited", word))
}

/// Whether the reader leads it or answered it, and so may not refuse to do it again.
pub fn is_own(body: &RequestBody) -> bool {
    body.you.iter().any(|word| ["lead", "handler"].contains(word))
}

/// Whom the form of handing on leaves out: nobody has sorted it yet, so who wants it takes it by
/// sorting, where the way it is handled is said (R3).
pub fn not_asked(body: &RequestBody) -> String {
    let sorts = body.stage == Stage::Received && may(body, Act::Triage);
    body.reader.filter(|_| sorts).map_or_else(String::new, |reader| reader.to_string())
}

/// When a pause ends, as a person says it: from which day on the work goes on.
pub fn resumes(shell: &Shell<'_>, until: &Instant) -> String {
    if until.minute_of_day() == 0 {
        return shell.t1("request.resumes_on", "day", shell.day(&until.day()));
    }
    shell.t1("request.resumes_at", "moment", shell.when(until))
}

/// The act whose form was refused and that its reader may not do any more, because others were
/// quicker: its form is gone, its words must not be.
pub fn stranded(shell: &Shell<'_>, body: &RequestBody) -> Option<Act> {
    Act::parse(shell.refused_action()).filter(|act| !may(body, *act))
}

/// The same on the resident's page.
pub fn stranded_here(shell: &Shell<'_>, body: &Progress) -> Option<Act> {
    Act::parse(shell.refused_action()).filter(|act| !body.may(act.word()))
}

/// The form of the resident's page that takes on what was written into one that is gone: a matter
/// that is over and not well is asked for again, anything else is one more word to it.
pub fn way_on(shell: &Shell<'_>, body: &Progress) -> Option<Act> {
    let act = stranded_here(shell, body)?;
    let is_unhappy = act == Act::AskReopening
        || act == Act::Verify && shell.typed_in("satisfied") == Some("false");
    let reopens = is_unhappy && body.may(Act::AskReopening.word());
    let notes = !carried(shell).is_empty() && body.may(Act::Note.word());
    match (reopens, notes) {
        (true, _) => Some(Act::AskReopening),
        (false, true) => Some(Act::Note),
        (false, false) => None,
    }
}

/// The words of the form that is gone.
fn carried<'a>(shell: &'a Shell<'_>) -> &'a str {
    let typed = ["note", "reason", "text"].into_iter().filter_map(|field| shell.typed_in(field));
    typed.into_iter().find(|words| !words.trim().is_empty()).unwrap_or_default()
}

/// Whether that form of the resident's page takes the words on.
pub fn takes_on(shell: &Shell<'_>, body: &Progress, act: &str) -> bool {
    way_on(shell, body).is_some_and(|on| on.word() == act)
}

/// What such a form begins with.
pub fn begins_with<'a>(shell: &'a Shell<'_>, body: &Progress, act: &str) -> &'a str {
    if takes_on(shell, body, act) { carried(shell) } else { "" }
}

fn nobody_spoke_yet(body: &RequestBody) -> bool {
    let mut promises = body.promises.iter();
    promises.any(|one| one.clock == Clock::Contact && one.state == PromiseState::Running)
}

/// All further acts of this reader, in the order of a request's life.
pub fn further_acts(body: &RequestBody) -> Vec<Act> {
    let next = next_act(body);
    let open = |act: &Act| may(body, *act) && Some(*act) != next;
    Act::ALL.iter().copied().filter(open).collect()
}

/// Acts that are the program's own, or begin a request, have no form here.
fn may(body: &RequestBody, act: Act) -> bool {
    !noun(&act).is_empty() && body.may(act.word())
}

//! A form that grew stale: what was typed into it beside what others stored meanwhile, both in
//! words, field by field.

use kernel::Day;
use web::Shell;

use super::look;
use crate::model::Mode;
use crate::rules::workflow::Act;
use crate::views::{Progress, RequestBody, Step, VerificationBody};

/// A field's label and what stands in it.
type Fields = Vec<(String, String)>;

/// What was typed into the refused form of an act.
pub fn yours(shell: &Shell<'_>, body: &RequestBody, act: &Act) -> Fields {
    let typed = shell.typed().into_iter().filter(|(field, _)| *field != "request");
    typed
        .filter(|(field, _)| is_of_choice(shell, *act, field))
        .map(|(field, value)| {
            (shell.label(act.word(), field), typed_words(shell, body, *act, field, value))
        })
        .collect()
}

/// What is stored now in the fields of that form, where the request stands, and who did the last
/// step.
pub fn theirs(shell: &Shell<'_>, body: &RequestBody, act: &Act) -> Fields {
    let badge = look::badge(&body.stage, body.state, body.outcome.as_ref());
    let of_choice = |(field, _): &(&str, &str)| is_of_choice(shell, *act, field);
    let stored = shell.typed().into_iter().filter(of_choice).filter_map(|(field, _)| {
        let words = stored_words(shell, body, *act, field)?;
        let words = if words.is_empty() { shell.t("versions.nothing").to_owned() } else { words };
        Some((stored_label(shell, body, *act, field), words))
    });
    let mut fields: Fields = stored.collect();
    fields.push((shell.t("versions.state").to_owned(), shell.t(&badge.word).to_owned()));
    fields.extend(last_step(shell, body).map(|step| (shell.t("versions.last").to_owned(), step)));
    fields
}

/// Whether a field says something under the mode that was chosen. The form sends those of the other
/// modes along as they stood there, which nobody wrote (R3).
fn is_of_choice(shell: &Shell<'_>, act: Act, field: &str) -> bool {
    let Some(mode) = mode_of(act, field) else { return true };
    shell.typed_in("mode") == Some(mode.word())
}

/// The mode whose field it is; none for what every mode has.
fn mode_of(act: Act, field: &str) -> Option<Mode> {
    match (act, field) {
        (Act::Triage, "guidance" | "follow_up_on") => Some(Mode::OnOwn),
        (Act::Triage, "task") => Some(Mode::Common),
        (Act::Triage, "helper") => Some(Mode::Assisted),
        _ => None,
    }
}

/// What a stored field is called: the duty of another mode than the typed one is not called after
/// the typed one's.
fn stored_label(shell: &Shell<'_>, body: &RequestBody, act: Act, field: &str) -> String {
    let is_of_another =
        body.mode.is_some() && mode_of(act, field).is_some_and(|mode| body.mode != Some(mode));
    match field {
        "guidance" | "task" | "helper" if is_of_another => shell.t("field.duty").to_owned(),
        _ => shell.label(act.word(), field),
    }
}

/// What a resident sent with the refused form of an act, as their own page says it.
pub fn residents(shell: &Shell<'_>, act: &Act) -> Fields {
    let typed = |field| shell.typed_in(field).filter(|words| !words.is_empty());
    let said = |field, label: &str| Some((shell.t(label).to_owned(), typed(field)?.to_owned()));
    let fields = match act {
        Act::Verify => [verdict_sent(shell), said("note", "progress.reason")],
        Act::Note => [said("text", "progress.note_text"), None],
        Act::AskReopening => [said("reason", "progress.reopen_reason"), None],
        Act::Withdraw => [said("reason", "progress.withdraw_reason"), None],
        _ => [Some((shell.t("versions.act").to_owned(), look::name(shell, act))), None],
    };
    fields.into_iter().flatten().collect()
}

/// The button or the card a resident pressed.
fn verdict_sent(shell: &Shell<'_>) -> Option<(String, String)> {
    let word = match (shell.typed_in("solved")?, shell.typed_in("satisfied")) {
        ("true", Some("false")) => "progress.not_satisfied",
        ("true", _) => "progress.yes",
        _ => "progress.not_solved",
    };
    Some((shell.t("progress.ask").to_owned(), shell.t(word).to_owned()))
}

/// How their matter stands now, for a resident.
pub fn as_it_stands(shell: &Shell<'_>, body: &Progress) -> Fields {
    let mut fields = vec![(shell.t("versions.state").to_owned(), look::sentence(shell, body))];
    let last =
        body.timeline.last().map(|step| (shell.t("versions.last").to_owned(), told(shell, step)));
    fields.extend(last);
    fields
}

/// Who did what last, when, and what was said.
fn last_step(shell: &Shell<'_>, body: &RequestBody) -> Option<String> {
    body.timeline.last().map(|step| told(shell, step))
}

fn told(shell: &Shell<'_>, step: &Step) -> String {
    let who = step.who.as_ref().map(|who| look::named(shell, who));
    let parts =
        [who, Some(shell.tw("step", &step.what)), Some(shell.when(&step.at)), step.said.clone()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// A typed value as its form says it.
fn typed_words(
    shell: &Shell<'_>,
    body: &RequestBody,
    act: Act,
    field: &str,
    value: &str,
) -> String {
    let last = field.rsplit('.').next().unwrap_or_default();
    match (last, value) {
        ("mode" | "nature", _) => shell.tw(last, value),
        ("kind", _) => shell.tw("answer_kind", value),
        ("reason", _) if act == Act::Pause => shell.tw("pause_reason", value),
        ("topic", _) => topic(shell, body, value),
        ("assign_to" | "to", _) => {
            let named = body.colleagues.iter().find(|one| one.id.to_string() == value);
            named.map_or_else(|| value.to_owned(), |one| look::named(shell, one))
        }
        ("until_on" | "follow_up_on", _) => {
            Day::parse(value).map_or_else(|_| value.to_owned(), |day| shell.day(&day))
        }
        ("contacted" | "solved" | "satisfied", "true" | "false") => {
            let is = Some(value == "true");
            let said = VerificationBody { contacted: is == Some(true), solved: is, satisfied: is };
            verdict(shell, last, &said)
        }
        (_, "true") => shell.t("versions.yes").to_owned(),
        (_, "false") => shell.t("versions.no").to_owned(),
        _ => value.to_owned(),
    }
}

/// What is stored under a field of this act's form; nothing where the field is only said along
/// with the act, as a reason is.
fn stored_words(shell: &Shell<'_>, body: &RequestBody, act: Act, field: &str) -> Option<String> {
    let answer = body.answer.as_ref();
    match (act, field) {
        (Act::Correct, "text") => Some(body.words.clone()),
        (Act::Answer, "text") => Some(answer.map_or("", |one| &one.words).to_owned()),
        (Act::Answer, "kind") => {
            Some(answer.map_or_else(String::new, |one| shell.tw("answer_kind", one.kind.word())))
        }
        (Act::Answer, "redirect_to") => answer?.redirect_to.clone(),
        (Act::Answer, "redirect_contact") => answer?.redirect_contact.clone(),
        (Act::Verify, "contacted" | "solved" | "satisfied") => {
            let said = body.verification.as_ref();
            Some(said.map_or_else(String::new, |said| verdict(shell, field, said)))
        }
        (Act::Triage, "mode") => {
            Some(body.mode.map_or_else(String::new, |mode| shell.tw("mode", mode.word())))
        }
        (Act::Triage, "guidance" | "task" | "helper") => {
            Some(body.duty.clone().unwrap_or_default())
        }
        (Act::Triage, "follow_up_on") => {
            Some(body.follow_up_on.map_or_else(String::new, |day| shell.day(&day)))
        }
        (Act::Triage, "topic") => Some(shell.either(&body.topic_zh, &body.topic_en).to_owned()),
        (Act::Triage, "nature") => Some(shell.tw("nature", body.nature.word())),
        (Act::Triage | Act::Assign, "assign_to" | "to") => {
            let holder = body.offered_to.as_ref().or(body.lead.as_ref());
            Some(holder.map_or_else(String::new, |one| look::named(shell, one)))
        }
        (Act::Pause, "reason") => {
            let pause = body.pause.as_ref()?;
            Some(shell.tw("pause_reason", pause.reason.word()))
        }
        (Act::Pause, "until_on") => {
            let until = body.pause.as_ref()?.until_at?;
            Some(shell.day(&until.day()))
        }
        (Act::AskExtension, "until_on") => {
            Some(shell.day(&body.extension.as_ref()?.until_at.day()))
        }
        _ => None,
    }
}

fn verdict(shell: &Shell<'_>, field: &str, said: &VerificationBody) -> String {
    let word = match field {
        "contacted" => look::contacted(said),
        "solved" => look::solved(said),
        _ => look::satisfied(said),
    };
    shell.t(word).to_owned()
}

fn topic(shell: &Shell<'_>, body: &RequestBody, code: &str) -> String {
    let mut topics = body.topics.iter().flat_map(|group| &group.topics);
    let found = topics.find(|topic| topic.code == code);
    found.map_or_else(|| code.to_owned(), |topic| shell.either(&topic.zh, &topic.en).to_owned())
}

//! From sorting to the answer: who handles it, in which way, and what they tell the resident.

use kernel::{Day, Fault};
use uuid::Uuid;

use super::decide::{By, Case, Change, Draft, Follow, ensure, ensure_of};
use super::workflow::Act;
use crate::model::{Answer, AnswerKind, AssertedBy, Lines, Mode, Nature, Note, Short, Stage};
use crate::topics::{self, Topic};

/// The latest day a resident is looked after who was told how to do it: half a year.
const FOLLOW_UP_DAYS_MAX: i32 = 183;

/// How a request is sorted. Absent: as it was.
#[derive(Debug, Clone, Copy)]
pub struct Triage<'a> {
    pub nature: Option<Nature>,
    /// A code of the topic tree.
    pub topic: Option<&'a str>,
    pub mode: Mode,
    /// For [`Mode::OnOwn`]: what the resident was shown.
    pub guidance: Option<&'a Note>,
    /// For [`Mode::OnOwn`]: when somebody asks how it went.
    pub follow_up_on: Option<Day>,
    /// For [`Mode::Common`]: the topic for deliberation or the volunteers' task.
    pub task: Option<&'a Note>,
    /// For [`Mode::Assisted`]: who helps, when nobody is asked by `assign_to`.
    pub helper: Option<&'a Note>,
    pub assign_to: Option<Uuid>,
    /// Why it is sorted again.
    pub reason: Option<&'a Note>,
}

/// What the resident is told.
#[derive(Debug, Clone, Copy)]
pub struct Answering<'a> {
    pub words: &'a Note,
    pub kind: AnswerKind,
    /// Who is responsible, for [`AnswerKind::Redirected`].
    pub redirect_to: Option<&'a Short>,
    /// How to reach them.
    pub redirect_contact: Option<&'a Short>,
}

/// Sorts it: nature, topic, and the community's own maxim with the duty it brings (R3).
///
/// # Errors
/// `rule.r3_…` for a duty left out or a change without reason, `rule.follow_up_not_ahead`,
/// `rule.follow_up_too_late`, `fault.unknown_topic`, and those of [`assign`].
pub fn triage(case: &Case<'_>, triage: &Triage<'_>) -> Result<Change, Fault> {
    let mut draft = case.begin(Act::Triage, triage.reason)?;
    let again = draft.request.mode.is_some();
    ensure_of("reason", !again || triage.reason.is_some(), "rule.r3_change_needs_reason")?;
    take_duty(&mut draft, triage)?;
    if let Some(nature) = triage.nature {
        draft.request.nature = nature;
    }
    if let Some(code) = triage.topic.filter(|code| *code != case.request.topic) {
        let unknown = || Fault::new("fault.unknown_topic").at("topic");
        let topic = topics::topic(code).ok_or_else(unknown)?;
        take_topic(&mut draft, topic);
    }
    match (triage.assign_to, draft.request.stage) {
        (Some(to), _) => offer(&mut draft, to).map_err(|fault| fault.at("assign_to"))?,
        (None, Stage::Received) => draft.go(Stage::Triaged)?,
        (None, _) => draft.stay()?,
    }
    Ok(draft.finish())
}

/// Each mode obliges to something, so that none is a brush-off.
fn take_duty(draft: &mut Draft<'_>, triage: &Triage<'_>) -> Result<(), Fault> {
    let (duty, follow_up_on) = match triage.mode {
        Mode::OnOwn => {
            ensure_of("guidance", triage.guidance.is_some(), "rule.r3_self_needs_guidance")?;
            let missing = || Fault::new("rule.r3_self_needs_follow_up").at("follow_up_on");
            let follow_up_on = triage.follow_up_on.ok_or_else(missing)?;
            let ahead = draft.now.day().days_until(follow_up_on);
            ensure_of("follow_up_on", ahead > 0, "rule.follow_up_not_ahead")?;
            let soon = ahead <= FOLLOW_UP_DAYS_MAX;
            ensure_of("follow_up_on", soon, "rule.follow_up_too_late")?;
            (triage.guidance, Some(follow_up_on))
        }
        Mode::Common => {
            ensure_of("task", triage.task.is_some(), "rule.r3_common_needs_task")?;
            (triage.task, None)
        }
        Mode::Assisted => {
            let somebody = triage.helper.is_some() || triage.assign_to.is_some();
            ensure_of("helper", somebody, "rule.r3_assisted_needs_helper")?;
            (triage.helper, None)
        }
    };
    draft.request.mode = Some(triage.mode);
    draft.request.duty = duty.map(|words| words.as_str().to_owned());
    draft.request.follow_up_on = follow_up_on;
    Ok(())
}

/// A topic brings its layer and urgency. An emergency found only now is transferred now (R4).
fn take_topic(draft: &mut Draft<'_>, topic: &Topic) {
    draft.request.topic.clone_from(&topic.code);
    draft.request.layer = topic.layer;
    draft.reclass(topic.clock_class);
    let known = draft.request.emergencies;
    match topic.emergency {
        Some(line) if known.contains(line) => {}
        Some(line) => {
            draft.request.emergencies = Lines::NONE.with(line);
            draft.request.called = false;
            draft.follow(Follow::Transfer { line, called: false });
        }
        None => draft.request.emergencies = Lines::NONE,
    }
}

/// Asks somebody to handle it. The lead leads until they accept (R8); to ask oneself is to accept.
///
/// # Errors
/// `rule.not_in_stage`, `rule.already_lead`, `rule.r21_accused_may_not_handle`
pub fn assign(case: &Case<'_>, to: Uuid) -> Result<Change, Fault> {
    let mut draft = case.begin(Act::Assign, None)?;
    let leads_already = draft.request.stage == Stage::InProgress && draft.request.lead == Some(to);
    ensure_of("to", !leads_already, "rule.already_lead")?;
    offer(&mut draft, to).map_err(|fault| fault.at("to"))?;
    Ok(draft.finish())
}

/// Asks somebody, or takes it oneself.
pub(super) fn offer(draft: &mut Draft<'_>, to: Uuid) -> Result<(), Fault> {
    ensure(draft.request.accused != Some(to), "rule.r21_accused_may_not_handle")?;
    if draft.by.account == Some(to) {
        return take(draft, to);
    }
    draft.request.offered_to = Some(to);
    // Nobody wrote it down who could lead: whoever passes it on leads until it is accepted.
    draft.request.lead = draft.request.lead.or(draft.by.account);
    draft.go(Stage::Assigned)
}

fn take(draft: &mut Draft<'_>, lead: Uuid) -> Result<(), Fault> {
    draft.request.lead = Some(lead);
    draft.request.offered_to = None;
    draft.go(Stage::InProgress)
}

/// The one who was asked takes the lead (R8).
///
/// # Errors
/// `rule.not_in_stage`, `rule.r8_only_who_is_asked_accepts`
pub fn accept(case: &Case<'_>) -> Result<Change, Fault> {
    let mut draft = case.begin(Act::Accept, None)?;
    match case.by.account.filter(|_| case.by.account == case.request.offered_to) {
        Some(account) => take(&mut draft, account)?,
        None => return Err(Fault::new("rule.r8_only_who_is_asked_accepts")),
    }
    Ok(draft.finish())
}

/// Gives it back to be sorted. Whoever led leads on and the clocks run on (R8).
///
/// # Errors
/// `rule.not_in_stage`, `rule.r8_only_who_holds_it_returns`
pub fn give_back(case: &Case<'_>, reason: &Note) -> Result<Change, Fault> {
    let mut draft = case.begin(Act::Return, Some(reason))?;
    let holders = [case.request.offered_to, case.request.lead];
    let holds = case.by.account.is_some() && holders.contains(&case.by.account);
    ensure(holds, "rule.r8_only_who_holds_it_returns")?;
    draft.request.offered_to = None;
    let sorted = draft.request.mode.is_some();
    draft.go(if sorted { Stage::Triaged } else { Stage::Received })?;
    Ok(draft.finish())
}

/// Somebody tried to speak with the petitioner; the promise is kept only when they did.
///
/// # Errors
/// `rule.not_in_stage`
pub fn contact(case: &Case<'_>, reached: bool) -> Result<Change, Fault> {
    let mut draft = case.begin(Act::Contact, None)?;
    draft.request.contact_attempts += 1;
    if reached {
        draft.stay()?;
    }
    Ok(draft.finish())
}

/// Answers, in words the resident can read. A declined matter is answered too (R20).
///
/// # Errors
/// `rule.not_in_stage`, `rule.parts_open`, `rule.r16_redirect_needs_name`,
/// `rule.r16_redirect_needs_contact`, `rule.redirect_only_when_redirected`
pub fn answer(case: &Case<'_>, answering: &Answering<'_>) -> Result<Change, Fault> {
    let mut draft = case.begin(Act::Answer, Some(answering.words))?;
    ensure(draft.request.children_open == 0, "rule.parts_open")?;
    draft.request.answer = Some(Answer {
        kind: answering.kind,
        words: answering.words.as_str().to_owned(),
        redirect: redirect(answering)?,
    });
    let By { account, .. } = draft.by;
    // Who was asked and answers has accepted, and so has who answers what nobody was at work on:
    // the first receiver then only wrote it down, and may ask whether the answer is right (R12).
    let unheld = match draft.request.stage {
        Stage::Received | Stage::Triaged => true,
        Stage::Assigned
        | Stage::InProgress
        | Stage::Waiting
        | Stage::Answered
        | Stage::ReopenRequested
        | Stage::Merged
        | Stage::Closed => false,
    };
    let accepted = account.filter(|_| unheld || account == draft.request.offered_to);
    draft.request.lead = accepted.or(draft.request.lead).or(account);
    draft.request.handler = account;
    settle(&mut draft, answering.kind);
    draft.go(Stage::Answered)?;
    draft.follow(Follow::AnswerFollowers);
    Ok(draft.finish())
}

/// R16: who is responsible and how to reach them, exactly when it is redirected.
fn redirect(answering: &Answering<'_>) -> Result<Option<(String, String)>, Fault> {
    let owned = |line: &Short| line.as_str().to_owned();
    match (answering.kind, answering.redirect_to, answering.redirect_contact) {
        (AnswerKind::Redirected, None, _) => {
            Err(Fault::new("rule.r16_redirect_needs_name").at("redirect_to"))
        }
        (AnswerKind::Redirected, Some(_), None) => {
            Err(Fault::new("rule.r16_redirect_needs_contact").at("redirect_contact"))
        }
        (AnswerKind::Redirected, Some(to), Some(contact)) => Ok(Some((owned(to), owned(contact)))),
        (
            AnswerKind::Solved | AnswerKind::Explained | AnswerKind::Planned | AnswerKind::Declined,
            None,
            None,
        ) => Ok(None),
        (
            AnswerKind::Solved | AnswerKind::Explained | AnswerKind::Planned | AnswerKind::Declined,
            _,
            _,
        ) => Err(Fault::new("rule.redirect_only_when_redirected").at("kind")),
    }
}

/// What every answered request has in common: so says the handler, and nobody has asked the
/// resident yet.
pub(super) fn settle(draft: &mut Draft<'_>, kind: AnswerKind) {
    draft.request.outcome = Some(kind.outcome());
    draft.request.asserted_by = Some(AssertedBy::Handler);
    draft.request.answered_at = Some(draft.now);
    draft.request.offered_to = None;
    draft.request.extension = None;
    draft.request.verification = None;
    draft.request.contact_attempts = 0;
}

#[cfg(test)]
mod tests;

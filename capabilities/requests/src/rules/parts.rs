//! A request of several parts: one child for each who must act, and the parent waits.
//!
//! Parts have stages, clocks and leads of their own; the petitioner is answered once, by the
//! parent, when the last part is closed. There are no parts of parts.

use kernel::{Fault, Instant};
use uuid::Uuid;

use super::clocks::ClockPolicy;
use super::decide::{By, Case, Change, Draft, ensure};
use super::workflow::Act;
use super::{filing, handling};
use crate::model::{
    AssertedBy, CHILDREN_MAX, Lines, Note, Outcome, Pause, PauseReason, Request, RequestId, Stage,
    Words,
};
use crate::topics;

/// Fewer parts are none.
const CHILDREN_MIN: usize = 2;

/// One part to make.
#[derive(Debug, Clone)]
pub struct NewPart {
    pub id: RequestId,
    pub year: i64,
    pub serial: i64,
    pub words: Words,
    /// Absent: the parent's.
    pub topic: Option<String>,
    pub assign_to: Option<Uuid>,
}

/// The parent's side of a split into so many more parts; it waits, its clocks run on.
///
/// # Errors
/// `rule.child_of_child`, `rule.too_few_parts|min=`, `rule.too_many_parts|max=`,
/// `rule.resume_first`, `rule.not_in_stage`
pub fn split(case: &Case<'_>, parts: usize, existing: usize) -> Result<Change, Fault> {
    let mut draft = case.begin(Act::Split, None)?;
    ensure(draft.request.parent.is_none(), "rule.child_of_child")?;
    let paused = draft.request.pause.as_ref().map(|pause| pause.reason);
    ensure(paused.is_none_or(|reason| reason == PauseReason::Children), "rule.resume_first")?;
    let total = parts.saturating_add(existing);
    if parts == 0 || total < CHILDREN_MIN {
        return Err(Fault::new("rule.too_few_parts").with("min", CHILDREN_MIN).at("parts"));
    }
    if total > CHILDREN_MAX {
        return Err(Fault::new("rule.too_many_parts").with("max", CHILDREN_MAX).at("parts"));
    }
    // At most ten, see above.
    draft.request.children_open += i64::try_from(parts).unwrap_or(0);
    draft.request.pause = Some(Pause { reason: PauseReason::Children, until_at: None });
    draft.request.offered_to = None;
    draft.request.lead = draft.request.lead.or(case.by.account);
    draft.go(Stage::Waiting)?;
    Ok(draft.finish())
}

/// The child's side: what was said about the whole, with its own words, topic and clock.
/// `parent` is the row after [`split`].
///
/// # Errors
/// `fault.unknown_topic`, `rule.r21_accused_may_not_handle`
pub fn part(
    parent: &Request,
    new: &NewPart,
    by: By,
    now: Instant,
    policy: &ClockPolicy,
) -> Result<Change, Fault> {
    let code = new.topic.as_deref().unwrap_or(&parent.topic);
    let topic = topics::topic(code).ok_or_else(|| Fault::new("fault.unknown_topic").at("topic"))?;
    let filed = filing::Filing {
        id: new.id,
        year: new.year,
        serial: new.serial,
        words: new.words.clone(),
        household: parent.household,
        place: parent.place,
        spot_label: parent.spot_label.clone(),
        grid: parent.grid,
        petitioner: parent.petitioner.clone(),
        behalf: parent.behalf.clone(),
        recorder: by.account,
        channel: parent.channel,
        nature: parent.nature,
        topic: topic.code.clone(),
        clock_class: topic.clock_class,
        layer: topic.layer,
        emergencies: Lines::NONE,
        called: None,
        confidential: parent.confidential,
        accused: parent.accused,
        hears: None,
    };
    let row = Request {
        parent: Some(parent.id),
        mode: parent.mode,
        lead: parent.lead,
        ..filing::first_row(&filed, now)
    };
    let mut draft = Draft::new(Act::Split, row, by, now, policy);
    match new.assign_to {
        Some(to) => handling::offer(&mut draft, to).map_err(|fault| fault.at("assign_to"))?,
        None => draft.go(Stage::Triaged)?,
    }
    Ok(draft.finish())
}

/// On the parent: one part fewer is open; with the last one the work goes on.
///
/// # Errors
/// None in a sound store; `rule.not_in_stage` names a stage that cannot be.
pub fn close_part(case: &Case<'_>) -> Result<Change, Fault> {
    let mut draft = case.begin(Act::ClosePart, None)?;
    draft.request.children_open = (draft.request.children_open - 1).max(0);
    let waits = draft.request.pause.as_ref().is_some_and(is_for_parts);
    if waits && draft.request.children_open == 0 {
        draft.request.pause = None;
        draft.go(Stage::InProgress)?;
    }
    Ok(draft.finish())
}

fn is_for_parts(pause: &Pause) -> bool {
    pause.reason == PauseReason::Children
}

/// On the parent: one part more is open again; it cannot be answered before that one is closed.
///
/// # Errors
/// None in a sound store.
pub fn reopen_part(case: &Case<'_>) -> Result<Change, Fault> {
    let mut draft = case.begin(Act::ReopenPart, None)?;
    draft.request.children_open += 1;
    Ok(draft.finish())
}

/// On an open part, when the whole was withdrawn for this reason.
///
/// # Errors
/// `rule.not_in_stage` for a part that is closed.
pub fn withdraw_with_parent(case: &Case<'_>, reason: &Note) -> Result<Change, Fault> {
    let mut draft = case.begin(Act::Withdraw, Some(reason))?;
    draft.request.outcome = Some(Outcome::Withdrawn);
    draft.end(AssertedBy::Resident)?;
    Ok(draft.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Clock, PromiseState};
    use crate::rules::decide::Follow;
    use crate::rules::fixtures::{CLERK, HAPPY, HEAD, Story, at, id, note, solved};
    use crate::rules::{handling, verification};

    fn new_part(number: u128) -> NewPart {
        let words = Words::parse("换灯").unwrap();
        NewPart { id: id(number), year: 2026, serial: 7, words, topic: None, assign_to: None }
    }

    /// A parent with two parts, and the story of the first.
    fn family() -> (Story, Story) {
        let mut parent = Story::in_progress();
        parent.apply(|case| split(case, 2, 0));
        let mut child = parent.clone();
        let Story { by, now, ref policy, .. } = parent;
        let asked = NewPart { assign_to: Some(CLERK), ..new_part(200) };
        let change = part(&parent.request, &asked, by, now, policy).unwrap();
        child.promises = change.promises_after(&[]);
        child.request = change.request;
        (parent, child)
    }

    #[test]
    fn two_to_ten_parts() {
        for (parts, existing, expected) in [
            (1, 0, Err("rule.too_few_parts")),
            (0, 3, Err("rule.too_few_parts")),
            (2, 0, Ok(())),
            (1, 1, Ok(())),
            (10, 0, Ok(())),
            (11, 0, Err("rule.too_many_parts")),
            (3, 8, Err("rule.too_many_parts")),
        ] {
            let result = Story::in_progress().attempt(|case| split(case, parts, existing));
            assert_eq!(result, expected, "{parts} {existing}");
        }
    }

    #[test]
    fn a_part_has_a_clock_and_a_lead_of_its_own_and_no_parts() {
        let (_, mut child) = family();
        assert_eq!(child.request.parent, Some(id(100)));
        assert_eq!(child.stage(), Stage::Assigned);
        assert_eq!((child.request.lead, child.request.offered_to), (Some(HEAD), Some(CLERK)));
        assert_eq!(child.promise(Clock::Answer).due_at, at("2026-03-11T10:00"));
        assert_eq!(child.promises.len(), 1);
        let again = child.by(HEAD).attempt(|case| split(case, 2, 0));
        assert_eq!(again, Err("rule.child_of_child"));
    }

    #[test]
    fn an_unknown_topic_of_a_part_is_refused() {
        let story = Story::in_progress();
        let odd = NewPart { topic: Some("A99".into()), ..new_part(200) };
        let refused = part(&story.request, &odd, story.by, story.now, &story.policy);
        assert_eq!(refused.unwrap_err().key, "fault.unknown_topic");
    }

    #[test]
    fn the_parent_waits_for_its_last_part_with_its_clocks_running() {
        let (mut parent, _) = family();
        assert_eq!(parent.stage(), Stage::Waiting);
        assert_eq!(parent.promise(Clock::Answer).state, PromiseState::Running);
        assert_eq!(parent.attempt(super::super::delay::resume), Err("rule.parts_open"));
        parent.by_whom(By::SYSTEM).apply(close_part);
        assert_eq!((parent.stage(), parent.request.children_open), (Stage::Waiting, 1));
        parent.apply(close_part);
        assert_eq!((parent.stage(), parent.request.children_open), (Stage::InProgress, 0));
        assert_eq!(parent.request.pause, None);
    }

    #[test]
    fn a_part_that_closes_tells_its_parent() {
        let (_, mut child) = family();
        child.by(CLERK).apply(|case| handling::answer(case, &solved(&note("换好了"))));
        child.by(HEAD).apply(|case| verification::verify(case, HAPPY));
        child.apply(verification::close);
        assert_eq!(child.follow, [Follow::ClosePart { parent: id(100) }]);
        child.apply(|case| verification::ask_reopening(case, &note("又坏了")));
        assert_eq!(child.follow, [Follow::ReopenPart { parent: id(100) }]);
    }

    #[test]
    fn a_part_opened_again_keeps_the_parent_from_being_answered() {
        let (mut parent, _) = family();
        parent.apply(close_part).apply(close_part).apply(reopen_part);
        assert_eq!(parent.stage(), Stage::InProgress);
        let early = parent.attempt(|case| handling::answer(case, &solved(&note("好了"))));
        assert_eq!(early, Err("rule.parts_open"));
        parent.apply(close_part);
        parent.apply(|case| handling::answer(case, &solved(&note("好了"))));
    }

    #[test]
    fn parts_end_with_a_withdrawn_parent_and_do_not_tell_it() {
        let (mut parent, mut child) = family();
        parent.by_whom(By::PETITIONER).apply(|case| filing::withdraw(case, &note("不用了")));
        assert_eq!(parent.follow, [Follow::WithdrawParts, Follow::ReleaseFollowers]);
        assert_eq!(parent.request.children_open, 0);
        child.by_whom(By::SYSTEM).apply(|case| withdraw_with_parent(case, &note("不用了")));
        assert_eq!((child.stage(), child.follow.len()), (Stage::Closed, 0));
        assert_eq!(child.request.outcome, Some(Outcome::Withdrawn));
    }

    #[test]
    fn a_paused_request_is_resumed_before_it_is_split() {
        let mut story = Story::in_progress();
        story.apply(|case| super::super::delay::pause(case, PauseReason::Material, None, true));
        assert_eq!(story.attempt(|case| split(case, 2, 0)), Err("rule.resume_first"));
    }
}

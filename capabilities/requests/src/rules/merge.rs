//! The same matter told by several (R14): one is worked on, the others follow it.
//!
//! A follower keeps its petitioner, its query code and its rights: when the matter is answered it
//! is answered too, with the same words, and from then on it is verified, closed or opened again
//! by itself. Merging can be undone, and what was promised is then owed again from the first day.

use kernel::Fault;

use super::decide::{Case, Change, Draft, Follow, ensure};
use super::handling;
use super::workflow::Act;
use crate::model::{Outcome, Request, RequestId, Stage};

/// Lets a request follow another that is in hand. Into one that is answered already: the
/// petitioner is told the answer at once.
///
/// # Errors
/// `rule.merge_…`, `rule.parts_open`, `rule.r21_accused_may_not_handle`, `rule.not_in_stage`
pub fn merge(case: &Case<'_>, into: &Request) -> Result<Change, Fault> {
    let mut draft = case.begin(Act::Merge, None)?;
    ensure(draft.request.children_open == 0, "rule.parts_open")?;
    draft.end_pause();
    join(&mut draft, into).map_err(|fault| fault.at("into"))?;
    draft.follow(match draft.request.stage {
        // They cannot follow it any longer, but what it was told they are told.
        Stage::Answered => Follow::AnswerFollowers,
        Stage::Received
        | Stage::Triaged
        | Stage::Assigned
        | Stage::InProgress
        | Stage::Waiting
        | Stage::ReopenRequested
        | Stage::Merged
        | Stage::Closed => Follow::MoveFollowers { into: into.id },
    });
    Ok(draft.finish())
}

/// The follower's side of merging.
pub(super) fn join(draft: &mut Draft<'_>, into: &Request) -> Result<(), Fault> {
    ensure(draft.request.id != into.id, "rule.merge_into_itself")?;
    let parts = draft.request.parent.is_some() || into.parent.is_some();
    ensure(!parts, "rule.merge_of_parts")?;
    let led_by_accused = into.lead.is_some() && into.lead == draft.request.accused;
    ensure(!led_by_accused, "rule.r21_accused_may_not_handle")?;
    draft.request.merged_into = Some(into.id);
    draft.request.lead = draft.request.lead.or(into.lead);
    draft.request.offered_to = None;
    draft.request.extension = None;
    match into.stage {
        Stage::Received | Stage::Triaged | Stage::Assigned | Stage::InProgress | Stage::Waiting => {
            draft.request.outcome = Some(Outcome::Merged);
            draft.go(Stage::Merged)
        }
        Stage::Answered => be_told(draft, into),
        Stage::ReopenRequested => Err(Fault::new("rule.merge_into_undecided")),
        Stage::Merged => Err(Fault::new("rule.merge_into_merged")),
        Stage::Closed => Err(Fault::new("rule.merge_into_closed")),
    }
}

/// Takes over the answer of the matter it follows.
fn be_told(draft: &mut Draft<'_>, main: &Request) -> Result<(), Fault> {
    let answer = main.answer.clone().ok_or_else(|| Fault::new("rule.merge_into_undecided"))?;
    handling::settle(draft, answer.kind);
    draft.request.answer = Some(answer);
    draft.request.handler = main.handler;
    draft.request.lead = draft.request.lead.or(main.lead);
    draft.go(Stage::Answered)
}

/// The matter it follows was answered: so is this one, and its petitioner is asked for itself.
///
/// # Errors
/// `rule.not_in_stage`, `rule.merge_into_undecided` when there is no answer.
pub fn follow(case: &Case<'_>, main: &Request) -> Result<Change, Fault> {
    let mut draft = case.begin(Act::Follow, None)?;
    be_told(&mut draft, main)?;
    Ok(draft.finish())
}

/// Points a follower to the matter that its own matter was merged into.
///
/// # Errors
/// `rule.not_in_stage`
pub fn point(case: &Case<'_>, into: RequestId) -> Result<Change, Fault> {
    let mut draft = case.begin(Act::Follow, None)?;
    draft.request.merged_into = Some(into);
    Ok(draft.finish())
}

/// It was another matter after all. What was promised is owed as if it had never been merged.
///
/// # Errors
/// `rule.not_in_stage`
pub fn unmerge(case: &Case<'_>) -> Result<Change, Fault> {
    let mut draft = case.begin(Act::Unmerge, None)?;
    draft.request.merged_into = None;
    draft.request.outcome = None;
    draft.revive_clocks();
    let sorted = draft.request.mode.is_some();
    draft.go(if sorted { Stage::Triaged } else { Stage::Received })?;
    Ok(draft.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AssertedBy, Clock, PromiseState};
    use crate::rules::decide::By;
    use crate::rules::filing::{self, Filing};
    use crate::rules::fixtures::{
        CLERK, HAPPY, HEAD, REP, Story, UNHAPPY, at, filing as lamp, id, note, solved,
    };
    use crate::rules::handling;
    use crate::rules::verification::{decide_reopening, verify};

    fn follower() -> Story {
        let mut story = Story::in_progress();
        story.request.id = id(200);
        story
    }

    #[test]
    fn r14_a_follower_owes_nothing_and_keeps_its_petitioner() {
        let (main, mut story) = (Story::in_progress(), follower());
        story.by(CLERK).apply(|case| merge(case, &main.request));
        assert_eq!((story.stage(), story.request.merged_into), (Stage::Merged, Some(id(100))));
        assert_eq!(story.request.outcome, Some(Outcome::Merged));
        assert_eq!(story.promise(Clock::Answer).state, PromiseState::Void);
        assert_eq!(story.request.next_due_at, None);
        assert_eq!(story.follow, [Follow::MoveFollowers { into: id(100) }]);
    }

    #[test]
    fn what_may_be_merged_into_what() {
        let open = Story::in_progress().request;
        let with = |change: &dyn Fn(&mut Request)| {
            let mut into = open.clone();
            change(&mut into);
            into
        };
        for (into, expected) in [
            (open.clone(), Ok(())),
            (with(&|into| into.id = id(200)), Err("rule.merge_into_itself")),
            (with(&|into| into.parent = Some(id(9))), Err("rule.merge_of_parts")),
            (with(&|into| into.stage = Stage::Closed), Err("rule.merge_into_closed")),
            (with(&|into| into.stage = Stage::Merged), Err("rule.merge_into_merged")),
            (with(&|into| into.stage = Stage::ReopenRequested), Err("rule.merge_into_undecided")),
        ] {
            let result = follower().attempt(|case| merge(case, &into));
            assert_eq!(result, expected, "{:?}", into.stage);
        }
        let mut part = follower();
        part.request.parent = Some(id(9));
        assert_eq!(part.attempt(|case| merge(case, &open)), Err("rule.merge_of_parts"));
        let mut parent = follower();
        parent.request.children_open = 1;
        assert_eq!(parent.attempt(|case| merge(case, &open)), Err("rule.parts_open"));
        let mut about_head = follower();
        about_head.request.accused = Some(HEAD);
        let refused = about_head.by(CLERK).attempt(|case| merge(case, &open));
        assert_eq!(refused, Err("rule.r21_accused_may_not_handle"));
    }

    #[test]
    fn r14_every_petitioner_is_told_and_verifies_for_themselves() {
        let (main, mut story) = (Story::answered(), follower());
        assert_eq!(main.follow, [Follow::AnswerFollowers]);
        story.apply(|case| merge(case, &Story::in_progress().request));
        story.at("2026-03-03T10:00").by_whom(By::SYSTEM);
        story.apply(|case| follow(case, &main.request));
        assert_eq!(story.request.answer, main.request.answer);
        assert_eq!(story.promise(Clock::Verify).due_at, at("2026-03-06T10:00"));
        let by_handler = story.by(HEAD).attempt(|case| verify(case, HAPPY));
        assert_eq!(by_handler, Err("rule.r12_handler_may_not_verify"));
        let mut happy = story.clone();
        happy.by_whom(By::PETITIONER).apply(|case| verify(case, HAPPY));
        assert_eq!(happy.request.asserted_by, Some(AssertedBy::Resident));
        story.by_whom(By::PETITIONER).apply(|case| verify(case, UNHAPPY));
        story.by(CLERK).apply(|case| decide_reopening(case, true, &note("这边还不亮")));
        assert_eq!((story.stage(), story.request.merged_into), (Stage::InProgress, None));
        assert_eq!(story.promise(Clock::Answer).round, 1);
    }

    #[test]
    fn r14_told_again_after_the_answer_the_petitioner_is_told_the_answer() {
        let main = Story::answered();
        let (now, policy) = (at("2026-03-03T11:00"), &main.policy);
        let change = filing::file(&lamp(300), Some(&main.request), now, policy).unwrap();
        assert_eq!(change.request.stage, Stage::Answered);
        assert_eq!(change.request.answer, main.request.answer);
        assert_eq!(change.request.next_clock, Some(Clock::Verify));
        let mut story = follower();
        story.apply(|case| merge(case, &main.request));
        assert_eq!(story.follow, [Follow::AnswerFollowers]);
    }

    #[test]
    fn joined_at_the_door_it_follows_at_once() {
        let main = Story::in_progress();
        let unled = Filing { recorder: None, ..lamp(300) };
        let change = filing::file(&unled, Some(&main.request), main.now, &main.policy).unwrap();
        assert_eq!((change.request.stage, change.request.lead), (Stage::Merged, Some(HEAD)));
        assert!(change.promises.is_empty());
        let mut story = Story { request: change.request, promises: vec![], ..main };
        story.apply(unmerge);
        assert_eq!(story.stage(), Stage::Received);
        assert_eq!(story.promise(Clock::Accept).state, PromiseState::Running);
    }

    #[test]
    fn an_undone_merge_owes_what_it_owed() {
        let mut story = follower();
        let promises = story.promises.clone();
        story.apply(|case| merge(case, &Story::in_progress().request));
        story.at("2026-03-09T10:00").by(CLERK).apply(unmerge);
        assert_eq!((story.stage(), story.request.merged_into), (Stage::Triaged, None));
        assert_eq!(story.promises, promises);
        assert_eq!(story.request.outcome, None);
        assert_eq!(story.request.lead, Some(HEAD));
    }

    #[test]
    fn merged_out_of_a_pause_the_pause_is_over() {
        let mut story = follower();
        story.apply(|case| {
            let reason = crate::model::PauseReason::Material;
            super::super::delay::pause(case, reason, None, true)
        });
        story.at("2026-03-03T10:00").apply(|case| merge(case, &Story::in_progress().request));
        assert_eq!(story.request.pause, None);
        story.apply(unmerge);
        assert_eq!(story.promise(Clock::Answer).due_at, at("2026-03-12T09:00"));
    }

    #[test]
    fn followers_of_a_withdrawn_or_merged_matter_go_on() {
        let mut story = follower();
        story.apply(|case| merge(case, &Story::in_progress().request));
        story.by_whom(By::SYSTEM).apply(|case| point(case, id(400)));
        assert_eq!((story.stage(), story.request.merged_into), (Stage::Merged, Some(id(400))));
        story.apply(unmerge);
        story.by(REP);
        assert_eq!(story.attempt(|case| point(case, id(400))), Err("rule.not_in_stage"));
        story.by(HEAD).apply(|case| handling::answer(case, &solved(&note("好了"))));
    }
}

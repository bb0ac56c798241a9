//! After the answer: is it right? Asked by somebody else than who answered (R12), closed only
//! after an attempt to ask (R11), and opened again when the resident is unhappy.

use kernel::Fault;

use super::decide::{Case, Change, Draft, Follow, ensure, ensure_of};
use super::workflow::Act;
use crate::model::{AssertedBy, Clock, Mode, Note, Promise, Stage, Verification};

/// What the resident said, or that nobody was reached. Asked by who neither leads it nor answered
/// it (R12). Unhappy: a person must decide. By the resident's own hand solved, and nothing held
/// against it: closed, for whether they were satisfied is theirs to leave unsaid.
///
/// # Errors
/// `rule.r12_handler_may_not_verify`, `rule.r12_needs_a_person`, `rule.verdict_without_contact`,
/// `rule.verdict_needed`, `rule.not_in_stage`
pub fn verify(case: &Case<'_>, said: Verification) -> Result<Change, Fault> {
    let mut draft = case.begin(Act::Verify, None)?;
    let said = if case.by.is_petitioner { of_petitioner(said)? } else { of_callback(case, said)? };
    if !case.by.is_petitioner {
        draft.request.contact_attempts += 1;
    }
    if !said.contacted {
        // An attempt. What was heard before still holds.
        draft.request.verification = draft.request.verification.or(Some(said));
        return Ok(draft.finish());
    }
    draft.request.verification = Some(said);
    if said.is_unhappy() {
        draft.request.asserted_by = None;
        draft.go(Stage::ReopenRequested)?;
    } else if said.solved == Some(true) && case.by.is_petitioner {
        draft.close(AssertedBy::Resident)?;
        draft.follow(Follow::Closed(AssertedBy::Resident));
    } else {
        draft.stay()?;
    }
    Ok(draft.finish())
}

/// Whoever holds the code is there; they must say something.
fn of_petitioner(said: Verification) -> Result<Verification, Fault> {
    let verdict = said.solved.is_some() || said.satisfied.is_some();
    ensure_of("solved", verdict, "rule.verdict_needed")?;
    Ok(Verification { contacted: true, ..said })
}

fn of_callback(case: &Case<'_>, said: Verification) -> Result<Verification, Fault> {
    ensure(case.by.account.is_some(), "rule.r12_needs_a_person")?;
    ensure(!case.is_own(), "rule.r12_handler_may_not_verify")?;
    let verdict = said.solved.is_some() || said.satisfied.is_some();
    ensure_of("contacted", said.contacted || !verdict, "rule.verdict_without_contact")?;
    Ok(said)
}

/// Closes what was verified without complaint, or what could not be verified in time although
/// somebody tried; who leads it or answered it does not end it, for nobody judges their own work
/// (R12), unless it is a complaint about staff, which nobody else may see, and another heard the
/// resident. A self request only when its follow-up day has come.
///
/// # Errors
/// `rule.r11_no_contact_attempt`, `rule.r12_handler_may_not_close`,
/// `rule.verification_pending|due=`, `rule.follow_up_to_come|day=`, `rule.not_in_stage`
pub fn close(case: &Case<'_>) -> Result<Change, Fault> {
    let mut draft = case.begin(Act::Close, None)?;
    let day = draft.request.follow_up_on.filter(|_| draft.request.mode == Some(Mode::OnOwn));
    if let Some(day) = day.filter(|day| *day > case.now.day()) {
        return Err(Fault::new("rule.follow_up_to_come").with("day", day));
    }
    let heard = draft.request.verification.is_some_and(|said| said.contacted);
    let alone = heard && case.request.is_about_staff();
    ensure(alone || !case.is_own(), "rule.r12_handler_may_not_close")?;
    if heard {
        draft.close(AssertedBy::Callback)?;
    } else {
        check_lapse(case, &draft)?;
        draft.close(AssertedBy::Lapse)?;
    }
    Ok(draft.finish())
}

/// Nobody heard the resident: then somebody must have tried, and the time for it must be over.
fn check_lapse(case: &Case<'_>, draft: &Draft<'_>) -> Result<(), Fault> {
    ensure(draft.request.contact_attempts > 0, "rule.r11_no_contact_attempt")?;
    match draft.owed(Clock::Verify) {
        Some(Promise { due_at, .. }) if case.now < *due_at => {
            Err(Fault::new("rule.verification_pending").with("due", due_at))
        }
        Some(_) | None => Ok(()),
    }
}

/// Asks to open it again, within the window after it was closed; later it is a new request that
/// names this one (R15).
///
/// # Errors
/// `rule.r15_reopening_window_over|days=`, `rule.not_in_stage`
pub fn ask_reopening(case: &Case<'_>, reason: &Note) -> Result<Change, Fault> {
    let mut draft = case.begin(Act::AskReopening, Some(reason))?;
    let window = case.policy.terms.reopening;
    let end = draft.request.closed_at.map(|closed_at| case.policy.calendar.due(closed_at, window));
    if end.is_none_or(|end| case.now >= end) {
        return Err(Fault::new("rule.r15_reopening_window_over").with("window", window));
    }
    draft.request.asserted_by = None;
    draft.request.closed_at = None;
    if let Some(parent) = draft.request.parent {
        draft.follow(Follow::ReopenPart { parent });
    }
    draft.go(Stage::ReopenRequested)?;
    Ok(draft.finish())
}

/// A person decides on an unhappy resident's word. Granted: a new round with the same lead.
/// Refused: closed, as the community says; who leads it or answered it may not refuse.
///
/// # Errors
/// `rule.decision_needs_a_person`, `rule.handler_may_not_refuse_reopening`, `rule.not_in_stage`
pub fn decide_reopening(case: &Case<'_>, grant: bool, reason: &Note) -> Result<Change, Fault> {
    let mut draft = case.begin(Act::DecideReopening, Some(reason))?;
    ensure(case.by.account.is_some(), "rule.decision_needs_a_person")?;
    if grant {
        open_again(&mut draft)?;
    } else {
        ensure(!case.is_own(), "rule.handler_may_not_refuse_reopening")?;
        draft.close(AssertedBy::Handler)?;
        draft.follow(Follow::Closed(AssertedBy::Handler));
    }
    Ok(draft.finish())
}

/// A new round: no answer, no verdict, new promises, the same lead.
fn open_again(draft: &mut Draft<'_>) -> Result<(), Fault> {
    let request = &mut draft.request;
    request.reopenings += 1;
    request.outcome = None;
    request.asserted_by = None;
    request.answer = None;
    request.answered_at = None;
    request.verification = None;
    request.contact_attempts = 0;
    request.merged_into = None;
    let to = match (request.lead, request.dispatched_at) {
        (_, None) => Stage::Received,
        (Some(_), Some(_)) => Stage::InProgress,
        (None, Some(_)) => Stage::Triaged,
    };
    draft.go(to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Outcome, PromiseState};
    use crate::rules::decide::By;
    use crate::rules::fixtures::{
        CLERK, HAPPY, HEAD, NOT_REACHED, REP, SECRETARY, Story, UNDECIDED, UNHAPPY, assisted, at,
        day, note, solved,
    };
    use crate::rules::handling::{self, Triage};

    fn says(story: &mut Story, said: Verification) -> Result<(), &'static str> {
        story.attempt(|case| verify(case, said))
    }

    #[test]
    fn r12_callback_actor_is_not_handler() {
        let mut story = Story::answered();
        for said in [HAPPY, UNHAPPY, UNDECIDED, NOT_REACHED] {
            assert_eq!(says(story.by(HEAD), said), Err("rule.r12_handler_may_not_verify"));
            assert_eq!(says(story.by_whom(By::SYSTEM), said), Err("rule.r12_needs_a_person"));
        }
        assert_eq!(says(story.by(CLERK), HAPPY), Ok(()));
    }

    /// The grid head leads, the secretary types the answer: both handled it.
    #[test]
    fn r12_who_leads_neither_verifies_nor_closes_what_another_answered() {
        let mut story = Story::in_progress();
        story.by(SECRETARY).at("2026-03-03T10:00");
        story.apply(|case| handling::answer(case, &solved(&note("换好了"))));
        assert_eq!((story.request.lead, story.request.handler), (Some(HEAD), Some(SECRETARY)));
        for own in [HEAD, SECRETARY] {
            assert_eq!(says(story.by(own), HAPPY), Err("rule.r12_handler_may_not_verify"));
        }
        says(story.by(REP), HAPPY).unwrap();
        for own in [HEAD, SECRETARY] {
            assert_eq!(story.by(own).attempt(close), Err("rule.r12_handler_may_not_close"));
        }
        let mut doubted = story.clone();
        doubted.by(CLERK).apply(close);
        assert_eq!(doubted.stage(), Stage::Closed);
        says(story.by_whom(By::PETITIONER), UNHAPPY).unwrap();
        for own in [HEAD, SECRETARY] {
            let refused =
                story.by(own).attempt(|case| decide_reopening(case, false, &note("不属实")));
            assert_eq!(refused, Err("rule.handler_may_not_refuse_reopening"));
        }
        // To do it again is no judgement in one's own favour.
        story.by(HEAD).apply(|case| decide_reopening(case, true, &note("再去看看")));
    }

    #[test]
    fn who_answers_what_nobody_works_on_takes_the_lead() {
        let mut story = Story::filed();
        story.by(CLERK).apply(|case| handling::answer(case, &solved(&note("换好了"))));
        assert_eq!(story.request.lead, Some(CLERK));
        assert_eq!(says(story.by(CLERK), HAPPY), Err("rule.r12_handler_may_not_verify"));
        says(story.by(REP), HAPPY).unwrap();
    }

    #[test]
    fn three_separate_facts() {
        let solved_unheard = Verification { solved: Some(true), ..NOT_REACHED };
        let silent = Verification { contacted: true, ..NOT_REACHED };
        let content = Verification { satisfied: Some(true), ..silent };
        let clerk = By::account(CLERK);
        for (by, said, expected, stage) in [
            (clerk, HAPPY, Ok(()), Stage::Answered),
            (clerk, UNDECIDED, Ok(()), Stage::Answered),
            (clerk, silent, Ok(()), Stage::Answered),
            (clerk, NOT_REACHED, Ok(()), Stage::Answered),
            (clerk, UNHAPPY, Ok(()), Stage::ReopenRequested),
            (clerk, solved_unheard, Err("rule.verdict_without_contact"), Stage::Answered),
            (By::PETITIONER, HAPPY, Ok(()), Stage::Closed),
            (By::PETITIONER, UNDECIDED, Ok(()), Stage::Closed),
            (By::PETITIONER, content, Ok(()), Stage::Answered),
            (By::PETITIONER, UNHAPPY, Ok(()), Stage::ReopenRequested),
            (By::PETITIONER, silent, Err("rule.verdict_needed"), Stage::Answered),
        ] {
            let mut story = Story::answered();
            assert_eq!(says(story.by_whom(by), said), expected, "{by:?} {said:?}");
            assert_eq!(story.stage(), stage, "{by:?} {said:?}");
        }
    }

    #[test]
    fn the_petitioners_own_word_closes() {
        let mut story = Story::answered();
        says(story.by_whom(By::PETITIONER), HAPPY).unwrap();
        assert_eq!(story.request.asserted_by, Some(AssertedBy::Resident));
        assert_eq!(story.request.outcome, Some(Outcome::Solved));
        assert_eq!(story.promise(Clock::Verify).state, PromiseState::Met);
        assert_eq!(says(&mut story, HAPPY), Err("rule.not_in_stage"));
    }

    #[test]
    fn an_attempt_keeps_no_promise_and_takes_back_no_word() {
        let mut story = Story::answered();
        says(story.by(CLERK), NOT_REACHED).unwrap();
        assert_eq!(story.promise(Clock::Verify).state, PromiseState::Running);
        says(&mut story, HAPPY).unwrap();
        says(&mut story, NOT_REACHED).unwrap();
        assert_eq!(story.request.verification, Some(HAPPY));
        assert_eq!(story.request.contact_attempts, 3);
    }

    #[test]
    fn closed_by_callback_when_nobody_complained() {
        for said in [HAPPY, UNDECIDED] {
            let mut story = Story::answered();
            says(story.by(CLERK), said).unwrap();
            story.apply(close);
            assert_eq!(story.request.asserted_by, Some(AssertedBy::Callback));
            assert_eq!(story.request.closed_at, Some(story.now));
        }
    }

    /// Verify is due on Friday 6 March at 10:00.
    #[test]
    fn r11_no_close_without_an_attempt_to_contact() {
        let mut story = Story::answered();
        story.at("2026-03-06T10:00").by(CLERK);
        assert_eq!(story.attempt(close), Err("rule.r11_no_contact_attempt"));
        says(story.at("2026-03-05T10:00"), NOT_REACHED).unwrap();
        assert_eq!(story.at("2026-03-06T09:59").attempt(close), Err("rule.verification_pending"));
        story.at("2026-03-06T10:00");
        let own = story.by(HEAD).attempt(close);
        assert_eq!(own, Err("rule.r12_handler_may_not_close"));
        story.by(CLERK).apply(close);
        assert_eq!(story.request.asserted_by, Some(AssertedBy::Lapse));
        assert_eq!(story.promise(Clock::Verify).state, PromiseState::Missed);
    }

    #[test]
    fn r11_attempts_before_the_answer_do_not_count() {
        let mut story = Story::in_progress();
        story.apply(|case| handling::contact(case, true));
        story.apply(|case| handling::answer(case, &solved(&note("换好了"))));
        story.at("2026-03-10T10:00").by(CLERK);
        assert_eq!(story.attempt(close), Err("rule.r11_no_contact_attempt"));
    }

    #[test]
    fn a_self_request_closes_when_its_follow_up_day_has_come() {
        let (guidance, day) = (note("先关总阀再换垫片"), Some(day("2026-03-09")));
        let own = Triage {
            mode: Mode::OnOwn,
            guidance: Some(&guidance),
            follow_up_on: day,
            assign_to: None,
            ..assisted(None)
        };
        let mut story = Story::filed();
        story.by(HEAD).apply(|case| handling::triage(case, &own));
        story.apply(|case| handling::answer(case, &solved(&note("教会了"))));
        says(story.by(CLERK), HAPPY).unwrap();
        assert_eq!(story.at("2026-03-08T23:59").attempt(close), Err("rule.follow_up_to_come"));
        story.at("2026-03-09T00:00").apply(close);
    }

    #[test]
    fn an_unhappy_word_must_be_decided_and_starts_its_clock() {
        let mut story = Story::answered();
        says(story.by_whom(By::PETITIONER), UNHAPPY).unwrap();
        assert_eq!(story.request.next_clock, Some(Clock::Decide));
        assert_eq!(story.request.next_due_at, Some(at("2026-03-04T10:00")));
        let why = note("修过又坏，属实");
        let alone = story.attempt(|case| decide_reopening(case, true, &why));
        assert_eq!(alone, Err("rule.decision_needs_a_person"));
        let own = story.by(HEAD).attempt(|case| decide_reopening(case, false, &why));
        assert_eq!(own, Err("rule.handler_may_not_refuse_reopening"));
    }

    #[test]
    fn a_granted_reopening_is_a_new_round_with_the_same_lead() {
        let mut story = Story::answered();
        says(story.by(CLERK), UNHAPPY).unwrap();
        story.at("2026-03-04T09:00").apply(|case| decide_reopening(case, true, &note("属实")));
        let request = &story.request;
        assert_eq!((request.stage, request.lead), (Stage::InProgress, Some(HEAD)));
        assert_eq!((request.reopenings, &request.answer, request.outcome), (1, &None, None));
        assert_eq!(story.promise(Clock::Answer).round, 1);
        assert_eq!(story.promise(Clock::Answer).due_at, at("2026-03-13T09:00"));
        assert_eq!(story.promise(Clock::Decide).state, PromiseState::Met);
        // Answered and verified once more, in the second round.
        story.by(HEAD).apply(|case| handling::answer(case, &solved(&note("又换了"))));
        assert_eq!(story.promise(Clock::Verify).round, 1);
    }

    #[test]
    fn a_refused_reopening_is_closed_in_the_communitys_name() {
        let mut story = Story::answered();
        says(story.by_whom(By::PETITIONER), UNHAPPY).unwrap();
        story.by(CLERK).apply(|case| decide_reopening(case, false, &note("灯是亮的，有照片")));
        let request = &story.request;
        assert_eq!(
            (request.stage, request.asserted_by),
            (Stage::Closed, Some(AssertedBy::Handler))
        );
        assert_eq!(request.outcome, Some(Outcome::Solved));
        // It may be asked again; each asking has its own promise.
        story.apply(|case| ask_reopening(case, &note("晚上又不亮")));
        assert_eq!(story.promise(Clock::Decide).round, 1);
    }

    /// Closed on Tuesday 3 March at 10:00; the window is fifteen days of the wall clock.
    #[test]
    fn r15_reopening_within_fifteen_days_half_open() {
        for (now, expected) in [
            ("2026-03-04T10:00", Ok(())),
            ("2026-03-18T09:59", Ok(())),
            ("2026-03-18T10:00", Err("rule.r15_reopening_window_over")),
            ("2026-03-30T10:00", Err("rule.r15_reopening_window_over")),
        ] {
            let mut story = Story::answered();
            says(story.by_whom(By::PETITIONER), HAPPY).unwrap();
            let asked = story.at(now).attempt(|case| ask_reopening(case, &note("又坏了")));
            assert_eq!(asked, expected, "{now}");
        }
    }

    #[test]
    fn r15_the_window_runs_from_closing_not_from_the_last_word() {
        let mut story = Story::answered();
        says(story.by_whom(By::PETITIONER), HAPPY).unwrap();
        story.at("2026-03-17T10:00");
        story.apply(|case| super::super::filing::note(case, &note("谢谢")));
        story.at("2026-03-20T10:00");
        let late = story.attempt(|case| ask_reopening(case, &note("又坏了")));
        assert_eq!(late, Err("rule.r15_reopening_window_over"));
    }

    #[test]
    fn what_was_withdrawn_unsorted_is_opened_unsorted() {
        let mut story = Story::filed();
        story.by_whom(By::PETITIONER);
        story.apply(|case| super::super::filing::withdraw(case, &note("算了")));
        story.apply(|case| ask_reopening(case, &note("还是要修")));
        story.by(CLERK).apply(|case| decide_reopening(case, true, &note("好")));
        assert_eq!(story.stage(), Stage::Received);
        assert_eq!(story.promise(Clock::Accept).round, 1);
        assert_eq!(story.promise(Clock::Accept).state, PromiseState::Running);
    }
}

//! Sorting, handing over, speaking with the resident, answering.

use super::*;
use crate::model::{Clock, ClockClass, Emergency, Layer, PromiseState};
use crate::rules::filing::Filing;
use crate::rules::fixtures::{
    CLERK, HEAD, REP, SECRETARY, Story, assisted, at, day, filing, note, solved,
};

fn on_own(guidance: Option<&Note>, follow_up_on: Option<Day>) -> Triage<'_> {
    let base = assisted(None);
    Triage { mode: Mode::OnOwn, guidance, follow_up_on, assign_to: None, ..base }
}

#[test]
fn r3_each_mode_brings_its_duty() {
    let words = note("给楼上看总阀，周五再问一次");
    let said = Some(&words);
    let friday = Some(day("2026-03-06"));
    let nobody = Triage { assign_to: None, ..assisted(None) };
    let common = Triage { mode: Mode::Common, ..nobody };
    for (triage, expected) in [
        (on_own(None, friday), Err("rule.r3_self_needs_guidance")),
        (on_own(said, None), Err("rule.r3_self_needs_follow_up")),
        (on_own(said, Some(day("2026-03-02"))), Err("rule.follow_up_not_ahead")),
        (on_own(said, Some(day("2026-09-02"))), Err("rule.follow_up_too_late")),
        (on_own(said, friday), Ok(())),
        (common, Err("rule.r3_common_needs_task")),
        (Triage { task: said, ..common }, Ok(())),
        (nobody, Err("rule.r3_assisted_needs_helper")),
        (Triage { helper: said, ..nobody }, Ok(())),
        (assisted(None), Ok(())),
    ] {
        let result = Story::filed().attempt(|case| super::triage(case, &triage));
        assert_eq!(result, expected, "{triage:?}");
    }
}

#[test]
fn r3_a_change_of_mode_needs_a_reason() {
    let mut story = Story::in_progress();
    let refused = story.by(CLERK).attempt(|case| triage(case, &assisted(None)));
    assert_eq!(refused, Err("rule.r3_change_needs_reason"));
    let (why, task) = (note("大家一起商量更好"), note("楼道灯轮流看管"));
    let base = assisted(Some(&why));
    let common = Triage { mode: Mode::Common, task: Some(&task), assign_to: None, ..base };
    story.apply(|case| triage(case, &common));
    assert_eq!(story.request.mode, Some(Mode::Common));
    assert_eq!(story.request.duty.as_deref(), Some(task.as_str()));
    assert_eq!(story.stage(), Stage::InProgress);
}

#[test]
fn r4_an_emergency_found_when_sorting_is_transferred_then() {
    let mut story = Story::filed();
    let gas = Triage { topic: Some("B03"), ..assisted(None) };
    story.by(CLERK).apply(|case| triage(case, &gas));
    assert_eq!(story.follow, [Follow::Transfer { line: Emergency::Fire, called: false }]);
    assert_eq!(story.request.emergencies.first(), Some(Emergency::Fire));
    assert_eq!(story.request.layer, Layer::External);
    assert_eq!(story.promise(Clock::Answer).due_at, at("2026-03-02T11:00"));
    // A false alarm is taken back by sorting it as what it was.
    let why = note("是饭店的油烟味");
    let fumes = Triage { topic: Some("C03"), ..assisted(Some(&why)) };
    story.apply(|case| triage(case, &fumes));
    assert!(story.request.emergencies.is_empty());
    assert!(story.follow.is_empty());
}

#[test]
fn an_unknown_topic_is_refused() {
    let triage = Triage { topic: Some("Z99"), ..assisted(None) };
    let refused = Story::filed().attempt(|case| super::triage(case, &triage));
    assert_eq!(refused, Err("fault.unknown_topic"));
}

#[test]
fn r5_the_first_dispatch_promises_contact_and_answer() {
    let mut story = Story::filed();
    assert_eq!(story.request.next_clock, Some(Clock::Accept));
    assert_eq!(story.request.next_due_at, Some(at("2026-03-03T09:00")));
    story.at("2026-03-02T15:00").by(CLERK).apply(|case| assign(case, HEAD));
    assert_eq!(story.request.dispatched_at, Some(at("2026-03-02T15:00")));
    assert_eq!(story.promise(Clock::Contact).due_at, at("2026-03-04T15:00"));
    assert_eq!(story.promise(Clock::Answer).due_at, at("2026-03-11T15:00"));
    // Nobody has sorted it yet: that is still owed, and due first.
    assert_eq!(story.request.next_clock, Some(Clock::Accept));
}

#[test]
fn clocks_are_not_started_again_by_a_return_or_a_second_sorting() {
    let mut story = Story::in_progress();
    let promised = story.promise(Clock::Answer).clone();
    story.at("2026-03-05T09:00").apply(|case| give_back(case, &note("不是我这里的")));
    assert_eq!(story.stage(), Stage::Triaged);
    story.by(CLERK).apply(|case| triage(case, &assisted(Some(&note("改派")))));
    story.by(HEAD).apply(accept);
    assert_eq!(*story.promise(Clock::Answer), promised);
    assert_eq!(story.promises.len(), 3);
}

#[test]
fn a_later_sorting_may_hasten_a_promise_but_never_put_it_off() {
    let why = note("情况不同");
    for (topic, due_at) in [("A05", "2026-03-03T09:00"), ("A07", "2026-03-11T09:00")] {
        let mut story = Story::in_progress();
        let sorted = Triage { topic: Some(topic), ..assisted(Some(&why)) };
        story.by(CLERK).apply(|case| triage(case, &sorted));
        assert_eq!(story.promise(Clock::Answer).due_at, at(due_at), "{topic}");
        // What was promised is also what pauses and extensions are measured by.
        assert!(story.request.clock_class <= ClockClass::U3, "{topic}");
    }
}

#[test]
fn before_the_first_dispatch_sorting_sets_the_class_freely() {
    let mut story = Story::filed();
    let slow = Triage { topic: Some("A07"), ..assisted(None) };
    story.by(CLERK).apply(|case| triage(case, &slow));
    assert_eq!(story.request.clock_class, ClockClass::U4);
    assert_eq!(story.promise(Clock::Answer).due_at, at("2026-03-23T09:00"));
}

#[test]
fn r8_the_first_receiver_leads_until_another_accepts() {
    let mut story = Story::filed();
    assert_eq!(story.request.lead, Some(REP));
    story.by(CLERK).apply(|case| assign(case, HEAD));
    assert_eq!((story.request.lead, story.request.offered_to), (Some(REP), Some(HEAD)));
    for stranger in [REP, CLERK] {
        let refused = story.by(stranger).attempt(accept);
        assert_eq!(refused, Err("rule.r8_only_who_is_asked_accepts"));
    }
    let stranger = story.by(SECRETARY).attempt(|case| give_back(case, &note("不归我管")));
    assert_eq!(stranger, Err("rule.r8_only_who_holds_it_returns"));
    story.by(HEAD).apply(|case| give_back(case, &note("不归我管")));
    assert_eq!((story.request.lead, story.request.offered_to), (Some(REP), None));
    assert_eq!(story.stage(), Stage::Received);
    story.by(CLERK).apply(|case| assign(case, HEAD)).by(HEAD).apply(accept);
    assert_eq!((story.request.lead, story.request.offered_to), (Some(HEAD), None));
    assert_eq!(story.promise(Clock::Accept).owner, Some(REP));
}

#[test]
fn r8_who_passes_on_what_nobody_leads_leads_it() {
    let mut story = Story::of(&Filing { recorder: None, ..filing(1) });
    assert_eq!(story.request.lead, None);
    story.by(CLERK).apply(|case| assign(case, HEAD));
    assert_eq!(story.request.lead, Some(CLERK));
}

#[test]
fn to_ask_oneself_is_to_accept() {
    let mut story = Story::filed();
    story.by(CLERK).apply(|case| assign(case, CLERK));
    assert_eq!((story.stage(), story.request.lead), (Stage::InProgress, Some(CLERK)));
    assert_eq!(story.promise(Clock::Accept).state, PromiseState::Met);
    let again = story.attempt(|case| assign(case, CLERK));
    assert_eq!(again, Err("rule.already_lead"));
}

#[test]
fn r11_an_attempt_counts_but_keeps_no_promise() {
    let mut story = Story::in_progress();
    story.apply(|case| contact(case, false));
    assert_eq!(story.promise(Clock::Contact).state, PromiseState::Running);
    story.apply(|case| contact(case, true));
    assert_eq!(story.promise(Clock::Contact).state, PromiseState::Met);
    assert_eq!(story.request.contact_attempts, 2);
}

#[test]
fn promises_are_half_open_at_their_due_instant() {
    for (now, state) in
        [("2026-03-04T08:59", PromiseState::Met), ("2026-03-04T09:00", PromiseState::Missed)]
    {
        let mut story = Story::in_progress();
        story.at(now).apply(|case| contact(case, true));
        assert_eq!(story.promise(Clock::Contact).state, state, "{now}");
    }
}

#[test]
fn an_answer_ends_what_was_promised_until_then() {
    let story = Story::answered();
    assert_eq!(story.stage(), Stage::Answered);
    assert_eq!(story.promise(Clock::Answer).state, PromiseState::Met);
    assert_eq!(story.promise(Clock::Contact).state, PromiseState::Void);
    assert_eq!(story.request.next_clock, Some(Clock::Verify));
    assert_eq!(story.request.next_due_at, Some(at("2026-03-06T10:00")));
    assert_eq!(story.request.handler, Some(HEAD));
    assert_eq!(story.request.asserted_by, Some(AssertedBy::Handler));
}

#[test]
fn what_was_late_when_answered_stays_missed() {
    let mut story = Story::in_progress();
    story.at("2026-03-12T09:00").apply(|case| answer(case, &solved(&note("好了"))));
    assert_eq!(story.promise(Clock::Contact).state, PromiseState::Missed);
    assert_eq!(story.promise(Clock::Answer).state, PromiseState::Missed);
}

#[test]
fn who_was_asked_and_answers_has_accepted() {
    let mut story = Story::filed();
    story.by(CLERK).apply(|case| assign(case, HEAD));
    story.by(HEAD).apply(|case| answer(case, &solved(&note("换好了"))));
    assert_eq!((story.request.lead, story.request.offered_to), (Some(HEAD), None));
}

#[test]
fn r16_a_redirect_names_who_is_responsible_and_how_to_reach_them() {
    let words = note("归供水公司管");
    let (to, contact) =
        (Short::parse("供水公司").unwrap(), Short::parse("96116，大厅一楼").unwrap());
    let (to, contact) = (Some(&to), Some(&contact));
    use AnswerKind::{Redirected, Solved};
    for (kind, redirect_to, redirect_contact, expected) in [
        (Redirected, None, contact, Err("rule.r16_redirect_needs_name")),
        (Redirected, to, None, Err("rule.r16_redirect_needs_contact")),
        (Redirected, to, contact, Ok(())),
        (Solved, to, contact, Err("rule.redirect_only_when_redirected")),
        (Solved, None, contact, Err("rule.redirect_only_when_redirected")),
        (Solved, None, None, Ok(())),
    ] {
        let answering = Answering { words: &words, kind, redirect_to, redirect_contact };
        let result = Story::in_progress().attempt(|case| answer(case, &answering));
        assert_eq!(result, expected, "{answering:?}");
    }
}

#[test]
fn r20_a_matter_outside_the_duty_list_is_declined_on_record() {
    let mut story = Story::in_progress();
    let words = note("不在社区职责清单内，已说明理由");
    let declined = Answering { kind: AnswerKind::Declined, ..solved(&words) };
    story.apply(|case| answer(case, &declined));
    assert_eq!(story.request.outcome, Some(crate::model::Outcome::Declined));
    assert_eq!(story.request.answer.as_ref().map(|a| a.words.as_str()), Some(words.as_str()));
}

#[test]
fn r21_the_accused_has_no_part() {
    let accused = Filing { accused: Some(HEAD), ..filing(1) };
    let mut story = Story::of(&accused);
    let asked = story.by(CLERK).attempt(|case| assign(case, HEAD));
    assert_eq!(asked, Err("rule.r21_accused_may_not_handle"));
    let sorted = story.attempt(|case| triage(case, &assisted(None)));
    assert_eq!(sorted, Err("rule.r21_accused_may_not_handle"));
    for act in [contact(&story.by(HEAD).case(), true), assign(&story.case(), HEAD)] {
        assert_eq!(act.unwrap_err().key, "rule.r21_accused_has_no_part");
    }
}

//! Whatever is done in whatever order, some things never happen.

use std::time::Duration;

use kernel::Instant;
use proptest::prelude::*;
use uuid::Uuid;

use super::decide::By;
use super::filing::Filing;
use super::fixtures::{
    CLERK, HAPPY, HEAD, NOT_REACHED, REP, SECRETARY, Story, UNDECIDED, UNHAPPY, assisted, filing,
    id, note, solved,
};
use super::handling::Triage;
use super::workflow::{Act, allows};
use super::{clocks, delay, escalate, handling, merge, parts, verification};
use crate::model::{Clock, Layer, PauseReason, Promise, PromiseState, Request, Stage};

/// One attempt at something, by somebody, some time after the last.
#[derive(Debug, Clone, Copy)]
struct Attempt {
    act: Act,
    who: usize,
    hours: u64,
    /// Which of the act's variants.
    choice: usize,
}

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    let one = (0..Act::ALL.len(), 0usize..6, 0u64..24, 0usize..16)
        .prop_map(|(act, who, hours, choice)| Attempt { act: Act::ALL[act], who, hours, choice });
    prop::collection::vec(one, 0..120)
}

fn whom(who: usize) -> By {
    let people = [REP, HEAD, CLERK, SECRETARY].map(By::account);
    people.into_iter().chain([By::SYSTEM, By::PETITIONER]).nth(who).unwrap_or(By::SYSTEM)
}

/// Just filed, with the whole way up before it.
fn at_the_reps() -> Story {
    Story::of(&Filing { layer: Layer::Rep, ..filing(100) })
}

/// Tries it, and tells whether it was done.
fn attempt(story: &mut Story, attempt: Attempt) -> bool {
    let Attempt { act, who, hours, choice } = attempt;
    story.now = story.now.plus(Duration::from_secs(hours * 3_600));
    story.by_whom(whom(who));
    let words = note("因为");
    let person: Uuid = [REP, HEAD, CLERK, SECRETARY][choice % 4];
    let yes = choice % 2 == 0;
    let later = story.now.day().plus_days(i32::try_from(choice).unwrap_or(0));
    let topic = Some(["A01", "A05", "A07", "B03"][choice % 4]);
    let triage = Triage { topic, assign_to: Some(person), ..assisted(Some(&words)) };
    let mut main = Story::answered().request;
    main.id = id(999);
    let result = match act {
        Act::File => return false,
        Act::Triage => story.attempt(|case| handling::triage(case, &triage)),
        Act::Assign => story.attempt(|case| handling::assign(case, person)),
        Act::Accept => story.attempt(handling::accept),
        Act::Return => story.attempt(|case| handling::give_back(case, &words)),
        Act::Contact => story.attempt(|case| handling::contact(case, yes)),
        Act::AskExtension => {
            story.attempt(|case| delay::ask_extension(case, later, &words, choice != 0))
        }
        Act::DecideExtension => {
            story.attempt(|case| delay::decide_extension(case, yes, Some(&words)))
        }
        Act::Pause => {
            let reason = PauseReason::ALL[choice % PauseReason::ALL.len()];
            story.attempt(|case| delay::pause(case, reason, yes.then_some(later), choice != 0))
        }
        Act::Resume => story.attempt(delay::resume),
        Act::Split => story.attempt(|case| parts::split(case, choice % 4, 0)),
        Act::ClosePart if story.request.children_open > 0 => story.attempt(parts::close_part),
        Act::ReopenPart if choice == 0 => story.attempt(parts::reopen_part),
        Act::ClosePart | Act::ReopenPart => return false,
        Act::Answer => story.attempt(|case| handling::answer(case, &solved(&words))),
        Act::Follow => story.attempt(|case| merge::follow(case, &main)),
        Act::Verify => {
            let said = [HAPPY, UNHAPPY, UNDECIDED, NOT_REACHED][choice % 4];
            story.attempt(|case| verification::verify(case, said))
        }
        Act::Close => story.attempt(verification::close),
        Act::AskReopening => story.attempt(|case| verification::ask_reopening(case, &words)),
        Act::DecideReopening => {
            story.attempt(|case| verification::decide_reopening(case, yes, &words))
        }
        Act::Merge => {
            if yes {
                main.stage = Stage::InProgress;
            }
            story.attempt(|case| merge::merge(case, &main))
        }
        Act::Unmerge => story.attempt(merge::unmerge),
        Act::Withdraw if choice < 3 => story.attempt(|case| super::filing::withdraw(case, &words)),
        Act::Withdraw => return false,
        Act::Note => story.attempt(|case| super::filing::note(case, &words)),
        Act::Correct => {
            let words = crate::model::Words::parse("改正").unwrap();
            story.attempt(|case| super::filing::correct(case, &words, &note("听错")))
        }
        Act::KeepConfidential => story.attempt(|case| super::filing::keep_confidential(case, yes)),
        Act::AddPhoto => story.attempt(|case| super::filing::add_photos(case, 1)),
        Act::Escalate => story.attempt(escalate::escalate),
    };
    result.is_ok()
}

/// What holds of every row with its promises.
fn check_row(story: &Story) {
    let Request { stage, .. } = story.request;
    let request = &story.request;
    let running: Vec<&Promise> =
        story.promises.iter().filter(|of| of.state == PromiseState::Running).collect();
    let first = running.iter().map(|promise| promise.due_at).min();
    assert_eq!(request.next_due_at, first);
    assert_eq!(request.next_clock.is_some(), first.is_some());
    assert!(request.extensions <= 1);
    assert!(request.lead.is_some());
    assert_eq!(stage == Stage::Closed, request.closed_at.is_some());
    assert_eq!(stage == Stage::Waiting, request.pause.is_some());
    assert_eq!(stage == Stage::Assigned, request.offered_to.is_some());
    if stage == Stage::Closed {
        assert!(request.outcome.is_some() && request.asserted_by.is_some());
        assert!(!story.promises.iter().any(clocks::is_open), "nothing is owed when closed");
    }
    if stage == Stage::Merged {
        assert!(request.merged_into.is_some() && running.is_empty());
    }
    if stage == Stage::Answered {
        assert!(request.answer.is_some() && request.answered_at.is_some());
    }
    if request.dispatched_at.is_some() && [Stage::Triaged, Stage::InProgress].contains(&stage) {
        assert!(story.promises.iter().any(|of| of.clock == Clock::Answer && clocks::is_open(of)));
    }
    for promise in &story.promises {
        check_promise(promise, story.now);
        let same = |other: &&Promise| (other.clock, other.round) == (promise.clock, promise.round);
        assert_eq!(story.promises.iter().filter(same).count(), 1);
    }
}

/// Half-open, and its ends and pauses agree with its state.
fn check_promise(promise: &Promise, now: Instant) {
    assert!(promise.started_at < promise.due_at);
    let ended = promise.ended_at;
    match promise.state {
        PromiseState::Met | PromiseState::Void => {
            assert!(ended.is_some_and(|ended| ended < promise.due_at));
        }
        PromiseState::Missed => assert!(ended.is_some_and(|ended| ended >= promise.due_at)),
        PromiseState::Running | PromiseState::Paused => assert_eq!(ended, None),
    }
    assert_eq!(promise.state == PromiseState::Paused, promise.paused_at.is_some());
    let age = i64::try_from(now.since(promise.started_at).as_micros()).unwrap();
    assert!((0..=age).contains(&promise.paused_micros));
}

/// What holds between one row and the next.
fn check_step(before: &Story, after: &Story, act: Act) {
    assert_eq!(after.request.version, before.request.version + 1);
    assert!(allows(before.stage(), act), "{act:?} from {:?}", before.stage());
    for old in &before.promises {
        let same = |of: &&Promise| (of.clock, of.round) == (old.clock, old.round);
        let new = after.promises.iter().find(same).unwrap();
        assert_eq!(new.started_at, old.started_at, "never restarted");
        assert_eq!(new.policy_version, old.policy_version);
        let revived = act == Act::Unmerge && old.state != PromiseState::Met;
        if !clocks::is_open(old) && !revived {
            assert_eq!(new, old, "what is over is over");
        }
        let puts_off = match act {
            Act::DecideExtension => old.clock == Clock::Answer,
            _ => new.paused_micros > old.paused_micros,
        };
        assert!(new.due_at <= old.due_at || puts_off, "{act:?} put off {old:?}");
    }
    let quiet = [Act::Note, Act::Correct, Act::KeepConfidential, Act::AddPhoto, Act::Escalate];
    if quiet.contains(&act) || act == Act::Return {
        // That the highest layer knows, and when it goes up next, is all that may be written on
        // a promise then.
        let untold = |promises: &[Promise]| -> Vec<Promise> {
            let bare =
                |promise: &Promise| Promise { told: false, step_at: None, ..promise.clone() };
            promises.iter().map(bare).collect()
        };
        assert_eq!(untold(&after.promises), untold(&before.promises));
        assert!(act == Act::Escalate || after.promises == before.promises);
    }
}

/// Pauses add up: what a promise was paused is what passed between pause and resumption.
#[derive(Default)]
struct Paused {
    since: Option<Instant>,
    micros: i64,
    round: i64,
}

impl Paused {
    fn see(&mut self, before: &Story, after: &Story) {
        let answer = |story: &Story| {
            let of_answer = story.promises.iter().filter(|of| of.clock == Clock::Answer);
            of_answer.max_by_key(|of| of.round).cloned()
        };
        let (Some(old), Some(new)) = (answer(before), answer(after)) else { return };
        if new.round != self.round {
            *self = Paused { round: new.round, ..Paused::default() };
        }
        if new.state == PromiseState::Paused && old.state == PromiseState::Running {
            self.since = Some(after.now);
        } else if new.state != PromiseState::Paused
            && let Some(since) = self.since.take()
        {
            let until = before.request.pause.as_ref().and_then(|pause| pause.until_at);
            let end = until.map_or(after.now, |until| until.min(after.now));
            self.micros += end.micros() - since.micros();
        }
        if new.state != PromiseState::Paused {
            assert_eq!(new.paused_micros, self.micros);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_sequence_of_acts_breaks_what_must_hold(attempts in attempts()) {
        let mut story = at_the_reps();
        let mut paused = Paused::default();
        check_row(&story);
        for next in attempts {
            let before = story.clone();
            if attempt(&mut story, next) {
                check_step(&before, &story, next.act);
                check_row(&story);
                paused.see(&before, &story);
            } else {
                prop_assert_eq!(&before.request, &story.request);
                prop_assert_eq!(&before.promises, &story.promises);
            }
        }
    }

    #[test]
    fn what_is_paused_is_only_put_off(hours in 1u64..200, length in 1u64..200) {
        let mut story = Story::in_progress();
        let due_at = story.promise(Clock::Answer).due_at;
        story.now = story.now.plus(Duration::from_secs(hours * 3_600));
        if story.attempt(|case| delay::pause(case, PauseReason::Department, None, true)).is_ok() {
            story.now = story.now.plus(Duration::from_secs(length * 3_600));
            story.apply(delay::resume);
            let promise = story.promise(Clock::Answer);
            prop_assert!(promise.due_at >= due_at);
            let policy = &story.policy;
            let pace = policy.within(Clock::Answer, story.request.clock_class).pace();
            let whole = policy.calendar.elapsed(promise.started_at, due_at, pace);
            let still = policy.calendar.elapsed(promise.started_at, promise.due_at, pace);
            prop_assert!(still >= whole);
        }
    }
}

/// The random walk above reaches every stage and does every act it may do; otherwise it would
/// prove little.
#[test]
fn the_walk_reaches_everything() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let (mut stages, mut acts) =
        (std::collections::BTreeSet::new(), std::collections::BTreeSet::new());
    for _ in 0..256 {
        let mut story = at_the_reps();
        for next in attempts().new_tree(&mut runner).unwrap().current() {
            if attempt(&mut story, next) {
                acts.insert(next.act);
                stages.insert(story.stage());
            }
        }
    }
    assert_eq!(stages.len(), Stage::ALL.len());
    let never: Vec<&Act> = Act::ALL.iter().filter(|act| !acts.contains(act)).collect();
    assert_eq!(never, [&Act::File]);
}

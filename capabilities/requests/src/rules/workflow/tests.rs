//! The table is sound, and each way of breaking it is found.

use super::*;
use crate::rules::fixtures::Story;

#[test]
fn the_drawn_workflow_is_sound() {
    assert_eq!(drawing::drawn().check(), Ok(()));
}

/// The drawn table, spoiled.
fn spoiled(spoil: impl FnOnce(&mut Workflow)) -> Result<(), WorkflowError> {
    let mut workflow = drawing::drawn();
    spoil(&mut workflow);
    workflow.check()
}

#[test]
fn every_stage_is_described_once() {
    let missing = spoiled(|workflow| workflow.stages.retain(|(stage, _)| *stage != Stage::Merged));
    assert_eq!(missing, Err(WorkflowError::NotDescribedOnce(Stage::Merged)));
    let twice = spoiled(|workflow| workflow.stages.push((Stage::Waiting, Kind::Working)));
    assert_eq!(twice, Err(WorkflowError::NotDescribedOnce(Stage::Waiting)));
}

#[test]
fn every_stage_is_reachable() {
    let begins = spoiled(|workflow| workflow.arrows.retain(|arrow| !arrow.from.is_empty()));
    assert_eq!(begins, Err(WorkflowError::NoBeginning));
    for stage in Stage::ALL.iter().copied() {
        let cut = spoiled(|workflow| {
            for arrow in &mut workflow.arrows {
                arrow.to.retain(|to| *to != To::Stage(stage));
            }
        });
        assert_eq!(cut, Err(WorkflowError::Unreachable(stage)), "{stage:?}");
    }
}

#[test]
fn a_stage_reached_only_from_itself_is_unreachable() {
    let island = spoiled(|workflow| {
        for arrow in &mut workflow.arrows {
            if arrow.from != [Stage::Waiting] {
                arrow.to.retain(|to| *to != To::Stage(Stage::Waiting));
            }
        }
    });
    assert_eq!(island, Err(WorkflowError::Unreachable(Stage::Waiting)));
}

#[test]
fn every_stage_but_the_last_has_an_exit() {
    for stage in Stage::ALL.iter().copied().filter(|stage| *stage != Stage::Closed) {
        let stuck = spoiled(|workflow| {
            for arrow in workflow.arrows.iter_mut().filter(|arrow| arrow.from.contains(&stage)) {
                // The others keep their way; from here it only stays.
                arrow.from.retain(|from| *from != stage);
                if arrow.from.is_empty() {
                    arrow.from = vec![Stage::Closed];
                }
            }
        });
        assert_eq!(stuck, Err(WorkflowError::NoExit(stage)), "{stage:?}");
    }
}

#[test]
fn every_clock_has_a_start_and_a_stop() {
    for clock in Clock::ALL.iter().copied() {
        let never_started = spoiled(|workflow| {
            workflow.arrows.iter_mut().for_each(|arrow| arrow.starts.retain(|of| *of != clock));
        });
        assert_eq!(never_started, Err(WorkflowError::NeverStarted(clock)));
        let never_stopped = spoiled(|workflow| {
            workflow.arrows.iter_mut().for_each(|arrow| arrow.stops.retain(|of| *of != clock));
        });
        assert_eq!(never_stopped, Err(WorkflowError::NeverStopped(clock)));
    }
}

#[test]
fn every_waiting_has_a_cap() {
    for reason in PauseReason::ALL.iter().copied() {
        let endless = spoiled(|workflow| {
            for (_, kind) in &mut workflow.stages {
                if let Kind::Waiting { caps } = kind {
                    caps.retain(|(of, _)| *of != reason);
                }
            }
        });
        assert_eq!(endless, Err(WorkflowError::NoCap { stage: Stage::Waiting, reason }));
    }
}

#[test]
fn every_act_is_drawn_and_no_arrow_twice() {
    for act in Act::ALL.iter().copied() {
        let result = spoiled(|workflow| workflow.arrows.retain(|arrow| arrow.act != act));
        assert!(result.is_err(), "{act:?}");
    }
    let twice = spoiled(|workflow| {
        let again = workflow.arrows.iter().find(|arrow| arrow.act == Act::Close).unwrap().clone();
        workflow.arrows.push(again);
    });
    let (act, from, to) = (Act::Close, Stage::Answered, Stage::Closed);
    assert_eq!(twice, Err(WorkflowError::DrawnTwice { act, from, to }));
}

#[test]
fn words_of_acts_are_unique_and_read_back() {
    for act in Act::ALL.iter().copied() {
        assert_eq!(Act::parse(act.word()), Some(act));
        assert!(act.word().starts_with("request."));
    }
    assert_eq!(Act::parse("request.forget"), None);
}

/// Stages an act may be done in, all others being refused.
#[test]
fn the_matrix_of_stages_and_acts() {
    use Stage::*;
    let open =
        vec![Received, Triaged, Assigned, InProgress, Waiting, Answered, ReopenRequested, Merged];
    let any = [open.as_slice(), &[Closed]].concat();
    let at_hand = vec![Triaged, Assigned, InProgress];
    let unanswered = vec![Received, Triaged, Assigned, InProgress, Waiting];
    let before_waiting = vec![Received, Triaged, Assigned, InProgress];
    for (act, stages) in [
        (Act::File, vec![]),
        (Act::Triage, before_waiting.clone()),
        (Act::Assign, before_waiting.clone()),
        (Act::Accept, vec![Assigned]),
        (Act::Return, vec![Assigned, InProgress]),
        (Act::Contact, open.clone()),
        (Act::AskExtension, at_hand.clone()),
        (Act::DecideExtension, at_hand),
        (Act::Pause, vec![InProgress]),
        (Act::Resume, vec![Waiting]),
        (Act::Split, vec![Triaged, Assigned, InProgress, Waiting]),
        (Act::ClosePart, any.clone()),
        (Act::ReopenPart, any.clone()),
        (Act::Answer, before_waiting),
        (Act::Follow, vec![Merged]),
        (Act::Verify, vec![Answered]),
        (Act::Close, vec![Answered]),
        (Act::AskReopening, vec![Closed]),
        (Act::DecideReopening, vec![ReopenRequested]),
        (Act::Merge, unanswered),
        (Act::Unmerge, vec![Merged]),
        (Act::Withdraw, open.clone()),
        (Act::Note, any.clone()),
        (Act::Correct, any.clone()),
        (Act::KeepConfidential, any),
        (Act::AddPhoto, open.clone()),
        (Act::Escalate, open),
    ] {
        let allowed: Vec<Stage> =
            Stage::ALL.iter().copied().filter(|stage| allows(*stage, act)).collect();
        assert_eq!(allowed, stages, "{act:?}");
    }
}

#[test]
fn an_act_without_its_words_is_refused() {
    let mut story = Story::filed();
    for act in [Act::Note, Act::Withdraw, Act::Answer] {
        let refused = story.attempt(|case| Ok(case.begin(act, None)?.finish()));
        assert_eq!(refused, Err("rule.words_needed"), "{act:?}");
    }
    assert_eq!(story.attempt(|case| Ok(case.begin(Act::Contact, None)?.finish())), Ok(()));
}

//! The table itself: every stage with its kind, every act with its arrows, in the order of a
//! request's life. What is not drawn here cannot happen.

use super::{Act, Arrow, Cap, Kind, To, Workflow};
use crate::model::Stage::{
    Answered, Assigned, Closed, InProgress, Merged, Received, ReopenRequested, Triaged, Waiting,
};
use crate::model::{Clock, PauseReason, Stage};

/// The drawing.
pub(super) fn drawn() -> Workflow {
    let caps = vec![
        (PauseReason::Resident, Cap::Term),
        (PauseReason::Material, Cap::Term),
        (PauseReason::Weather, Cap::Term),
        (PauseReason::Department, Cap::Term),
        (PauseReason::Children, Cap::LastPart),
    ];
    let stages = vec![
        (Received, Kind::Working),
        (Triaged, Kind::Working),
        (Assigned, Kind::Working),
        (InProgress, Kind::Working),
        (Waiting, Kind::Waiting { caps }),
        (Answered, Kind::Working),
        (ReopenRequested, Kind::Working),
        // Somebody works, elsewhere: on the matter it follows.
        (Merged, Kind::Working),
        (Closed, Kind::Final),
    ];
    let arrows =
        [until_at_work(), delays_and_parts(), answer_and_after(), same_matter(), any_time()];
    Workflow { stages, arrows: arrows.concat() }
}

/// Stages of a request that has no answer and follows no other.
const UNANSWERED: [Stage; 5] = [Received, Triaged, Assigned, InProgress, Waiting];
/// Stages of a request that is not over.
const OPEN: [Stage; 8] =
    [Received, Triaged, Assigned, InProgress, Waiting, Answered, ReopenRequested, Merged];

/// From the doorstep to somebody at work.
fn until_at_work() -> Vec<Arrow> {
    let dispatched = [Clock::Contact, Clock::Answer];
    vec![
        Arrow::draw(Act::File, &[], &[Received]).starts(&[Clock::Accept]),
        // A complaint that those who sort may not see begins with whoever was asked to hear it.
        Arrow::draw(Act::File, &[], &[Assigned]).starts(&[
            Clock::Accept,
            Clock::Contact,
            Clock::Answer,
        ]),
        Arrow::draw(Act::Triage, &[Received], &[Triaged, Assigned, InProgress])
            .starts(&dispatched)
            .stops(&[Clock::Accept]),
        Arrow::draw(Act::Triage, &[Triaged, Assigned, InProgress], &[Assigned, InProgress])
            .stops(&[Clock::Accept]),
        Arrow::draw(Act::Triage, &[Triaged], &[Triaged]),
        Arrow::draw(Act::Assign, &[Received, Triaged, Assigned, InProgress], &[Assigned])
            .starts(&dispatched),
        Arrow::draw(Act::Assign, &[Received, Triaged, Assigned, InProgress], &[InProgress])
            .starts(&dispatched)
            .stops(&[Clock::Accept]),
        Arrow::draw(Act::Accept, &[Assigned], &[InProgress]).stops(&[Clock::Accept]),
        Arrow::draw(Act::Return, &[Assigned, InProgress], &[Received, Triaged]).says(),
        Arrow::stay(Act::Contact, &OPEN).stops(&[Clock::Contact]),
    ]
}

/// More time, less time, and matters of several parts.
fn delays_and_parts() -> Vec<Arrow> {
    let at_hand = [Triaged, Assigned, InProgress];
    let elsewhere =
        [Received, Triaged, Assigned, InProgress, Answered, ReopenRequested, Merged, Closed];
    vec![
        // Telling the resident is speaking with them.
        Arrow::stay(Act::AskExtension, &at_hand).stops(&[Clock::Contact]).says(),
        Arrow::stay(Act::DecideExtension, &at_hand),
        Arrow::draw(Act::Pause, &[InProgress], &[Waiting]).stops(&[Clock::Contact]),
        Arrow::draw(Act::Resume, &[Waiting], &[InProgress]),
        Arrow::draw(Act::Split, &[Triaged, Assigned, InProgress, Waiting], &[Waiting]),
        // A part begins sorted; the resident is spoken with about the whole.
        Arrow::draw(Act::Split, &[], &[Triaged, Assigned, InProgress]).starts(&[Clock::Answer]),
        Arrow::draw(Act::ClosePart, &[Waiting], &[InProgress]).or_stay(),
        Arrow::stay(Act::ClosePart, &elsewhere),
        Arrow::stay(Act::ReopenPart, Stage::ALL),
    ]
}

/// The answer, the resident's word on it, and what follows from that.
fn answer_and_after() -> Vec<Arrow> {
    let reopening = |to: &[Stage]| Arrow::draw(Act::DecideReopening, &[ReopenRequested], to).says();
    vec![
        Arrow::draw(Act::Answer, &[Received, Triaged, Assigned, InProgress], &[Answered])
            .starts(&[Clock::Verify])
            .stops(&[Clock::Accept, Clock::Answer])
            .voids(&[Clock::Contact])
            .says(),
        Arrow::draw(Act::Verify, &[Answered], &[Closed]).or_stay().stops(&[Clock::Verify]),
        Arrow::draw(Act::Verify, &[Answered], &[ReopenRequested])
            .stops(&[Clock::Verify])
            .starts(&[Clock::Decide]),
        Arrow::draw(Act::Close, &[Answered], &[Closed]).voids(Clock::ALL),
        Arrow::draw(Act::AskReopening, &[Closed], &[ReopenRequested])
            .starts(&[Clock::Decide])
            .says(),
        reopening(&[InProgress, Triaged])
            .starts(&[Clock::Contact, Clock::Answer])
            .stops(&[Clock::Decide]),
        reopening(&[Received]).starts(&[Clock::Accept]).stops(&[Clock::Decide]),
        reopening(&[Closed]).stops(&[Clock::Decide]),
    ]
}

/// Several requests, one matter (R14).
fn same_matter() -> Vec<Arrow> {
    let told = |act, from: &[Stage]| {
        Arrow::draw(act, from, &[Answered]).starts(&[Clock::Verify]).voids(&UNTIL_ANSWER)
    };
    vec![
        Arrow::draw(Act::File, &[], &[Merged]),
        told(Act::File, &[]),
        Arrow::draw(Act::Merge, &UNANSWERED, &[Merged]).voids(&UNTIL_ANSWER),
        told(Act::Merge, &UNANSWERED),
        told(Act::Follow, &[Merged]),
        Arrow::stay(Act::Follow, &[Merged]),
        Arrow::draw(Act::Unmerge, &[Merged], &[Received]).starts(&[Clock::Accept]),
        Arrow::draw(Act::Unmerge, &[Merged], &[Triaged]),
    ]
}

/// What the petitioner may say at any time, and what the program does by itself.
fn any_time() -> Vec<Arrow> {
    vec![
        Arrow::draw(Act::Withdraw, &OPEN, &[Closed]).voids(Clock::ALL).says(),
        Arrow::stay(Act::Note, Stage::ALL).says(),
        Arrow::stay(Act::Correct, Stage::ALL).says(),
        Arrow::stay(Act::KeepConfidential, Stage::ALL),
        Arrow::stay(Act::AddPhoto, &OPEN),
        Arrow::stay(Act::Escalate, &OPEN),
    ]
}

/// Clocks that run until there is an answer.
const UNTIL_ANSWER: [Clock; 3] = [Clock::Accept, Clock::Contact, Clock::Answer];

impl Arrow {
    fn draw(act: Act, from: &[Stage], to: &[Stage]) -> Arrow {
        let to = to.iter().map(|stage| To::Stage(*stage)).collect();
        Arrow {
            act,
            from: from.to_vec(),
            to,
            starts: vec![],
            stops: vec![],
            voids: vec![],
            says: false,
        }
    }

    fn stay(act: Act, from: &[Stage]) -> Arrow {
        Arrow { to: vec![To::Same], ..Arrow::draw(act, from, &[]) }
    }

    fn or_stay(mut self) -> Arrow {
        self.to.push(To::Same);
        self
    }

    fn starts(self, starts: &[Clock]) -> Arrow {
        Arrow { starts: starts.to_vec(), ..self }
    }

    fn stops(self, stops: &[Clock]) -> Arrow {
        Arrow { stops: stops.to_vec(), ..self }
    }

    fn voids(self, voids: &[Clock]) -> Arrow {
        Arrow { voids: voids.to_vec(), ..self }
    }

    fn says(self) -> Arrow {
        Arrow { says: true, ..self }
    }
}

//! What is late goes one layer further up, where somebody can help: from the rep to the grid,
//! from the grid to the community office. Further it does not go by itself: calling a department
//! is a person's decision; there the lateness is entered once for each promise, and the secretary
//! answers for it. One step for each layer, the first when the promise runs out, the next
//! a working day later; what nobody leads goes first.

use kernel::{CommunityId, Fault, Instant};
use uuid::Uuid;

use super::clocks::ClockPolicy;
use super::decide::{Case, Change, ensure};
use super::workflow::{self, Act};
use crate::model::{Clock, Layer, Promise, PromiseState, Request, RequestId};

/// A promise on whose account a request goes up now, with what decides on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Late {
    pub community: CommunityId,
    pub request: RequestId,
    pub lead: Option<Uuid>,
    pub layer: Layer,
    pub clock: Clock,
    pub due_at: Instant,
}

/// One request to take up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    pub community: CommunityId,
    pub request: RequestId,
    /// Where it goes; none where it lies at the top, which is told.
    pub to: Option<Layer>,
    /// The promise that ran out first.
    pub clock: Clock,
}

/// Where a late matter goes next.
pub fn next(layer: Layer) -> Option<Layer> {
    match layer {
        Layer::Rep => Some(Layer::Grid),
        Layer::Grid => Some(Layer::Community),
        Layer::Community | Layer::Whistle | Layer::External => None,
    }
}

/// Whether something late went up as far as it goes, where the secretary answers for it.
pub fn is_at_the_top(request: &Request, now: Instant) -> bool {
    let is_late = request.next_due_at.is_some_and(|due| due <= now);
    is_late && request.escalations > 0 && next(request.layer).is_none()
}

/// When a request goes up on account of a promise: so many times the term after the promise was
/// due as it has gone up already. Nothing goes up for what is not owed, nor from a stage that the
/// workflow does not take up, nor above the top, which is told once.
pub fn step_at(request: &Request, promise: &Promise, policy: &ClockPolicy) -> Option<Instant> {
    let top = next(request.layer).is_none();
    let is_owed = promise.state == PromiseState::Running && !(top && promise.told);
    if !is_owed || !workflow::allows(request.stage, Act::Escalate) {
        return None;
    }
    let term = policy.terms.escalation;
    let steps = u32::try_from(request.escalations).unwrap_or(u32::MAX);
    let waits = term.length().saturating_mul(steps);
    Some(policy.calendar.after(promise.due_at, waits, term.pace()))
}

/// In which order they go up: unowned first, then what has been late the longest. A request with
/// several late promises goes once.
pub fn plan(mut late: Vec<Late>) -> Vec<Step> {
    late.sort_by_key(|late| (late.lead.is_some(), late.due_at, late.request));
    let mut steps: Vec<Step> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for Late { community, request, layer, clock, .. } in late {
        if seen.insert((community, request)) {
            steps.push(Step { community, request, to: next(layer), clock });
        }
    }
    steps
}

/// Takes it up one layer, or tells the highest one what is late.
///
/// # Errors
/// `rule.not_in_stage`, `rule.nothing_late`, `rule.top_layer`
pub fn escalate(case: &Case<'_>) -> Result<Change, Fault> {
    let mut draft = case.begin(Act::Escalate, None)?;
    let is_late =
        |promise: &&Promise| promise.state == PromiseState::Running && case.now >= promise.due_at;
    let late: Vec<&Promise> = case.promises.iter().filter(is_late).collect();
    ensure(!late.is_empty(), "rule.nothing_late")?;
    match next(draft.request.layer) {
        Some(layer) => draft.request.layer = layer,
        None => {
            ensure(late.iter().any(|promise| !promise.told), "rule.top_layer")?;
            for promise in late {
                draft.change(promise.clock, |promise| promise.told = true);
            }
        }
    }
    draft.request.escalations += 1;
    Ok(draft.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Stage;
    use crate::rules::decide::By;
    use crate::rules::fixtures::{HEAD, REP, Story, at, id};

    /// An answer that was due on Friday 6 March at 15:00.
    fn late(number: u128) -> Late {
        Late {
            community: CommunityId::from_uuid(Uuid::from_u128(1)),
            request: id(number),
            lead: Some(REP),
            layer: Layer::Rep,
            clock: Clock::Answer,
            due_at: at("2026-03-06T15:00"),
        }
    }

    fn planned(late: &[Late]) -> Vec<u128> {
        plan(late.to_vec()).iter().map(|step| step.request.uuid().as_u128()).collect()
    }

    /// In progress, its answer due on Friday 6 March at 15:00.
    fn due_on_friday() -> (Story, Promise) {
        let story = Story::in_progress();
        let due_at = at("2026-03-06T15:00");
        let promise = Promise { due_at, ..story.promise(Clock::Answer).clone() };
        (story, promise)
    }

    #[test]
    fn the_first_step_is_at_the_due_instant_each_next_a_working_day_later() {
        let (mut story, promise) = due_on_friday();
        for (layer, escalations, expected) in [
            (Layer::Rep, 0, "2026-03-06T15:00"),
            // The weekend brings nobody up.
            (Layer::Grid, 1, "2026-03-09T15:00"),
            (Layer::Community, 2, "2026-03-10T15:00"),
        ] {
            story.request.layer = layer;
            story.request.escalations = escalations;
            let step = step_at(&story.request, &promise, &story.policy);
            assert_eq!(step, Some(at(expected)), "{layer:?}");
        }
    }

    #[test]
    fn nothing_goes_up_for_what_is_not_owed_or_known_at_the_top() {
        let (mut story, promise) = due_on_friday();
        let told = Promise { told: true, ..promise.clone() };
        for layer in [Layer::Community, Layer::Whistle, Layer::External] {
            story.request.layer = layer;
            assert!(step_at(&story.request, &promise, &story.policy).is_some(), "{layer:?}");
            assert_eq!(step_at(&story.request, &told, &story.policy), None, "{layer:?}");
        }
        story.request.layer = Layer::Rep;
        assert!(step_at(&story.request, &told, &story.policy).is_some());
        for state in
            [PromiseState::Paused, PromiseState::Met, PromiseState::Missed, PromiseState::Void]
        {
            let ended = Promise { state, ..promise.clone() };
            assert_eq!(step_at(&story.request, &ended, &story.policy), None, "{state:?}");
        }
        story.request.stage = Stage::Closed;
        assert_eq!(step_at(&story.request, &promise, &story.policy), None);
    }

    #[test]
    fn every_act_keeps_with_each_promise_when_it_goes_up() {
        let mut story = Story::filed();
        let due = |story: &Story, clock| story.promise(clock).due_at;
        assert_eq!(story.promise(Clock::Accept).step_at, Some(due(&story, Clock::Accept)));
        story = Story::in_progress();
        assert_eq!(story.promise(Clock::Accept).step_at, None);
        assert_eq!(story.promise(Clock::Answer).step_at, Some(due(&story, Clock::Answer)));
        story = Story::answered();
        assert_eq!(story.promise(Clock::Answer).step_at, None);
        assert_eq!(story.promise(Clock::Verify).step_at, Some(due(&story, Clock::Verify)));
    }

    #[test]
    fn it_stops_where_a_person_must_decide() {
        for (layer, to) in [
            (Layer::Rep, Some(Layer::Grid)),
            (Layer::Grid, Some(Layer::Community)),
            (Layer::Community, None),
            (Layer::Whistle, None),
            (Layer::External, None),
        ] {
            let steps = plan(vec![Late { layer, ..late(1) }]);
            assert_eq!(steps.first().map(|step| step.to), Some(to));
        }
    }

    #[test]
    fn unowned_first_then_the_longest_late() {
        let earlier = at("2026-03-02T15:00");
        let late = [
            late(1),
            Late { due_at: earlier, ..late(2) },
            Late { lead: None, ..late(3) },
            Late { lead: None, due_at: earlier, ..late(4) },
        ];
        assert_eq!(planned(&late), [4, 3, 2, 1]);
    }

    #[test]
    fn a_request_with_several_late_promises_goes_up_once() {
        let contact = Late { clock: Clock::Contact, ..late(1) };
        assert_eq!(planned(&[late(1), contact]), [1]);
    }

    #[test]
    fn taking_it_up_changes_the_layer_and_no_clock() {
        let mut story = Story::in_progress();
        story.request.layer = Layer::Grid;
        story.by_whom(By::SYSTEM);
        assert_eq!(story.attempt(escalate), Err("rule.nothing_late"));
        let owed = |story: &Story| {
            let plain = |promise: &Promise| Promise { step_at: None, ..promise.clone() };
            story.promises.iter().map(plain).collect::<Vec<_>>()
        };
        let promises = owed(&story);
        story.at("2026-03-04T09:00").apply(escalate);
        assert_eq!((story.request.layer, story.request.escalations), (Layer::Community, 1));
        assert_eq!((owed(&story), story.request.lead), (promises, Some(HEAD)));
        // At the top it is told, once; the next promise that runs out is told again.
        story.apply(escalate);
        assert_eq!((story.request.layer, story.request.escalations), (Layer::Community, 2));
        assert!(story.promise(Clock::Contact).told && !story.promise(Clock::Answer).told);
        assert_eq!(story.attempt(escalate), Err("rule.top_layer"));
        story.at("2026-04-04T09:00").apply(escalate);
        assert!(story.promise(Clock::Answer).told);
    }
}

//! What is late goes one layer further up, where somebody can help: from the rep to the grid,
//! from the grid to the community office. Further it does not go by itself: calling a department
//! is a person's decision. One step for each layer, the first when the promise runs out, the next
//! a working day later; what nobody leads goes first.

use kernel::{Fault, Instant};
use uuid::Uuid;

use super::clocks::ClockPolicy;
use super::decide::{Case, Change};
use super::workflow::Act;
use crate::model::{Clock, Layer, PromiseState, RequestId};

/// A running promise that may be late, with what decides on its way up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overdue {
    pub request: RequestId,
    pub lead: Option<Uuid>,
    pub layer: Layer,
    /// Steps the request has gone up already.
    pub escalations: i64,
    pub clock: Clock,
    pub due_at: Instant,
}

/// One request to take up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    pub request: RequestId,
    pub from: Layer,
    pub to: Layer,
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

/// What goes up now, and in which order: unowned first, then what has been late the longest. A
/// request with several late promises goes once.
pub fn plan(running: &[Overdue], now: Instant, policy: &ClockPolicy) -> Vec<Step> {
    let is_due = |overdue: &&Overdue| now >= step_at(overdue, policy);
    let mut late: Vec<(&Overdue, Layer)> = running
        .iter()
        .filter(is_due)
        .filter_map(|overdue| next(overdue.layer).map(|to| (overdue, to)))
        .collect();
    late.sort_by_key(|(overdue, _)| (overdue.lead.is_some(), overdue.due_at, overdue.request));
    let mut steps: Vec<Step> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for (overdue, to) in late {
        if seen.insert(overdue.request) {
            let Overdue { request, layer: from, clock, .. } = *overdue;
            steps.push(Step { request, from, to, clock });
        }
    }
    steps
}

/// When a request with so many steps behind it takes the next: so many times the term after the
/// promise was due.
fn step_at(overdue: &Overdue, policy: &ClockPolicy) -> Instant {
    let term = policy.terms.escalation;
    let steps = u32::try_from(overdue.escalations).unwrap_or(u32::MAX);
    let waits = term.length().saturating_mul(steps);
    policy.calendar.after(overdue.due_at, waits, term.pace())
}

/// Takes it up one layer.
///
/// # Errors
/// `rule.not_in_stage`, `rule.nothing_late`, `rule.top_layer`
pub fn escalate(case: &Case<'_>) -> Result<Change, Fault> {
    let mut draft = case.begin(Act::Escalate, None)?;
    let late = case
        .promises
        .iter()
        .any(|promise| promise.state == PromiseState::Running && case.now >= promise.due_at);
    if !late {
        return Err(Fault::new("rule.nothing_late"));
    }
    draft.request.layer = next(draft.request.layer).ok_or_else(|| Fault::new("rule.top_layer"))?;
    draft.request.escalations += 1;
    Ok(draft.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::decide::By;
    use crate::rules::fixtures::{HEAD, REP, Story, at, id};

    /// Due on Friday 6 March at 15:00.
    fn overdue(number: u128) -> Overdue {
        Overdue {
            request: id(number),
            lead: Some(REP),
            layer: Layer::Rep,
            escalations: 0,
            clock: Clock::Answer,
            due_at: at("2026-03-06T15:00"),
        }
    }

    fn plan_at(now: &str, running: &[Overdue]) -> Vec<u128> {
        let steps = plan(running, at(now), &ClockPolicy::built_in());
        steps.iter().map(|step| step.request.uuid().as_u128()).collect()
    }

    #[test]
    fn the_first_step_is_at_the_due_instant_the_next_a_working_day_later() {
        let once = Overdue { layer: Layer::Grid, escalations: 1, ..overdue(2) };
        for (now, expected) in [
            ("2026-03-06T14:59", vec![]),
            ("2026-03-06T15:00", vec![1]),
            // The weekend brings nobody up.
            ("2026-03-08T15:00", vec![1]),
            ("2026-03-09T14:59", vec![1]),
            ("2026-03-09T15:00", vec![1, 2]),
        ] {
            assert_eq!(plan_at(now, &[overdue(1), once]), expected, "{now}");
        }
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
            let running = [Overdue { layer, ..overdue(1) }];
            let steps = plan(&running, at("2026-03-10T09:00"), &ClockPolicy::built_in());
            assert_eq!(steps.first().map(|step| step.to), to);
        }
    }

    #[test]
    fn unowned_first_then_the_longest_late() {
        let earlier = at("2026-03-02T15:00");
        let running = [
            overdue(1),
            Overdue { due_at: earlier, ..overdue(2) },
            Overdue { lead: None, ..overdue(3) },
            Overdue { lead: None, due_at: earlier, ..overdue(4) },
        ];
        assert_eq!(plan_at("2026-03-06T15:00", &running), [4, 3, 2, 1]);
    }

    #[test]
    fn a_request_with_several_late_promises_goes_up_once() {
        let contact = Overdue { clock: Clock::Contact, ..overdue(1) };
        assert_eq!(plan_at("2026-03-06T15:00", &[overdue(1), contact]), [1]);
    }

    #[test]
    fn more_than_a_hundred_are_all_taken_up() {
        let running: Vec<Overdue> = (0..250).map(overdue).collect();
        assert_eq!(plan_at("2026-03-06T15:00", &running).len(), 250);
    }

    #[test]
    fn taking_it_up_changes_the_layer_and_no_clock() {
        let mut story = Story::in_progress();
        story.request.layer = Layer::Grid;
        story.by_whom(By::SYSTEM);
        assert_eq!(story.attempt(escalate), Err("rule.nothing_late"));
        let promises = story.promises.clone();
        story.at("2026-03-04T09:00").apply(escalate);
        assert_eq!((story.request.layer, story.request.escalations), (Layer::Community, 1));
        assert_eq!((story.promises.clone(), story.request.lead), (promises, Some(HEAD)));
        assert_eq!(story.attempt(escalate), Err("rule.top_layer"));
    }
}

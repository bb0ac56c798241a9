//! What is late goes one layer further up, where somebody can help: from the rep to the grid,
//! from the grid to the community office. Further it does not go by itself: calling a department
//! is a person's decision; there the lateness is entered once for each promise, and the secretary
//! answers for it. One step for each layer, the first when the promise runs out, the next
//! a working day later; what nobody leads goes first.

use kernel::{Fault, Instant};
use uuid::Uuid;

use super::clocks::ClockPolicy;
use super::decide::{Case, Change, ensure};
use super::workflow::Act;
use crate::model::{Clock, Layer, Promise, PromiseState, Request, RequestId};

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
    /// The highest layer knows of it.
    pub told: bool,
}

/// One request to take up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
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

/// What goes up now, and in which order: unowned first, then what has been late the longest. A
/// request with several late promises goes once.
pub fn plan(running: &[Overdue], now: Instant, policy: &ClockPolicy) -> Vec<Step> {
    let is_due = |overdue: &&Overdue| now >= step_at(overdue, policy);
    let open = |overdue: &&Overdue| next(overdue.layer).is_some() || !overdue.told;
    let mut late: Vec<&Overdue> = running.iter().filter(is_due).filter(open).collect();
    late.sort_by_key(|overdue| (overdue.lead.is_some(), overdue.due_at, overdue.request));
    let mut steps: Vec<Step> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for Overdue { request, layer, clock, .. } in late {
        if seen.insert(*request) {
            steps.push(Step { request: *request, to: next(*layer), clock: *clock });
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
            told: false,
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
    fn the_highest_layer_is_told_once_of_what_is_late() {
        for layer in [Layer::Community, Layer::Whistle, Layer::External] {
            let told = Overdue { layer, told: true, ..overdue(1) };
            let running = [Overdue { clock: Clock::Contact, told: false, ..told }];
            let plan = |running: &[Overdue]| {
                plan(running, at("2026-03-10T09:00"), &ClockPolicy::built_in())
            };
            let step = Step { request: id(1), to: None, clock: Clock::Contact };
            assert_eq!(plan(&running), [step]);
            assert_eq!(plan(&[told]), []);
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
            assert_eq!(steps.first().map(|step| step.to), Some(to));
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
        // At the top it is told, once; the next promise that runs out is told again.
        story.apply(escalate);
        assert_eq!((story.request.layer, story.request.escalations), (Layer::Community, 2));
        assert!(story.promise(Clock::Contact).told && !story.promise(Clock::Answer).told);
        assert_eq!(story.attempt(escalate), Err("rule.top_layer"));
        story.at("2026-04-04T09:00").apply(escalate);
        assert!(story.promise(Clock::Answer).told);
    }
}

//! The clocks: how long each promise may take, and what happens to it.
//!
//! A promise is a row apart from the policy: once made, an edited policy or calendar never
//! rewrites it. It is half-open: kept if it ended before it was due, missed from the due instant
//! on. A pause stops it and what was left runs on afterwards, in the same kind of time (R23).

use std::time::Duration;

use kernel::calendar::CalendarError;
use kernel::{Fault, Instant, Within, WorkingCalendar};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::model::{Clock, ClockClass, PauseReason, Promise, PromiseState};

/// What the community promises, as of one instant: terms and the calendar they run in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockPolicy {
    /// Kept with every promise made under it.
    pub version: String,
    pub calendar: WorkingCalendar,
    pub terms: Terms,
}

/// The terms a community may edit. In JSON each is a word such as `2h`, `2wh` or `7wd`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    pub accept: ByClass,
    pub contact: ByClass,
    pub answer: ByClass,
    pub verify: Within,
    pub decide: Within,
    pub pause: PauseCaps,
    /// How long after closing it may be asked open again (R15).
    pub reopening: Within,
    /// How long a late promise waits before it goes one layer further up.
    pub escalation: Within,
}

/// A term for each class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ByClass {
    pub u0: Within,
    pub u1: Within,
    pub u2: Within,
    pub u3: Within,
    pub u4: Within,
}

/// The longest a request may be paused for each reason, all its pauses together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PauseCaps {
    pub resident: Within,
    pub material: Within,
    pub weather: Within,
    pub department: Within,
}

/// Why an edited policy is refused.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// Not the expected JSON; the message names line and field, and carries the term's fault.
    #[error("terms: {0}")]
    Terms(#[from] serde_json::Error),
    /// A term of nothing would be late before it began.
    #[error("terms: {0} is zero")]
    Zero(String),
}

impl PolicyError {
    /// The field it was typed into.
    pub fn field(&self) -> &'static str {
        match self {
            PolicyError::Calendar(_) => "calendar",
            PolicyError::Terms(_) | PolicyError::Zero(_) => "terms",
        }
    }

    /// As the word key of the catalogue.
    pub fn fault(&self) -> Fault {
        match self {
            PolicyError::Calendar(error) => error.fault.clone(),
            PolicyError::Terms(error) => {
                Fault::parse(&error.to_string()).unwrap_or_else(|| Fault::new("fault.not_terms"))
            }
            PolicyError::Zero(field) => Fault::new("fault.term_is_zero").with("field", field),
        }
    }
}

impl ClockPolicy {
    /// What a new community promises (R6, R7), in the calendar that ships with the program.
    pub fn built_in() -> ClockPolicy {
        let terms = include_str!("../../data/clocks.json");
        // A constant of this crate that its tests read.
        ClockPolicy::from_parts("built-in-1", WorkingCalendar::built_in(), terms)
            .expect("the built-in terms are sound")
    }

    /// Reads an edited policy: the calendar's TOML and the terms' JSON.
    ///
    /// # Errors
    /// The first thing wrong with either.
    pub fn parse(version: &str, calendar: &str, terms: &str) -> Result<ClockPolicy, PolicyError> {
        ClockPolicy::from_parts(version, WorkingCalendar::parse(calendar)?, terms)
    }

    fn from_parts(
        version: &str,
        calendar: WorkingCalendar,
        terms: &str,
    ) -> Result<ClockPolicy, PolicyError> {
        let terms: Terms = serde_json::from_str(terms)?;
        match terms.named().into_iter().find(|(_, within)| within.amount == 0) {
            Some((field, _)) => Err(PolicyError::Zero(field)),
            None => Ok(ClockPolicy { version: version.to_owned(), calendar, terms }),
        }
    }

    /// How long a promise of this clock may take for this class.
    pub fn within(&self, clock: Clock, class: ClockClass) -> Within {
        match clock {
            Clock::Accept => self.terms.accept.of(class),
            Clock::Contact => self.terms.contact.of(class),
            Clock::Answer => self.terms.answer.of(class),
            Clock::Verify => self.terms.verify,
            Clock::Decide => self.terms.decide,
        }
    }

    /// The longest pause for a reason; none for parts, which end by themselves.
    pub fn pause_cap(&self, reason: PauseReason) -> Option<Within> {
        match reason {
            PauseReason::Resident => Some(self.terms.pause.resident),
            PauseReason::Material => Some(self.terms.pause.material),
            PauseReason::Weather => Some(self.terms.pause.weather),
            PauseReason::Department => Some(self.terms.pause.department),
            PauseReason::Children => None,
        }
    }
}

impl Terms {
    /// For editing and keeping.
    pub fn to_json(&self) -> String {
        // Words and nothing else: there is no map key or number that JSON could not hold.
        serde_json::to_string_pretty(self).expect("terms are plain words")
    }

    /// Every term with its place: `answer.u3`, `verify`.
    pub fn named(&self) -> Vec<(String, Within)> {
        let mut each: Vec<(String, Within)> = Vec::new();
        for (clock, terms) in
            [("accept", &self.accept), ("contact", &self.contact), ("answer", &self.answer)]
        {
            let of_class =
                |class: &ClockClass| (format!("{clock}.{}", class.word()), terms.of(*class));
            each.extend(ClockClass::ALL.iter().map(of_class));
        }
        let alone = [
            ("verify", self.verify),
            ("decide", self.decide),
            ("pause.resident", self.pause.resident),
            ("pause.material", self.pause.material),
            ("pause.weather", self.pause.weather),
            ("pause.department", self.pause.department),
            ("reopening", self.reopening),
            ("escalation", self.escalation),
        ];
        each.extend(alone.map(|(field, within)| (field.to_owned(), within)));
        each
    }
}

impl ByClass {
    fn of(&self, class: ClockClass) -> Within {
        match class {
            ClockClass::U0 => self.u0,
            ClockClass::U1 => self.u1,
            ClockClass::U2 => self.u2,
            ClockClass::U3 => self.u3,
            ClockClass::U4 => self.u4,
        }
    }
}

/// Whether it is still owed.
pub fn is_open(promise: &Promise) -> bool {
    match promise.state {
        PromiseState::Running | PromiseState::Paused => true,
        PromiseState::Met | PromiseState::Missed | PromiseState::Void => false,
    }
}

/// Makes a promise (R5: each states its due time).
pub fn start(
    policy: &ClockPolicy,
    clock: Clock,
    class: ClockClass,
    round: i64,
    now: Instant,
) -> Promise {
    Promise {
        clock,
        round,
        policy_version: policy.version.clone(),
        calendar_version: policy.calendar.version().to_owned(),
        owner: None,
        started_at: now,
        due_at: policy.calendar.due(now, policy.within(clock, class)),
        paused_at: None,
        paused_micros: 0,
        state: PromiseState::Running,
        ended_at: None,
        told: false,
        step_at: None,
    }
}

/// What was promised has been done: met if before it was due, otherwise missed.
pub fn stop(promise: &mut Promise, owner: Option<Uuid>, now: Instant) {
    end(promise, owner, now, PromiseState::Met);
}

/// It is no longer owed; but what was late stays missed.
pub fn void(promise: &mut Promise, owner: Option<Uuid>, now: Instant) {
    end(promise, owner, now, PromiseState::Void);
}

fn end(promise: &mut Promise, owner: Option<Uuid>, now: Instant, in_time: PromiseState) {
    promise.state = if now < promise.due_at { in_time } else { PromiseState::Missed };
    promise.owner = owner;
    promise.ended_at = Some(now);
}

/// Owes again what was voided by mistake, due when it was due.
pub fn revive(promise: &mut Promise) {
    promise.state = PromiseState::Running;
    promise.owner = None;
    promise.ended_at = None;
}

/// Stops the clock. What is late already stays late.
pub fn pause(promise: &mut Promise, now: Instant) {
    if promise.state == PromiseState::Running && now < promise.due_at {
        promise.state = PromiseState::Paused;
        promise.paused_at = Some(now);
    }
}

/// Lets the clock run on with what was left when it was paused.
pub fn resume(promise: &mut Promise, policy: &ClockPolicy, class: ClockClass, now: Instant) {
    let Some(paused_at) = promise.paused_at.take() else { return };
    let pace = policy.within(promise.clock, class).pace();
    let left = policy.calendar.elapsed(paused_at, promise.due_at, pace);
    promise.due_at = policy.calendar.after(now, left, pace);
    promise.paused_micros += now.since(paused_at).as_micros() as i64;
    promise.state = PromiseState::Running;
}

/// Brings a promise forward when the matter turns out to be more urgent; never puts it off.
pub fn hasten(promise: &mut Promise, policy: &ClockPolicy, class: ClockClass) {
    let due_at = policy
        .calendar
        .due(promise.started_at, policy.within(promise.clock, class))
        .plus(paused(promise));
    promise.due_at = promise.due_at.min(due_at);
}

/// Brings a promise forward because of what was heard only now: nobody is late for not having
/// known it before.
pub fn hasten_from(promise: &mut Promise, policy: &ClockPolicy, class: ClockClass, now: Instant) {
    let due_at = policy.calendar.due(now, policy.within(promise.clock, class));
    promise.due_at = promise.due_at.min(due_at);
}

/// How long it has been paused so far, pauses that are over.
pub fn paused(promise: &Promise) -> Duration {
    Duration::from_micros(promise.paused_micros.unsigned_abs())
}

/// The running promise that is due first.
pub fn next(promises: &[Promise]) -> Option<(Clock, Instant)> {
    promises
        .iter()
        .filter(|promise| promise.state == PromiseState::Running)
        .map(|promise| (promise.due_at, promise.clock))
        .min()
        .map(|(due_at, clock)| (clock, due_at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::at;

    /// Started on Monday 2 March 2026 at 09:00.
    #[test]
    fn r6_r7_the_built_in_terms() {
        use Clock::{Accept, Answer, Contact, Decide, Verify};
        use ClockClass::{U0, U1, U2, U3, U4};
        let policy = ClockPolicy::built_in();
        for (clock, class, due_at) in [
            (Accept, U0, "2026-03-02T10:00"),
            (Accept, U1, "2026-03-02T10:00"),
            (Accept, U2, "2026-03-02T11:00"),
            (Accept, U3, "2026-03-03T09:00"),
            (Accept, U4, "2026-03-03T09:00"),
            (Contact, U0, "2026-03-02T11:00"),
            (Contact, U1, "2026-03-02T11:00"),
            (Contact, U2, "2026-03-03T09:00"),
            (Contact, U3, "2026-03-04T09:00"),
            (Contact, U4, "2026-03-05T09:00"),
            (Answer, U0, "2026-03-02T11:00"),
            (Answer, U1, "2026-03-02T11:00"),
            (Answer, U2, "2026-03-03T09:00"),
            (Answer, U3, "2026-03-11T09:00"),
            (Answer, U4, "2026-03-23T09:00"),
            (Verify, U3, "2026-03-05T09:00"),
            (Decide, U0, "2026-03-03T09:00"),
        ] {
            let promise = start(&policy, clock, class, 0, at("2026-03-02T09:00"));
            assert_eq!(promise.due_at, at(due_at), "{clock:?} {class:?}");
        }
    }

    #[test]
    fn r23_holidays_do_not_count_and_make_up_workdays_do() {
        let policy = ClockPolicy::built_in();
        let due = |from: &str| start(&policy, Clock::Verify, ClockClass::U3, 0, at(from)).due_at;
        // National Day 2025: 1 to 8 October off; Sunday 28 September and Saturday 11 worked.
        assert_eq!(due("2025-09-30T15:00"), at("2025-10-11T15:00"));
        assert_eq!(due("2025-09-26T10:00"), at("2025-09-30T10:00"));
    }

    #[test]
    fn the_policy_version_is_kept_with_the_promise() {
        let policy = ClockPolicy::built_in();
        let promise = start(&policy, Clock::Verify, ClockClass::U3, 2, at("2026-03-02T09:00"));
        assert_eq!(promise.policy_version, "built-in-1");
        assert_eq!(promise.calendar_version, policy.calendar.version());
        assert_eq!(promise.round, 2);
    }

    #[test]
    fn edited_terms_are_read_back_as_written() {
        let mut terms = ClockPolicy::built_in().terms;
        terms.reopening = Within::parse("30d").unwrap();
        let calendar = include_str!("../../../../platform/kernel/data/calendar.toml");
        let policy = ClockPolicy::parse("2", calendar, &terms.to_json()).unwrap();
        assert_eq!(policy.terms, terms);
        assert_eq!(policy.version, "2");
    }

    #[test]
    fn spoiled_terms_are_refused_with_the_reason() {
        let sound = ClockPolicy::built_in().terms.to_json();
        let calendar = WorkingCalendar::built_in();
        for (from, to, key) in [
            (r#""verify": "3wd""#, r#""verify": "three""#, "fault.not_a_term"),
            (r#""verify": "3wd""#, r#""verify": "0wd""#, "fault.term_is_zero"),
            (r#""u4": "15wd""#, r#""u4": "0d""#, "fault.term_is_zero"),
            (r#""verify": "3wd","#, "", "fault.not_terms"),
            (r#""verify""#, r#""verity""#, "fault.not_terms"),
        ] {
            assert!(sound.contains(from), "{from}");
            let error = ClockPolicy::from_parts("2", calendar.clone(), &sound.replace(from, to));
            assert_eq!(error.unwrap_err().fault().key, key, "{to}");
        }
        assert!(ClockPolicy::parse("2", "years = 1", &sound).is_err());
    }

    #[test]
    fn the_next_is_the_running_promise_due_first() {
        let policy = ClockPolicy::built_in();
        let from = at("2026-03-02T09:00");
        let mut promises =
            [Clock::Answer, Clock::Contact].map(|of| start(&policy, of, ClockClass::U3, 0, from));
        assert_eq!(next(&promises), Some((Clock::Contact, at("2026-03-04T09:00"))));
        pause(&mut promises[1], from);
        assert_eq!(next(&promises), Some((Clock::Answer, at("2026-03-11T09:00"))));
        stop(&mut promises[0], None, from);
        assert_eq!(next(&promises), None);
    }
}

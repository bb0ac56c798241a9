//! What every act has in common: a [`Case`] goes in, a [`Change`] or a fault comes out.
//!
//! Each act begins a [`Draft`] of the next row, which asks the workflow's table whether the act
//! has an arrow from here; it moves to a stage only along an arrow, and the arrow's clocks start
//! and stop with it. So no act can forget a clock. The rule modules beside this one hold what is
//! particular to each act.

use kernel::{Fault, Instant};
use uuid::Uuid;

use super::clocks::{self, ClockPolicy};
use super::escalate;
use super::workflow::{self, Act};
use crate::model::{
    AssertedBy, Clock, ClockClass, Emergency, Lines, Note, Promise, PromiseState, Request,
    RequestId, Stage,
};

/// Who acts, as far as rules need to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct By {
    /// The signed-in account; none for the program itself and for a query code.
    pub account: Option<Uuid>,
    /// Holds the query code of this very request.
    pub is_petitioner: bool,
}

impl By {
    /// The program itself: jobs, and what follows from an act on another request.
    pub const SYSTEM: By = By { account: None, is_petitioner: false };
    /// The petitioner, by their query code.
    pub const PETITIONER: By = By { account: None, is_petitioner: true };

    /// A signed-in person.
    pub fn account(account: Uuid) -> By {
        By { account: Some(account), is_petitioner: false }
    }
}

/// Everything a rule may look at.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    pub request: &'a Request,
    /// All promises of the request, ended ones too.
    pub promises: &'a [Promise],
    pub by: By,
    /// The lines to call for what the resident says with this act (R4).
    pub heard: Lines,
    pub now: Instant,
    pub policy: &'a ClockPolicy,
}

/// What an act changes. Stored in one transaction or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The new row, its version one higher.
    pub request: Request,
    pub promises: Vec<PromiseChange>,
    /// What must be done to others in the same transaction, in this order.
    pub follow: Vec<Follow>,
}

/// One promise row to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PromiseChange {
    /// A new row.
    Start(Promise),
    /// The row of this clock and round, changed.
    Set(Promise),
}

/// What an act on one request means for others. Done by [`By::SYSTEM`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follow {
    /// Record beside the act itself that this line comes first, and whether it had been called (R4).
    Transfer { line: Emergency, called: bool },
    /// [`super::filing::note`] on the matter it follows, where the same lines are heard.
    Alarm { main: RequestId, heard: Lines },
    /// Record beside the filing whom it was routed to (R21).
    Offer(Uuid),
    /// Record beside the act that it closed the request, and on whose word.
    Closed(AssertedBy),
    /// [`super::parts::close_part`] on the parent.
    ClosePart { parent: RequestId },
    /// [`super::parts::reopen_part`] on the parent.
    ReopenPart { parent: RequestId },
    /// [`super::parts::withdraw_with_parent`] on every part that is not closed.
    WithdrawParts,
    /// [`super::merge::follow`] on every request in stage merged that points here.
    AnswerFollowers,
    /// [`super::merge::unmerge`] on every request in stage merged that points here.
    ReleaseFollowers,
    /// [`super::merge::point`] on every request in stage merged that points here.
    MoveFollowers { into: RequestId },
}

impl Change {
    /// All promises as they stand after this change, given those before it.
    pub fn promises_after(&self, before: &[Promise]) -> Vec<Promise> {
        let mut after = before.to_vec();
        for change in &self.promises {
            match change {
                PromiseChange::Start(promise) => after.push(promise.clone()),
                PromiseChange::Set(promise) => {
                    for kept in after.iter_mut().filter(|kept| key(kept) == key(promise)) {
                        kept.clone_from(promise);
                    }
                }
            }
        }
        after
    }
}

/// What names a promise within its request.
fn key(promise: &Promise) -> (Clock, i64) {
    (promise.clock, promise.round)
}

/// The next row while an act is being decided.
pub(super) struct Draft<'a> {
    act: Act,
    /// None when the request begins with this act.
    from: Option<Stage>,
    /// Who led before the act: what ends now was in their hands.
    held_by: Option<Uuid>,
    before: &'a [Promise],
    book: Vec<Promise>,
    follow: Vec<Follow>,
    pub(super) by: By,
    heard: Lines,
    pub(super) now: Instant,
    pub(super) policy: &'a ClockPolicy,
    pub(super) request: Request,
}

impl<'a> Case<'a> {
    /// Whether who acts leads it or answered it (R12).
    pub(super) fn is_own(&self) -> bool {
        self.request.is_handled_by(self.by.account)
    }

    /// Begins an act: there must be an arrow from here, words where the table wants words, and
    /// the one complained about has no part in it (R21).
    pub(super) fn begin(&self, act: Act, said: Option<&Note>) -> Result<Draft<'a>, Fault> {
        if !workflow::allows(self.request.stage, act) {
            return Err(not_in_stage(act, self.request.stage));
        }
        if said.is_none() && workflow::must_say(self.request.stage, act) {
            return Err(Fault::new("rule.words_needed").with("act", act.word()).at("reason"));
        }
        if self.by.account.is_some() && self.by.account == self.request.accused {
            return Err(Fault::new("rule.r21_accused_has_no_part"));
        }
        let mut request = self.request.clone();
        request.version += 1;
        request.changed_at = self.now;
        Ok(Draft {
            act,
            from: Some(self.request.stage),
            held_by: self.request.lead,
            before: self.promises,
            book: self.promises.to_vec(),
            follow: Vec::new(),
            by: self.by,
            heard: self.heard,
            now: self.now,
            policy: self.policy,
            request,
        })
    }
}

impl<'a> Draft<'a> {
    /// Begins a request that was not there before.
    pub(super) fn new(
        act: Act,
        request: Request,
        by: By,
        now: Instant,
        policy: &'a ClockPolicy,
    ) -> Draft<'a> {
        Draft {
            act,
            from: None,
            held_by: None,
            before: &[],
            book: Vec::new(),
            follow: Vec::new(),
            by,
            heard: Lines::NONE,
            now,
            policy,
            request,
        }
    }

    /// Goes along the arrow to a stage, with its clocks. Everything they depend on, class and
    /// round, must be set in the row before.
    pub(super) fn go(&mut self, to: Stage) -> Result<(), Fault> {
        let stage = self.from.unwrap_or(to);
        let arrow = workflow::workflow()
            .arrow(self.act, self.from, to)
            .ok_or_else(|| not_in_stage(self.act, stage))?;
        let (owner, now) = (self.held_by, self.now);
        for promise in self.book.iter_mut().filter(|promise| clocks::is_open(promise)) {
            if arrow.stops.contains(&promise.clock) {
                clocks::stop(promise, owner, now);
            } else if arrow.voids.contains(&promise.clock) {
                clocks::void(promise, owner, now);
            }
        }
        for clock in &arrow.starts {
            self.start(*clock);
        }
        self.request.stage = to;
        Ok(())
    }

    /// Goes nowhere, but along the arrow: its clocks stop.
    pub(super) fn stay(&mut self) -> Result<(), Fault> {
        self.go(self.request.stage)
    }

    /// Starts a clock once in a round: whatever is returned, noted or sorted again, the resident
    /// was promised it from the first time on. Only decisions may be asked for again and again.
    fn start(&mut self, clock: Clock) {
        let rounds = self.book.iter().filter(|promise| promise.clock == clock);
        let round = match clock {
            Clock::Decide => rounds.map(|promise| promise.round + 1).max().unwrap_or(0),
            Clock::Accept | Clock::Contact | Clock::Answer | Clock::Verify => {
                if rounds.into_iter().any(|promise| promise.round == self.request.reopenings) {
                    return;
                }
                self.request.reopenings
            }
        };
        if clock == Clock::Answer && self.request.dispatched_at.is_none() {
            self.request.dispatched_at = Some(self.now);
        }
        let class = self.request.clock_class;
        self.book.push(clocks::start(self.policy, clock, class, round, self.now));
    }

    /// The promise of this clock that is still owed.
    pub(super) fn owed(&self, clock: Clock) -> Option<&Promise> {
        self.book.iter().find(|promise| promise.clock == clock && clocks::is_open(promise))
    }

    /// Changes the promise of this clock that is still owed, if there is one.
    pub(super) fn change(&mut self, clock: Clock, change: impl FnOnce(&mut Promise)) {
        let owed = |promise: &&mut Promise| promise.clock == clock && clocks::is_open(promise);
        if let Some(promise) = self.book.iter_mut().find(owed) {
            change(promise);
        }
    }

    /// Pauses the answer.
    pub(super) fn pause_clocks(&mut self) {
        let now = self.now;
        self.change(Clock::Answer, |promise| clocks::pause(promise, now));
    }

    /// A faster class brings forward what is already promised; a slower one changes nothing then.
    pub(super) fn reclass(&mut self, class: ClockClass) {
        let promised = self.request.dispatched_at.is_some();
        if promised && class > self.request.clock_class {
            return;
        }
        self.request.clock_class = class;
        let policy = self.policy;
        for clock in [Clock::Contact, Clock::Answer] {
            self.change(clock, |promise| clocks::hasten(promise, policy, class));
        }
    }

    /// Owes again what merging ended: of this round until an answer, whatever ended last and was
    /// not met.
    pub(super) fn revive_clocks(&mut self) {
        let round = self.request.reopenings;
        let until_answer =
            |promise: &Promise| promise.round == round && promise.clock < Clock::Verify;
        let of_round = self.book.iter().filter(|promise| until_answer(promise));
        let merged_at = of_round.filter_map(|promise| promise.ended_at).max();
        for promise in self.book.iter_mut().filter(|promise| until_answer(promise)) {
            if promise.ended_at == merged_at && promise.state != PromiseState::Met {
                clocks::revive(promise);
            }
        }
    }

    /// Ends a pause: when it was to end, however late somebody noticed.
    pub(super) fn end_pause(&mut self) {
        let Some(pause) = self.request.pause.take() else { return };
        let at = pause.until_at.map_or(self.now, |until_at| until_at.min(self.now));
        let (policy, class) = (self.policy, self.request.clock_class);
        self.change(Clock::Answer, |promise| clocks::resume(promise, policy, class, at));
    }

    /// Closes, and the parent hears of it.
    pub(super) fn close(&mut self, asserted_by: AssertedBy) -> Result<(), Fault> {
        if let Some(parent) = self.request.parent {
            self.follow(Follow::ClosePart { parent });
        }
        self.end(asserted_by)
    }

    /// Closes: who says so.
    pub(super) fn end(&mut self, asserted_by: AssertedBy) -> Result<(), Fault> {
        self.end_pause();
        self.request.asserted_by = Some(asserted_by);
        self.request.closed_at = Some(self.now);
        self.request.offered_to = None;
        self.request.extension = None;
        self.go(Stage::Closed)
    }

    pub(super) fn follow(&mut self, follow: Follow) {
        self.follow.push(follow);
    }

    /// The resident speaks of danger: from now on it is an emergency, and its history says whom to
    /// call. That others were called before says nothing of these lines. What is closed stays as
    /// it is; what follows another matter is heard there, where somebody looks.
    fn alarm(&mut self) {
        let open = self.request.stage != Stage::Closed;
        let known = match open && !self.request.called {
            true => self.request.emergencies,
            false => Lines::NONE,
        };
        let heard = self.heard;
        for line in heard.iter().filter(|line| !known.contains(*line)) {
            self.follow(Follow::Transfer { line, called: false });
        }
        if open {
            self.request.emergencies = known.iter().chain(heard.iter()).collect();
            self.request.called = false;
            self.request.clock_class = ClockClass::U0;
            let (policy, now) = (self.policy, self.now);
            for clock in [Clock::Accept, Clock::Contact, Clock::Answer] {
                self.change(clock, |promise| {
                    clocks::hasten_from(promise, policy, ClockClass::U0, now);
                });
            }
        }
        if let Some(main) = self.request.merged_into.filter(|_| open) {
            self.follow(Follow::Alarm { main, heard });
        }
    }

    /// The finished change: the promises that differ, which is due next and when the request goes
    /// up on account of each.
    pub(super) fn finish(mut self) -> Change {
        if !self.heard.is_empty() {
            self.alarm();
        }
        for promise in &mut self.book {
            promise.step_at = escalate::step_at(&self.request, promise, self.policy);
        }
        let next = clocks::next(&self.book);
        self.request.next_clock = next.map(|(clock, _)| clock);
        self.request.next_due_at = next.map(|(_, due_at)| due_at);
        let changed =
            |promise: Promise| match self.before.iter().find(|before| key(before) == key(&promise))
            {
                None => Some(PromiseChange::Start(promise)),
                Some(before) if *before != promise => Some(PromiseChange::Set(promise)),
                Some(_) => None,
            };
        let promises = self.book.into_iter().filter_map(changed).collect();
        Change { request: self.request, promises, follow: self.follow }
    }
}

fn not_in_stage(act: Act, stage: Stage) -> Fault {
    Fault::new("rule.not_in_stage").with("stage", stage.word()).with("act", act.word())
}

/// Refuses what was given in a field unless `holds`.
pub(super) fn ensure_of(field: &'static str, holds: bool, key: &'static str) -> Result<(), Fault> {
    ensure(holds, key).map_err(|fault| fault.at(field))
}

/// Refuses unless `holds`.
pub(super) fn ensure(holds: bool, key: &'static str) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(Fault::new(key)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::filing::{self, Filing};
    use crate::rules::fixtures::{Story, UNHAPPY, at, filing, id, note};
    use crate::rules::verification;

    const FIRE: Lines = Lines::NONE.with(Emergency::Fire);
    const CALL_FIRE: Follow = Follow::Transfer { line: Emergency::Fire, called: false };

    /// The resident says something of fire, by whatever act.
    fn hear(
        story: &mut Story,
        act: impl Fn(&Case<'_>) -> Result<Change, Fault>,
    ) -> Result<(), &'static str> {
        story.by_whom(By::PETITIONER).attempt(|case| act(&Case { heard: FIRE, ..*case }))
    }

    fn add_words(case: &Case<'_>) -> Result<Change, Fault> {
        filing::note(case, &note("现在有煤气味"))
    }

    #[test]
    fn r4_a_danger_added_later_makes_it_an_emergency() {
        let mut story = Story::in_progress();
        hear(story.at("2026-03-03T16:00"), add_words).unwrap();
        assert_eq!((story.request.emergencies, story.request.called), (FIRE, false));
        assert_eq!(story.request.clock_class, ClockClass::U0);
        // From when it was heard: it was no emergency before.
        assert_eq!(story.promise(Clock::Answer).due_at, at("2026-03-03T18:00"));
        assert_eq!(story.follow, [CALL_FIRE]);
        hear(&mut story, add_words).unwrap();
        assert_eq!(story.follow, [], "it is known by now");
        // Nobody has sorted it: that too must be done within the hour.
        let mut story = Story::filed();
        hear(&mut story, add_words).unwrap();
        assert_eq!(story.promise(Clock::Accept).due_at, at("2026-03-02T10:00"));
    }

    #[test]
    fn r4_that_a_line_was_called_says_nothing_of_what_is_added() {
        let called = Filing { emergencies: FIRE, called: Some(Emergency::Fire), ..filing(1) };
        let mut story = Story::of(&called);
        assert!(story.request.called);
        hear(&mut story, add_words).unwrap();
        assert_eq!((story.request.called, &*story.follow), (false, &[CALL_FIRE][..]));
    }

    #[test]
    fn r4_danger_is_heard_in_whatever_the_resident_says() {
        let mut story = Story::answered();
        hear(&mut story, |case| verification::verify(case, UNHAPPY)).unwrap();
        assert_eq!((story.stage(), story.request.emergencies), (Stage::ReopenRequested, FIRE));
    }

    #[test]
    fn r4_the_matter_it_follows_hears_of_danger() {
        let mut story = Story::filed();
        story.request.stage = Stage::Merged;
        story.request.merged_into = Some(id(7));
        hear(&mut story, add_words).unwrap();
        assert_eq!(story.follow, [CALL_FIRE, Follow::Alarm { main: id(7), heard: FIRE }]);
    }

    #[test]
    fn r4_danger_in_what_is_closed_is_a_line_of_its_history_alone() {
        let mut story = Story::in_progress();
        hear(&mut story, |case| filing::withdraw(case, &note("不用来了"))).unwrap();
        assert!(story.follow.contains(&CALL_FIRE));
        let closed = story.request.clone();
        hear(&mut story, add_words).unwrap();
        assert_eq!(story.request.emergencies, closed.emergencies);
        assert_eq!(story.follow, [CALL_FIRE]);
    }
}

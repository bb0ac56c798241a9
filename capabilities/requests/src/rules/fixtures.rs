//! For tests of rules: a request that is told like a story, each act applied to what the acts
//! before it left.

use kernel::{Day, Instant};
use uuid::Uuid;

use super::clocks::ClockPolicy;
use super::decide::{By, Case, Change, Follow};
use super::filing::{self, Filing};
use super::handling::{self, Answering, Triage};
use crate::model::{
    AnswerKind, Channel, Clock, ClockClass, Layer, Lines, Mode, Nature, Note, Petitioner, Promise,
    Request, RequestId, Stage, Verification, Words,
};

/// The liaison rep who wrote it down.
pub const REP: Uuid = Uuid::from_u128(1);
/// The grid head.
pub const HEAD: Uuid = Uuid::from_u128(2);
/// A clerk of the office.
pub const CLERK: Uuid = Uuid::from_u128(3);
/// The secretary.
pub const SECRETARY: Uuid = Uuid::from_u128(4);

/// Happy, unhappy, neither, not reached.
pub const HAPPY: Verification =
    Verification { contacted: true, solved: Some(true), satisfied: Some(true) };
pub const UNHAPPY: Verification =
    Verification { contacted: true, solved: Some(false), satisfied: None };
pub const UNDECIDED: Verification =
    Verification { contacted: true, solved: Some(true), satisfied: None };
pub const NOT_REACHED: Verification =
    Verification { contacted: false, solved: None, satisfied: None };

/// A request with its promises, and who acts next and when.
#[derive(Debug, Clone)]
pub struct Story {
    pub request: Request,
    pub promises: Vec<Promise>,
    /// What the last act asks for elsewhere.
    pub follow: Vec<Follow>,
    pub by: By,
    pub now: Instant,
    pub policy: ClockPolicy,
}

pub fn at(text: &str) -> Instant {
    Instant::parse(&format!("{text}:00+08:00")).unwrap()
}

pub fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

pub fn note(text: &str) -> Note {
    Note::parse(text).unwrap()
}

pub fn id(number: u128) -> RequestId {
    RequestId::from_uuid(Uuid::from_u128(number))
}

/// An ordinary lamp, written down by the rep.
pub fn filing(number: u128) -> Filing {
    Filing {
        id: id(number),
        year: 2026,
        serial: 1,
        words: Words::parse("三栋二单元的楼道灯坏了").unwrap(),
        household: None,
        place: None,
        spot_label: String::new(),
        grid: None,
        petitioner: Petitioner::default(),
        behalf: None,
        recorder: Some(REP),
        channel: Channel::Door,
        nature: Nature::Help,
        topic: "A01".to_owned(),
        clock_class: ClockClass::U3,
        layer: Layer::Community,
        emergencies: Lines::NONE,
        called: None,
        hears: None,
        confidential: false,
        accused: None,
    }
}

/// Sorted as assisted, with somebody who helps.
pub fn assisted(reason: Option<&Note>) -> Triage<'_> {
    Triage {
        nature: None,
        topic: None,
        mode: Mode::Assisted,
        guidance: None,
        follow_up_on: None,
        task: None,
        helper: None,
        assign_to: Some(HEAD),
        reason,
    }
}

pub fn solved(words: &Note) -> Answering<'_> {
    Answering { words, kind: AnswerKind::Solved, redirect_to: None, redirect_contact: None }
}

impl Story {
    /// Filed on Monday 2 March 2026 at 09:00, a week without holidays.
    pub fn filed() -> Story {
        Story::of(&filing(100))
    }

    pub fn of(filing: &Filing) -> Story {
        let (now, policy) = (at("2026-03-02T09:00"), ClockPolicy::built_in());
        let change = filing::file(filing, None, now, &policy).unwrap();
        Story {
            promises: change.promises_after(&[]),
            request: change.request,
            follow: change.follow,
            by: By::account(REP),
            now,
            policy,
        }
    }

    /// Sorted by the clerk, accepted by the grid head at 10:00.
    pub fn in_progress() -> Story {
        let mut story = Story::filed();
        story.by(CLERK).apply(|case| handling::triage(case, &assisted(None)));
        story.at("2026-03-02T10:00").by(HEAD).apply(handling::accept);
        story
    }

    /// Answered by the grid head on Tuesday at 10:00.
    pub fn answered() -> Story {
        let mut story = Story::in_progress();
        story.at("2026-03-03T10:00");
        story.apply(|case| handling::answer(case, &solved(&note("换好了"))));
        story
    }

    pub fn by(&mut self, account: Uuid) -> &mut Story {
        self.by = By::account(account);
        self
    }

    pub fn by_whom(&mut self, by: By) -> &mut Story {
        self.by = by;
        self
    }

    pub fn at(&mut self, text: &str) -> &mut Story {
        self.now = at(text);
        self
    }

    pub fn case(&self) -> Case<'_> {
        let Story { request, promises, by, now, policy, .. } = self;
        Case { request, promises, by: *by, heard: Lines::NONE, now: *now, policy }
    }

    /// Does it, or tells the word of the rule that says no.
    pub fn attempt(
        &mut self,
        act: impl FnOnce(&Case<'_>) -> Result<Change, kernel::Fault>,
    ) -> Result<(), &'static str> {
        let change = act(&self.case()).map_err(|fault| fault.key)?;
        self.promises = change.promises_after(&self.promises);
        self.request = change.request;
        self.follow = change.follow;
        Ok(())
    }

    /// Does it.
    pub fn apply(
        &mut self,
        act: impl FnOnce(&Case<'_>) -> Result<Change, kernel::Fault>,
    ) -> &mut Story {
        self.attempt(act).unwrap();
        self
    }

    /// The latest promise of a clock.
    pub fn promise(&self, clock: Clock) -> &Promise {
        let of_clock = self.promises.iter().filter(|promise| promise.clock == clock);
        of_clock.max_by_key(|promise| promise.round).unwrap()
    }

    pub fn stage(&self) -> Stage {
        self.request.stage
    }
}

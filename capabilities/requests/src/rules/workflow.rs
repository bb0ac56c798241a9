//! The workflow as typed data: every stage, every act, every arrow in one table.
//!
//! An arrow says from which stages an act leads to which, which clocks it starts and stops, and
//! whether a person must say why. The acts' rules ask this table before they ask anything else,
//! so an arrow that is not drawn here cannot be gone. [`Workflow::check`] proves what a table of
//! arrows can prove: nothing unreachable, no dead end, no clock without start and stop, no
//! waiting without a cap.

mod drawing;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::model::{Clock, PauseReason, Stage};

macro_rules! acts {
    ($($(#[$doc:meta])* $variant:ident = $word:literal),* $(,)?) => {
        /// What may be done to a request. The word is the action's name everywhere.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Act { $($(#[$doc])* $variant),* }

        impl Act {
            /// All of them, in the order of a request's life.
            pub const ALL: &'static [Act] = &[$(Act::$variant),*];

            /// The action's name in URL map, policy, audit, metrics and catalogue.
            pub fn word(self) -> &'static str {
                match self { $(Act::$variant => $word),* }
            }

            /// The act of this name.
            pub fn parse(word: &str) -> Option<Act> {
                Act::ALL.iter().copied().find(|act| act.word() == word)
            }
        }
    };
}

acts! {
    /// Begins a request; has no stage to come from.
    File = "request.file",
    Triage = "request.triage",
    Assign = "request.assign",
    Accept = "request.accept",
    Return = "request.return",
    Contact = "request.contact",
    AskExtension = "request.ask_extension",
    DecideExtension = "request.decide_extension",
    Pause = "request.pause",
    Resume = "request.resume",
    Split = "request.split",
    /// A part was closed: the program's own, on the parent.
    ClosePart = "request.close_part",
    /// A part was opened again: the program's own, on the parent.
    ReopenPart = "request.reopen_part",
    Answer = "request.answer",
    /// The matter it follows was answered: the program's own, on a merged request.
    Follow = "request.follow",
    Verify = "request.verify",
    Close = "request.close",
    AskReopening = "request.ask_reopening",
    DecideReopening = "request.decide_reopening",
    Merge = "request.merge",
    Unmerge = "request.unmerge",
    Withdraw = "request.withdraw",
    Note = "request.note",
    Correct = "request.correct",
    KeepConfidential = "request.keep_confidential",
    AddPhoto = "request.add_photo",
    /// A promise ran out: the program's own.
    Escalate = "request.escalate",
}

/// How long a waiting stage may last for one reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cap {
    /// The term of the clock policy for this reason; the promises pause.
    Term,
    /// Until the last part is closed; the parts have clocks of their own and the parent's run on,
    /// because splitting is our affair and not the resident's.
    LastPart,
}

/// What kind of stage it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Somebody must do something.
    Working,
    /// Nothing can be done now, for one of these reasons.
    Waiting { caps: Vec<(PauseReason, Cap)> },
    /// It may stay here for ever.
    Final,
}

/// Where an arrow leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// Nowhere else.
    Same,
    Stage(Stage),
}

/// One arrow, or several that differ in their ends only.
#[derive(Debug, Clone)]
pub struct Arrow {
    pub act: Act,
    /// Empty only where a request begins.
    pub from: Vec<Stage>,
    pub to: Vec<To>,
    /// Clocks that start, unless this round has them already.
    pub starts: Vec<Clock>,
    /// Clocks that stop because the promise was fulfilled.
    pub stops: Vec<Clock>,
    /// Clocks that stop because what was promised is no longer owed.
    pub voids: Vec<Clock>,
    /// Whether a person must say why, or what.
    pub says: bool,
}

/// The whole table.
#[derive(Debug, Clone)]
pub struct Workflow {
    pub stages: Vec<(Stage, Kind)>,
    pub arrows: Vec<Arrow>,
}

/// What is wrong with a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorkflowError {
    #[error("stage {} is not described, or twice", .0.word())]
    NotDescribedOnce(Stage),
    #[error("no act begins a request")]
    NoBeginning,
    #[error("stage {} cannot be reached", .0.word())]
    Unreachable(Stage),
    #[error("stage {} has no exit", .0.word())]
    NoExit(Stage),
    #[error("clock {} is never started", .0.word())]
    NeverStarted(Clock),
    #[error("clock {} is never stopped", .0.word())]
    NeverStopped(Clock),
    #[error("stage {} may wait for {} without a cap", .stage.word(), .reason.word())]
    NoCap { stage: Stage, reason: PauseReason },
    #[error("act {} is in no arrow", .0.word())]
    NoArrow(Act),
    #[error("act {} from {} to {} is drawn twice", .act.word(), .from.word(), .to.word())]
    DrawnTwice { act: Act, from: Stage, to: Stage },
}

/// The workflow of this program, checked when it is first asked for.
pub fn workflow() -> &'static Workflow {
    static WORKFLOW: LazyLock<Workflow> = LazyLock::new(|| {
        let workflow = drawing::drawn();
        // The table is a constant of this program, and a test checks it.
        workflow.check().expect("the built-in workflow is sound");
        workflow
    });
    &WORKFLOW
}

/// Whether the table has an arrow for this act from this stage. What else must hold, and who may,
/// is for the act's rule and the policy.
pub fn allows(stage: Stage, act: Act) -> bool {
    workflow().arrows.iter().any(|arrow| arrow.act == act && arrow.from.contains(&stage))
}

/// Whether an act from this stage needs words, wherever it leads.
pub fn must_say(stage: Stage, act: Act) -> bool {
    let says = |arrow: &Arrow| arrow.act == act && arrow.says && arrow.from.contains(&stage);
    workflow().arrows.iter().any(says)
}

impl Workflow {
    /// The arrow of an act from one stage to another; from nowhere where a request begins.
    pub fn arrow(&self, act: Act, from: Option<Stage>, to: Stage) -> Option<&Arrow> {
        self.arrows.iter().find(|arrow| arrow.act == act && arrow.leads(from, to))
    }

    /// The cap for waiting in this stage for this reason.
    pub fn cap(&self, stage: Stage, reason: PauseReason) -> Option<Cap> {
        self.stages.iter().filter(|(described, _)| *described == stage).find_map(|(_, kind)| {
            match kind {
                Kind::Waiting { caps } => {
                    caps.iter().find(|(of, _)| *of == reason).map(|(_, cap)| *cap)
                }
                Kind::Working | Kind::Final => None,
            }
        })
    }

    /// Proves that every stage is reachable, every non-final stage has an exit, every clock has a
    /// start and a stop, every waiting has a cap, every act an arrow, and no arrow is drawn twice.
    ///
    /// # Errors
    /// The first thing found wrong.
    pub fn check(&self) -> Result<(), WorkflowError> {
        self.check_stages()?;
        self.check_arrows()?;
        self.check_clocks()
    }

    fn check_stages(&self) -> Result<(), WorkflowError> {
        let reached = self.reached()?;
        for stage in Stage::ALL.iter().copied() {
            let mut described = self.stages.iter().filter(|(of, _)| *of == stage);
            let (Some((_, kind)), None) = (described.next(), described.next()) else {
                return Err(WorkflowError::NotDescribedOnce(stage));
            };
            if !reached.contains(&stage) {
                return Err(WorkflowError::Unreachable(stage));
            }
            match kind {
                Kind::Final => {}
                Kind::Working => self.check_exit(stage)?,
                Kind::Waiting { caps } => {
                    self.check_exit(stage)?;
                    check_caps(stage, caps)?;
                }
            }
        }
        Ok(())
    }

    /// All stages some path of arrows leads to.
    fn reached(&self) -> Result<BTreeSet<Stage>, WorkflowError> {
        let mut reached: BTreeSet<Stage> = BTreeSet::new();
        let begins = self.arrows.iter().filter(|arrow| arrow.from.is_empty());
        reached.extend(begins.flat_map(Arrow::ends));
        if reached.is_empty() {
            return Err(WorkflowError::NoBeginning);
        }
        loop {
            let leave = |arrow: &&Arrow| arrow.from.iter().any(|stage| reached.contains(stage));
            let next: Vec<Stage> = self.arrows.iter().filter(leave).flat_map(Arrow::ends).collect();
            let before = reached.len();
            reached.extend(next);
            if reached.len() == before {
                return Ok(reached);
            }
        }
    }

    fn check_exit(&self, stage: Stage) -> Result<(), WorkflowError> {
        let leads_away =
            |arrow: &Arrow| arrow.from.contains(&stage) && arrow.ends().any(|end| end != stage);
        if self.arrows.iter().any(leads_away) { Ok(()) } else { Err(WorkflowError::NoExit(stage)) }
    }

    fn check_arrows(&self) -> Result<(), WorkflowError> {
        for act in Act::ALL.iter().copied() {
            if !self.arrows.iter().any(|arrow| arrow.act == act) {
                return Err(WorkflowError::NoArrow(act));
            }
            for (from, to) in pairs() {
                let drawn = |arrow: &&Arrow| arrow.act == act && arrow.leads(Some(from), to);
                if self.arrows.iter().filter(drawn).count() > 1 {
                    return Err(WorkflowError::DrawnTwice { act, from, to });
                }
            }
        }
        Ok(())
    }

    fn check_clocks(&self) -> Result<(), WorkflowError> {
        for clock in Clock::ALL.iter().copied() {
            if !self.arrows.iter().any(|arrow| arrow.starts.contains(&clock)) {
                return Err(WorkflowError::NeverStarted(clock));
            }
            if !self.arrows.iter().any(|arrow| arrow.stops.contains(&clock)) {
                return Err(WorkflowError::NeverStopped(clock));
            }
        }
        Ok(())
    }
}

fn check_caps(stage: Stage, caps: &[(PauseReason, Cap)]) -> Result<(), WorkflowError> {
    let missing = PauseReason::ALL
        .iter()
        .copied()
        .find(|reason| !caps.iter().any(|(capped, _)| capped == reason));
    match missing {
        Some(reason) => Err(WorkflowError::NoCap { stage, reason }),
        None => Ok(()),
    }
}

/// Every stage with every stage.
fn pairs() -> impl Iterator<Item = (Stage, Stage)> {
    Stage::ALL.iter().flat_map(|from| Stage::ALL.iter().map(|to| (*from, *to)))
}

impl Arrow {
    /// Whether it leads from one stage to another, which may be the same; from nowhere where a
    /// request begins.
    pub fn leads(&self, from: Option<Stage>, to: Stage) -> bool {
        let leaves = from.map_or(self.from.is_empty(), |from| self.from.contains(&from));
        let stays = from == Some(to) && self.to.contains(&To::Same);
        leaves && (stays || self.to.contains(&To::Stage(to)))
    }

    /// The stages it names as ends; staying reaches nothing new.
    fn ends(&self) -> impl Iterator<Item = Stage> + '_ {
        self.to.iter().filter_map(|to| match to {
            To::Same => None,
            To::Stage(stage) => Some(*stage),
        })
    }
}

#[cfg(test)]
mod tests;

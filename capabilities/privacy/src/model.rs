//! What exists where residents ask about their data: consents, copies, erasures, in the words of the
//! law on personal information (PIPL art. 13–17, 44–50).

use kernel::{AccountId, Instant};
use registry::PersonId;

kernel::id! {
    /// A consent.
    pub ConsentId
}

kernel::id! {
    /// A copy of everything that was handed over.
    pub CopyId
}

kernel::id! {
    /// A wish to be forgotten.
    pub ErasureId
}

/// The longest word on what proves something: the number of a paper, a call note.
pub const PROOF_MAX: usize = 120;

/// The longest reason of a decision.
pub const REASON_MAX: usize = 400;

kernel::words! {
    /// Who speaks for the resident.
    By {
        /// They themselves.
        Oneself = "oneself",
        /// Whoever cares for a child or for somebody who cannot decide.
        Guardian = "guardian",
        /// Near kin of somebody who died (art. 49).
        Kin = "kin",
    }
}

kernel::words! {
    /// How it was said.
    Channel {
        /// At the desk or the door.
        Voice = "voice",
        /// Signed on paper.
        Paper = "paper",
        /// By the resident's own code.
        Code = "code",
    }
}

kernel::words! {
    /// Why data must go (art. 47).
    Ground {
        /// What it was kept for is done, or they moved away for good.
        Done = "done",
        /// Consent was taken back.
        Withdrawn = "withdrawn",
        /// It ought not to have been kept.
        Unlawful = "unlawful",
    }
}

/// A yes to one purpose. No `Debug`: what proves it is the resident's.
#[derive(Clone, PartialEq, Eq)]
pub struct Consent {
    pub id: ConsentId,
    pub person: PersonId,
    /// Code of the register of purposes.
    pub purpose: String,
    /// Edition of the text they heard or read.
    pub edition: String,
    pub channel: Channel,
    pub by: By,
    /// What proves it, sealed; needed for sensitive purposes.
    pub evidence: Option<String>,
    pub given_at: Instant,
    pub witness: AccountId,
    pub withdrawn_at: Option<Instant>,
}

/// A copy that was handed over.
#[derive(Clone, PartialEq, Eq)]
pub struct Copied {
    pub id: CopyId,
    pub person: PersonId,
    pub by: By,
    pub given_at: Instant,
    pub giver: AccountId,
}

/// A wish to be forgotten, and what became of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Erasure {
    pub id: ErasureId,
    pub person: PersonId,
    pub by: By,
    pub ground: Ground,
    pub asked_at: Instant,
    pub entered_by: AccountId,
    pub decided: Option<Decided>,
}

/// What was decided.
#[derive(Clone, PartialEq, Eq)]
pub struct Decided {
    pub at: Instant,
    pub by: AccountId,
    pub granted: bool,
    /// Why not, or what was said.
    pub reason: Option<String>,
    /// In how many requests name and telephone went.
    pub contacts: i64,
}

//! The one door. The world changes only through [`Gate::perform`] and is seen only through
//! [`Gate::look`].
//!
//! A capability states *what* ([`Action`], [`View`]) and *about what* ([`Facts`]); the gate asks
//! the policy, keeps receipts, writes the event and the journal entry in the same transaction,
//! and leaves a line for every look at personal data. A capability cannot forget any of it,
//! because it never holds a bare write transaction.
//!
//! Invariant: no capability writes a served database but through [`Gate::perform`]. The command
//! line writes directly where there is no one to ask yet or nothing to decide: first set-up,
//! tokens, restore, and the invented rows of demo and bench.

mod act;
mod action;
mod actor;
mod event;
pub mod left;
mod look;
mod policy;
mod refusal;
pub mod seal;
mod words;

pub use act::{Acting, Gate, Looked, Parts};
pub use action::{Action, FRESH_FOR, Facts, Receipt, View};
pub use actor::{Actor, Chance, Credential, Identify, Origin};
pub use event::{Changed, Event, timeline, timelines};
pub use left::{Left, State, StateDigest, States};
pub use look::{Looking, Seen, lines_about, lines_before};
pub use policy::{Declared, Policy, PolicyError};
pub use refusal::{FieldFault, Refusal};

use db::Migration;

/// The tables the gate itself keeps: events, the journal and access lines.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        module: "gate",
        number: 1,
        name: "gate",
        sql: include_str!("../migrations/0001_gate.sql"),
    },
    Migration {
        module: "gate",
        number: 2,
        name: "addressed",
        sql: include_str!("../migrations/0002_addressed.sql"),
    },
];

/// Every named statement of the gate, for the test that prepares them on both engines.
pub const STATEMENTS: &[&[db::Sql]] = &[
    act::STATEMENTS,
    event::STATEMENTS,
    left::STATEMENTS,
    look::STATEMENTS,
    seal::STATEMENTS,
    seal::standing::STATEMENTS,
];

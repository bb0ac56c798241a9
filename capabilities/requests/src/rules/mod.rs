//! What may happen to a request: pure functions from (state, act, now) to a new row and changed
//! promises, or a fault that names the rule. No IO, no clock, no randomness, no SQL.
//!
//! [`workflow`] is the table of all arrows; [`decide`] has what every act shares (a
//! [`Case`] goes in, a [`Change`] comes out); the acts stand by noun in
//! [`filing`], [`handling`], [`delay`], [`parts`], [`verification`] and [`merge`]. [`clocks`]
//! counts the promises, [`escalate`] says what is late and for whom, [`complaint`] who hears
//! about a colleague. [`infer`], [`similar`] and
//! [`chat`] read what people wrote.

pub mod chat;
pub mod clocks;
pub mod complaint;
pub mod decide;
pub mod delay;
pub mod escalate;
pub mod filing;
pub mod handling;
pub mod infer;
pub mod merge;
pub mod parts;
pub mod similar;
pub mod verification;
pub mod workflow;

pub use decide::{By, Case, Change, Follow, PromiseChange};

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod properties;

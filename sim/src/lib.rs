//! An invented community of the founding article's size, and a quarter of its requests.
//!
//! The same seed makes the same people, places and histories. Only what opens a door is never
//! taken from the seed: cards come from the machine's own randomness. Nothing here is real: names
//! are put together at random from `data/people.toml`, and behind the area code of telephone numbers
//! stands a 0, which no network assigns: a tap on one reaches nobody.

mod cast;
mod changes;
mod dice;
mod found;
mod ground;
mod people;
mod quarter;
mod story;

pub use changes::change_hands;
pub use found::{Community, Founded, Login};
pub use quarter::{Quarter, Told};

//! Stories of the register, told through the router on both engines.

mod households;
mod sealed;
mod spots;
mod tenure;
mod world;

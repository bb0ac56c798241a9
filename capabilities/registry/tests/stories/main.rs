//! Stories of the register, told through the router on both engines.

mod households;
mod imports;
mod messy;
mod spots;
mod tenure;
mod world;

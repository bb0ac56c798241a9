//! Stories of the register, told through the router on both engines.

mod grids;
mod ground;
mod households;
mod import_pages;
mod imports;
mod messy;
mod people;
mod sealed;
mod spots;
mod stations;
mod tenure;
mod world;

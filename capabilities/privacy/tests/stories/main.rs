//! Stories of residents and their own data, told through the router on both engines.

mod consents;
mod copies;
mod erasures;
mod looks;
mod own;
mod world;

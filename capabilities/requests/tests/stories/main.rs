//! Stories of requests, told through the router on both engines.

mod api;
mod by_code;
mod clocks;
mod complaint;
mod delay;
mod duties;
mod family;
mod fields;
mod handover;
mod intake;
mod kept;
mod left;
mod life;
mod lists;
mod pages;
mod permissions;
mod photos;
mod sealed;
mod world;

//! Stories of requests, told through the router on both engines.

mod by_code;
mod clocks;
mod complaint;
mod delay;
mod family;
mod handover;
mod intake;
mod life;
mod lists;
mod pages;
mod permissions;
mod photos;
mod world;

//! Stories of access, told through the router on both engines.

mod codes;
mod devices;
mod first_run;
mod limits;
mod names;
mod pins;
mod proof;
mod second_step;
mod sessions;
mod several;
mod staff;
mod world;

//! Stories of reps through the router, each told on SQLite and on PostgreSQL.

mod handing;
mod permissions;
mod reps;
mod world;

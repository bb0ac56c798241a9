//! The database layer on both engines: every test here runs on a SQLite file and on a
//! PostgreSQL database of its own.

mod backup;
mod engines;
mod faults;
mod later;
mod migrations;
mod search;
mod transactions;
mod values;
mod wal;

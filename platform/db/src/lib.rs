//! One SQL text, two engines: SQLite inside the process, or PostgreSQL over a socket.
//!
//! A caller hands [`Db::write`] or [`Db::read`] a plain synchronous closure over [`Tx`] and
//! awaits its result; that is the only await. On SQLite one writer thread commits everything
//! that queued while the last commit was on its way to the disk (group commit), and reader
//! threads see committed snapshots. On PostgreSQL each worker thread has one connection.
//!
//! What is absent: no ORM, no query builder, no pool to check out of, no async inside a
//! transaction, no TLS (PostgreSQL is reached over loopback or a private network). Closures may
//! run more than once, so they have no effects but those on their `Tx`.

mod backup;
mod database;
mod error;
mod metrics;
mod migrate;
mod postgres;
#[cfg(feature = "private-postgres")]
pub mod private_postgres;
pub mod search;
mod sqlite;
mod statement;
mod tx;
mod value;
mod work;

pub use backup::{Progress, restore};
pub use database::{Config, Db, Url};
pub use error::{Constraint, EngineError, Error, Retry};
pub use metrics::Metrics;
pub use migrate::Migration;
pub use statement::Sql;
pub use tx::{Engine, Tx};
pub use value::{Row, Value};

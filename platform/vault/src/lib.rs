//! The vault: keys, sealed fields, the blind index, and forgetting by destroying a key.
//!
//! master key → community's key → subject's key → field. The first comes from outside
//! ([`master`]); the others are rows, each wrapped by the one before. A sealed field names its suite
//! and key version and is bound to its community, table, column and row. Whoever has the database
//! without the master key reads ids, codes, times, and how long texts are to the next power of two.
//!
//! Whose fields a key seals is the caller's to say: a *subject* is a person, or any thing that is to
//! be forgotten as one.
//!
//! What is not here: a daemon of its own for keys, keys in a TPM, and SM2 signatures.

mod error;
mod index;
mod keys;
pub mod master;
pub mod rotate;
mod sealed;
mod store;
mod suite;
pub mod text;

pub use error::VaultError;
pub use index::{IndexKey, LAST_FOUR_VALUES, TERM_VALUES, WHOLE_BYTES};
pub use keys::{Fill, Keys, SubjectKey, Vault, destroy, found, keys, masters};
pub use sealed::TEXT_MAX;
pub use store::STATEMENTS;
pub use suite::Suite;

/// The tables of wrapped keys.
pub const MIGRATIONS: &[db::Migration] = &[db::Migration {
    module: "vault",
    number: 1,
    name: "vault",
    sql: include_str!("../migrations/0001_vault.sql"),
}];

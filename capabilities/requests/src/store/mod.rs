//! How requests are kept: named statements and the mapping of their rows, by noun.
//!
//! Everything here takes the community first and puts it into every `where`. An act costs one
//! select of the whole row, one compare-and-set of it, and its promises by primary key.

pub mod contact;
pub mod family;
pub mod lists;
pub mod photos;
pub mod policies;
pub mod promises;
pub mod row;
pub mod saved;
pub mod search;
pub mod state;

use gate::Refusal;

/// Every statement of requests, for the test that prepares them on both engines.
pub const STATEMENTS: &[&[db::Sql]] = &[
    family::STATEMENTS,
    lists::STATEMENTS,
    photos::STATEMENTS,
    policies::STATEMENTS,
    promises::STATEMENTS,
    row::STATEMENTS,
    saved::STATEMENTS,
    state::STATEMENTS,
];

/// Something that this program never wrote.
fn strange(what: &'static str) -> Refusal {
    Refusal::Defect(format!("the requests hold a strange {what}"))
}

//! How accounts, credentials, sessions and query codes are kept: named statements and the
//! mapping of their rows, by noun.

pub mod accounts;
pub mod credentials;
pub mod query_codes;
pub mod second_factors;
pub mod sessions;
pub mod staff;

use gate::Refusal;

/// Every statement of this capability, for the test that prepares them on both engines.
pub const STATEMENTS: &[&[db::Sql]] = &[
    accounts::STATEMENTS,
    credentials::STATEMENTS,
    query_codes::STATEMENTS,
    second_factors::STATEMENTS,
    sessions::STATEMENTS,
    staff::STATEMENTS,
];

/// A word that this program never wrote.
fn strange(what: &'static str) -> Refusal {
    Refusal::Defect(format!("access holds a strange {what}"))
}

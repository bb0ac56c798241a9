//! How consents, copies and erasures are kept: named statements and the mapping of their rows. What
//! proves something stands sealed under the resident's own key.

pub mod consents;
pub mod copies;
pub mod erasures;
pub mod produced;

use db::Tx;
use gate::Refusal;
use kernel::CommunityId;
use registry::PersonId;
use uuid::Uuid;
use vault::text::{self, Column};

/// Every statement of this capability, for the test that prepares them on both engines.
pub const STATEMENTS: &[&[db::Sql]] =
    &[consents::STATEMENTS, copies::STATEMENTS, erasures::STATEMENTS, produced::STATEMENTS];

/// A word that this program never wrote.
fn strange(what: &'static str) -> Refusal {
    Refusal::Defect(format!("privacy holds a strange {what}"))
}

/// Seals what proves something about a person; nothing stays nothing.
fn seal(
    tx: &mut Tx<'_>,
    (community, person): (CommunityId, PersonId),
    (table, column): (&'static str, &'static str),
    (row, said): (Uuid, Option<&str>),
) -> Result<Option<String>, Refusal> {
    let Some(said) = said else { return Ok(None) };
    let key = vault::keys(tx, community)?.subject(tx, person.uuid())?.ok_or(Refusal::NotFound)?;
    Ok(Some(text::seal(&key, Column { table, column, row: Some(row) }, said)?))
}

//! How the register is kept: named statements and the mapping of their rows, by noun.
//!
//! Everything here takes the community first and puts it into every `where` and join.

pub mod areas;
pub mod communities;
pub mod dwelt;
pub mod grid_cards;
pub mod grounds;
pub mod hand_overs;
pub mod imports;
pub mod known;
pub mod liaisons;
pub mod people;
pub mod people_changes;
pub mod people_edit;
pub mod plots;
pub mod removal;
pub mod sealed;
pub mod spots;
pub mod stations;
pub mod tenure;
pub mod uploads;

use gate::Refusal;

/// Every statement of the register, for the test that prepares them on both engines.
pub const STATEMENTS: &[&[db::Sql]] = &[
    areas::STATEMENTS,
    communities::STATEMENTS,
    dwelt::STATEMENTS,
    grid_cards::STATEMENTS,
    grounds::STATEMENTS,
    hand_overs::STATEMENTS,
    imports::STATEMENTS,
    known::STATEMENTS,
    liaisons::STATEMENTS,
    people::STATEMENTS,
    sealed::STATEMENTS,
    people_changes::STATEMENTS,
    people_edit::STATEMENTS,
    plots::STATEMENTS,
    removal::STATEMENTS,
    spots::STATEMENTS,
    stations::STATEMENTS,
    tenure::STATEMENTS,
    uploads::STATEMENTS,
];

/// Ids that one statement looks up. Neither engine is sent an array, so lists go in eights, the
/// last one filled up with ids that do not exist.
const AT_ONCE: usize = 8;

/// The ids, eight by eight.
fn eights(ids: impl IntoIterator<Item = uuid::Uuid>) -> Vec<[uuid::Uuid; AT_ONCE]> {
    let ids: Vec<uuid::Uuid> = ids.into_iter().collect();
    ids.chunks(AT_ONCE)
        .map(|chunk| {
            let mut eight = [uuid::Uuid::nil(); AT_ONCE];
            eight[..chunk.len()].copy_from_slice(chunk);
            eight
        })
        .collect()
}

/// A word that this program never wrote.
fn strange(what: &'static str) -> Refusal {
    Refusal::Defect(format!("the register holds a strange {what}"))
}

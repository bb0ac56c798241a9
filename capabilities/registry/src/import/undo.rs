//! A table taken back within the day: what it added goes, what it changed is as it was before.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use db::Tx;
use gate::{Acting, Action, Actor, Facts, Refusal};
use kernel::{CommunityId, Day, Fault, Instant};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::act::digest;
use super::columns::{self, Field};
use crate::model::{Person, Sex};
use crate::store::imports::{self, Import, Line, Made};
use crate::store::{people, people_changes, removal};

/// How long a table can be taken back: whoever brings one in at the end of a day may still find
/// out the next morning.
pub(super) const UNDO_WITHIN: Duration = Duration::from_secs(24 * 60 * 60);

/// Takes back a table that was brought in.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoImport {
    pub import: Uuid,
}

/// What was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Undone {
    pub import: Uuid,
    /// People who were added and are gone.
    pub removed: u32,
    /// People who are as they were before.
    pub restored: u32,
}

impl Action for UndoImport {
    const NAME: &'static str = "register.undo_import";
    const RESOURCE: &'static str = "Register";
    type Done = Undone;

    fn addressed(&self) -> Option<Uuid> {
        Some(self.import)
    }

    fn facts(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        let known = imports::one(tx, actor.community, self.import)?;
        known.map(|import| Facts::of(import.id)).ok_or(Refusal::NotFound)
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<Undone, Refusal> {
        let community = act.community();
        let import = imports::one(act.tx, community, self.import)?.ok_or(Refusal::NotFound)?;
        check(&import, act.now)?;
        let lines = imports::lines(act.tx, community, import.id)?;
        let overtaken = changed_since(act.tx, community, &import, &lines)?;
        if !overtaken.is_empty() {
            return Err(overtaken_by(overtaken.len()));
        }
        let mut done = Undone { import: import.id, removed: 0, restored: 0 };
        people_changes::remove_added_by(act.tx, community, import.id)?;
        for line in &lines {
            if line.is_new {
                // Nothing of theirs is to be opened again.
                vault::destroy(act.tx, community, line.person.uuid(), act.now)?;
                done.removed += 1;
            } else {
                restore(act.tx, community, line)?;
                done.restored += 1;
            }
        }
        let made = imports::made(act.tx, community, import.id)?;
        let held = remove_places(act.tx, community, &import, &made)?;
        if held > 0 {
            return Err(overtaken_by(held));
        }
        imports::undo(act.tx, community, import.id, act.now)?;
        Ok(done)
    }
}

fn overtaken_by(count: usize) -> Refusal {
    Refusal::Rule(Fault::new("registry.import_changed_since").with("count", count))
}

/// Whether a table can still be taken back.
///
/// # Errors
/// `registry.import_undone`, `registry.import_too_late`.
pub(super) fn check(import: &Import, now: Instant) -> Result<(), Refusal> {
    if import.undone_at.is_some() {
        return Err(Refusal::rule("registry.import_undone"));
    }
    if now > import.at.plus(UNDO_WITHIN) || import.salt.is_none() {
        return Err(Refusal::rule("registry.import_too_late"));
    }
    Ok(())
}

/// Whoever somebody else changed since, moved or took away: person and name, empty for one who is
/// gone.
///
/// # Errors
/// Those of the database.
pub(super) fn changed_since(
    tx: &mut Tx<'_>,
    community: CommunityId,
    import: &Import,
    lines: &[Line],
) -> Result<Vec<(Uuid, String)>, Refusal> {
    let salt = import.salt.as_deref().unwrap_or_default();
    let mut people = people_changes::of_import(tx, community, import.id)?;
    let moved = people_changes::moved_since(tx, community, import.id, import.at)?;
    let mut changed = Vec::new();
    for line in lines {
        let Some(person) = people.remove(&line.person) else {
            changed.push((line.person.uuid(), String::new()));
            continue;
        };
        let is_same = line.digest.as_ref().is_some_and(|left| *left == digest(salt, &person));
        if !is_same || moved.contains(&person.id) {
            changed.push((person.id.uuid(), person.name));
        }
    }
    Ok(changed)
}

/// Gives the fields of a line back what stood there before.
fn restore(tx: &mut Tx<'_>, community: CommunityId, line: &Line) -> Result<(), Refusal> {
    let strange = || Refusal::Defect("an import keeps strange former values".to_owned());
    let before: BTreeMap<String, String> =
        serde_json::from_str(&imports::open_before(tx, community, line)?).map_err(|_| strange())?;
    let person = people::person(tx, community, line.person)?;
    let mut person = person.ok_or(Refusal::NotFound)?;
    let mut is_changed = false;
    for (word, said) in before {
        is_changed |= put_back(&mut person, Field::of(&word).ok_or_else(strange)?, said);
    }
    if is_changed { people::set_person(tx, community, &person) } else { Ok(()) }
}

/// Whether the field is one of the person's own.
fn put_back(person: &mut Person, field: Field, said: String) -> bool {
    match field {
        Field::Name => person.name = said,
        Field::FormOfAddress => person.form_of_address = said,
        Field::Phone => person.phone = said,
        Field::BornOn => person.born_on = Day::parse(&said).ok(),
        Field::Sex => person.sex = columns::sex(&said).unwrap_or(Sex::Unknown),
        Field::Compound | Field::Building | Field::Stairwell | Field::Room => return false,
        Field::Address | Field::Grid => return false,
        Field::CitizenNumber | Field::Relation | Field::Liaison => return false,
    }
    true
}

/// Takes away the places that were made, the last first, and puts households back into their
/// grids; how many of them others need by now. Grids stay: a grid is a name, and whoever heads it
/// may be known already.
fn remove_places(
    tx: &mut Tx<'_>,
    community: CommunityId,
    import: &Import,
    made: &[Made],
) -> Result<usize, Refusal> {
    let mut held = BTreeSet::new();
    for place in made.iter().rev() {
        let (kind, id) = match place {
            Made::Moved(id) => {
                if !removal::put_back_into_grid(tx, community, *id, import.at)? {
                    held.insert(*id);
                }
                continue;
            }
            Made::Household(id) => (&removal::HOUSEHOLDS, id),
            Made::Dwelling(id) => (&removal::DWELLINGS, id),
            Made::Stairwell(id) => (&removal::STAIRWELLS, id),
            Made::Building(id) => (&removal::BUILDINGS, id),
            Made::Compound(id) => (&removal::COMPOUNDS, id),
        };
        if !removal::remove(tx, community, kind, *id, import.at)? {
            held.insert(*id);
        }
    }
    Ok(held.len())
}

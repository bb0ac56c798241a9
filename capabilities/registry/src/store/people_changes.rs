//! Persons changed, taken away, and read all at once: what bringing in a table needs.

use std::collections::{BTreeMap, BTreeSet};

use db::Tx;
use gate::Refusal;
use kernel::{CommunityId, Instant};
use uuid::Uuid;

use super::people;
use crate::model::{HouseholdId, Person, PersonId};

db::sql! { module "registry.people_changes";
    ALL = "select m.household_id, p.id, k.wrapped, p.name, p.form_of_address, p.phone, p.born_on, \
           p.sex, p.created_at from household_members m cross join persons p \
           left join vault_subject_keys k \
             on k.community_id = p.community_id and k.subject_id = p.id \
           where p.community_id = m.community_id and p.id = m.person_id and m.community_id = $1 \
             and m.from_at <= $2 and (m.until_at is null or m.until_at > $2) \
           order by p.id";
    OF_IMPORT = "select p.id, k.wrapped, p.name, p.form_of_address, p.phone, p.born_on, p.sex, \
                 p.created_at from import_lines l cross join persons p \
                 left join vault_subject_keys k \
                   on k.community_id = p.community_id and k.subject_id = p.id \
                 where p.community_id = l.community_id and p.id = l.person_id \
                   and l.community_id = $1 and l.import_id = $2";
    MOVES_OF_IMPORT = "select m.person_id from import_lines l join household_members m \
                         on m.community_id = l.community_id and m.person_id = l.person_id \
                       where l.community_id = $1 and l.import_id = $2 and l.is_new = 1 \
                         and (m.from_at <> $3 or m.until_at is not null)";
    MEMBERS_REMOVE = "delete from household_members where community_id = $1 and person_id in ( \
                        select person_id from import_lines \
                        where community_id = $1 and import_id = $2 and is_new = 1)";
    CORRECTIONS_REMOVE = "delete from person_corrections where community_id = $1 and person_id in ( \
                            select person_id from import_lines \
                            where community_id = $1 and import_id = $2 and is_new = 1)";
    REMOVE = "delete from persons where community_id = $1 and id in ( \
                select person_id from import_lines \
                where community_id = $1 and import_id = $2 and is_new = 1)";
}

/// Everybody who belongs to a household at `at`, by household.
///
/// # Errors
/// Those of the database; `registry.import_too_many` beyond `most`.
pub fn everybody(
    tx: &mut Tx<'_>,
    community: CommunityId,
    at: Instant,
    most: usize,
) -> Result<BTreeMap<HouseholdId, Vec<Person>>, Refusal> {
    let keys = vault::keys(tx, community)?;
    let mut people: BTreeMap<HouseholdId, Vec<Person>> = BTreeMap::new();
    let mut count = 0;
    tx.each(&ALL, &db::params![community.uuid(), at.micros()], |row| {
        count += 1;
        if count > most {
            return Err(Refusal::rule("registry.import_too_many"));
        }
        let household = HouseholdId::from_uuid(row.id(0)?);
        people.entry(household).or_default().push(people::read_from(&keys, &row, 1)?);
        Ok(())
    })?;
    Ok(people)
}

/// Whoever an import added or changed, as they stand now; those who are gone are left out.
///
/// # Errors
/// Those of the database.
pub fn of_import(
    tx: &mut Tx<'_>,
    community: CommunityId,
    import: Uuid,
) -> Result<BTreeMap<PersonId, Person>, Refusal> {
    let keys = vault::keys(tx, community)?;
    let rows = tx.rows(&OF_IMPORT, &db::params![community.uuid(), import])?;
    let people = rows.iter().map(|row| people::read_from(&keys, row, 0));
    people.map(|person| person.map(|person| (person.id, person))).collect()
}

/// Whoever an import added at that moment and is no longer just where they were put.
///
/// # Errors
/// Those of the database.
pub fn moved_since(
    tx: &mut Tx<'_>,
    community: CommunityId,
    import: Uuid,
    added_at: Instant,
) -> Result<BTreeSet<PersonId>, Refusal> {
    let given = db::params![community.uuid(), import, added_at.micros()];
    let rows = tx.rows(&MOVES_OF_IMPORT, &given)?;
    rows.iter().map(|row| Ok(PersonId::from_uuid(row.id(0)?))).collect()
}

/// Takes away whoever an import added: they should never have been entered.
///
/// # Errors
/// Those of the database.
pub fn remove_added_by(
    tx: &mut Tx<'_>,
    community: CommunityId,
    import: Uuid,
) -> Result<(), Refusal> {
    let given = db::params![community.uuid(), import];
    tx.exec(&MEMBERS_REMOVE, &given)?;
    tx.exec(&CORRECTIONS_REMOVE, &given)?;
    tx.exec(&REMOVE, &given)?;
    Ok(())
}

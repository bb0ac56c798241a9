//! Persons changed, taken away, and read all at once: what bringing in a table needs.

use std::collections::BTreeMap;

use db::Tx;
use gate::Refusal;
use kernel::codes::CitizenNumber;
use kernel::{CommunityId, Instant};

use super::people;
use crate::model::{HouseholdId, Person, PersonId};

db::sql! { module "registry.people_changes";
    ALL = "select m.household_id, p.id, p.name, p.form_of_address, p.phone, p.born_on, p.sex, \
           p.created_at from household_members m cross join persons p \
           where p.community_id = m.community_id and p.id = m.person_id and m.community_id = $1 \
             and m.from_at <= $2 and (m.until_at is null or m.until_at > $2) \
           order by p.id";
    ONE = "select id, id, name, form_of_address, phone, born_on, sex, created_at from persons \
           where community_id = $1 and id = $2";
    SET = "update persons set name = $3, name_py = $4, form_of_address = $5, phone = $6, \
           born_on = $7, sex = $8 where community_id = $1 and id = $2";
    REMOVE = "delete from persons where community_id = $1 and id = $2";
    MEMBERSHIPS = "select household_id, from_at, until_at from household_members \
                   where community_id = $1 and person_id = $2 limit 50";
    MEMBER_REMOVE = "delete from household_members where community_id = $1 and person_id = $2";
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
    let mut people: BTreeMap<HouseholdId, Vec<Person>> = BTreeMap::new();
    let mut count = 0;
    tx.each(&ALL, &db::params![community.uuid(), at.micros()], |row| {
        count += 1;
        if count > most {
            return Err(Refusal::rule("registry.import_too_many"));
        }
        let household = HouseholdId::from_uuid(row.id(0)?);
        people.entry(household).or_default().push(people::read_from(&row, 1)?);
        Ok(())
    })?;
    Ok(people)
}

/// One person.
///
/// # Errors
/// Those of the database.
pub fn person(
    tx: &mut Tx<'_>,
    community: CommunityId,
    id: PersonId,
) -> Result<Option<Person>, Refusal> {
    let row = tx.row(&ONE, &db::params![community.uuid(), id.uuid()])?;
    row.map(|row| people::read_from(&row, 1)).transpose()
}

/// Writes what is known of a person over what was.
///
/// # Errors
/// Those of the database.
pub fn set_person(tx: &mut Tx<'_>, community: CommunityId, person: &Person) -> Result<(), Refusal> {
    let given = db::params![
        community.uuid(),
        person.id.uuid(),
        person.name.as_str(),
        kernel::pinyin::initials(&person.name),
        person.form_of_address.as_str(),
        person.phone.as_str(),
        person.born_on.map(|day| day.to_string()),
        person.sex.code()
    ];
    Ok(tx.later(&SET, &given)?)
}

/// Where a citizen number will be kept once there is a place for it that hides it. Until then it
/// is checked, asked for birth and sex, and forgotten; the preview says so.
///
/// # Errors
/// None yet.
pub fn keep_citizen_number(
    _: &mut Tx<'_>,
    _: CommunityId,
    _: PersonId,
    _: &CitizenNumber,
) -> Result<(), Refusal> {
    Ok(())
}

/// The households a person ever belonged to, and since and until when.
///
/// # Errors
/// Those of the database.
pub fn memberships(
    tx: &mut Tx<'_>,
    community: CommunityId,
    person: PersonId,
) -> Result<Vec<(HouseholdId, Instant, bool)>, Refusal> {
    let rows = tx.rows(&MEMBERSHIPS, &db::params![community.uuid(), person.uuid()])?;
    let read = |row: &db::Row| {
        let from = Instant::from_micros(row.int(1)?);
        Ok((HouseholdId::from_uuid(row.id(0)?), from, row.opt_int(2)?.is_none()))
    };
    rows.iter().map(read).collect()
}

/// Takes a person away who should never have been entered.
///
/// # Errors
/// Those of the database; a conflict where others refer to them.
pub fn remove_person(
    tx: &mut Tx<'_>,
    community: CommunityId,
    person: PersonId,
) -> Result<(), Refusal> {
    let given = db::params![community.uuid(), person.uuid()];
    tx.exec(&MEMBER_REMOVE, &given)?;
    Ok(tx.later(&REMOVE, &given)?)
}

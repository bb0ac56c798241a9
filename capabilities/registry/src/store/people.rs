//! Persons and the households they belong to.

use std::collections::BTreeMap;

use db::{Row, Tx};
use gate::Refusal;
use kernel::{CommunityId, Day, Instant};

use super::{eights, strange};
use crate::model::{HouseholdId, Person, PersonBrief, PersonId, Sex, Span};
use crate::rules;

db::sql! { module "registry.people";
    ADD = "insert into persons (community_id, id, name, name_py, form_of_address, phone, born_on, \
           sex, created_at) values ($1,$2,$3,$4,$5,$6,$7,$8,$9)";
    MEMBER_ADD = "insert into household_members (community_id, household_id, person_id, from_at, \
                  until_at) values ($1,$2,$3,$4,$5)";
    OF_HOUSEHOLD = "select p.id, p.name, p.form_of_address, p.phone, p.born_on, p.sex, \
                    p.created_at from household_members m cross join persons p \
                    where p.community_id = m.community_id and p.id = m.person_id \
                      and m.community_id = $1 and m.household_id = $2 \
                      and m.from_at <= $3 and (m.until_at is null or m.until_at > $3) \
                    order by p.id limit 50";
    COUNTS = "select household_id, count(*) from household_members \
              where community_id = $1 and from_at <= $2 and (until_at is null or until_at > $2) \
                and household_id in ($3,$4,$5,$6,$7,$8,$9,$10) \
              group by household_id";
    HOUSEHOLD_OF = "select household_id from household_members \
                    where community_id = $1 and person_id = $2 \
                      and from_at <= $3 and (until_at is null or until_at > $3) \
                    order by from_at desc limit 1";
    CALLED = "select m.household_id, p.id, p.name, p.form_of_address, p.name_py from persons p \
              join household_members m on m.community_id = p.community_id and m.person_id = p.id \
                and m.from_at <= $2 and (m.until_at is null or m.until_at > $2) \
              where p.community_id = $1 and (p.name like $3 escape '!' \
                or p.form_of_address like $3 escape '!' or p.name_py like $4 escape '!') \
              order by p.id limit 500";
    BRIEFS = "select id, name, form_of_address, phone from persons \
              where community_id = $1 and id in ($2,$3,$4,$5,$6,$7,$8,$9)";
}

/// Enters a person.
///
/// # Errors
/// Those of the database.
pub fn add_person(tx: &mut Tx<'_>, community: CommunityId, person: &Person) -> Result<(), Refusal> {
    Ok(tx.exec_one(
        &ADD,
        &db::params![
            community.uuid(),
            person.id.uuid(),
            person.name.as_str(),
            kernel::pinyin::initials(&person.name),
            person.form_of_address.as_str(),
            person.phone.as_str(),
            person.born_on.map(|day| day.to_string()),
            person.sex.code(),
            person.created_at.micros()
        ],
    )?)
}

/// A person whose name or form of address holds what was looked for.
pub struct CalledSo {
    pub household: HouseholdId,
    pub person: PersonId,
    /// How neighbours call them, else their name.
    pub called: String,
}

/// People by characters, by pinyin or by its initials, with the household they belong to at `at`;
/// at most 500 are looked at. Whoever shows one of them says so in a line of access.
///
/// # Errors
/// Those of the database.
pub fn called(
    tx: &mut Tx<'_>,
    community: CommunityId,
    text: &str,
    at: Instant,
) -> Result<Vec<CalledSo>, Refusal> {
    let text = rules::plain(text);
    let Some(first) = text.chars().next() else { return Ok(Vec::new()) };
    // Letters may be initials or the beginning of whole syllables; both begin with this one.
    let is_pinyin = text.chars().all(|sign| sign.is_ascii_lowercase());
    let initials = if is_pinyin { format!("{first}%") } else { rules::anywhere(&text) };
    let given = db::params![community.uuid(), at.micros(), rules::anywhere(&text), initials];
    let mut found = Vec::new();
    for row in tx.rows(&CALLED, &given)? {
        let (name, address) = (row.text(2)?, row.text(3)?);
        let sounds = |name: &str| kernel::pinyin::full(name).starts_with(&text);
        let right =
            !is_pinyin || row.text(4)?.starts_with(&text) || sounds(name) || sounds(address);
        if right {
            let called = if address.is_empty() { name } else { address };
            found.push(CalledSo {
                household: HouseholdId::from_uuid(row.id(0)?),
                person: PersonId::from_uuid(row.id(1)?),
                called: called.to_owned(),
            });
        }
    }
    Ok(found)
}

/// Makes a person a member of a household for a time.
///
/// # Errors
/// Those of the database.
pub fn add_member(
    tx: &mut Tx<'_>,
    community: CommunityId,
    household: HouseholdId,
    person: PersonId,
    span: Span,
) -> Result<(), Refusal> {
    let (from, until) = (span.from.micros(), span.until.map(Instant::micros));
    let given = db::params![community.uuid(), household.uuid(), person.uuid(), from, until];
    Ok(tx.exec_one(&MEMBER_ADD, &given)?)
}

/// Who belonged to a household at `at`; at most 50.
///
/// # Errors
/// Those of the database.
pub fn persons_of(
    tx: &mut Tx<'_>,
    community: CommunityId,
    household: HouseholdId,
    at: Instant,
) -> Result<Vec<Person>, Refusal> {
    let given = db::params![community.uuid(), household.uuid(), at.micros()];
    tx.rows(&OF_HOUSEHOLD, &given)?.iter().map(|row| read_from(row, 0)).collect()
}

/// How many belonged to each household at `at`; empty ones are left out.
pub(crate) fn counts(
    tx: &mut Tx<'_>,
    community: CommunityId,
    households: &[HouseholdId],
    at: Instant,
) -> Result<BTreeMap<HouseholdId, u32>, Refusal> {
    let mut counts = BTreeMap::new();
    for eight in eights(households.iter().map(|household| household.uuid())) {
        let mut given = db::params![community.uuid(), at.micros()].to_vec();
        given.extend(eight.map(db::Value::from));
        for row in tx.rows(&COUNTS, &given)? {
            let count = u32::try_from(row.int(1)?).map_err(|_| strange("count"))?;
            counts.insert(HouseholdId::from_uuid(row.id(0)?), count);
        }
    }
    Ok(counts)
}

/// The household a person belonged to at `at`; the latest one where there were several.
///
/// # Errors
/// Those of the database.
pub fn household_of(
    tx: &mut Tx<'_>,
    community: CommunityId,
    person: PersonId,
    at: Instant,
) -> Result<Option<HouseholdId>, Refusal> {
    let row = tx.row(&HOUSEHOLD_OF, &db::params![community.uuid(), person.uuid(), at.micros()])?;
    Ok(row.map(|row| row.id(0)).transpose()?.map(HouseholdId::from_uuid))
}

/// How to address and reach a person.
///
/// # Errors
/// Those of the database.
pub fn person_brief(
    tx: &mut Tx<'_>,
    community: CommunityId,
    person: PersonId,
) -> Result<Option<PersonBrief>, Refusal> {
    Ok(person_briefs(tx, community, &[person])?.pop())
}

/// The same for several; those that do not exist are left out, the order is not kept.
///
/// # Errors
/// Those of the database.
pub fn person_briefs(
    tx: &mut Tx<'_>,
    community: CommunityId,
    persons: &[PersonId],
) -> Result<Vec<PersonBrief>, Refusal> {
    let mut briefs = Vec::with_capacity(persons.len());
    for eight in eights(persons.iter().map(|person| person.uuid())) {
        let mut given = db::params![community.uuid()].to_vec();
        given.extend(eight.map(db::Value::from));
        for row in tx.rows(&BRIEFS, &given)? {
            briefs.push(PersonBrief {
                id: PersonId::from_uuid(row.id(0)?),
                name: row.text(1)?.to_owned(),
                form_of_address: row.text(2)?.to_owned(),
                phone: row.text(3)?.to_owned(),
            });
        }
    }
    Ok(briefs)
}

/// Reads a person whose columns begin at `first`.
pub(super) fn read_from(row: &Row, first: usize) -> Result<Person, Refusal> {
    let born_on = row.opt_text(first + 4)?.map(Day::parse).transpose();
    Ok(Person {
        id: PersonId::from_uuid(row.id(first)?),
        name: row.text(first + 1)?.to_owned(),
        form_of_address: row.text(first + 2)?.to_owned(),
        phone: row.text(first + 3)?.to_owned(),
        born_on: born_on.map_err(|_| strange("day"))?,
        sex: Sex::of_code(row.int(first + 5)?).ok_or_else(|| strange("sex code"))?,
        created_at: Instant::from_micros(row.int(first + 6)?),
    })
}

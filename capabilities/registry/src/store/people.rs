//! Persons and the households they belong to. What tells who somebody is, is sealed under their own
//! key on the way in and opened on the way out; nobody above this file sees a key.

use std::collections::BTreeMap;

use db::{Row, Tx};
use gate::Refusal;
use kernel::codes::CitizenNumber;
use kernel::{CommunityId, Day, Instant};
use uuid::Uuid;
use vault::{Keys, SubjectKey};

use super::sealed::{self, Field};
use super::{eights, strange};
use crate::model::{HouseholdId, Person, PersonBrief, PersonId, Sex, Span};
use crate::rules::sought::{self, Sought};

db::sql! { module "registry.people";
    ADD = "insert into persons (community_id, id, sex, created_at, name, form_of_address, phone, \
           born_on, phone_key, phone_last, terms) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)";
    SET = "update persons set sex = $3, name = $4, form_of_address = $5, phone = $6, \
           born_on = $7, phone_key = $8, phone_last = $9, terms = $10, \
           version = version + 1 \
           where community_id = $1 and id = $2";
    ERASE = "update persons set name = null, form_of_address = null, phone = null, \
             born_on = null, citizen_number = null, phone_key = null, phone_last = null, \
             citizen_key = null, terms = null, died_on = null, citizen_for = null \
             where community_id = $1 and id = $2";
    CITIZEN_SET = "update persons set citizen_number = $3, citizen_key = $4 \
                   where community_id = $1 and id = $2";
    CITIZEN = "select citizen_number from persons where community_id = $1 and id = $2";
    BY_CITIZEN = "select id from persons where community_id = $1 and citizen_key = $2 \
                  order by id limit 50";
    MEMBER_ADD = "insert into household_members (community_id, household_id, person_id, from_at, \
                  until_at) values ($1,$2,$3,$4,$5)";
    OF_HOUSEHOLD = "select p.id, k.wrapped, p.name, p.form_of_address, p.phone, p.born_on, p.sex, \
                    p.created_at from household_members m cross join persons p \
                    left join vault_subject_keys k \
                      on k.community_id = p.community_id and k.subject_id = p.id \
                    where p.community_id = m.community_id and p.id = m.person_id \
                      and m.community_id = $1 and m.household_id = $2 \
                      and m.from_at <= $3 and (m.until_at is null or m.until_at > $3) \
                    order by p.id limit 50";
    ONE = "select p.id, k.wrapped, p.name, p.form_of_address, p.phone, p.born_on, p.sex, \
           p.created_at from persons p left join vault_subject_keys k \
             on k.community_id = p.community_id and k.subject_id = p.id \
           where p.community_id = $1 and p.id = $2";
    EVERYBODY = "select p.id, k.wrapped, p.name, p.form_of_address, p.phone, p.born_on, p.sex, \
                 p.created_at, p.community_id from persons p left join vault_subject_keys k \
                   on k.community_id = p.community_id and k.subject_id = p.id \
                 where (p.community_id, p.id) > ($1, $2) order by p.community_id, p.id limit 500";
    COUNTS = "select household_id, count(*) from household_members \
              where community_id = $1 and from_at <= $2 and (until_at is null or until_at > $2) \
                and household_id in ($3,$4,$5,$6,$7,$8,$9,$10) \
              group by household_id";
    HOUSEHOLD_OF = "select household_id from household_members \
                    where community_id = $1 and person_id = $2 \
                      and from_at <= $3 and (until_at is null or until_at > $3) \
                    order by from_at desc limit 1";
    CALLED = "select m.household_id, p.id, k.wrapped, p.name, p.form_of_address, p.phone \
              from persons p cross join household_members m cross join vault_subject_keys k \
              where m.community_id = p.community_id and m.person_id = p.id \
                and m.from_at <= $2 and (m.until_at is null or m.until_at > $2) \
                and k.community_id = p.community_id and k.subject_id = p.id \
                and p.community_id = $1 and p.terms like $3 and p.terms like $4 \
                and p.terms like $5 order by p.id limit 10000";
    BY_LAST_FOUR = "select m.household_id, p.id, k.wrapped, p.name, p.form_of_address, p.phone \
              from persons p cross join household_members m cross join vault_subject_keys k \
              where m.community_id = p.community_id and m.person_id = p.id \
                and m.from_at <= $2 and (m.until_at is null or m.until_at > $2) \
                and k.community_id = p.community_id and k.subject_id = p.id \
                and p.community_id = $1 and p.phone_last = $3 order by p.id limit 2000";
    BY_PHONE = "select m.household_id, p.id, k.wrapped, p.name, p.form_of_address, p.phone \
              from persons p cross join household_members m cross join vault_subject_keys k \
              where m.community_id = p.community_id and m.person_id = p.id \
                and m.from_at <= $2 and (m.until_at is null or m.until_at > $2) \
                and k.community_id = p.community_id and k.subject_id = p.id \
                and p.community_id = $1 and p.phone_key = $3 order by p.id limit 500";
    BY_CITIZEN_CALLED = "select m.household_id, p.id, k.wrapped, p.name, p.form_of_address, \
              p.phone from persons p cross join household_members m \
              cross join vault_subject_keys k \
              where m.community_id = p.community_id and m.person_id = p.id \
                and m.from_at <= $2 and (m.until_at is null or m.until_at > $2) \
                and k.community_id = p.community_id and k.subject_id = p.id \
                and p.community_id = $1 and p.citizen_key = $3 order by p.id limit 50";
    BRIEFS = "select p.id, k.wrapped, p.name, p.form_of_address, p.phone from persons p \
              left join vault_subject_keys k \
                on k.community_id = p.community_id and k.subject_id = p.id \
              where p.community_id = $1 and p.id in ($2,$3,$4,$5,$6,$7,$8,$9)";
}

// A search begins with the person and not with everybody's membership: SQLite takes tables that are
// joined by `cross join` in the order they are written.

/// People that one search finds at most. The statements look at more, for drawers are shared: at ten
/// thousand for a name, which a rare one among two hundred thousand people needs.
const FOUND_MAX: usize = 500;

/// Enters a person.
///
/// # Errors
/// Those of the database.
pub fn add_person(tx: &mut Tx<'_>, community: CommunityId, person: &Person) -> Result<(), Refusal> {
    let keys = vault::keys(tx, community)?;
    let key = keys.new_subject(tx, person.id.uuid())?;
    let mut given = db::params![
        community.uuid(),
        person.id.uuid(),
        person.sex.code(),
        person.created_at.micros()
    ]
    .to_vec();
    given.extend(sealed::fields(&keys, &key, person)?);
    Ok(tx.exec_one(&ADD, &given)?)
}

/// Writes down anew who somebody is; since when they are known stays.
///
/// # Errors
/// [`Refusal::NotFound`] without such a person or after their erasure, and those of the database.
pub fn set_person(tx: &mut Tx<'_>, community: CommunityId, person: &Person) -> Result<(), Refusal> {
    let keys = vault::keys(tx, community)?;
    let key = keys.subject(tx, person.id.uuid())?.ok_or(Refusal::NotFound)?;
    let mut given = db::params![community.uuid(), person.id.uuid(), person.sex.code()].to_vec();
    given.extend(sealed::fields(&keys, &key, person)?);
    Ok(tx.exec_one(&SET, &given)?)
}

/// Erases who somebody was: their key is destroyed, and with it their fields and the words of the
/// events that were sealed for them. That there was somebody, where they lived, and what was done
/// stays. Whether there was a key to destroy.
///
/// # Errors
/// Those of the database.
pub fn erase_person(
    tx: &mut Tx<'_>,
    community: CommunityId,
    person: PersonId,
    now: Instant,
) -> Result<bool, Refusal> {
    let destroyed = vault::destroy(tx, community, person.uuid(), now)?;
    tx.exec(&ERASE, &db::params![community.uuid(), person.uuid()])?;
    Ok(destroyed)
}

/// Keeps a citizen number, sealed and findable; none forgets it.
///
/// # Errors
/// [`Refusal::NotFound`] without such a person or after their erasure, and those of the database.
pub fn set_citizen_number(
    tx: &mut Tx<'_>,
    community: CommunityId,
    person: PersonId,
    number: Option<&CitizenNumber>,
) -> Result<(), Refusal> {
    let keys = vault::keys(tx, community)?;
    let key = keys.subject(tx, person.uuid())?.ok_or(Refusal::NotFound)?;
    let seal = |number: &CitizenNumber| sealed::seal(&key, Field::CitizenNumber, number.reveal());
    let (field, found_by) =
        (number.map(seal).transpose()?, number.map(|it| citizen_key(&keys, it)));
    let given = db::params![community.uuid(), person.uuid(), field, found_by];
    Ok(tx.exec_one(&CITIZEN_SET, &given)?)
}

/// The citizen number of a person, where one is kept.
///
/// # Errors
/// Those of the database.
pub fn citizen_number(
    tx: &mut Tx<'_>,
    community: CommunityId,
    person: PersonId,
) -> Result<Option<CitizenNumber>, Refusal> {
    let key = vault::keys(tx, community)?.subject(tx, person.uuid())?;
    let row = tx.row(&CITIZEN, &db::params![community.uuid(), person.uuid()])?;
    let (Some(key), Some(row)) = (key, row) else { return Ok(None) };
    let number = sealed::open(Some(&key), Field::CitizenNumber, row.opt_bytes(0)?)?;
    match number.as_str() {
        "" => Ok(None),
        number => CitizenNumber::parse(number).map(Some).map_err(|_| strange("citizen number")),
    }
}

/// The people who have this citizen number: one, or several records of one.
///
/// # Errors
/// Those of the database.
pub fn by_citizen_number(
    tx: &mut Tx<'_>,
    community: CommunityId,
    number: &CitizenNumber,
) -> Result<Vec<PersonId>, Refusal> {
    let found_by = citizen_key(&*vault::keys(tx, community)?, number);
    let mut people = Vec::new();
    for row in tx.rows(&BY_CITIZEN, &db::params![community.uuid(), found_by])? {
        let person = PersonId::from_uuid(row.id(0)?);
        // Two numbers may share a hash, however rarely.
        if citizen_number(tx, community, person)?.as_ref() == Some(number) {
            people.push(person);
        }
    }
    Ok(people)
}

fn citizen_key(keys: &Keys, number: &CitizenNumber) -> Vec<u8> {
    keys.index().whole(Field::CitizenNumber.column(), number.reveal()).to_vec()
}

/// A person whose name or form of address holds what was looked for.
pub struct CalledSo {
    pub household: HouseholdId,
    pub person: PersonId,
    /// How neighbours call them, else their name.
    pub called: String,
}

/// People by characters, by pinyin or by its initials, by telephone or its last four digits, or by
/// citizen number, with the household they belong to at `at`; at most 500. Whoever shows one of them
/// says so in a line of access.
///
/// # Errors
/// Those of the database.
pub fn called(
    tx: &mut Tx<'_>,
    community: CommunityId,
    text: &str,
    at: Instant,
) -> Result<Vec<CalledSo>, Refusal> {
    let Some(sought) = sought::sought(text) else { return Ok(Vec::new()) };
    let keys = vault::keys(tx, community)?;
    let mut given = db::params![community.uuid(), at.micros()].to_vec();
    let sql = match &sought {
        Sought::Name(called) => {
            given.extend(sealed::patterns(&keys, called));
            &CALLED
        }
        Sought::LastFour(digits) => {
            given.push(keys.index().last_four(Field::Phone.column(), digits).into());
            &BY_LAST_FOUR
        }
        Sought::Phone(digits) => {
            given.push(keys.index().whole(Field::Phone.column(), digits).into());
            &BY_PHONE
        }
        Sought::Citizen(number) => {
            given.push(citizen_key(&keys, number).into());
            &BY_CITIZEN_CALLED
        }
    };
    let mut found = Vec::new();
    for row in tx.rows(sql, &given)? {
        let brief = brief(&keys, &row, 1)?;
        if found.len() < FOUND_MAX && fits(&sought, &brief) {
            let household = HouseholdId::from_uuid(row.id(0)?);
            let (person, called) = (brief.id, brief.called().to_owned());
            found.push(CalledSo { household, person, called });
        }
    }
    Ok(found)
}

/// Whether somebody out of the right drawer is the one who was looked for.
fn fits(sought: &Sought, brief: &PersonBrief) -> bool {
    match sought {
        Sought::Name(called) => called.fits(&brief.name, &brief.form_of_address),
        Sought::LastFour(four) => {
            sought::last_four(&sought::phone_digits(&brief.phone)) == Some(four)
        }
        Sought::Phone(digits) => sought::phone_digits(&brief.phone) == *digits,
        // The hash of a whole number is as good as the number.
        Sought::Citizen(_) => true,
    }
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

/// Who belonged to a household at `at`; at most 50. Of somebody erased all texts are empty.
///
/// # Errors
/// Those of the database.
pub fn persons_of(
    tx: &mut Tx<'_>,
    community: CommunityId,
    household: HouseholdId,
    at: Instant,
) -> Result<Vec<Person>, Refusal> {
    let keys = vault::keys(tx, community)?;
    let given = db::params![community.uuid(), household.uuid(), at.micros()];
    tx.rows(&OF_HOUSEHOLD, &given)?.iter().map(|row| read(&keys, row)).collect()
}

/// One person with all that is kept of them but the citizen number. Of somebody erased all texts are
/// empty.
///
/// # Errors
/// Those of the database.
pub fn person(
    tx: &mut Tx<'_>,
    community: CommunityId,
    person: PersonId,
) -> Result<Option<Person>, Refusal> {
    let keys = vault::keys(tx, community)?;
    let row = tx.row(&ONE, &db::params![community.uuid(), person.uuid()])?;
    row.map(|row| read(&keys, &row)).transpose()
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
    if persons.is_empty() {
        return Ok(briefs);
    }
    let keys = vault::keys(tx, community)?;
    for eight in eights(persons.iter().map(|person| person.uuid())) {
        let mut given = db::params![community.uuid()].to_vec();
        given.extend(eight.map(db::Value::from));
        for row in tx.rows(&BRIEFS, &given)? {
            briefs.push(brief(&keys, &row, 0)?);
        }
    }
    Ok(briefs)
}

/// A community and a person: a place in the order of everybody.
pub(super) type Everybody = (Uuid, Uuid);

/// Opens all fields of the people that come next after this place: how many had a key, and the place
/// of the last one; none after the last.
pub(super) fn open_round(
    tx: &mut Tx<'_>,
    (community, person): Everybody,
) -> Result<Option<(u64, Everybody)>, Refusal> {
    let (mut opened, mut last) = (0, None);
    for row in tx.rows(&EVERYBODY, &db::params![community, person])? {
        let community = CommunityId::from_uuid(row.id(8)?);
        let keys = vault::keys(tx, community)?;
        let person = read(&keys, &row)?;
        citizen_number(tx, community, person.id)?;
        opened += u64::from(row.opt_bytes(1)?.is_some());
        last = Some((community.uuid(), person.id.uuid()));
    }
    Ok(last.map(|last| (opened, last)))
}

/// Id, wrapped key, name, form of address and telephone, from the column `at` on.
fn brief(keys: &Keys, row: &Row, at: usize) -> Result<PersonBrief, Refusal> {
    let id = PersonId::from_uuid(row.id(at)?);
    let key = keys.open_subject(id.uuid(), row.opt_bytes(at + 1)?)?;
    let key = key.as_ref();
    Ok(PersonBrief {
        id,
        name: sealed::open(key, Field::Name, row.opt_bytes(at + 2)?)?,
        form_of_address: sealed::open(key, Field::FormOfAddress, row.opt_bytes(at + 3)?)?,
        phone: sealed::open(key, Field::Phone, row.opt_bytes(at + 4)?)?,
    })
}

fn read(keys: &Keys, row: &Row) -> Result<Person, Refusal> {
    read_from(keys, row, 0)
}

/// Id, wrapped key, the sealed fields, sex and since when they are known, from the column `first` on.
pub(super) fn read_from(keys: &Keys, row: &Row, first: usize) -> Result<Person, Refusal> {
    let id = PersonId::from_uuid(row.id(first)?);
    let key: Option<SubjectKey> = keys.open_subject(id.uuid(), row.opt_bytes(first + 1)?)?;
    let key = key.as_ref();
    let born_on = sealed::open(key, Field::BornOn, row.opt_bytes(first + 5)?)?;
    let born_on = (!born_on.is_empty()).then(|| Day::parse(&born_on)).transpose();
    Ok(Person {
        id,
        name: sealed::open(key, Field::Name, row.opt_bytes(first + 2)?)?,
        form_of_address: sealed::open(key, Field::FormOfAddress, row.opt_bytes(first + 3)?)?,
        phone: sealed::open(key, Field::Phone, row.opt_bytes(first + 4)?)?,
        born_on: born_on.map_err(|_| strange("day"))?,
        sex: Sex::of_code(row.int(first + 6)?).ok_or_else(|| strange("sex code"))?,
        created_at: Instant::from_micros(row.int(first + 7)?),
    })
}

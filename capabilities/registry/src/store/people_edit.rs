//! A person's entry as it is changed by hand: its version, what stood there before, and the end of
//! memberships.

use db::Tx;
use gate::Refusal;
use kernel::{AccountId, CommunityId, Day, Instant};
use uuid::Uuid;
use vault::text::{self, Column};

use super::{people, strange};
use crate::model::{Person, PersonId};
use crate::people::NeededFor;

const WAS: Column = Column { table: "person_corrections", column: "was", row: None };

db::sql! { module "registry.people_edit";
    ENTRY = "select version, died_on, citizen_for from persons \
             where community_id = $1 and id = $2";
    TAKE = "update persons set version = version + 1 \
            where community_id = $1 and id = $2 and version = $3";
    FORMER_ADD = "insert into person_corrections (community_id, person_id, id, at, actor_id, was) \
                  values ($1,$2,$3,$4,$5,$6)";
    FORMER = "select at, was from person_corrections \
              where community_id = $1 and person_id = $2 order by id desc limit 50";
    LAST_BEGAN = "select max(from_at) from household_members \
                  where community_id = $1 and person_id = $2";
    LEAVE = "update household_members set until_at = $3 where community_id = $1 \
             and person_id = $2 and from_at < $3 and (until_at is null or until_at > $3)";
    DIED = "update persons set died_on = $3 where community_id = $1 and id = $2";
    NEEDED = "update persons set citizen_for = $3 where community_id = $1 and id = $2";
}

/// A person with what is kept beside them.
pub struct Entry {
    pub person: Person,
    pub version: i64,
    pub died_on: Option<Day>,
    /// Which duty needs their citizen number, where it is kept.
    pub needed_for: Option<NeededFor>,
    /// When the newest membership began.
    pub began: Option<Instant>,
}

/// The entry of a person.
///
/// # Errors
/// Those of the database.
pub fn entry(
    tx: &mut Tx<'_>,
    community: CommunityId,
    id: PersonId,
) -> Result<Option<Entry>, Refusal> {
    let Some(person) = people::person(tx, community, id)? else { return Ok(None) };
    let key = db::params![community.uuid(), id.uuid()];
    let row = tx.row(&ENTRY, &key)?.ok_or_else(|| strange("person"))?;
    let died_on = row.opt_text(1)?.map(Day::parse).transpose().map_err(|_| strange("day"))?;
    let needed_for = match row.opt_text(2)? {
        Some(word) => Some(NeededFor::parse(word).ok_or_else(|| strange("duty"))?),
        None => None,
    };
    let version = row.int(0)?;
    let began = tx.row(&LAST_BEGAN, &key)?.map(|row| row.opt_int(0)).transpose()?.flatten();
    let began = began.map(Instant::from_micros);
    Ok(Some(Entry { person, version, died_on, needed_for, began }))
}

/// Takes the next version; no, when somebody was quicker.
///
/// # Errors
/// Those of the database.
pub fn take(
    tx: &mut Tx<'_>,
    community: CommunityId,
    id: PersonId,
    version: i64,
) -> Result<bool, Refusal> {
    Ok(tx.exec(&TAKE, &db::params![community.uuid(), id.uuid(), version])? == 1)
}

/// Keeps what stood there, sealed under the person's own key.
///
/// # Errors
/// [`Refusal::NotFound`] for somebody who was erased, and those of the database.
pub fn keep_former(
    tx: &mut Tx<'_>,
    community: CommunityId,
    was: &Entry,
    (id, by, at): (Uuid, Option<AccountId>, Instant),
) -> Result<(), Refusal> {
    let person = was.person.id.uuid();
    let key = vault::keys(tx, community)?.subject(tx, person)?.ok_or(Refusal::NotFound)?;
    let born_on = was.person.born_on.map(|day| day.to_string()).unwrap_or_default();
    let Person { name, form_of_address, phone, sex, .. } = &was.person;
    // One line a field, in a fixed order; none holds a line break.
    let former = [name, form_of_address, phone, &born_on, sex.word()].map(String::from).join("\n");
    let sealed = text::seal(&key, WAS, &former)?;
    let by = by.map(AccountId::uuid);
    let row = db::params![community.uuid(), person, id, at.micros(), by, sealed];
    Ok(tx.exec_one(&FORMER_ADD, &row)?)
}

/// What stood there before a correction.
pub struct Former {
    /// Until when it stood there.
    pub until: Instant,
    pub name: String,
    pub form_of_address: String,
    pub phone: String,
    pub born_on: String,
}

/// What stood there before, the latest first, at most fifty; nothing of somebody who was erased.
///
/// # Errors
/// Those of the database.
pub fn formers(
    tx: &mut Tx<'_>,
    community: CommunityId,
    id: PersonId,
) -> Result<Vec<Former>, Refusal> {
    let mut formers = Vec::new();
    for row in tx.rows(&FORMER, &db::params![community.uuid(), id.uuid()])? {
        let Some(was) = text::open(tx, community, WAS, row.text(1)?)? else { continue };
        let mut lines = was.split('\n').map(str::to_owned);
        let mut next = || lines.next().unwrap_or_default();
        formers.push(Former {
            until: Instant::from_micros(row.int(0)?),
            name: next(),
            form_of_address: next(),
            phone: next(),
            born_on: next(),
        });
    }
    Ok(formers)
}

/// Ends where somebody belongs, from a moment on.
///
/// # Errors
/// Those of the database.
pub fn end_memberships(
    tx: &mut Tx<'_>,
    community: CommunityId,
    id: PersonId,
    from: Instant,
) -> Result<(), Refusal> {
    tx.exec(&LEAVE, &db::params![community.uuid(), id.uuid(), from.micros()])?;
    Ok(())
}

/// Keeps the day somebody died.
///
/// # Errors
/// Those of the database.
pub fn set_died(
    tx: &mut Tx<'_>,
    community: CommunityId,
    id: PersonId,
    on: Day,
) -> Result<(), Refusal> {
    Ok(tx.exec_one(&DIED, &db::params![community.uuid(), id.uuid(), on.to_string()])?)
}

/// Keeps which duty needs somebody's citizen number.
///
/// # Errors
/// Those of the database.
pub fn set_needed_for(
    tx: &mut Tx<'_>,
    community: CommunityId,
    id: PersonId,
    duty: NeededFor,
) -> Result<(), Refusal> {
    Ok(tx.exec_one(&NEEDED, &db::params![community.uuid(), id.uuid(), duty.word()])?)
}

//! The sealed fields of a person and the blind index beside them, and the sealing of what an older
//! program kept in the clear.

use std::collections::BTreeSet;

use db::{Db, Row, Tx, Value};
use gate::Refusal;
use kernel::{CommunityId, Day, Instant};
use uuid::Uuid;
use vault::{Keys, SubjectKey};

use super::strange;
use crate::model::{Person, PersonId, Sex};
use crate::rules::sought::{self, Called, TERMS};

db::sql! { module "registry.sealed";
    KEYLESS = "select id from communities c where not exists \
               (select 1 from vault_index_keys k where k.community_id = c.id) limit 100";
    CLEAR = "select c.community_id, c.id, c.name, c.form_of_address, c.phone, c.born_on, p.sex, \
             p.created_at from persons_clear c join persons p \
             on p.community_id = c.community_id and p.id = c.id \
             order by c.community_id, c.id limit 200";
    CLEAR_DROP = "delete from persons_clear where community_id = $1 and id = $2";
    SCRUB_DUE = "select community_id from persons_scrub limit 1";
    SCRUBBED = "delete from persons_scrub";
}

/// The table as the seals are bound to it.
const TABLE: &str = "persons";

/// A sealed field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Name,
    FormOfAddress,
    Phone,
    BornOn,
    CitizenNumber,
}

impl Field {
    /// Its column, which the seal is bound to.
    pub(super) fn column(self) -> &'static str {
        match self {
            Field::Name => "name",
            Field::FormOfAddress => "form_of_address",
            Field::Phone => "phone",
            Field::BornOn => "born_on",
            Field::CitizenNumber => "citizen_number",
        }
    }
}

pub(super) fn seal(key: &SubjectKey, field: Field, text: &str) -> Result<Vec<u8>, Refusal> {
    Ok(key.seal(TABLE, field.column(), text)?)
}

/// What a field says; nothing where it was never filled, and where its key was destroyed.
pub(super) fn open(
    key: Option<&SubjectKey>,
    field: Field,
    sealed: Option<&[u8]>,
) -> Result<String, Refusal> {
    match (key, sealed) {
        (Some(key), Some(sealed)) => Ok(key.open(TABLE, field.column(), sealed)?),
        (Some(_) | None, _) => Ok(String::new()),
    }
}

/// Name, form of address, telephone and birth date sealed, then hash and drawer of the telephone and
/// the drawers of what they are called. Also what is empty is sealed: nobody sees who has no
/// telephone by its seal.
pub(super) fn fields(
    keys: &Keys,
    key: &SubjectKey,
    person: &Person,
) -> Result<[Value; 7], Refusal> {
    let born_on = person.born_on.map(|day| day.to_string()).unwrap_or_default();
    let digits = sought::phone_digits(&person.phone);
    let (index, phone) = (keys.index(), Field::Phone.column());
    let whole = (!digits.is_empty()).then(|| index.whole(phone, &digits));
    let last_four = sought::last_four(&digits).map(|four| index.last_four(phone, four));
    Ok([
        seal(key, Field::Name, &person.name)?.into(),
        seal(key, Field::FormOfAddress, &person.form_of_address)?.into(),
        seal(key, Field::Phone, &person.phone)?.into(),
        seal(key, Field::BornOn, &born_on)?.into(),
        whole.into(),
        last_four.into(),
        drawers(keys, person).into(),
    ])
}

/// The drawers of somebody's terms, each between blanks: ` 0a 7f `.
fn drawers(keys: &Keys, person: &Person) -> String {
    let terms = sought::terms(&person.name, &person.form_of_address);
    let drawers: BTreeSet<i64> =
        terms.iter().map(|(kind, term)| keys.index().term(kind, term)).collect();
    let mut text = String::from(" ");
    for drawer in drawers {
        text += &format!("{drawer:02x} ");
    }
    text
}

/// Patterns for the drawers of what is looked for, as many as the statement has places.
pub(super) fn patterns(keys: &Keys, called: &Called) -> [Value; TERMS] {
    let terms = called.terms();
    std::array::from_fn(|at| {
        // Fewer terms than places: any person has something between two blanks.
        let drawer = terms.get(at).map(|(kind, term)| keys.index().term(kind, term));
        Value::from(drawer.map_or("%".to_owned(), |drawer| format!("% {drawer:02x} %")))
    })
}

/// Seals what an older program kept in the clear, and gives keys to communities that have none. Goes
/// in rounds: killed half-way, it goes on at the next start. How many people it sealed; then nothing
/// of what lay in the clear is left in the files.
///
/// # Errors
/// Those of the database and of the keys.
pub fn seal_what_is_clear(db: &Db) -> Result<u64, Refusal> {
    while db.write_blocking(found_keyless)? > 0 {}
    let mut sealed = 0;
    loop {
        match db.write_blocking(seal_round)? {
            0 => break,
            some => sealed += some,
        }
    }
    if db.read_blocking(|tx| tx.row(&SCRUB_DUE, &[]))?.is_some() {
        db.scrub(&["persons", "persons_clear"])?;
        db.write_blocking(|tx| tx.exec(&SCRUBBED, &[]))?;
    }
    Ok(sealed)
}

/// Opens every field of everybody, for the restore drill; how many people there are whose key was
/// not destroyed.
///
/// # Errors
/// Those of the database, and the first field that does not open.
pub fn open_everybody(db: &Db) -> Result<u64, Refusal> {
    let (mut opened, mut after) = (0, (Uuid::nil(), Uuid::nil()));
    loop {
        let from = after;
        let round = db.read_blocking(move |tx| super::people::open_round(tx, from))?;
        let Some((some, last)) = round else { return Ok(opened) };
        (opened, after) = (opened + some, last);
    }
}

fn found_keyless(tx: &mut Tx<'_>) -> Result<usize, Refusal> {
    let rows = tx.rows(&KEYLESS, &[])?;
    for row in &rows {
        vault::found(tx, CommunityId::from_uuid(row.id(0)?))?;
    }
    Ok(rows.len())
}

fn seal_round(tx: &mut Tx<'_>) -> Result<u64, Refusal> {
    let rows = tx.rows(&CLEAR, &[])?;
    for row in &rows {
        let (community, person) = read_clear(row)?;
        vault::keys(tx, community)?.new_subject(tx, person.id.uuid())?;
        super::people::set_person(tx, community, &person)?;
        tx.exec_one(&CLEAR_DROP, &db::params![community.uuid(), person.id.uuid()])?;
    }
    Ok(rows.len() as u64)
}

fn read_clear(row: &Row) -> Result<(CommunityId, Person), Refusal> {
    let born_on = row.opt_text(5)?.map(Day::parse).transpose();
    let person = Person {
        id: PersonId::from_uuid(row.id(1)?),
        name: row.text(2)?.to_owned(),
        form_of_address: row.text(3)?.to_owned(),
        phone: row.text(4)?.to_owned(),
        born_on: born_on.map_err(|_| strange("day"))?,
        sex: Sex::of_code(row.int(6)?).ok_or_else(|| strange("sex code"))?,
        created_at: Instant::from_micros(row.int(7)?),
    };
    Ok((CommunityId::from_uuid(row.id(0)?), person))
}

//! Consents.

use db::{Row, Tx};
use gate::Refusal;
use kernel::{AccountId, CommunityId, Instant};
use registry::PersonId;
use vault::text::{self, Column};

use super::{seal, strange};
use crate::model::{By, Channel, Consent, ConsentId};

const TABLE: &str = "privacy_consents";

/// All columns of a consent, in the order of [`read`].
macro_rules! columns {
    () => {
        "id, person_id, purpose, edition, channel, given_by, evidence, given_at, witness_id, \
         withdrawn_at"
    };
}

db::sql! { module "privacy.consents";
    ADD = "insert into privacy_consents (community_id, id, person_id, purpose, edition, channel, \
           given_by, evidence, given_at, witness_id) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)";
    OF = concat!("select ", columns!(), " from privacy_consents \
         where community_id = $1 and person_id = $2 order by id desc limit 200");
    ONE = concat!("select ", columns!(), " from privacy_consents \
          where community_id = $1 and id = $2");
    VALID = "select 1 from privacy_consents where community_id = $1 and person_id = $2 \
             and purpose = $3 and withdrawn_at is null";
    WITHDRAW = "update privacy_consents set withdrawn_at = $3, withdrawn_channel = $4, \
                withdrawn_id = $5 where community_id = $1 and id = $2 and withdrawn_at is null";
}

/// Keeps a consent.
///
/// # Errors
/// [`Refusal::NotFound`] for somebody who was erased, and those of the database.
pub fn add(tx: &mut Tx<'_>, community: CommunityId, consent: &Consent) -> Result<(), Refusal> {
    let said = (consent.id.uuid(), consent.evidence.as_deref());
    let evidence = seal(tx, (community, consent.person), (TABLE, "evidence"), said)?;
    Ok(tx.exec_one(
        &ADD,
        &db::params![
            community.uuid(),
            consent.id.uuid(),
            consent.person.uuid(),
            consent.purpose.as_str(),
            consent.edition.as_str(),
            consent.channel.word(),
            consent.by.word(),
            evidence,
            consent.given_at.micros(),
            consent.witness.uuid()
        ],
    )?)
}

/// All of a person, the newest first, at most two hundred; what proves them is opened.
///
/// # Errors
/// Those of the database.
pub fn of(
    tx: &mut Tx<'_>,
    community: CommunityId,
    person: PersonId,
) -> Result<Vec<Consent>, Refusal> {
    let rows = tx.rows(&OF, &db::params![community.uuid(), person.uuid()])?;
    rows.iter().map(|row| read(tx, community, row)).collect()
}

/// One of them.
///
/// # Errors
/// Those of the database.
pub fn one(
    tx: &mut Tx<'_>,
    community: CommunityId,
    id: ConsentId,
) -> Result<Option<Consent>, Refusal> {
    let row = tx.row(&ONE, &db::params![community.uuid(), id.uuid()])?;
    row.map(|row| read(tx, community, &row)).transpose()
}

/// Whether a person agrees to a purpose now: asked by whoever is about to do what it allows.
///
/// # Errors
/// Those of the database.
pub fn holds(
    tx: &mut Tx<'_>,
    community: CommunityId,
    (person, purpose): (PersonId, &str),
) -> Result<bool, Refusal> {
    Ok(tx.row(&VALID, &db::params![community.uuid(), person.uuid(), purpose])?.is_some())
}

/// Takes a consent back; no, when it was before.
///
/// # Errors
/// Those of the database.
pub fn withdraw(
    tx: &mut Tx<'_>,
    community: CommunityId,
    (id, channel): (ConsentId, Channel),
    (by, at): (Option<AccountId>, Instant),
) -> Result<bool, Refusal> {
    let by = by.map(AccountId::uuid);
    let key = db::params![community.uuid(), id.uuid(), at.micros(), channel.word(), by];
    Ok(tx.exec(&WITHDRAW, &key)? == 1)
}

fn read(tx: &mut Tx<'_>, community: CommunityId, row: &Row) -> Result<Consent, Refusal> {
    let id = row.id(0)?;
    let at = Column { table: TABLE, column: "evidence", row: Some(id) };
    let evidence = match row.opt_text(6)? {
        Some(sealed) => text::open(tx, community, at, sealed)?,
        None => None,
    };
    Ok(Consent {
        id: ConsentId::from_uuid(id),
        person: PersonId::from_uuid(row.id(1)?),
        purpose: row.text(2)?.to_owned(),
        edition: row.text(3)?.to_owned(),
        channel: Channel::parse(row.text(4)?).ok_or_else(|| strange("channel"))?,
        by: By::parse(row.text(5)?).ok_or_else(|| strange("speaker"))?,
        evidence,
        given_at: Instant::from_micros(row.int(7)?),
        witness: AccountId::from_uuid(row.id(8)?),
        withdrawn_at: row.opt_int(9)?.map(Instant::from_micros),
    })
}

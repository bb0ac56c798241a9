//! Copies of everything that were handed over.

use db::{Row, Tx};
use gate::Refusal;
use kernel::{AccountId, CommunityId, Instant};
use registry::PersonId;

use super::{seal, strange};
use crate::model::{By, Copied, CopyId};

db::sql! { module "privacy.copies";
    ADD = "insert into privacy_copies (community_id, id, person_id, asked_by, proof, given_at, \
           given_id) values ($1,$2,$3,$4,$5,$6,$7)";
    ONE = "select id, person_id, asked_by, given_at, given_id from privacy_copies \
           where community_id = $1 and id = $2";
    OF = "select id, person_id, asked_by, given_at, given_id from privacy_copies \
          where community_id = $1 and person_id = $2 order by id desc limit 100";
}

/// Keeps that a copy was handed over, and what proved who asked.
///
/// # Errors
/// [`Refusal::NotFound`] for somebody who was erased, and those of the database.
pub fn add(
    tx: &mut Tx<'_>,
    community: CommunityId,
    copy: &Copied,
    proof: Option<&str>,
) -> Result<(), Refusal> {
    let said = (copy.id.uuid(), proof);
    let proof = seal(tx, (community, copy.person), ("privacy_copies", "proof"), said)?;
    Ok(tx.exec_one(
        &ADD,
        &db::params![
            community.uuid(),
            copy.id.uuid(),
            copy.person.uuid(),
            copy.by.word(),
            proof,
            copy.given_at.micros(),
            copy.giver.uuid()
        ],
    )?)
}

/// One of them.
///
/// # Errors
/// Those of the database.
pub fn one(tx: &mut Tx<'_>, community: CommunityId, id: CopyId) -> Result<Option<Copied>, Refusal> {
    let row = tx.row(&ONE, &db::params![community.uuid(), id.uuid()])?;
    row.map(|row| read(&row)).transpose()
}

/// All of a person, the newest first, at most a hundred.
///
/// # Errors
/// Those of the database.
pub fn of(
    tx: &mut Tx<'_>,
    community: CommunityId,
    person: PersonId,
) -> Result<Vec<Copied>, Refusal> {
    let rows = tx.rows(&OF, &db::params![community.uuid(), person.uuid()])?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Copied, Refusal> {
    Ok(Copied {
        id: CopyId::from_uuid(row.id(0)?),
        person: PersonId::from_uuid(row.id(1)?),
        by: By::parse(row.text(2)?).ok_or_else(|| strange("speaker"))?,
        given_at: Instant::from_micros(row.int(3)?),
        giver: AccountId::from_uuid(row.id(4)?),
    })
}

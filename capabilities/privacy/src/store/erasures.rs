//! Wishes to be forgotten, and what became of them: the tombstones of erased people.

use db::{Row, Tx};
use gate::Refusal;
use kernel::{AccountId, CommunityId, Instant};
use registry::PersonId;

use super::{seal, strange};
use crate::model::{By, Decided, Erasure, ErasureId, Ground};

/// All columns of an erasure, in the order of [`read`].
macro_rules! columns {
    () => {
        "id, person_id, asked_by, ground, asked_at, entered_id, decided_at, decided_id, granted, \
         reason, contacts"
    };
}

db::sql! { module "privacy.erasures";
    ADD = "insert into privacy_erasures (community_id, id, person_id, asked_by, ground, proof, \
           asked_at, entered_id) values ($1,$2,$3,$4,$5,$6,$7,$8)";
    ONE = concat!("select ", columns!(), " from privacy_erasures \
          where community_id = $1 and id = $2");
    OF = concat!("select ", columns!(), " from privacy_erasures \
         where community_id = $1 and person_id = $2 order by id desc limit 20");
    LIST = concat!("select ", columns!(), " from privacy_erasures where community_id = $1 \
           order by (decided_at is null) desc, id desc limit 200");
    DECIDE = "update privacy_erasures set decided_at = $3, decided_id = $4, granted = $5, \
              reason = $6, contacts = $7 \
              where community_id = $1 and id = $2 and decided_at is null";
}

/// Keeps a wish, and what proved who asked.
///
/// # Errors
/// [`Refusal::NotFound`] for somebody who was erased, and those of the database.
pub fn add(
    tx: &mut Tx<'_>,
    community: CommunityId,
    erasure: &Erasure,
    proof: Option<&str>,
) -> Result<(), Refusal> {
    let said = (erasure.id.uuid(), proof);
    let proof = seal(tx, (community, erasure.person), ("privacy_erasures", "proof"), said)?;
    Ok(tx.exec_one(
        &ADD,
        &db::params![
            community.uuid(),
            erasure.id.uuid(),
            erasure.person.uuid(),
            erasure.by.word(),
            erasure.ground.word(),
            proof,
            erasure.asked_at.micros(),
            erasure.entered_by.uuid()
        ],
    )?)
}

/// One of them.
///
/// # Errors
/// Those of the database.
pub fn one(
    tx: &mut Tx<'_>,
    community: CommunityId,
    id: ErasureId,
) -> Result<Option<Erasure>, Refusal> {
    let row = tx.row(&ONE, &db::params![community.uuid(), id.uuid()])?;
    row.map(|row| read(&row)).transpose()
}

/// Those of a person, the newest first.
///
/// # Errors
/// Those of the database.
pub fn of(
    tx: &mut Tx<'_>,
    community: CommunityId,
    person: PersonId,
) -> Result<Vec<Erasure>, Refusal> {
    let rows = tx.rows(&OF, &db::params![community.uuid(), person.uuid()])?;
    rows.iter().map(read).collect()
}

/// All of the community, those that wait first, then the newest; at most two hundred.
///
/// # Errors
/// Those of the database.
pub fn list(tx: &mut Tx<'_>, community: CommunityId) -> Result<Vec<Erasure>, Refusal> {
    tx.rows(&LIST, &db::params![community.uuid()])?.iter().map(read).collect()
}

/// Keeps what was decided; no, when it was decided before.
///
/// # Errors
/// Those of the database.
pub fn decide(
    tx: &mut Tx<'_>,
    community: CommunityId,
    id: ErasureId,
    decided: &Decided,
) -> Result<bool, Refusal> {
    let key = db::params![
        community.uuid(),
        id.uuid(),
        decided.at.micros(),
        decided.by.uuid(),
        i64::from(decided.granted),
        decided.reason.as_deref(),
        decided.contacts
    ];
    Ok(tx.exec(&DECIDE, &key)? == 1)
}

fn read(row: &Row) -> Result<Erasure, Refusal> {
    let decided = match (row.opt_int(6)?, row.opt_id(7)?) {
        (Some(at), Some(by)) => Some(Decided {
            at: Instant::from_micros(at),
            by: AccountId::from_uuid(by),
            granted: row.int(8)? != 0,
            reason: row.opt_text(9)?.map(str::to_owned),
            contacts: row.opt_int(10)?.unwrap_or(0),
        }),
        _ => None,
    };
    Ok(Erasure {
        id: ErasureId::from_uuid(row.id(0)?),
        person: PersonId::from_uuid(row.id(1)?),
        by: By::parse(row.text(2)?).ok_or_else(|| strange("speaker"))?,
        ground: Ground::parse(row.text(3)?).ok_or_else(|| strange("ground"))?,
        asked_at: Instant::from_micros(row.int(4)?),
        entered_by: AccountId::from_uuid(row.id(5)?),
        decided,
    })
}

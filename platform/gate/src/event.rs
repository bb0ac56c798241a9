//! The event row: audit, receipt and change feed in one, and the material of the journal.

use db::{Row, Tx};
use kernel::{CommunityId, Instant};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::left::Left;
use crate::{Actor, Chance, Refusal, words};

db::sql! { module "gate";
    ADD = "insert into events (community_id, object_id, id, receipt, part, action, actor_id, \
           origin, at, digest, salt, detail, outcome, left_version, left_digest, addressed_id) \
           values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16)";
    UNSEALED_ADD = "insert into journal_unsealed (community_id, event_id, object_id) \
                    values ($1,$2,$3)";
    TIMELINE = "select id, object_id, receipt, part, action, actor_id, origin, at, detail, outcome \
                from events where community_id = $1 and object_id = $2 order by id limit 500";
}

/// One thing that happened. `detail` is the action as it was sent (null if it was about somebody who
/// was erased), `outcome` what it led to.
#[derive(Debug, Clone)]
pub struct Event {
    pub id: Uuid,
    pub object: Uuid,
    pub receipt: Uuid,
    /// 0 for the act itself, 1… for what followed from it in the same transaction.
    pub part: i64,
    pub action: String,
    pub actor: Option<Uuid>,
    pub origin: String,
    pub at: Instant,
    pub detail: Json,
    pub outcome: Json,
}

/// Said to everybody who listens once a change is durable. Carries no data of persons.
#[derive(Debug, Clone, Copy)]
pub struct Changed {
    pub community: CommunityId,
    pub object: Uuid,
    pub action: &'static str,
}

/// What a new event row is made of.
pub(crate) struct NewEvent<'a> {
    pub object: Uuid,
    /// What the act was addressed to, where that is something else.
    pub addressed: Option<Uuid>,
    pub receipt: Uuid,
    pub part: i64,
    pub action: &'a str,
    pub digest: [u8; 32],
    pub detail: &'a str,
    pub outcome: &'a str,
    /// How the act left the object.
    pub left: Option<Left>,
}

/// Writes the event and queues it for the journal.
pub(crate) fn add(
    tx: &mut Tx<'_>,
    chance: &Chance,
    actor: &Actor,
    now: Instant,
    event: &NewEvent<'_>,
) -> Result<(), Refusal> {
    let id = chance.id(now);
    let salt: [u8; 32] = chance.bytes();
    let community = actor.community.uuid();
    tx.later(
        &ADD,
        &db::params![
            community,
            event.object,
            id,
            event.receipt,
            event.part,
            event.action,
            actor.origin.id(),
            actor.origin.word(),
            now.micros(),
            event.digest.to_vec(),
            salt.to_vec(),
            event.detail,
            event.outcome,
            event.left.map(|left| left.version),
            event.left.map(|left| left.under(&salt)),
            event.addressed
        ],
    )?;
    tx.later(&UNSEALED_ADD, &db::params![community, id, event.object])?;
    Ok(())
}

/// What happened to one thing, oldest first, at most 500 steps.
///
/// # Errors
/// Only those of the database.
pub fn timeline(
    tx: &mut Tx<'_>,
    community: CommunityId,
    object: Uuid,
) -> Result<Vec<Event>, Refusal> {
    let rows = tx.rows(&TIMELINE, &db::params![community.uuid(), object])?;
    let read = rows.iter().map(|row| read(tx, community, row));
    let mut events = read.collect::<Result<Vec<_>, _>>()?;
    // What followed from an act has its instant; ids of one instant are in no order.
    events.sort_by_key(|event| (event.at, event.part, event.id));
    Ok(events)
}

/// The joined history of several things (a request and those merged into it), by time.
///
/// # Errors
/// Only those of the database.
pub fn timelines(
    tx: &mut Tx<'_>,
    community: CommunityId,
    objects: &[Uuid],
) -> Result<Vec<Event>, Refusal> {
    let mut all = Vec::new();
    for object in objects {
        all.extend(timeline(tx, community, *object)?);
    }
    all.sort_by_key(|event| (event.at, event.part, event.id));
    Ok(all)
}

fn read(tx: &mut Tx<'_>, community: CommunityId, row: &Row) -> Result<Event, Refusal> {
    let outcome = serde_json::from_str(row.text(9)?)
        .map_err(|error| Refusal::Defect(format!("event holds no JSON: {error}")))?;
    Ok(Event {
        id: row.id(0)?,
        object: row.id(1)?,
        receipt: row.id(2)?,
        part: row.int(3)?,
        action: row.text(4)?.to_owned(),
        actor: row.opt_id(5)?,
        origin: row.text(6)?.to_owned(),
        at: Instant::from_micros(row.int(7)?),
        detail: words::value(tx, community, row.id(1)?, row.text(8)?)?,
        outcome,
    })
}

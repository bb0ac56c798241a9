//! Promises: what was told to the resident, kept as rows apart from the policy of the day.

use db::{Row, Tx, Value};
use gate::Refusal;
use kernel::{CommunityId, Instant};

use super::row::Columns;
use crate::model::{Clock, Promise, PromiseState, RequestId};
use crate::rules::decide::PromiseChange;

/// All columns of a promise but those that say whose it is, in the order of [`values`].
macro_rules! columns {
    () => {
        "clock, round, policy_version, calendar_version, owner_id, started_at, due_at, \
         paused_at, paused_micros, state, ended_at, told, step_at"
    };
}
pub(super) use columns;

/// How many those are.
pub(super) const WIDTH: usize = 13;

db::sql! { module "requests.promises";
    OF = concat!("select ", columns!(), " from promises \
          where community_id = $1 and request_id = $2 order by round, clock");
    START = concat!("insert into promises (community_id, request_id, ", columns!(), ") values \
             ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15)");
    SET = "update promises set (owner_id, due_at, paused_at, paused_micros, state, ended_at, \
           told, step_at) = ($5,$6,$7,$8,$9,$10,$11,$12) \
           where community_id = $1 and request_id = $2 and clock = $3 and round = $4";
}

/// The promises made about one request, first round first.
///
/// # Errors
/// Those of the database.
pub fn of(
    tx: &mut Tx<'_>,
    community: CommunityId,
    request: RequestId,
) -> Result<Vec<Promise>, Refusal> {
    tx.rows(&OF, &db::params![community.uuid(), request.uuid()])?.iter().map(read).collect()
}

/// Keeps what the rules changed.
///
/// # Errors
/// Those of the database.
pub(super) fn keep(
    tx: &mut Tx<'_>,
    community: CommunityId,
    request: RequestId,
    changes: &[PromiseChange],
) -> Result<(), Refusal> {
    for change in changes {
        match change {
            PromiseChange::Start(promise) => start(tx, community, request, promise)?,
            PromiseChange::Set(promise) => set(tx, community, request, promise)?,
        }
    }
    Ok(())
}

fn start(
    tx: &mut Tx<'_>,
    community: CommunityId,
    request: RequestId,
    promise: &Promise,
) -> Result<(), Refusal> {
    let mut row = db::params![community.uuid(), request.uuid()].to_vec();
    row.extend(values(promise));
    Ok(tx.later(&START, &row)?)
}

/// A promise as it is stored.
pub(super) fn values(promise: &Promise) -> [Value; WIDTH] {
    db::params![
        promise.clock.word(),
        promise.round,
        promise.policy_version.as_str(),
        promise.calendar_version.as_str(),
        promise.owner,
        promise.started_at.micros(),
        promise.due_at.micros(),
        promise.paused_at.map(Instant::micros),
        promise.paused_micros,
        promise.state.word(),
        promise.ended_at.map(Instant::micros),
        promise.told,
        promise.step_at.map(Instant::micros)
    ]
}

fn set(
    tx: &mut Tx<'_>,
    community: CommunityId,
    request: RequestId,
    promise: &Promise,
) -> Result<(), Refusal> {
    Ok(tx.later(
        &SET,
        &db::params![
            community.uuid(),
            request.uuid(),
            promise.clock.word(),
            promise.round,
            promise.owner,
            promise.due_at.micros(),
            promise.paused_at.map(Instant::micros),
            promise.paused_micros,
            promise.state.word(),
            promise.ended_at.map(Instant::micros),
            promise.told,
            promise.step_at.map(Instant::micros)
        ],
    )?)
}

fn read(row: &Row) -> Result<Promise, Refusal> {
    let mut next = Columns::of(row);
    Ok(Promise {
        clock: next.word(Clock::parse)?,
        round: next.int()?,
        policy_version: next.text()?,
        calendar_version: next.text()?,
        owner: next.opt_id()?,
        started_at: next.instant()?,
        due_at: next.instant()?,
        paused_at: next.opt_instant()?,
        paused_micros: next.int()?,
        state: next.word(PromiseState::parse)?,
        ended_at: next.opt_instant()?,
        told: next.int()? != 0,
        step_at: next.opt_instant()?,
    })
}

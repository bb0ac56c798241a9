//! The state of a request: its row and its promises, stored together and digested together.
//!
//! The only way to store either is here, and gives what the act must tell the gate it left. The
//! same digest is computed again from the stored rows, column by column and not through the
//! model, which would not see what it has no word for.

use db::{Row, Tx, Value};
use gate::{Left, Refusal, State, StateDigest};
use kernel::CommunityId;
use uuid::Uuid;

use super::row::{changing, columns, filed_once};
use super::{promises, row};
use crate::model::{Promise, Request};
use crate::rules::decide::Change;

db::sql! { module "requests.state";
    ROWS = concat!("select community_id, ", columns!(), " from requests \
            where community_id = $1 and id >= $2 order by id limit $3");
    PROMISES = concat!("select request_id, ", promises::columns!(), " from promises \
                where community_id = $1 and request_id >= $2 and request_id <= $3 \
                order by request_id, round, clock");
}

/// Adds the request that begins with a change.
///
/// # Errors
/// Those of the database.
pub fn add(tx: &mut Tx<'_>, community: CommunityId, change: &Change) -> Result<Left, Refusal> {
    row::add(tx, community, &change.request)?;
    promises::keep(tx, community, change.request.id, &change.promises)?;
    Ok(left(community, &change.request, &change.promises_after(&[])))
}

/// Keeps a changed request, if nobody changed it since it was loaded with its promises `before`.
///
/// # Errors
/// Those of the database; if somebody did, the act starts over.
pub fn set(
    tx: &mut Tx<'_>,
    community: CommunityId,
    before: (&Request, &[Promise]),
    change: &Change,
) -> Result<Left, Refusal> {
    row::set(tx, community, before.0, &change.request)?;
    promises::keep(tx, community, change.request.id, &change.promises)?;
    Ok(left(community, &change.request, &change.promises_after(before.1)))
}

fn left(community: CommunityId, request: &Request, promises: &[Promise]) -> Left {
    let mut digest = StateDigest::new("request");
    digest.values(&[Value::from(community.uuid())]);
    digest.values(&row::filed_values(request));
    digest.values(&row::changing_values(request));
    digest.values(&[Value::from(row::is_open(request))]);
    let mut promises: Vec<&Promise> = promises.iter().collect();
    promises.sort_by_key(|promise| (promise.round, promise.clock.word()));
    for promise in promises {
        digest.values(&promises::values(promise));
    }
    digest.left(request.version)
}

/// Requests from an id on, as their rows have them.
///
/// # Errors
/// Those of the database.
pub fn states(
    tx: &mut Tx<'_>,
    community: CommunityId,
    from: Uuid,
    limit: usize,
) -> Result<Vec<State>, Refusal> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = tx.rows(&ROWS, &db::params![community.uuid(), from, limit])?;
    let Some(last) = rows.last() else { return Ok(Vec::new()) };
    let range = db::params![community.uuid(), from, id(last)?];
    let promises = tx.rows(&PROMISES, &range)?;
    let mut promises = promises.iter().peekable();
    rows.iter().map(|row| state(row, &mut promises)).collect()
}

/// One request with its promises, which stand in front of `promises` or nowhere.
fn state<'r>(
    row: &Row,
    promises: &mut std::iter::Peekable<impl Iterator<Item = &'r Row>>,
) -> Result<State, Refusal> {
    let object = id(row)?;
    let mut digest = StateDigest::new("request");
    digest.columns(row, 0..row::WIDTH + 1);
    while let Some(promise) = promises.peek() {
        let of = promise.id(0)?;
        if of > object {
            break;
        }
        if of == object {
            digest.columns(promise, 1..promises::WIDTH + 1);
        }
        promises.next();
    }
    let name = Request::numbered(row.int(2)?, row.int(3)?);
    Ok(State { object, name, left: digest.left(row.int(row::VERSION + 1)?) })
}

fn id(row: &Row) -> Result<Uuid, Refusal> {
    Ok(row.id(1)?)
}

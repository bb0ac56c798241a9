//! Lists of requests: a scope narrows them in SQL, the policy decides each row afterwards.
//!
//! A scope may be wider than the policy, never narrower: a test compares lists with what the
//! policy permits one by one. Texts differ only by scope, so there are a dozen of them.

use db::{Row, Sql, Tx, Value};
use gate::Refusal;
use kernel::{CommunityId, Instant};
use uuid::Uuid;

use super::row::{Columns, brief_columns, changing, filed_once, outline_columns, read};
use crate::model::{Clock, Layer, Request, RequestId};
use crate::rules::escalate::Late;

/// What a list is filtered by, nothing meaning no matter what.
const LIST: &str = concat!(
    "select ",
    brief_columns!(),
    " from requests where community_id = $1 \
     and (stage = $3 or $3 is null) \
     and (substr(topic, 1, length($4)) = $4 or $4 is null) \
     and (mode = $5 or $5 is null) \
     and (grid_id = $6 or $6 is null) \
     and (household_id = $7 or $7 is null) \
     and (lead_id = $8 or offered_to_id = $8 or recorder_id = $8 or $8 is null) \
     and (next_due_at <= $9 or $9 is null)"
);

/// What is open, but for what follows another request, which is that one's business.
macro_rules! open {
    ($columns:expr) => {
        concat!(
            "select ",
            $columns,
            " from requests where community_id = $1 and open = 1 and stage in ('received', \
             'triaged', 'assigned', 'in_progress', 'waiting', 'answered', 'reopen_requested')"
        )
    };
}

const OPEN_OUTLINES: &str = open!(outline_columns!());
const OPEN_BRIEFS: &str = open!(brief_columns!());

db::sql! { module "requests.lists";
    RECORDED = concat!("select ", brief_columns!(), " from requests \
                where community_id = $1 and recorder_id = $2 order by id desc limit $3");
    STEPS_DUE = "select p.community_id, p.request_id, r.lead_id, r.layer, p.clock, p.due_at \
                 from promises p \
                 join requests r on r.community_id = p.community_id and r.id = p.request_id \
                 where p.step_at <= $1 order by p.step_at, p.request_id limit $2";
    PAUSES_OVER = "select community_id, id from requests \
                   where stage = 'waiting' and paused_until_at <= $1 \
                   order by paused_until_at, id limit $2";
}

/// A request as a list shows it: its long texts are cut, so it is never stored back.
#[derive(Debug, Clone)]
pub struct Brief(pub Request);

/// A request without anything that somebody said: how it stands, and to whom. Never stored back.
#[derive(Debug)]
pub struct Outline(pub Request);

/// Which requests somebody may come upon; the policy still decides each one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// The whole community's.
    Everything,
    /// Those one leads, is offered or recorded, those of one's grids and of one's households.
    Known {
        account: Uuid,
        grids: Vec<Uuid>,
        households: Vec<Uuid>,
    },
    Nothing,
}

/// What a list is asked for; nothing means no matter what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    pub stage: Option<&'static str>,
    /// A topic's code or the letter of its group.
    pub topic: Option<String>,
    pub mode: Option<&'static str>,
    pub grid: Option<Uuid>,
    pub household: Option<Uuid>,
    /// Led by, offered to or recorded by this account.
    pub whose: Option<Uuid>,
    /// Past a promise at this moment.
    pub late_at: Option<Instant>,
}

/// Which stretch of a list: the newest `limit` older than `before`, only those of `among` where
/// that is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch<'a> {
    pub before: Option<Uuid>,
    pub among: Option<&'a [Uuid]>,
    pub limit: usize,
}

/// Ids one statement looks up; neither engine is sent an array. Lists of ids are filled up to
/// one of these lengths, so that few texts are needed.
const LENGTHS: [usize; 6] = [0, 8, 32, 64, 128, 512];

/// Places in a text: `$first, $first+1, …`.
fn places(first: usize, count: usize) -> String {
    let places: Vec<String> = (first..first + count).map(|place| format!("${place}")).collect();
    places.join(", ")
}

/// The ids and enough ids of nothing to reach a known length.
///
/// # Errors
/// A defect when there are more than any account may hold.
fn filled(ids: &[Uuid]) -> Result<Vec<Value>, Refusal> {
    let length = LENGTHS.iter().find(|length| **length >= ids.len());
    let length = *length.ok_or_else(|| Refusal::Defect("too many ids for one list".to_owned()))?;
    let ids = ids.iter().copied().chain(std::iter::repeat(Uuid::nil()));
    Ok(ids.take(length).map(Value::from).collect())
}

/// Adds the scope to a text whose last parameter is `values`' last.
fn narrow(text: &mut String, values: &mut Vec<Value>, scope: &Scope) -> Result<(), Refusal> {
    let Scope::Known { account, grids, households } = scope else { return Ok(()) };
    values.push(Value::from(*account));
    let me = values.len();
    let mut ways = vec![format!("lead_id = ${me} or offered_to_id = ${me} or recorder_id = ${me}")];
    for (column, ids) in [("grid_id", grids), ("household_id", households)] {
        let ids = filled(ids)?;
        if !ids.is_empty() {
            ways.push(format!("{column} in ({})", places(values.len() + 1, ids.len())));
            values.extend(ids);
        }
    }
    text.push_str(&format!(" and ({})", ways.join(" or ")));
    Ok(())
}

/// A stretch of the newest requests within a scope.
///
/// # Errors
/// Those of the database.
pub fn list(
    tx: &mut Tx<'_>,
    community: CommunityId,
    scope: &Scope,
    wanted: &Wanted,
    stretch: Stretch<'_>,
) -> Result<Vec<Brief>, Refusal> {
    if *scope == Scope::Nothing {
        return Ok(Vec::new());
    }
    let mut values = db::params![
        community.uuid(),
        stretch.before.unwrap_or(Uuid::max()),
        wanted.stage,
        wanted.topic.as_deref(),
        wanted.mode,
        wanted.grid,
        wanted.household,
        wanted.whose,
        wanted.late_at.map(Instant::micros)
    ]
    .to_vec();
    let mut text = LIST.to_owned();
    narrow(&mut text, &mut values, scope)?;
    match stretch.among {
        None => text.push_str(" and id < $2"),
        Some([]) => return Ok(Vec::new()),
        Some(ids) => {
            let ids = filled(ids)?;
            // The ids are the way in; a bare comparison would be taken for it.
            let among = places(values.len() + 1, ids.len());
            text.push_str(&format!(" and id in ({among}) and (id < $2 or $2 is null)"));
            values.extend(ids);
        }
    }
    values.push(bound(stretch.limit));
    text.push_str(&format!(" order by id desc limit ${}", values.len()));
    briefs(&tx.rows(&Sql::interned("requests.lists.LIST", &text), &values)?)
}

/// What is open within a scope, what is due first.
///
/// # Errors
/// Those of the database.
pub fn open(
    tx: &mut Tx<'_>,
    community: CommunityId,
    scope: &Scope,
    limit: usize,
) -> Result<Vec<Outline>, Refusal> {
    let order = "case when next_due_at is null then 1 else 0 end, next_due_at, id";
    let mut open = Vec::new();
    open_in_order(tx, community, scope, (OPEN_OUTLINES, order), limit, |row| {
        open.push(Outline(read(&row)?));
        Ok(())
    })?;
    Ok(open)
}

/// These requests, in this order; no more than a list of ids may hold.
///
/// # Errors
/// Those of the database.
pub fn these(
    tx: &mut Tx<'_>,
    community: CommunityId,
    ids: &[RequestId],
) -> Result<Vec<Brief>, Refusal> {
    let uuids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let stretch = Stretch { before: None, among: Some(&uuids), limit: ids.len() };
    let mut briefs = list(tx, community, &Scope::Everything, &Wanted::default(), stretch)?;
    briefs.sort_by_key(|Brief(request)| ids.iter().position(|id| *id == request.id));
    Ok(briefs)
}

fn open_in_order(
    tx: &mut Tx<'_>,
    community: CommunityId,
    scope: &Scope,
    (columns, order): (&'static str, &'static str),
    limit: usize,
    take: impl FnMut(Row) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    if *scope == Scope::Nothing {
        return Ok(());
    }
    let mut values = db::params![community.uuid()].to_vec();
    let mut text = columns.to_owned();
    narrow(&mut text, &mut values, scope)?;
    values.push(bound(limit));
    text.push_str(&format!(" order by {order} limit ${}", values.len()));
    tx.each(&Sql::interned("requests.lists.OPEN", &text), &values, take)
}

/// What an account recorded last.
///
/// # Errors
/// Those of the database.
pub fn recorded_by(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: Uuid,
    limit: usize,
) -> Result<Vec<Brief>, Refusal> {
    briefs(&tx.rows(&RECORDED, &db::params![community.uuid(), account, bound(limit)])?)
}

/// What is open within a scope, newest first: what may be the same matter.
///
/// # Errors
/// Those of the database.
pub fn open_newest(
    tx: &mut Tx<'_>,
    community: CommunityId,
    scope: &Scope,
    limit: usize,
) -> Result<Vec<Brief>, Refusal> {
    // Not by id alone: the order of the key would be taken for the way in, past all that is closed.
    let order = "received_at desc, id desc";
    let mut open = Vec::new();
    open_in_order(tx, community, scope, (OPEN_BRIEFS, order), limit, |row| {
        open.push(Brief(read(&row)?));
        Ok(())
    })?;
    Ok(open)
}

/// Promises on whose account a request of any community goes up a layer by `at`, the longest
/// waiting first.
///
/// # Errors
/// Those of the database.
pub fn steps_due(tx: &mut Tx<'_>, at: Instant, limit: usize) -> Result<Vec<Late>, Refusal> {
    let rows = tx.rows(&STEPS_DUE, &db::params![at.micros(), bound(limit)])?;
    rows.iter()
        .map(|row| {
            let mut next = Columns::of(row);
            Ok(Late {
                community: CommunityId::from_uuid(next.id()?),
                request: RequestId::from_uuid(next.id()?),
                lead: next.opt_id()?,
                layer: next.word(Layer::parse)?,
                clock: next.word(Clock::parse)?,
                due_at: next.instant()?,
            })
        })
        .collect()
}

/// Requests of all communities whose pause has reached its cap by `at`.
///
/// # Errors
/// Those of the database.
pub fn pauses_over(
    tx: &mut Tx<'_>,
    at: Instant,
    limit: usize,
) -> Result<Vec<(CommunityId, RequestId)>, Refusal> {
    let rows = tx.rows(&PAUSES_OVER, &db::params![at.micros(), bound(limit)])?;
    rows.iter()
        .map(|row| Ok((CommunityId::from_uuid(row.id(0)?), RequestId::from_uuid(row.id(1)?))))
        .collect()
}

fn bound(limit: usize) -> Value {
    Value::Int(i64::try_from(limit).unwrap_or(i64::MAX))
}

fn briefs(rows: &[Row]) -> Result<Vec<Brief>, Refusal> {
    rows.iter().map(|row| read(row).map(Brief)).collect()
}

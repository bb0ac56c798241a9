//! Hand-over lists (交接单): what a rep leaves behind from a moment on, to whom it was given, and
//! whether that one took it over (G7).

use db::{Row, Tx};
use gate::Refusal;
use kernel::{AccountId, CommunityId, Instant};
use uuid::Uuid;
use vault::text::{self, Column};

use crate::model::{GridId, HouseholdId};

db::sql! { module "registry.hand_overs";
    ADD = "insert into liaison_hand_overs (community_id, id, account_id, from_at) \
           values ($1,$2,$3,$4)";
    // The same assignments that end there, see `areas::let_go`.
    FILL = "insert into liaison_hand_over_households (community_id, hand_over_id, household_id) \
            select a.community_id, $2, a.household_id from liaison_assignments a \
            where a.community_id = $1 and a.account_id = $3 and a.from_at < $4 \
              and (a.until_at is null or a.until_at > $4)";
    COUNT = "select count(*) from liaison_assignments \
             where community_id = $1 and account_id = $2 and from_at < $3 \
               and (until_at is null or until_at > $3)";
    WAITING_OF = "select id from liaison_hand_overs \
                  where community_id = $1 and account_id = $2 and successor_id is null \
                  order by from_at desc limit 1";
    MOVE = "update liaison_hand_overs set from_at = $3 where community_id = $1 and id = $2";
    FIND = "select id, account_id, from_at, successor_id, given_at, note, accepted_at \
            from liaison_hand_overs where community_id = $1 and id = $2";
    LATEST = "select id, account_id, from_at, successor_id, given_at, note, accepted_at \
              from liaison_hand_overs where community_id = $1 \
              order by case when accepted_at is null then 0 else 1 end, from_at desc, id \
              limit 100";
    HOUSEHOLDS = "select s.id, s.label, \
                    (select a.account_id from liaison_assignments a \
                     where a.community_id = s.community_id and a.household_id = s.id \
                       and a.from_at <= $3 and (a.until_at is null or a.until_at > $3)), \
                    (select g.grid_id from grid_memberships g \
                     where g.community_id = s.community_id and g.spot_id = s.id \
                       and g.tier = 'grid' \
                       and g.from_at <= $3 and (g.until_at is null or g.until_at > $3)) \
                  from liaison_hand_over_households h \
                  join spots s on s.community_id = h.community_id and s.id = h.household_id \
                  where h.community_id = $1 and h.hand_over_id = $2 \
                  order by s.sort, s.id limit 1000";
    GIVE = "update liaison_hand_overs set successor_id = $3, given_at = $4, note = $5 \
            where community_id = $1 and id = $2 and successor_id is null";
    ACCEPT = "update liaison_hand_overs set accepted_at = $4 \
              where community_id = $1 and id = $2 and successor_id = $3 and accepted_at is null";
}

/// A hand-over list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOver {
    pub id: Uuid,
    /// The rep who leaves.
    pub account: AccountId,
    /// From when on they hold nothing any longer.
    pub from: Instant,
    pub given: Option<Given>,
    pub accepted_at: Option<Instant>,
    note: Option<String>,
}

/// To whom it was given, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Given {
    pub successor: AccountId,
    pub at: Instant,
}

/// A household of a hand-over list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    pub household: HouseholdId,
    pub label: String,
    /// Who is its rep at the moment asked for.
    pub liaison: Option<AccountId>,
    pub grid: Option<GridId>,
}

/// Opens the list of what a rep leaves behind at `from`, before that ends; none when they hold
/// nothing. A list that nobody was named for yet is moved, not doubled.
///
/// # Errors
/// Those of the database.
pub fn open_hand_over(
    tx: &mut Tx<'_>,
    community: CommunityId,
    (id, account): (Uuid, AccountId),
    from: Instant,
) -> Result<(), Refusal> {
    let key = db::params![community.uuid(), account.uuid(), from.micros()];
    let left = tx.row(&COUNT, &key)?.map_or(Ok(0), |row| row.int(0))?;
    if left == 0 {
        return Ok(());
    }
    let (community, account) = (community.uuid(), account.uuid());
    if let Some(row) = tx.row(&WAITING_OF, &db::params![community, account])? {
        return Ok(tx.exec_one(&MOVE, &db::params![community, row.id(0)?, from.micros()])?);
    }
    tx.exec_one(&ADD, &db::params![community, id, account, from.micros()])?;
    tx.exec(&FILL, &db::params![community, id, account, from.micros()])?;
    Ok(())
}

/// One list.
///
/// # Errors
/// Those of the database.
pub fn hand_over(
    tx: &mut Tx<'_>,
    community: CommunityId,
    id: Uuid,
) -> Result<Option<HandOver>, Refusal> {
    tx.row(&FIND, &db::params![community.uuid(), id])?.as_ref().map(read).transpose()
}

/// The latest hundred lists, those that are not done first.
///
/// # Errors
/// Those of the database.
pub fn hand_overs(tx: &mut Tx<'_>, community: CommunityId) -> Result<Vec<HandOver>, Refusal> {
    tx.rows(&LATEST, &db::params![community.uuid()])?.iter().map(read).collect()
}

/// What is on a list, in the order of doors, with the reps of `at`.
///
/// # Errors
/// Those of the database.
pub fn left_behind(
    tx: &mut Tx<'_>,
    community: CommunityId,
    id: Uuid,
    at: Instant,
) -> Result<Vec<Left>, Refusal> {
    let rows = tx.rows(&HOUSEHOLDS, &db::params![community.uuid(), id, at.micros()])?;
    let read = |row: &Row| {
        Ok(Left {
            household: HouseholdId::from_uuid(row.id(0)?),
            label: row.text(1)?.to_owned(),
            liaison: row.opt_id(2)?.map(AccountId::from_uuid),
            grid: row.opt_id(3)?.map(GridId::from_uuid),
        })
    };
    rows.iter().map(read).collect()
}

/// Names the successor, with what they must know; false when one was named before.
///
/// # Errors
/// Those of the database.
pub fn give_hand_over(
    tx: &mut Tx<'_>,
    community: CommunityId,
    id: Uuid,
    given: Given,
    note: &str,
) -> Result<bool, Refusal> {
    let key = vault::keys(tx, community)?.new_subject(tx, id)?;
    let note = (!note.is_empty()).then(|| text::seal(&key, NOTE, note)).transpose()?;
    let (successor, at) = (given.successor.uuid(), given.at.micros());
    let values = db::params![community.uuid(), id, successor, at, note];
    Ok(tx.exec(&GIVE, &values)? == 1)
}

/// Records that the successor took it over; false when it was not theirs to take, or taken before.
///
/// # Errors
/// Those of the database.
pub fn accept_hand_over(
    tx: &mut Tx<'_>,
    community: CommunityId,
    (id, successor): (Uuid, AccountId),
    at: Instant,
) -> Result<bool, Refusal> {
    let key = db::params![community.uuid(), id, successor.uuid(), at.micros()];
    Ok(tx.exec(&ACCEPT, &key)? == 1)
}

/// What the successor must know, in the clear; empty where nothing was said.
///
/// # Errors
/// Those of the database, and when it does not open.
pub fn hand_over_note(
    tx: &mut Tx<'_>,
    community: CommunityId,
    one: &HandOver,
) -> Result<String, Refusal> {
    match &one.note {
        Some(note) => Ok(text::open(tx, community, NOTE, note)?.unwrap_or_default()),
        None => Ok(String::new()),
    }
}

/// Sealed for the list, so it needs no row.
const NOTE: Column = Column { table: "liaison_hand_overs", column: "note", row: None };

fn read(row: &Row) -> Result<HandOver, Refusal> {
    let given = row.opt_id(3)?.zip(row.opt_int(4)?);
    Ok(HandOver {
        id: row.id(0)?,
        account: AccountId::from_uuid(row.id(1)?),
        from: Instant::from_micros(row.int(2)?),
        given: given.map(|(successor, at)| Given {
            successor: AccountId::from_uuid(successor),
            at: Instant::from_micros(at),
        }),
        note: row.opt_text(5)?.map(str::to_owned),
        accepted_at: row.opt_int(6)?.map(Instant::from_micros),
    })
}

//! Liaison reps (联户代表) at work: how many households each holds and since when, what nobody holds,
//! and who stands in for whom.

use db::{Row, Tx};
use gate::Refusal;
use kernel::{AccountId, CommunityId, Instant};
use uuid::Uuid;

use crate::model::{GridId, HouseholdId, Span};

/// Ends of stairwells or buildings with households that nobody holds, shown at once: a community of
/// the founding size has about 120 stairwells in all.
pub const UNHELD_MAX: usize = 200;

db::sql! { module "registry.liaisons";
    LOADS = "select account_id, count(*) from liaison_assignments \
             where community_id = $1 and from_at <= $2 and (until_at is null or until_at > $2) \
             group by account_id order by account_id limit 2000";
    HELD = "select s.id, s.label, a.from_at, a.until_at from liaison_assignments a \
            join spots s on s.community_id = a.community_id and s.id = a.household_id \
            where a.community_id = $1 and a.account_id = $2 \
              and (a.until_at is null or a.until_at > $3) \
            order by s.sort, s.id, a.from_at limit 500";
    HISTORY = "select account_id, from_at, until_at from liaison_assignments \
               where community_id = $1 and household_id = $2 order by from_at limit 500";
    UNHELD = "select e.id, e.label, g.grid_id, count(*) from households h \
              join dwellings d on d.community_id = h.community_id and d.id = h.dwelling_id \
              join spots e on e.community_id = d.community_id and e.id = d.entrance_id \
              left join grid_memberships g on g.community_id = h.community_id \
                and g.spot_id = h.id and g.tier = 'grid' \
                and g.from_at <= $2 and (g.until_at is null or g.until_at > $2) \
              where h.community_id = $1 and h.until_at is null \
                and not exists (select 1 from liaison_assignments a \
                  where a.community_id = h.community_id and a.household_id = h.id \
                    and a.from_at <= $2 and (a.until_at is null or a.until_at > $2)) \
              group by e.id, e.label, e.sort, g.grid_id \
              order by e.sort, e.id, g.grid_id limit 200";
    AWAY_ADD = "insert into liaison_substitutions (community_id, id, account_id, substitute_id, \
                from_at, until_at) values ($1,$2,$3,$4,$5,$6)";
    AWAY_END = "update liaison_substitutions set until_at = $4 \
                where community_id = $1 and id = $2 and account_id = $3 and until_at > $4";
    AWAY = "select id, account_id, substitute_id, from_at, until_at from liaison_substitutions \
            where community_id = $1 and until_at > $2 order by from_at, id limit 500";
    // Whom an account may act as: the rep of the household, or who stands in for that rep.
    ACTING = "select a.account_id from liaison_assignments a \
              where a.community_id = $1 and a.household_id = $2 \
                and a.from_at <= $3 and (a.until_at is null or a.until_at > $3) \
                and (a.account_id = $4 or exists ( \
                  select 1 from liaison_substitutions u where u.community_id = a.community_id \
                    and u.account_id = a.account_id and u.substitute_id = $4 \
                    and u.from_at <= $3 and u.until_at > $3))";
}

/// A household a rep holds, with the time of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub household: HouseholdId,
    pub label: String,
    pub span: Span,
}

/// Households of one stairwell or building that no rep holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unheld {
    /// The stairwell's or building's whole name.
    pub entrance: String,
    pub grid: Option<GridId>,
    pub households: u64,
}

/// Somebody who stands in for a rep who is away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Substitution {
    pub id: Uuid,
    /// The rep who is away.
    pub account: AccountId,
    pub substitute: AccountId,
    pub from: Instant,
    pub until: Instant,
}

/// How many households each rep holds at `at`; who holds none is not in it.
///
/// # Errors
/// Those of the database.
pub fn loads(
    tx: &mut Tx<'_>,
    community: CommunityId,
    at: Instant,
) -> Result<Vec<(AccountId, u64)>, Refusal> {
    let rows = tx.rows(&LOADS, &db::params![community.uuid(), at.micros()])?;
    rows.iter().map(|row| Ok((AccountId::from_uuid(row.id(0)?), count(row, 1)?))).collect()
}

/// The households a rep holds at `at` or is to hold later, in the order of their doors; those of
/// others for whom they stand in are not among them.
///
/// # Errors
/// Those of the database.
pub fn held(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: AccountId,
    at: Instant,
) -> Result<Vec<Held>, Refusal> {
    let given = db::params![community.uuid(), account.uuid(), at.micros()];
    let read = |row: &Row| {
        Ok(Held {
            household: HouseholdId::from_uuid(row.id(0)?),
            label: row.text(1)?.to_owned(),
            span: span(row, 2)?,
        })
    };
    tx.rows(&HELD, &given)?.iter().map(read).collect()
}

/// Who ever held a household, the first one first (G1).
///
/// # Errors
/// Those of the database.
pub fn liaison_history(
    tx: &mut Tx<'_>,
    community: CommunityId,
    household: HouseholdId,
) -> Result<Vec<(AccountId, Span)>, Refusal> {
    let rows = tx.rows(&HISTORY, &db::params![community.uuid(), household.uuid()])?;
    rows.iter().map(|row| Ok((AccountId::from_uuid(row.id(0)?), span(row, 1)?))).collect()
}

/// Households that no rep holds at `at`, counted by stairwell or building; the first
/// [`UNHELD_MAX`] of these.
///
/// # Errors
/// Those of the database.
pub fn unheld(
    tx: &mut Tx<'_>,
    community: CommunityId,
    at: Instant,
) -> Result<Vec<Unheld>, Refusal> {
    let rows = tx.rows(&UNHELD, &db::params![community.uuid(), at.micros()])?;
    let read = |row: &Row| {
        Ok(Unheld {
            entrance: row.text(1)?.to_owned(),
            grid: row.opt_id(2)?.map(GridId::from_uuid),
            households: count(row, 3)?,
        })
    };
    rows.iter().map(read).collect()
}

/// Who stands in for whom, now or later: what is not over at `at`.
///
/// # Errors
/// Those of the database.
pub fn substitutions(
    tx: &mut Tx<'_>,
    community: CommunityId,
    at: Instant,
) -> Result<Vec<Substitution>, Refusal> {
    let read = |row: &Row| {
        Ok(Substitution {
            id: row.id(0)?,
            account: AccountId::from_uuid(row.id(1)?),
            substitute: AccountId::from_uuid(row.id(2)?),
            from: Instant::from_micros(row.int(3)?),
            until: Instant::from_micros(row.int(4)?),
        })
    };
    tx.rows(&AWAY, &db::params![community.uuid(), at.micros()])?.iter().map(read).collect()
}

/// Lets somebody stand in for a rep for a time; that nobody else does is the caller's to ask.
///
/// # Errors
/// Those of the database.
pub fn add_substitution(
    tx: &mut Tx<'_>,
    community: CommunityId,
    one: &Substitution,
) -> Result<(), Refusal> {
    let (account, substitute) = (one.account.uuid(), one.substitute.uuid());
    let (from, until) = (one.from.micros(), one.until.micros());
    let given = db::params![community.uuid(), one.id, account, substitute, from, until];
    Ok(tx.exec_one(&AWAY_ADD, &given)?)
}

/// Ends a substitution for a rep at a moment, which may be before it began; false when it was over.
///
/// # Errors
/// Those of the database.
pub fn end_substitution(
    tx: &mut Tx<'_>,
    community: CommunityId,
    (account, id): (AccountId, Uuid),
    at: Instant,
) -> Result<bool, Refusal> {
    let given = db::params![community.uuid(), id, account.uuid(), at.micros()];
    Ok(tx.exec(&AWAY_END, &given)? == 1)
}

/// The account itself, where it is the liaison rep of a household at `at` or stands in for the one
/// who is; none for everybody else.
///
/// # Errors
/// Those of the database.
pub fn acting_liaison(
    tx: &mut Tx<'_>,
    community: CommunityId,
    household: HouseholdId,
    account: AccountId,
    at: Instant,
) -> Result<Option<AccountId>, Refusal> {
    let given = db::params![community.uuid(), household.uuid(), at.micros(), account.uuid()];
    Ok(tx.row(&ACTING, &given)?.map(|_| account))
}

fn count(row: &Row, column: usize) -> Result<u64, Refusal> {
    Ok(u64::try_from(row.int(column)?).unwrap_or(0))
}

fn span(row: &Row, column: usize) -> Result<Span, Refusal> {
    let from = Instant::from_micros(row.int(column)?);
    Ok(Span { from, until: row.opt_int(column + 1)?.map(Instant::from_micros) })
}

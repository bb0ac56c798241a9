//! Everybody who works here, with all their terms, for whoever looks after accounts; and how a
//! term, an account and its sessions end.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use db::{Row, Tx};
use gate::Refusal;
use kernel::{AccountId, CommunityId, Instant};
use registry::GridId;
use uuid::Uuid;

use super::strange;
use crate::model::{Role, Staff, Term};

/// A person with their terms, one row each; a program is who holds tokens and nothing else. A card
/// that had all its tries ([`crate::rules::PIN_TRIES`]) is none.
macro_rules! staff {
    ($($more:literal)*) => {
        concat!(
            "select a.id, a.name, a.phone, a.created_at, a.closed_at, r.id, r.role, r.grid_id, \
             r.from_at, r.until_at, \
             (select count(*) from credentials c where c.community_id = a.community_id \
               and c.account_id = a.id and c.kind = 'card' and c.revoked_at is null and c.tries < 5), \
             (select count(*) from credentials c where c.community_id = a.community_id \
               and c.account_id = a.id and c.kind = 'password' and c.revoked_at is null), \
             (select count(*) from credentials c where c.community_id = a.community_id \
               and c.account_id = a.id), \
             (select count(*) from sessions s where s.community_id = a.community_id \
               and s.account_id = a.id and s.kind = 'token'), \
             (select count(*) from second_factors f where f.community_id = a.community_id \
               and f.account_id = a.id and f.confirmed_at is not null) \
             from accounts a left join account_roles r on r.community_id = a.community_id \
               and r.account_id = a.id \
             where a.community_id = $1 ",
            $($more),*
        )
    };
}

db::sql! { module "access.staff";
    LIST = staff!("order by a.name, a.id, r.from_at, r.id limit 2000");
    ONE = staff!("and a.id = $2 order by r.from_at, r.id limit 200");
    // Nobody would miss these cards: the account has none that a session was ever opened with, and
    // no password.
    CARDLESS = "select distinct a.id, a.name from accounts a \
        join account_roles r on r.community_id = a.community_id and r.account_id = a.id \
          and r.from_at <= $2 and (r.until_at is null or r.until_at > $2) \
        where a.community_id = $1 and (a.closed_at is null or a.closed_at > $2) \
          and not exists (select 1 from credentials c where c.community_id = a.community_id \
            and c.account_id = a.id and c.kind = 'password' and c.revoked_at is null) \
          and not exists (select 1 from credentials c join sessions s \
              on s.community_id = c.community_id and s.account_id = c.account_id \
            where c.community_id = a.community_id and c.account_id = a.id and c.kind = 'card' \
              and c.revoked_at is null and s.kind = 'card' and s.opened_at >= c.created_at) \
          and not exists (select 1 from sessions s where s.community_id = a.community_id \
            and s.account_id = a.id and s.kind = 'token') \
        order by a.name, a.id limit 201";
    PHONE = "update accounts set phone = $3 where community_id = $1 and id = $2";
    NAMED = "select count(*) from accounts where community_id = $1 and name = $2 \
             and (closed_at is null or closed_at > $3)";
    ROLE_END = "update account_roles set until_at = $4 where community_id = $1 \
                and account_id = $2 and id = $3 and (until_at is null or until_at > $4)";
    ROLES_END = "update account_roles set until_at = $3 where community_id = $1 \
                 and account_id = $2 and (until_at is null or until_at > $3)";
    CLOSE = "update accounts set closed_at = $3 where community_id = $1 and id = $2 \
             and (closed_at is null or closed_at > $3)";
    SESSIONS_END = "update sessions set revoked_at = $3 where community_id = $1 \
                    and account_id = $2 and revoked_at is null";
    PHONES_END = "update sessions set revoked_at = $3 where community_id = $1 \
                  and account_id = $2 and kind = 'card' and revoked_at is null";
    OTHER_ADMINISTRATORS = "select count(*) from account_roles r join accounts a \
        on a.community_id = r.community_id and a.id = r.account_id \
        where r.community_id = $1 and r.role = 'administrator' and r.account_id <> $2 \
          and r.from_at <= $3 and r.until_at is null and a.closed_at is null \
          and exists (select 1 from credentials c where c.community_id = a.community_id \
            and c.account_id = a.id and c.revoked_at is null)";
}

/// Everybody who ever worked here, by name; at most two thousand terms are read.
///
/// # Errors
/// Those of the database.
pub fn list(tx: &mut Tx<'_>, community: CommunityId) -> Result<Vec<Staff>, Refusal> {
    let mut all = gather(&tx.rows(&LIST, &db::params![community.uuid()])?)?;
    all.sort_by(|one, other| (&one.name, one.account).cmp(&(&other.name, other.account)));
    Ok(all)
}

/// One of them, also when their account is closed.
///
/// # Errors
/// Those of the database.
pub fn one(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: AccountId,
) -> Result<Option<Staff>, Refusal> {
    let rows = tx.rows(&ONE, &db::params![community.uuid(), account.uuid()])?;
    Ok(gather(&rows)?.pop())
}

/// Whether somebody who works here is called exactly so.
///
/// # Errors
/// Those of the database.
pub fn is_named(
    tx: &mut Tx<'_>,
    community: CommunityId,
    name: &str,
    now: Instant,
) -> Result<bool, Refusal> {
    count(tx, &NAMED, &db::params![community.uuid(), name, now.micros()]).map(|named| named > 0)
}

/// Those who work here, have no password, and have no card or one that was never used; at most one
/// more than are printed at once.
///
/// # Errors
/// Those of the database.
pub fn cardless(
    tx: &mut Tx<'_>,
    community: CommunityId,
    now: Instant,
) -> Result<Vec<AccountId>, Refusal> {
    let rows = tx.rows(&CARDLESS, &db::params![community.uuid(), now.micros()])?;
    rows.iter().map(|row| Ok(AccountId::from_uuid(row.id(0)?))).collect()
}

/// Keeps how colleagues reach somebody.
///
/// # Errors
/// Those of the database.
pub fn set_phone(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: AccountId,
    phone: &str,
) -> Result<(), Refusal> {
    Ok(tx.exec_one(&PHONE, &db::params![community.uuid(), account.uuid(), phone])?)
}

/// Ends one term; a term that ends earlier stays.
///
/// # Errors
/// Those of the database.
pub fn end_role(
    tx: &mut Tx<'_>,
    community: CommunityId,
    (account, term): (AccountId, Uuid),
    from: Instant,
) -> Result<(), Refusal> {
    let key = db::params![community.uuid(), account.uuid(), term, from.micros()];
    tx.exec(&ROLE_END, &key)?;
    Ok(())
}

/// Ends all terms of an account, and the account with them.
///
/// # Errors
/// Those of the database.
pub fn close(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: AccountId,
    from: Instant,
) -> Result<(), Refusal> {
    let key = db::params![community.uuid(), account.uuid(), from.micros()];
    tx.exec(&ROLES_END, &key)?;
    tx.exec(&CLOSE, &key)?;
    Ok(())
}

/// Ends all sessions of an account now.
///
/// # Errors
/// Those of the database.
pub fn end_sessions(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: AccountId,
    now: Instant,
) -> Result<(), Refusal> {
    tx.exec(&SESSIONS_END, &db::params![community.uuid(), account.uuid(), now.micros()])?;
    Ok(())
}

/// Ends the sessions that a card of this account opened: whoever found it is out too.
///
/// # Errors
/// Those of the database.
pub fn end_card_sessions(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: AccountId,
    now: Instant,
) -> Result<(), Refusal> {
    tx.exec(&PHONES_END, &db::params![community.uuid(), account.uuid(), now.micros()])?;
    Ok(())
}

/// Whether somebody else can look after the accounts, without an end in sight.
///
/// # Errors
/// Those of the database.
pub fn has_other_administrator(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: AccountId,
    now: Instant,
) -> Result<bool, Refusal> {
    let key = db::params![community.uuid(), account.uuid(), now.micros()];
    count(tx, &OTHER_ADMINISTRATORS, &key).map(|others| others > 0)
}

fn count(tx: &mut Tx<'_>, sql: &db::Sql, key: &[db::Value]) -> Result<i64, Refusal> {
    Ok(tx.row(sql, key)?.ok_or_else(|| strange("count"))?.int(0)?)
}

fn gather(rows: &[Row]) -> Result<Vec<Staff>, Refusal> {
    let mut by_account: BTreeMap<Uuid, Staff> = BTreeMap::new();
    for row in rows {
        let id = row.id(0)?;
        let one = match by_account.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(read(row)?),
        };
        one.terms.extend(term(row)?);
    }
    Ok(by_account.into_values().collect())
}

fn read(row: &Row) -> Result<Staff, Refusal> {
    let (card, password, any, tokens) = (row.int(10)?, row.int(11)?, row.int(12)?, row.int(13)?);
    let second_factor = row.int(14)?;
    Ok(Staff {
        account: AccountId::from_uuid(row.id(0)?),
        name: row.text(1)?.to_owned(),
        phone: row.text(2)?.to_owned(),
        created_at: Instant::from_micros(row.int(3)?),
        closed_at: row.opt_int(4)?.map(Instant::from_micros),
        terms: Vec::new(),
        has_card: card > 0,
        has_password: password > 0,
        has_second_factor: second_factor > 0,
        is_program: tokens > 0 && any == 0,
    })
}

fn term(row: &Row) -> Result<Option<Term>, Refusal> {
    let Some(id) = row.opt_id(5)? else { return Ok(None) };
    Ok(Some(Term {
        id,
        role: Role::of(row.text(6)?).ok_or_else(|| strange("role"))?,
        grid: row.opt_id(7)?.map(GridId::from_uuid),
        from: Instant::from_micros(row.int(8)?),
        until: row.opt_int(9)?.map(Instant::from_micros),
    }))
}

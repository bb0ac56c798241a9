//! Accounts and the roles they have for a time.

use std::collections::BTreeMap;

use db::{Row, Tx};
use gate::Refusal;
use kernel::{AccountId, CommunityId, Instant};
use registry::{GridId, PersonId};
use uuid::Uuid;

use super::strange;
use crate::model::{Account, Called, Colleague, Role, Term};
use crate::rules;

/// Ids that one statement looks up. Neither engine is sent an array, so lists go in eights, the
/// last one filled up with ids that do not exist.
const AT_ONCE: usize = 8;

db::sql! { module "access.accounts";
    ADD = "insert into accounts (community_id, id, name, sign_in_name, person_id, created_at) \
           values ($1,$2,$3,$4,$5,$6)";
    FIND = "select id, name, sign_in_name, person_id, created_at from accounts \
            where community_id = $1 and id = $2 and (closed_at is null or closed_at > $3)";
    SIGN_IN_NAME = "update accounts set sign_in_name = $3 where community_id = $1 and id = $2";
    SIGN_IN_NAMED = "select count(*) from accounts \
                     where community_id = $1 and sign_in_name = $3 and id <> $2";
    ROLE_ADD = "insert into account_roles (community_id, account_id, id, role, grid_id, from_at, \
                until_at) values ($1,$2,$3,$4,$5,$6,$7)";
    NAMES = "select a.id, a.name, r.role, r.grid_id from accounts a \
             left join account_roles r on r.community_id = a.community_id \
               and r.account_id = a.id \
               and r.from_at <= $2 and (r.until_at is null or r.until_at > $2) \
             where a.community_id = $1 and a.id in ($3,$4,$5,$6,$7,$8,$9,$10)";
    COLLEAGUES = "select a.id, a.name, r.role, r.grid_id from account_roles r \
                  join accounts a on a.community_id = r.community_id and a.id = r.account_id \
                  where r.community_id = $1 and r.from_at <= $2 \
                    and (r.until_at is null or r.until_at > $2) \
                    and (a.closed_at is null or a.closed_at > $2) \
                    and (exists (select 1 from credentials c \
                                 where c.community_id = a.community_id and c.account_id = a.id \
                                   and c.revoked_at is null) \
                      or not exists (select 1 from sessions s \
                                     where s.community_id = a.community_id \
                                       and s.account_id = a.id and s.kind = 'token')) \
                  order by a.id limit 1000";
    GRIDS = "select grid_id from account_roles \
             where community_id = $1 and account_id = $3 and role = 'grid_head' \
               and grid_id is not null and from_at <= $2 \
               and (until_at is null or until_at > $2) \
             order by grid_id";
}

/// Enters an account.
///
/// # Errors
/// Those of the database; a sign-in name is given once.
pub fn add(tx: &mut Tx<'_>, community: CommunityId, account: &Account) -> Result<(), Refusal> {
    Ok(tx.exec_one(
        &ADD,
        &db::params![
            community.uuid(),
            account.id.uuid(),
            account.name.as_str(),
            account.sign_in_name.as_deref().map(rules::sign_in_name),
            account.person.map(PersonId::uuid),
            account.created_at.micros()
        ],
    )?)
}

/// Gives an account the name it signs in by; no, when another has it, be it closed: a name in old
/// records means one person.
///
/// # Errors
/// Those of the database.
pub(crate) fn set_sign_in_name(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: AccountId,
    name: &str,
) -> Result<bool, Refusal> {
    let key = db::params![community.uuid(), account.uuid(), rules::sign_in_name(name)];
    let taken = tx.row(&SIGN_IN_NAMED, &key)?.ok_or_else(|| strange("count"))?.int(0)?;
    if taken == 0 {
        tx.exec_one(&SIGN_IN_NAME, &key)?;
    }
    Ok(taken == 0)
}

/// Gives an account a role for a time.
///
/// # Errors
/// Those of the database.
pub fn add_role(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: AccountId,
    term: &Term,
) -> Result<(), Refusal> {
    Ok(tx.exec_one(
        &ROLE_ADD,
        &db::params![
            community.uuid(),
            account.uuid(),
            term.id,
            term.role.word(),
            term.grid.map(GridId::uuid),
            term.from.micros(),
            term.until.map(Instant::micros)
        ],
    )?)
}

/// An account that is not closed at `at`.
///
/// # Errors
/// Those of the database.
pub fn account(
    tx: &mut Tx<'_>,
    community: CommunityId,
    id: AccountId,
    at: Instant,
) -> Result<Option<Account>, Refusal> {
    let row = tx.row(&FIND, &db::params![community.uuid(), id.uuid(), at.micros()])?;
    row.as_ref().map(read).transpose()
}

/// Names and roles as of `at`, for timelines and lists; unknown ids are left out.
///
/// # Errors
/// Those of the database.
pub fn names(
    tx: &mut Tx<'_>,
    community: CommunityId,
    accounts: &[Uuid],
    at: Instant,
) -> Result<BTreeMap<Uuid, Called>, Refusal> {
    let mut wanted = accounts.to_vec();
    wanted.sort();
    wanted.dedup();
    let mut names = BTreeMap::new();
    for chunk in wanted.chunks(AT_ONCE) {
        let ids = chunk.iter().copied().chain(std::iter::repeat(Uuid::nil())).take(AT_ONCE);
        let mut given = db::params![community.uuid(), at.micros()].to_vec();
        given.extend(ids.map(db::Value::from));
        for colleague in gather(&tx.rows(&NAMES, &given)?)? {
            let role = colleague.roles.first().map_or("", |(role, _)| role.word());
            names.insert(colleague.account.uuid(), Called { name: colleague.name, role });
        }
    }
    Ok(names)
}

/// Everybody who has a role at `at`, by name; at most a thousand role terms are read. Accounts
/// that hold API tokens and neither card nor password are programs: nobody hands them work.
///
/// # Errors
/// Those of the database.
pub fn colleagues(
    tx: &mut Tx<'_>,
    community: CommunityId,
    at: Instant,
) -> Result<Vec<Colleague>, Refusal> {
    let rows = tx.rows(&COLLEAGUES, &db::params![community.uuid(), at.micros()])?;
    let mut colleagues = gather(&rows)?;
    colleagues.sort_by(|one, other| (&one.name, one.account).cmp(&(&other.name, other.account)));
    Ok(colleagues)
}

/// The grids an account heads at `at`.
///
/// # Errors
/// Those of the database.
pub fn grids_of(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: AccountId,
    at: Instant,
) -> Result<Vec<GridId>, Refusal> {
    let rows = tx.rows(&GRIDS, &db::params![community.uuid(), at.micros(), account.uuid()])?;
    rows.iter().map(|row| Ok(GridId::from_uuid(row.id(0)?))).collect()
}

/// One row for each role becomes one colleague with all of them.
fn gather(rows: &[Row]) -> Result<Vec<Colleague>, Refusal> {
    let mut by_account: BTreeMap<Uuid, Colleague> = BTreeMap::new();
    for row in rows {
        let id = row.id(0)?;
        let name = row.text(1)?;
        let colleague = by_account.entry(id).or_insert_with(|| Colleague {
            account: AccountId::from_uuid(id),
            name: name.to_owned(),
            roles: Vec::new(),
        });
        if let Some(word) = row.opt_text(2)? {
            let role = Role::of(word).ok_or_else(|| strange("role"))?;
            colleague.roles.push((role, row.opt_id(3)?.map(GridId::from_uuid)));
        }
    }
    let mut colleagues: Vec<Colleague> = by_account.into_values().collect();
    for colleague in &mut colleagues {
        colleague.roles.sort_by_key(|(role, grid)| (rules::rank(*role), *grid));
    }
    Ok(colleagues)
}

fn read(row: &Row) -> Result<Account, Refusal> {
    Ok(Account {
        id: AccountId::from_uuid(row.id(0)?),
        name: row.text(1)?.to_owned(),
        sign_in_name: row.opt_text(2)?.map(str::to_owned),
        person: row.opt_id(3)?.map(PersonId::from_uuid),
        created_at: Instant::from_micros(row.int(4)?),
    })
}

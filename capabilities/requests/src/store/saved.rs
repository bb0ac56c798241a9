//! Saved views: filters of the list that somebody gave a name.

use db::{Row, Tx};
use gate::Refusal;
use kernel::CommunityId;
use uuid::Uuid;

use super::row::Columns;
use crate::views::SavedView;

db::sql! { module "requests.saved";
    ADD = "insert into saved_views (community_id, account_id, id, name, query) \
           values ($1,$2,$3,$4,$5)";
    DELETE = "delete from saved_views where community_id = $1 and account_id = $2 and id = $3";
    OF = "select id, name, query from saved_views \
          where community_id = $1 and account_id = $2 order by id limit 50";
    COUNT = "select count(*) from saved_views where community_id = $1 and account_id = $2";
}

/// Keeps a view.
///
/// # Errors
/// Those of the database.
pub fn add(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: Uuid,
    view: &SavedView,
) -> Result<(), Refusal> {
    let (name, query) = (view.name.as_str(), view.query.as_str());
    let given = db::params![community.uuid(), account, view.id, name, query];
    Ok(tx.exec_one(&ADD, &given)?)
}

/// Forgets one of the account's own views; whether there was one.
///
/// # Errors
/// Those of the database.
pub fn delete(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: Uuid,
    id: Uuid,
) -> Result<bool, Refusal> {
    Ok(tx.exec(&DELETE, &db::params![community.uuid(), account, id])? == 1)
}

/// The account's own views, oldest first; at most 50.
///
/// # Errors
/// Those of the database.
pub fn of(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: Uuid,
) -> Result<Vec<SavedView>, Refusal> {
    tx.rows(&OF, &db::params![community.uuid(), account])?.iter().map(read).collect()
}

/// How many the account has.
///
/// # Errors
/// Those of the database.
pub fn count(tx: &mut Tx<'_>, community: CommunityId, account: Uuid) -> Result<i64, Refusal> {
    let row = tx.row(&COUNT, &db::params![community.uuid(), account])?;
    row.map_or(Ok(0), |row| Ok(row.int(0)?))
}

fn read(row: &Row) -> Result<SavedView, Refusal> {
    let mut next = Columns::of(row);
    Ok(SavedView { id: next.id()?, name: next.text()?, query: next.text()? })
}

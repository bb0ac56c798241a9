//! Requests that hang together: the parts of one, and those that are the same matter as one.

use db::{Sql, Tx};
use gate::Refusal;
use kernel::CommunityId;

use super::row::{changing, columns, filed_once, read};
use crate::model::{Request, RequestId};

db::sql! { module "requests.family";
    CHILDREN = concat!("select ", columns!(), " from requests \
                where community_id = $1 and parent_id = $2 order by id limit 100");
    FOLLOWERS = concat!("select ", columns!(), " from requests \
                 where community_id = $1 and merged_into_id = $2 order by id limit 100");
}

/// The parts a request was split into, oldest first.
///
/// # Errors
/// Those of the database.
pub fn children(
    tx: &mut Tx<'_>,
    community: CommunityId,
    parent: RequestId,
) -> Result<Vec<Request>, Refusal> {
    relatives(tx, &CHILDREN, community, parent)
}

/// The requests merged into this one, oldest first; at most 100.
///
/// # Errors
/// Those of the database.
pub fn followers(
    tx: &mut Tx<'_>,
    community: CommunityId,
    main: RequestId,
) -> Result<Vec<Request>, Refusal> {
    relatives(tx, &FOLLOWERS, community, main)
}

fn relatives(
    tx: &mut Tx<'_>,
    sql: &Sql,
    community: CommunityId,
    of: RequestId,
) -> Result<Vec<Request>, Refusal> {
    tx.rows(sql, &db::params![community.uuid(), of.uuid()])?.iter().map(read).collect()
}

//! Names of colleagues, looked up once for a whole page.

use std::collections::BTreeMap;

use db::Tx;
use gate::{Looking, Refusal};
use kernel::{CommunityId, Instant};
use uuid::Uuid;

use super::Named;
use crate::model::Request;

/// Accounts by name.
pub(super) struct People(BTreeMap<Uuid, access::Called>);

impl People {
    pub(super) fn named(
        tx: &mut Tx<'_>,
        community: CommunityId,
        accounts: impl IntoIterator<Item = Uuid>,
        at: Instant,
    ) -> Result<People, Refusal> {
        let mut accounts: Vec<Uuid> = accounts.into_iter().collect();
        accounts.sort_unstable();
        accounts.dedup();
        if accounts.is_empty() {
            return Ok(People(BTreeMap::new()));
        }
        access::names(tx, community, &accounts, at).map(People)
    }

    /// The name of an account, if there is one.
    pub(super) fn get(&self, account: Option<Uuid>) -> Option<Named> {
        let id = account?;
        let called = self.0.get(&id)?;
        Some(Named { id, name: called.name.clone(), role: called.role.to_owned() })
    }
}

/// Everybody who handles requests now: the likeliest to handle this one first, the heads of its
/// grid; then the office, the other heads, departments and reps; each by name.
pub(super) fn colleagues(
    look: &mut Looking<'_, '_>,
    request: &Request,
) -> Result<Vec<Named>, Refusal> {
    let all = access::colleagues(look.tx, look.actor.community, look.now)?;
    let handlers = all.into_iter().filter_map(|one| {
        let (role, _) = one.roles.iter().find(|(role, _)| handles(*role))?;
        let heads_here = one.roles.iter().any(|(role, grid)| {
            let grid = grid.map(|grid| grid.uuid());
            *role == access::Role::GridHead && grid.is_some() && grid == request.grid
        });
        let rank = if heads_here { 0 } else { likelihood(*role) };
        let role = role.word().to_owned();
        Some((rank, Named { id: one.account.uuid(), name: one.name, role }))
    });
    let mut handlers: Vec<(u8, Named)> = handlers.collect();
    // Stable: within a rank the order by name stays.
    handlers.sort_by_key(|(rank, _)| *rank);
    Ok(handlers.into_iter().map(|(_, one)| one).collect())
}

/// In which order roles are likely to take a request on.
fn likelihood(role: access::Role) -> u8 {
    match role {
        access::Role::Clerk => 1,
        access::Role::Secretary => 2,
        access::Role::GridHead => 3,
        access::Role::Department => 4,
        access::Role::Liaison => 5,
        access::Role::Administrator | access::Role::Auditor => 6,
    }
}

/// Whether somebody of this role handles requests.
fn handles(role: access::Role) -> bool {
    match role {
        access::Role::Liaison
        | access::Role::GridHead
        | access::Role::Clerk
        | access::Role::Secretary
        | access::Role::Department => true,
        access::Role::Administrator | access::Role::Auditor => false,
    }
}

//! Names of colleagues, looked up once for a whole page.

use std::collections::BTreeMap;

use db::Tx;
use gate::{Looking, Refusal};
use kernel::{CommunityId, Instant};
use uuid::Uuid;

use super::Named;

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

/// Everybody who handles requests now, by name.
pub(super) fn colleagues(look: &mut Looking<'_, '_>) -> Result<Vec<Named>, Refusal> {
    let all = access::colleagues(look.tx, look.actor.community, look.now)?;
    let handlers = all.into_iter().filter_map(|one| {
        let (role, _) = one.roles.iter().find(|(role, _)| handles(*role))?;
        let role = role.word().to_owned();
        Some(Named { id: one.account.uuid(), name: one.name, role })
    });
    Ok(handlers.collect())
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

//! From what a caller holds in hand to who they are, inside the transaction that will use it: a
//! right that was revoked is refused by the very next request.

use db::Tx;
use gate::{Actor, Credential, Identify, Origin, Refusal};
use kernel::{CommunityId, Instant};
use registry::{GridId, PersonId};

use crate::model::{FOUNDER, PETITIONER, Role};
use crate::store::{query_codes, sessions};

/// The gate's view of this capability.
pub struct Access;

impl Identify for Access {
    fn identify(
        &self,
        tx: &mut Tx<'_>,
        credential: &Credential,
        now: Instant,
    ) -> Result<Actor, Refusal> {
        match credential {
            Credential::Secret { community, hash } => by_secret(tx, *community, *hash, now),
            Credential::Code { community, hash } => by_code(tx, *community, *hash, now),
            Credential::System(community) => Ok(Actor { at: now, ..Actor::system(*community) }),
            Credential::Nothing(community) => Ok(Actor { at: now, ..Actor::nobody(*community) }),
        }
    }

    fn renew(&self, tx: &mut Tx<'_>, credential: &Credential, now: Instant) -> Result<(), Refusal> {
        match credential {
            Credential::Secret { community, hash } => sessions::seen(tx, *community, *hash, now),
            Credential::Code { .. } | Credential::System(_) | Credential::Nothing(_) => Ok(()),
        }
    }
}

fn by_secret(
    tx: &mut Tx<'_>,
    community: CommunityId,
    hash: [u8; 32],
    now: Instant,
) -> Result<Actor, Refusal> {
    let Some(found) = sessions::find(tx, community, hash, now)? else {
        return founder(tx, community, hash, now);
    };
    let mut roles: Vec<&'static str> = found.roles.iter().map(|(role, _)| role.word()).collect();
    roles.sort_unstable();
    roles.dedup();
    // Whose terms have all ended has nothing left to sign in for (G7).
    if roles.is_empty() {
        return Err(Refusal::SignIn);
    }
    let headed = found.roles.iter().filter(|(role, _)| *role == Role::GridHead);
    Ok(Actor {
        community,
        origin: Origin::Account(found.account),
        roles,
        person: found.person.map(PersonId::uuid),
        grids: headed.filter_map(|(_, grid)| grid.map(GridId::uuid)).collect(),
        name: found.name,
        at: now,
        session: Some(hash),
        proved_at: found.proved_at,
        renews: found.is_fading,
    })
}

/// Whoever holds the one-time link, while there is nothing yet that it could found a second time.
fn founder(
    tx: &mut Tx<'_>,
    community: CommunityId,
    hash: [u8; 32],
    now: Instant,
) -> Result<Actor, Refusal> {
    let unused = sessions::is_set_up(tx, community, hash, now)?;
    if unused && registry::communities::first(tx)?.is_none() {
        return Ok(Actor { roles: vec![FOUNDER], at: now, ..Actor::system(community) });
    }
    Err(Refusal::SignIn)
}

fn by_code(
    tx: &mut Tx<'_>,
    community: CommunityId,
    hash: [u8; 32],
    now: Instant,
) -> Result<Actor, Refusal> {
    // A wrong code and a revoked one look the same as no such request.
    let object = query_codes::object(tx, community, hash)?.ok_or(Refusal::NotFound)?;
    let origin = Origin::Code(object);
    Ok(Actor { origin, roles: vec![PETITIONER], at: now, ..Actor::system(community) })
}

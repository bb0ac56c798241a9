//! Everybody who acts in a simulated quarter, known to the gate without sessions: what a story
//! leaves behind is its history, and nothing that opens a door.

use std::collections::HashMap;

use db::Tx;
use gate::{Actor, Credential, Identify, Origin, Refusal};
use kernel::{AccountId, CommunityId, Instant};
use registry::{GridId, PersonId};

use crate::found::Plan;

/// The accounts by their invented credentials. Query codes are `access`'s own.
pub struct Cast(HashMap<[u8; 32], Actor>);

impl Cast {
    pub fn of(plan: &Plan) -> Cast {
        let actors = plan.staff.iter().map(|employed| {
            let actor = Actor {
                origin: Origin::Account(employed.account),
                roles: vec![employed.role.word()],
                person: employed.person.map(PersonId::uuid),
                grids: employed.grid.map(GridId::uuid).into_iter().collect(),
                name: employed.name.clone(),
                ..Actor::system(plan.community)
            };
            (hash(employed.account), actor)
        });
        Cast(actors.collect())
    }
}

/// What an account of the cast holds in hand.
pub fn credential(community: CommunityId, account: AccountId) -> Credential {
    Credential::Secret { community, hash: hash(account) }
}

/// Known to the cast alone: no secret's digest looks like an account's id twice.
fn hash(account: AccountId) -> [u8; 32] {
    let mut hash = [0; 32];
    hash[..16].copy_from_slice(account.uuid().as_bytes());
    hash[16..].copy_from_slice(account.uuid().as_bytes());
    hash
}

impl Identify for Cast {
    fn identify(
        &self,
        tx: &mut Tx<'_>,
        credential: &Credential,
        now: Instant,
    ) -> Result<Actor, Refusal> {
        match credential {
            Credential::Secret { hash, .. } => {
                let actor = self.0.get(hash).ok_or(Refusal::SignIn)?;
                Ok(Actor { at: now, ..actor.clone() })
            }
            Credential::Code { .. } | Credential::System(_) | Credential::Nothing(_) => {
                access::Access.identify(tx, credential, now)
            }
        }
    }
}

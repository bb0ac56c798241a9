//! What happens by itself: late requests go up a layer, and pauses end when they are over.
//!
//! A round looks for candidates in plain reads and acts through the gate as the program itself,
//! one transaction each, so a round that is cut short has done whole steps only.

use gate::{Action, Credential, Gate, Receipt, Refusal};
use kernel::{CommunityId, Instant};
use uuid::Uuid;

use crate::actions::escalation::Escalate;
use crate::actions::waiting::Resume;
use crate::rules::escalate::{self, Step};
use crate::store::{lists, policies};

/// Late promises that one round looks at in one community, and pauses it ends. What is left over
/// comes first next time, because what was done is no longer late or no longer paused.
const ROUND_MAX: usize = 1_000;

/// Takes up what is late and ends what is over, in every community. Returns how many changed.
///
/// # Errors
/// Those of the database. A request that changed meanwhile is left to the next round.
pub fn escalate(gate: &Gate) -> Result<u64, Refusal> {
    let now = gate.now();
    let communities = gate.db().read_blocking(move |tx| lists::with_duties(tx, now))?;
    let mut changed = 0;
    for community in communities {
        changed += resume_over(gate, community, now)?;
        changed += escalate_late(gate, community, now)?;
    }
    Ok(changed)
}

fn resume_over(gate: &Gate, community: CommunityId, now: Instant) -> Result<u64, Refusal> {
    let over =
        gate.db().read_blocking(move |tx| lists::pauses_over(tx, community, now, ROUND_MAX))?;
    let mut changed = 0;
    for request in over {
        changed += by_itself(gate, community, Resume { request, note: None, version: None })?;
    }
    Ok(changed)
}

fn escalate_late(gate: &Gate, community: CommunityId, now: Instant) -> Result<u64, Refusal> {
    let steps: Vec<Step> = gate.db().read_blocking(move |tx| {
        let late = lists::overdue(tx, community, now, ROUND_MAX)?;
        let policy = policies::in_force(tx, community, now)?;
        Ok::<_, Refusal>(escalate::plan(&late, now, &policy))
    })?;
    let mut changed = 0;
    for Step { request, to, clock } in steps {
        let step = Escalate { request, clock, to, version: None };
        changed += by_itself(gate, community, step)?;
    }
    Ok(changed)
}

/// Acts as the program; 0 when somebody changed the request meanwhile and the rule no longer
/// holds.
fn by_itself<A: Action>(gate: &Gate, community: CommunityId, act: A) -> Result<u64, Refusal> {
    let receipt = Receipt(Uuid::from_bytes(gate.chance().bytes()));
    match gate.perform_blocking(&Credential::System(community), receipt, act) {
        Ok(_) => Ok(1),
        Err(Refusal::Rule(_) | Refusal::Stale { .. } | Refusal::NotFound) => Ok(0),
        Err(refusal) => Err(refusal),
    }
}

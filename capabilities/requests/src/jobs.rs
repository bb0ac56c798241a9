//! What happens by itself: late requests go up a layer, and pauses end when they are over.
//!
//! A round looks for candidates in plain reads and acts through the gate as the program itself,
//! one transaction each, so a round that is cut short has done whole steps only.

use gate::{Action, Credential, Gate, Receipt, Refusal};
use kernel::CommunityId;
use uuid::Uuid;

use crate::actions::escalation::Escalate;
use crate::actions::waiting::Resume;
use crate::rules::escalate::{self, Step};
use crate::store::lists;

/// Late promises that one round looks at, and pauses it ends. What is left over comes first next
/// time, because what was done is no longer late or no longer paused.
const ROUND_MAX: usize = 1_000;

/// Takes up what is late and ends what is over, in every community. Returns how many changed.
///
/// # Errors
/// Those of the database. A request that changed meanwhile is left to the next round.
pub fn escalate(gate: &Gate) -> Result<u64, Refusal> {
    let now = gate.now();
    let over = gate.db().read_blocking(move |tx| lists::pauses_over(tx, now, ROUND_MAX))?;
    let mut changed = 0;
    for (community, request) in over {
        changed += by_itself(gate, community, Resume { request, note: None, version: None })?;
    }
    // After the pauses: what ran out while it was paused goes up in the same round.
    let late = gate.db().read_blocking(move |tx| lists::steps_due(tx, now, ROUND_MAX))?;
    for Step { community, request, to, clock } in escalate::plan(late) {
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

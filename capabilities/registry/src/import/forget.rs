//! What need not be known any longer: tables that nobody brought in, and what others wrote over.

use db::Tx;
use gate::{Acting, Action, Actor, Credential, Facts, Gate, Receipt, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::undo::UNDO_WITHIN;
use crate::store::{imports, uploads};

/// Forgets tables that waited for a day, and the former values of those that can no longer be
/// taken back. The program's own act.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForgetTables {}

/// How many tables, and how many lines of others.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Forgotten {
    pub uploads: u64,
    pub lines: u64,
}

impl Action for ForgetTables {
    const NAME: &'static str = "register.forget_tables";
    const RESOURCE: &'static str = "Register";
    type Done = Forgotten;

    fn facts(&self, _: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        Ok(Facts::of(actor.community.uuid()))
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<Forgotten, Refusal> {
        let (community, before) = (act.community(), act.now.minus(UNDO_WITHIN));
        Ok(Forgotten {
            uploads: uploads::drop_stale(act.tx, community, before)?,
            lines: imports::forget(act.tx, community, before)?,
        })
    }
}

/// One round over all communities; returns how many had something to forget.
///
/// # Errors
/// Those of the database.
pub(crate) fn round(gate: &Gate) -> Result<u64, Refusal> {
    let before = gate.now().minus(UNDO_WITHIN);
    let communities = gate.db().read_blocking(imports::communities)?;
    let mut changed = 0;
    for community in communities {
        if gate.db().read_blocking(move |tx| uploads::is_stale(tx, community, before))? {
            let receipt = Receipt(Uuid::from_bytes(gate.chance().bytes()));
            gate.perform_blocking(&Credential::System(community), receipt, ForgetTables {})?;
            changed += 1;
        }
    }
    Ok(changed)
}

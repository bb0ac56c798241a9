//! A copy of everything, handed over to whoever may have it (PIPL art. 45, 49).

use db::Tx;
use gate::{Acting, Action, Actor, Facts, Refusal};
use kernel::{Fault, Line};
use registry::PersonId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{RESOURCE, about};
use crate::model::{By, Copied, CopyId, PROOF_MAX};
use crate::store::copies;

/// Hands a copy over. Who made it sees it for a day, to print it.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CopyGive {
    pub person: PersonId,
    /// Who asked for it.
    pub by: By,
    /// How it was known that they may: needed for guardians and kin.
    #[serde(default)]
    pub proof: Option<Line<PROOF_MAX>>,
}

/// The copy.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct CopyGiven {
    pub person: PersonId,
    pub copy: CopyId,
}

impl Action for CopyGive {
    const NAME: &'static str = "copy.give";
    const RESOURCE: &'static str = RESOURCE;
    const FRESH: bool = true;
    type Done = CopyGiven;

    about_resident!();

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<CopyGiven, Refusal> {
        let community = act.community();
        let giver = act.actor.account().ok_or(Refusal::SignIn)?;
        let (person, _) = about(act.tx, act.actor, self.person)?;
        if person.is_erased() {
            return Err(Refusal::rule("privacy.erased_already"));
        }
        if self.by != By::Oneself && self.proof.is_none() {
            return Err(Refusal::field("proof", Fault::new("privacy.proof_needed")));
        }
        let copy = Copied {
            id: CopyId::from_uuid(act.new_id()),
            person: self.person,
            by: self.by,
            given_at: act.now,
            giver,
        };
        copies::add(act.tx, community, &copy, self.proof.as_ref().map(|proof| proof.as_str()))?;
        Ok(CopyGiven { person: self.person, copy: copy.id })
    }

    fn made(done: &CopyGiven) -> Option<Uuid> {
        Some(done.copy.uuid())
    }

    fn personal(&self, _: &CopyGiven) -> Option<Uuid> {
        Some(self.person.uuid())
    }
}

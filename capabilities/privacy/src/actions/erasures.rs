//! To be forgotten (PIPL art. 47): one person enters the wish, another decides; then keys are destroyed.

use db::Tx;
use gate::{Acting, Action, Actor, Facts, Refusal};
use kernel::{Fault, Line, Text};
use registry::PersonId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{RESOURCE, about};
use crate::model::{By, Decided, Erasure, ErasureId, Ground, PROOF_MAX, REASON_MAX};
use crate::rules;
use crate::store::erasures;

/// Enters that a resident wants what is known of them to end.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErasureAsk {
    pub person: PersonId,
    pub by: By,
    pub ground: Ground,
    /// How it was known that they may: needed for guardians and kin.
    #[serde(default)]
    pub proof: Option<Line<PROOF_MAX>>,
}

/// The wish, and whose it is.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct ErasureDone {
    pub person: PersonId,
    pub erasure: ErasureId,
}

impl Action for ErasureAsk {
    const NAME: &'static str = "erasure.ask";
    const RESOURCE: &'static str = RESOURCE;
    const FRESH: bool = true;
    type Done = ErasureDone;

    about_resident!();

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<ErasureDone, Refusal> {
        let community = act.community();
        let entered_by = act.actor.account().ok_or(Refusal::SignIn)?;
        let (person, _) = about(act.tx, act.actor, self.person)?;
        if person.is_erased() {
            return Err(Refusal::rule("privacy.erased_already"));
        }
        if self.by != By::Oneself && self.proof.is_none() {
            return Err(Refusal::field("proof", Fault::new("privacy.proof_needed")));
        }
        let before = erasures::of(act.tx, community, self.person)?;
        if before.iter().any(|one| one.decided.is_none()) {
            return Err(Refusal::rule("privacy.asked_already"));
        }
        let erasure = Erasure {
            id: ErasureId::from_uuid(act.new_id()),
            person: self.person,
            by: self.by,
            ground: self.ground,
            asked_at: act.now,
            entered_by,
            decided: None,
        };
        let proof = self.proof.as_ref().map(|proof| proof.as_str());
        erasures::add(act.tx, community, &erasure, proof)?;
        Ok(ErasureDone { person: self.person, erasure: erasure.id })
    }

    fn made(done: &ErasureDone) -> Option<Uuid> {
        Some(done.erasure.uuid())
    }

    fn personal(&self, _: &ErasureDone) -> Option<Uuid> {
        Some(self.person.uuid())
    }
}

/// Decides on it. Granted: the keys of the resident, and of what they said of themselves in their
/// requests, are destroyed in this very act.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErasureDecide {
    pub erasure: ErasureId,
    pub grant: bool,
    /// Needed for a no: the resident is told it. Names nobody.
    #[serde(default)]
    pub reason: Option<Text<REASON_MAX>>,
}

impl Action for ErasureDecide {
    const NAME: &'static str = "erasure.decide";
    const RESOURCE: &'static str = "Erasure";
    const FRESH: bool = true;
    type Done = ErasureDone;

    fn addressed(&self) -> Option<Uuid> {
        Some(self.erasure.uuid())
    }

    fn facts(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        let found = erasures::one(tx, actor.community, self.erasure)?.ok_or(Refusal::NotFound)?;
        Ok(Facts::of(found.id.uuid()).seen_by("erasure.list"))
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<ErasureDone, Refusal> {
        let (community, now) = (act.community(), act.now);
        let by = act.actor.account().ok_or(Refusal::SignIn)?;
        let found = erasures::one(act.tx, community, self.erasure)?.ok_or(Refusal::NotFound)?;
        rules::decide(&found, by, (self.grant, self.reason.is_some()))?;
        let contacts = if self.grant { erase(act, found.person)? } else { 0 };
        let decided = Decided {
            at: now,
            by,
            granted: self.grant,
            reason: self.reason.as_ref().map(|reason| reason.as_str().to_owned()),
            contacts,
        };
        if !erasures::decide(act.tx, community, self.erasure, &decided)? {
            return Err(Refusal::rule("privacy.decided"));
        }
        Ok(ErasureDone { person: found.person, erasure: self.erasure })
    }
}

/// Destroys the keys; in how many requests name and telephone went. Nobody is forgotten while a
/// request of theirs is open: somebody must be able to answer them.
fn erase(act: &mut Acting<'_, '_>, person: PersonId) -> Result<i64, Refusal> {
    let (community, now) = (act.community(), act.now);
    let asked = requests::personal::asked_by(act.tx, community, person)?;
    if let Some(open) = asked.iter().find(|one| one.stage != requests::model::Stage::Closed) {
        let fault = Fault::new("privacy.open_request").with("number", &open.number);
        return Err(Refusal::Rule(fault));
    }
    let contacts = requests::personal::forget_contact(act.tx, community, person, now)?;
    access::codes::revoke(act, person.uuid())?;
    registry::erase_person(act.tx, community, person, now)?;
    Ok(i64::try_from(contacts).unwrap_or(i64::MAX))
}

//! Consents given and taken back, and the code by which a resident reads their own page.

use std::sync::{Arc, Mutex, PoisonError};

use db::Tx;
use gate::{Acting, Action, Actor, Facts, Origin, Refusal};
use kernel::{Fault, Line};
use registry::PersonId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{RESOURCE, about};
use crate::model::{By, Channel, Consent, ConsentId, PROOF_MAX};
use crate::purposes::register;
use crate::rules::{self, Given};
use crate::store::consents;

/// Writes down that a resident agrees to one purpose, whose text they heard or read.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentGive {
    pub person: PersonId,
    /// Code of the register of purposes.
    pub purpose: Line<40>,
    pub channel: Channel,
    /// Who spoke.
    pub by: By,
    /// What proves it: the paper's number, who was present. Needed for sensitive purposes.
    #[serde(default)]
    pub evidence: Option<Line<PROOF_MAX>>,
}

/// Which consent, and whose.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct ConsentDone {
    pub person: PersonId,
    pub consent: ConsentId,
}

impl Action for ConsentGive {
    const NAME: &'static str = "consent.give";
    const RESOURCE: &'static str = RESOURCE;
    type Done = ConsentDone;

    about_resident!();

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<ConsentDone, Refusal> {
        let (community, now) = (act.community(), act.now);
        let witness = act.actor.account().ok_or(Refusal::SignIn)?;
        let (person, _) = about(act.tx, act.actor, self.person)?;
        let wrong = |key| Refusal::field("purpose", Fault::new(key));
        let register = register();
        let purpose = register.find(self.purpose.as_str());
        let purpose = purpose.ok_or_else(|| wrong("privacy.no_purpose"))?;
        rules::consent(&Given {
            purpose,
            channel: self.channel,
            by: self.by,
            has_evidence: self.evidence.is_some(),
            born_on: person.born_on,
            today: now.day(),
        })?;
        if consents::holds(act.tx, community, (self.person, &purpose.code))? {
            return Err(wrong("privacy.agreed_already"));
        }
        let consent = Consent {
            id: ConsentId::from_uuid(act.new_id()),
            person: self.person,
            purpose: purpose.code.clone(),
            edition: register.edition.clone(),
            channel: self.channel,
            by: self.by,
            evidence: self.evidence.as_ref().map(|said| said.as_str().to_owned()),
            given_at: now,
            witness,
            withdrawn_at: None,
        };
        consents::add(act.tx, community, &consent)?;
        Ok(ConsentDone { person: self.person, consent: consent.id })
    }

    fn made(done: &ConsentDone) -> Option<Uuid> {
        Some(done.consent.uuid())
    }

    fn personal(&self, _: &ConsentDone) -> Option<Uuid> {
        Some(self.person.uuid())
    }
}

/// Takes a consent back, in one step and without a reason. It counts from the next request on.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentWithdraw {
    pub person: PersonId,
    pub consent: ConsentId,
}

impl Action for ConsentWithdraw {
    const NAME: &'static str = "consent.withdraw";
    const RESOURCE: &'static str = RESOURCE;
    type Done = ConsentDone;

    about_resident!();

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<ConsentDone, Refusal> {
        let (community, now) = (act.community(), act.now);
        let consent = consents::one(act.tx, community, self.consent)?;
        consent.filter(|one| one.person == self.person).ok_or(Refusal::NotFound)?;
        let channel = match act.actor.origin {
            Origin::Code(_) => Channel::Code,
            Origin::Account(_) | Origin::System | Origin::Nobody => Channel::Voice,
        };
        let by = (act.actor.account(), now);
        if !consents::withdraw(act.tx, community, (self.consent, channel), by)? {
            return Err(Refusal::rule("privacy.withdrawn_already"));
        }
        Ok(ConsentDone { person: self.person, consent: self.consent })
    }
}

/// Ends all codes by which a resident reads their own page: a slip was lost.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CodesEnd {
    pub person: PersonId,
}

/// Whose they were.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct PersonDone {
    pub person: PersonId,
}

impl Action for CodesEnd {
    const NAME: &'static str = "privacy.end_codes";
    const RESOURCE: &'static str = RESOURCE;
    type Done = PersonDone;

    about_resident!();

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<PersonDone, Refusal> {
        access::codes::revoke(act, self.person.uuid())?;
        Ok(PersonDone { person: self.person })
    }
}

/// Gives a resident, who stands at the desk and was known, a code for their own page; earlier ones
/// end. It is shown once.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeIssue {
    pub person: PersonId,
    /// Where the code's text is put for whoever asked: it is shown once and kept nowhere. An act that
    /// is run again after a lost connection puts the one that counts.
    #[serde(skip)]
    pub code: Arc<Mutex<Option<String>>>,
}

impl Action for CodeIssue {
    const NAME: &'static str = "privacy.issue_code";
    const RESOURCE: &'static str = RESOURCE;
    type Done = PersonDone;

    about_resident!();

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<PersonDone, Refusal> {
        let (person, _) = about(act.tx, act.actor, self.person)?;
        if person.is_erased() {
            return Err(Refusal::rule("privacy.erased_already"));
        }
        access::codes::revoke(act, self.person.uuid())?;
        let code = access::codes::issue(act, self.person.uuid())?;
        *self.code.lock().unwrap_or_else(PoisonError::into_inner) = Some(code);
        Ok(PersonDone { person: self.person })
    }
}

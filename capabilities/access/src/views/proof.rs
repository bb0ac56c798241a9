//! What somebody signed in is asked for before a sensitive act.

use gate::{Facts, Looking, Refusal, View};
use kernel::AccountId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::actions::staff::RESOURCE;
use crate::model::{CredentialKind, SessionKind};
use crate::store::{credentials, sessions, staff};
use crate::verifier::Verifier;

/// Whose session this is and what proves it. Only the program itself looks: verifiers never become
/// part of an answer.
#[derive(Deserialize, JsonSchema)]
pub struct ProofRead {
    #[serde(skip)]
    pub hash: [u8; 32],
}

#[derive(Serialize, JsonSchema)]
pub struct ProofFound {
    #[serde(skip)]
    pub wanted: Option<Wanted>,
}

/// What is asked of them.
pub struct Wanted {
    pub account: AccountId,
    pub how: How,
    /// Of the password or the PIN.
    pub verifier: Option<Verifier>,
}

/// How they prove it; the word is the catalogue's, under `proof.`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    Password,
    /// The password, or a code from the phone.
    Code,
    Pin,
    /// A card without a PIN: it is scanned again.
    Card,
}

impl How {
    pub const fn word(self) -> &'static str {
        match self {
            How::Password => "password",
            How::Code => "code",
            How::Pin => "pin",
            How::Card => "card",
        }
    }
}

impl View for ProofRead {
    const NAME: &'static str = "proof.read";
    const RESOURCE: &'static str = RESOURCE;
    type Body = ProofFound;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<ProofFound, Refusal> {
        let (community, now) = (look.actor.community, look.now);
        look.permit(Self::NAME, &Facts::of(community.uuid()))?;
        let Some((account, kind)) = sessions::held(look.tx, community, self.hash, now)? else {
            return Ok(ProofFound { wanted: None });
        };
        let by = match kind {
            SessionKind::Password => CredentialKind::Password,
            SessionKind::Card
            | SessionKind::Token
            | SessionKind::SetUp
            | SessionKind::Half
            | SessionKind::Lost => CredentialKind::Card,
        };
        let held = credentials::of(look.tx, community, account, by, now)?;
        let verifier = held.and_then(|held| held.verifier);
        let one = staff::one(look.tx, community, account)?.ok_or(Refusal::NotFound)?;
        let how = match (by, verifier.is_some()) {
            (CredentialKind::Password, _) if one.has_second_factor => How::Code,
            (CredentialKind::Password, _) => How::Password,
            (CredentialKind::Card, true) => How::Pin,
            (CredentialKind::Card, false) => How::Card,
        };
        Ok(ProofFound { wanted: Some(Wanted { account, how, verifier }) })
    }
}

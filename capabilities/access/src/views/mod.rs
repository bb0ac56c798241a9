//! What the doors of the house look at before they open.

pub mod me;
pub mod proof;
pub mod second_factor;
pub mod several;
pub mod staff;

use gate::{Facts, Looking, Refusal, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules;
use crate::store::credentials::{self, Held};

/// What somebody shows at the door.
#[derive(Default)]
pub enum Shown {
    #[default]
    Nothing,
    /// A card, by its secret's hash.
    Card([u8; 32]),
    /// The name they sign in by.
    Name(String),
}

/// Looks up whose card or name this is. Only the program itself may: what it finds is the
/// verifier, which never becomes part of an answer.
#[derive(Deserialize, JsonSchema)]
pub struct CredentialRead {
    #[serde(skip)]
    pub shown: Shown,
}

#[derive(Serialize, JsonSchema)]
pub struct CredentialFound {
    #[serde(skip)]
    pub held: Option<Held>,
}

impl View for CredentialRead {
    const NAME: &'static str = "credential.read";
    const RESOURCE: &'static str = "Account";
    type Body = CredentialFound;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<CredentialFound, Refusal> {
        let community = look.actor.community;
        look.permit(Self::NAME, &Facts::of(community.uuid()))?;
        let held = match &self.shown {
            Shown::Nothing => None,
            Shown::Card(hash) => credentials::card(look.tx, community, *hash, look.now)?,
            Shown::Name(name) => {
                credentials::password(look.tx, community, &rules::sign_in_name(name), look.now)?
            }
        };
        Ok(CredentialFound { held })
    }
}

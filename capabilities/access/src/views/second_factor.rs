//! What the door shows between the password and the code, and a secret as pages draw it.

use gate::{Facts, Looking, Refusal, View};
use kernel::AccountId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::Shell;

use crate::actions::staff::RESOURCE;
use crate::model::SessionKind;
use crate::store::{second_factors, sessions, staff};

/// A secret that waits for its first code.
pub struct Offer {
    pub secret: Vec<u8>,
}

/// Whose second step waits under a secret. Only the program itself looks: the secret never becomes part of
/// an answer but through the page that asks for the code.
#[derive(Deserialize, JsonSchema)]
pub struct SecondStepRead {
    #[serde(skip)]
    pub hash: [u8; 32],
    /// Whether it is a link for a lost phone; else a code is awaited.
    #[serde(skip)]
    pub lost: bool,
}

#[derive(Serialize, JsonSchema)]
pub struct SecondStep {
    #[serde(skip)]
    pub asked: Option<Asked>,
}

/// Somebody between password and code.
pub struct Asked {
    pub account: AccountId,
    pub name: String,
    /// Set up at this door, where nothing counts yet.
    pub offer: Option<Offer>,
}

impl View for SecondStepRead {
    const NAME: &'static str = "second_step.read";
    const RESOURCE: &'static str = RESOURCE;
    type Body = SecondStep;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<SecondStep, Refusal> {
        let community = look.actor.community;
        look.permit(Self::NAME, &Facts::of(community.uuid()))?;
        let kind = if self.lost { SessionKind::Lost } else { SessionKind::Half };
        let held = (community, self.hash);
        let Some(account) = sessions::waiting(look.tx, held, kind, look.now)? else {
            return Ok(SecondStep { asked: None });
        };
        let one = staff::one(look.tx, community, account)?.ok_or(Refusal::NotFound)?;
        let kept = second_factors::find(look.tx, community, account)?;
        let offer = kept.filter(|kept| kept.confirmed_at.is_none());
        let offer = offer.map(|kept| Offer { secret: kept.secret });
        Ok(SecondStep { asked: Some(Asked { account, name: one.name, offer }) })
    }
}

/// What a page draws of a secret.
pub struct Drawn {
    /// In groups of four, to type.
    pub letters: String,
    /// What the QR code says.
    pub uri: String,
}

impl Offer {
    /// For the app of somebody of this name.
    pub fn drawn(&self, shell: &Shell<'_>, name: &str) -> Drawn {
        let letters = crate::totp::base32(&self.secret);
        let groups = (0..letters.len()).step_by(4).filter_map(|from| letters.get(from..from + 4));
        Drawn {
            letters: groups.collect::<Vec<_>>().join(" "),
            uri: crate::totp::uri(&self.secret, &shell.community_name(), name),
        }
    }
}

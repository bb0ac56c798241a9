//! The form for several colleagues, and whose cards are to be printed.

use askama::Template;
use gate::{Facts, Looking, Refusal, View};
use kernel::AccountId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Page, Shell};

use crate::actions::staff::RESOURCE;
use crate::store::staff;

/// Cards printed in one go: four communities of the founding size.
pub const CARDS_MAX: usize = 200;

/// Places shown as an example of how they are called.
const EXAMPLES: usize = 3;

/// The form for several colleagues, with examples of names as this community has them.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SeveralForm {}

#[derive(Debug, Serialize, JsonSchema)]
pub struct SeveralOffer {
    pub grids: Vec<String>,
    pub places: Vec<String>,
}

impl View for SeveralForm {
    const NAME: &'static str = "account.add_several";
    const RESOURCE: &'static str = RESOURCE;
    type Body = SeveralOffer;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<SeveralOffer, Refusal> {
        let community = look.actor.community;
        look.permit(Self::NAME, &Facts::of(community.uuid()))?;
        let grids = registry::grids(look.tx, community)?;
        let places = registry::places(look.tx, community, look.now, "", EXAMPLES)?;
        Ok(SeveralOffer {
            grids: grids.into_iter().map(|grid| grid.name).collect(),
            places: places.into_iter().map(|place| place.label).collect(),
        })
    }
}

#[derive(Template)]
#[template(path = "accounts_several.html")]
struct SeveralPage<'a> {
    body: &'a SeveralOffer,
    shell: &'a Shell<'a>,
}

impl Page for SeveralForm {
    fn render(body: &SeveralOffer, shell: &Shell<'_>) -> Result<String, askama::Error> {
        SeveralPage { body, shell }.render()
    }
}

/// Whose cards are to be printed: who works here without a password, and has no card or one that
/// was never used. At most [`CARDS_MAX`] of them, by name.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CardsWanted {}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Wanted {
    pub accounts: Vec<AccountId>,
}

impl View for CardsWanted {
    const NAME: &'static str = "card.list_wanted";
    const RESOURCE: &'static str = RESOURCE;
    type Body = Wanted;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<Wanted, Refusal> {
        let community = look.actor.community;
        look.permit(Self::NAME, &Facts::of(community.uuid()))?;
        let mut accounts = staff::cardless(look.tx, community, look.now)?;
        accounts.truncate(CARDS_MAX);
        Ok(Wanted { accounts })
    }
}

//! One's own way in: the second step, and where one is signed in.

use askama::Template;
use gate::{Facts, Looking, Refusal, View};
use kernel::Instant;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Page, Shell};

use super::second_factor::Offer;
use crate::actions::staff::RESOURCE;
use crate::device;
use crate::store::sessions::{self, Open};
use crate::store::{accounts, second_factors, staff};

/// One's own way in.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct MeRead {}

#[derive(Serialize, JsonSchema)]
pub struct Me {
    pub name: String,
    pub has_password: bool,
    /// The name they sign in by, where they have one.
    pub sign_in_name: Option<String>,
    pub has_card: bool,
    /// Whether they proved just now who they are, and may change what opens the door.
    pub fresh: bool,
    /// Since when a code is asked for after the password.
    pub second_step_since: Option<Instant>,
    /// Recovery codes that were not used yet.
    pub codes_left: i64,
    #[serde(skip)]
    pub offer: Option<Offer>,
    /// Where they are signed in, the newest first.
    pub sessions: Vec<SessionRow>,
}

/// A phone, a computer or a program that acts in their name.
#[derive(Serialize, JsonSchema)]
pub struct SessionRow {
    /// Names it in [`crate::actions::sessions::SessionEnd`]; opens nothing.
    pub session: String,
    /// What the browser calls itself, read plainly: `wechat`, `chrome`…
    pub browser: &'static str,
    /// The same of its system: `android`, `windows`…
    pub system: &'static str,
    /// What opened it: `card`, `password` or `token`.
    pub by: &'static str,
    pub since: Instant,
    /// When somebody was last seen under it, to within a twelfth of its idle limit.
    pub seen: Option<Instant>,
    /// Whether it is the one that asks.
    pub here: bool,
}

fn row(open: &Open, own: Option<[u8; 32]>) -> SessionRow {
    let (browser, system) = device::read(&open.device);
    SessionRow {
        session: open.mark(),
        browser: browser.word(),
        system: system.word(),
        by: open.kind.word(),
        since: open.opened_at,
        seen: open.seen_at,
        here: own == Some(open.hash),
    }
}

impl View for MeRead {
    const NAME: &'static str = "me.read";
    const RESOURCE: &'static str = RESOURCE;
    type Body = Me;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<Me, Refusal> {
        let community = look.actor.community;
        let Some(account) = look.actor.account() else {
            look.permit(Self::NAME, &Facts::of(community.uuid()))?;
            return Err(Refusal::NotFound);
        };
        let facts = Facts::of(account.uuid()).standing(vec!["self"]);
        look.permit(Self::NAME, &facts)?;
        let one = staff::one(look.tx, community, account)?.ok_or(Refusal::NotFound)?;
        let kept = second_factors::find(look.tx, community, account)?;
        let since = kept.as_ref().and_then(|kept| kept.confirmed_at);
        let offer = kept.filter(|_| since.is_none()).map(|kept| Offer { secret: kept.secret });
        let account_of = accounts::account(look.tx, community, account, look.now)?;
        let open = sessions::of(look.tx, community, account, look.now)?;
        let own = look.actor.session;
        Ok(Me {
            sessions: open.iter().map(|open| row(open, own)).collect(),
            name: one.name,
            has_password: one.has_password,
            sign_in_name: account_of.and_then(|account| account.sign_in_name),
            has_card: one.has_card,
            fresh: !look.actor.must_prove(),
            second_step_since: since,
            codes_left: second_factors::codes_left(look.tx, community, account)?,
            offer,
        })
    }
}

#[derive(Template)]
#[template(path = "me.html")]
struct MePage<'a> {
    body: &'a Me,
    shell: &'a Shell<'a>,
}

impl Page for MeRead {
    fn render(body: &Me, shell: &Shell<'_>) -> Result<String, askama::Error> {
        MePage { body, shell }.render()
    }
}

//! Where somebody is signed in, ended from elsewhere: one's own sessions one by one or all others
//! at once, and all of a colleague's.

use db::Tx;
use gate::{Acting, Action, Actor, Facts, Refusal};
use kernel::AccountId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::staff::{RESOURCE, StaffDone, about, own};
use crate::store::{sessions, staff};

/// Ends one of one's own sessions.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionEnd {
    /// As the list of sessions names it.
    pub session: String,
}

impl Action for SessionEnd {
    const NAME: &'static str = "session.end";
    const RESOURCE: &'static str = RESOURCE;
    type Done = ();

    about_oneself!();

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<(), Refusal> {
        let (community, now) = (act.community(), act.now);
        let account = act.actor.account().ok_or(Refusal::SignIn)?;
        let open = sessions::of(act.tx, community, account, now)?;
        // Somebody else's is not among them, and looks like none.
        let one = open.iter().find(|one| one.mark() == self.session).ok_or(Refusal::NotFound)?;
        sessions::end(act.tx, community, one.hash, now)
    }
}

/// Ends all of one's own sessions but the one that asks.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionEndOthers {}

impl Action for SessionEndOthers {
    const NAME: &'static str = "session.end_others";
    const RESOURCE: &'static str = RESOURCE;
    type Done = ();

    about_oneself!();

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<(), Refusal> {
        let (community, now) = (act.community(), act.now);
        let account = act.actor.account().ok_or(Refusal::SignIn)?;
        let own = act.actor.session.ok_or(Refusal::SignIn)?;
        sessions::end_others(act.tx, community, account, own, now)
    }
}

/// Ends all sessions of a colleague, and the tokens of a program: a phone was stolen, and its
/// owner cannot do it. Their card and password stay.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountSignOut {
    pub account: AccountId,
}

impl Action for AccountSignOut {
    const NAME: &'static str = "account.sign_out";
    const RESOURCE: &'static str = RESOURCE;
    const FRESH: bool = true;
    type Done = StaffDone;

    about_account!();

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<StaffDone, Refusal> {
        let (community, now) = (act.community(), act.now);
        staff::end_sessions(act.tx, community, self.account, now)?;
        Ok(StaffDone { account: self.account })
    }
}

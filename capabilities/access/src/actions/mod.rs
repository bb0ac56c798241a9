//! Opening and ending sessions, and the founding of a community.
//!
//! Secrets and their verifiers are fields that serde skips: they reach the tables that need them
//! and never the event, which is kept for ever.

/// The part that all acts upon the account named in `account` have in common.
macro_rules! about_account {
    () => {
        fn addressed(&self) -> Option<Uuid> {
            Some(self.account.uuid())
        }

        fn facts(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
            about(tx, actor, self.account).map(|(_, facts)| facts)
        }
    };
}

/// The same of acts upon one's own account.
macro_rules! about_oneself {
    () => {
        fn facts(&self, _: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
            own(actor)
        }
    };
}

pub mod second_factor;
pub mod secrets;
pub mod sessions;
pub mod several;
pub mod staff;

use db::Tx;
use gate::{Acting, Action, Actor, Facts, Refusal};
use kernel::{AccountId, Line};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::model::{Account, CredentialKind, Role, SessionKind, Term};
use crate::rules;
use crate::store::sessions::{self as kept, NewSession};
use crate::store::{accounts, credentials, second_factors};
use crate::verifier::Verifier;

/// The longest name of a community or an account.
pub const NAME_MAX: usize = 40;

/// The longest name somebody signs in by.
pub const SIGN_IN_NAME_MAX: usize = 40;

/// Opens a session for an account whose card or password was just proved. Done by the program,
/// after the proof, which takes too long for the thread that writes.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct SessionOpen {
    pub account: AccountId,
    pub by: CredentialKind,
    /// What the caller's browser calls itself.
    pub device: String,
    #[serde(skip)]
    pub hash: [u8; 32],
}

/// What came of it.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct SessionOpened {
    /// Else the second step is awaited, and the session opens nothing but that.
    pub whole: bool,
}

impl Action for SessionOpen {
    const NAME: &'static str = "session.open";
    const RESOURCE: &'static str = "Account";
    type Done = SessionOpened;

    fn facts(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        let account = accounts::account(tx, actor.community, self.account, actor.at)?;
        Ok(Facts::of(account.ok_or(Refusal::NotFound)?.id.uuid()))
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<SessionOpened, Refusal> {
        let community = act.community();
        let whole = match self.by {
            CredentialKind::Card => {
                credentials::end_tries(act.tx, community, self.account)?;
                true
            }
            CredentialKind::Password => !second_factor::awaits(act, self.account)?,
        };
        let kind = if whole { SessionKind::from(self.by) } else { SessionKind::Half };
        let session = NewSession {
            hash: self.hash,
            account: Some(self.account),
            kind,
            device: &self.device,
            until: rules::session_until(kind, act.now),
        };
        kept::add(act.tx, community, &session, act.now)?;
        Ok(SessionOpened { whole })
    }
}

/// Ends the session it is sent under.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct SessionClose {
    #[serde(skip)]
    pub hash: [u8; 32],
}

impl Action for SessionClose {
    const NAME: &'static str = "session.close";
    const RESOURCE: &'static str = "Account";
    type Done = ();

    fn facts(&self, _: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        let account = actor.account().ok_or(Refusal::SignIn)?;
        Ok(Facts::of(account.uuid()).standing(vec!["self"]))
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<(), Refusal> {
        let community = act.community();
        kept::end(act.tx, community, self.hash, act.now)
    }
}

/// Founds the first community of an installation, with the account that does the rest. The
/// one-time link ends with it.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct CommunitySetUp {
    pub name: Line<NAME_MAX>,
    pub phone: Line<30>,
    pub account_name: Line<NAME_MAX>,
    pub sign_in_name: Line<SIGN_IN_NAME_MAX>,
    #[serde(skip)]
    pub password: Option<Verifier>,
    /// The link's own secret.
    #[serde(skip)]
    pub hash: [u8; 32],
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct CommunityFounded {
    pub account: AccountId,
}

impl Action for CommunitySetUp {
    const NAME: &'static str = "community.set_up";
    const RESOURCE: &'static str = "Community";
    type Done = CommunityFounded;

    fn facts(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        // A second link, printed before the first was used, founds nothing.
        match registry::communities::first(tx)? {
            Some(_) => Err(Refusal::NotFound),
            None => Ok(Facts::of(actor.community.uuid())),
        }
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<CommunityFounded, Refusal> {
        let (community, now) = (act.community(), act.now);
        let (name, phone) = (self.name.as_str(), self.phone.as_str());
        registry::communities::create(act.tx, community, name, phone, now)?;
        let account = AccountId::from_uuid(act.new_id());
        let founder = Account {
            id: account,
            name: self.account_name.as_str().to_owned(),
            sign_in_name: Some(self.sign_in_name.as_str().to_owned()),
            person: None,
            created_at: now,
        };
        accounts::add(act.tx, community, &founder)?;
        for role in [Role::Administrator, Role::Clerk] {
            let term = Term { id: act.new_id(), role, grid: None, from: now, until: None };
            accounts::add_role(act.tx, community, account, &term)?;
        }
        let password = self.password.as_ref();
        let password = password.ok_or_else(|| Refusal::Defect("no password came".to_owned()))?;
        let id = act.new_id();
        credentials::add_password(act.tx, community, account, id, password, now)?;
        // The first password is the only lock there is yet: it gets a second one at once. So do
        // the cards to come.
        second_factors::require(act.tx, community, true)?;
        credentials::require_pins(act.tx, community, true)?;
        kept::end(act.tx, community, self.hash, now)?;
        Ok(CommunityFounded { account })
    }

    fn made(done: &CommunityFounded) -> Option<Uuid> {
        Some(done.account.uuid())
    }
}

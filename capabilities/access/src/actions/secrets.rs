//! The secrets that only their owner knows: the PIN of a card and the password. A try is counted
//! before it is looked at; what proves it runs aside, so the acts that open something are the program's.

use db::Tx;
use gate::{Acting, Action, Actor, Facts, Refusal};
use kernel::{AccountId, Fault, Line};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SIGN_IN_NAME_MAX;
use super::staff::{RESOURCE, StaffDone, own, working};
use crate::rules;
use crate::store::{accounts, credentials, sessions};
use crate::verifier::Verifier;

/// Takes one of the tries that a card's PIN has. Done by the program before it looks whether the PIN
/// is right, so that many tries at once are no more than five either.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct PinTry {
    pub account: AccountId,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct PinTried {
    /// Tries left if this one is wrong.
    pub left: i64,
}

impl Action for PinTry {
    const NAME: &'static str = "pin.try";
    const RESOURCE: &'static str = RESOURCE;
    type Done = PinTried;

    fn facts(&self, _: &mut Tx<'_>, _: &Actor) -> Result<Facts, Refusal> {
        Ok(Facts::of(self.account.uuid()))
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<PinTried, Refusal> {
        let community = act.community();
        let tried = credentials::take_try(act.tx, community, self.account)?;
        let tried =
            tried.ok_or_else(|| Refusal::field("pin", Fault::new("access.card_blocked")))?;
        Ok(PinTried { left: rules::PIN_TRIES - tried })
    }
}

/// Gives a card its first PIN. Done by the program for whoever holds the card, where the community
/// wants PINs; a card that has one keeps it.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct PinChoose {
    pub account: AccountId,
    #[serde(skip)]
    pub pin: Option<Verifier>,
}

impl Action for PinChoose {
    const NAME: &'static str = "pin.choose";
    const RESOURCE: &'static str = RESOURCE;
    type Done = StaffDone;

    fn facts(&self, _: &mut Tx<'_>, _: &Actor) -> Result<Facts, Refusal> {
        Ok(Facts::of(self.account.uuid()))
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<StaffDone, Refusal> {
        let community = act.community();
        let pin = came(self.pin.as_ref())?;
        if !credentials::choose_pin(act.tx, community, self.account, pin)? {
            return Err(Refusal::rule("access.pin_chosen"));
        }
        Ok(StaffDone { account: self.account })
    }
}

/// Changes the PIN of one's own card.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PinChange {
    #[serde(skip)]
    pub pin: Option<Verifier>,
}

impl Action for PinChange {
    const NAME: &'static str = "pin.change";
    const RESOURCE: &'static str = RESOURCE;
    const FRESH: bool = true;
    type Done = StaffDone;

    about_oneself!();

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<StaffDone, Refusal> {
        let account = act.actor.account().ok_or(Refusal::SignIn)?;
        if !working(act, account)?.has_card {
            return Err(Refusal::rule("access.no_card"));
        }
        let community = act.community();
        credentials::change_pin(act.tx, community, account, came(self.pin.as_ref())?)?;
        Ok(StaffDone { account })
    }
}

/// Says whether whoever enters by a card chooses a PIN at its first use.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PinRequire {
    pub required: bool,
}

impl Action for PinRequire {
    const NAME: &'static str = "pin.require";
    const RESOURCE: &'static str = RESOURCE;
    const FRESH: bool = true;
    type Done = ();

    fn facts(&self, _: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        Ok(Facts::of(actor.community.uuid()).seen_by("account.list"))
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<(), Refusal> {
        let community = act.community();
        credentials::require_pins(act.tx, community, self.required)
    }
}

/// Gives oneself a password, the first one with the name to sign in by. Everywhere else one is signed
/// out: who knew the old one is out too.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordSet {
    /// Needed with the first password; left as it is by a later one that says nothing.
    #[serde(default)]
    pub sign_in_name: Option<Line<SIGN_IN_NAME_MAX>>,
    #[serde(skip)]
    pub password: Option<Verifier>,
}

impl Action for PasswordSet {
    const NAME: &'static str = "password.set";
    const RESOURCE: &'static str = RESOURCE;
    const FRESH: bool = true;
    type Done = StaffDone;

    about_oneself!();

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<StaffDone, Refusal> {
        let (community, now) = (act.community(), act.now);
        let account = act.actor.account().ok_or(Refusal::SignIn)?;
        let here = act.actor.session.ok_or(Refusal::SignIn)?;
        let one = working(act, account)?;
        let wrong = |key| Refusal::field("sign_in_name", Fault::new(key));
        match &self.sign_in_name {
            Some(name) => {
                if !accounts::set_sign_in_name(act.tx, community, account, name.as_str())? {
                    return Err(wrong("access.sign_in_name_taken"));
                }
            }
            None if one.has_password => {}
            None => return Err(wrong("access.sign_in_name_needed")),
        }
        let id = act.new_id();
        let password = came(self.password.as_ref())?;
        credentials::add_password(act.tx, community, account, id, password, now)?;
        sessions::end_others(act.tx, community, account, here, now)?;
        Ok(StaffDone { account })
    }
}

/// Does nothing but want a fresh proof: before a form whose secrets must not wait on the page that
/// asks for one.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionConfirm {}

impl Action for SessionConfirm {
    const NAME: &'static str = "session.confirm";
    const RESOURCE: &'static str = RESOURCE;
    const FRESH: bool = true;
    type Done = ();

    about_oneself!();

    fn apply(&self, _: &mut Acting<'_, '_>) -> Result<(), Refusal> {
        Ok(())
    }
}

/// The program made it aside and hands it over; without it nothing was proved.
fn came(secret: Option<&Verifier>) -> Result<&Verifier, Refusal> {
    secret.ok_or_else(|| Refusal::Defect("no verifier came".to_owned()))
}

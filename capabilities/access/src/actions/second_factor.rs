//! The second step of signing in: setting it up, proving it at the door, and ending it for a
//! colleague who lost their phone.
//!
//! What is typed and what is made here are fields that serde skips: no event holds a secret, a
//! code, or the hash of one.

use db::Tx;
use gate::{Acting, Action, Actor, Facts, Refusal};
use kernel::{AccountId, Fault};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::staff::{RESOURCE, StaffDone, about, own, working};
use crate::model::{SessionKind, Staff};
use crate::rules;
use crate::store::sessions::{self, NewSession};
use crate::store::{credentials, second_factors, staff};
use crate::totp::{self, Typed};

/// Makes a new secret for one's own phone. It counts from its first right code on; where an older
/// one counts, that is proved first.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecondFactorBegin {
    #[serde(skip)]
    pub typed: Option<Typed>,
}

impl Action for SecondFactorBegin {
    const NAME: &'static str = "second_factor.begin";
    const RESOURCE: &'static str = RESOURCE;
    const FRESH: bool = true;
    type Done = StaffDone;

    about_oneself!();

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<StaffDone, Refusal> {
        let account = act.actor.account().ok_or(Refusal::SignIn)?;
        let one = working(act, account)?;
        if !one.has_password {
            return Err(Refusal::rule("access.no_password"));
        }
        if one.has_second_factor {
            prove(act, account, self.typed.as_ref(), &[])?;
        }
        begin(act, account)?;
        Ok(StaffDone { account })
    }
}

/// Proves the first code of one's own new secret.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecondFactorConfirm {
    #[serde(skip)]
    pub typed: Option<Typed>,
    /// Hashes of the recovery codes that are shown if this succeeds.
    #[serde(skip)]
    pub codes: Vec<[u8; 32]>,
}

impl Action for SecondFactorConfirm {
    const NAME: &'static str = "second_factor.confirm";
    const RESOURCE: &'static str = RESOURCE;
    type Done = SecondFactorConfirmed;

    about_oneself!();

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<SecondFactorConfirmed, Refusal> {
        let account = act.actor.account().ok_or(Refusal::SignIn)?;
        if working(act, account)?.has_second_factor {
            return Err(Refusal::rule("access.second_factor_counts"));
        }
        prove(act, account, self.typed.as_ref(), &self.codes)?;
        Ok(SecondFactorConfirmed { mark: mark(&self.codes) })
    }
}

/// Which recovery codes count: those whose first one has a hash that begins so. A repeated receipt
/// finds that it made others, and shows none.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct SecondFactorConfirmed {
    pub mark: String,
}

/// Tells one set of recovery codes from another and opens nothing.
pub fn mark(codes: &[[u8; 32]]) -> String {
    let first = codes.iter().flatten().take(6);
    first.map(|byte| format!("{byte:02x}")).collect()
}

/// Opens the session of somebody whose password was proved before, by a code. Done by the program;
/// the first code of a new secret makes it count.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct SessionProve {
    /// What the caller's browser calls itself.
    pub device: String,
    #[serde(skip)]
    pub half: [u8; 32],
    #[serde(skip)]
    pub hash: [u8; 32],
    #[serde(skip)]
    pub typed: Option<Typed>,
    #[serde(skip)]
    pub codes: Vec<[u8; 32]>,
}

/// A session that a code opened.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct SessionProved {
    pub account: AccountId,
    /// Whether the secret counts from now on, with the recovery codes that came along.
    pub first: bool,
}

impl Action for SessionProve {
    const NAME: &'static str = "session.prove";
    const RESOURCE: &'static str = RESOURCE;
    type Done = SessionProved;

    fn facts(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        let held = (actor.community, self.half);
        let account = sessions::waiting(tx, held, SessionKind::Half, actor.at)?;
        Ok(Facts::of(account.ok_or(Refusal::SignIn)?.uuid()))
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<SessionProved, Refusal> {
        let (community, now) = (act.community(), act.now);
        let held = (community, self.half);
        let account = sessions::waiting(act.tx, held, SessionKind::Half, now)?;
        let account = account.ok_or(Refusal::SignIn)?;
        working(act, account)?;
        let first = prove(act, account, self.typed.as_ref(), &self.codes)?;
        sessions::end(act.tx, community, self.half, now)?;
        let session = NewSession {
            hash: self.hash,
            account: Some(account),
            kind: SessionKind::Password,
            device: &self.device,
            until: rules::session_until(SessionKind::Password, now),
        };
        sessions::add(act.tx, community, &session, now)?;
        Ok(SessionProved { account, first })
    }
}

/// Remembers that the holder of a session proved again who they are. Done by the program: the
/// password or PIN was proved before it, a code is proved here.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct SessionRenew {
    #[serde(skip)]
    pub hash: [u8; 32],
    /// Where a code was typed and no password.
    #[serde(skip)]
    pub typed: Option<Typed>,
    /// Whether it was the PIN: its tries begin anew.
    pub by_pin: bool,
}

impl Action for SessionRenew {
    const NAME: &'static str = "session.renew";
    const RESOURCE: &'static str = RESOURCE;
    type Done = ();

    fn facts(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        let held = sessions::held(tx, actor.community, self.hash, actor.at)?;
        Ok(Facts::of(held.ok_or(Refusal::SignIn)?.0.uuid()))
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<(), Refusal> {
        let (community, now) = (act.community(), act.now);
        if self.typed.is_some() {
            let held = sessions::held(act.tx, community, self.hash, now)?;
            let (account, _) = held.ok_or(Refusal::SignIn)?;
            if !working(act, account)?.has_second_factor {
                return Err(wrong_code());
            }
            prove(act, account, self.typed.as_ref(), &[])?;
        }
        if self.by_pin {
            let held = sessions::held(act.tx, community, self.hash, now)?;
            credentials::end_tries(act.tx, community, held.ok_or(Refusal::SignIn)?.0)?;
        }
        sessions::prove(act.tx, community, self.hash, now)
    }
}

/// Ends the second step of a colleague who lost their phone and their codes. They sign in with
/// their password and set it up anew; whoever is signed in under their name is signed out.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecondFactorEnd {
    pub account: AccountId,
}

impl Action for SecondFactorEnd {
    const NAME: &'static str = "second_factor.end";
    const RESOURCE: &'static str = RESOURCE;
    const FRESH: bool = true;
    type Done = StaffDone;

    about_account!();

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<StaffDone, Refusal> {
        let (community, now) = (act.community(), act.now);
        if !working(act, self.account)?.has_second_factor {
            return Err(Refusal::rule("access.no_second_factor"));
        }
        second_factors::end(act.tx, community, self.account)?;
        staff::end_sessions(act.tx, community, self.account, now)?;
        Ok(StaffDone { account: self.account })
    }
}

/// Ends one's own second step by a link that was made at the machine itself. Done by the program
/// for whoever holds the link, which ends with it.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct SecondFactorLost {
    /// The link's own secret.
    #[serde(skip)]
    pub hash: [u8; 32],
}

impl Action for SecondFactorLost {
    const NAME: &'static str = "second_factor.lost";
    const RESOURCE: &'static str = RESOURCE;
    type Done = StaffDone;

    fn facts(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        let held = (actor.community, self.hash);
        let account = sessions::waiting(tx, held, SessionKind::Lost, actor.at)?;
        Ok(Facts::of(account.ok_or(Refusal::NotFound)?.uuid()))
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<StaffDone, Refusal> {
        let (community, now) = (act.community(), act.now);
        let held = (community, self.hash);
        let account = sessions::waiting(act.tx, held, SessionKind::Lost, now)?;
        let account = account.ok_or(Refusal::NotFound)?;
        working(act, account)?;
        second_factors::end(act.tx, community, account)?;
        // The link is one of these.
        staff::end_sessions(act.tx, community, account, now)?;
        Ok(StaffDone { account })
    }
}

/// Says whether everybody of the office who signs in with a password needs a second step.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecondFactorRequire {
    pub required: bool,
}

impl Action for SecondFactorRequire {
    const NAME: &'static str = "second_factor.require";
    const RESOURCE: &'static str = RESOURCE;
    const FRESH: bool = true;
    type Done = ();

    fn facts(&self, _: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        Ok(Facts::of(actor.community.uuid()).seen_by("account.list"))
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<(), Refusal> {
        let community = act.community();
        second_factors::require(act.tx, community, self.required)
    }
}

/// Whether somebody whose password was proved still has a second step before them. Who must have
/// one and has none yet gets a new secret to set it up with.
pub(super) fn awaits(act: &mut Acting<'_, '_>, account: AccountId) -> Result<bool, Refusal> {
    let community = act.community();
    let one = staff::one(act.tx, community, account)?.ok_or(Refusal::NotFound)?;
    if one.has_second_factor {
        return Ok(true);
    }
    let awaits = is_office(&one, act) && second_factors::is_required(act.tx, community)?;
    if awaits {
        begin(act, account)?;
    }
    Ok(awaits)
}

fn is_office(one: &Staff, act: &Acting<'_, '_>) -> bool {
    one.terms.iter().any(|term| term.role.is_office() && term.holds(act.now))
}

fn begin(act: &mut Acting<'_, '_>, account: AccountId) -> Result<(), Refusal> {
    let (community, now) = (act.community(), act.now);
    second_factors::begin(act.tx, community, account, act.chance.bytes(), now)
}

fn wrong_code() -> Refusal {
    Refusal::field("code", Fault::new("access.wrong_code"))
}

/// Takes a code, or says no; true for the first one, after which the secret counts.
fn prove(
    act: &mut Acting<'_, '_>,
    account: AccountId,
    typed: Option<&Typed>,
    codes: &[[u8; 32]],
) -> Result<bool, Refusal> {
    let (community, now) = (act.community(), act.now);
    let kept = second_factors::find(act.tx, community, account)?.ok_or_else(wrong_code)?;
    let counts = kept.confirmed_at.is_some();
    let taken = match typed.ok_or_else(wrong_code)? {
        Typed::Code(code) => {
            let step =
                totp::proved(&kept.secret, code, now, kept.last_step).ok_or_else(wrong_code)?;
            second_factors::take(act.tx, community, account, step, now)?
        }
        Typed::Recovery(hash) => {
            counts && second_factors::take_code(act.tx, community, account, *hash, now)?
        }
    };
    if !taken {
        return Err(wrong_code());
    }
    if !counts {
        second_factors::add_codes(act.tx, community, account, codes, now)?;
    }
    Ok(!counts)
}

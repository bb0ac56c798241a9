//! Accounts and what opens them, entered without policy or event: for the simulated community,
//! for the command line, and for the link of the first run.

use db::Tx;
use gate::Refusal;
use kernel::{AccountId, Instant};
use web::Secret;

use crate::model::SessionKind;
use crate::rules;
use crate::store::sessions::{self, NewSession};
use crate::store::{credentials, staff};

pub use crate::store::accounts::{add as account, add_role as role};
pub use crate::store::credentials::{add_card as card, add_password as password};
pub use crate::store::staff::close as leave;

/// Gives an account an API token for a year.
///
/// # Errors
/// Those of the database.
pub fn token(
    tx: &mut Tx<'_>,
    account: AccountId,
    secret: &Secret,
    device: &str,
    now: Instant,
) -> Result<(), Refusal> {
    open(tx, Some(account), SessionKind::Token, secret, device, now)
}

/// Makes the one-time link that founds the secret's community. Links printed before it are dead.
///
/// # Errors
/// Those of the database.
pub fn set_up_link(tx: &mut Tx<'_>, secret: &Secret, now: Instant) -> Result<(), Refusal> {
    sessions::end_set_up(tx, now)?;
    open(tx, None, SessionKind::SetUp, secret, "", now)
}

/// Makes the one-time link for whoever signs in by this name and lost their phone; nothing when
/// nobody does or no code is asked of them.
///
/// # Errors
/// Those of the database.
pub fn lost_link(
    tx: &mut Tx<'_>,
    sign_in_name: &str,
    secret: &Secret,
    now: Instant,
) -> Result<bool, Refusal> {
    let (community, name) = (secret.community, rules::sign_in_name(sign_in_name));
    let Some(held) = credentials::password(tx, community, &name, now)? else { return Ok(false) };
    let one = staff::one(tx, community, held.account)?;
    let has = one.is_some_and(|one| one.has_second_factor);
    if has {
        open(tx, Some(held.account), SessionKind::Lost, secret, "", now)?;
    }
    Ok(has)
}

fn open(
    tx: &mut Tx<'_>,
    account: Option<AccountId>,
    kind: SessionKind,
    secret: &Secret,
    device: &str,
    now: Instant,
) -> Result<(), Refusal> {
    let until = rules::session_until(kind, now);
    let session = NewSession { hash: secret.hash(), account, kind, device, until };
    sessions::add(tx, secret.community, &session, now)
}

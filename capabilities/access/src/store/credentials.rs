//! Cards and passwords: what opens a session. Only hashes and verifiers are kept.

use db::Tx;
use gate::Refusal;
use kernel::{AccountId, CommunityId, Instant};
use uuid::Uuid;
use web::Secret;

use crate::model::CredentialKind;
use crate::rules;
use crate::verifier::Verifier;

db::sql! { module "access.credentials";
    END = "update credentials set revoked_at = $4 \
           where community_id = $1 and account_id = $2 and kind = $3 and revoked_at is null";
    ADD = "insert into credentials (community_id, id, account_id, kind, secret_hash, verifier, \
           created_at) values ($1,$2,$3,$4,$5,$6,$7)";
    CARD = "select a.id, a.name, c.verifier, coalesce(s.pin_required, 0) from credentials c \
            join accounts a on a.community_id = c.community_id and a.id = c.account_id \
            left join access_settings s on s.community_id = c.community_id \
            where c.community_id = $1 and c.secret_hash = $2 and c.kind = 'card' \
              and c.revoked_at is null and c.tries < $4 \
              and (a.closed_at is null or a.closed_at > $3)";
    TRY = "update credentials set tries = tries + 1 where community_id = $1 and account_id = $2 \
           and kind = 'card' and revoked_at is null and tries < $3 returning tries";
    TRIED = "update credentials set tries = 0 where community_id = $1 and account_id = $2 \
             and kind = 'card' and revoked_at is null and tries > 0";
    PIN_CHOOSE = "update credentials set verifier = $3 where community_id = $1 \
                  and account_id = $2 and kind = 'card' and revoked_at is null \
                  and verifier is null";
    PIN_CHANGE = "update credentials set verifier = $3, tries = 0 where community_id = $1 \
                  and account_id = $2 and kind = 'card' and revoked_at is null";
    PINS = "select pin_required from access_settings where community_id = $1";
    PINS_REQUIRE = "insert into access_settings \
                    (community_id, second_factor_required, pin_required) values ($1,0,$2) \
                    on conflict (community_id) do update \
                    set pin_required = excluded.pin_required";
    OF = "select a.id, a.name, c.verifier, 0 from credentials c \
          join accounts a on a.community_id = c.community_id and a.id = c.account_id \
          where c.community_id = $1 and c.account_id = $2 and c.kind = $3 \
            and c.revoked_at is null and (a.closed_at is null or a.closed_at > $4)";
    PASSWORD = "select a.id, a.name, c.verifier, 0 from accounts a \
                join credentials c on c.community_id = a.community_id and c.account_id = a.id \
                where a.community_id = $1 and a.sign_in_name = $2 \
                  and (a.closed_at is null or a.closed_at > $3) and c.kind = 'password' and c.revoked_at is null";
}

/// A valid credential, whose it is, and what remains to be proved.
pub struct Held {
    pub account: AccountId,
    pub name: String,
    /// The password's, or the PIN's where the card has one.
    pub verifier: Option<Verifier>,
    /// Whether the card has no PIN and the community wants one.
    pub wants_pin: bool,
}

/// Gives an account a card; its old one is dead.
///
/// # Errors
/// Those of the database.
pub fn add_card(
    tx: &mut Tx<'_>,
    account: AccountId,
    id: Uuid,
    (secret, pin): (&Secret, Option<&Verifier>),
    now: Instant,
) -> Result<(), Refusal> {
    end(tx, secret.community, account, CredentialKind::Card, now)?;
    let hash = secret.hash().to_vec();
    Ok(tx.exec_one(
        &ADD,
        &db::params![
            secret.community.uuid(),
            id,
            account.uuid(),
            CredentialKind::Card.word(),
            hash,
            pin.map(Verifier::as_str),
            now.micros()
        ],
    )?)
}

/// Gives an account a password; its old one is dead.
///
/// # Errors
/// Those of the database.
pub fn add_password(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: AccountId,
    id: Uuid,
    password: &Verifier,
    now: Instant,
) -> Result<(), Refusal> {
    end(tx, community, account, CredentialKind::Password, now)?;
    Ok(tx.exec_one(
        &ADD,
        &db::params![
            community.uuid(),
            id,
            account.uuid(),
            CredentialKind::Password.word(),
            None::<Vec<u8>>,
            password.as_str(),
            now.micros()
        ],
    )?)
}

/// The valid card with this secret; one whose PIN was wrong too often is none.
///
/// # Errors
/// Those of the database.
pub(crate) fn card(
    tx: &mut Tx<'_>,
    community: CommunityId,
    hash: [u8; 32],
    now: Instant,
) -> Result<Option<Held>, Refusal> {
    let key = db::params![community.uuid(), hash.to_vec(), now.micros(), rules::PIN_TRIES];
    let row = tx.row(&CARD, &key)?;
    row.map(|row| held(&row)).transpose()
}

/// Counts one more try of the PIN of an account's card, and says how many there were; none when
/// there is no card or it had all its tries.
///
/// # Errors
/// Those of the database.
pub(crate) fn take_try(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: AccountId,
) -> Result<Option<i64>, Refusal> {
    let key = db::params![community.uuid(), account.uuid(), rules::PIN_TRIES];
    Ok(tx.row(&TRY, &key)?.map(|row| row.int(0)).transpose()?)
}

/// The PIN was right: its tries begin anew.
///
/// # Errors
/// Those of the database.
pub(crate) fn end_tries(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: AccountId,
) -> Result<(), Refusal> {
    tx.exec(&TRIED, &db::params![community.uuid(), account.uuid()])?;
    Ok(())
}

/// Gives an account's card its first PIN; no, when it has one.
///
/// # Errors
/// Those of the database.
pub(crate) fn choose_pin(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: AccountId,
    pin: &Verifier,
) -> Result<bool, Refusal> {
    Ok(tx.exec(&PIN_CHOOSE, &db::params![community.uuid(), account.uuid(), pin.as_str()])? == 1)
}

/// Gives an account's card another PIN.
///
/// # Errors
/// Those of the database.
pub(crate) fn change_pin(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: AccountId,
    pin: &Verifier,
) -> Result<(), Refusal> {
    tx.exec(&PIN_CHANGE, &db::params![community.uuid(), account.uuid(), pin.as_str()])?;
    Ok(())
}

/// Whether the community wants every card to have a PIN.
///
/// # Errors
/// Those of the database.
pub(crate) fn pins_required(tx: &mut Tx<'_>, community: CommunityId) -> Result<bool, Refusal> {
    let row = tx.row(&PINS, &db::params![community.uuid()])?;
    Ok(row.map(|row| row.int(0)).transpose()?.is_some_and(|required| required != 0))
}

/// Says so, or no longer.
///
/// # Errors
/// Those of the database.
pub(crate) fn require_pins(
    tx: &mut Tx<'_>,
    community: CommunityId,
    required: bool,
) -> Result<(), Refusal> {
    Ok(tx.exec_one(&PINS_REQUIRE, &db::params![community.uuid(), i64::from(required)])?)
}

/// The password of whoever signs in by this name.
///
/// # Errors
/// Those of the database.
pub(crate) fn password(
    tx: &mut Tx<'_>,
    community: CommunityId,
    sign_in_name: &str,
    now: Instant,
) -> Result<Option<Held>, Refusal> {
    let row = tx.row(&PASSWORD, &db::params![community.uuid(), sign_in_name, now.micros()])?;
    row.map(|row| held(&row)).transpose()
}

/// The valid credential of this kind that an account has.
///
/// # Errors
/// Those of the database.
pub(crate) fn of(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: AccountId,
    kind: CredentialKind,
    now: Instant,
) -> Result<Option<Held>, Refusal> {
    let key = db::params![community.uuid(), account.uuid(), kind.word(), now.micros()];
    tx.row(&OF, &key)?.map(|row| held(&row)).transpose()
}

fn end(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: AccountId,
    kind: CredentialKind,
    now: Instant,
) -> Result<(), Refusal> {
    let given = db::params![community.uuid(), account.uuid(), kind.word(), now.micros()];
    tx.exec(&END, &given)?;
    Ok(())
}

fn held(row: &db::Row) -> Result<Held, Refusal> {
    let verifier = row.opt_text(2)?.map(Verifier::from_kept);
    Ok(Held {
        account: AccountId::from_uuid(row.id(0)?),
        name: row.text(1)?.to_owned(),
        wants_pin: verifier.is_none() && row.int(3)? != 0,
        verifier,
    })
}

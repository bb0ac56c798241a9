//! The second step of signing in: the sealed secret, the step of the last code taken, the hashes
//! of recovery codes, and whether the community wants a second step.

use db::Tx;
use gate::Refusal;
use kernel::{AccountId, CommunityId, Instant};

use super::strange;
use crate::totp;

db::sql! { module "access.second_factors";
    FIND = "select secret, confirmed_at, last_step from second_factors \
            where community_id = $1 and account_id = $2";
    BEGIN = "insert into second_factors (community_id, account_id, secret, created_at, last_step) \
             values ($1,$2,$3,$4,0) on conflict (community_id, account_id) do update \
             set secret = excluded.secret, created_at = excluded.created_at, \
                 confirmed_at = null, last_step = 0";
    TAKE = "update second_factors set last_step = $3, confirmed_at = coalesce(confirmed_at, $4) \
            where community_id = $1 and account_id = $2 and last_step < $3";
    END = "delete from second_factors where community_id = $1 and account_id = $2";
    CODE_ADD = "insert into recovery_codes (community_id, account_id, code_hash, made_at) \
                values ($1,$2,$3,$4)";
    CODE_TAKE = "update recovery_codes set used_at = $4 where community_id = $1 \
                 and account_id = $2 and code_hash = $3 and used_at is null";
    CODES_LEFT = "select count(*) from recovery_codes \
                  where community_id = $1 and account_id = $2 and used_at is null";
    CODES_END = "delete from recovery_codes where community_id = $1 and account_id = $2";
    REQUIRED = "select second_factor_required from access_settings where community_id = $1";
    REQUIRE = "insert into access_settings (community_id, second_factor_required) values ($1,$2) \
               on conflict (community_id) do update \
               set second_factor_required = excluded.second_factor_required";
}

/// A second factor as it is kept, opened.
pub(crate) struct Kept {
    pub secret: Vec<u8>,
    /// Since when it counts; none while no code of it was seen yet.
    pub confirmed_at: Option<Instant>,
    /// The step of the last code taken.
    pub last_step: i64,
}

pub(crate) fn find(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: AccountId,
) -> Result<Option<Kept>, Refusal> {
    let Some(row) = tx.row(&FIND, &db::params![community.uuid(), account.uuid()])? else {
        return Ok(None);
    };
    let key = vault::keys(tx, community)?.subject(tx, account.uuid())?;
    let key = key.ok_or_else(|| strange("key of a second factor"))?;
    let text = key.open("second_factors", "secret", row.bytes(0)?)?;
    Ok(Some(Kept {
        secret: totp::from_base32(&text).ok_or_else(|| strange("second factor"))?,
        confirmed_at: row.opt_int(1)?.map(Instant::from_micros),
        last_step: row.int(2)?,
    }))
}

/// Keeps a new secret that no code was seen of yet, in place of any other.
pub(crate) fn begin(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: AccountId,
    secret: [u8; totp::SECRET_BYTES],
    now: Instant,
) -> Result<(), Refusal> {
    let keys = vault::keys(tx, community)?;
    let key = match keys.subject(tx, account.uuid())? {
        Some(key) => key,
        None => keys.new_subject(tx, account.uuid())?,
    };
    let sealed = key.seal("second_factors", "secret", &totp::base32(&secret))?;
    let row = db::params![community.uuid(), account.uuid(), sealed, now.micros()];
    tx.exec_one(&BEGIN, &row)?;
    end_codes(tx, community, account)
}

/// Takes the code of a step, the first one of which makes the factor count. No, when another
/// request was quicker with it.
pub(crate) fn take(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: AccountId,
    step: i64,
    now: Instant,
) -> Result<bool, Refusal> {
    let key = db::params![community.uuid(), account.uuid(), step, now.micros()];
    Ok(tx.exec(&TAKE, &key)? == 1)
}

/// Forgets the factor and its recovery codes.
pub(crate) fn end(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: AccountId,
) -> Result<(), Refusal> {
    tx.exec(&END, &db::params![community.uuid(), account.uuid()])?;
    end_codes(tx, community, account)
}

fn end_codes(tx: &mut Tx<'_>, community: CommunityId, account: AccountId) -> Result<(), Refusal> {
    tx.exec(&CODES_END, &db::params![community.uuid(), account.uuid()])?;
    Ok(())
}

pub(crate) fn add_codes(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: AccountId,
    hashes: &[[u8; 32]],
    now: Instant,
) -> Result<(), Refusal> {
    for hash in hashes {
        let row = db::params![community.uuid(), account.uuid(), hash.to_vec(), now.micros()];
        tx.exec_one(&CODE_ADD, &row)?;
    }
    Ok(())
}

/// Takes a recovery code; no, when there is none such or it was used.
pub(crate) fn take_code(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: AccountId,
    hash: [u8; 32],
    now: Instant,
) -> Result<bool, Refusal> {
    let key = db::params![community.uuid(), account.uuid(), hash.to_vec(), now.micros()];
    Ok(tx.exec(&CODE_TAKE, &key)? == 1)
}

pub(crate) fn codes_left(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: AccountId,
) -> Result<i64, Refusal> {
    let row = tx.row(&CODES_LEFT, &db::params![community.uuid(), account.uuid()])?;
    Ok(row.ok_or_else(|| strange("count"))?.int(0)?)
}

/// Whether the community wants the office to have a second step.
pub(crate) fn is_required(tx: &mut Tx<'_>, community: CommunityId) -> Result<bool, Refusal> {
    let row = tx.row(&REQUIRED, &db::params![community.uuid()])?;
    Ok(row.map(|row| row.int(0)).transpose()?.is_some_and(|required| required != 0))
}

pub(crate) fn require(
    tx: &mut Tx<'_>,
    community: CommunityId,
    required: bool,
) -> Result<(), Refusal> {
    Ok(tx.exec_one(&REQUIRE, &db::params![community.uuid(), i64::from(required)])?)
}

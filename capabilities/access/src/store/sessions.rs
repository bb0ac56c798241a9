//! Sessions: which secret acts as whom, until when. [`find`] runs for every request, so it is
//! one statement.

use db::Tx;
use gate::Refusal;
use kernel::{AccountId, CommunityId, Instant};
use registry::{GridId, PersonId};

use super::strange;
use crate::model::{Presence, Role, SessionKind};
use crate::rules;

db::sql! { module "access.sessions";
    ADD = "insert into sessions (community_id, secret_hash, account_id, kind, device, opened_at, \
           until_at, seen_at) values ($1,$2,$3,$4,$5,$6,$7,$6)";
    END = "update sessions set revoked_at = $3 \
           where community_id = $1 and secret_hash = $2 and revoked_at is null";
    SEEN = "update sessions set seen_at = $3 \
            where community_id = $1 and secret_hash = $2 and revoked_at is null";
    FIND = "select a.id, a.name, a.person_id, r.role, r.grid_id, s.kind, s.seen_at, \
              coalesce(s.proved_at, s.opened_at) \
            from sessions s \
            left join accounts a on a.community_id = s.community_id and a.id = s.account_id \
              and (a.closed_at is null or a.closed_at > $3) \
            left join account_roles r on r.community_id = a.community_id and r.account_id = a.id \
              and r.from_at <= $3 and (r.until_at is null or r.until_at > $3) \
            where s.community_id = $1 and s.secret_hash = $2 \
              and s.revoked_at is null and s.until_at > $3 \
              and s.kind not in ('set_up','half','lost')";
    SET_UP = "select 1 from sessions \
              where community_id = $1 and secret_hash = $2 and kind = 'set_up' \
                and revoked_at is null and until_at > $3";
    PROVED = "update sessions set proved_at = $3 \
              where community_id = $1 and secret_hash = $2 and revoked_at is null";
    HELD = "select account_id, kind from sessions where community_id = $1 and secret_hash = $2 \
            and revoked_at is null and until_at > $3 and kind in ('card','password')";
    // More than a hundred nobody ends one by one; the button that ends all others ends all.
    OF = "select secret_hash, kind, device, opened_at, seen_at from sessions \
          where community_id = $1 and account_id = $2 and revoked_at is null and until_at > $3 \
            and kind in ('card','password','token') order by opened_at desc limit 100";
    END_OTHERS = "update sessions set revoked_at = $4 where community_id = $1 \
                  and account_id = $2 and secret_hash <> $3 and revoked_at is null";
    WAITING = "select account_id from sessions \
               where community_id = $1 and secret_hash = $2 and kind = $3 \
                 and revoked_at is null and until_at > $4";
    // Every link names a community of its own that is not there yet, so none can be asked for.
    END_SET_UP = "update sessions set revoked_at = $1 \
                  where kind = 'set_up' and revoked_at is null";
}

/// A session about to be opened. Holds the secret's hash only.
pub(crate) struct NewSession<'a> {
    pub hash: [u8; 32],
    pub account: Option<AccountId>,
    pub kind: SessionKind,
    /// What the caller's browser calls itself, for the list of devices.
    pub device: &'a str,
    pub until: Instant,
}

/// Whom a session acts as.
pub(crate) struct Found {
    pub account: AccountId,
    pub name: String,
    pub person: Option<PersonId>,
    pub roles: Vec<(Role, Option<GridId>)>,
    /// Whether it is worth writing down that somebody was seen.
    pub is_fading: bool,
    /// When they last proved who they are; none for a program, which cannot.
    pub proved_at: Option<Instant>,
}

pub(crate) fn add(
    tx: &mut Tx<'_>,
    community: CommunityId,
    session: &NewSession<'_>,
    now: Instant,
) -> Result<(), Refusal> {
    Ok(tx.exec_one(
        &ADD,
        &db::params![
            community.uuid(),
            session.hash.to_vec(),
            session.account.map(AccountId::uuid),
            session.kind.word(),
            session.device,
            now.micros(),
            session.until.micros()
        ],
    )?)
}

/// Ends a session; ending it twice is ending it once.
pub(crate) fn end(
    tx: &mut Tx<'_>,
    community: CommunityId,
    hash: [u8; 32],
    now: Instant,
) -> Result<(), Refusal> {
    tx.exec(&END, &db::params![community.uuid(), hash.to_vec(), now.micros()])?;
    Ok(())
}

/// Ends every unused set-up link of this installation.
pub(crate) fn end_set_up(tx: &mut Tx<'_>, now: Instant) -> Result<(), Refusal> {
    tx.exec(&END_SET_UP, &db::params![now.micros()])?;
    Ok(())
}

/// Remembers when somebody was seen under a session.
pub(crate) fn seen(
    tx: &mut Tx<'_>,
    community: CommunityId,
    hash: [u8; 32],
    now: Instant,
) -> Result<(), Refusal> {
    tx.exec(&SEEN, &db::params![community.uuid(), hash.to_vec(), now.micros()])?;
    Ok(())
}

/// The account, with its present roles, that a secret acts as; none for a session that has lain
/// idle too long.
pub(crate) fn find(
    tx: &mut Tx<'_>,
    community: CommunityId,
    hash: [u8; 32],
    now: Instant,
) -> Result<Option<Found>, Refusal> {
    let rows = tx.rows(&FIND, &db::params![community.uuid(), hash.to_vec(), now.micros()])?;
    let Some(first) = rows.first() else { return Ok(None) };
    // A closed account leaves its sessions behind without anybody in them.
    let Some(account) = first.opt_id(0)? else { return Ok(None) };
    let kind = SessionKind::of(first.text(5)?).ok_or_else(|| strange("session kind"))?;
    let presence = rules::presence(kind, first.opt_int(6)?.map(Instant::from_micros), now);
    if presence == Presence::Gone {
        return Ok(None);
    }
    let mut roles = Vec::with_capacity(rows.len());
    for row in &rows {
        if let Some(word) = row.opt_text(3)? {
            let role = Role::of(word).ok_or_else(|| strange("role"))?;
            roles.push((role, row.opt_id(4)?.map(GridId::from_uuid)));
        }
    }
    Ok(Some(Found {
        account: AccountId::from_uuid(account),
        name: first.text(1)?.to_owned(),
        person: first.opt_id(2)?.map(PersonId::from_uuid),
        roles,
        is_fading: presence == Presence::Fading,
        proved_at: kind.has_holder().then_some(Instant::from_micros(first.int(7)?)),
    }))
}

/// Whether this is the one-time set-up link, still unused.
pub(crate) fn is_set_up(
    tx: &mut Tx<'_>,
    community: CommunityId,
    hash: [u8; 32],
    now: Instant,
) -> Result<bool, Refusal> {
    let given = db::params![community.uuid(), hash.to_vec(), now.micros()];
    Ok(tx.row(&SET_UP, &given)?.is_some())
}

/// Whose second step waits under this secret: for a code after the password ([`SessionKind::Half`])
/// or for its end ([`SessionKind::Lost`]).
pub(crate) fn waiting(
    tx: &mut Tx<'_>,
    (community, hash): (CommunityId, [u8; 32]),
    kind: SessionKind,
    now: Instant,
) -> Result<Option<AccountId>, Refusal> {
    let given = db::params![community.uuid(), hash.to_vec(), kind.word(), now.micros()];
    let row = tx.row(&WAITING, &given)?;
    Ok(row.map(|row| row.id(0)).transpose()?.map(AccountId::from_uuid))
}

/// A session that acts now.
pub(crate) struct Open {
    pub hash: [u8; 32],
    pub kind: SessionKind,
    pub device: String,
    pub opened_at: Instant,
    pub seen_at: Option<Instant>,
}

impl Open {
    /// Tells the sessions of one account apart and opens nothing: half of the secret's hash.
    pub fn mark(&self) -> String {
        self.hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The sessions of an account, the newest first; those that lay idle too long are over.
pub(crate) fn of(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: AccountId,
    now: Instant,
) -> Result<Vec<Open>, Refusal> {
    let key = db::params![community.uuid(), account.uuid(), now.micros()];
    let mut all = Vec::new();
    for row in tx.rows(&OF, &key)? {
        let kind = SessionKind::of(row.text(1)?).ok_or_else(|| strange("session kind"))?;
        let seen_at = row.opt_int(4)?.map(Instant::from_micros);
        if rules::presence(kind, seen_at, now) != Presence::Gone {
            all.push(Open {
                hash: row.bytes(0)?.try_into().map_err(|_| strange("session"))?,
                kind,
                device: row.text(2)?.to_owned(),
                opened_at: Instant::from_micros(row.int(3)?),
                seen_at,
            });
        }
    }
    Ok(all)
}

/// Ends every session of an account but this one.
pub(crate) fn end_others(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: AccountId,
    but: [u8; 32],
    now: Instant,
) -> Result<(), Refusal> {
    let key = db::params![community.uuid(), account.uuid(), but.to_vec(), now.micros()];
    tx.exec(&END_OTHERS, &key)?;
    Ok(())
}

/// Remembers that the holder of a session proved who they are.
pub(crate) fn prove(
    tx: &mut Tx<'_>,
    community: CommunityId,
    hash: [u8; 32],
    now: Instant,
) -> Result<(), Refusal> {
    tx.exec(&PROVED, &db::params![community.uuid(), hash.to_vec(), now.micros()])?;
    Ok(())
}

/// Whose session it is, and what opened it; none for those that nobody holds in hand.
pub(crate) fn held(
    tx: &mut Tx<'_>,
    community: CommunityId,
    hash: [u8; 32],
    now: Instant,
) -> Result<Option<(AccountId, SessionKind)>, Refusal> {
    let key = db::params![community.uuid(), hash.to_vec(), now.micros()];
    let Some(row) = tx.row(&HELD, &key)? else { return Ok(None) };
    let kind = SessionKind::of(row.text(1)?).ok_or_else(|| strange("session kind"))?;
    Ok(Some((AccountId::from_uuid(row.id(0)?), kind)))
}

//! Replacing keys while everything goes on.
//!
//! Both replacements go in rounds of bounded size, each its own transaction. Between any two of them
//! the program may be killed: both the old key and the new one are there and everything opens; the
//! next call goes on where it stopped. A key is dropped only when nothing is wrapped by it any more,
//! and the schema itself refuses otherwise.

use db::{Db, Tx};
use kernel::CommunityId;
use uuid::Uuid;

use crate::error::VaultError;
use crate::keys::{
    COMMUNITY_KEYS, INDEX_KEYS, Keys, Vault, community_place, keys, masters, replaced_meanwhile,
    version,
};
use crate::store;
use crate::suite::{Secret, Suite};

/// Keys that one round wraps anew: some milliseconds, so that nobody waits behind it.
pub const ROUND: i64 = 500;

/// How a community's keys stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub community: CommunityId,
    /// The suite and the version of the key that wraps what is new.
    pub suite: Suite,
    pub version: u32,
    /// Subjects whose key it wraps, those still under an older one, and those whose key is gone.
    pub wrapped: i64,
    pub behind: i64,
    pub destroyed: i64,
}

/// How all keys stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The master keys in use; two while one replaces the other.
    pub masters: Vec<String>,
    pub communities: Vec<Standing>,
}

/// Looks at all keys; opens those of communities, which shows that the master key is right.
///
/// # Errors
/// Those of the database, and when a key does not open.
pub fn status(db: &Db) -> Result<Status, VaultError> {
    let mut standings = Vec::new();
    for community in communities(db)? {
        standings.push(db.read_blocking(move |tx| standing(tx, community))?);
    }
    Ok(Status { masters: masters(db)?, communities: standings })
}

fn standing(tx: &mut Tx<'_>, community: CommunityId) -> Result<Standing, VaultError> {
    let keys = keys(tx, community)?;
    let (suite, version) = (keys.present().suite, keys.present().version);
    let row = tx.row(&store::SUBJECTS_COUNT, &db::params![community.uuid(), version])?;
    let count = |at: usize| row.as_ref().map_or(Ok(0), |row| row.int(at));
    let (wrapped, behind, destroyed) = (count(0)?, count(1)?, count(2)?);
    Ok(Standing { community, suite, version, wrapped, behind, destroyed })
}

fn communities(db: &Db) -> Result<Vec<CommunityId>, VaultError> {
    db.read_blocking(|tx| {
        let rows = tx.rows(&store::COMMUNITIES, &[])?;
        let ids = rows.iter().map(|row| Ok(CommunityId::from_uuid(row.id(0)?)));
        ids.collect::<Result<Vec<CommunityId>, db::Error>>()
    })
    .map_err(VaultError::Db)
}

/// One round of replacing the master key: wraps keys of communities with the last key of the ring.
/// How many there were; none when nothing is wrapped by an older one.
///
/// # Errors
/// Those of the database, and when a key does not open.
pub fn master_round(db: &Db) -> Result<usize, VaultError> {
    db.write_blocking(|tx| {
        let vault = Vault::of(tx)?;
        let present = vault.present_master()?;
        let mut done = 0;
        for old in vault.ring().ids().filter(|id| *id != present.id()) {
            let given = db::params![old, ROUND];
            let tables = [
                (COMMUNITY_KEYS, &store::COMMUNITY_KEYS_UNDER, &store::COMMUNITY_KEY_SET),
                (INDEX_KEYS, &store::INDEX_KEYS_UNDER, &store::INDEX_KEY_SET),
            ];
            for (table, under, set) in tables {
                for row in tx.rows(under, &given)? {
                    let (community, version) = (row.id(0)?, version(&row, 1)?);
                    let place = community_place(community, table);
                    let (suite, secret) = vault.unwrap(&place, old, row.bytes(2)?)?;
                    let wrapped = vault.wrap(&place, (suite, version), &present, &secret);
                    let given = db::params![community, version, old, present.id(), wrapped];
                    tx.exec_one(set, &given)?;
                    done += 1;
                }
            }
        }
        Ok(done)
    })
}

/// Begins the replacement of a community's key. A replacement that is under way goes on instead.
///
/// # Errors
/// Those of the database, and when a key does not open.
pub fn begin(db: &Db, community: CommunityId, suite: Option<Suite>) -> Result<(), VaultError> {
    db.write_blocking(move |tx| {
        let (vault, keys) = (Vault::of(tx)?, keys(tx, community)?);
        if keys.is_changing() {
            return Ok(());
        }
        let master = vault.present_master()?;
        let suite = suite.unwrap_or(keys.present().suite);
        let version = keys.present().version + 1;
        let place = community_place(community.uuid(), COMMUNITY_KEYS);
        let wrapped = vault.wrap(&place, (suite, version), &master, &Secret::new(vault.fill()));
        let given = db::params![community.uuid(), version, master.id(), wrapped];
        tx.exec_one(&store::COMMUNITY_KEY_ADD, &given)?;
        Ok(())
    })
}

/// One round of replacing a community's key: wraps keys of subjects with the new one. How many there
/// were; at the last round, none, the old key is dropped.
///
/// # Errors
/// Those of the database, and when a key does not open.
pub fn round(db: &Db, community: CommunityId) -> Result<usize, VaultError> {
    db.write_blocking(move |tx| {
        let keys = keys(tx, community)?;
        let present = keys.present().version;
        let given = db::params![community.uuid(), present, ROUND];
        let rows = tx.rows(&store::SUBJECTS_NOT_UNDER, &given)?;
        for row in &rows {
            let (subject, under) = (row.id(0)?, version(row, 1)?);
            let wrapped = keys.rewrap(subject, row.bytes(2)?)?;
            let given = db::params![community.uuid(), subject, under, present, wrapped];
            tx.exec_one(&store::SUBJECT_KEY_SET, &given)?;
        }
        if rows.is_empty() {
            drop_old(tx, community.uuid(), &keys)?;
        }
        Ok(rows.len())
    })
}

fn drop_old(tx: &mut Tx<'_>, community: Uuid, keys: &Keys) -> Result<(), VaultError> {
    for old in keys.older() {
        let given = db::params![community, old];
        tx.exec(&store::COMMUNITY_KEY_DROP, &given).map_err(replaced_meanwhile)?;
    }
    Ok(())
}

//! The bench's communities, each with two clerks and their tokens, kept in `bench.json` beside
//! the data so that a filled directory can be used again. All names are invented.

use std::collections::HashSet;
use std::path::PathBuf;

use anyhow::{Context, Result};
use db::Db;
use gate::{Chance, Refusal};
use kernel::{AccountId, Clock, CommunityId, Instant, SystemClock};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use web::Secret;

use crate::Where;
use crate::setup::add_account;

/// Communities made in one transaction.
const AT_ONCE: u32 = 100;

db::sql! { module "bench.scene";
    STORED = "select cast(coalesce(sum(last), 0) as bigint) from request_counters";
    IDS = "select id from requests where community_id = $1";
}

/// Everything a client must know of the data it works on.
#[derive(Default, Serialize, Deserialize)]
pub struct Scene {
    pub communities: Vec<Community>,
}

#[derive(Clone, Serialize, Deserialize)]
pub struct Community {
    pub id: CommunityId,
    /// Whoever answers does not verify, so there are two.
    pub clerks: [Clerk; 2],
}

#[derive(Clone, Serialize, Deserialize)]
pub struct Clerk {
    pub account: AccountId,
    pub token: String,
}

/// The scene with `wanted` communities; those that are missing are made.
pub fn prepare(at: &Where, wanted: u32) -> Result<Scene> {
    let db = at.open(true)?;
    let path = path(at);
    let mut scene: Scene = match std::fs::read(&path) {
        Ok(kept) => serde_json::from_slice(&kept).context("bench.json is not ours")?,
        Err(_) => Scene::default(),
    };
    let have = u32::try_from(scene.communities.len()).unwrap_or(u32::MAX);
    let mut missing = wanted.saturating_sub(have);
    while missing > 0 {
        let now = missing.min(AT_ONCE);
        scene.communities.extend(found(&db, now)?);
        std::fs::write(&path, serde_json::to_vec(&scene)?).context("cannot write bench.json")?;
        missing -= now;
    }
    db.close();
    Ok(scene)
}

/// How many requests there are, by the counters of their numbers.
pub fn stored(at: &Where) -> Result<u64> {
    let db = at.open(false)?;
    let stored = db.read_blocking(|tx| {
        let row = tx.row(&STORED, &[])?;
        row.map(|row| row.int(0)).transpose()
    })?;
    db.close();
    Ok(stored.unwrap_or_default().unsigned_abs())
}

/// How many of these requests are not there.
pub fn missing(at: &Where, filed: &[(CommunityId, Uuid)]) -> Result<u64> {
    let db = at.open(false)?;
    let communities: HashSet<CommunityId> = filed.iter().map(|(community, _)| *community).collect();
    let mut there = HashSet::new();
    for community in communities {
        let ids = db.read_blocking(move |tx| {
            let rows = tx.rows(&IDS, &db::params![community.uuid()])?;
            rows.iter().map(|row| row.id(0)).collect::<Result<Vec<Uuid>, db::Error>>()
        })?;
        there.extend(ids);
    }
    db.close();
    Ok(filed.iter().filter(|(_, id)| !there.contains(id)).count() as u64)
}

fn path(at: &Where) -> PathBuf {
    at.data.join("bench.json")
}

fn found(db: &Db, count: u32) -> Result<Vec<Community>> {
    let (chance, now) = (Chance::system(), SystemClock::default().now());
    let made = db.write_blocking(move |tx| {
        (0..count).map(|_| found_one(tx, &chance, now)).collect::<Result<Vec<_>, Refusal>>()
    });
    Ok(made?)
}

fn found_one(tx: &mut db::Tx<'_>, chance: &Chance, now: Instant) -> Result<Community, Refusal> {
    let id = CommunityId::new_at(now, chance.bytes());
    registry::communities::create(tx, id, "样板社区", "0737-0000000", now)?;
    let mut clerk = |name: &str| {
        let account = add_account(tx, id, name, &[access::Role::Clerk], chance, now)?;
        let secret = Secret::new(id, chance);
        access::seed::token(tx, account, &secret, "bench", now)?;
        Ok::<_, Refusal>(Clerk { account, token: secret.reveal() })
    };
    Ok(Community { id, clerks: [clerk("甲")?, clerk("乙")?] })
}

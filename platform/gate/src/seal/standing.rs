//! What the rows beside a log's entries say of it: its head, how often it was signed, and events
//! that stand outside. The verdict over the entries says nothing of these.
//!
//! Whoever changes all of these rows together leaves no trace here; only a checkpoint that is kept
//! elsewhere shows it.

use db::{Row, Tx};
use journal::Verifier;
use kernel::Instant;
use uuid::Uuid;

use super::count;
use crate::Refusal;
use crate::left::NAMED_MAX;

db::sql! { module "gate.standing";
    HEAD = "select size, frontier, last_leaf, checkpoints, signed from journal_heads \
            where community_id = $1";
    ENTRIES = "select coalesce(max(seq) + 1, 0) from journal_entries where community_id = $1";
    CHECKPOINTS = "select count(*) from journal_checkpoints where community_id = $1";
    NEWEST = "select coalesce(max(size), 0) from journal_checkpoints where community_id = $1";
    LOOSE_COUNT = "select count(*) from events e where e.community_id = $1 \
                   and not exists (select 1 from journal_entries j \
                   where j.community_id = e.community_id and j.event_id = e.id) \
                   and not exists (select 1 from journal_unsealed u \
                   where u.community_id = e.community_id and u.event_id = e.id)";
    LOOSE = "select e.id, e.action, e.at from events e where e.community_id = $1 \
             and not exists (select 1 from journal_entries j \
             where j.community_id = e.community_id and j.event_id = e.id) \
             and not exists (select 1 from journal_unsealed u \
             where u.community_id = e.community_id and u.event_id = e.id) \
             order by e.id limit $2";
}

/// What is wrong beside the entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misstanding {
    #[error("the head is gone, there are {entries} entries")]
    HeadGone { entries: i64 },
    #[error("the head says {says} entries, there are {entries}")]
    HeadSize { says: i64, entries: i64 },
    #[error("the head is not that of the entries")]
    HeadDiffers,
    #[error("the head was signed {signed} times, {kept} checkpoints are kept")]
    CheckpointsGone { signed: i64, kept: i64 },
    #[error("the newest checkpoint kept is of {kept} entries, {signed} were signed")]
    NewestGone { signed: i64, kept: i64 },
}

/// Events that neither stand in the log nor wait for it.
#[derive(Debug, Default)]
pub struct Loose {
    /// The first of them, at most [`NAMED_MAX`].
    pub first: Vec<LooseEvent>,
    pub count: i64,
}

/// An event outside the log, as its row names it.
#[derive(Debug)]
pub struct LooseEvent {
    pub id: Uuid,
    pub action: String,
    pub at: Instant,
}

/// A log's books at one moment.
pub(super) struct Standing {
    head: Option<Head>,
    entries: i64,
    checkpoints: i64,
    newest: i64,
    pub(super) loose: Loose,
    /// Whether the entries have led to this head's edge.
    met: bool,
}

struct Head {
    size: i64,
    frontier: Vec<u8>,
    last_leaf: Vec<u8>,
    checkpoints: i64,
    signed: i64,
}

impl Standing {
    pub(super) fn read(tx: &mut Tx<'_>, community: Uuid) -> Result<Standing, Refusal> {
        let head = tx.row(&HEAD, &db::params![community])?.as_ref().map(Head::read).transpose()?;
        Ok(Standing {
            head,
            entries: count(tx, &ENTRIES, community)?,
            checkpoints: count(tx, &CHECKPOINTS, community)?,
            newest: count(tx, &NEWEST, community)?,
            loose: Loose::read(tx, community)?,
            met: false,
        })
    }

    /// Hears how far the entries have been read.
    pub(super) fn meet(&mut self, verifier: &Verifier) {
        let (frontier, last_leaf) = verifier.edge();
        self.met |= self.head.as_ref().is_some_and(|head| {
            let same_size = u64::try_from(head.size).is_ok_and(|size| size == frontier.size());
            same_size
                && head.frontier == frontier.to_bytes()
                && head.last_leaf == last_leaf.as_bytes()
        });
    }

    /// All that is wrong; `read` says whether the entries could be read to their end.
    pub(super) fn faults(&self, read: bool) -> Vec<Misstanding> {
        let (entries, kept) = (self.entries, self.checkpoints);
        let Some(head) = &self.head else {
            let gone = (entries > 0).then_some(Misstanding::HeadGone { entries });
            return gone.into_iter().collect();
        };
        let (says, signed) = (head.size, head.checkpoints);
        let newest = Misstanding::NewestGone { signed: head.signed, kept: self.newest };
        let wrong = [
            (says != entries, Misstanding::HeadSize { says, entries }),
            (says == entries && read && !self.met, Misstanding::HeadDiffers),
            (signed != kept, Misstanding::CheckpointsGone { signed, kept }),
            (head.signed != self.newest, newest),
        ];
        wrong.into_iter().filter(|(is, _)| *is).map(|(_, fault)| fault).collect()
    }
}

impl Head {
    fn read(row: &Row) -> Result<Head, Refusal> {
        Ok(Head {
            size: row.int(0)?,
            frontier: row.bytes(1)?.to_vec(),
            last_leaf: row.bytes(2)?.to_vec(),
            checkpoints: row.int(3)?,
            signed: row.int(4)?,
        })
    }
}

impl Loose {
    fn read(tx: &mut Tx<'_>, community: Uuid) -> Result<Loose, Refusal> {
        let count = count(tx, &LOOSE_COUNT, community)?;
        if count == 0 {
            return Ok(Loose::default());
        }
        let limit = i64::try_from(NAMED_MAX).unwrap_or(i64::MAX);
        let rows = tx.rows(&LOOSE, &db::params![community, limit])?;
        let first = rows.iter().map(|row| {
            let at = Instant::from_micros(row.int(2)?);
            Ok(LooseEvent { id: row.id(0)?, action: row.text(1)?.to_owned(), at })
        });
        Ok(Loose { first: first.collect::<Result<_, Refusal>>()?, count })
    }

    /// How many are not named.
    pub fn more(&self) -> i64 {
        self.count - self.first.len() as i64
    }
}

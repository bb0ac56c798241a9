//! The sealer: links committed events into each community's Merkle log and signs checkpoints.
//!
//! Acts do not wait for it: a transaction leaves a row in `journal_unsealed`, and a round links
//! what it finds in one transaction of its own (a chain head locked in every act would cost
//! PostgreSQL a factor of three to nine). What an entry commits to is the whole event row, as
//! text, so that a changed column of a sealed event is found.
//!
//! Invariant: no entry is ever changed or removed; a checkpoint is stored before it is shown.

use db::{Db, Row, Sql, Tx};
use journal::{
    Checkpoint, Frontier, Hash, Kept, LogId, Origin, Proof, PublicKey, Salt, Signer, SigningKey,
    Stored, Verdict, Verifier,
};
use kernel::{CommunityId, Instant};
use uuid::Uuid;

use crate::{Chance, Refusal};

mod link;
pub(crate) mod standing;

use link::Link;
use standing::Standing;
pub use standing::{Loose, LooseEvent, Misstanding};

db::sql! { module "gate";
    UNSEALED = "select u.community_id, u.event_id, u.object_id, e.receipt, e.part, e.action, \
                e.actor_id, e.origin, e.at, e.salt, e.detail, e.outcome, e.left_version, \
                e.left_digest, e.addressed_id from journal_unsealed u \
                join events e on e.community_id = u.community_id \
                and e.object_id = u.object_id and e.id = u.event_id \
                order by u.community_id, u.event_id limit $1";
    UNSEALED_DROP = "delete from journal_unsealed where community_id = $1 \
                     and event_id in ($2,$3,$4,$5,$6,$7,$8,$9)";
    HEAD = "select size, frontier, last_leaf from journal_heads where community_id = $1";
    HEAD_ADD = "insert into journal_heads (community_id, size, frontier, last_leaf, checkpoints, \
                signed) values ($1, $2, $3, $4, 0, 0)";
    HEAD_SET = "update journal_heads set size = $3, frontier = $4, last_leaf = $5 \
                where community_id = $1 and size = $2";
    HEAD_SIGNED = "update journal_heads set checkpoints = checkpoints + 1, signed = $2 \
                   where community_id = $1 and signed < $2";
    NODE_ADD = "insert into journal_nodes (community_id, level, position, hash) \
                values ($1, $2, $3, $4)";
    NODES = "select hash from journal_nodes where community_id = $1 and level = $2 \
             and position >= $3 and position < $4 order by position";
    LEAVES = "select entry from journal_entries where community_id = $1 and seq >= $2 \
              and seq < $3 order by seq";
    UNSIGNED = "select h.community_id from journal_heads h where not exists (select 1 \
                from journal_checkpoints c where c.community_id = h.community_id \
                and c.size = h.size) limit 1000";
    CHECKPOINT_LAST = "select note from journal_checkpoints where community_id = $1 \
                       order by size desc limit 1";
    CHECKPOINTS = "select note from journal_checkpoints where community_id = $1 order by size";
    CHECKPOINT_ADD = "insert into journal_checkpoints (community_id, size, note, at) \
                      values ($1, $2, $3, $4)";
    ENTRIES = "select j.seq, j.entry, j.event_id, j.object_id, e.receipt, e.part, e.action, \
               e.actor_id, e.origin, e.at, e.salt, e.detail, e.outcome, e.left_version, \
               e.left_digest, e.addressed_id from journal_entries j \
               left join events e on e.community_id = j.community_id \
               and e.object_id = j.object_id and e.id = j.event_id \
               where j.community_id = $1 and j.seq >= $2 order by j.seq limit 1000";
    ENTRY_OF = "select seq, entry from journal_entries where community_id = $1 and event_id = $2";
    ENTRY_AT = "select entry from journal_entries where community_id = $1 and seq = $2";
    /// The next community in every table of the log: a removed head does not hide its entries.
    NEXT_LOG = "select \
                (select community_id from journal_heads where community_id > $1 \
                order by community_id limit 1), \
                (select community_id from journal_entries where community_id > $1 \
                order by community_id limit 1), \
                (select community_id from journal_checkpoints where community_id > $1 \
                order by community_id limit 1), \
                (select community_id from events where community_id > $1 \
                order by community_id limit 1)";
    UNSEALED_COUNT = "select count(*) from journal_unsealed where community_id = $1";
}

/// Completed with as many rows as there are.
static ENTRY_ADD: Sql = Sql {
    name: "gate.ENTRY_ADD",
    text: "insert into journal_entries (community_id, seq, object_id, event_id, entry) values",
};

/// Events that one round links: some 10 ms of a writer.
pub const ROUND_MAX: usize = 400;

/// Seals and signs. One per process; several processes on one PostgreSQL take turns by
/// compare-and-set on the head.
#[derive(Clone)]
pub struct Sealer {
    signer: std::sync::Arc<Signer>,
    /// The present key and those that signed before it.
    keys: std::sync::Arc<[PublicKey]>,
    deployment: std::sync::Arc<str>,
}

impl Sealer {
    /// `deployment` names the installation in every checkpoint's origin; `former` are the keys
    /// that signed its checkpoints before `key`.
    pub fn new(key: SigningKey, former: &[PublicKey], deployment: &str) -> Sealer {
        let signer = Signer::new(key);
        let keys = std::iter::once(signer.public()).chain(former.iter().cloned()).collect();
        Sealer { signer: signer.into(), keys, deployment: deployment.into() }
    }

    pub fn public_key(&self) -> PublicKey {
        self.signer.public()
    }

    /// Links what is waiting, at most [`ROUND_MAX`] events. Returns how many; fewer than that were
    /// all.
    ///
    /// # Errors
    /// Those of the database; nothing is linked then.
    pub fn seal(&self, db: &Db, chance: &Chance) -> Result<usize, Refusal> {
        let chance = chance.clone();
        let links = db.read_blocking(move |tx| link::of_waiting(tx, &chance))?;
        let linked = links.iter().map(Link::len).sum();
        if linked == 0 {
            return Ok(0);
        }
        match db.write_blocking(move |tx| links.iter().try_for_each(|link| link.keep(tx))) {
            // Another process was quicker; what it left is seen at the next round.
            Err(Refusal::Db(db::Error::Serialization)) => Ok(0),
            kept => kept.map(|()| linked),
        }
    }

    /// Signs the head of every log that has grown since its last checkpoint.
    ///
    /// # Errors
    /// Those of the database, or a log that contradicts what was signed before.
    pub fn sign(&self, db: &Db, now: Instant) -> Result<usize, Refusal> {
        let unsigned = db.read_blocking(|tx| {
            let rows = tx.rows(&UNSIGNED, &[])?;
            rows.iter().map(|row| row.id(0)).collect::<Result<Vec<Uuid>, db::Error>>()
        })?;
        for community in &unsigned {
            self.sign_one(db, *community, now)?;
        }
        Ok(unsigned.len())
    }

    fn sign_one(&self, db: &Db, community: Uuid, now: Instant) -> Result<(), Refusal> {
        let sealer = self.clone();
        let (note, size) = db.read_blocking(move |tx| sealer.note(tx, community))?;
        db.write_blocking(move |tx| {
            let size = integer(size)?;
            let values = db::params![community, size, note.as_str(), now.micros()];
            tx.exec_one(&CHECKPOINT_ADD, &values)?;
            Ok(tx.exec_one(&HEAD_SIGNED, &db::params![community, size])?)
        })
    }

    /// The signed note of the log's present head, and its size.
    fn note(&self, tx: &mut Tx<'_>, community: Uuid) -> Result<(String, u64), Refusal> {
        let defect = |error: &dyn std::fmt::Display| Refusal::Defect(error.to_string());
        let (size, frontier, _) = head(tx, community)?.unwrap_or_default();
        let origin = origin(community, &self.deployment)?;
        let new = Checkpoint { origin, size, root: frontier.root() };
        let last = match tx.row(&CHECKPOINT_LAST, &db::params![community])? {
            Some(row) => {
                Some(PublicKey::open_any(&self.keys, row.text(0)?).map_err(|e| defect(&e))?)
            }
            None => None,
        };
        let from = last.as_ref().map_or(0, |last| last.size);
        let proof = journal::consistency_proof(from, size, |level, index| {
            stored_hash(tx, community, level, index)
        });
        let proof = proof.map_err(|error| defect(&error))?;
        let note = self.signer.sign(last.as_ref(), &new, &proof).map_err(|e| defect(&e))?;
        Ok((note, size))
    }
}

/// An event as the journal commits to it.
struct Sealable {
    id: Uuid,
    object: Uuid,
    receipt: Uuid,
    part: i64,
    action: String,
    actor: Option<Uuid>,
    origin: String,
    at: Instant,
    salt: Salt,
    detail: String,
    outcome: String,
    /// Version and digest, as they stand in their columns.
    left: (Option<i64>, Option<Vec<u8>>),
    addressed: Option<Uuid>,
}

impl Sealable {
    /// From a row whose event columns begin with the event's id at `at`.
    fn read(row: &Row, at: usize) -> Result<Sealable, Refusal> {
        let salt: [u8; Salt::LEN] = row
            .bytes(at + 8)?
            .try_into()
            .map_err(|_| Refusal::Defect("an event's salt is not of its length".to_owned()))?;
        Ok(Sealable {
            id: row.id(at)?,
            object: row.id(at + 1)?,
            receipt: row.id(at + 2)?,
            part: row.int(at + 3)?,
            action: row.text(at + 4)?.to_owned(),
            actor: row.opt_id(at + 5)?,
            origin: row.text(at + 6)?.to_owned(),
            at: Instant::from_micros(row.int(at + 7)?),
            salt: Salt::from_bytes(salt),
            detail: row.text(at + 9)?.to_owned(),
            outcome: row.text(at + 10)?.to_owned(),
            left: (row.opt_int(at + 11)?, row.opt_bytes(at + 12)?.map(<[u8]>::to_vec)),
            addressed: row.opt_id(at + 13)?,
        })
    }

    /// The whole row as one text; any changed column gives another.
    fn message(&self) -> String {
        let actor = self.actor.map(|id| id.to_string()).unwrap_or_default();
        let version = self.left.0.map(|version| version.to_string()).unwrap_or_default();
        let digest = self.left.1.as_deref().unwrap_or_default();
        let digest: String = digest.iter().flat_map(|byte| hex(*byte)).collect();
        // Only where it is something else: no line of JSON looks like it.
        let addressed = self.addressed.map(|id| format!("{id}\n")).unwrap_or_default();
        format!(
            "{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{version}\n{digest}\n{addressed}{}\n{}",
            self.id,
            self.object,
            self.receipt,
            self.part,
            self.action,
            actor,
            self.origin,
            self.at.micros(),
            self.detail,
            self.outcome
        )
    }
}

fn hex(byte: u8) -> [char; 2] {
    [byte >> 4, byte & 15].map(|half| char::from_digit(half.into(), 16).unwrap_or('0'))
}

/// A log's size, right edge and last leaf.
fn head(tx: &mut Tx<'_>, community: Uuid) -> Result<Option<(u64, Frontier, Hash)>, Refusal> {
    let Some(row) = tx.row(&HEAD, &db::params![community])? else { return Ok(None) };
    let frontier =
        Frontier::from_bytes(row.bytes(1)?).map_err(|error| Refusal::Defect(error.to_string()))?;
    Ok(Some((frontier.size(), frontier, hash(&row, 2)?)))
}

/// The hash of a full subtree, from stored nodes or from the entries below it.
fn stored_hash(tx: &mut Tx<'_>, community: Uuid, level: u8, index: u64) -> Result<Hash, Refusal> {
    let (stored, range) = journal::stored_range(level, index);
    let (from, to) = (integer(range.start)?, integer(range.end)?);
    let row = if stored == 0 {
        let rows = tx.rows(&LEAVES, &db::params![community, from, to])?;
        let leaves = rows.iter().map(|row| Ok(journal::leaf_hash(row.bytes(0)?)));
        leaves.collect::<Result<Vec<Hash>, Refusal>>()?
    } else {
        let values = db::params![community, i64::from(stored), from, to];
        let rows = tx.rows(&NODES, &values)?;
        rows.iter().map(|row| hash(row, 0)).collect::<Result<Vec<Hash>, Refusal>>()?
    };
    journal::fold(&row).ok_or_else(|| Refusal::Defect("a stored subtree has holes".to_owned()))
}

/// What verifying one community's log found.
#[derive(Debug)]
pub struct Verified {
    pub community: CommunityId,
    pub verdict: Verdict,
    /// Events committed but not yet linked; they are linked at the next round.
    pub unsealed: i64,
    /// Events that neither stand in the log nor wait for it: always a breach.
    pub loose: Loose,
    /// The first entry whose event row is gone. Nothing erases events yet, so it was removed.
    pub lost: Option<i64>,
    /// What is wrong with the head and the checkpoints kept.
    pub misstandings: Vec<Misstanding>,
}

impl Verified {
    pub fn is_whole(&self) -> bool {
        self.exit_code() == 0
    }

    /// What `journal verify` exits with: the verdict's own code, else 6 for a lost event row and
    /// 1 for loose events, a wrong head and checkpoints that are gone.
    pub fn exit_code(&self) -> u8 {
        match self.verdict.exit_code() {
            0 if self.lost.is_some() => 6,
            0 if self.loose.count > 0 || !self.misstandings.is_empty() => 1,
            code => code,
        }
    }
}

/// The communities that have a log.
///
/// # Errors
/// Those of the database.
pub fn logs(db: &Db) -> Result<Vec<CommunityId>, Refusal> {
    let (mut logs, mut last) = (Vec::new(), Uuid::nil());
    loop {
        let row = db.read_blocking(move |tx| tx.row(&NEXT_LOG, &db::params![last]))?;
        let Some(row) = row else { return Ok(logs) };
        let next = (0..4).map(|table| row.opt_id(table)).collect::<Result<Vec<_>, _>>()?;
        let Some(next) = next.into_iter().flatten().min() else { return Ok(logs) };
        last = next;
        logs.push(CommunityId::from_uuid(next));
    }
}

/// Reads a whole log once, with every stored checkpoint and those given from outside.
/// `keys` are the present key and all former ones; `progress` hears how many entries were read.
///
/// # Errors
/// Those of the database; what is wrong with the log itself is in the verdict.
pub fn verify(
    db: &Db,
    community: CommunityId,
    deployment: &str,
    keys: &[PublicKey],
    outside: &[String],
    mut progress: impl FnMut(u64),
) -> Result<Verified, Refusal> {
    let id = community.uuid();
    let (mut notes, unsealed, mut standing) = db.read_blocking(move |tx| {
        let rows = tx.rows(&CHECKPOINTS, &db::params![id])?;
        let notes = rows.iter().map(|row| row.text(0).map(str::to_owned));
        let notes = notes.collect::<Result<Vec<_>, db::Error>>()?;
        Ok::<_, Refusal>((notes, count(tx, &UNSEALED_COUNT, id)?, Standing::read(tx, id)?))
    })?;
    notes.extend_from_slice(outside);
    let mut verifier = Verifier::new(LogId(id), &origin(id, deployment)?, keys, &notes);
    let (mut next, mut lost) = (0, None);
    loop {
        let rows = db.read_blocking(move |tx| {
            tx.rows(&ENTRIES, &db::params![id, next]).map_err(Refusal::from)
        })?;
        let Some(last) = rows.last() else { break };
        next = last.int(0)? + 1;
        for row in &rows {
            let stored = stored(row)?;
            if stored.detail.is_none() && lost.is_none() {
                lost = Some(row.int(0)?);
            }
            verifier.push(&stored);
            standing.meet(&verifier);
        }
        progress(u64::try_from(next).unwrap_or_default());
    }
    let verdict = verifier.finish();
    let misstandings = standing.faults(matches!(verdict, Verdict::Whole(_)));
    Ok(Verified { community, verdict, unsealed, loose: standing.loose, lost, misstandings })
}

fn stored(row: &Row) -> Result<Stored, Refusal> {
    let seq = u64::try_from(row.int(0)?).unwrap_or(u64::MAX);
    // The event row is gone: that is for the verdict to say, not an error of reading.
    let detail = match row.opt_id(4)? {
        Some(_) => {
            let event = Sealable::read(row, 2)?;
            let message = event.message().into_bytes();
            Some(Kept { salt: event.salt, message })
        }
        None => None,
    };
    Ok(Stored { seq, entry: row.bytes(1)?.to_vec(), detail })
}

/// The proof that one event stands in the log, for whoever keeps it: needs a checkpoint that
/// covers it.
///
/// # Errors
/// [`Refusal::NotFound`] when the event is unknown or no checkpoint covers it yet.
pub fn prove(db: &Db, community: CommunityId, event: Uuid) -> Result<Proof, Refusal> {
    let id = community.uuid();
    db.read_blocking(move |tx| {
        let row = tx.row(&ENTRY_OF, &db::params![id, event])?.ok_or(Refusal::NotFound)?;
        prove_at(tx, id, row.int(0)?)
    })
}

/// The same by the entry's number.
///
/// # Errors
/// As [`prove`].
pub fn prove_seq(db: &Db, community: CommunityId, seq: i64) -> Result<Proof, Refusal> {
    let id = community.uuid();
    db.read_blocking(move |tx| prove_at(tx, id, seq))
}

fn prove_at(tx: &mut Tx<'_>, community: Uuid, seq: i64) -> Result<Proof, Refusal> {
    let entry = tx.row(&ENTRY_AT, &db::params![community, seq])?.ok_or(Refusal::NotFound)?;
    let note = tx.row(&CHECKPOINT_LAST, &db::params![community])?.ok_or(Refusal::NotFound)?;
    let note = note.text(0)?.to_owned();
    // The size is the second line of a checkpoint.
    let size = note.lines().nth(1).and_then(|line| line.parse::<u64>().ok()).unwrap_or_default();
    let index = u64::try_from(seq).map_err(|_| Refusal::NotFound)?;
    let path = journal::inclusion_proof(index, size, |level, index| {
        stored_hash(tx, community, level, index)
    });
    let path = path.map_err(|_| Refusal::NotFound)?;
    Ok(Proof { index, path, note, entry: entry.bytes(0)?.to_vec(), opened: None })
}

fn origin(community: Uuid, deployment: &str) -> Result<Origin, Refusal> {
    Origin::new(&community.to_string(), deployment)
        .map_err(|error| Refusal::Defect(error.to_string()))
}

fn hash(row: &Row, index: usize) -> Result<Hash, Refusal> {
    let bytes: [u8; Hash::LEN] = row
        .bytes(index)?
        .try_into()
        .map_err(|_| Refusal::Defect("a stored hash is not of its length".to_owned()))?;
    Ok(Hash::from_bytes(bytes))
}

fn count(tx: &mut Tx<'_>, sql: &Sql, community: Uuid) -> Result<i64, Refusal> {
    let row = tx.row(sql, &db::params![community])?;
    Ok(row.map(|row| row.int(0)).transpose()?.unwrap_or_default())
}

/// Numbers of entries as the database keeps them.
fn integer(number: u64) -> Result<i64, Refusal> {
    i64::try_from(number).map_err(|_| Refusal::Defect("a log beyond 2^63 entries".to_owned()))
}

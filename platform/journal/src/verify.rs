//! The verifier: reads a whole log once, entry by entry, and says whether it is what was signed.
//!
//! Needs no server, no database and constant memory beside the checkpoints: it recomputes each
//! leaf, the chain of predecessors and the tree, and compares the root with every checkpoint it
//! was given. Those from outside (witness, backup stick, a photograph of the notice board) are
//! what makes a roll-back or a rewriting by someone with the key visible; without any, nothing can.

use crate::{
    Entry, EntryError, Frontier, Hash, LogId, NoteError, Origin, Place, PublicKey, Salt, leaf_hash,
};

/// One row of the stored log.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The number it is stored under.
    pub seq: u64,
    /// The entry's bytes.
    pub entry: Vec<u8>,
    /// The detail that the entry commits to; nothing once erased.
    pub detail: Option<Kept>,
}

/// A stored detail, as it was committed to.
#[derive(Clone)]
pub struct Kept {
    /// Its salt.
    pub salt: Salt,
    /// Its bytes.
    pub message: Vec<u8>,
}

impl std::fmt::Debug for Kept {
    /// Leaves the text out, it is personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Kept({} bytes)", self.message.len())
    }
}

/// What is wrong with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// There is no entry of this number.
    #[error("missing")]
    Missing,
    /// Another entry stands in its place, or it stands twice.
    #[error("out of order")]
    Reordered,
    /// Its bytes are no entry.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// The next entry names another as its predecessor.
    #[error("not the entry that its successor names")]
    ChainBroken,
    /// The root over the entries is not the one that was signed.
    #[error("not what was signed")]
    RootDiffers,
    /// The stored detail is not the one it commits to.
    #[error("its stored detail was changed")]
    DetailDiffers,
}

/// What a log that is whole consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Entries.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// Entries below this number are covered by a checkpoint; the rest only by the chain.
    pub covered: u64,
    /// Different checkpoints that agreed.
    pub checkpoints: usize,
    /// Stored details that fitted their entry.
    pub details: u64,
    /// Entries whose detail is gone. Whether each was rightly erased is another check.
    pub erased: u64,
}

/// The answer about a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every entry and checkpoint fits.
    Whole(Summary),
    /// Some entry is not what it was.
    Altered {
        /// The first entry seen to be wrong; for [`Fault::RootDiffers`] the first that may be.
        seq: u64,
        /// Entries below this number are proven by a checkpoint. Those between may have been
        /// rewritten together with their chain.
        proven: u64,
        /// What is wrong with it.
        fault: Fault,
    },
    /// A given checkpoint is not this log's.
    Forged {
        /// Its position among those given.
        note: usize,
        /// Why.
        why: NoteError,
    },
    /// The log is shorter than it has signed to be.
    RolledBack {
        /// Entries there are.
        size: u64,
        /// Entries there were.
        signed: u64,
    },
    /// The log has signed two histories.
    SplitView {
        /// The size at which they differ.
        size: u64,
    },
    /// The rows could not be read.
    Unreadable {
        /// Entries read before.
        after: u64,
    },
}

impl Verdict {
    /// What a verifying program exits with: 0 whole, 1 altered, 2 rolled back, 3 split view,
    /// 5 unreadable.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Verdict::Whole(_) => 0,
            Verdict::Altered { .. } => 1,
            Verdict::RolledBack { .. } => 2,
            Verdict::SplitView { .. } => 3,
            Verdict::Unreadable { .. } => 5,
            Verdict::Forged { why, .. } => match why {
                NoteError::Unsigned | NoteError::BadSignature => 1,
                NoteError::Malformed | NoteError::OtherLog => 5,
            },
        }
    }
}

/// A verification under way.
#[derive(Debug, Clone)]
pub struct Verifier {
    log: LogId,
    /// Size and root of the verified checkpoints, by size; those below `checked` are compared.
    signed: Vec<(u64, Hash)>,
    checked: usize,
    frontier: Frontier,
    last_leaf: Hash,
    /// The largest size whose root agreed with its checkpoint.
    proven: u64,
    /// The smallest size whose root did not.
    disputed: Option<u64>,
    /// An entry that does not name its predecessor: one of the two was altered.
    suspect: Option<u64>,
    details: u64,
    settled: Option<Verdict>,
}

impl Verifier {
    /// Starts on the log `log` named `origin`, with every checkpoint that can be had, in any
    /// order: the stored ones and those from outside. `keys` are the present key and all former
    /// ones.
    #[must_use]
    pub fn new(
        log: LogId,
        origin: &Origin,
        keys: &[PublicKey],
        notes: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Verifier {
        let (signed, settled) = match open_all(origin, keys, notes) {
            Ok(signed) => (signed, None),
            Err(verdict) => (Vec::new(), Some(verdict)),
        };
        let mut verifier = Verifier {
            log,
            signed,
            checked: 0,
            frontier: Frontier::default(),
            last_leaf: Hash::NONE,
            proven: 0,
            disputed: None,
            suspect: None,
            details: 0,
            settled,
        };
        verifier.compare_root();
        verifier
    }

    /// Reads all rows in the order they are stored in, and answers.
    pub fn run<E>(mut self, rows: impl IntoIterator<Item = Result<Stored, E>>) -> Verdict {
        for row in rows {
            let Ok(row) = row else {
                return Verdict::Unreadable { after: self.frontier.size() };
            };
            self.push(&row);
            if self.settled.is_some() {
                break;
            }
        }
        self.finish()
    }

    /// Takes the next row. Once the answer is clear, rows are ignored.
    pub fn push(&mut self, row: &Stored) {
        if self.settled.is_some() {
            return;
        }
        if let Some(seq) = self.suspect {
            return self.judge_suspect(seq, row);
        }
        let seq = self.frontier.size();
        match self.check(seq, row) {
            Err(Fault::ChainBroken) if seq > self.proven => self.suspect = Some(seq),
            Err(fault) => self.settle(seq, fault),
            Ok(()) => {}
        }
        self.last_leaf = leaf_hash(&row.entry);
        self.frontier.advance(self.last_leaf, |_| {});
        self.compare_root();
    }

    /// The right edge of the tree so far, and its last leaf: what a stored head must be.
    #[must_use]
    pub fn edge(&self) -> (&Frontier, &Hash) {
        (&self.frontier, &self.last_leaf)
    }

    /// The answer, after the last row.
    #[must_use]
    pub fn finish(mut self) -> Verdict {
        if let Some(seq) = self.suspect {
            self.settle(seq - 1, Fault::ChainBroken);
        }
        if self.settled.is_none() && self.disputed.is_some() {
            self.settle(self.proven, Fault::RootDiffers);
        }
        if let Some(verdict) = self.settled {
            return verdict;
        }
        let size = self.frontier.size();
        match self.signed.last() {
            Some(&(signed, _)) if signed > size => Verdict::RolledBack { size, signed },
            Some(_) | None => Verdict::Whole(Summary {
                size,
                root: self.frontier.root(),
                covered: self.proven,
                checkpoints: self.checked,
                details: self.details,
                erased: size - self.details,
            }),
        }
    }

    /// Everything that can be seen from the row itself and its predecessor.
    fn check(&mut self, seq: u64, row: &Stored) -> Result<(), Fault> {
        if row.seq > seq {
            return Err(Fault::Missing);
        }
        let entry = Entry::decode(&row.entry)?;
        if row.seq < seq || entry.seq != seq {
            return Err(Fault::Reordered);
        }
        if entry.prev != self.last_leaf {
            return Err(Fault::ChainBroken);
        }
        if let Some(kept) = &row.detail {
            if !entry.detail.opens(&Place::detail(self.log, seq), &kept.salt, &kept.message) {
                return Err(Fault::DetailDiffers);
            }
            self.details += 1;
        }
        Ok(())
    }

    /// Entry `seq` does not name its predecessor. If its successor names it, it is what it was
    /// and the predecessor was altered.
    fn judge_suspect(&mut self, seq: u64, successor: &Stored) {
        let named = Entry::decode(&successor.entry).is_ok_and(|next| next.prev == self.last_leaf);
        self.settle(if named { seq - 1 } else { seq }, Fault::ChainBroken);
    }

    /// Compares the root with the checkpoint of this size, if there is one.
    fn compare_root(&mut self) {
        let size = self.frontier.size();
        let Some(&(_, root)) = self.signed.get(self.checked).filter(|signed| signed.0 == size)
        else {
            return;
        };
        self.checked += 1;
        if self.frontier.root() != root {
            self.disputed.get_or_insert(size);
        } else if let Some(disputed) = self.disputed {
            // This history was signed, and so was another.
            self.settled.get_or_insert(Verdict::SplitView { size: disputed });
        } else {
            self.proven = size;
        }
    }

    /// A fault ends the reading. One that shows only after a disputed checkpoint says less than
    /// the dispute.
    fn settle(&mut self, seq: u64, fault: Fault) {
        let proven = self.proven;
        let (seq, fault) = match self.disputed {
            Some(size) if size <= seq => (proven, Fault::RootDiffers),
            Some(_) | None => (seq, fault),
        };
        self.settled.get_or_insert(Verdict::Altered { seq, proven, fault });
        self.suspect = None;
    }
}

/// Verifies and sorts the checkpoints; two of one size must be the same.
fn open_all(
    origin: &Origin,
    keys: &[PublicKey],
    notes: impl IntoIterator<Item = impl AsRef<str>>,
) -> Result<Vec<(u64, Hash)>, Verdict> {
    let mut signed = Vec::new();
    for (note, text) in notes.into_iter().enumerate() {
        let checkpoint = PublicKey::open_any(keys, text.as_ref())
            .map_err(|why| Verdict::Forged { note, why })?;
        if checkpoint.origin != *origin {
            return Err(Verdict::Forged { note, why: NoteError::OtherLog });
        }
        signed.push((checkpoint.size, checkpoint.root));
    }
    signed.sort_unstable();
    signed.dedup();
    match signed.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(pair) => Err(Verdict::SplitView { size: pair[0].0 }),
        None => Ok(signed),
    }
}

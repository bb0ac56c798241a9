//! One entry proven off-line: a file a resident keeps, which shows nothing of anyone else.
//!
//! The form is C2SP `tlog-proof@v1`; its `extra` line carries, as CBOR, the entry's bytes and the
//! openings of the holder's own texts: `[entry]` or `[entry, log id, [[field, salt, text], …]]`.
//! Nothing there is believed: the entry must hash into the signed tree, the texts into the entry.

use std::fmt;
use std::str::FromStr;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use minicbor::{Decoder, decode};
use uuid::Uuid;

use crate::cbor::{self, Writer, Written};
use crate::{
    Checkpoint, DETAIL, Entry, EntryError, Hash, LogId, NoteError, Place, PublicKey, Salt,
    leaf_hash, note, verify_inclusion,
};

/// First line of every proof.
const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// Longest proof read: a note, 64 hashes, an entry, and texts far longer than any form takes.
const MAX_PROOF: usize = 1024 * 1024;

/// A committed text with its salt.
#[derive(Clone, PartialEq, Eq)]
pub struct Opening {
    /// The position in [`Entry::fields`], or [`DETAIL`].
    pub field: u16,
    /// The salt it was committed with.
    pub salt: Salt,
    /// The text.
    pub message: Vec<u8>,
}

impl fmt::Debug for Opening {
    /// Leaves the text out, it is personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opening({}, {} bytes)", self.field, self.message.len())
    }
}

/// The texts that a proof shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The log they were committed in.
    pub log: LogId,
    /// At least one.
    pub openings: Vec<Opening>,
}

/// A proof file's content; nothing is verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The entry's number.
    pub index: u64,
    /// What [`inclusion_proof`](crate::inclusion_proof) gave.
    pub path: Vec<Hash>,
    /// The signed checkpoint.
    pub note: String,
    /// The entry's bytes.
    pub entry: Vec<u8>,
    /// The holder's own texts, if shown.
    pub opened: Option<Opened>,
}

/// What a verified proof proves: this entry stands in this log. The caller compares
/// [`Checkpoint::origin`] with the log he meant; the proof's openings are true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// Signed by the log.
    pub checkpoint: Checkpoint,
    /// The entry.
    pub entry: Entry,
}

/// Why a proof proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofFault {
    /// The file is no proof.
    #[error("not a proof")]
    Unreadable,
    /// Its checkpoint is not the log's.
    #[error(transparent)]
    Checkpoint(#[from] NoteError),
    /// Its entry is none.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// The entry says of itself that it has another number.
    #[error("the entry is not the one of this number")]
    OtherEntry,
    /// The hashes do not lead from the entry to the signed root.
    #[error("the entry is not in the signed log")]
    NotIncluded,
    /// A shown text is not the one that was committed to.
    #[error("text {field} is not the one in the entry")]
    OtherText {
        /// Which.
        field: u16,
    },
}

impl ProofFault {
    /// What a verifying program exits with: 1 altered, 5 unreadable, 7 a text does not match.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            ProofFault::Unreadable | ProofFault::Checkpoint(NoteError::Malformed) => 5,
            ProofFault::Checkpoint(
                NoteError::Unsigned | NoteError::BadSignature | NoteError::OtherLog,
            )
            | ProofFault::Entry(_)
            | ProofFault::OtherEntry
            | ProofFault::NotIncluded => 1,
            ProofFault::OtherText { .. } => 7,
        }
    }
}

/// Verifies a proof with nothing but the log's public key.
///
/// # Errors
/// When any part does not fit the others.
pub fn verify_offline(proof: &Proof, key: &PublicKey) -> Result<Proven, ProofFault> {
    let checkpoint = key.open(&proof.note)?;
    let leaf = leaf_hash(&proof.entry);
    if !verify_inclusion(&leaf, proof.index, checkpoint.size, &proof.path, &checkpoint.root) {
        return Err(ProofFault::NotIncluded);
    }
    let entry = Entry::decode(&proof.entry)?;
    if entry.seq != proof.index {
        return Err(ProofFault::OtherEntry);
    }
    if let Some(opened) = &proof.opened {
        for opening in &opened.openings {
            if !fits(opening, opened.log, &entry) {
                return Err(ProofFault::OtherText { field: opening.field });
            }
        }
    }
    Ok(Proven { checkpoint, entry })
}

fn fits(opening: &Opening, log: LogId, entry: &Entry) -> bool {
    let (kind, commitment) = if opening.field == DETAIL {
        (DETAIL, entry.detail)
    } else {
        match entry.fields.get(usize::from(opening.field)) {
            Some(field) => (field.kind, field.commitment),
            None => return false,
        }
    };
    let place = Place { log, seq: entry.seq, field: opening.field, kind };
    commitment.opens(&place, &opening.salt, &opening.message)
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}\nextra {}\nindex {}", STANDARD.encode(self.extra()), self.index)?;
        for hash in &self.path {
            writeln!(f, "{}", note::hash_text(hash))?;
        }
        write!(f, "\n{}", self.note)
    }
}

impl FromStr for Proof {
    type Err = ProofFault;

    fn from_str(text: &str) -> Result<Proof, ProofFault> {
        if text.len() > MAX_PROOF {
            return Err(ProofFault::Unreadable);
        }
        Proof::parse(text).ok_or(ProofFault::Unreadable)
    }
}

impl Proof {
    fn parse(text: &str) -> Option<Proof> {
        let (head, note) = text.split_once("\n\n")?;
        let mut lines = head.strip_prefix(HEADER)?.strip_prefix('\n')?.split('\n');
        let extra = STANDARD.decode(lines.next()?.strip_prefix("extra ")?).ok()?;
        let (entry, opened) = read_extra(&mut Decoder::new(&extra)).ok()?;
        let index = note::decimal(lines.next()?.strip_prefix("index ")?)?;
        let path = lines.map(note::hash).collect::<Option<_>>()?;
        let proof = Proof { index, path, note: note.to_owned(), entry, opened };
        // Only the canonical spelling is read, so that no bit of a file is without meaning.
        (proof.extra() == extra).then_some(proof)
    }

    fn extra(&self) -> Vec<u8> {
        cbor::bytes_of(self.entry.len(), |writer| self.write_extra(writer))
    }

    fn write_extra(&self, to: &mut Writer) -> Written {
        let Some(opened) = &self.opened else {
            to.array(1)?.bytes(&self.entry)?;
            return Ok(());
        };
        to.array(3)?.bytes(&self.entry)?.bytes(opened.log.0.as_bytes())?;
        to.array(opened.openings.len() as u64)?;
        for opening in &opened.openings {
            to.array(3)?.u16(opening.field)?;
            to.bytes(opening.salt.as_bytes())?.bytes(&opening.message)?;
        }
        Ok(())
    }
}

fn read_extra(from: &mut Decoder<'_>) -> Result<(Vec<u8>, Option<Opened>), decode::Error> {
    let parts = cbor::definite(from.array()?)?;
    let entry = from.bytes()?.to_vec();
    if parts == 1 {
        return Ok((entry, None));
    }
    let log = LogId(Uuid::from_bytes(cbor::fixed(from)?));
    let count = cbor::definite(from.array()?)?;
    if count == 0 {
        return Err(decode::Error::message("no opening"));
    }
    // The count is the writer's claim: read until the bytes end, reserve nothing for it.
    let mut openings = Vec::new();
    for _ in 0..count {
        cbor::array(from, 3)?;
        openings.push(Opening {
            field: from.u16()?,
            salt: Salt::from_bytes(cbor::fixed(from)?),
            message: from.bytes()?.to_vec(),
        });
    }
    Ok((entry, Some(Opened { log, openings })))
}

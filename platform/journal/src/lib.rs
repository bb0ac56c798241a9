//! The journal: an append-only Merkle log per community that anyone may verify, and from which
//! personal data can still be erased.
//!
//! This crate is the pure core: hashing, entries, commitments, checkpoints, proofs and the
//! offline verifier. It keeps no rows and asks no clock and no randomness (but for a new signing
//! key); the gate does. An entry holds only codes, random handles, times and salted commitments,
//! so destroying a salt and a text leaves every hash, checkpoint and proof valid.
//!
//! Formats are the field's: trees of RFC 6962/9162, C2SP `signed-note`, `tlog-checkpoint` and
//! `tlog-proof@v1`, deterministic CBOR (RFC 8949 §4.2.1), Ed25519 (RFC 8032).
//!
//! Honest limit: who holds the key and all copies can rewrite what no outside checkpoint covers.

mod cbor;
mod checkpoint;
mod commitment;
mod entry;
mod hash;
mod key;
mod note;
mod proof;
mod tree;
mod verify;

pub use checkpoint::{Checkpoint, Inconsistent, Origin, OriginError, Signer};
pub use commitment::{Commitment, DETAIL, LogId, Place, Salt};
pub use entry::{
    Code, CodeError, Entry, EntryError, FieldCommitment, Flags, Handle, MAX_ENTRY, PolicyHash, Rule,
};
pub use hash::{Hash, leaf_hash, node_hash};
pub use key::{KeyError, PublicKey, SigningKey};
pub use note::{MAX_NOTE, NoteError};
pub use proof::{Opened, Opening, Proof, ProofFault, Proven, verify_offline};
pub use tree::{
    Appended, Frontier, FrontierError, Node, ProofError, STORED_EVERY, consistency_proof, fold,
    inclusion_proof, root_at, stored_range, verify_consistency, verify_inclusion,
};
pub use verify::{Fault, Kept, Stored, Summary, Verdict, Verifier};

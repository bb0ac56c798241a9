//! Checkpoints (C2SP `tlog-checkpoint`): what the log says of itself at one size, signed, for
//! witnesses, backups and the notice board.
//!
//! ```text
//! <community>.<deployment>/journal
//! <size>
//! <base64 root>
//!
//! — lianhu <base64(key id ‖ signature)>
//! ```
//!
//! A log must never sign two checkpoints that contradict each other: two histories of one
//! community could then be shown to two people. [`Signer`] is the only way to a signature, and
//! asks for the last one. The caller keeps that one durably before giving the new one out.

use std::fmt;

use crate::{Hash, SigningKey, note, verify_consistency};

/// The log's name in the first line of its checkpoints.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin(Box<str>);

/// A text cannot name a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a log's name is made of letters, digits, '-', '_' and '.'")]
pub struct OriginError;

impl Origin {
    /// `<community>.<deployment>/journal`.
    ///
    /// # Errors
    /// When a part is empty or has other characters than ASCII letters, digits, `-`, `_`, `.`.
    pub fn new(community: &str, deployment: &str) -> Result<Origin, OriginError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let named = |part: &str| !part.is_empty() && part.chars().all(allowed);
        if named(community) && named(deployment) {
            Ok(Origin(format!("{community}.{deployment}/journal").into()))
        } else {
            Err(OriginError)
        }
    }

    /// The name as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The log's size and root at one moment. One that comes from outside is made only by
/// [`PublicKey::open`](crate::PublicKey::open), which verifies it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: Origin,
    /// Entries in it.
    pub size: u64,
    /// The tree's root over them.
    pub root: Hash,
}

impl Checkpoint {
    /// The text that is signed.
    fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, note::hash_text(&self.root))
    }

    /// Reads the signed text. Extension lines are refused: this log writes none, and no monitor
    /// could audit them.
    pub(crate) fn parse(text: &str) -> Option<Checkpoint> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        if origin.is_empty() || lines.next().is_some() {
            return None;
        }
        let origin = Origin(origin.into());
        Some(Checkpoint { origin, size: note::decimal(size)?, root: note::hash(root)? })
    }
}

/// The log must not sign this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Inconsistent {
    /// The last checkpoint is of another log.
    #[error("the last checkpoint is of another log")]
    OtherLog,
    /// The log had more entries when it last signed.
    #[error("the log has {new} entries and has signed for {last}")]
    Smaller {
        /// Signed before.
        last: u64,
        /// To be signed.
        new: u64,
    },
    /// The log has signed another root for this size.
    #[error("the log has signed another root for {size} entries")]
    OtherRoot {
        /// Of both.
        size: u64,
    },
    /// The proof does not show that the new tree begins with the last one.
    #[error("the log of {new} entries does not begin with the one signed at {last}")]
    NotAnExtension {
        /// Signed before.
        last: u64,
        /// To be signed.
        new: u64,
    },
}

/// Signs checkpoints, and refuses those that contradict the last one.
#[derive(Debug)]
pub struct Signer {
    key: SigningKey,
}

impl Signer {
    /// A signer with this key.
    #[must_use]
    pub fn new(key: SigningKey) -> Signer {
        Signer { key }
    }

    /// The key that verifies what this signs.
    #[must_use]
    pub fn public(&self) -> crate::PublicKey {
        self.key.public()
    }

    /// The signed note of `new`. `last` is the last checkpoint this log has signed, none only if
    /// it never has; `consistency_proof` leads from it to `new`. The same checkpoint signed again
    /// gives the same note.
    ///
    /// # Errors
    /// When `new` is of another log, smaller, or no continuation of `last`.
    pub fn sign(
        &self,
        last: Option<&Checkpoint>,
        new: &Checkpoint,
        consistency_proof: &[Hash],
    ) -> Result<String, Inconsistent> {
        if let Some(last) = last {
            continues(last, new, consistency_proof)?;
        }
        Ok(self.key.sign(&new.text()))
    }
}

fn continues(last: &Checkpoint, new: &Checkpoint, proof: &[Hash]) -> Result<(), Inconsistent> {
    if last.origin != new.origin {
        return Err(Inconsistent::OtherLog);
    }
    if new.size < last.size {
        return Err(Inconsistent::Smaller { last: last.size, new: new.size });
    }
    if new.size == last.size && new.root != last.root {
        return Err(Inconsistent::OtherRoot { size: new.size });
    }
    if !verify_consistency(last.size, new.size, &last.root, &new.root, proof) {
        return Err(Inconsistent::NotAnExtension { last: last.size, new: new.size });
    }
    Ok(())
}

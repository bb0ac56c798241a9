//! C2SP `signed-note`: a text, a blank line, and one line for each signature.
//!
//! `— <key name> base64(key id (4) ‖ signature)`. Signatures of unknown keys (witnesses) are
//! passed over, as the specification asks; one of a known key that fails spoils the note.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::Hash;

/// Longest note read, in bytes: 16 signatures of 5 kB and the text, as the specification asks.
pub const MAX_NOTE: usize = 128 * 1024;

/// Why a note is not a checkpoint of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// No signed note, or its text is no checkpoint.
    #[error("not a signed checkpoint")]
    Malformed,
    /// Nobody known has signed it.
    #[error("not signed by the log's key")]
    Unsigned,
    /// The known key's signature does not fit the text.
    #[error("the log's signature does not fit")]
    BadSignature,
    /// Rightly signed, but by the log of another community.
    #[error("a checkpoint of another log")]
    OtherLog,
}

/// A note taken apart; nothing is verified yet.
pub(crate) struct Note<'a> {
    /// The signed text with its last newline.
    pub text: &'a str,
    pub signatures: Vec<SignatureLine<'a>>,
}

pub(crate) struct SignatureLine<'a> {
    pub name: &'a str,
    pub key_id: [u8; 4],
    pub signature: Vec<u8>,
}

impl<'a> Note<'a> {
    pub fn parse(note: &'a str) -> Result<Note<'a>, NoteError> {
        let control = |c: char| c < ' ' && c != '\n';
        if note.len() > MAX_NOTE || note.contains(control) {
            return Err(NoteError::Malformed);
        }
        let (text, signatures) = note.rsplit_once("\n\n").ok_or(NoteError::Malformed)?;
        let signatures = signatures.strip_suffix('\n').ok_or(NoteError::Malformed)?;
        // The first of the two newlines still belongs to the text, and is one byte.
        let text = &note[..=text.len()];
        let signatures = signatures.split('\n').map(SignatureLine::parse);
        let signatures = signatures.collect::<Option<_>>().ok_or(NoteError::Malformed)?;
        Ok(Note { text, signatures })
    }
}

impl<'a> SignatureLine<'a> {
    fn parse(line: &'a str) -> Option<SignatureLine<'a>> {
        let (name, encoded) = line.strip_prefix("— ")?.split_once(' ')?;
        let bytes = STANDARD.decode(encoded).ok()?;
        let (key_id, signature) = bytes.split_first_chunk()?;
        let named = !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+');
        named.then(|| SignatureLine { name, key_id: *key_id, signature: signature.to_vec() })
    }
}

/// A note of `text`, which ends in a newline, with one signature.
pub(crate) fn write(text: &str, name: &str, key_id: [u8; 4], signature: &[u8]) -> String {
    let signature = STANDARD.encode([&key_id[..], signature].concat());
    format!("{text}\n— {name} {signature}\n")
}

/// A number without sign or leading zeroes.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// A hash as base64.
pub(crate) fn hash(text: &str) -> Option<Hash> {
    Hash::try_from(STANDARD.decode(text).ok()?.as_slice()).ok()
}

/// A hash as base64.
pub(crate) fn hash_text(hash: &Hash) -> String {
    STANDARD.encode(hash.as_bytes())
}

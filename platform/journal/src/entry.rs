//! One line of the journal: deterministic CBOR, a map with integer keys.
//!
//! | key | value | key | value |
//! |---|---|---|---|
//! | 0 | version, 1 | 7 | object handle |
//! | 1 | seq | 8 | purpose code, if any |
//! | 2 | milliseconds UTC | 9 | \[policy hash, rule id\], if any |
//! | 3 | flags | 10 | \[\[handle, kind, commitment\], …\] |
//! | 4 | leaf hash of seq − 1 | 11 | client operation id |
//! | 5 | actor handle | 12 | nonce |
//! | 6 | action code | 13 | commitment to the stored detail |
//!
//! Only closed vocabularies and random handles stand in the clear: never a name, a number, an
//! address or free text. The nonce makes the leaf hash unguessable.

use std::fmt;

use minicbor::{Decoder, decode};
use uuid::Uuid;

use crate::cbor::{self, Writer, Written};
use crate::{Commitment, Hash};

/// Longest encoded entry: about 65 committed fields; a proof of one still fits a printed sheet.
pub const MAX_ENTRY: usize = 4096;

/// Longest [`Code`].
const MAX_CODE: usize = 64;

/// The form written today, the only one read.
const VERSION: u8 = 1;

/// Stands for a person or thing in the log: 16 random bytes, which after erasure lead nowhere.
/// Nil is the system itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Handle(pub Uuid);

/// A word of a closed vocabulary (`request.answer`): a lower-case letter, then up to 63 of
/// `a–z 0–9 . _ - /`. No name of a person, no number and no sentence can be written so by chance.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Code(Box<str>);

/// A text is no [`Code`]. The text is not repeated here, it might be personal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a word of a closed vocabulary")]
pub struct CodeError;

impl Code {
    /// The code, if it has the shape of one.
    ///
    /// # Errors
    /// When it has not.
    pub fn new(text: &str) -> Result<Code, CodeError> {
        let follows =
            |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-' | b'/');
        let shaped = text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.len() <= MAX_CODE
            && text.as_bytes().iter().all(follows);
        if shaped { Ok(Code(text.into())) } else { Err(CodeError) }
    }

    /// The word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which policy text was in force: the first 8 bytes of its SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PolicyHash(pub [u8; 8]);

impl PolicyHash {
    /// The hash of a policy text.
    #[must_use]
    pub fn of(policy: &str) -> PolicyHash {
        let [a, b, c, d, e, f, g, h, ..] = *Hash::of(&[policy.as_bytes()]).as_bytes();
        PolicyHash([a, b, c, d, e, f, g, h])
    }
}

/// The rule that allowed the act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The policy text it stands in.
    pub policy: PolicyHash,
    /// Its id there.
    pub id: Code,
}

/// What an auditor should know about the entry's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags {
    /// The machine's clock had jumped.
    pub clock_anomaly: bool,
    /// Written down later than it happened (补录).
    pub late: bool,
    /// The first entry after a restored backup.
    pub restored: bool,
}

impl Flags {
    fn bits(self) -> u8 {
        u8::from(self.clock_anomaly) | u8::from(self.late) << 1 | u8::from(self.restored) << 2
    }

    fn from_bits(bits: u8) -> Flags {
        Flags { clock_anomaly: bits & 1 != 0, late: bits & 2 != 0, restored: bits & 4 != 0 }
    }
}

/// The promise of one personal text that the act contained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldCommitment {
    /// Whose text it is, in this case only.
    pub handle: Handle,
    /// What kind of text, as in [`Place::kind`](crate::Place::kind).
    pub kind: u16,
    /// The promise.
    pub commitment: Commitment,
}

/// One act or one look, as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number in the log, from 0 without a hole.
    pub seq: u64,
    /// When, in milliseconds since 1970 UTC.
    pub at_ms: u64,
    /// What to know about that time.
    pub flags: Flags,
    /// Leaf hash of the entry before, [`Hash::NONE`] for the first.
    pub prev: Hash,
    /// Who acted.
    pub actor: Handle,
    /// What was done: `request.answer`.
    pub action: Code,
    /// To what.
    pub object: Handle,
    /// What for; nothing where the action itself says it.
    pub purpose: Option<Code>,
    /// What allowed it; nothing where no policy is asked.
    pub rule: Option<Rule>,
    /// Promises of the personal texts in it, in the order that
    /// [`Place::field`](crate::Place::field) counts.
    pub fields: Vec<FieldCommitment>,
    /// The client's own number for the intention, by which a repetition is known.
    pub operation: Uuid,
    /// Random.
    pub nonce: [u8; 16],
    /// The promise of what the database stores about the act ([`Place::detail`](crate::Place)).
    pub detail: Commitment,
}

/// Bytes or values that cannot be an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Longer than [`MAX_ENTRY`].
    #[error("an entry of {0} bytes is over the limit")]
    TooLong(usize),
    /// No CBOR of the known version with the known keys.
    #[error("not an entry")]
    Malformed,
    /// An entry, but not in the one allowed form of its content.
    #[error("not in canonical form")]
    NotCanonical,
}

impl Entry {
    /// The bytes whose hash is the leaf.
    ///
    /// # Errors
    /// When it has too many fields for [`MAX_ENTRY`].
    pub fn encode(&self) -> Result<Vec<u8>, EntryError> {
        let bytes = cbor::bytes_of(320, |writer| self.write(writer));
        if bytes.len() > MAX_ENTRY {
            return Err(EntryError::TooLong(bytes.len()));
        }
        Ok(bytes)
    }

    /// Reads an entry, refusing every other spelling of the same content.
    ///
    /// # Errors
    /// When it is too long, no entry, or not canonical.
    pub fn decode(bytes: &[u8]) -> Result<Entry, EntryError> {
        if bytes.len() > MAX_ENTRY {
            return Err(EntryError::TooLong(bytes.len()));
        }
        let entry = Entry::read(&mut Decoder::new(bytes)).map_err(|_| EntryError::Malformed)?;
        if entry.encode()? != bytes {
            return Err(EntryError::NotCanonical);
        }
        Ok(entry)
    }

    fn write(&self, to: &mut Writer) -> Written {
        let keys = 12 + u64::from(self.purpose.is_some()) + u64::from(self.rule.is_some());
        to.map(keys)?.u8(0)?.u8(VERSION)?;
        to.u8(1)?.u64(self.seq)?;
        to.u8(2)?.u64(self.at_ms)?;
        to.u8(3)?.u8(self.flags.bits())?;
        to.u8(4)?.bytes(self.prev.as_bytes())?;
        to.u8(5)?.bytes(self.actor.0.as_bytes())?;
        to.u8(6)?.str(self.action.as_str())?;
        to.u8(7)?.bytes(self.object.0.as_bytes())?;
        if let Some(purpose) = &self.purpose {
            to.u8(8)?.str(purpose.as_str())?;
        }
        if let Some(rule) = &self.rule {
            to.u8(9)?.array(2)?.bytes(&rule.policy.0)?.str(rule.id.as_str())?;
        }
        to.u8(10)?.array(self.fields.len() as u64)?;
        for field in &self.fields {
            to.array(3)?.bytes(field.handle.0.as_bytes())?;
            to.u16(field.kind)?.bytes(field.commitment.as_bytes())?;
        }
        to.u8(11)?.bytes(self.operation.as_bytes())?;
        to.u8(12)?.bytes(&self.nonce)?;
        to.u8(13)?.bytes(self.detail.as_bytes())?;
        Ok(())
    }

    /// Reads the keys in their order; lengths, order and spelling are checked by encoding again.
    fn read(from: &mut Decoder<'_>) -> Result<Entry, decode::Error> {
        cbor::definite(from.map()?)?;
        if key(from, 0)?.u8()? != VERSION {
            return Err(decode::Error::message("another version"));
        }
        Ok(Entry {
            seq: key(from, 1)?.u64()?,
            at_ms: key(from, 2)?.u64()?,
            flags: Flags::from_bits(key(from, 3)?.u8()?),
            prev: Hash::from_bytes(cbor::fixed(key(from, 4)?)?),
            actor: handle(key(from, 5)?)?,
            action: code(key(from, 6)?)?,
            object: handle(key(from, 7)?)?,
            purpose: if next_key(from)? == 8 { Some(code(key(from, 8)?)?) } else { None },
            rule: if next_key(from)? == 9 { Some(rule(key(from, 9)?)?) } else { None },
            fields: fields(key(from, 10)?)?,
            operation: Uuid::from_bytes(cbor::fixed(key(from, 11)?)?),
            nonce: cbor::fixed(key(from, 12)?)?,
            detail: Commitment::from_bytes(cbor::fixed(key(from, 13)?)?),
        })
    }
}

/// Steps over the key `expected`, to its value.
fn key<'r, 'b>(
    from: &'r mut Decoder<'b>,
    expected: u8,
) -> Result<&'r mut Decoder<'b>, decode::Error> {
    if from.u8()? == expected {
        return Ok(from);
    }
    Err(decode::Error::message("another key"))
}

fn next_key(from: &mut Decoder<'_>) -> Result<u8, decode::Error> {
    from.probe().u8()
}

fn handle(from: &mut Decoder<'_>) -> Result<Handle, decode::Error> {
    Ok(Handle(Uuid::from_bytes(cbor::fixed(from)?)))
}

fn code(from: &mut Decoder<'_>) -> Result<Code, decode::Error> {
    Code::new(from.str()?).map_err(decode::Error::message)
}

fn rule(from: &mut Decoder<'_>) -> Result<Rule, decode::Error> {
    cbor::array(from, 2)?;
    Ok(Rule { policy: PolicyHash(cbor::fixed(from)?), id: code(from)? })
}

fn fields(from: &mut Decoder<'_>) -> Result<Vec<FieldCommitment>, decode::Error> {
    let length = cbor::definite(from.array()?)?;
    // The length is the writer's claim: read until the bytes end, reserve nothing for it.
    let mut fields = Vec::new();
    for _ in 0..length {
        cbor::array(from, 3)?;
        fields.push(FieldCommitment {
            handle: handle(from)?,
            kind: from.u16()?,
            commitment: Commitment::from_bytes(cbor::fixed(from)?),
        });
    }
    Ok(fields)
}

//! Salted commitments: the log promises a text without showing or keeping it.
//!
//! `C = SHA-256("lianhu/v1/field" ‖ 0 ‖ log id ‖ seq ‖ field ‖ kind ‖ r ‖ len ‖ m)`, numbers
//! big-endian. The hash binds; the 32 random bytes `r` hide, so that a dictionary of names or
//! telephone numbers finds nothing. Once `r` and `m` are destroyed, `C` says nothing any more.

use std::fmt;

use uuid::Uuid;

use crate::Hash;

/// Parts commitments from every other use of the hash.
const DOMAIN: &[u8] = b"lianhu/v1/field\0";

/// The field number, and the kind, of an entry's stored detail.
pub const DETAIL: u16 = u16::MAX;

/// Which log: the community's id, which stays when the community moves to another machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogId(pub Uuid);

/// What a commitment is about, so that none can be passed off in another place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The log.
    pub log: LogId,
    /// The entry's number.
    pub seq: u64,
    /// The position in [`Entry::fields`](crate::Entry::fields), or [`DETAIL`].
    pub field: u16,
    /// What kind of data it is, a number of the caller's vocabulary, or [`DETAIL`].
    pub kind: u16,
}

impl Place {
    /// The place of the stored detail of entry `seq`.
    #[must_use]
    pub fn detail(log: LogId, seq: u64) -> Place {
        Place { log, seq, field: DETAIL, kind: DETAIL }
    }
}

/// The random bytes that hide a committed text. Fresh for each commitment, stored beside the
/// text, erased with it.
#[derive(Clone, PartialEq, Eq)]
pub struct Salt([u8; Salt::LEN]);

impl Salt {
    /// Bytes in a salt.
    pub const LEN: usize = 32;

    /// The salt with these bytes, which must come from the system's random source.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Salt::LEN]) -> Salt {
        Salt(bytes)
    }

    /// Its bytes, for storing.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Salt::LEN] {
        &self.0
    }
}

impl TryFrom<&[u8]> for Salt {
    type Error = std::array::TryFromSliceError;

    fn try_from(bytes: &[u8]) -> Result<Salt, Self::Error> {
        bytes.try_into().map(Salt)
    }
}

impl fmt::Debug for Salt {
    /// Says nothing: whoever has the salt can guess the text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt")
    }
}

/// A promise of one text at one [`Place`].
#[derive(Debug, Clone, Copy)]
pub struct Commitment(Hash);

impl Commitment {
    /// Commits to `message`.
    #[must_use]
    pub fn new(place: &Place, salt: &Salt, message: &[u8]) -> Commitment {
        Commitment(Hash::of(&[
            DOMAIN,
            place.log.0.as_bytes(),
            &place.seq.to_be_bytes(),
            &place.field.to_be_bytes(),
            &place.kind.to_be_bytes(),
            &salt.0,
            &(message.len() as u64).to_be_bytes(),
            message,
        ]))
    }

    /// Whether `salt` and `message` are what was committed to at `place`.
    #[must_use]
    pub fn opens(&self, place: &Place, salt: &Salt, message: &[u8]) -> bool {
        *self == Commitment::new(place, salt, message)
    }

    /// The commitment with these bytes, from storage.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Hash::LEN]) -> Commitment {
        Commitment(Hash::from_bytes(bytes))
    }

    /// Its bytes, for storing.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Hash::LEN] {
        self.0.as_bytes()
    }
}

impl PartialEq for Commitment {
    /// Takes the same time wherever the two differ, so that no one can feel a way to the text.
    fn eq(&self, other: &Commitment) -> bool {
        let pairs = self.as_bytes().iter().zip(other.as_bytes());
        let difference = pairs.fold(0, |seen, (mine, theirs)| seen | (mine ^ theirs));
        std::hint::black_box(difference) == 0
    }
}

impl Eq for Commitment {}

//! The log's Ed25519 key pair: the private half in a file only its owner can read, the public
//! half as a line of text that fits a poster.
//!
//! Both are C2SP note keys named `lianhu`: `lianhu+<key id>+<base64(1 ‖ key)>`, and
//! `PRIVATE+KEY+…` before it in the file. A [`SigningKey`] signs nothing by itself; only
//! [`Signer`](crate::Signer) does, which knows what must never be signed.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature, Signer as _, VerifyingKey};

use crate::note::{self, Note, NoteError};
use crate::{Checkpoint, Hash};

/// The name in the signature line. The key belongs to the installation; which community's log a
/// checkpoint is of stands in its first line.
const NAME: &str = "lianhu";

/// C2SP `signed-note` signature type.
const ED25519: u8 = 0x01;

/// What stands before a private key in its file.
const PRIVATE: &str = "PRIVATE+KEY+";

/// Permission bits that a key file must not have: all but reading and writing by its owner.
const FORBIDDEN_MODE: u32 = 0o177;

/// A key file holds one line of about 80 bytes; more is not read.
const MAX_KEY_FILE: u64 = 1024;

/// A key cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or created.
    #[error("the key file cannot be used")]
    Io(#[from] io::Error),
    /// Others may read the file.
    #[error("the key file has mode {0:o}; it must be 600, readable by its owner alone")]
    Exposed(u32),
    /// The text is no key, or no longer the one it was.
    #[error("not a key")]
    Malformed,
    /// The system has no randomness to give.
    #[error("no randomness for a new key: {0}")]
    Randomness(getrandom::Error),
}

/// The private half.
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// Reads the key from `path`, or makes a new one there if there is no such file. Of several
    /// processes that do so at once, all get the same key.
    ///
    /// # Errors
    /// When the file is readable by others, is no key, or cannot be read or made.
    pub fn load_or_create(path: &Path) -> Result<SigningKey, KeyError> {
        match SigningKey::load(path) {
            Err(KeyError::Io(error)) if error.kind() == io::ErrorKind::NotFound => {
                SigningKey::create(path)?;
                // Read back, so that a key that was not stored is never used.
                SigningKey::load(path)
            }
            loaded => loaded,
        }
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// `text` with this key's signature. Whether it may be signed is the caller's to decide.
    pub(crate) fn sign(&self, text: &str) -> String {
        let signature = self.0.sign(text.as_bytes());
        note::write(text, NAME, self.public().id(), &signature.to_bytes())
    }

    fn load(path: &Path) -> Result<SigningKey, KeyError> {
        let file = File::open(path)?;
        let mode = file.metadata()?.mode() & 0o7777;
        if mode & FORBIDDEN_MODE != 0 {
            return Err(KeyError::Exposed(mode));
        }
        let mut text = String::new();
        file.take(MAX_KEY_FILE).read_to_string(&mut text)?;
        SigningKey::parse(text.trim_end()).ok_or(KeyError::Malformed)
    }

    fn parse(text: &str) -> Option<SigningKey> {
        let (id, seed) = split(text.strip_prefix(PRIVATE)?)?;
        let key = SigningKey(ed25519_dalek::SigningKey::from_bytes(&seed));
        (hex(key.public().id()) == id).then_some(key)
    }

    /// Makes a new key at `path`, whole or not at all; does nothing if something is there already.
    fn create(path: &Path) -> Result<(), KeyError> {
        let mut random = [0; 40];
        getrandom::fill(&mut random).map_err(KeyError::Randomness)?;
        let [a, b, c, d, e, f, g, h, seed @ ..] = random;
        let key = SigningKey(ed25519_dalek::SigningKey::from_bytes(&seed));
        let text = format!("{PRIVATE}{}\n", join(key.public().id(), &seed));

        let draft = draft_path(path, u64::from_be_bytes([a, b, c, d, e, f, g, h]));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        let linked = file
            .write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::hard_link(&draft, path));
        fs::remove_file(&draft)?;
        match linked {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error)?,
            Ok(()) | Err(_) => Ok(sync_directory_of(path)?),
        }
    }
}

impl fmt::Debug for SigningKey {
    /// Shows the public half only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public())
    }
}

/// The public half, by which anyone verifies.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Reads a signed checkpoint and verifies its signature.
    ///
    /// # Errors
    /// When it is no checkpoint, or not rightly signed by this key.
    pub fn open(&self, note: &str) -> Result<Checkpoint, NoteError> {
        let note = Note::parse(note)?;
        let id = self.id();
        let mut ours = note.signatures.iter().filter(|line| line.name == NAME && line.key_id == id);
        let first = ours.next().ok_or(NoteError::Unsigned)?;
        for line in std::iter::once(first).chain(ours) {
            let signature =
                Signature::from_slice(&line.signature).map_err(|_| NoteError::BadSignature)?;
            self.0
                .verify_strict(note.text.as_bytes(), &signature)
                .map_err(|_| NoteError::BadSignature)?;
        }
        Checkpoint::parse(note.text).ok_or(NoteError::Malformed)
    }

    /// The same with whichever of `keys` has signed it: a log that got a new key keeps what its
    /// former ones signed.
    ///
    /// # Errors
    /// As [`PublicKey::open`]; unsigned if none of the keys has signed it.
    pub fn open_any(keys: &[PublicKey], note: &str) -> Result<Checkpoint, NoteError> {
        let opened = keys.iter().map(|key| key.open(note));
        let mut signed = opened.filter(|opened| !matches!(opened, Err(NoteError::Unsigned)));
        signed.next().unwrap_or(Err(NoteError::Unsigned))
    }

    /// C2SP key id: the first bytes of SHA-256(name ‖ 0x0A ‖ type ‖ key).
    fn id(&self) -> [u8; 4] {
        let hash = Hash::of(&[NAME.as_bytes(), b"\n", &[ED25519], self.0.as_bytes()]);
        let [a, b, c, d, ..] = *hash.as_bytes();
        [a, b, c, d]
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&join(self.id(), self.0.as_bytes()))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<PublicKey, KeyError> {
        let (id, bytes) = split(text).ok_or(KeyError::Malformed)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| KeyError::Malformed)?;
        let key = PublicKey(key);
        // A weak key would verify signatures that nobody made.
        if key.0.is_weak() || hex(key.id()) != id {
            return Err(KeyError::Malformed);
        }
        Ok(key)
    }
}

/// `lianhu+<id>+<base64(1 ‖ bytes)>`.
fn join(id: [u8; 4], bytes: &[u8; 32]) -> String {
    let encoded = STANDARD.encode([&[ED25519][..], bytes].concat());
    format!("{NAME}+{}+{encoded}", hex(id))
}

/// The id and the bytes of what [`join`] wrote.
fn split(text: &str) -> Option<(&str, [u8; 32])> {
    let (id, encoded) = text.strip_prefix(NAME)?.strip_prefix('+')?.split_once('+')?;
    let bytes = STANDARD.decode(encoded).ok()?;
    let (kind, bytes) = bytes.split_first()?;
    Some((id, (*kind == ED25519).then(|| bytes.try_into().ok())??))
}

fn hex(id: [u8; 4]) -> String {
    format!("{:08x}", u32::from_be_bytes(id))
}

/// A name beside `path` that no other process takes.
fn draft_path(path: &Path, random: u64) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{random:016x}"));
    PathBuf::from(name)
}

/// Makes the new name survive a power cut.
fn sync_directory_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => File::open(directory)?.sync_all(),
        Some(_) | None => File::open(".")?.sync_all(),
    }
}

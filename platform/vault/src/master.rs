//! Master keys: where they come from, how they are told apart, and the file they are kept in.
//!
//! A master key wraps the keys of communities and nothing else. It comes from a file that only its
//! owner can read, from the environment, or from a passphrase through argon2id. Never from the
//! database, and never into a backup.
//!
//! A [`Ring`] is what the program holds: usually one key, two while one replaces the other. The
//! last one wraps what is new.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::{Zeroize, Zeroizing};

use crate::suite::{KEY_BYTES, Secret, Suite};

/// What stands before a key in text.
const PREFIX: &str = "lianhu-vault";

/// What stands before a salt in text.
const SALT_PREFIX: &str = "lianhu-salt";

/// Length of a passphrase's salt; argon2 asks for at least 8.
const SALT_BYTES: usize = 16;

/// Permission bits that a key file must not have: all but reading and writing by its owner.
const FORBIDDEN_MODE: u32 = 0o177;

/// A ring in its file: a few lines of about 100 bytes; more is not read.
const FILE_MAX: u64 = 4096;

/// Keys of a ring: the present one, and the one that replaces it.
const RING_MAX: usize = 2;

/// The shortest passphrase. Whoever has the database may guess at leisure: a few words, not one.
pub const PASSPHRASE_MIN: usize = 20;

/// Memory, passes and lanes of argon2id: a second on a small machine, once at each start.
const ARGON_KIBIBYTES: u32 = 128 * 1024;
const ARGON_PASSES: u32 = 3;
const ARGON_LANES: u32 = 1;

/// A master key cannot be had. Says what to do, and nothing of the key.
#[derive(Debug, thiserror::Error)]
pub enum MasterError {
    #[error("the master key's file {path} cannot be used: {error}")]
    Io { path: PathBuf, error: io::Error },
    #[error(
        "the master key's file {path} has mode {mode:o}: others may read it. Make it 600 \
         (chmod 600), ask who could have read it, and change the key with `lianhu vault rotate \
         --master`"
    )]
    Exposed { path: PathBuf, mode: u32 },
    #[error("{0} holds no master key of this program, or a damaged one: bring back a good copy")]
    Malformed(String),
    #[error("the passphrase is too short: {PASSPHRASE_MIN} characters at least, better six words")]
    Short,
    #[error("the passphrase's salt is damaged: bring back the file from a backup")]
    Salt,
}

/// A master key.
#[derive(Clone)]
pub struct Master {
    secret: Secret,
    id: String,
}

impl Master {
    /// A new one from the caller's randomness.
    pub fn new(fill: &(dyn Fn(&mut [u8]) + Send + Sync)) -> Master {
        Master::of(Secret::new(fill))
    }

    /// The key that a passphrase and its salt stand for.
    ///
    /// # Errors
    /// When the passphrase is too short to keep anything.
    pub fn from_passphrase(passphrase: &str, salt: &Salt) -> Result<Master, MasterError> {
        if passphrase.chars().count() < PASSPHRASE_MIN {
            return Err(MasterError::Short);
        }
        let params = Params::new(ARGON_KIBIBYTES, ARGON_PASSES, ARGON_LANES, Some(KEY_BYTES));
        // Memory, passes, lanes and length are constants that argon2 takes; a test derives a key.
        let params = params.expect("the constants above are within argon2's bounds");
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut secret = Secret([0; KEY_BYTES]);
        let derived = argon.hash_password_into(passphrase.as_bytes(), &salt.0, &mut secret.0);
        // Salt and key have lengths that argon2 takes, and a passphrase is no 4 GB long.
        derived.expect("salt and length are within argon2's bounds");
        Ok(Master::of(secret))
    }

    fn of(secret: Secret) -> Master {
        let hash = Suite::International.mac(&secret, &[b"lianhu/v1/master id"]);
        Master { id: hex(&hash[..8]), secret }
    }

    /// Names the key without giving any of it away; stands beside all that it wraps.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What wraps a community's keys with this suite.
    pub(crate) fn wrapping(&self, suite: Suite) -> Secret {
        suite.derive(&self.secret, "master wraps")
    }

    /// The key as it stands in its file or variable: prefix, id, secret.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{PREFIX}+{}+{}", self.id, hex(&self.secret.0)))
    }

    fn parse(text: &str) -> Option<Master> {
        let (id, secret) = text.strip_prefix(PREFIX)?.strip_prefix('+')?.split_once('+')?;
        let mut bytes = unhex(secret)?;
        let master = Secret::of(&bytes).map(Master::of);
        bytes.zeroize();
        master.filter(|master| master.id == id)
    }
}

/// What makes one passphrase give another key in every installation. No secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Salt([u8; SALT_BYTES]);

impl Salt {
    pub fn new(fill: &(dyn Fn(&mut [u8]) + Send + Sync)) -> Salt {
        let mut salt = Salt([0; SALT_BYTES]);
        fill(&mut salt.0);
        salt
    }

    /// As it stands in its file.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{SALT_PREFIX}+{}\n", hex(&self.0))
    }

    /// # Errors
    /// When it is no salt.
    pub fn parse(text: &str) -> Result<Salt, MasterError> {
        let salt = text.trim().strip_prefix(SALT_PREFIX).and_then(|rest| rest.strip_prefix('+'));
        let bytes = salt.and_then(unhex).ok_or(MasterError::Salt)?;
        bytes.try_into().map(Salt).map_err(|_| MasterError::Salt)
    }
}

/// The master keys the program holds, the one that wraps what is new last.
#[derive(Clone)]
pub struct Ring(Vec<Master>);

impl Ring {
    pub fn of(master: Master) -> Ring {
        Ring(vec![master])
    }

    /// The keys of a text, one a line or one a word; lines with `#` are for people.
    ///
    /// # Errors
    /// When there is none, too many, or one that is damaged. `from` names the text for people.
    pub fn parse(text: &str, from: &str) -> Result<Ring, MasterError> {
        let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
        let keys = lines.flat_map(str::split_whitespace).map(Master::parse);
        let keys: Option<Vec<Master>> = keys.collect();
        let malformed = || MasterError::Malformed(from.to_owned());
        let keys = keys.filter(|keys| (1..=RING_MAX).contains(&keys.len()));
        keys.map(Ring).ok_or_else(malformed)
    }

    /// The key that wraps what is new.
    #[must_use]
    pub fn last(&self) -> &Master {
        // Every way to a ring begins with a key, and none is ever taken out but for another.
        self.0.last().expect("a ring is never empty: every way to one begins with a key")
    }

    pub fn find(&self, id: &str) -> Option<&Master> {
        self.0.iter().find(|master| master.id == id)
    }

    /// The ids of its keys.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(Master::id)
    }

    /// Whether one key is about to replace another.
    #[must_use]
    pub fn is_changing(&self) -> bool {
        self.0.len() > 1
    }

    /// The same with a further key that wraps from now on. A change that was begun goes on.
    #[must_use]
    pub fn with(mut self, next: Master) -> Ring {
        let known = self.find(next.id()).is_some();
        if !known && self.0.len() < RING_MAX {
            self.0.push(next);
        }
        self
    }

    /// The same with the last key alone.
    #[must_use]
    pub fn settled(&self) -> Ring {
        Ring::of(self.last().clone())
    }
}

/// Reads the ring in `path`; none when there is no such file.
///
/// # Errors
/// When the file is readable by others, is no ring, or cannot be read.
pub fn load(path: &Path) -> Result<Option<Ring>, MasterError> {
    let io = |error| MasterError::Io { path: path.to_owned(), error };
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(io)?,
    };
    let mode = file.metadata().map_err(io)?.mode() & 0o7777;
    if mode & FORBIDDEN_MODE != 0 {
        return Err(MasterError::Exposed { path: path.to_owned(), mode });
    }
    let mut text = Zeroizing::new(String::new());
    file.take(FILE_MAX).read_to_string(&mut text).map_err(io)?;
    Ring::parse(&text, &path.display().to_string()).map(Some)
}

/// Writes the ring to `path` for its owner alone, whole or not at all; what was there is replaced.
///
/// # Errors
/// Those of the disk.
pub fn store(path: &Path, ring: &Ring) -> Result<(), MasterError> {
    let io = |error| MasterError::Io { path: path.to_owned(), error };
    let draft = draft(path, ring).map_err(io)?;
    fs::rename(&draft, path).and_then(|()| sync_directory_of(path)).map_err(io)
}

/// Makes a ring of one new key at `path`, unless there is one already: of several processes that do
/// so at once, all get the same.
///
/// # Errors
/// Those of the disk, and those of [`load`].
pub fn create(path: &Path, fill: &(dyn Fn(&mut [u8]) + Send + Sync)) -> Result<Ring, MasterError> {
    let io = |error| MasterError::Io { path: path.to_owned(), error };
    let draft = draft(path, &Ring::of(Master::new(fill))).map_err(io)?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft).map_err(io)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(io(error)),
        Ok(()) | Err(_) => sync_directory_of(path).map_err(io)?,
    }
    // Read back, so that a key that was not stored is never used.
    load(path)?.ok_or_else(|| io(io::ErrorKind::NotFound.into()))
}

/// A whole file beside `path`, on the disk.
fn draft(path: &Path, ring: &Ring) -> io::Result<PathBuf> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}", std::process::id()));
    let draft = PathBuf::from(name);
    // Left over from a run that was killed under the same number.
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    for master in &ring.0 {
        file.write_all(master.reveal().as_bytes())?;
        file.write_all(b"\n")?;
    }
    file.sync_all()?;
    Ok(draft)
}

/// Makes a new name survive a power cut.
fn sync_directory_of(path: &Path) -> io::Result<()> {
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn master(seed: u8) -> Master {
        Master::new(&move |bytes: &mut [u8]| bytes.fill(seed))
    }

    #[test]
    fn the_first_start_makes_a_key_and_every_later_one_finds_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("vault.key");
        assert!(load(&path).expect("readable").is_none());
        let made = create(&path, &|bytes: &mut [u8]| bytes.fill(1)).expect("made");
        let again = create(&path, &|bytes: &mut [u8]| bytes.fill(2)).expect("found");
        assert_eq!(made.last().id(), again.last().id());
        assert_eq!(fs::metadata(&path).expect("there").mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("vault.key");
        create(&path, &|bytes: &mut [u8]| bytes.fill(1)).expect("made");
        for mode in [0o640, 0o604, 0o660, 0o700] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("set");
            let refused = load(&path).err().expect("refused").to_string();
            assert!(refused.contains(&format!("mode {mode:o}")), "{refused}");
            assert!(refused.contains("chmod 600"), "{refused}");
        }
    }

    #[test]
    fn a_damaged_file_is_told_from_a_key() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("vault.key");
        create(&path, &|bytes: &mut [u8]| bytes.fill(1)).expect("made");
        let good = fs::read_to_string(&path).expect("text");
        let turned = good.replace("0101", "0110");
        for damaged in ["", "secret", &good[..good.len() / 2], &turned, &good.repeat(3)] {
            fs::write(&path, damaged).expect("written");
            let refused = load(&path).err().expect("refused");
            assert!(matches!(refused, MasterError::Malformed(_)), "{damaged}");
            assert!(!refused.to_string().contains("0101"), "tells the key");
        }
    }

    #[test]
    fn a_change_of_keys_holds_both_until_it_is_settled() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("vault.key");
        let ring = Ring::of(master(1)).with(master(2));
        assert!(ring.is_changing());
        store(&path, &ring).expect("stored");
        let read = load(&path).expect("readable").expect("there");
        assert_eq!(read.last().id(), master(2).id());
        assert!(read.find(master(1).id()).is_some());
        // A change that was begun is not begun anew with a third key.
        assert_eq!(read.clone().with(master(3)).last().id(), master(2).id());
        assert!(!read.settled().is_changing());
    }

    #[test]
    fn a_passphrase_gives_its_key_again_and_another_elsewhere() {
        let (one, other) = (Salt([1; SALT_BYTES]), Salt([2; SALT_BYTES]));
        let words = "门前 老樟树 三点 开会 不见 不散 带上 板凳 和 茶水";
        let id = |salt: &Salt| Master::from_passphrase(words, salt).expect("long").id().to_owned();
        assert_eq!(id(&one), id(&Salt::parse(&one.text()).expect("a salt")));
        assert_ne!(id(&one), id(&other));
        assert!(matches!(Master::from_passphrase("短", &one), Err(MasterError::Short)));
        assert!(matches!(Salt::parse("lianhu-salt+zz"), Err(MasterError::Salt)));
    }
}

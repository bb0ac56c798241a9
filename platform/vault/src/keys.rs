//! The hierarchy at work: the master key opens a community's keys, those open a subject's, and a
//! subject's key seals fields.
//!
//! Nothing unwrapped outlives its transaction. Unwrapping takes a microsecond or two, so nothing is
//! cached: there is nothing to bound, nothing to forget when a key is destroyed or replaced by
//! another process, and no way for a key whose transaction was rolled back to seal anything.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use db::{Db, Row, Tx};
use kernel::{CommunityId, Instant};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::error::VaultError;
use crate::index::IndexKey;
use crate::master::{self, Master, Ring};
use crate::sealed::{Place, Sealing, head};
use crate::store;
use crate::suite::{KEY_BYTES, NONCE_BYTES, Secret, Suite};

/// The first version of every key.
const FIRST: u32 = 1;

/// A source of random bytes: the operating system's, or a test's.
pub type Fill = dyn Fn(&mut [u8]) + Send + Sync;

/// What seals and opens. Attached to the database, so that whoever holds a transaction has it.
pub struct Vault {
    ring: RwLock<Ring>,
    /// The file the ring is read from again when a key is wrapped by a master it does not hold:
    /// another process has changed it meanwhile.
    file: Option<PathBuf>,
    suite: Suite,
    fill: Box<Fill>,
}

impl Vault {
    /// A vault that seals with `suite` where a community has no key yet.
    pub fn new(
        ring: Ring,
        file: Option<PathBuf>,
        suite: Suite,
        fill: impl Fn(&mut [u8]) + Send + Sync + 'static,
    ) -> Vault {
        Vault { ring: RwLock::new(ring), file, suite, fill: Box::new(fill) }
    }

    /// Gives the vault to a database: from now on every transaction has it.
    ///
    /// # Errors
    /// When the data were sealed under a master key that the ring does not hold.
    pub fn attach(self, db: &Db) -> Result<(), VaultError> {
        let wanted = masters(db)?;
        let ring = self.ring();
        if let Some(wanted) = wanted.iter().find(|wanted| ring.find(wanted).is_none()) {
            let (wanted, held) = (wanted.clone(), ring.last().id().to_owned());
            return Err(VaultError::WrongMaster { wanted, held });
        }
        db.attach(Arc::new(self));
        Ok(())
    }

    /// The vault of this transaction's database.
    ///
    /// # Errors
    /// When none was attached: a defect of the program's composition.
    pub fn of(tx: &Tx<'_>) -> Result<Arc<Vault>, VaultError> {
        tx.attached::<Vault>().ok_or(VaultError::NoVault)
    }

    /// The master keys held now.
    pub(crate) fn ring(&self) -> Ring {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The master key of this id, read anew from the file where another process has changed it.
    fn master(&self, id: &str) -> Result<Master, VaultError> {
        if let Some(master) = self.ring().find(id) {
            return Ok(master.clone());
        }
        self.refresh()?;
        let ring = self.ring();
        let (wanted, held) = (id.to_owned(), ring.last().id().to_owned());
        ring.find(id).cloned().ok_or(VaultError::WrongMaster { wanted, held })
    }

    /// The master key that wraps what is new, as the file has it now.
    pub(crate) fn present_master(&self) -> Result<Master, VaultError> {
        self.refresh()?;
        Ok(self.ring().last().clone())
    }

    fn refresh(&self) -> Result<(), VaultError> {
        let Some(file) = &self.file else { return Ok(()) };
        if let Some(ring) = master::load(file)? {
            *self.ring.write().unwrap_or_else(PoisonError::into_inner) = ring;
        }
        Ok(())
    }

    pub(crate) fn fill(&self) -> &Fill {
        &*self.fill
    }

    pub(crate) fn nonce(&self) -> [u8; NONCE_BYTES] {
        let mut nonce = [0; NONCE_BYTES];
        (self.fill)(&mut nonce);
        nonce
    }

    pub(crate) fn suite(&self) -> Suite {
        self.suite
    }

    /// What a master key wrapped: a community's key or what makes its index.
    pub(crate) fn unwrap(
        &self,
        place: &Place,
        master: &str,
        wrapped: &[u8],
    ) -> Result<(Suite, Secret), VaultError> {
        let (suite, version) = head(wrapped).ok_or(VaultError::unreadable(place))?;
        let cipher = suite.cipher(&self.master(master)?.wrapping(suite));
        let opened = Sealing { suite, version, cipher }.open(place, wrapped);
        let secret = opened.and_then(|bytes| Secret::of(&bytes));
        Ok((suite, secret.ok_or(VaultError::unreadable(place))?))
    }

    /// The opposite of [`Vault::unwrap`].
    pub(crate) fn wrap(
        &self,
        place: &Place,
        (suite, version): (Suite, u32),
        master: &Master,
        secret: &Secret,
    ) -> Vec<u8> {
        let cipher = suite.cipher(&master.wrapping(suite));
        let sealed = Sealing { suite, version, cipher }.seal(place, &secret.0, self.nonce());
        // Only what is longer than a megabyte is not sealed.
        sealed.expect("a key is shorter than the longest text")
    }
}

/// The ids of all master keys that wrap anything; none before the first community is founded.
///
/// # Errors
/// Those of the database.
pub fn masters(db: &Db) -> Result<Vec<String>, VaultError> {
    db.read_blocking(|tx| {
        let rows = tx.rows(&store::MASTERS, &[])?;
        let ids = rows.iter().map(|row| Ok(row.text(0)?.to_owned()));
        ids.collect::<Result<Vec<String>, db::Error>>()
    })
    .map_err(VaultError::Db)
}

/// Where a community's wrapped keys stand.
pub(crate) fn community_place(community: Uuid, table: &'static str) -> Place {
    Place { community, table, column: "wrapped", row: community }
}

pub(crate) const COMMUNITY_KEYS: &str = "vault_community_keys";
pub(crate) const INDEX_KEYS: &str = "vault_index_keys";

fn subject_place(community: Uuid, subject: Uuid) -> Place {
    Place { community, table: "vault_subject_keys", column: "wrapped", row: subject }
}

/// A community's keys, unwrapped for one transaction.
pub struct Keys {
    community: Uuid,
    vault: Arc<Vault>,
    /// By version, the one that wraps what is new last.
    wrapping: Vec<Sealing>,
    index: IndexKey,
}

/// What one transaction has unwrapped.
struct Unwrapped(Vec<Arc<Keys>>);

/// Makes a new community's keys. Does nothing if it has some.
///
/// # Errors
/// Those of the database and of the master key.
pub fn found(tx: &mut Tx<'_>, community: CommunityId) -> Result<(), VaultError> {
    let (vault, community) = (Vault::of(tx)?, community.uuid());
    let (master, suite) = (vault.present_master()?, vault.suite());
    let tables = [(COMMUNITY_KEYS, &store::COMMUNITY_KEY_ADD), (INDEX_KEYS, &store::INDEX_KEY_ADD)];
    for (table, add) in tables {
        let place = community_place(community, table);
        let secret = Secret::new(vault.fill());
        let wrapped = vault.wrap(&place, (suite, FIRST), &master, &secret);
        tx.exec(add, &db::params![community, FIRST, master.id(), wrapped])?;
    }
    Ok(())
}

/// The keys of a community.
///
/// # Errors
/// Those of the database, and when the keys are missing or do not open.
pub fn keys(tx: &mut Tx<'_>, community: CommunityId) -> Result<Arc<Keys>, VaultError> {
    let community = community.uuid();
    let known = tx.kept::<Unwrapped>().and_then(|Unwrapped(known)| {
        known.iter().find(|keys| keys.community == community).cloned()
    });
    if let Some(keys) = known {
        return Ok(keys);
    }
    let keys = Arc::new(Keys::load(tx, community)?);
    let mut all = tx.kept::<Unwrapped>().map(|Unwrapped(known)| known.clone()).unwrap_or_default();
    all.push(keys.clone());
    tx.keep(Unwrapped(all));
    Ok(keys)
}

impl Keys {
    fn load(tx: &mut Tx<'_>, community: Uuid) -> Result<Keys, VaultError> {
        let vault = Vault::of(tx)?;
        let given = db::params![community];
        let mut wrapping = Vec::new();
        let place = community_place(community, COMMUNITY_KEYS);
        for row in tx.rows(&store::COMMUNITY_KEYS, &given)? {
            let version = version(&row, 0)?;
            let (suite, secret) = vault.unwrap(&place, row.text(1)?, row.bytes(2)?)?;
            wrapping.push(Sealing { suite, version, cipher: suite.cipher(&secret) });
        }
        let row = tx.row(&store::INDEX_KEYS, &given)?;
        let (Some(row), false) = (row, wrapping.is_empty()) else {
            return Err(VaultError::NoKeys(community));
        };
        let place = community_place(community, INDEX_KEYS);
        let (suite, secret) = vault.unwrap(&place, row.text(1)?, row.bytes(2)?)?;
        Ok(Keys { community, vault, wrapping, index: IndexKey { suite, secret } })
    }

    /// What makes the community's blind index.
    #[must_use]
    pub fn index(&self) -> &IndexKey {
        &self.index
    }

    /// The key that wraps what is new.
    pub(crate) fn present(&self) -> &Sealing {
        // Whoever loads keys is refused when there is no wrapping one.
        self.wrapping.last().expect("keys without a wrapping key are not loaded")
    }

    /// Whether an older key is being replaced.
    pub(crate) fn is_changing(&self) -> bool {
        self.wrapping.len() > 1
    }

    /// The versions that are being replaced.
    pub(crate) fn older(&self) -> impl Iterator<Item = u32> {
        let present = self.present().version;
        self.wrapping.iter().map(|sealing| sealing.version).filter(move |old| *old != present)
    }

    /// Makes a subject's key. A subject whose key was destroyed never gets another one.
    ///
    /// # Errors
    /// Those of the database; a second key of one subject breaks a rule of the schema.
    pub fn new_subject(&self, tx: &mut Tx<'_>, subject: Uuid) -> Result<SubjectKey, VaultError> {
        let present = self.present();
        let secret = Secret::new(self.vault.fill());
        let wrapped = self.wrap_subject(subject, present.suite, &secret);
        let given = db::params![self.community, subject, present.version, wrapped];
        tx.exec(&store::SUBJECT_KEY_ADD, &given).map_err(replaced_meanwhile)?;
        Ok(self.subject_key(subject, present.suite, &secret))
    }

    /// The key of a subject; none if it never had one, or if that was destroyed.
    ///
    /// # Errors
    /// Those of the database, and when the key does not open.
    pub fn subject(
        &self,
        tx: &mut Tx<'_>,
        subject: Uuid,
    ) -> Result<Option<SubjectKey>, VaultError> {
        let row = tx.row(&store::SUBJECT_KEY, &db::params![self.community, subject])?;
        match row {
            Some(row) => self.open_subject(subject, row.opt_bytes(0)?),
            None => Ok(None),
        }
    }

    /// The key that a subject's row holds: for statements that fetch it together with the fields.
    /// None if it was destroyed.
    ///
    /// # Errors
    /// When the key does not open.
    pub fn open_subject(
        &self,
        subject: Uuid,
        wrapped: Option<&[u8]>,
    ) -> Result<Option<SubjectKey>, VaultError> {
        let Some(wrapped) = wrapped else { return Ok(None) };
        let (suite, secret) = self.unwrap_subject(subject, wrapped)?;
        Ok(Some(self.subject_key(subject, suite, &secret)))
    }

    /// The same key of a subject, wrapped by the community's present key.
    pub(crate) fn rewrap(&self, subject: Uuid, wrapped: &[u8]) -> Result<Vec<u8>, VaultError> {
        let (suite, secret) = self.unwrap_subject(subject, wrapped)?;
        Ok(self.wrap_subject(subject, suite, &secret))
    }

    fn unwrap_subject(&self, subject: Uuid, wrapped: &[u8]) -> Result<(Suite, Secret), VaultError> {
        let place = subject_place(self.community, subject);
        let wrapping = head(wrapped).and_then(|(_, version)| {
            self.wrapping.iter().find(|sealing| sealing.version == version)
        });
        let opened = wrapping.and_then(|sealing| sealing.open(&place, wrapped));
        let opened = opened.ok_or(VaultError::unreadable(&place))?;
        let (suite, secret) = opened.split_first().ok_or(VaultError::unreadable(&place))?;
        let both = Suite::of(*suite).zip(Secret::of(secret));
        both.ok_or(VaultError::unreadable(&place))
    }

    /// A subject's key wrapped: its suite, then its bytes.
    fn wrap_subject(&self, subject: Uuid, suite: Suite, secret: &Secret) -> Vec<u8> {
        let mut text = Zeroizing::new([0; 1 + KEY_BYTES]);
        text[0] = suite.id();
        text[1..].copy_from_slice(&secret.0);
        let place = subject_place(self.community, subject);
        let sealed = self.present().seal(&place, &*text, self.vault.nonce());
        // Only what is longer than a megabyte is not sealed.
        sealed.expect("a key is shorter than the longest text")
    }

    fn subject_key(&self, subject: Uuid, suite: Suite, secret: &Secret) -> SubjectKey {
        let sealing = Sealing { suite, version: FIRST, cipher: suite.cipher(secret) };
        SubjectKey { community: self.community, subject, vault: self.vault.clone(), sealing }
    }
}

/// Destroys a subject's key: nothing sealed with it opens again. Whether there was one.
///
/// The row stays and says when. What was written over lies nowhere in the file after the next
/// checkpoint of SQLite's log; copies made before still hold the wrapped key, until the community's
/// key is rotated.
///
/// # Errors
/// Those of the database.
pub fn destroy(
    tx: &mut Tx<'_>,
    community: CommunityId,
    subject: Uuid,
    now: Instant,
) -> Result<bool, VaultError> {
    let given = db::params![community.uuid(), subject, now.micros()];
    Ok(tx.exec(&store::SUBJECT_KEY_DESTROY, &given)? == 1)
}

/// The key of one subject, for one transaction.
pub struct SubjectKey {
    community: Uuid,
    subject: Uuid,
    vault: Arc<Vault>,
    sealing: Sealing,
}

impl SubjectKey {
    /// Whose it is.
    #[must_use]
    pub fn subject(&self) -> Uuid {
        self.subject
    }

    /// Seals a field of the subject's own row.
    ///
    /// # Errors
    /// When the text is too long for a field.
    pub fn seal(
        &self,
        table: &'static str,
        column: &'static str,
        text: &str,
    ) -> Result<Vec<u8>, VaultError> {
        self.seal_at(table, column, self.subject, text)
    }

    /// Seals a field of another row that tells of the subject.
    ///
    /// # Errors
    /// When the text is too long for a field.
    pub fn seal_at(
        &self,
        table: &'static str,
        column: &'static str,
        row: Uuid,
        text: &str,
    ) -> Result<Vec<u8>, VaultError> {
        let place = Place { community: self.community, table, column, row };
        let sealed = self.sealing.seal(&place, text.as_bytes(), self.vault.nonce());
        sealed.ok_or(VaultError::TooLong { table, column })
    }

    /// Opens a field of the subject's own row.
    ///
    /// # Errors
    /// When it was sealed elsewhere or with another key, or was changed.
    pub fn open(
        &self,
        table: &'static str,
        column: &'static str,
        sealed: &[u8],
    ) -> Result<String, VaultError> {
        self.open_at(table, column, self.subject, sealed)
    }

    /// Opens a field of another row that tells of the subject.
    ///
    /// # Errors
    /// When it was sealed elsewhere or with another key, or was changed.
    pub fn open_at(
        &self,
        table: &'static str,
        column: &'static str,
        row: Uuid,
        sealed: &[u8],
    ) -> Result<String, VaultError> {
        let place = Place { community: self.community, table, column, row };
        let opened = self.sealing.open(&place, sealed);
        let text = opened.and_then(|bytes| std::str::from_utf8(&bytes).ok().map(str::to_owned));
        text.ok_or(VaultError::unreadable(&place))
    }
}

/// A key version from a row.
pub(crate) fn version(row: &Row, index: usize) -> Result<u32, VaultError> {
    let strange = db::Error::Column { index, wanted: "a version", found: "another number" };
    u32::try_from(row.int(index)?).map_err(|_| VaultError::Db(strange))
}

/// A community's key was dropped while one transaction used it and another replaced it: run again,
/// either sees what the other did. Only PostgreSQL lets them meet, and its reference from the
/// subject's key keeps either from being stored.
pub(crate) fn replaced_meanwhile(error: db::Error) -> VaultError {
    match error {
        db::Error::Constraint { kind: db::Constraint::ForeignKey, .. } => {
            VaultError::Db(db::Error::Serialization)
        }
        other => VaultError::Db(other),
    }
}

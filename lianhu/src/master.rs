//! Where the master key comes from, and unlocking a database with it.
//!
//! A variable with the key itself, a variable with a passphrase, or a file; the file is made at the
//! very first start. A key that is missing or wrong stops the program before it serves anybody, with
//! a sentence on what to do.

use std::fs;
use std::io;
use std::path::PathBuf;

use ::vault::master::{self, Master, Ring, Salt};
use ::vault::{Suite, Vault};
use anyhow::{Context, Result, bail, ensure};
use db::Db;
use gate::Chance;

use crate::Where;

/// The master key beside the data, readable by its owner alone. Never in a backup.
const FILE: &str = "vault.key";

/// What a passphrase is mixed with. No secret; in every backup.
pub const SALT: &str = "vault.salt";

/// The key itself, and the one that shall replace it.
const KEY: [&str; 2] = ["LIANHU_VAULT_KEY", "LIANHU_VAULT_KEY_NEXT"];

/// A passphrase, and the one that shall replace it.
const PASSPHRASE: [&str; 2] = ["LIANHU_VAULT_PASSPHRASE", "LIANHU_VAULT_PASSPHRASE_NEXT"];

/// What a community begins with; `lianhu vault rotate --suite` changes it.
const SUITE: Suite = Suite::International;

/// Where the master key of an installation is.
pub enum Source {
    File(PathBuf),
    Key { present: String, next: Option<String> },
    Passphrase { present: String, next: Option<String>, salt: PathBuf },
}

impl Source {
    /// The source that environment and command line name.
    pub fn of(at: &Where) -> Result<Source> {
        let [key, next_key] = KEY.map(given);
        let [passphrase, next_passphrase] = PASSPHRASE.map(given);
        let salt = at.data.join(SALT);
        match (key, passphrase) {
            (Some(_), Some(_)) => bail!("{} and {} are both set: keep one", KEY[0], PASSPHRASE[0]),
            (Some(present), None) => Ok(Source::Key { present, next: next_key }),
            (None, Some(present)) => {
                Ok(Source::Passphrase { present, next: next_passphrase, salt })
            }
            (None, None) => {
                let beside = || at.data.join(FILE);
                Ok(Source::File(at.vault_key.clone().unwrap_or_else(beside)))
            }
        }
    }

    /// The keys; none where there is no file.
    fn ring(&self) -> Result<Option<Ring>> {
        match self {
            Source::File(path) => Ok(master::load(path)?),
            Source::Key { present, next } => {
                let both = [Some(present), next.as_ref()].into_iter().flatten();
                let text = both.map(String::as_str).collect::<Vec<_>>().join("\n");
                Ok(Some(Ring::parse(&text, KEY[0])?))
            }
            Source::Passphrase { present, next, salt } => {
                let Some(salt) = read_salt(salt)? else { return Ok(None) };
                let ring = Ring::of(Master::from_passphrase(present, &salt)?);
                let next = next.as_ref().map(|next| Master::from_passphrase(next, &salt));
                Ok(Some(match next.transpose()? {
                    Some(next) => ring.with(next),
                    None => ring,
                }))
            }
        }
    }

    /// The keys of a first start.
    fn begin(&self) -> Result<Ring> {
        let chance = Chance::system();
        match self {
            Source::File(path) => Ok(master::create(path, &|bytes| chance.fill(bytes))?),
            Source::Passphrase { salt, .. } => {
                let made = Salt::new(&|bytes| chance.fill(bytes));
                fs::write(salt, made.text())
                    .with_context(|| format!("cannot write {}", salt.display()))?;
                self.ring()?.context("the salt was not kept")
            }
            Source::Key { .. } => self.ring()?.context("a variable always gives a key"),
        }
    }

    /// What is missing and what to do.
    fn missing(&self, wanted: &[String]) -> String {
        let wanted = wanted.join(", ");
        let what = match self {
            Source::File(path) => format!("the master key's file {} is missing", path.display()),
            Source::Passphrase { salt, .. } => {
                format!("the passphrase's salt {} is missing", salt.display())
            }
            Source::Key { .. } => format!("{} is empty", KEY[0]),
        };
        format!(
            "{what}, and the data are sealed with the key {wanted}. Bring it back from where it is \
             kept apart from the backups, with mode 600; without it nobody can read the names, \
             telephones and numbers of residents. No new key was made"
        )
    }
}

impl Where {
    /// Attaches the vault; the very first start makes the master key. What an older program kept in
    /// the clear is sealed.
    pub fn unlock(&self, db: &Db) -> Result<()> {
        let source = Source::of(self)?;
        let wanted = ::vault::masters(db)?;
        let ring = match source.ring()? {
            Some(ring) => ring,
            None if wanted.is_empty() => source.begin()?,
            None => bail!(source.missing(&wanted)),
        };
        vault_of(&source, ring).attach(db)?;
        let sealed = registry::seal_what_is_clear(db).context("sealing what lay in the clear")?;
        if sealed > 0 {
            tracing::info!(persons = sealed, "what lay in the clear is sealed now");
        }
        Ok(())
    }

    /// The same where a key is at hand; whether it was.
    pub fn unlock_if_given(&self, db: &Db) -> Result<bool> {
        let given = Source::of(self)?.ring()?.is_some();
        if given {
            self.unlock(db)?;
        }
        Ok(given)
    }

    /// Adds a further key to the ring, unless a change is under way already, and attaches the vault
    /// with both.
    pub fn begin_master_change(&self, db: &Db) -> Result<Source> {
        let source = Source::of(self)?;
        let wanted = ::vault::masters(db)?;
        let ring = source.ring()?.with_context(|| source.missing(&wanted))?;
        let ring = match &source {
            Source::File(path) if !ring.is_changing() => {
                let chance = Chance::system();
                let ring = ring.with(Master::new(&|bytes| chance.fill(bytes)));
                master::store(path, &ring)?;
                ring
            }
            Source::File(_) => ring,
            Source::Key { .. } => changing(ring, KEY[1])?,
            Source::Passphrase { .. } => changing(ring, PASSPHRASE[1])?,
        };
        vault_of(&source, ring).attach(db)?;
        Ok(source)
    }

    /// Drops the former master key, which wraps nothing any more. What is left to do by hand.
    pub fn end_master_change(&self, db: &Db, source: &Source) -> Result<String> {
        let ring = source.ring()?.context("the master key has gone meanwhile")?;
        let present = ring.last().id();
        ensure!(
            ::vault::masters(db)?.iter().all(|used| used == present),
            "another process wraps keys with the former master key: try again"
        );
        Ok(match source {
            Source::File(path) => {
                master::store(path, &ring.settled())?;
                format!(
                    "keep a copy of {} apart from the backups; burn the old one",
                    path.display()
                )
            }
            Source::Key { .. } => format!("now put the value of {} into {}", KEY[1], KEY[0]),
            Source::Passphrase { .. } => {
                format!("now put the value of {} into {}", PASSPHRASE[1], PASSPHRASE[0])
            }
        })
    }
}

fn changing(ring: Ring, variable: &str) -> Result<Ring> {
    ensure!(
        ring.is_changing(),
        "set {variable} for this command and for the server, and try again"
    );
    Ok(ring)
}

fn vault_of(source: &Source, ring: Ring) -> Vault {
    let file = match source {
        Source::File(path) => Some(path.clone()),
        Source::Key { .. } | Source::Passphrase { .. } => None,
    };
    let chance = Chance::system();
    Vault::new(ring, file, SUITE, move |bytes| chance.fill(bytes))
}

fn read_salt(path: &PathBuf) -> Result<Option<Salt>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(Salt::parse(&text)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// A variable that is set to something.
fn given(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|value| !value.trim().is_empty())
}

//! `lianhu backup`, `restore` and `verify`: everything in one file, back again, and the proof that
//! it would come back.
//!
//! A backup is taken beside the running server and is of one moment. It holds the database
//! (photos are in it), the installation's name and the journal's public keys; encrypted, also the
//! key that signs the journal, for that must not lie about in the open. Residents' data are in it as
//! they lie in the database, sealed; the master key that opens them is in no backup. [`file`] has its
//! form.

mod drill;
mod file;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use age::x25519::{Identity, Recipient};
use anyhow::{Context, Result, anyhow, bail, ensure};
use clap::Args;
use db::{Db, Engine, Progress, Url};
use kernel::{Clock, SystemClock};

use crate::Where;
use crate::journal::check_all;
use crate::master::SALT;
use crate::own_postgres::OwnPostgres;
use crate::serve::say;
use file::{DATABASE, Manifest};

/// Whoever holds this public key's other half can read the backups; kept beside the data, every
/// backup is encrypted to it.
const RECIPIENT: &str = "backup.recipient";

/// What a data directory has beside its database. The signing key goes into encrypted backups only.
/// The master key goes into none: whoever finds a backup shall not find what opens it.
const OPEN_FILES: [&str; 4] = ["deployment", "journal.pub", RECIPIENT, SALT];
const SECRET_FILE: &str = "journal.key";

/// Where a backup is unpacked before anything of it counts.
const STAGING: &str = ".restoring";

/// How often the progress is shown.
const SHOWN_EVERY: Duration = Duration::from_secs(2);

#[derive(Args)]
pub struct Backup {
    #[command(flatten)]
    at: Where,
    /// The file to write; it must not be there yet.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// Encrypt it to this age key. Without it: to the key in DIR/backup.recipient, if there is one.
    #[arg(long, value_name = "age1…", conflicts_with = "recipient_file")]
    recipient: Option<String>,
    /// The same from a file.
    #[arg(long, value_name = "FILE")]
    recipient_file: Option<PathBuf>,
}

#[derive(Args)]
pub struct Restore {
    /// A backup.
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// The age identity that opens it, if it is encrypted.
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
    /// Where it goes: a directory that is empty or not there yet, and with --database an empty
    /// database.
    #[command(flatten)]
    at: Where,
}

#[derive(Args)]
pub struct Verify {
    /// A backup.
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// The age identity that opens it, if it is encrypted.
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
    /// The master key's file, to try whether it opens what is sealed too; LIANHU_VAULT_KEY or a
    /// passphrase will do as well.
    #[arg(long, value_name = "FILE", env = "LIANHU_VAULT_KEY_FILE")]
    vault_key: Option<PathBuf>,
    /// An empty PostgreSQL to try a backup of PostgreSQL in; without it one is started here.
    #[arg(long, value_name = "postgres://…")]
    database: Option<String>,
}

impl Backup {
    pub fn run(self) -> Result<()> {
        ensure!(!self.to.exists(), "{} is there already; nothing was written", self.to.display());
        let recipient = self.recipient()?;
        let db = self.at.open_existing()?;
        let engine = db.engine();
        // In the data directory, for what is copied there is as secret as what lies there.
        let staging = Staging::make(&self.at.data, ".backing-up")?;
        let copy = staging.path.join(DATABASE);
        db.backup_to(&copy, show())?;
        db.close();
        let mut names: Vec<&str> = OPEN_FILES.to_vec();
        names.extend(recipient.as_ref().map(|_| SECRET_FILE));
        let mut files = vec![(DATABASE.to_owned(), copy)];
        for name in names {
            let path = self.at.data.join(name);
            if path.exists() {
                files.push((name.to_owned(), path));
            }
        }
        let made_at = SystemClock::default().now().to_rfc3339();
        file::write(&self.to, engine, made_at, &files, recipient.as_ref())?;
        let kind = if recipient.is_some() { "encrypted" } else { "not encrypted" };
        say(&format!("{} ({kind})", self.to.display()));
        Ok(())
    }

    fn recipient(&self) -> Result<Option<Recipient>> {
        let kept = self.at.data.join(RECIPIENT);
        let text = match (&self.recipient, &self.recipient_file) {
            (Some(text), _) => text.clone(),
            (None, Some(path)) => read_text(path)?,
            (None, None) if kept.exists() => read_text(&kept)?,
            (None, None) => return Ok(None),
        };
        let line = meant(&text).next().unwrap_or_default();
        let recipient = line.parse().map_err(|why| anyhow!("no age1… key: {why}"))?;
        Ok(Some(recipient))
    }
}

impl Restore {
    pub fn run(self) -> Result<()> {
        let target = &self.at.data;
        let is_new = !target.exists();
        if !is_new {
            let mut inside = fs::read_dir(target).with_context(|| shown(target))?;
            ensure!(inside.next().is_none(), "{} is not empty; nothing was changed", shown(target));
        }
        self.at.prepare()?;
        let done = self.fill();
        if done.is_err() && is_new {
            // As if it had never been made; if that fails, the first error tells more.
            let _ = fs::remove_dir(target);
        }
        done
    }

    fn fill(&self) -> Result<()> {
        let staging = Staging::make(&self.at.data, STAGING)?;
        let manifest = unpack(&self.from, self.identity.as_deref(), &staging.path)?;
        let name = Path::new(DATABASE);
        let (copy, url) = (staging.path.join(name), self.at.url()?);
        match (manifest.engine()?, &url) {
            (Engine::Sqlite, Url::Sqlite(path)) => {
                let name = path.file_name().context("a data file without a name")?;
                db::restore(&copy, &Url::Sqlite(staging.path.join(name)))?;
            }
            (Engine::Postgres, Url::Postgres(_)) => db::restore(&copy, &url)?,
            (Engine::Sqlite, Url::Postgres(_)) => bail!("this backup is of SQLite: no --database"),
            (Engine::Postgres, Url::Sqlite(_)) => {
                bail!("this backup is of PostgreSQL: name an empty one with --database");
            }
        }
        fs::remove_file(&copy).with_context(|| shown(&copy))?;
        staging.deliver(&self.at.data)?;
        say(&format!("restored as of {} into {}", manifest.made_at, shown(&self.at.data)));
        if !manifest.has(SECRET_FILE) {
            // Serving goes on at once; what the old key signed is still verified by its public half.
            self.at.new_journal_key()?;
            say("the backup is not encrypted and so without the key that signs the journal: a new");
            say("one was made; put journal.key of the old machine in its place if you have it");
        }
        self.tell_of_master_key()
    }
}

impl Restore {
    /// Says whether what is sealed can be read here, or what is still to be done.
    fn tell_of_master_key(&self) -> Result<()> {
        let db = self.at.open_locked(false)?;
        let wanted = ::vault::masters(&db)?.join(", ");
        if !wanted.is_empty() {
            match self.at.unlock_if_given(&db) {
                Ok(true) => say("the master key is the right one: what is sealed can be read"),
                Ok(false) => {
                    say(&format!(
                        "residents' data are sealed with the master key {wanted}: before"
                    ));
                    say("serving, put its file into the data directory as vault.key, mode 600");
                }
                Err(why) => say(&format!("what is sealed cannot be read yet: {why:#}")),
            }
        }
        db.close();
        Ok(())
    }
}

impl Verify {
    pub fn run(self) -> Result<ExitCode> {
        let folder = tempfile::tempdir().context("no room for the drill")?;
        let manifest = unpack(&self.from, self.identity.as_deref(), folder.path())?;
        let copy = folder.path().join(DATABASE);
        let engine = manifest.engine()?;
        let needs_server = engine == Engine::Postgres && self.database.is_none();
        // A drill may lose its copy: nothing waits for the disk.
        let own = needs_server.then(|| OwnPostgres::start(false)).transpose()?;
        let database = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => self.database.or(own.as_ref().map(OwnPostgres::url)),
        };
        let at = Where { data: folder.path().to_owned(), database, vault_key: self.vault_key };
        db::restore(&copy, &at.url()?)?;
        let db = at.open_locked(false)?;
        let code = check(&db, &at)?;
        check_sealed(&db, &at)?;
        db.close();
        if code == 0 {
            say(&format!("{}: can be restored, as of {}", shown(&self.from), manifest.made_at));
        }
        Ok(ExitCode::from(code))
    }
}

/// The journal and the rows of restored data; what `verify` exits with.
fn check(db: &Db, at: &Where) -> Result<u8> {
    let mut code = 0;
    for checked in check_all(db, at, &[])? {
        checked.report();
        code = code.max(checked.exit_code());
    }
    for (what, rows) in drill::orphans(db)? {
        say(&format!("{rows} {what}"));
        code = code.max(drill::EXIT_CODE);
    }
    Ok(code)
}

/// Opens everything that is sealed, where the master key is at hand.
fn check_sealed(db: &Db, at: &Where) -> Result<()> {
    if ::vault::masters(db)?.is_empty() {
        return Ok(());
    }
    if at.unlock_if_given(db)? {
        let opened = registry::open_everybody(db)?;
        say(&format!("the master key is the right one: the fields of {opened} people open"));
    } else {
        say("what is sealed was not opened: name the master key's file with --vault-key");
    }
    Ok(())
}

/// Unpacks a backup into `folder`, or refuses it.
fn unpack(from: &Path, identity: Option<&Path>, folder: &Path) -> Result<Manifest> {
    let identity = identity.map(read_identity).transpose()?;
    let input = File::open(from).with_context(|| format!("the backup {}", shown(from)))?;
    file::read(input, identity.as_ref(), folder)
        .with_context(|| format!("the backup {} cannot be used", shown(from)))
}

fn read_identity(path: &Path) -> Result<Identity> {
    let text = read_text(path)?;
    let line = meant(&text).next().unwrap_or_default();
    line.parse().map_err(|why| anyhow!("{}: no age identity: {why}", shown(path)))
}

fn read_text(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| shown(path))
}

/// The lines of a key file that are not comments.
fn meant(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Says now and then how far the copy has come.
fn show() -> impl FnMut(Progress) {
    let mut last = Instant::now();
    move |Progress { done, total }| {
        if last.elapsed() >= SHOWN_EVERY || done == total {
            last = Instant::now();
            eprintln!("copied {done} of {total}");
        }
    }
}

/// A folder beside the data for what is not whole yet; gone when this goes.
struct Staging {
    path: PathBuf,
}

impl Staging {
    fn make(data: &Path, name: &str) -> Result<Staging> {
        use std::os::unix::fs::DirBuilderExt;
        let path = data.join(name);
        // Left over from a run that was killed.
        if path.exists() {
            fs::remove_dir_all(&path).with_context(|| shown(&path))?;
        }
        let made = fs::DirBuilder::new().mode(0o700).create(&path);
        made.with_context(|| shown(&path))?;
        Ok(Staging { path })
    }

    /// Moves everything to where it belongs, the data last: without it nothing is served.
    fn deliver(self, to: &Path) -> Result<()> {
        let entries = fs::read_dir(&self.path).with_context(|| shown(&self.path))?;
        let mut names = Vec::new();
        for entry in entries {
            names.push(entry?.file_name());
        }
        names.sort_by_key(|name| name.to_string_lossy().starts_with("lianhu.db"));
        for name in names {
            fs::rename(self.path.join(&name), to.join(&name)).with_context(|| shown(to))?;
        }
        File::open(to).and_then(|folder| folder.sync_all()).with_context(|| shown(to))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // Swept at the next run if not now.
        let _ = fs::remove_dir_all(&self.path);
    }
}

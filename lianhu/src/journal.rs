//! `lianhu journal`: verifies the log and proves single entries, beside a running server or
//! without one.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use db::{Config, Db};
use gate::seal::{self, Verified};
use journal::Verdict;

use crate::Where;
use crate::serve::say;

#[derive(Subcommand)]
pub enum Journal {
    /// Recompute every entry, link and checkpoint; names the first bad entry.
    ///
    /// Exit code: 0 whole, 1 altered, 2 rolled back, 3 two histories, 5 unreadable, 6 an event
    /// was removed.
    Verify(Verify),
    /// Print the proof that one entry stands in the log (C2SP tlog-proof).
    Proof(Proof),
    /// Begin a new signing key when the former one is lost. What that one signed stays verifiable.
    NewKey(NewKey),
}

#[derive(Args)]
pub struct Verify {
    #[command(flatten)]
    at: Where,
    /// A checkpoint kept elsewhere (notice board, witness, backup); may be given several times.
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<std::path::PathBuf>,
}

#[derive(Args)]
pub struct Proof {
    #[command(flatten)]
    at: Where,
    /// The entry's number in the log.
    #[arg(long)]
    entry: i64,
}

#[derive(Args)]
pub struct NewKey {
    #[command(flatten)]
    at: Where,
}

impl Journal {
    pub fn run(self) -> Result<ExitCode> {
        match self {
            Journal::Verify(verify) => verify.run(),
            Journal::Proof(proof) => proof.run(),
            Journal::NewKey(new) => {
                say(&new.at.new_journal_key()?.to_string());
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

impl Verify {
    fn run(self) -> Result<ExitCode> {
        let read = |path: &std::path::PathBuf| {
            std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))
        };
        let outside = self.checkpoint.iter().map(read).collect::<Result<Vec<String>>>()?;
        let db = existing(&self.at)?;
        let mut code = 0;
        for verified in verify_all(&db, &self.at, &outside)? {
            report(&verified);
            code = code.max(verified.exit_code());
        }
        Ok(ExitCode::from(code))
    }
}

/// Verifies every community's log.
pub fn verify_all(db: &Db, at: &Where, outside: &[String]) -> Result<Vec<Verified>> {
    let keys = at.journal_keys()?;
    let deployment = at.deployment()?;
    let mut all = Vec::new();
    for community in seal::logs(db)? {
        // Every hundred thousand entries, so that a long run shows that it lives.
        let progress = |read: u64| {
            if read.is_multiple_of(100_000) {
                eprintln!("{community}: {read} entries read");
            }
        };
        all.push(seal::verify(db, community, &deployment, &keys, outside, progress)?);
    }
    Ok(all)
}

pub fn report(verified: &Verified) {
    let community = verified.community;
    match &verified.verdict {
        Verdict::Whole(summary) => say(&format!(
            "{community}: whole, {} entries, {} covered by {} checkpoints, {} not yet linked",
            summary.size, summary.covered, summary.checkpoints, verified.unsealed
        )),
        Verdict::Altered { seq, fault, .. } => {
            say(&format!("{community}: ALTERED, first bad entry {seq}: {fault}"));
        }
        Verdict::RolledBack { size, signed } => {
            say(&format!("{community}: ROLLED BACK, {size} entries, but {signed} were signed"))
        }
        Verdict::SplitView { size } => {
            say(&format!("{community}: TWO HISTORIES were signed, they differ at size {size}"));
        }
        Verdict::Forged { note, why } => {
            say(&format!("{community}: checkpoint {note} is not ours: {why}"));
        }
        Verdict::Unreadable { after } => {
            say(&format!("{community}: UNREADABLE after {after} entries"));
        }
    }
    if let Some(lost) = verified.lost {
        say(&format!("{community}: EVENT REMOVED, first bad entry {lost}"));
    }
    if verified.loose > 0 {
        say(&format!("{community}: {} events stand outside the log", verified.loose));
    }
}

impl Proof {
    fn run(self) -> Result<ExitCode> {
        let db = existing(&self.at)?;
        let community = crate::compose::only_community(&db)?;
        let proof = seal::prove_seq(&db, community, self.entry);
        let proof = proof.context("no checkpoint covers such an entry (yet)")?;
        say(&proof.to_string());
        Ok(ExitCode::SUCCESS)
    }
}

/// Opens what is there without changing it; a missing file is an error and not a new database.
fn existing(at: &Where) -> Result<Db> {
    let url = at.url()?;
    if let db::Url::Sqlite(path) = &url {
        anyhow::ensure!(path.exists(), "there is no database in {}", at.data.display());
    }
    Db::open(&Config::new(url)).context("cannot open the database")
}

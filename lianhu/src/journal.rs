//! `lianhu journal`: verifies the log and the rows it speaks for, and proves single entries,
//! beside a running server or without one.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use db::{Config, Db};
use gate::left::{self, Compared, Unlike};
use gate::seal::{self, Verified};
use journal::Verdict;
use kernel::CommunityId;

use crate::Where;
use crate::compose::MODULES;
use crate::serve::say;

/// How often a long run shows that it lives: after so many entries or things.
const SHOWN_EVERY: u64 = 100_000;

#[derive(Subcommand)]
pub enum Journal {
    /// Recompute every entry, link and checkpoint, and compare every row with its newest event;
    /// names what is wrong.
    ///
    /// Exit code: 0 whole, 1 altered, 2 rolled back, 3 two histories, 5 unreadable, 6 an event
    /// was removed, 8 rows are not as their events left them. The highest that applies.
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
        for checked in check_all(&db, &self.at, &outside)? {
            checked.report();
            code = code.max(checked.exit_code());
        }
        Ok(ExitCode::from(code))
    }
}

/// What was found of one community.
pub struct Checked {
    verified: Verified,
    compared: Compared,
}

/// Verifies every community's log, and the rows that it speaks for.
pub fn check_all(db: &Db, at: &Where, outside: &[String]) -> Result<Vec<Checked>> {
    let keys = at.journal_keys()?;
    let deployment = at.deployment()?;
    let states = web::house::states(MODULES);
    let mut all = Vec::new();
    for community in seal::logs(db)? {
        let entries = progress(community, "entries read");
        let verified = seal::verify(db, community, &deployment, &keys, outside, entries)?;
        let things = progress(community, "things compared");
        let compared = left::compare(db, community, &states, things)?;
        all.push(Checked { verified, compared });
    }
    Ok(all)
}

fn progress(community: CommunityId, what: &'static str) -> impl FnMut(u64) {
    let mut shown = 0;
    move |done| {
        if done / SHOWN_EVERY > shown {
            shown = done / SHOWN_EVERY;
            eprintln!("{community}: {done} {what}");
        }
    }
}

impl Checked {
    pub fn exit_code(&self) -> u8 {
        self.verified.exit_code().max(self.compared.exit_code())
    }

    pub fn report(&self) {
        let community = self.verified.community;
        let verdict = verdict(&self.verified);
        let found = [vec![verdict], beside(&self.verified), rows(&self.compared)].concat();
        found.iter().for_each(|found| say(&format!("{community}: {found}")));
    }
}

/// What the entries themselves say.
fn verdict(verified: &Verified) -> String {
    match &verified.verdict {
        Verdict::Whole(summary) => format!(
            "whole, {} entries, {} covered by {} checkpoints, {} not yet linked",
            summary.size, summary.covered, summary.checkpoints, verified.unsealed
        ),
        Verdict::Altered { seq, fault, .. } => format!("ALTERED, first bad entry {seq}: {fault}"),
        Verdict::RolledBack { size, signed } => {
            format!("ROLLED BACK, {size} entries, but {signed} were signed")
        }
        Verdict::SplitView { size } => {
            format!("TWO HISTORIES were signed, they differ at size {size}")
        }
        Verdict::Forged { note, why } => format!("checkpoint {note} is not ours: {why}"),
        Verdict::Unreadable { after } => format!("UNREADABLE after {after} entries"),
    }
}

/// What is wrong beside the entries.
fn beside(verified: &Verified) -> Vec<String> {
    let lost = verified.lost.map(|lost| format!("EVENT REMOVED, first bad entry {lost}"));
    let standing = verified.misstandings.iter().map(|fault| format!("ALTERED, {fault}"));
    let loose = verified.loose.first.iter().map(|event| {
        let at = event.at.to_rfc3339();
        format!("OUTSIDE THE LOG, event {} {} of {at}", event.id, event.action)
    });
    let more = match verified.loose.more() {
        more @ 1.. => Some(format!("and {more} more events outside the log")),
        _ => None,
    };
    lost.into_iter().chain(standing).chain(loose).chain(more).collect()
}

/// How the rows differ from their events.
fn rows(compared: &Compared) -> Vec<String> {
    if compared.unlike.is_empty() {
        return vec![format!("{} things are as their events left them", compared.things)];
    }
    let named = compared.unlike.iter().map(|unlike| match unlike {
        Unlike::Edited { name } => format!("EDITED, {name} is not as its newest event left it"),
        Unlike::Missing { object } => format!("MISSING, {object} has events and no row"),
        Unlike::Extra { name, object } => format!("EXTRA, no event left {name} ({object})"),
    });
    let more = (compared.more > 0).then(|| format!("and {} more", compared.more));
    named.chain(more).collect()
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

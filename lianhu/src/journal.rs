//! `lianhu journal`: verifies the log and the rows it speaks for, and proves single entries,
//! beside a running server or without one.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use db::{Config, Db};
use gate::left::{self, Compared, Unlike};
use gate::seal::{self, Verified};
use journal::{
    NoteError, Proof as ProofFile, ProofFault, Proven, PublicKey, Verdict, verify_offline,
};
use kernel::CommunityId;

use crate::Where;
use crate::compose::MODULES;
use crate::serve::say;

/// How often a long run shows that it lives: after so many entries or requests.
const SHOWN_EVERY: u64 = 100_000;

#[derive(Subcommand)]
pub enum Journal {
    /// Recompute every entry, link and checkpoint, and compare every request and its promises with
    /// what its newest event left; names what is wrong.
    ///
    /// The log covers every act. Rows are compared for requests and promises alone: not for
    /// accounts and roles, clock terms, query codes, the register and access lines.
    ///
    /// Exit code: 0 whole, 1 altered, 2 rolled back, 3 two histories, 5 unreadable, 6 an event
    /// was removed, 8 a request or promise is not as its event left it. The highest that applies.
    Verify(Verify),
    /// Print the proof that one entry stands in the log (C2SP tlog-proof).
    Proof(Proof),
    /// Check a proof with the log's public key alone: no database, no network.
    ///
    /// Exit code: 0 proven, 1 it proves nothing, 5 not a proof, 7 a shown text was changed.
    Check(Check),
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
pub struct Check {
    /// The proof, as `journal proof` printed it.
    #[arg(value_name = "FILE")]
    proof: std::path::PathBuf,
    /// The log's public key, or a file of such keys, one a line: `journal.pub` of the data
    /// directory, got from somebody you trust and not with the proof.
    #[arg(long, value_name = "KEY|FILE")]
    key: String,
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
            Journal::Check(check) => check.run(),
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
        let things = progress(community, "requests compared");
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
        let things = compared.things;
        return vec![format!("{things} requests with promises are as their events left them")];
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

impl Check {
    fn run(self) -> Result<ExitCode> {
        let name = self.proof.display();
        let text = std::fs::read_to_string(&self.proof).with_context(|| format!("{name}"))?;
        let verdict = check(&text, &keys(&self.key)?);
        let (said, code) = match &verdict {
            Ok(proven) => (proven_words(proven), 0),
            Err(fault) => (format!("NOT PROVEN: {fault}"), fault.exit_code()),
        };
        say(&said);
        Ok(ExitCode::from(code))
    }
}

/// What a proof proves under whichever of the keys signed its checkpoint.
fn check(text: &str, keys: &[PublicKey]) -> Result<Proven, ProofFault> {
    // A file may end with an empty line more than the proof: `journal proof` prints one.
    let proof: ProofFile = format!("{}\n", text.trim_end()).parse()?;
    let tried = keys.iter().map(|key| verify_offline(&proof, key));
    let unsigned = ProofFault::Checkpoint(NoteError::Unsigned);
    let mut signed = tried.filter(|tried| !matches!(tried, Err(fault) if *fault == unsigned));
    signed.next().unwrap_or(Err(unsigned))
}

fn keys(given: &str) -> Result<Vec<PublicKey>> {
    if let Ok(key) = given.parse() {
        return Ok(vec![key]);
    }
    let text = std::fs::read_to_string(given).context("--key is no public key and no file")?;
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let keys = lines.map(|line| line.trim().parse().context("--key holds no public keys"));
    keys.collect()
}

/// Who reads it compares the log's name with the one they know.
fn proven_words(proven: &Proven) -> String {
    let (entry, checkpoint) = (&proven.entry, &proven.checkpoint);
    format!(
        "proven: entry {} ({}) stands in the log {} of {} entries",
        entry.seq,
        entry.action.as_str(),
        checkpoint.origin.as_str(),
        checkpoint.size
    )
}

/// Opens what is there without changing it; a missing file is an error and not a new database.
fn existing(at: &Where) -> Result<Db> {
    let url = at.url()?;
    if let db::Url::Sqlite(path) = &url {
        anyhow::ensure!(path.exists(), "there is no database in {}", at.data.display());
    }
    Db::open(&Config::new(url)).context("cannot open the database")
}

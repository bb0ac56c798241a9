//! `lianhu`: the program. Command line, configuration, composition; no rules here.

mod backup;
mod bench;
mod calendar;
mod compose;
mod demo;
mod jobs;
mod journal;
mod master;
// Stands with the tests, and in the program's own test because only that knows all capabilities.
#[cfg(test)]
#[path = "../tests/matrix/mod.rs"]
mod matrix;
mod own_postgres;
mod privacy;
mod register;
mod serve;
mod setup;
mod vault;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// 联户 Lianhu: software that runs a neighbourhood community.
///
/// What one resident says at the door is heard, handled by whoever can, answered, checked with
/// that resident, and learnt from by the whole community.
///
/// Try it:            lianhu demo
/// Begin for real:    lianhu serve --data /var/lib/lianhu
/// Every command has its own --help.
#[derive(Parser)]
#[command(name = "lianhu", version, verbatim_doc_comment)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the community kept in a data directory; an empty one prints a one-time set-up link.
    Serve(serve::Serve),
    /// Serve an invented community of 3,500 residents with a quarter of requests.
    Demo(demo::Demo),
    /// Make a community in a data directory without a browser.
    Init(setup::Init),
    /// Make an API token and print it as the last line. It is shown once.
    Token(setup::Token),
    /// Print a one-time link that ends the sign-in codes of somebody who lost their phone.
    LostPhone(setup::LostPhone),
    /// Verify the journal, or prove one entry.
    #[command(subcommand)]
    Journal(journal::Journal),
    /// Copy everything into one file while the program runs.
    Backup(backup::Backup),
    /// Put a backup into an empty data directory or database.
    Restore(backup::Restore),
    /// Prove that a backup can be restored: restores it aside and verifies journal and rows.
    Verify(backup::Verify),
    /// Look after the keys that seal residents' data.
    #[command(subcommand)]
    Vault(vault::Vault),
    /// Say what could be produced about people: a disclosure drill.
    #[command(subcommand)]
    Privacy(privacy::Privacy),
    /// Ask the working calendar.
    #[command(subcommand)]
    Calendar(calendar::Calendar),
    /// Bring the register in from a table, or write it as one.
    #[command(subcommand)]
    Register(register::Register),
    /// Measure; prints JSON.
    Bench(bench::Bench),
    /// Decode one picture from standard input; started by the server, with little memory.
    #[command(hide = true)]
    PhotoWorker,
}

/// Where the data is. The same for every command.
#[derive(clap::Args, Clone)]
pub struct Where {
    /// Directory of the database file, keys and backups. Made when missing.
    #[arg(long, default_value = "data", value_name = "DIR")]
    pub data: PathBuf,
    /// Keep the data in PostgreSQL instead; keys stay in the data directory.
    #[arg(long, value_name = "postgres://…", env = "LIANHU_DATABASE")]
    pub database: Option<String>,
    /// The master key's file, where it does not lie in the data directory as vault.key.
    #[arg(long, value_name = "FILE", env = "LIANHU_VAULT_KEY_FILE")]
    pub vault_key: Option<PathBuf>,
}

impl Where {
    /// A place with the master key beside the data.
    pub fn new(data: PathBuf, database: Option<String>) -> Where {
        Where { data, database, vault_key: None }
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("LIANHU_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    // Colours are for eyes: a log file or the system's journal gets plain text.
    let colours = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours);
    log.with_writer(std::io::stderr).init();
    let done = match cli.command {
        Command::Serve(serve) => serve.run().map(|()| ExitCode::SUCCESS),
        Command::Demo(demo) => demo.run().map(|()| ExitCode::SUCCESS),
        Command::Init(init) => init.run().map(|()| ExitCode::SUCCESS),
        Command::Token(token) => token.run().map(|()| ExitCode::SUCCESS),
        Command::LostPhone(lost) => lost.run().map(|()| ExitCode::SUCCESS),
        Command::Journal(journal) => journal.run(),
        Command::Backup(backup) => backup.run().map(|()| ExitCode::SUCCESS),
        Command::Restore(restore) => restore.run().map(|()| ExitCode::SUCCESS),
        Command::Verify(verify) => verify.run(),
        Command::Vault(vault) => vault.run().map(|()| ExitCode::SUCCESS),
        Command::Privacy(privacy) => privacy.run().map(|()| ExitCode::SUCCESS),
        Command::Calendar(calendar) => calendar.run().map(|()| ExitCode::SUCCESS),
        Command::Register(register) => register.run(),
        Command::Bench(bench) => bench.run().map(|()| ExitCode::SUCCESS),
        Command::PhotoWorker => return requests::photos::worker_main(),
    };
    done.unwrap_or_else(|error| {
        eprintln!("lianhu: {error:#}");
        ExitCode::FAILURE
    })
}

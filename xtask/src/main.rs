//! What a developer runs besides `cargo run` and `cargo test`.
//!
//! `cargo xtask test` is the whole suite and the one command continuous integration calls;
//! `tidy` is the house's own rules as a test; the rest measures, photographs and scaffolds.
//! Kept to five small dependencies, because every other command waits for this one to compile.
//!
//! Invariant: nothing here depends on a crate of ours, so a broken crate never breaks the tool
//! that has to say so.
#![allow(clippy::print_stdout, reason = "a command line program speaks on standard output")]

mod bench;
mod command;
mod demo;
mod links;
mod pictures;
mod postgres;
mod rust_text;
mod scaffold;
mod suite;
mod tidy;
mod tree;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::tree::Workplace;

/// What a developer of Lianhu runs besides `cargo run` and `cargo test`.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Runs the whole suite, stage by stage, and ends with `N passed, N failed`.
    Test(suite::Options),
    /// Checks the rules of the house that no compiler knows.
    Tidy,
    /// Makes the rooms of a capability, with a sample of everything.
    New {
        /// One English word in small letters: canteen
        name: String,
    },
    /// Measures a release build and writes what it found as JSON.
    Bench(bench::Options),
    /// Walks the journeys in a browser and refreshes docs/pictures.
    Pictures,
    /// Starts the demo, prints its sign-in links as JSON and keeps it running until Ctrl-C.
    DemoLinks,
}

fn main() -> ExitCode {
    run(Arguments::parse().command).unwrap_or_else(|error| {
        eprintln!("{error:#}");
        ExitCode::FAILURE
    })
}

fn run(task: Task) -> Result<ExitCode> {
    let place = Workplace::find()?;
    match task {
        Task::Test(options) => suite::run(&place, &options),
        Task::Tidy => Ok(tidy::run(&place)?.exit_code()),
        Task::New { name } => scaffold::run(&place, &name),
        Task::Bench(options) => bench::run(&place, &options),
        Task::Pictures => pictures::run(&place),
        Task::DemoLinks => demo::show_links(&place),
    }
}

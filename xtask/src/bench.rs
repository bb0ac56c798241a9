//! `cargo xtask bench`: measures a release build and keeps what it found as JSON. Never a test:
//! a number depends on the machine, and a red number on a busy one says nothing.

use std::fs;
use std::process::{ExitCode, Stdio};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use crate::command;
use crate::demo::release_program;
use crate::postgres::{Commits, PrivatePostgres};
use crate::tree::Workplace;

#[derive(Args)]
pub struct Options {
    /// What to measure; all of it if nothing is said.
    #[arg(value_enum)]
    loads: Vec<Load>,
    /// How many requests each load files or reads.
    #[arg(long, default_value_t = 10_000)]
    requests: u64,
    /// How many clients work at once.
    #[arg(long, default_value_t = 64)]
    clients: u32,
    /// Which engine keeps the requests.
    #[arg(long, value_enum, default_value_t = Engine::Sqlite)]
    database: Engine,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Load {
    Intake,
    Lifecycle,
    Read,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Engine {
    Sqlite,
    Postgres,
}

impl Load {
    fn name(self) -> &'static str {
        match self {
            Load::Intake => "intake",
            Load::Lifecycle => "lifecycle",
            Load::Read => "read",
        }
    }
}

pub fn run(place: &Workplace, options: &Options) -> Result<ExitCode> {
    let program = release_program(place)?;
    let (engine, server) = match options.database {
        Engine::Sqlite => ("sqlite", None),
        Engine::Postgres => ("postgres", Some(PrivatePostgres::start(place, Commits::Durable)?)),
    };
    let folder = place.artefacts("bench")?;
    let all = Load::value_variants();
    for load in if options.loads.is_empty() { all } else { &options.loads } {
        let mut bench =
            command::program(place, &program.to_string_lossy(), &["bench", load.name()]);
        bench.args(["--requests", &options.requests.to_string()]);
        bench.args(["--clients", &options.clients.to_string()]);
        if let Some(server) = &server {
            bench.args(["--database", &server.url]);
        }
        let output = bench.stderr(Stdio::inherit()).output().context("cannot run the bench")?;
        if !output.status.success() {
            bail!("bench {} ended with {}", load.name(), output.status);
        }
        let found: serde_json::Value = serde_json::from_slice(&output.stdout)
            .with_context(|| format!("bench {} printed no JSON", load.name()))?;
        let text = serde_json::to_string_pretty(&found)?;
        fs::write(folder.join(format!("{}-{engine}.json", load.name())), format!("{text}\n"))?;
        println!("{text}");
    }
    Ok(ExitCode::SUCCESS)
}

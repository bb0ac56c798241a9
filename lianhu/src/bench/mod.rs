//! `lianhu bench`: measures the program as its users meet it, and prints one JSON object.
//!
//! Communities with two clerks each are made in a data directory of their own, filled with
//! invented requests through the real actions, and served by a process of its own; this process
//! is the clients. Nothing leaves the machine, and every run ends by itself. A number depends on
//! the machine and on what else it does: compare runs of one machine, never make a test of them.

mod bare;
mod driver;
mod http;
mod loads;
mod report;
mod scene;
mod server;
mod stock;
mod texts;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use db::Engine;
use tempfile::TempDir;

use crate::Where;
use crate::own_postgres::OwnPostgres;
use crate::serve::say;
use loads::Plan;
use report::{Bare, Report};
use scene::Scene;
use server::Server;

#[derive(Args)]
pub struct Bench {
    #[arg(value_enum)]
    load: Load,
    /// Requests to file, lifecycles to go through, or reads of each kind.
    #[arg(long, default_value_t = 10_000, value_name = "N")]
    requests: u64,
    /// Clients at work at once, each on a connection of its own.
    #[arg(long, default_value_t = 64, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    clients: u32,
    /// Requests that are there before; missing ones are filed first.
    #[arg(long, default_value_t = 0, value_name = "N")]
    stored: u64,
    /// Communities that the requests are spread over.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    communities: u32,
    /// Keep the data here and use it again; without it, it is made for this run and removed.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Keep the data in this PostgreSQL instead of SQLite.
    #[arg(long, value_name = "postgres://…", conflicts_with = "private_postgres")]
    database: Option<String>,
    /// Start a PostgreSQL for this run, with fsync on.
    #[arg(long)]
    private_postgres: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Load {
    /// File requests; also writes the same rows with nothing but SQLite, for comparison.
    Intake,
    /// File, triage, answer, verify, close, and find it by search.
    Lifecycle,
    /// Lists, pages and searches, one kind after the other, then mixed.
    Read,
    /// File with far more clients than there is room for; then look whether anything is lost.
    Overload,
}

impl Load {
    fn name(self) -> &'static str {
        match self {
            Load::Intake => "intake",
            Load::Lifecycle => "lifecycle",
            Load::Read => "read",
            Load::Overload => "overload",
        }
    }
}

/// Where a run keeps its data; what was made for it goes when this goes.
struct Place {
    at: Where,
    _postgres: Option<OwnPostgres>,
    _folder: Option<TempDir>,
}

impl Bench {
    pub fn run(self) -> Result<()> {
        let place = self.place()?;
        let scene = Arc::new(scene::prepare(&place.at, self.communities)?);
        stock::fill(&place.at, &scene, self.stored)?;
        let mut report = self.measure(&place.at, &scene)?;
        if self.load == Load::Intake && place.at.database.is_none() {
            report.bare = Some(self.bare(&place.at, &report)?);
        }
        say(&serde_json::to_string(&report)?);
        Ok(())
    }

    fn place(&self) -> Result<Place> {
        let folder = match self.data {
            Some(_) => None,
            None => Some(tempfile::tempdir().context("no room for the bench")?),
        };
        let data = match (&self.data, &folder) {
            (Some(data), _) => data.clone(),
            (None, Some(folder)) => folder.path().to_owned(),
            (None, None) => unreachable!("a folder is made when none is given"),
        };
        let postgres = self.private_postgres.then(|| OwnPostgres::start(true)).transpose()?;
        let url = postgres.as_ref().map(OwnPostgres::url);
        let at = Where::new(data, self.database.clone().or(url));
        Ok(Place { at, _postgres: postgres, _folder: folder })
    }

    /// Serves, drives, and reads off what the server says of itself.
    fn measure(&self, at: &Where, scene: &Arc<Scene>) -> Result<Report> {
        let stored = scene::stored(at)?;
        let program = std::env::current_exe().context("where this program is")?;
        let mut server = Server::start(&program, &arguments(at)?)?;
        let (plan, address) =
            (Plan { clients: self.clients, requests: self.requests }, server.address);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let driven = runtime.block_on(async {
            let ready = loads::ready(address, server.ready).await?;
            let before = server.usage()?;
            let outcome = match self.load {
                Load::Intake => loads::intake(address, scene, plan).await?,
                Load::Lifecycle => loads::lifecycle(address, scene, plan).await?,
                Load::Read => loads::read(address, scene, plan).await?,
                Load::Overload => loads::overload(address, scene, plan).await?,
            };
            anyhow::Ok((ready, before, outcome))
        });
        let (ready, before, outcome) = driven?;
        let after = server.usage()?;
        server.stop()?;
        let engine = if at.database.is_some() { Engine::Postgres } else { Engine::Sqlite };
        let mut report = Report::new(self.load.name(), engine, plan, outcome);
        report.stored = stored;
        report.communities = scene.communities.len();
        report.server.take(ready, &before, &after, report.done);
        if let Some(overload) = &mut report.overload {
            overload.lost = scene::missing(at, &overload.filed)?;
        }
        Ok(report)
    }

    fn bare(&self, at: &Where, report: &Report) -> Result<Bare> {
        eprintln!("writing the same rows with nothing but SQLite");
        let group = report.server.group_size.round().max(1.0) as usize;
        let per_second = bare::measure(&at.data, self.requests, group)?;
        Ok(Bare::new(per_second, group, report.per_second))
    }
}

fn arguments(at: &Where) -> Result<Vec<&str>> {
    let data = at.data.to_str().context("the data directory's name is not text")?;
    let mut arguments = vec!["--data", data];
    if let Some(url) = &at.database {
        arguments.extend(["--database", url]);
    }
    Ok(arguments)
}

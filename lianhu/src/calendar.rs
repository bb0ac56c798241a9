//! `lianhu calendar`: asks the working calendar, for people who plan and for tests.

use std::path::PathBuf;

use crate::Where;
use crate::compose::{only_community, told};
use crate::serve::say;
use anyhow::Result;
use clap::{Args, Subcommand};
use kernel::{Instant, Within, WorkingCalendar};

#[derive(Subcommand)]
pub enum Calendar {
    /// Print when something is due.
    Due(Due),
}

#[derive(Args)]
pub struct Due {
    /// When it begins, in RFC 3339: 2026-09-30T15:00:00+08:00
    #[arg(long, value_name = "RFC 3339")]
    from: String,
    /// How long it may take: 7d, 2h, 30m
    #[arg(long, value_name = "7d|2h", allow_hyphen_values = true)]
    within: String,
    /// Count working time: holidays and free weekends stand still, make-up workdays count.
    #[arg(long)]
    working: bool,
    /// Ask the calendar that the community kept in this directory has in force; without it the one
    /// that ships with the program is asked.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The same of a community kept in PostgreSQL.
    #[arg(long, value_name = "postgres://…", requires = "data")]
    database: Option<String>,
}

impl Calendar {
    pub fn run(self) -> Result<()> {
        let Calendar::Due(due) = self;
        let from = Instant::parse(&due.from).map_err(|fault| told(&fault).context("--from"))?;
        let within = Within::parse(&due.within);
        let mut within = within.map_err(|fault| told(&fault).context("--within"))?;
        anyhow::ensure!(within.amount > 0, "--within: a term is longer than nothing");
        within.working |= due.working;
        let calendar = calendar_of(due.data, due.database, from)?;
        let at = calendar.due(from, within);
        if within.working && !calendar.is_published(at.day().year()) {
            let year = at.day().year();
            eprintln!(
                "note: no holidays of {year} are known: Monday to Friday were counted. Once the \
                 State Council has published them, an administrator enters them on the page of \
                 the clocks."
            );
        }
        say(&at.to_rfc3339());
        Ok(())
    }
}

/// The calendar in force at a moment, of the community kept there; else the built-in one.
fn calendar_of(
    data: Option<PathBuf>,
    database: Option<String>,
    at: Instant,
) -> Result<WorkingCalendar> {
    let Some(data) = data else { return Ok(WorkingCalendar::built_in()) };
    let db = Where::new(data, database).open_existing()?;
    let community = only_community(&db)?;
    let policy =
        db.read_blocking(move |tx| requests::store::policies::in_force(tx, community, at))?;
    Ok(policy.calendar.clone())
}

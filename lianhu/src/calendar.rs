//! `lianhu calendar`: asks the working calendar, for people who plan and for tests.

use anyhow::{Context, Result, anyhow};
use clap::{Args, Subcommand};
use kernel::{Instant, Within, WorkingCalendar};
use web::words::{Catalogue, Lang};

use crate::serve::say;

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
    #[arg(long, value_name = "7d|2h")]
    within: String,
    /// Count working time: holidays and free weekends stand still, make-up workdays count.
    #[arg(long)]
    working: bool,
}

impl Calendar {
    pub fn run(self) -> Result<()> {
        let Calendar::Due(due) = self;
        let words = Catalogue::new(&[web::WORDS]).context("words")?;
        let fault = |fault: kernel::Fault| anyhow!("{}", words.fault(Lang::En, &fault));
        let from = Instant::parse(&due.from).map_err(|f| fault(f).context("--from"))?;
        let mut within = Within::parse(&due.within).map_err(|f| fault(f).context("--within"))?;
        within.working |= due.working;
        let calendar = WorkingCalendar::built_in();
        let at = calendar.due(from, within);
        if within.working && !calendar.is_published(at.day().year()) {
            eprintln!("note: {} has no published holidays here yet", at.day().year());
        }
        say(&at.to_rfc3339());
        Ok(())
    }
}

//! `cargo xtask test`: the whole suite, stage by stage, each with its seconds.
//!
//! A stage that fails does not stop the others, so one run shows all that is wrong; only missing
//! tools end it at once. The last line is `N passed, N failed`, counted in tests where a stage
//! has tests and in checks where it has not.

pub mod browser;
mod deny;
mod first;
mod rust;
mod tools;

use std::fmt;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::tree::Workplace;
use crate::{links, tidy};

#[derive(Args)]
pub struct Options {
    /// Run these stages only.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Stage>,
    /// Run all stages but these.
    #[arg(long, value_enum, value_delimiter = ',')]
    skip: Vec<Stage>,
    /// How often the crash test kills the server.
    #[arg(long, default_value_t = 30)]
    crash_rounds: u32,
}

/// The stages in the order they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Stage {
    /// Find what the other stages need, or install it.
    Tools,
    /// Layout of the code, by rustfmt.
    Fmt,
    /// Clippy with warnings denied.
    Clippy,
    /// The rules of the house.
    Tidy,
    /// Unit, property and integration tests on SQLite and PostgreSQL.
    Test,
    /// The server killed at random moments under load.
    Crash,
    /// Journeys through the demo in a browser.
    Browser,
    /// Advisories, licences, bans and sources of the dependencies.
    Deny,
    /// Links and pictures of the documents.
    Links,
    /// The README's first command from the sources to its page, with what building takes.
    Demo,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Stage::Tools => "tools",
            Stage::Fmt => "fmt",
            Stage::Clippy => "clippy",
            Stage::Tidy => "tidy",
            Stage::Test => "test",
            Stage::Crash => "crash",
            Stage::Browser => "browser",
            Stage::Deny => "deny",
            Stage::Links => "links",
            Stage::Demo => "demo",
        })
    }
}

impl Options {
    fn stages(&self) -> Vec<Stage> {
        let chosen = |stage: &Stage| {
            let named = self.only.is_empty() || self.only.contains(stage);
            // Whatever runs needs its tools.
            (named || *stage == Stage::Tools) && !self.skip.contains(stage)
        };
        Stage::value_variants().iter().copied().filter(chosen).collect()
    }
}

/// How many tests or checks of a stage held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    pub passed: usize,
    pub failed: usize,
}

impl Tally {
    /// One check.
    fn of(held: bool) -> Tally {
        Tally { passed: usize::from(held), failed: usize::from(!held) }
    }

    /// What the tests say of themselves, against how their runner ended: one that failed without
    /// a failed test, or ran none, is a failure of its own.
    fn of_runner(self, succeeded: bool) -> Tally {
        let odd = (!succeeded && self.failed == 0) || (succeeded && self.passed == 0);
        Tally { passed: self.passed, failed: self.failed + usize::from(odd) }
    }

    fn and(self, other: Tally) -> Tally {
        Tally { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

struct Report {
    stage: Stage,
    tally: Tally,
    seconds: f64,
}

/// Runs the stages and says how each went.
pub fn run(place: &Workplace, options: &Options) -> Result<ExitCode> {
    let stages = options.stages();
    let mut suite = Suite { place, options, stages: &stages, cargo_deny: None };
    let mut reports = Vec::new();
    for stage in stages.iter().copied() {
        println!("\n── {stage}");
        let started = Instant::now();
        let tally = suite.run(stage).unwrap_or_else(|error| {
            println!("{error:#}");
            Tally::of(false)
        });
        let seconds = started.elapsed().as_secs_f64();
        println!("── {stage}: {} passed, {} failed, {seconds:.1} s", tally.passed, tally.failed);
        reports.push(Report { stage, tally, seconds });
        if stage == Stage::Tools && tally.failed > 0 {
            break;
        }
    }
    Ok(conclude(&reports))
}

fn conclude(reports: &[Report]) -> ExitCode {
    println!();
    for Report { stage, tally, seconds } in reports {
        println!(
            "{stage:<8} {:>5} passed {:>3} failed {seconds:>8.1} s",
            tally.passed, tally.failed
        );
    }
    let total = reports.iter().fold(Tally::default(), |total, report| total.and(report.tally));
    let seconds: f64 = reports.iter().map(|report| report.seconds).sum();
    println!("in {seconds:.0} seconds\n{} passed, {} failed", total.passed, total.failed);
    if total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// One run of the suite.
struct Suite<'a> {
    place: &'a Workplace,
    options: &'a Options,
    stages: &'a [Stage],
    /// The checker of dependencies, while it is being built beside the other stages.
    cargo_deny: Option<tools::Building>,
}

impl Suite<'_> {
    fn run(&mut self, stage: Stage) -> Result<Tally> {
        match stage {
            Stage::Tools => {
                tools::provide(self.place, self.stages)?;
                if self.stages.contains(&Stage::Deny) {
                    self.cargo_deny = tools::build_cargo_deny(self.place)?;
                }
                Ok(Tally::of(true))
            }
            Stage::Fmt => rust::fmt(self.place),
            Stage::Clippy => rust::clippy(self.place),
            Stage::Tidy => {
                let outcome = tidy::run(self.place)?;
                Ok(Tally { passed: outcome.passed, failed: outcome.failed })
            }
            Stage::Test => rust::test(self.place),
            Stage::Crash => rust::crash(self.place, self.options.crash_rounds),
            Stage::Browser => browser::run(self.place),
            Stage::Deny => deny::run(self.place, self.cargo_deny.take()),
            Stage::Links => {
                let report = links::run(self.place)?;
                Ok(Tally { passed: report.good, failed: report.broken.len() })
            }
            Stage::Demo => first::run(self.place),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(only: &[Stage], skip: &[Stage]) -> Options {
        Options { only: only.to_vec(), skip: skip.to_vec(), crash_rounds: 1 }
    }

    #[test]
    fn stages_are_chosen_by_name_and_bring_their_tools() {
        assert_eq!(options(&[], &[]).stages(), Stage::value_variants());
        assert_eq!(options(&[Stage::Tidy], &[]).stages(), [Stage::Tools, Stage::Tidy]);
        assert_eq!(
            options(&[Stage::Tidy, Stage::Fmt], &[Stage::Tools, Stage::Fmt]).stages(),
            [Stage::Tidy]
        );
    }

    #[test]
    fn a_runner_that_ran_nothing_has_failed() {
        let tests = |passed, failed| Tally { passed, failed };
        assert_eq!(tests(3, 0).of_runner(true), tests(3, 0));
        assert_eq!(tests(3, 1).of_runner(false), tests(3, 1));
        assert_eq!(tests(3, 0).of_runner(false), tests(3, 1));
        assert_eq!(tests(0, 0).of_runner(true), tests(0, 1));
    }
}

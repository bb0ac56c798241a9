//! The stages that cargo runs: layout, clippy, tests on both engines, the crash test.

use anyhow::{Result, bail};

use super::Tally;
use crate::command;
use crate::postgres::{Commits, PrivatePostgres};
use crate::tree::Workplace;

/// Where the tests find the PostgreSQL that this run has started for them.
const TEST_POSTGRES: &str = "LIANHU_TEST_POSTGRES";
/// How often the crash test kills the server.
const CRASH_ROUNDS: &str = "LIANHU_CRASH_ROUNDS";

pub fn fmt(place: &Workplace) -> Result<Tally> {
    let status = command::status(&mut command::cargo(place, &["fmt", "--all", "--check"]))?;
    Ok(Tally::of(status.success()))
}

pub fn clippy(place: &Workplace) -> Result<Tally> {
    let arguments = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
    let status = command::status(&mut command::cargo(place, &arguments))?;
    Ok(Tally::of(status.success()))
}

/// All tests but those that are kept for a stage of their own.
pub fn test(place: &Workplace) -> Result<Tally> {
    command::run(&mut command::cargo(place, &["test", "--workspace", "--locked", "--no-run"]))?;
    let server = PrivatePostgres::start(place, Commits::Quick)?;
    run_tests(place, &["test", "--workspace", "--locked", "--no-fail-fast"], |command| {
        command.env(TEST_POSTGRES, &server.url);
    })
}

/// The tests of `lianhu/tests/crash.rs`, which plain `cargo test` passes over as `#[ignore]`d
/// because they take minutes. They start and kill their own servers.
pub fn crash(place: &Workplace, rounds: u32) -> Result<Tally> {
    if !place.path("lianhu/tests/crash.rs").is_file() {
        bail!("lianhu/tests/crash.rs is missing");
    }
    // The whole workspace, though one crate has such a test: so it is built with the features
    // that are built already.
    let arguments = ["test", "--workspace", "--locked", "--test", "crash", "--", "--ignored"];
    run_tests(place, &arguments, |command| {
        command.env(CRASH_ROUNDS, rounds.to_string());
    })
}

fn run_tests(
    place: &Workplace,
    arguments: &[&str],
    prepare: impl FnOnce(&mut std::process::Command),
) -> Result<Tally> {
    let mut command = command::cargo(place, arguments);
    prepare(&mut command);
    let mut tally = Tally::default();
    let status = command::heed_lines(&mut command, |line| tally = tally.and(counted(line)))?;
    Ok(tally.of_runner(status.success()))
}

/// The tests that a line of cargo's test runner sums up: `test result: ok. 3 passed; 0 failed; …`.
fn counted(line: &str) -> Tally {
    let mut tally = Tally::default();
    let Some(sum) = line.strip_prefix("test result: ") else { return tally };
    for part in sum.split(['.', ';']) {
        let mut words = part.split_whitespace();
        let number = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
        match words.next() {
            Some("passed") => tally.passed = number,
            Some("failed") => tally.failed = number,
            _ => {}
        }
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_counted_from_what_the_runner_says() {
        let line = "test result: FAILED. 12 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        assert_eq!(counted(line), Tally { passed: 12, failed: 2 });
        assert_eq!(counted("test rules::a ... ok"), Tally::default());
    }
}

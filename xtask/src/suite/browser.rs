//! Journeys through the demo in headless Chromium: `tests/browser/*.test.mjs` under Node's own
//! test runner. Screenshots stay in `.artefacts/browser`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::{Tally, tools};
use crate::command;
use crate::demo::{Demo, debug_program};
use crate::tree::Workplace;

const FOLDER: &str = "tests/browser";

/// How long the journeys of one file may take before they are taken for stuck.
const LONGEST_JOURNEY: &str = "--test-timeout=300000";

pub fn run(place: &Workplace) -> Result<Tally> {
    let program = debug_program(place)?;
    let demo = Demo::start(place, &program)?;
    // One file at a time: two browsers on two cores only wait for each other.
    let arguments = ["--test", "--test-concurrency=1", "--test-reporter=spec", LONGEST_JOURNEY];
    let mut tests = script(place, &demo)?;
    tests.args(arguments).args(journeys(place)?);
    tests.env("LIANHU_ARTEFACTS", place.artefacts("browser")?).env("LIANHU_PROGRAM", program);
    let mut tally = Tally::default();
    let status = command::heed_lines(&mut tests, |line| count(line, &mut tally))?;
    Ok(tally.of_runner(status.success()))
}

/// Node, ready to run a script of `tests/browser` against the demo.
pub fn script(place: &Workplace, demo: &Demo) -> Result<Command> {
    install(place)?;
    let mut node = command::program(place, &tools::node(place)?.to_string_lossy(), &[]);
    node.envs(demo.environment()?);
    Ok(node)
}

/// Brings the browser's driver, in exactly the version that is locked.
fn install(place: &Workplace) -> Result<()> {
    let folder = place.path(FOLDER);
    let changed = |path: PathBuf| fs::metadata(path).and_then(|file| file.modified()).ok();
    let installed = changed(folder.join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= changed(folder.join("package-lock.json")) {
        return Ok(());
    }
    let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    command::run(command::program(place, "npm", &arguments).current_dir(folder))
}

fn journeys(place: &Workplace) -> Result<Vec<PathBuf>> {
    let folder = place.path(FOLDER);
    let entries = fs::read_dir(&folder).with_context(|| format!("cannot read {FOLDER}"))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".test.mjs") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Node sums its tests up in lines like `ℹ pass 12`.
fn count(line: &str, tally: &mut Tally) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let number = |word: &str| word.parse().unwrap_or(0);
    match words.as_slice() {
        ["ℹ" | "#", "pass", passed] => tally.passed = number(passed),
        ["ℹ" | "#", "fail" | "cancelled", failed] => tally.failed += number(failed),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn journeys_are_counted_from_what_node_says() {
        let mut tally = Tally::default();
        for line in
            ["✔ rep files a request (12ms)", "ℹ tests 6", "ℹ pass 4", "ℹ fail 1", "ℹ cancelled 1"]
        {
            count(line, &mut tally);
        }
        assert_eq!(tally, Tally { passed: 4, failed: 2 });
    }
}

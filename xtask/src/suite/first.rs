//! The README's first command, from the sources to the demo's page, and what the next build costs
//! somebody who changed one capability. Seconds are printed for whoever watches them grow; only
//! what does not build or start has failed.

use std::fs;
use std::time::Instant;

use anyhow::{Context, Result};

use super::Tally;
use crate::command;
use crate::demo::{Demo, release_program};
use crate::tree::Workplace;

/// The capability that takes longest to compile.
const TOUCHED: &str = "capabilities/requests/src/lib.rs";

pub fn run(place: &Workplace) -> Result<Tally> {
    let started = Instant::now();
    let program = release_program(place)?;
    let built = started.elapsed().as_secs_f64();
    let demo = Demo::start(place, &program)?;
    let opened = started.elapsed().as_secs_f64();
    println!(
        "from the sources to the demo at {}: {opened:.0} s, {built:.0} s of them to build",
        demo.url
    );
    let bytes = fs::metadata(&program)?.len();
    println!("the program has {:.1} MB", bytes as f64 / 1e6);
    drop(demo);
    build_at_a_desk(place)?;
    touch(place)?;
    let started = Instant::now();
    build_at_a_desk(place)?;
    let again = started.elapsed().as_secs_f64();
    println!("a build after {TOUCHED} was touched: {again:.1} s");
    Ok(Tally::of(true))
}

/// The program as whoever works on it builds it: CI's own builds keep nothing for a second one.
fn build_at_a_desk(place: &Workplace) -> Result<()> {
    let mut cargo = command::cargo(place, &["build", "--locked", "--bin", "lianhu"]);
    command::run(cargo.env("CARGO_INCREMENTAL", "1"))
}

/// Makes cargo think that the file was edited.
fn touch(place: &Workplace) -> Result<()> {
    let file = place.path(TOUCHED);
    let text = fs::read(&file).with_context(|| format!("cannot read {TOUCHED}"))?;
    fs::write(&file, text).with_context(|| format!("cannot write {TOUCHED}"))
}

//! `cargo xtask pictures`: the pictures of the documents, taken anew from the running demo, so
//! that no document shows what the program no longer is.

use std::process::ExitCode;

use anyhow::Result;

use crate::command;
use crate::demo::{Demo, release_program};
use crate::suite::browser;
use crate::tree::Workplace;

pub fn run(place: &Workplace) -> Result<ExitCode> {
    let demo = Demo::start(place, &release_program(place)?)?;
    let mut script = browser::script(place, &demo)?;
    script.arg("tests/browser/pictures.mjs").env("LIANHU_PICTURES", place.path("docs/pictures"));
    command::run(&mut script)?;
    Ok(ExitCode::SUCCESS)
}

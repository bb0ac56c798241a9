//! The demo as a running program: started on a free port with a fresh folder of data, its
//! sign-in links read from what it prints, stopped and swept away with this value.
//!
//! What `lianhu demo` promises: one line `link ROLE URL` for each role, and one line
//! `listening URL`, in any order, then nothing more until something happens.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitCode, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::command;
use crate::postgres::build_programs;
use crate::tree::Workplace;

/// A community of 3,500 people is made up in this time even by an unoptimised build.
const LONGEST_START: Duration = Duration::from_secs(300);
/// A program silent for so long after it listens has printed all its links.
const SILENCE: Duration = Duration::from_millis(500);

pub struct Demo {
    child: Child,
    data: PathBuf,
    pub url: String,
    /// Sign-in links by role.
    pub links: BTreeMap<String, String>,
}

impl Demo {
    /// Starts the demo of this program and waits until it listens.
    pub fn start(place: &Workplace, program: &Path) -> Result<Demo> {
        let data = place.artefacts(&format!("demo-{}", std::process::id()))?;
        let folder = data.to_string_lossy();
        let arguments = ["demo", "--data", &folder, "--listen", "127.0.0.1:0"];
        let mut child = command::program(place, &program.to_string_lossy(), &arguments)
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run {}", program.display()))?;
        let said = listen(&mut child);
        let mut demo = Demo { child, data, url: String::new(), links: BTreeMap::new() };
        demo.wait_until_listening(&said)?;
        Ok(demo)
    }

    fn wait_until_listening(&mut self, said: &Receiver<String>) -> Result<()> {
        loop {
            let ready = !self.url.is_empty() && !self.links.is_empty();
            match said.recv_timeout(if ready { SILENCE } else { LONGEST_START }) {
                Ok(line) => self.heed(&line),
                Err(RecvTimeoutError::Timeout) if ready => return Ok(()),
                Err(RecvTimeoutError::Timeout) => bail!("the demo was not ready in time"),
                Err(RecvTimeoutError::Disconnected) => {
                    bail!("the demo ended before it was ready: {}", self.child.wait()?)
                }
            }
        }
    }

    fn heed(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["listening", url] => self.url = (*url).to_owned(),
            ["link", role, url] => {
                self.links.insert((*role).to_owned(), (*url).to_owned());
            }
            _ => {}
        }
    }

    /// What the scripts of `tests/browser` are told.
    pub fn environment(&self) -> Result<[(&'static str, String); 2]> {
        let links = serde_json::to_string(&self.links)?;
        Ok([("LIANHU_URL", self.url.clone()), ("LIANHU_LINKS", links)])
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing left to stop.
        let stopped = self.child.kill().and_then(|()| self.child.wait().map(|_| ()));
        let swept = fs::remove_dir_all(&self.data);
        if let Err(error) = stopped.and(swept) {
            println!("the demo was not cleaned up: {error}");
        }
    }
}

/// Reads the child's lines for as long as it lives, so that it never waits for a reader.
fn listen(child: &mut Child) -> Receiver<String> {
    let (sender, receiver) = channel();
    if let Some(output) = child.stdout.take() {
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                // Once the links are known nobody listens any more, and that is well.
                let _ = sender.send(line);
            }
        });
    }
    receiver
}

/// The optimised program, as somebody who tries the demo runs it.
pub fn release_program(place: &Workplace) -> Result<PathBuf> {
    command::run(&mut command::cargo(
        place,
        &["build", "--release", "--locked", "--bin", "lianhu"],
    ))?;
    Ok(place.target().join("release/lianhu"))
}

/// The program as the tests have built it.
pub fn debug_program(place: &Workplace) -> Result<PathBuf> {
    build_programs(place)?;
    Ok(place.target().join("debug/lianhu"))
}

/// `cargo xtask demo-links`.
pub fn show_links(place: &Workplace) -> Result<ExitCode> {
    let mut demo = Demo::start(place, &release_program(place)?)?;
    println!("{}", serde_json::to_string_pretty(&demo.links)?);
    demo.child.wait()?;
    Ok(ExitCode::SUCCESS)
}

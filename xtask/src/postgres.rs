//! A PostgreSQL server of one's own, for as long as this value lives.
//!
//! The server itself is `db::private_postgres`, so there is one way to start it; this tool stays
//! free of our crates and runs that crate's example as a child, which prints the server's address
//! and stops it when its standard input ends.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use anyhow::{Context, Result, bail};

use crate::command;
use crate::tree::Workplace;

/// Whether commits wait for the disk.
#[derive(Clone, Copy)]
pub enum Commits {
    /// They do, as they will in service: for measuring.
    Durable,
    /// They do not: for tests, which lose nothing with the machine.
    Quick,
}

pub struct PrivatePostgres {
    child: Child,
    pub url: String,
}

impl PrivatePostgres {
    /// Starts a server on a free port of this machine.
    pub fn start(place: &Workplace, commits: Commits) -> Result<PrivatePostgres> {
        build_programs(place)?;
        let example = place.target().join("debug/examples/private_postgres");
        let arguments: &[&str] = match commits {
            Commits::Durable => &["durable"],
            Commits::Quick => &[],
        };
        let mut starter = command::program(place, &example.to_string_lossy(), arguments);
        let mut child = starter
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot run the example private_postgres of the crate db")?;
        let mut url = String::new();
        if let Some(output) = child.stdout.take() {
            BufReader::new(output).read_line(&mut url)?;
        }
        let url = url.trim().to_owned();
        if !url.starts_with("postgres://") {
            // The child has said why on standard error, which is ours.
            child.wait()?;
            bail!("PostgreSQL did not start");
        }
        Ok(PrivatePostgres { child, url })
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        if let Err(error) = self.child.wait() {
            println!("the private PostgreSQL was not seen to end: {error}");
        }
    }
}

/// Builds the program and the example above with the very features the tests are built with:
/// naming an example makes cargo count the crates' needs for tests, so nothing compiles twice.
pub fn build_programs(place: &Workplace) -> Result<()> {
    let arguments =
        ["build", "--workspace", "--locked", "--bin", "lianhu", "--example", "private_postgres"];
    command::run(&mut command::cargo(place, &arguments))
}

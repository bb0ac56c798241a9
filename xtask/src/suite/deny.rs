//! The dependencies: known advisories, licences, banned crates and sources, as `deny.toml` says.
//!
//! Advisories come from a snapshot of the RustSec database that lies beside the checkout, never
//! from the network. Where there is none (a stranger's clone), that part is passed over aloud;
//! in continuous integration its absence is a failure.

use std::fs;
use std::path::Path;

use anyhow::{Result, bail};

use super::Tally;
use super::tools::{self, Building};
use crate::command;
use crate::tree::Workplace;

/// Beside the checkout.
const SNAPSHOT: &str = "../shared/rustsec.tar.xz";
/// The folder that cargo-deny looks for in its `db-path`: the name of the database's repository
/// with a hash of its address.
const DATABASE: &str = "advisory-db-3157b0e258782691";

pub fn run(place: &Workplace, building: Option<Building>) -> Result<Tally> {
    if let Some(building) = building {
        building.finish()?;
    }
    let program = tools::cargo_deny(place)?;
    let snapshot = place.path(SNAPSHOT);
    let mut checks = vec!["bans", "licenses", "sources"];
    if snapshot.is_file() {
        unpack(place, &snapshot)?;
        checks.push("advisories");
    } else if std::env::var_os("CI").is_some() {
        bail!("{SNAPSHOT} is missing: advisories cannot be checked");
    } else {
        println!("advisories are not checked: {SNAPSHOT} is missing");
    }
    // The one step that may need the registry: crates of other systems, which no build asked for.
    command::run(&mut command::cargo(place, &["fetch", "--locked"]))?;
    let mut deny = command::program(place, &program.to_string_lossy(), &["--offline", "--locked"]);
    deny.args(["check", "--hide-inclusion-graph", "--deny", "warnings"]).args(checks);
    Ok(Tally::of(command::status(&mut deny)?.success()))
}

/// Lays the snapshot where cargo-deny expects a clone of the database, afresh.
fn unpack(place: &Workplace, snapshot: &Path) -> Result<()> {
    let all = place.artefacts("advisories")?;
    fs::remove_dir_all(&all)?;
    let database = place.artefacts(&format!("advisories/{DATABASE}"))?;
    let folder = database.to_string_lossy();
    let archive = snapshot.to_string_lossy();
    command::run(&mut command::program(place, "tar", &["-xJf", &archive, "-C", &folder]))?;
    let git = |arguments: &[&str]| {
        let mut git = command::program(place, "git", &["-C", &folder]);
        git.args(["-c", "user.name=snapshot", "-c", "user.email=snapshot@localhost"]);
        git.args(["-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false"]);
        command::run(git.args(arguments))
    };
    git(&["init", "--quiet"])?;
    git(&["add", "--all"])?;
    git(&["commit", "--quiet", "--message", "Snapshot"])?;
    // Its time is the age of the database in cargo-deny's eyes.
    fs::write(database.join(".git/FETCH_HEAD"), "")?;
    Ok(())
}

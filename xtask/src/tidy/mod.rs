//! The rules of the house as a test: what no compiler knows and every reader relies on.
//!
//! Each rule is a pure function from the tree of files to its breaches, so that its test is a
//! tree of three lines. A rule with exceptions names them here, in code, with their reason.

mod catalogues;
mod dependencies;
mod layers;
mod panics;
mod places;
mod shape;
mod speech;
mod sql;

use std::fmt;
use std::process::ExitCode;

use anyhow::Result;

use crate::tree::{File, Tree, Workplace};

/// One place where a rule is broken.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Breach {
    path: String,
    line: usize,
    what: String,
}

impl Breach {
    fn new(file: &File, line: usize, what: impl Into<String>) -> Breach {
        Breach { path: file.path.clone(), line, what: what.into() }
    }

    /// Something is missing that should stand at `path`.
    fn missing(path: impl Into<String>, what: impl Into<String>) -> Breach {
        Breach { path: path.into(), line: 1, what: what.into() }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

type Rule = fn(&Tree) -> Vec<Breach>;

const RULES: &[(&str, Rule)] = &[
    ("every file says what it is", shape::opens_with_its_purpose),
    ("files stay short", shape::files_stay_short),
    ("functions stay short", shape::functions_stay_short),
    ("names are the domain's words", shape::no_empty_names),
    ("nothing is left undone", shape::nothing_left_undone),
    ("every capability has the same rooms", layers::capabilities_have_their_rooms),
    ("dependencies point down", layers::dependencies_point_down),
    ("no tunnels between crates", layers::no_tunnels),
    ("SQL stands in stores", sql::only_in_stores),
    ("no sentence for people in code", speech::none_in_code),
    ("no sentence for people in templates", speech::none_in_templates),
    ("the languages say the same", catalogues::languages_agree),
    ("every word is used", catalogues::every_word_is_used),
    ("every word asked for exists", catalogues::every_word_asked_for_exists),
    ("panics are proven impossible", panics::are_proven_impossible),
    ("each dependency is accounted for", dependencies::each_is_accounted_for),
    ("each dependency is used", dependencies::each_is_used),
    ("no machine's own places", places::none_are_named),
];

/// How many rules hold.
pub struct Outcome {
    pub passed: usize,
    pub failed: usize,
}

impl Outcome {
    pub fn exit_code(&self) -> ExitCode {
        if self.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// Checks every rule and prints `file:line: what` for each breach.
pub fn run(place: &Workplace) -> Result<Outcome> {
    let tree = place.read()?;
    let mut outcome = Outcome { passed: 0, failed: 0 };
    for (name, rule) in RULES {
        let mut breaches = rule(&tree);
        breaches.sort();
        if breaches.is_empty() {
            outcome.passed += 1;
            continue;
        }
        outcome.failed += 1;
        println!("{name}: {} breach(es)", breaches.len());
        for breach in &breaches {
            println!("  {breach}");
        }
    }
    println!("{} rules hold, {} do not", outcome.passed, outcome.failed);
    Ok(outcome)
}

/// Every breach of every rule, for the test of what `cargo xtask new` makes.
#[cfg(test)]
pub fn breaches(tree: &Tree) -> Vec<String> {
    RULES.iter().flat_map(|(_, rule)| rule(tree)).map(|breach| breach.to_string()).collect()
}

//! Every crate we lean on has its line in `docs/dependencies.md` and somebody who uses it.

use std::collections::BTreeSet;

use super::Breach;
use super::layers::needs;
use crate::tree::{File, Tree};

const LEDGER: &str = "docs/dependencies.md";

pub fn each_is_accounted_for(tree: &Tree) -> Vec<Breach> {
    let Some(root) = tree.file("Cargo.toml") else { return Vec::new() };
    let ledger = tree.file(LEDGER).map_or("", |file| file.text.as_str());
    let mut breaches = Vec::new();
    for (name, line) in outside(root) {
        let filled = ledger.lines().filter_map(|row| cells(row, &name)).any(|cells| cells == 5);
        if !filled {
            let what = format!("`{name}` lacks its line of five cells in {LEDGER}");
            breaches.push(Breach::new(root, line, what));
        }
    }
    breaches
}

/// How many cells the ledger's row about `name` has filled, if it is about it.
fn cells(row: &str, name: &str) -> Option<usize> {
    let inside = row.trim().strip_prefix('|')?.strip_suffix('|')?;
    let cells: Vec<&str> = inside.split('|').map(str::trim).collect();
    let about = cells.first()?.split(", ").any(|crates| crates.trim_matches('`') == name);
    about.then(|| cells.iter().filter(|cell| !cell.is_empty()).count())
}

pub fn each_is_used(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let mut used = BTreeSet::new();
    for manifest in tree.files.iter().filter(|file| file.path.ends_with("/Cargo.toml")) {
        let folder = manifest.path.trim_end_matches("Cargo.toml");
        for need in needs(manifest) {
            let word = need.name.replace('-', "_");
            let mut sources = tree.rust().filter(|file| file.path.starts_with(folder));
            if !sources.any(|file| has_word(&file.text, &word)) {
                let what = format!("names `{}` and does not use it", need.name);
                breaches.push(Breach::new(manifest, need.line, what));
            }
            used.insert(need.name);
        }
    }
    if let Some(root) = tree.file("Cargo.toml") {
        let unused = outside(root).into_iter().filter(|(name, _)| !used.contains(name));
        breaches.extend(
            unused.map(|(name, line)| Breach::new(root, line, format!("nobody uses `{name}`"))),
        );
    }
    breaches
}

/// Whether the text has this identifier, not as a part of a longer one.
fn has_word(text: &str, word: &str) -> bool {
    let within = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + word.len()..]);
        !before.ends_with(within) && !after.starts_with(within)
    })
}

/// The crates of others in the root's `[workspace.dependencies]`, with their lines.
fn outside(root: &File) -> Vec<(String, usize)> {
    let mut listed = false;
    let mut names = Vec::new();
    for (number, line) in root.lines() {
        if line.starts_with('[') {
            listed = line.trim() == "[workspace.dependencies]";
            continue;
        }
        let ours = line.contains("{ path = ");
        if let Some((name, _)) = line.split_once(" = ").filter(|_| listed && !ours) {
            names.push((name.to_owned(), number));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "[workspace.dependencies]\nkernel = { path = \"platform/kernel\" }\nserde = \"1\"\nuuid = \"1\"\n";

    #[test]
    fn a_dependency_needs_a_full_line() {
        let tree = |ledger| Tree::of(&[("Cargo.toml", ROOT), (LEDGER, ledger)]);
        let full = "| `serde`, `uuid` | why | MIT | who | what then |\n";
        assert_eq!(each_is_accounted_for(&tree(full)), []);
        assert_eq!(each_is_accounted_for(&tree("| serde | why | MIT | who | |\n")).len(), 2);
    }

    #[test]
    fn a_dependency_nobody_uses_is_refused() {
        let user = "[dependencies]\nserde.workspace = true\nkernel.workspace = true\n";
        let source = "use serde::Serialize;\nfn kernel_of() {}\n";
        let files = [("Cargo.toml", ROOT), ("a/Cargo.toml", user), ("a/src/lib.rs", source)];
        let breaches = each_is_used(&Tree::of(&files));
        let said: Vec<String> = breaches.iter().map(Breach::to_string).collect();
        let unused = [
            "a/Cargo.toml:3: names `kernel` and does not use it",
            "Cargo.toml:4: nobody uses `uuid`",
        ];
        assert_eq!(said, unused);
    }
}

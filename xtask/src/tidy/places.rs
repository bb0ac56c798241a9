//! Nothing committed names a place of one machine or the host of a package registry: both are
//! somebody's circumstances, and the text outlives them.

use super::Breach;
use crate::tree::{File, Tree};

/// Lock files name their registry by design of their tools.
const WRITTEN_BY_TOOLS: &[&str] = &["Cargo.lock"];

pub fn none_are_named(tree: &Tree) -> Vec<Breach> {
    let files = tree.files.iter().filter(|file| !WRITTEN_BY_TOOLS.contains(&file.path.as_str()));
    files.flat_map(named_in).collect()
}

fn named_in(file: &File) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (number, line) in file.lines() {
        let folder = folders().into_iter().find(|folder| starts_a_path(line, folder));
        let host = hosts().into_iter().find(|host| line.contains(host.as_str()));
        for name in folder.into_iter().chain(host) {
            breaches.push(Breach::new(file, number, format!("names `{name}`")));
        }
    }
    breaches
}

/// Absolute folders of a machine, spelled so that this file does not name them itself.
fn folders() -> Vec<String> {
    ["work", "root", "tmp", "home"].map(|name| format!("/{name}/")).into()
}

fn hosts() -> Vec<String> {
    let parts: [&[&str]; 7] = [
        &["index", "crates", "io"],
        &["static", "crates", "io"],
        &["registry", "npmjs", "org"],
        &["deb", "debian", "org"],
        &["security", "debian", "org"],
        &["pypi", "org"],
        &["files", "pythonhosted", "org"],
    ];
    parts.map(|parts| parts.join(".")).into()
}

/// Whether `folder` stands in the line as the beginning of a path, not as the middle of one.
fn starts_a_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|letter| letter.is_alphanumeric() || "._-}/$*~".contains(letter))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_named_by_its_beginning() {
        let at = |path: &str| named_in(&Tree::of(&[("a.md", path)]).files[0]).len();
        assert_eq!(at(&format!("see {}x", folders()[0])), 1);
        assert_eq!(at(&format!("`{}x`", folders()[2])), 1);
        assert_eq!(at(&format!("src{}x", folders()[0])), 0);
        assert_eq!(at(&format!("from {}/a", hosts()[2])), 1);
    }

    #[test]
    fn a_lock_file_names_its_registry() {
        let line = format!("source = \"{}\"", hosts()[0]);
        assert_eq!(none_are_named(&Tree::of(&[("Cargo.lock", &line)])), []);
        assert_eq!(none_are_named(&Tree::of(&[("a/Cargo.lock.md", &line)])).len(), 1);
    }
}

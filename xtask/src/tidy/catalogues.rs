//! The catalogues of words: both languages have the same keys, every key is used somewhere, and
//! every key that is asked for is there.
//!
//! A key is used by a string literal that is the key (`shell.t("request.title")`,
//! `Fault::new("fault.empty")`, an action's `NAME`), or by its beginning: `shell.tw("stage", …)`
//! and `format!("stage.{…}")` use every `stage.…`.

use std::collections::{BTreeMap, BTreeSet};

use super::Breach;
use crate::rust_text::RustText;
use crate::tree::{File, Tree};

/// Calls whose first argument is a whole key.
const ASKING: &[&str] = &[".t(\"", ".t1(\"", ".t2(\"", "Fault::new(\"", "Refusal::rule(\""];
/// The call whose first argument is the beginning of keys.
const ASKING_BY_PREFIX: &str = ".tw(\"";

pub fn languages_agree(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for chinese in catalogues(tree, "zh") {
        let folder = chinese.path.trim_end_matches("zh.toml");
        let Some(english) = tree.file(&format!("{folder}en.toml")) else {
            breaches.push(Breach::missing(format!("{folder}en.toml"), "lacks this language"));
            continue;
        };
        for (file, other) in [(chinese, english), (english, chinese)] {
            let known = keys(other);
            let alone = keys(file).into_iter().filter(|(key, _)| !known.contains_key(key));
            breaches.extend(
                alone.map(|(key, line)| Breach::new(file, line, format!("{key} is only here"))),
            );
        }
    }
    breaches
}

pub fn every_word_is_used(tree: &Tree) -> Vec<Breach> {
    let uses = Uses::of(tree);
    let unused = |file: &File| -> Vec<Breach> {
        let left = keys(file).into_iter().filter(|(key, _)| !uses.covers(key));
        left.map(|(key, line)| Breach::new(file, line, format!("nothing uses {key}"))).collect()
    };
    catalogues(tree, "zh").flat_map(unused).collect()
}

pub fn every_word_asked_for_exists(tree: &Tree) -> Vec<Breach> {
    let known: BTreeSet<String> =
        catalogues(tree, "zh").flat_map(|file| keys(file).into_keys()).collect();
    let mut breaches = Vec::new();
    for file in asking(tree) {
        for (line, key) in arguments(file, ASKING) {
            if !known.contains(key) {
                breaches.push(Breach::new(file, line, format!("no language has {key}")));
            }
        }
        for (line, prefix) in arguments(file, &[ASKING_BY_PREFIX]) {
            let beginning = format!("{prefix}.");
            if !known.iter().any(|key| key.starts_with(&beginning)) {
                breaches.push(Breach::new(file, line, format!("no language has any {beginning}…")));
            }
        }
    }
    breaches
}

fn catalogues<'a>(tree: &'a Tree, language: &str) -> impl Iterator<Item = &'a File> {
    let ending = format!("/words/{language}.toml");
    tree.files.iter().filter(move |file| file.path.ends_with(&ending))
}

/// Every dotted key of a catalogue with its line. What is no TOML has no keys; the program's own
/// start says why.
fn keys(file: &File) -> BTreeMap<String, usize> {
    let mut keys = BTreeMap::new();
    if let Ok(table) = file.text.parse::<toml::Table>() {
        flatten("", &table, &mut keys);
    }
    let mut section = String::new();
    for (number, line) in file.lines() {
        if let Some(title) = line.strip_prefix('[') {
            section = title.trim_end().trim_end_matches(']').to_owned();
        } else if let Some((name, _)) = line.split_once('=') {
            let parts = [section.as_str(), name.trim()];
            let key = parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>();
            if let Some(line) = keys.get_mut(&key.join(".").replace('"', "")) {
                *line = number;
            }
        }
    }
    keys
}

fn flatten(prefix: &str, table: &toml::Table, keys: &mut BTreeMap<String, usize>) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            toml::Value::Table(inner) => flatten(&key, inner, keys),
            toml::Value::String(_)
            | toml::Value::Integer(_)
            | toml::Value::Float(_)
            | toml::Value::Boolean(_)
            | toml::Value::Datetime(_)
            | toml::Value::Array(_) => {
                keys.insert(key, 1);
            }
        }
    }
}

/// Files that may use words: what we wrote for the program, without its tests and tools.
fn asking(tree: &Tree) -> impl Iterator<Item = &File> {
    tree.files.iter().filter(|file| {
        let template = file.path.contains("/templates/");
        (file.is_rust() || template) && !file.is_test() && !file.path.starts_with("xtask/")
    })
}

/// The literal that follows one of the calls, for every call in a file outside its tests.
fn arguments<'a>(file: &'a File, calls: &[&str]) -> Vec<(usize, &'a str)> {
    let tests = if file.is_rust() { RustText::new(&file.text).test_lines() } else { Vec::new() };
    let mut found = Vec::new();
    for (number, line) in file.lines() {
        let comment = line.trim_start().starts_with("//");
        if comment || tests.get(number - 1).copied().unwrap_or(false) {
            continue;
        }
        for call in calls {
            for (at, _) in line.match_indices(call) {
                let argument = line[at + call.len()..].split('"').next().unwrap_or_default();
                found.push((number, argument));
            }
        }
    }
    found
}

/// Everything that uses words.
struct Uses {
    keys: BTreeSet<String>,
    prefixes: BTreeSet<String>,
}

impl Uses {
    fn of(tree: &Tree) -> Uses {
        let mut uses = Uses { keys: BTreeSet::new(), prefixes: BTreeSet::new() };
        for file in asking(tree) {
            let prefixes = arguments(file, &[ASKING_BY_PREFIX]);
            uses.prefixes.extend(prefixes.into_iter().map(|(_, prefix)| format!("{prefix}.")));
            if file.is_rust() {
                for literal in RustText::new(&file.text).literals() {
                    uses.add(literal.text);
                }
            } else {
                file.text.split('"').for_each(|part| uses.add(part));
            }
        }
        uses
    }

    fn add(&mut self, literal: &str) {
        match literal.split_once(".{") {
            Some((prefix, _)) if is_key(prefix) => {
                self.prefixes.insert(format!("{prefix}."));
            }
            _ if is_key(literal) => {
                self.keys.insert(literal.to_owned());
            }
            _ => {}
        }
    }

    fn covers(&self, key: &str) -> bool {
        self.keys.contains(key) || self.prefixes.iter().any(|prefix| key.starts_with(prefix))
    }
}

fn is_key(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    !text.is_empty() && text.bytes().all(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &str = "[request]\ntitle = \"a\"\n[request.stage]\nopen = \"b\"\n";
    const HERE: &str = "a/words/zh.toml";

    fn with(path: &str, text: &str) -> Tree {
        Tree::of(&[(HERE, WORDS), ("a/words/en.toml", WORDS), (path, text)])
    }

    #[test]
    fn a_key_that_one_language_lacks_is_named_with_its_line() {
        let tree = Tree::of(&[(HERE, WORDS), ("a/words/en.toml", "[request]\ntitle = \"a\"\n")]);
        let breaches = languages_agree(&tree);
        assert_eq!(breaches.len(), 1);
        assert_eq!(breaches[0].to_string(), "a/words/zh.toml:4: request.stage.open is only here");
        assert_eq!(languages_agree(&Tree::of(&[(HERE, WORDS)])).len(), 1);
        assert_eq!(languages_agree(&with("b.rs", "")), []);
    }

    #[test]
    fn a_key_is_used_by_itself_or_by_its_beginning() {
        let unused = |path: &str, text: &str| every_word_is_used(&with(path, text)).len();
        assert_eq!(unused("a/src/b.rs", ""), 2);
        assert_eq!(
            unused("a/src/b.rs", "f(\"request.title\", format!(\"request.stage.{stage}\"))"),
            0
        );
        assert_eq!(unused("a/templates/b.html", "{{ shell.t(\"request.title\") }}"), 1);
        assert_eq!(unused("a/templates/b.html", "{{ shell.tw(\"request.stage\", it) }}"), 1);
        assert_eq!(unused("a/tests/b.rs", "f(\"request.title\")"), 2);
    }

    #[test]
    fn a_key_that_is_asked_for_must_exist() {
        let missing = |path: &str, text: &str| every_word_asked_for_exists(&with(path, text)).len();
        assert_eq!(missing("a/templates/b.html", "{{ shell.t(\"request.title\") }}"), 0);
        assert_eq!(missing("a/templates/b.html", "{{ shell.t1(\"request.tilte\", \"a\", b) }}"), 1);
        assert_eq!(missing("a/src/b.rs", "//! x\nRefusal::rule(\"request.no\")"), 1);
        assert_eq!(missing("a/src/b.rs", "//! `.t(\"x\")`\nshell.tw(\"request.stage\", s)"), 0);
        assert_eq!(missing("a/src/b.rs", "shell.tw(\"stage\", s)"), 1);
    }
}

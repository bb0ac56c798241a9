//! `cargo xtask new NAME`: the rooms of a capability with a sample action, view, page, migration
//! and test, ready to be rewritten into what the capability is about.
//!
//! The rooms are files of `xtask/scaffold`, where the word `SAMPLE` stands for the name; a test
//! below holds them against the rules of [`crate::tidy`].

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::command;
use crate::tree::{File, Tree, Workplace};

/// Where each room goes, and what stands in it.
const ROOMS: &[(&str, &str)] = &[
    ("Cargo.toml", include_str!("../scaffold/Cargo.toml.in")),
    ("askama.toml", include_str!("../scaffold/askama.toml.in")),
    ("src/lib.rs", include_str!("../scaffold/lib.rs.in")),
    ("src/model.rs", include_str!("../scaffold/model.rs.in")),
    ("src/rules.rs", include_str!("../scaffold/rules.rs.in")),
    ("src/store.rs", include_str!("../scaffold/store.rs.in")),
    ("src/actions.rs", include_str!("../scaffold/actions.rs.in")),
    ("src/views.rs", include_str!("../scaffold/views.rs.in")),
    ("templates/SAMPLE.html", include_str!("../scaffold/page.html.in")),
    ("migrations/0001_SAMPLE.sql", include_str!("../scaffold/migration.sql.in")),
    ("policy.cedar", include_str!("../scaffold/policy.cedar.in")),
    ("words/zh.toml", include_str!("../scaffold/zh.toml.in")),
    ("words/en.toml", include_str!("../scaffold/en.toml.in")),
    ("tests/stories.rs", include_str!("../scaffold/stories.rs.in")),
];

/// Makes the rooms of a capability and enters it in the workspace and in the program.
pub fn run(place: &Workplace, name: &str) -> Result<ExitCode> {
    check_name(name)?;
    let folder = place.path(&format!("capabilities/{name}"));
    if folder.exists() {
        bail!("capabilities/{name} is there already");
    }
    // Every text is made before the first is written: a refusal leaves nothing half done.
    let tree = place.read()?;
    let entries = entries(&tree, name)?;
    for (path, text) in rooms(name) {
        write(&folder.join(path), &text)?;
    }
    for (path, text) in entries {
        write(&place.path(&path), &text)?;
    }
    command::run(&mut command::cargo(place, &["fmt", "--package", name, "--package", "lianhu"]))?;
    println!("capabilities/{name} is made. Next: cargo test --package {name}");
    Ok(ExitCode::SUCCESS)
}

/// A name is a crate, a table's prefix, a path and a word key at once.
fn check_name(name: &str) -> Result<()> {
    let letters = name.bytes().all(|byte| byte.is_ascii_lowercase());
    if name.is_empty() || !letters {
        bail!("a capability is named by one English word in small letters, like canteen");
    }
    Ok(())
}

fn rooms(name: &str) -> Vec<(String, String)> {
    let named = |text: &str| text.replace("SAMPLE", name);
    ROOMS.iter().map(|(path, text)| (named(path), named(text))).collect()
}

/// The files that name every capability, with this one entered.
fn entries(tree: &Tree, name: &str) -> Result<Vec<(String, String)>> {
    let file = |path: &str| tree.file(path).with_context(|| format!("{path} is missing"));
    let workspace = file("Cargo.toml")?;
    let layer = format!("{name} = {{ path = \"capabilities/{name}\" }}");
    let program = file("lianhu/Cargo.toml")?;
    let dependency = format!("{name}.workspace = true");
    let composition = tree
        .rust()
        .find(|file| file.path.starts_with("lianhu/src/") && file.text.contains(MODULES))
        .with_context(|| format!("no file of lianhu has `{MODULES}`"))?;
    Ok(vec![
        (workspace.path.clone(), after_last_capability(workspace, &layer)?),
        (program.path.clone(), among_dependencies(program, &dependency)?),
        (composition.path.clone(), with_module(composition, name)?),
    ])
}

/// The line of `lianhu` that lists every capability.
const MODULES: &str = "MODULES: &[&Module] = &[";

/// A new capability stands above those that are there: it may use them, they do not know it.
fn after_last_capability(file: &File, line: &str) -> Result<String> {
    let is_capability = |text: &&str| text.contains(" = { path = \"capabilities/");
    let last = file.text.lines().rfind(is_capability);
    let last = last.with_context(|| format!("{} lists no capability", file.path))?;
    Ok(file.text.replace(last, &format!("{last}\n{line}")))
}

/// In the order of the alphabet.
fn among_dependencies(file: &File, line: &str) -> Result<String> {
    let (before, rest) = file
        .text
        .split_once("[dependencies]\n")
        .with_context(|| format!("{} has no dependencies", file.path))?;
    let mut lines: Vec<&str> = rest.lines().collect();
    let later = |text: &&str| text.is_empty() || *text > line;
    let at = lines.iter().position(later).unwrap_or(lines.len());
    lines.insert(at, line);
    Ok(format!("{before}[dependencies]\n{}\n", lines.join("\n")))
}

fn with_module(file: &File, name: &str) -> Result<String> {
    let unclosed = || format!("the list of capabilities in {} does not end", file.path);
    let start = file.text.find(MODULES).with_context(unclosed)?;
    let end = start + file.text[start..].find("];").with_context(unclosed)?;
    let (before, after) = file.text.split_at(end);
    let before = before.trim_end().trim_end_matches(',');
    Ok(format!("{before}, &{name}::MODULE{after}"))
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy;

    const ROOT: &str = "[workspace.dependencies]\nkernel = { path = \"platform/kernel\" }\n\
        requests = { path = \"capabilities/requests\" }\nharness = { path = \"platform/harness\" }\n\
        sim = { path = \"sim\" }\n";

    fn tree(files: &[(String, String)]) -> Tree {
        let files: Vec<(&str, &str)> =
            files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        Tree::of(&files)
    }

    #[test]
    fn the_rooms_keep_the_rules_of_the_house() {
        let path = |room| format!("capabilities/canteen/{room}");
        let made = rooms("canteen").into_iter().map(|(room, text)| (path(room), text));
        // What the platform's own code asks the catalogue for.
        let asked = "//! The shell.\nconst WORD: &str = \"done.{action}\";\n".to_owned();
        let shell = ("platform/web/src/shell.rs".to_owned(), asked);
        let files: Vec<(String, String)> = made.chain([shell]).collect();
        assert_eq!(tidy::breaches(&tree(&files)), Vec::<String>::new());
    }

    #[test]
    fn a_new_capability_is_entered_above_the_others() {
        let program = "[package]\nname = \"lianhu\"\n\n[dependencies]\naccess.workspace = true\n\
                       db.workspace = true\n\n[dev-dependencies]\nharness.workspace = true\n";
        let house = "pub static MODULES: &[&Module] = &[\n    &requests::MODULE,\n];\n";
        let files =
            [("Cargo.toml", ROOT), ("lianhu/Cargo.toml", program), ("lianhu/src/house.rs", house)];
        let entered = entries(&Tree::of(&files), "canteen").expect("three files");
        let canteen = "requests\" }\ncanteen = { path = \"capabilities/canteen\" }\nharness";
        assert!(entered[0].1.contains(canteen), "{}", entered[0].1);
        let sorted =
            "access.workspace = true\ncanteen.workspace = true\ndb.workspace = true\n\n[dev";
        assert!(entered[1].1.contains(sorted), "{}", entered[1].1);
        assert!(entered[2].1.contains("&requests::MODULE, &canteen::MODULE];"), "{}", entered[2].1);
    }

    #[test]
    fn a_name_is_one_small_word() {
        assert!(check_name("canteen").is_ok());
        for name in ["", "Canteen", "old-people", "k9", "食堂"] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}

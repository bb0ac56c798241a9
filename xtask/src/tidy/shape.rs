//! How a file looks: it says what it is, is short, and is finished.

use super::Breach;
use crate::rust_text::{Kind, RustText, end_of_item};
use crate::tree::{File, Tree};

/// What one reader holds in mind at once.
const LONGEST_FILE: usize = 600;
/// What fits on one screen.
const LONGEST_FUNCTION: usize = 70;

/// Names that say where something was put, not what it is.
const EMPTY_NAMES: &[&str] =
    &["util", "utils", "helper", "helpers", "common", "manager", "service", "services", "misc"];

pub fn opens_with_its_purpose(tree: &Tree) -> Vec<Breach> {
    let silent = tree.rust().filter(|file| !file.text.starts_with("//! "));
    silent.map(|file| Breach::new(file, 1, "opens without `//!`: say what this is")).collect()
}

pub fn files_stay_short(tree: &Tree) -> Vec<Breach> {
    let long = tree.rust().filter_map(|file| {
        let have = file.lines().count();
        let what = format!("{have} lines, at most {LONGEST_FILE}: split it by noun");
        (have > LONGEST_FILE).then(|| Breach::new(file, LONGEST_FILE, what))
    });
    long.collect()
}

pub fn functions_stay_short(tree: &Tree) -> Vec<Breach> {
    tree.rust().flat_map(long_functions).collect()
}

fn long_functions(file: &File) -> Vec<Breach> {
    let code = RustText::new(&file.text).only(Kind::Code);
    let mut breaches = Vec::new();
    for (index, line) in code.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let have = end_of_item(&code, index) - index + 1;
        if have > LONGEST_FUNCTION {
            let what = format!("function {name} has {have} lines, at most {LONGEST_FUNCTION}");
            breaches.push(Breach::new(file, index + 1, what));
        }
    }
    breaches
}

/// The name of the function that a line begins.
fn function_name(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    loop {
        match words.next()? {
            "fn" => return words.next()?.split(['(', '<']).next(),
            "pub" | "const" | "async" | "extern" | "default" => {}
            word if word.starts_with("pub(") => {}
            _ => return None,
        }
    }
}

pub fn no_empty_names(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for file in &tree.files {
        let named = file.path.split('/').map(|part| part.split('.').next().unwrap_or(part));
        for name in named.filter(|name| EMPTY_NAMES.contains(name)) {
            breaches.push(Breach::new(file, 1, format!("`{name}` names nothing")));
        }
    }
    for file in tree.rust() {
        let code = RustText::new(&file.text).only(Kind::Code);
        for (index, line) in code.iter().enumerate() {
            let module = line.trim().trim_start_matches("pub ").strip_prefix("mod ");
            let name = module.and_then(|name| name.split([' ', ';']).next());
            if let Some(name) = name.filter(|name| EMPTY_NAMES.contains(name)) {
                breaches.push(Breach::new(file, index + 1, format!("`mod {name}` names nothing")));
            }
        }
    }
    breaches
}

pub fn nothing_left_undone(tree: &Tree) -> Vec<Breach> {
    let unfinished_code = ["todo!", "dbg!", "unimplemented!"];
    let unfinished_words = [["TO", "DO"].concat(), ["FIX", "ME"].concat(), ["X", "XX"].concat()];
    let mut breaches = Vec::new();
    for file in tree.rust() {
        let text = RustText::new(&file.text);
        let lines = text.only(Kind::Code).into_iter().zip(text.only(Kind::Comment));
        for (index, (code, comment)) in lines.enumerate() {
            let macros = unfinished_code.iter().filter(|mark| code.contains(**mark)).copied();
            let words = unfinished_words.iter().filter(|mark| comment.contains(mark.as_str()));
            for mark in macros.chain(words.map(String::as_str)) {
                breaches.push(Breach::new(
                    file,
                    index + 1,
                    format!("`{mark}`: finish it or file it"),
                ));
            }
        }
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_opens_with_its_purpose() {
        let tree = Tree::of(&[("a.rs", "//! What it is.\n"), ("b.rs", "use std;\n")]);
        let breaches = opens_with_its_purpose(&tree);
        assert_eq!(breaches.len(), 1);
        assert_eq!(breaches[0].path, "b.rs");
    }

    #[test]
    fn a_file_of_six_hundred_lines_is_the_longest() {
        let (allowed, refused) = ("//\n".repeat(600), "//\n".repeat(601));
        assert_eq!(files_stay_short(&Tree::of(&[("a.rs", &allowed)])), []);
        assert_eq!(files_stay_short(&Tree::of(&[("a.rs", &refused)])).len(), 1);
    }

    #[test]
    fn a_function_is_counted_from_its_name_to_its_closing_brace() {
        let function = |body: usize| {
            let statements = "        step(\"}\");\n".repeat(body);
            format!(
                "impl A {{\n    fn short(&self);\n    pub(crate) async fn act<T>(\n        t: T,\n    ) {{\n{statements}    }}\n}}\n"
            )
        };
        assert_eq!(functions_stay_short(&Tree::of(&[("a.rs", &function(66))])), []);
        let breaches = functions_stay_short(&Tree::of(&[("a.rs", &function(67))]));
        assert_eq!(breaches[0].what, "function act has 71 lines, at most 70");
        assert_eq!(breaches[0].line, 3);
    }

    #[test]
    fn empty_names_are_refused_for_files_and_modules() {
        let tree = Tree::of(&[
            ("src/utils.rs", ""),
            ("src/common/mod.rs", ""),
            ("src/commons.rs", "pub mod helpers;\nmod utility;\n"),
        ]);
        assert_eq!(no_empty_names(&tree).len(), 3);
    }

    #[test]
    fn unfinished_work_is_found_in_code_and_comments_but_not_in_strings() {
        let left =
            ["//! a\n// TO", "DO later\nfn a() { to", "do!() }\nconst A: &str = \"TO", "DO\";"];
        let tree = Tree::of(&[("a.rs", &left.concat())]);
        let lines: Vec<usize> = nothing_left_undone(&tree).iter().map(|it| it.line).collect();
        assert_eq!(lines, [2, 3]);
    }
}

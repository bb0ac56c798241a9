//! `unwrap` and `expect` stand only where a sentence above them proves that they cannot fail.

use super::Breach;
use crate::rust_text::{Kind, RustText};
use crate::tree::{File, Tree};

pub fn are_proven_impossible(tree: &Tree) -> Vec<Breach> {
    tree.rust().filter(|file| !file.is_test()).flat_map(unproven).collect()
}

fn unproven(file: &File) -> Vec<Breach> {
    let text = RustText::new(&file.text);
    let (code, comments, tests) =
        (text.only(Kind::Code), text.only(Kind::Comment), text.test_lines());
    let mut breaches = Vec::new();
    for (index, line) in code.iter().enumerate() {
        let panics = line.contains(".unwrap()") || line.contains(".expect(");
        if panics && !tests[index] && !is_proven(&code, &comments, index) {
            let what = "may panic: prove above it in a sentence that it cannot";
            breaches.push(Breach::new(file, index + 1, what));
        }
    }
    breaches
}

/// Whether a comment stands on the line, on the line above it, or above the statement it ends.
fn is_proven(code: &[String], comments: &[String], line: usize) -> bool {
    let said = |line: usize| !comments[line].trim().is_empty();
    let mut first = line;
    while first > 0 && code[first].trim_start().starts_with(['.', ')', '}']) && !said(first - 1) {
        first -= 1;
    }
    said(line) || (first > 0 && said(first - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<usize> {
        let tree = Tree::of(&[("a/src/a.rs", text)]);
        are_proven_impossible(&tree).iter().map(|breach| breach.line).collect()
    }

    #[test]
    fn a_panic_needs_its_proof() {
        assert_eq!(lines("fn a() {\n    b.unwrap();\n}\n"), [2]);
        assert_eq!(
            lines("fn a() {\n    // The list was just filled.\n    b.unwrap();\n}\n"),
            [0; 0]
        );
        assert_eq!(lines("fn a() {\n    b.unwrap(); // never empty\n}\n"), [0; 0]);
    }

    #[test]
    fn the_proof_may_stand_above_the_statement() {
        let chain = "    let c = b\n        .first()\n        .expect(\"one\");\n";
        assert_eq!(lines(&format!("fn a() {{\n    // Never empty.\n{chain}}}\n")), [0; 0]);
        assert_eq!(lines(&format!("fn a() {{\n    c();\n{chain}}}\n")), [5]);
    }

    #[test]
    fn tests_may_panic() {
        assert_eq!(
            lines("#[cfg(test)]\nmod tests {\n    fn a() {\n        b.unwrap();\n    }\n}\n"),
            [0; 0]
        );
    }
}

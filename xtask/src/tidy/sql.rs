//! SQL stands in stores: `store.rs`, or `store/` once that has grown, in the two crates that own a
//! table of their own, `db` and `gate`. Two judges read behind everybody's back and must: the bench,
//! whose yardstick is bare SQL, and the restore drill, which looks for rows that belong to nobody.

use super::Breach;
use crate::rust_text::RustText;
use crate::tree::{File, Tree};

/// How a statement begins and what else it must hold to be one.
const STATEMENTS: &[(&str, &str)] = &[
    ("select ", " from "),
    ("insert into ", " values"),
    ("insert into ", " select "),
    ("update ", " set "),
    ("delete from ", ""),
    ("with ", " as ("),
    ("create table ", "("),
];

pub fn only_in_stores(tree: &Tree) -> Vec<Breach> {
    tree.rust().filter(|file| !may_hold_sql(file)).flat_map(statements_in).collect()
}

fn may_hold_sql(file: &File) -> bool {
    file.is_test()
        || file.path.ends_with("/src/store.rs")
        || file.path.contains("/src/store/")
        || file.path.starts_with("platform/db/")
        || file.path.starts_with("platform/gate/")
        || file.path.starts_with("lianhu/src/bench/")
        || file.path == "lianhu/src/backup/drill.rs"
}

fn statements_in(file: &File) -> Vec<Breach> {
    let text = RustText::new(&file.text);
    let tests = text.test_lines();
    let literals = text.literals().into_iter().filter(|literal| !tests[literal.line - 1]);
    literals
        .filter(|literal| is_statement(literal.text))
        .map(|literal| Breach::new(file, literal.line, "SQL outside a store"))
        .collect()
}

fn is_statement(literal: &str) -> bool {
    let words = literal.replace('\\', " ").to_lowercase();
    let flat = words.split_whitespace().collect::<Vec<_>>().join(" ");
    STATEMENTS.iter().any(|(opening, more)| flat.starts_with(opening) && flat.contains(more))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_told_from_a_sentence() {
        assert!(is_statement("select id \\\n   from requests where id = $1"));
        assert!(is_statement("INSERT INTO a (b) VALUES ($1)"));
        assert!(is_statement("update a set b = $1"));
        assert!(!is_statement("select a household"));
        assert!(!is_statement("selected from"));
        assert!(!is_statement("update.set"));
    }

    #[test]
    fn a_statement_may_stand_in_a_store_and_in_a_test_only() {
        let text = "//! a\nconst A: &str = \"delete from a\";\n";
        let test = "//! a\n#[cfg(test)]\nmod tests {\n    const A: &str = \"delete from a\";\n}\n";
        let tree = Tree::of(&[
            ("capabilities/a/src/store.rs", text),
            ("capabilities/a/src/store/search.rs", text),
            ("capabilities/a/src/rules.rs", test),
            ("capabilities/a/src/actions.rs", text),
        ]);
        let breaches = only_in_stores(&tree);
        assert_eq!(breaches.len(), 1);
        assert_eq!(breaches[0].to_string(), "capabilities/a/src/actions.rs:2: SQL outside a store");
    }
}

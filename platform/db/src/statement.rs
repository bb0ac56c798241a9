//! Named SQL statements, and the one difference in how the engines number parameters.
//!
//! SQLite gives `$3` the number of its first appearance, PostgreSQL the number 3; so `$n`
//! becomes `?n` on SQLite, outside of quotes and comments. Statements are known by the address
//! of their text, which is why texts are `'static`: looking one up in a connection's cache
//! costs no hashing of SQL.

use std::collections::HashSet;
use std::sync::{LazyLock, Mutex, PoisonError};

/// A statement with the name that errors and metrics call it by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sql {
    /// `module.NAME`.
    pub name: &'static str,
    /// The text, in the common subset of both engines.
    pub text: &'static str,
}

/// Distinct texts that [`Sql::interned`] may make in one process. They are made of table names
/// and policy scopes, so there are dozens; a number like this can only mean that values were
/// pasted into SQL.
const INTERNED_MAX: usize = 4096;

impl Sql {
    /// A statement put together while running, for texts that a program has few of (a scope
    /// added to a list, a table's name). Never paste values into it: they are parameters.
    pub fn interned(name: &'static str, text: &str) -> Sql {
        static TEXTS: LazyLock<Mutex<HashSet<&'static str>>> = LazyLock::new(Mutex::default);
        let mut texts = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = texts.get(text) {
            return Sql { name, text };
        }
        assert!(texts.len() < INTERNED_MAX, "{name}: values were pasted into SQL");
        let text: &'static str = Box::leak(text.into());
        texts.insert(text);
        Sql { name, text }
    }

    /// What a connection's cache knows the statement by.
    pub(crate) fn key(&self) -> (usize, usize) {
        (self.text.as_ptr().addr(), self.text.len())
    }
}

/// Names statements: `sql! { module "requests"; FIND = "select …"; }` makes `FIND` and a list
/// `STATEMENTS` of all of them, which a test prepares on both engines.
#[macro_export]
macro_rules! sql {
    (module $module:literal; $($(#[$doc:meta])* $name:ident = $text:expr;)*) => {
        $(
            $(#[$doc])*
            pub static $name: $crate::Sql = $crate::Sql {
                name: concat!($module, ".", stringify!($name)),
                text: $text,
            };
        )*
        /// Every statement of this module.
        pub const STATEMENTS: &[$crate::Sql] = &[
            $($crate::Sql { name: concat!($module, ".", stringify!($name)), text: $text },)*
        ];
    };
}

/// A piece of SQL text as far as this crate needs to understand it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Code.
    Code(&'a str),
    /// A string or a quoted name, with its quotes.
    Quoted(&'a str),
    /// A comment, without the end of its line.
    Comment(&'a str),
}

/// Splits SQL into code, quoted text and comments; the pieces put together are the text.
pub(crate) fn pieces(sql: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = sql;
    while !rest.is_empty() {
        let code = rest.find(['\'', '"']).unwrap_or(rest.len());
        let code = code.min(rest.find("--").unwrap_or(rest.len()));
        let code = code.min(rest.find("/*").unwrap_or(rest.len()));
        if code > 0 {
            pieces.push(Piece::Code(&rest[..code]));
            rest = &rest[code..];
            continue;
        }
        // A doubled quote inside quotes reads as two quoted pieces side by side: the same text.
        let (end, comment) = match rest.as_bytes()[0] {
            b'-' => (rest.find('\n'), true),
            b'/' => (rest.find("*/").map(|at| at + 2), true),
            quote => (rest[1..].find(char::from(quote)).map(|at| at + 2), false),
        };
        let (piece, after) = rest.split_at(end.unwrap_or(rest.len()));
        pieces.push(if comment { Piece::Comment(piece) } else { Piece::Quoted(piece) });
        rest = after;
    }
    pieces
}

/// The text as SQLite wants it: `?n` for `$n`.
pub(crate) fn for_sqlite(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len());
    for piece in pieces(sql) {
        match piece {
            Piece::Quoted(piece) | Piece::Comment(piece) => text.push_str(piece),
            Piece::Code(piece) => {
                let mut characters = piece.chars().peekable();
                while let Some(character) = characters.next() {
                    let parameter =
                        character == '$' && characters.peek().is_some_and(char::is_ascii_digit);
                    text.push(if parameter { '?' } else { character });
                }
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_keep_their_numbers_outside_of_quotes_and_comments() {
        for (sql, expected) in [
            ("set a=$3 where id=$1", "set a=?3 where id=?1"),
            ("select '$1', \"$2\", $12", "select '$1', \"$2\", ?12"),
            ("select 'it''s $1' || $1", "select 'it''s $1' || ?1"),
            ("select $1 -- not '$2\n, $2", "select ?1 -- not '$2\n, ?2"),
            ("select $1 /* $2 ' */ + $2", "select ?1 /* $2 ' */ + ?2"),
            ("select 价 from 表 where 价=$1", "select 价 from 表 where 价=?1"),
            ("select a->>'$.x', $", "select a->>'$.x', $"),
            ("select 1 - -$1", "select 1 - -?1"),
        ] {
            assert_eq!(for_sqlite(sql), expected);
        }
    }

    proptest::proptest! {
        #[test]
        fn pieces_put_together_are_the_text(sql in "[a-z$1'\"/*\n;价-]{0,40}") {
            let joined: String = pieces(&sql).into_iter().map(|piece| match piece {
                Piece::Code(text) | Piece::Quoted(text) | Piece::Comment(text) => text,
            }).collect();
            proptest::prop_assert_eq!(joined, sql);
        }
    }

    #[test]
    fn an_interned_text_is_kept_once() {
        let one = Sql::interned("test", &format!("select {}", 41 + 1));
        let two = Sql::interned("test", "select 42");
        assert_eq!(one.key(), two.key());
    }
}

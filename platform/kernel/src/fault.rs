//! What is wrong with one field, as a key of the word catalogue.
//!
//! Parsers of this crate and of the capabilities answer with a [`Fault`]; the page turns it into
//! a sentence in the reader's language. serde knows errors only as text, so a fault prints as
//! `fault.too_long|max=200|have=231|` and [`Fault::parse`] finds it again at the other end.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::{PoisonError, RwLock};

/// One complaint about one value: a word key and the values its sentence needs.
///
/// Never holds what the user typed beyond numbers and short codes: faults reach logs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// Key in the word catalogue, such as `fault.too_long`.
    pub key: &'static str,
    /// The field whose value it is about, where a rule knows that. Not part of the message: what
    /// parses a value does not know where it stood.
    pub field: Option<Cow<'static, str>>,
    /// Named values for the sentence, in the order they were added.
    pub args: Vec<(&'static str, String)>,
}

/// Keys and names this process has put into faults. [`Fault::parse`] knows only these: so it can
/// answer with static words, a text from outside cannot grow the set, and a message that merely
/// looks like a fault is not taken for one.
static SAID: RwLock<BTreeSet<&'static str>> = RwLock::new(BTreeSet::new());

impl Fault {
    /// A fault without values. `key` and the names of values must not contain `|` or `=`.
    pub fn new(key: &'static str) -> Fault {
        say(key);
        Fault { key, field: None, args: Vec::new() }
    }

    /// The same with one more value for its sentence.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Fault {
        say(name);
        self.args.push((name, value.to_string()));
        self
    }

    /// The same, about the value of a field: `until_on`, `parts[1].topic`.
    #[must_use]
    pub fn at(mut self, field: impl Into<Cow<'static, str>>) -> Fault {
        self.field = Some(field.into());
        self
    }

    /// Finds a fault in the message of an error that carried it. What follows the last bar is
    /// ignored, because serde_json appends the place (` at line 1 column 9`).
    pub fn parse(message: &str) -> Option<Fault> {
        let (body, _place) = message.rsplit_once('|')?;
        let mut parts = body.split('|');
        let key = said(parts.next()?)?;
        let args = parts
            .map(|part| {
                let (name, value) = part.split_once('=')?;
                Some((said(name)?, unescape(value)))
            })
            .collect::<Option<Vec<_>>>()?;
        Some(Fault { key, field: None, args })
    }
}

/// `key|name=value|…|`, each part closed by a bar; bars and percent signs of values escaped.
impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}|", self.key)?;
        for (name, value) in &self.args {
            write!(formatter, "{name}={}|", escape(value))?;
        }
        Ok(())
    }
}

impl std::error::Error for Fault {}

fn say(word: &'static str) {
    // A poisoned lock still guards a whole set: insertion either happened or did not.
    if !SAID.read().unwrap_or_else(PoisonError::into_inner).contains(word) {
        SAID.write().unwrap_or_else(PoisonError::into_inner).insert(word);
    }
}

fn said(word: &str) -> Option<&'static str> {
    SAID.read().unwrap_or_else(PoisonError::into_inner).get(word).copied()
}

fn escape(value: &str) -> String {
    value.replace('%', "%25").replace('|', "%7C")
}

fn unescape(value: &str) -> String {
    value.replace("%7C", "|").replace("%25", "%")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::de::Error as _;

    use super::*;

    #[test]
    fn a_fault_prints_as_key_and_values() {
        let fault = Fault::new("fault.too_long").with("max", 200).with("have", 231);
        assert_eq!(fault.to_string(), "fault.too_long|max=200|have=231|");
        assert_eq!(Fault::new("fault.empty").to_string(), "fault.empty|");
    }

    #[test]
    fn a_fault_survives_serde_and_its_appended_place() {
        let fault = Fault::new("fault.too_long").with("max", 3);
        let error = serde_json::Error::custom(&fault);
        assert_eq!(Fault::parse(&error.to_string()).as_ref(), Some(&fault));
        let placed = format!("{fault} at line 1 column 12");
        assert_eq!(Fault::parse(&placed), Some(fault));
    }

    #[test]
    fn a_field_is_named_beside_the_message() {
        let fault = Fault::new("fault.too_long").with("max", 3).at("text");
        assert_eq!(fault.field.as_deref(), Some("text"));
        assert_eq!(fault.to_string(), "fault.too_long|max=3|");
    }

    #[test]
    fn a_message_that_is_no_fault_is_not_taken_for_one() {
        let known = Fault::new("fault.known");
        for message in [
            "",
            "|",
            "missing field `text` at line 1 column 2",
            "never.said.by.anyone|",
            "unknown field `fault.known|`, expected `text`",
            "fault.known|never said=1|",
        ] {
            assert_eq!(Fault::parse(message), None, "{message}");
        }
        assert_eq!(Fault::parse("fault.known|"), Some(known));
    }

    proptest! {
        #[test]
        fn any_value_comes_back_as_it_was(first in ".*", second in "[|%=7C25]{0,12}") {
            let fault = Fault::new("fault.any").with("first", first).with("second", second);
            prop_assert_eq!(Fault::parse(&fault.to_string()), Some(fault));
        }
    }
}

//! The topic tree (reference §2.9): two levels, versioned, read once from `data/topics.toml`.
//!
//! A topic says how a matter is usually handled, by whom, how fast, and by which words it is
//! recognised; all of it is a proposal that a person may change. A request keeps the code it was
//! sorted under.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use kernel::Fault;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::model::{ClockClass, Emergency, Layer, Mode, Nature};

/// The whole tree, with the words of natures and alarms that belong to no single topic.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tree {
    /// Changes with every edit.
    pub version: String,
    /// The topic of words that no keyword knows.
    pub fallback: String,
    #[serde(rename = "group")]
    pub groups: Vec<Group>,
    #[serde(rename = "nature")]
    pub natures: Vec<NatureWords>,
    #[serde(rename = "alarm")]
    pub alarms: Vec<Alarm>,
    /// Words that say nothing about a matter.
    pub common: Vec<String>,
    /// What the label of a place calls a building by.
    pub houses: Vec<String>,
    /// Signs that hold words together and mean nothing where a shared piece begins.
    pub joins: String,
    /// And where it ends.
    pub leads: String,
    /// Words that hold a danger's word and mean none: 中风险 holds 中风.
    pub innocent: Vec<String>,
    /// Words that say, shortly before a danger's word, that it did not happen.
    pub hedges: Vec<String>,
}

/// A first-level topic.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// One letter.
    pub code: String,
    pub zh: String,
    pub en: String,
    #[serde(rename = "topic")]
    pub topics: Vec<Topic>,
}

/// A second-level topic.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// The group's letter and two digits.
    pub code: String,
    pub zh: String,
    pub en: String,
    pub mode: Mode,
    pub layer: Layer,
    #[serde(rename = "clock")]
    pub clock_class: ClockClass,
    /// Seen by fewer people from the first moment.
    #[serde(default)]
    pub sensitive: bool,
    /// The line to call first, whenever this topic is meant (R4).
    #[serde(default)]
    pub emergency: Option<Emergency>,
    /// What is usually asked under it, when the words do not tell.
    #[serde(default)]
    pub nature: Option<Nature>,
    /// Words it is recognised by.
    pub keywords: Vec<String>,
    /// Words with which its keywords mean something else.
    #[serde(default)]
    pub unless: Vec<String>,
}

/// The words of one nature, in the order they are asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NatureWords {
    pub nature: Nature,
    pub keywords: Vec<String>,
    #[serde(default)]
    pub unless: Vec<String>,
}

/// Words that mean danger now.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alarm {
    pub line: Emergency,
    /// Where it is filed.
    pub topic: String,
    pub keywords: Vec<String>,
    /// Where it is not empty: one of these stands beside the keyword, for a thing that falls is
    /// no person who falls.
    #[serde(default)]
    pub with: Vec<String>,
    /// Words that take the danger out: a question, a fear, a drill, the past.
    #[serde(default)]
    pub unless: Vec<String>,
}

/// What is wrong with a tree.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    #[error("topics: {0}")]
    Toml(#[from] toml::de::Error),
    #[error("topics: code {0} is malformed or in the wrong group")]
    Malformed(String),
    #[error("topics: code {0} stands twice")]
    Twice(String),
    #[error("topics: {0} is not in the tree")]
    Unknown(String),
    #[error("topics: {0} has an empty label or keyword, or no keyword")]
    Empty(String),
    #[error("topics: {0} is transferred at once but names no line")]
    NoLine(String),
}

static TREE: LazyLock<Tree> = LazyLock::new(|| {
    // A constant of this crate that its tests read.
    Tree::parse(include_str!("../data/topics.toml")).expect("the built-in topic tree is sound")
});

/// Traditional characters with their simplified ones, in the order of the former.
static TRADITIONAL: LazyLock<Vec<(char, char)>> = LazyLock::new(|| {
    let lines = include_str!("../data/traditional.txt").lines();
    let pairs = lines.filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace);
    let signs = |pair: &str| {
        let mut signs = pair.chars();
        signs.next().zip(signs.next())
    };
    pairs.filter_map(signs).collect()
});

/// A character as the words of the tree are written: 氣 is 气.
pub fn simplified(sign: char) -> char {
    if sign.is_ascii() {
        return sign;
    }
    let found = TRADITIONAL.binary_search_by_key(&sign, |(traditional, _)| *traditional);
    found.map_or(sign, |at| TRADITIONAL[at].1)
}

/// The tree in use.
pub fn tree() -> &'static Tree {
    &TREE
}

/// The topic with this code.
pub fn topic(code: &str) -> Option<&'static Topic> {
    TREE.find(code)
}

/// Parses a topic's code at the border, so that a wrong one is named with all else that is wrong.
///
/// # Errors
/// `fault.unknown_topic`
pub fn known<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let code = Option::<String>::deserialize(deserializer)?;
    match code.as_deref().filter(|code| topic(code).is_none()) {
        Some(_) => Err(D::Error::custom(Fault::new("fault.unknown_topic"))),
        None => Ok(code),
    }
}

/// First-level topics in the order of the tree.
pub fn groups() -> &'static [Group] {
    &TREE.groups
}

impl Tree {
    /// Reads and checks a tree.
    ///
    /// # Errors
    /// The first thing wrong with it.
    pub fn parse(text: &str) -> Result<Tree, TreeError> {
        let tree: Tree = toml::from_str(text)?;
        tree.check()?;
        Ok(tree)
    }

    /// All topics in the order of the tree.
    pub fn topics(&self) -> impl Iterator<Item = &Topic> {
        self.groups.iter().flat_map(|group| &group.topics)
    }

    fn find(&self, code: &str) -> Option<&Topic> {
        self.topics().find(|topic| topic.code == code)
    }

    /// The topic of words nobody recognises.
    pub fn fallback(&self) -> &Topic {
        // Checked when the tree was read.
        self.find(&self.fallback).expect("the fallback is a topic of the tree")
    }

    fn check(&self) -> Result<(), TreeError> {
        let mut codes = BTreeSet::new();
        for group in &self.groups {
            check_group(group)?;
            let codes_here = group.topics.iter().map(|topic| &topic.code);
            if let Some(code) = codes_here.chain([&group.code]).find(|code| !codes.insert(*code)) {
                return Err(TreeError::Twice(code.clone()));
            }
        }
        let named = self.alarms.iter().map(|alarm| &alarm.topic).chain([&self.fallback]);
        match named.into_iter().find(|code| self.find(code).is_none()) {
            Some(code) => Err(TreeError::Unknown(code.clone())),
            None => Ok(()),
        }
    }
}

fn check_group(group: &Group) -> Result<(), TreeError> {
    let mut letter = group.code.chars();
    let (Some('A'..='Z'), None) = (letter.next(), letter.next()) else {
        return Err(TreeError::Malformed(group.code.clone()));
    };
    for topic in &group.topics {
        let number = topic.code.strip_prefix(&group.code);
        let digits = |number: &str| number.len() == 2 && number.bytes().all(|b| b.is_ascii_digit());
        if !number.is_some_and(digits) {
            return Err(TreeError::Malformed(topic.code.clone()));
        }
        let words = topic.keywords.iter().chain(&topic.unless).chain([&topic.zh, &topic.en]);
        if topic.keywords.is_empty() || words.into_iter().any(|word| word.trim().is_empty()) {
            return Err(TreeError::Empty(topic.code.clone()));
        }
        if topic.clock_class == ClockClass::U0 && topic.emergency.is_none() {
            return Err(TreeError::NoLine(topic.code.clone()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_whole() {
        let counts: Vec<(&str, usize)> =
            groups().iter().map(|group| (group.code.as_str(), group.topics.len())).collect();
        assert_eq!(
            counts,
            [
                ("A", 9),
                ("B", 6),
                ("C", 6),
                ("D", 6),
                ("E", 7),
                ("F", 5),
                ("G", 6),
                ("H", 6),
                ("I", 4),
                ("J", 4),
                ("K", 4),
                ("L", 2),
                ("M", 1),
            ]
        );
        assert!(!tree().version.is_empty());
    }

    #[test]
    fn sensitive_are_the_starred_ones() {
        let starred = |topic: &Topic| {
            topic.code.starts_with(['F', 'G', 'H', 'I', 'L'])
                || ["E05", "E06"].contains(&topic.code.as_str())
        };
        for topic in tree().topics() {
            assert_eq!(topic.sensitive, starred(topic), "{}", topic.code);
        }
    }

    #[test]
    fn what_is_transferred_at_once_names_its_line() {
        let urgent: Vec<&str> = tree()
            .topics()
            .filter(|topic| topic.clock_class == ClockClass::U0)
            .map(|topic| topic.code.as_str())
            .collect();
        assert_eq!(urgent, ["B03", "E03", "E04", "E05", "F04", "H06", "I03"]);
        assert!(
            tree().topics().all(|topic| {
                topic.emergency.is_some() == (topic.clock_class == ClockClass::U0)
            })
        );
    }

    #[test]
    fn traditional_characters_are_read_as_simplified_ones() {
        assert!(TRADITIONAL.is_sorted_by(|one, next| one.0 < next.0));
        assert!(TRADITIONAL.iter().all(|(from, to)| from != to));
        for (from, to) in [('氣', '气'), ('暈', '晕'), ('气', '气'), ('a', 'a'), ('！', '！')]
        {
            assert_eq!(simplified(from), to);
        }
    }

    #[test]
    fn a_topic_is_found_by_its_code() {
        assert_eq!(topic("B03").map(|topic| topic.zh.as_str()), Some("燃气异味"));
        assert!(topic("B99").is_none());
        assert!(topic("B").is_none());
    }

    #[test]
    fn a_spoiled_tree_is_refused() {
        let sound = include_str!("../data/topics.toml");
        for (from, to, expected) in [
            ("code = \"A02\"", "code = \"A01\"", "code A01 stands twice"),
            ("code = \"A02\"", "code = \"B02\"", "malformed or in the wrong group"),
            ("code = \"A02\"", "code = \"A2\"", "malformed"),
            ("fallback = \"M01\"", "fallback = \"Z01\"", "Z01 is not in the tree"),
            ("keywords = [\"电梯\"]", "keywords = []", "A05 has an empty"),
            ("emergency = \"119\"\n", "", "B03 is transferred at once but names no line"),
            ("mode = \"self\"", "mode = \"alone\"", "unknown variant"),
            ("en = \"Lift\"", "en = \"\"", "A05 has an empty"),
        ] {
            assert!(sound.contains(from), "{from}");
            let error = Tree::parse(&sound.replace(from, to)).unwrap_err().to_string();
            assert!(error.contains(expected), "{to}: {error}");
        }
    }
}

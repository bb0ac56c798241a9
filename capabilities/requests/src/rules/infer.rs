//! What a text is probably about: nature, topic, and with the topic how it is handled, by whom
//! and how fast; and whether somebody must be called first (R4). A proposal from the words of
//! `data/topics.toml`, so that the recorder types one field; everything can be changed.
//!
//! Danger is asked first and by itself: one word of it outweighs whatever else was said.

use std::borrow::Cow;

use crate::model::{ClockClass, Layer, Lines, Mode, Nature};
use crate::topics::{self, Alarm, Topic, Tree};

/// How many signs before a danger's word a hedge still concerns it: 担心哪天会爆炸. Further away
/// it is about something else, and a true danger must not be silenced.
const HEDGE_REACH: usize = 6;
/// A text's signs fall into 64 times so many classes.
const SIGN_PARTS: usize = 16;
/// Stands where an innocent word stood.
const CLAUSE_END: &str = "，";

/// What was read out of a text.
#[derive(Debug, Clone, Copy)]
pub struct Inferred {
    pub nature: Nature,
    pub topic: &'static Topic,
    pub mode: Mode,
    pub layer: Layer,
    pub clock_class: ClockClass,
    /// The lines to call first.
    pub emergencies: Lines,
    pub sensitive: bool,
}

/// Reads what was said, and where: a lift named as the place is a hint, but no alarm.
pub fn infer(words: &str, spot_label: &str) -> Inferred {
    let tree = topics::tree();
    let (words, spot) = (plain(words), plain(spot_label));
    let (words, spot) = (Heard::of(&words), Heard::of(&spot));
    match danger(tree, words.text) {
        Some(Danger { topic, lines, layer }) => Inferred {
            nature: topic.nature.unwrap_or(Nature::Help),
            topic,
            mode: topic.mode,
            layer,
            clock_class: ClockClass::U0,
            emergencies: lines,
            sensitive: topic.sensitive,
        },
        None => {
            let topic = ordinary(tree, &words, &spot);
            Inferred {
                nature: nature(tree, &words, topic),
                topic,
                mode: topic.mode,
                layer: topic.layer,
                clock_class: topic.clock_class,
                emergencies: Lines::NONE,
                sensitive: topic.sensitive,
            }
        }
    }
}

struct Danger {
    topic: &'static Topic,
    lines: Lines,
    layer: Layer,
}

/// The same letters however they were typed: simplified, lower case, without blanks.
fn plain(text: &str) -> String {
    let signs = text.chars().filter(|sign| !sign.is_whitespace());
    signs.map(topics::simplified).flat_map(char::to_lowercase).collect()
}

/// A text with the signs that occur in it. The tree has some two thousand words and a text has
/// hardly one of them; whether a word's first signs occur at all tells most of them apart for a
/// twentieth of what looking for it would cost.
struct Heard<'t> {
    text: &'t str,
    /// A bit for each class of signs; two signs may share one.
    signs: [u64; SIGN_PARTS],
}

impl<'t> Heard<'t> {
    fn of(text: &'t str) -> Heard<'t> {
        let mut signs = [0; SIGN_PARTS];
        for sign in text.chars() {
            let (part, bit) = Self::place(sign);
            signs[part] |= bit;
        }
        Heard { text, signs }
    }

    fn place(sign: char) -> (usize, u64) {
        let class = u32::from(sign) as usize % (SIGN_PARTS * 64);
        (class / 64, 1 << (class % 64))
    }

    fn has(&self, word: &str) -> bool {
        let may_occur = |sign: char| {
            let (part, bit) = Self::place(sign);
            self.signs[part] & bit != 0
        };
        word.chars().take(2).all(may_occur) && self.text.contains(word)
    }

    fn has_any(&self, words: &[String]) -> bool {
        words.iter().any(|word| self.has(word))
    }
}

/// Alarms, and topics that are always transferred at once. Every line that one of them names is to
/// be called: gas and somebody who fainted want both. It is filed under what is called first.
fn danger(tree: &'static Tree, words: &str) -> Option<Danger> {
    let words = without_innocent(tree, words);
    let words = Heard::of(&words);
    let alarms = tree.alarms.iter().filter(|alarm| sounds(tree, alarm, &words));
    let alarms = alarms
        .filter_map(|alarm| Some((alarm.line, topics::topic(&alarm.topic)?, Layer::External)));
    let urgent = tree.topics().filter(|topic| topic.emergency.is_some());
    let nowhere = Heard::of("");
    let weighed = urgent.map(|topic| (weight(topic, &words, &nowhere), topic));
    let mut meant: Vec<(usize, &Topic)> = weighed.filter(|(weight, _)| *weight > 0).collect();
    meant.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    let meant = meant.into_iter();
    let meant = meant.filter_map(|(_, topic)| Some((topic.emergency?, topic, topic.layer)));
    let heard: Vec<_> = alarms.chain(meant).collect();
    let lines: Lines = heard.iter().map(|(line, ..)| *line).collect();
    let first = lines.first()?;
    let (_, topic, layer) = heard.into_iter().find(|(line, ..)| *line == first)?;
    Some(Danger { topic, lines, layer })
}

/// The words with a clause's end in place of whatever only looks like danger. Only that is taken
/// out, so that true danger beside it is still heard: 防火宣传的时候着火了.
fn without_innocent<'w>(tree: &Tree, words: &'w str) -> Cow<'w, str> {
    let mut left = Cow::Borrowed(words);
    let heard = Heard::of(words);
    for word in tree.innocent.iter().filter(|word| heard.has(word)) {
        left = Cow::Owned(left.replace(word.as_str(), CLAUSE_END));
    }
    left
}

fn sounds(tree: &Tree, alarm: &Alarm, words: &Heard<'_>) -> bool {
    let happened = |keyword: &String| words.has(keyword) && happened(tree, words.text, keyword);
    alarm.keywords.iter().any(happened)
        && (alarm.with.is_empty() || words.has_any(&alarm.with))
        && !words.has_any(&alarm.unless)
}

/// Whether a danger's word stands anywhere without a hedge shortly before it in its clause.
fn happened(tree: &Tree, words: &str, keyword: &str) -> bool {
    words.match_indices(keyword).any(|(at, _)| {
        let clause = words[..at].rsplit(is_mark).next().unwrap_or_default();
        let from = clause.char_indices().rev().nth(HEDGE_REACH - 1).map_or(0, |(at, _)| at);
        !Heard::of(&clause[from..]).has_any(&tree.hedges)
    })
}

fn is_mark(sign: char) -> bool {
    "，。！？；、,.!?;…".contains(sign)
}

fn ordinary(tree: &'static Tree, words: &Heard<'_>, spot: &Heard<'_>) -> &'static Topic {
    let calm = tree.topics().filter(|topic| topic.emergency.is_none());
    best(calm, words, spot).unwrap_or_else(|| tree.fallback())
}

/// The topic whose words weigh most; the first of the tree among equals; none without any.
fn best<'t>(
    topics: impl Iterator<Item = &'t Topic>,
    words: &Heard<'_>,
    spot: &Heard<'_>,
) -> Option<&'t Topic> {
    let weighed = topics.map(|topic| (weight(topic, words, spot), topic));
    let better = |best: (usize, &'t Topic), next: (usize, &'t Topic)| {
        if next.0 > best.0 { next } else { best }
    };
    weighed.filter(|(weight, _)| *weight > 0).reduce(better).map(|(_, topic)| topic)
}

/// The squares of the lengths of its keywords in the text, for a longer word is more particular;
/// in the place's name each counts its length only.
fn weight(topic: &Topic, words: &Heard<'_>, spot: &Heard<'_>) -> usize {
    if words.has_any(&topic.unless) {
        return 0;
    }
    let length = |keyword: &String| keyword.chars().count();
    let said = topic.keywords.iter().filter(|keyword| words.has(keyword));
    let there = topic.keywords.iter().filter(|keyword| spot.has(keyword));
    said.map(|keyword| length(keyword).pow(2)).sum::<usize>() + there.map(length).sum::<usize>()
}

/// The first nature whose words were used, else the topic's own, else a call for help.
fn nature(tree: &Tree, words: &Heard<'_>, topic: &Topic) -> Nature {
    tree.natures
        .iter()
        .find(|nature| words.has_any(&nature.keywords) && !words.has_any(&nature.unless))
        .map(|nature| nature.nature)
        .or(topic.nature)
        .unwrap_or(Nature::Help)
}

#[cfg(test)]
mod tests;

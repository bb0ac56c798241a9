//! Open requests that may be the same matter as what is being typed, each with its reasons, so
//! that a neighbour's word joins the one in hand instead of becoming a second (R14).
//!
//! Points for shared words, the same place, the same topic and recency; whole numbers, so that a
//! score can be explained. Never enough by topic and date alone: something must be shared that
//! a person would call the same.

use std::collections::BTreeSet;

use kernel::Instant;
use uuid::Uuid;

use crate::model::RequestId;
use crate::topics;

/// Shown at most: more would not be read while typing.
const SHOWN_MAX: usize = 5;
/// Fewer points are a coincidence.
const THRESHOLD: u32 = 40;
/// All words shared.
const WORDS_POINTS: u32 = 60;
/// The very same household or place; half for the same building; taken off for another one, where
/// nearly all words must be shared: each house has lamps, and only some matters have two houses.
const PLACE_POINTS: u32 = 30;
const TOPIC_POINTS: u32 = 15;
/// Said on one of the last days.
const RECENT_POINTS: u32 = 10;
const RECENT_DAYS: i32 = 3;
/// Shared pieces named as the reason.
const PIECES_MAX: usize = 5;
/// Characters of a text that are compared; the matter is named at its beginning.
const COMPARED_MAX: usize = 400;

/// What is being typed.
#[derive(Debug, Clone, Copy)]
pub struct Matter<'a> {
    pub words: &'a str,
    /// The household or place.
    pub spot: Option<Uuid>,
    /// Its building, see [`building`].
    pub building: Option<&'a str>,
    pub topic: &'a str,
}

/// An open request it may be.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub id: RequestId,
    pub words: String,
    pub spot: Option<Uuid>,
    /// Its building, see [`building`].
    pub building: Option<String>,
    pub topic: String,
    pub received_at: Instant,
}

/// Why two requests are taken for one matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    SamePlace,
    SameBuilding,
    SameWords,
    SameTopic,
    Recent,
}

impl Reason {
    /// Its word in JSON and catalogue.
    pub fn word(self) -> &'static str {
        match self {
            Reason::SamePlace => "same_place",
            Reason::SameBuilding => "same_building",
            Reason::SameWords => "same_words",
            Reason::SameTopic => "same_topic",
            Reason::Recent => "recent",
        }
    }
}

/// How alike a request is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Likeness {
    pub id: RequestId,
    pub score: u32,
    /// In the order of [`Reason`].
    pub reasons: Vec<Reason>,
    /// Pieces of text both have.
    pub shared: Vec<String>,
}

/// The likely ones, most alike first, newest first among equals; at most five.
pub fn find(draft: &Matter<'_>, open: &[Candidate], now: Instant) -> Vec<Likeness> {
    let mine = Pairs::of(draft.words);
    let mut found: Vec<(Likeness, Instant)> = open
        .iter()
        .map(|candidate| (compare(draft, &mine, candidate, now), candidate.received_at))
        .filter(|(likeness, _)| likeness.score >= THRESHOLD && is_tangible(&likeness.reasons))
        .collect();
    found.sort_by_key(|(likeness, received_at)| {
        (std::cmp::Reverse((likeness.score, *received_at)), likeness.id)
    });
    found.into_iter().map(|(likeness, _)| likeness).take(SHOWN_MAX).collect()
}

/// Words, or a place together with a topic.
fn is_tangible(reasons: &[Reason]) -> bool {
    let has = |reason| reasons.contains(&reason);
    has(Reason::SameWords)
        || (has(Reason::SameTopic) && (has(Reason::SamePlace) || has(Reason::SameBuilding)))
}

fn compare(draft: &Matter<'_>, mine: &Pairs, candidate: &Candidate, now: Instant) -> Likeness {
    let theirs = Pairs::of(&candidate.words);
    let words = mine.points(&theirs);
    let age = candidate.received_at.day().days_until(now.day());
    let nearness = nearness(draft, candidate);
    let points = [
        (Reason::SameWords, words),
        nearness.unwrap_or((Reason::SamePlace, 0)),
        (Reason::SameTopic, if draft.topic == candidate.topic { TOPIC_POINTS } else { 0 }),
        (Reason::Recent, if age <= RECENT_DAYS { RECENT_POINTS } else { 0 }),
    ];
    let mut reasons: Vec<Reason> =
        points.iter().filter(|(_, points)| *points > 0).map(|(reason, _)| *reason).collect();
    reasons.sort_unstable();
    let score: u32 = points.iter().map(|(_, points)| points).sum();
    let apart = nearness.is_none() && are_apart(draft, candidate);
    Likeness {
        id: candidate.id,
        score: score.saturating_sub(if apart { PLACE_POINTS } else { 0 }),
        reasons,
        shared: mine.pieces(&theirs),
    }
}

/// How near they are, where anything tells.
fn nearness(mine: &Matter<'_>, theirs: &Candidate) -> Option<(Reason, u32)> {
    if mine.spot.is_some() && mine.spot == theirs.spot {
        Some((Reason::SamePlace, PLACE_POINTS))
    } else if mine.building.is_some() && mine.building == theirs.building.as_deref() {
        Some((Reason::SameBuilding, PLACE_POINTS / 2))
    } else {
        None
    }
}

/// Both lie in a building, and not in the same.
fn are_apart(mine: &Matter<'_>, theirs: &Candidate) -> bool {
    mine.building.is_some() && theirs.building.is_some()
}

/// The building that a place's label names, with all that stands before it: 化肥厂小区3栋.
pub fn building(label: &str) -> Option<&str> {
    let ends = topics::tree()
        .houses
        .iter()
        .filter_map(|word| label.find(word.as_str()).map(|at| at + word.len()));
    ends.min().and_then(|end| label.get(..end))
}

/// The pairs of neighbouring letters of a text: what Chinese words are compared by.
struct Pairs {
    /// Letters and digits; everything else, and words that say nothing, is a break.
    letters: Vec<char>,
    set: BTreeSet<[char; 2]>,
}

impl Pairs {
    fn of(text: &str) -> Pairs {
        let mut text: String = text.chars().take(COMPARED_MAX).collect();
        for word in &topics::tree().common {
            text = text.replace(word.as_str(), " ");
        }
        let letters: Vec<char> = text
            .chars()
            .map(|sign| if sign.is_alphanumeric() { sign } else { ' ' })
            .flat_map(char::to_lowercase)
            .collect();
        let pairs = letters.windows(2).map(|pair| [pair[0], pair[1]]);
        let set = pairs.filter(|pair| !pair.contains(&' ')).collect();
        Pairs { letters, set }
    }

    /// Shared pairs against those of the shorter text, so that a short remark can match a long
    /// report; a single pair may be chance.
    fn points(&self, other: &Pairs) -> u32 {
        let shared = self.set.intersection(&other.set).count();
        let shorter = self.set.len().min(other.set.len());
        if shared < 2 {
            return 0;
        }
        let points = shared * WORDS_POINTS as usize / shorter;
        u32::try_from(points).unwrap_or(WORDS_POINTS)
    }

    /// The longest runs of this text whose pairs the other has, in the order they stand.
    fn pieces(&self, other: &Pairs) -> Vec<String> {
        let mut pieces: Vec<String> = Vec::new();
        let mut run = String::new();
        for pair in self.letters.windows(2) {
            if other.set.contains(&[pair[0], pair[1]]) {
                if run.is_empty() {
                    run.push(pair[0]);
                }
                run.push(pair[1]);
            } else if !run.is_empty() {
                pieces.push(std::mem::take(&mut run));
            }
        }
        if !run.is_empty() {
            pieces.push(run);
        }
        let mut seen = BTreeSet::new();
        let tree = topics::tree();
        let whole = |piece: &String| {
            let piece = piece.trim_start_matches(|sign| tree.joins.contains(sign));
            piece.trim_end_matches(|sign| tree.leads.contains(sign)).to_owned()
        };
        let mut pieces: Vec<String> = pieces.iter().map(whole).collect();
        pieces.retain(|piece| piece.chars().count() > 1 && seen.insert(piece.clone()));
        pieces.truncate(PIECES_MAX);
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{at, id};

    const STAIRS: Uuid = Uuid::from_u128(31);
    const BUILDING: Option<&str> = Some("化肥厂小区3栋");
    const LAMP: Matter<'_> = Matter {
        words: "三栋二单元楼道灯坏了，黑漆漆的",
        spot: Some(STAIRS),
        building: BUILDING,
        topic: "A01",
    };

    fn candidate(number: u128, words: &str) -> Candidate {
        Candidate {
            id: id(number),
            words: words.to_owned(),
            spot: Some(STAIRS),
            building: BUILDING.map(str::to_owned),
            topic: "A01".to_owned(),
            received_at: at("2026-03-02T09:00"),
        }
    }

    fn found(open: &[Candidate]) -> Vec<Likeness> {
        find(&LAMP, open, at("2026-03-03T09:00"))
    }

    #[test]
    fn the_same_matter_is_found_with_its_reasons() {
        let same = found(&[candidate(1, "楼道灯坏了好几天没人修")]);
        assert_eq!(same[0].shared, ["楼道灯坏了"]);
        assert_eq!(
            same[0].reasons,
            [Reason::SamePlace, Reason::SameWords, Reason::SameTopic, Reason::Recent]
        );
        let words: Vec<&str> = same[0].reasons.iter().map(|reason| reason.word()).collect();
        assert_eq!(words, ["same_place", "same_words", "same_topic", "recent"]);
    }

    #[test]
    fn what_is_shared_decides() {
        let elsewhere = Some(Uuid::from_u128(99));
        let lane = |one: &Candidate| Candidate { spot: elsewhere, building: None, ..one.clone() };
        let fifth = |one: &Candidate| Candidate {
            building: Some("化肥厂小区5栋".to_owned()),
            ..lane(one)
        };
        let base = candidate(1, "楼道灯坏了好几天没人修");
        let other_words = candidate(1, "晚上下楼什么都看不见");
        let old = at("2026-01-02T09:00");
        for (name, candidate, expected) in [
            ("all", base.clone(), true),
            ("other place", lane(&base), true),
            ("other building, few words", fifth(&candidate(1, "声控灯不亮，楼道黑漆漆的")), false),
            ("other building, some words", fifth(&base), false),
            ("other topic", Candidate { topic: "A05".into(), ..base.clone() }, true),
            ("place and topic", other_words.clone(), true),
            (
                "building and topic only, and recent",
                Candidate { spot: elsewhere, ..other_words.clone() },
                true,
            ),
            (
                "building and topic only, long ago",
                Candidate { spot: elsewhere, received_at: old, ..other_words.clone() },
                false,
            ),
            ("topic and day only", lane(&other_words), false),
            ("place only", Candidate { topic: "A05".into(), ..other_words }, false),
            ("no places known", Candidate { spot: None, building: None, ..base }, true),
        ] {
            assert_eq!(!found(&[candidate]).is_empty(), expected, "{name}");
        }
    }

    #[test]
    fn a_label_tells_its_building() {
        for (label, expected) in [
            ("化肥厂小区3栋2单元401", Some("化肥厂小区3栋")),
            ("建设巷12号楼", Some("建设巷12号楼")),
            ("建设巷", None),
            ("", None),
        ] {
            assert_eq!(building(label), expected);
        }
    }

    #[test]
    fn pieces_that_are_shared_are_whole_words() {
        let shared = found(&[candidate(1, "我家楼道的声控灯坏了，楼道的灯坏了")]);
        assert!(shared[0].shared.iter().all(|piece| !piece.starts_with('的')), "{shared:?}");
    }

    #[test]
    fn common_words_and_a_single_pair_share_nothing() {
        let polite = Candidate {
            spot: None,
            building: None,
            topic: "B01".into(),
            ..candidate(1, "麻烦社区帮忙看一下，谢谢大家，我们小区")
        };
        let draft =
            Matter {
                words: "麻烦社区看一下，我们小区", spot: None, building: None, topic: "A01"
            };
        assert_eq!(find(&draft, &[polite], at("2026-03-03T09:00")), []);
    }

    #[test]
    fn at_most_five_the_most_alike_first_the_newest_among_equals() {
        let mut open: Vec<Candidate> = (1..=7).map(|n| candidate(n, "楼道灯坏了")).collect();
        open[3].received_at = at("2026-03-02T12:00");
        open[1].topic = "A05".to_owned();
        open[0].words = "楼道里面的灯坏掉".to_owned();
        let found: Vec<u128> =
            found(&open).iter().map(|likeness| likeness.id.uuid().as_u128()).collect();
        assert_eq!(found, [4, 3, 5, 6, 7]);
    }

    #[test]
    fn an_empty_draft_is_like_nothing_but_its_place() {
        let empty = Matter { words: "", spot: None, building: None, topic: "J01" };
        assert_eq!(find(&empty, &[candidate(1, "")], at("2026-03-03T09:00")), []);
    }
}

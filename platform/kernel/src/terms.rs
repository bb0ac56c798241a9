//! Search terms: what a text is found by, the same on both engines.
//!
//! Chinese has no spaces, so a run of Han characters is cut into overlapping pairs: 下水道 gives
//! 下水 and 水道, and a search for it is those two in a row. Single characters are kept besides,
//! so that a search for one finds it. Letters and digits are taken as whole words in lower case.
//!
//! A term holds nothing but `a-z`, `0-9` and Han characters, so no engine's tokenizer cuts or
//! folds it further. Each begins with a prefix that keeps communities apart in one index; the
//! prefixes must be of one length, lest one community's term read as another's.

/// Phrases one search may have; people type a few words, more is a paste.
const PHRASES_MAX: usize = 16;
/// Terms one phrase may have.
const TERMS_MAX: usize = 32;

/// The terms of a text, in order; repeats are kept because phrases are found by position.
///
/// Behind the pairs of each run stand its single characters, so no pair of one run is next to a
/// pair of the following, and 上水，道路 is not found by 水道.
pub fn index(prefix: &str, text: &str) -> Vec<String> {
    let mut terms = Vec::new();
    for run in runs(text) {
        match run {
            Run::Word(word) => terms.push(format!("{prefix}{word}")),
            Run::Han(signs) => {
                terms.extend(pairs(prefix, &signs));
                terms.extend(signs.iter().map(|sign| format!("{prefix}{sign}")));
            }
        }
    }
    terms
}

/// What a search asks for: all of these phrases, each a row of adjoining terms. Nothing to search
/// for gives none.
pub fn query(prefix: &str, text: &str) -> Vec<Vec<String>> {
    let mut phrases: Vec<Vec<String>> = Vec::new();
    for run in runs(text) {
        let phrase: Vec<String> = match run {
            Run::Word(word) => vec![format!("{prefix}{word}")],
            Run::Han(signs) if signs.len() == 1 => vec![format!("{prefix}{}", signs[0])],
            Run::Han(signs) => pairs(prefix, &signs).take(TERMS_MAX).collect(),
        };
        if phrases.len() < PHRASES_MAX && !phrases.contains(&phrase) {
            phrases.push(phrase);
        }
    }
    phrases
}

/// Signs of one sort in a row.
enum Run {
    Word(String),
    Han(Vec<char>),
}

fn runs(text: &str) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut broken = true;
    for sign in text.chars().map(half_width) {
        match (sort(sign), runs.last_mut()) {
            (Sort::Word, Some(Run::Word(word))) if !broken => word.push(sign),
            (Sort::Han, Some(Run::Han(signs))) if !broken => signs.push(sign),
            (Sort::Word, _) => runs.push(Run::Word(sign.to_string())),
            (Sort::Han, _) => runs.push(Run::Han(vec![sign])),
            (Sort::Break, _) => {}
        }
        broken = matches!(sort(sign), Sort::Break);
    }
    runs
}

fn pairs(prefix: &str, signs: &[char]) -> impl Iterator<Item = String> {
    signs.windows(2).map(move |pair| format!("{prefix}{}{}", pair[0], pair[1]))
}

/// Full-width letters and digits, as Chinese keyboards type them, count as the usual ones; all
/// letters in lower case.
fn half_width(sign: char) -> char {
    const FULL_TO_HALF: u32 = 0xFEE0;
    let half = match sign {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(sign) - FULL_TO_HALF).unwrap_or(sign),
        other => other,
    };
    half.to_ascii_lowercase()
}

enum Sort {
    Word,
    Han,
    Break,
}

fn sort(sign: char) -> Sort {
    match sign {
        'a'..='z' | '0'..='9' => Sort::Word,
        // 〇, extension A, the main block, the compatibility block, extensions B to J.
        '\u{3007}'
        | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFD}' => Sort::Han,
        _ => Sort::Break,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What both engines do with a phrase.
    fn finds(text: &str, search: &str) -> bool {
        let terms = index("c1", text);
        let phrases = query("c1", search);
        let found = |phrase: &Vec<String>| terms.windows(phrase.len()).any(|row| row == phrase);
        !phrases.is_empty() && phrases.iter().all(found)
    }

    #[test]
    fn a_run_is_cut_into_pairs_and_single_characters() {
        let expected = ["c1下水", "c1水道", "c1下", "c1水", "c1道", "c13", "c1栋", "c1ab"];
        assert_eq!(index("c1", "下水道3栋, AB"), expected);
        assert_eq!(
            query("c1", "下水道 ３栋"),
            [vec!["c1下水", "c1水道"], vec!["c13"], vec!["c1栋"]]
        );
    }

    #[test]
    fn a_text_is_found_by_what_stands_in_it_and_nothing_else() {
        let text = "化肥厂3栋下水，道路积水；联系 WGY 或 12345。𠮷家";
        for search in ["化肥厂", "肥", "3栋", "积水 道路", "wgy", "Ｗｇｙ", "12345", "𠮷家", "𠮷"]
        {
            assert!(finds(text, search), "{search}");
        }
        for search in ["水道", "厂化", "wg", "1234", "消防", "", "，。", "积水 消防"] {
            assert!(!finds(text, search), "{search}");
        }
    }

    #[test]
    fn one_community_does_not_find_what_another_has() {
        assert!(index("c2", "下水道").iter().all(|term| !term.starts_with("c1")));
    }

    #[test]
    fn a_pasted_search_is_bounded() {
        let phrases = query("c1", &(0..1_000).map(|n| format!("词{n} ")).collect::<String>());
        assert_eq!(phrases.len(), PHRASES_MAX);
        assert_eq!(query("c1", &"长".repeat(1_000))[0].len(), TERMS_MAX);
    }

    proptest! {
        #[test]
        fn every_part_of_a_text_finds_it(
            before in "[下水道路积A-C0-3，。 ]{0,8}",
            part in "[下水道路积𠮷]{1,6}",
            after in "[下水道路积A-C0-3，。 ]{0,8}",
        ) {
            let text = format!("{before}{part}{after}");
            prop_assert!(finds(&text, &part));
        }

        #[test]
        fn terms_hold_only_what_engines_take_verbatim(text in ".{0,60}") {
            for term in index("c1", &text) {
                let plain = |sign: char| matches!(sort(sign), Sort::Word | Sort::Han);
                prop_assert!(term.chars().all(plain), "{}", term);
            }
        }
    }
}

//! Search terms: what a text is found by, the same on both engines.
//!
//! Chinese has no spaces, so a run of Han characters is cut into overlapping pairs: 下水道 gives
//! 下水 and 水道, and a search for it is those two in a row. Single characters are kept besides,
//! so that a search for one finds it. Letters and digits are taken as whole words in lower case.
//!
//! Where a text is to be found by pinyin initials too, the initials of each run are cut into
//! pairs like its characters: 楼道灯 gives ld and dd. They stand behind a Han character, so none
//! of them is ever taken for a word. A search for `ldd` wants the word or the pairs in a row.
//!
//! A term holds nothing but `a-z`, `0-9` and Han characters, so no engine's tokenizer cuts or
//! folds it further. Each begins with a prefix that keeps communities apart in one index; the
//! prefixes must be of one length, lest one community's term read as another's.

use crate::pinyin;

/// Things one search may ask for; people type a few words, more is a paste.
const WANTED_MAX: usize = 16;
/// Terms one phrase may have.
const TERMS_MAX: usize = 32;
/// Han characters of a text that are found by their initials: people type the beginning of a matter,
/// and every text that is kept pays for these terms.
const INITIALS_MAX: usize = 60;
/// Marks a pair of initials. A word has no Han character and a Han term has no letter, so neither
/// can be mistaken for it.
const INITIALS: char = '音';

/// Adjoining terms.
pub type Phrase = Vec<String>;

/// The terms of a text, in order; repeats are kept because phrases are found by position.
///
/// Behind the pairs of each run stand its single characters, so no pair of one run is next to a
/// pair of the following, and 上水，道路 is not found by 水道.
pub fn index(prefix: &str, text: &str) -> Vec<String> {
    terms(prefix, text, 0)
}

/// The same for a text that is found by pinyin initials too, by those of its first
/// [`INITIALS_MAX`] characters.
pub fn index_with_initials(prefix: &str, text: &str) -> Vec<String> {
    terms(prefix, text, INITIALS_MAX)
}

fn terms(prefix: &str, text: &str, mut initials_left: usize) -> Vec<String> {
    let mut terms = Vec::new();
    for run in runs(text) {
        match run {
            Run::Word(word) => terms.push(format!("{prefix}{word}")),
            Run::Han(signs) => {
                terms.extend(pairs(prefix, &signs));
                terms.extend(signs.iter().map(|sign| format!("{prefix}{sign}")));
                // Last of the run: the next one begins with a pair or a character of its own.
                let read = &signs[..signs.len().min(initials_left)];
                initials_left -= read.len();
                terms.extend(initial_pairs(prefix, read.iter().copied().map(pinyin::initial_of)));
            }
        }
    }
    terms
}

/// What a search asks for: all of these, each by any one of its phrases. Nothing to search for
/// gives none.
pub fn query(prefix: &str, text: &str) -> Vec<Vec<Phrase>> {
    let mut wanted: Vec<Vec<Phrase>> = Vec::new();
    for run in runs(text) {
        let phrases: Vec<Phrase> = match run {
            Run::Word(word) => {
                let letters = word.chars().map(|sign| Some(sign).filter(char::is_ascii_lowercase));
                let by_initials: Phrase = initial_pairs(prefix, letters).take(TERMS_MAX).collect();
                let is_letters = word.bytes().all(|sign| sign.is_ascii_lowercase());
                let by_initials = Some(by_initials).filter(|row| is_letters && !row.is_empty());
                [vec![format!("{prefix}{word}")]].into_iter().chain(by_initials).collect()
            }
            Run::Han(signs) if signs.len() == 1 => vec![vec![format!("{prefix}{}", signs[0])]],
            Run::Han(signs) => vec![pairs(prefix, &signs).take(TERMS_MAX).collect()],
        };
        if wanted.len() < WANTED_MAX && !wanted.contains(&phrases) {
            wanted.push(phrases);
        }
    }
    wanted
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

/// Pairs of adjoining initials. A character that nobody knows how to read is in none.
fn initial_pairs(
    prefix: &str,
    initials: impl Iterator<Item = Option<char>>,
) -> impl Iterator<Item = String> {
    let mut before = None;
    initials.filter_map(move |initial| {
        let pair = before.zip(initial);
        before = initial;
        pair.map(|(first, second)| format!("{prefix}{INITIALS}{first}{second}"))
    })
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
        let terms = index_with_initials("c1", text);
        let wanted = query("c1", search);
        let found = |phrase: &Phrase| terms.windows(phrase.len()).any(|row| row == phrase);
        !wanted.is_empty() && wanted.iter().all(|phrases| phrases.iter().any(found))
    }

    #[test]
    fn a_run_is_cut_into_pairs_and_single_characters() {
        let expected = ["c1下水", "c1水道", "c1下", "c1水", "c1道", "c13", "c1栋", "c1ab"];
        assert_eq!(index("c1", "下水道3栋, AB"), expected);
        assert_eq!(
            query("c1", "下水道 ３栋"),
            [[vec!["c1下水", "c1水道"]], [vec!["c13"]], [vec!["c1栋"]]]
        );
    }

    #[test]
    fn initials_stand_behind_their_run_and_are_no_words() {
        let expected = ["c1灯坏", "c1灯", "c1坏", "c1音dh", "c1了", "c13", "c1栋"];
        assert_eq!(index_with_initials("c1", "灯坏，了3栋"), expected);
        let wanted: [&[Phrase]; 3] = [
            &[vec!["c1wifi".into()], vec!["c1音wi".into(), "c1音if".into(), "c1音fi".into()]],
            &[vec!["c1d".into()]],
            &[vec!["c13d".into()]],
        ];
        assert_eq!(query("c1", "wifi d 3d"), wanted);
    }

    #[test]
    fn a_text_is_found_by_its_initials() {
        let text = "楼道灯坏了，wifi 也断了。化肥厂3栋";
        for search in ["ld", "ldd", "dhl", "lddhl", "LDD 化肥", "wifi", "ydl wifi", "hfc", "ldd 断"]
        {
            assert!(finds(text, search), "{search}");
        }
        // Not across runs, not in another order, not by a word's own letters.
        for search in ["ly", "lddhly", "ddl", "if", "wif", "cd", "l", "ldd 消防", "3ldd"] {
            assert!(!finds(text, search), "{search}");
        }
        assert!(!finds("音ldd", "音l"), "the mark is no character of the text");
    }

    #[test]
    fn only_the_beginning_of_a_long_text_is_found_by_initials() {
        let text = format!("{}，楼道灯", "水".repeat(INITIALS_MAX - 2));
        assert!(finds(&text, "ld"));
        assert!(!finds(&text, "dd"));
        assert!(finds(&text, "道灯"));
        let marked = |terms: &[String]| terms.iter().filter(|term| term.contains('音')).count();
        let long = "长".repeat(2_000);
        assert_eq!(marked(&index_with_initials("c1", &long)), INITIALS_MAX - 1);
        assert_eq!(marked(&index("c1", &long)), 0);
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
        let wanted = query("c1", &(0..1_000).map(|n| format!("词{n} ")).collect::<String>());
        assert_eq!(wanted.len(), WANTED_MAX);
        assert_eq!(query("c1", &"长".repeat(1_000))[0][0].len(), TERMS_MAX);
        assert_eq!(query("c1", &"c".repeat(1_000))[0][1].len(), TERMS_MAX);
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
            for term in index_with_initials("c1", &text) {
                let plain = |sign: char| matches!(sort(sign), Sort::Word | Sort::Han);
                prop_assert!(term.chars().all(plain), "{}", term);
            }
        }
    }
}

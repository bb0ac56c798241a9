//! Pinyin, so that a clerk finds 王桂英 by typing `wgy`.
//!
//! Readings come from the `pinyin` crate; a surname at the start of a text is read as a surname
//! (单 is shan there, not dan). Where a character has several readings, [`readings`] gives the
//! likely ones for the index, so that either way of typing finds the name. Tones are left out and
//! ü is written v, as keyboards have it.

use pinyin::{ToPinyin, ToPinyinMulti};

/// Ways to read one text that are kept at most: enough for three characters of two readings each.
const READINGS_MAX: usize = 8;

/// Surnames not read as their character usually is.
const SURNAMES: [(&str, &[&str]); 37] = [
    ("万俟", &["mo", "qi"]),
    ("尉迟", &["yu", "chi"]),
    ("单于", &["chan", "yu"]),
    ("长孙", &["zhang", "sun"]),
    ("澹台", &["tan", "tai"]),
    ("单", &["shan"]),
    ("曾", &["zeng"]),
    ("解", &["xie"]),
    ("仇", &["qiu"]),
    ("朴", &["piao"]),
    ("查", &["zha"]),
    ("区", &["ou"]),
    ("盖", &["ge"]),
    ("缪", &["miao"]),
    ("乐", &["yue"]),
    ("覃", &["qin"]),
    ("翟", &["zhai"]),
    ("员", &["yun"]),
    ("秘", &["bi"]),
    ("折", &["she"]),
    ("召", &["shao"]),
    ("种", &["chong"]),
    ("重", &["chong"]),
    ("洗", &["xian"]),
    ("繁", &["po"]),
    ("隗", &["wei"]),
    ("炅", &["gui"]),
    ("佴", &["nai"]),
    ("郇", &["xun"]),
    ("祭", &["zhai"]),
    ("薄", &["bo"]),
    ("句", &["gou"]),
    ("阚", &["kan"]),
    ("都", &["du"]),
    ("粘", &["nian"]),
    ("乜", &["nie"]),
    ("黑", &["he"]),
];

/// First letters in lower case: `单桂英` → `sgy`. What is not Han stays.
pub fn initials(text: &str) -> String {
    read(text, initial)
}

/// The first letter of one sign as it is usually read; none for what is not Han. For running text,
/// where the first sign is rarely a surname.
pub fn initial_of(sign: char) -> Option<char> {
    let syllable = sign.to_pinyin()?.plain();
    syllable.chars().next().filter(char::is_ascii_lowercase)
}

/// Whole syllables in lower case: `吕桂英` → `lvguiying`. What is not Han stays.
pub fn full(text: &str) -> String {
    read(text, |syllable| syllable.replace('ü', "v"))
}

/// All likely initials, the likeliest first, at most eight: `单乐` → `sl`, `sy`, `dl` and so on.
pub fn readings(text: &str) -> Vec<String> {
    let surname = surname(text);
    let mut found = vec![String::new()];
    for (place, sign) in text.chars().enumerate() {
        let options = letters(sign, surname.get(place).copied());
        // Option by option, so that the bound cuts the unlikely ones of the last sign first.
        found = options
            .iter()
            .flat_map(|option| found.iter().map(move |start| format!("{start}{option}")))
            .take(READINGS_MAX)
            .collect();
    }
    found
}

/// Reads each sign by its first reading, the leading surname by its own.
fn read(text: &str, write: impl Fn(&str) -> String) -> String {
    let surname = surname(text);
    let sign = |(place, sign): (usize, char)| {
        let syllable =
            surname.get(place).copied().or_else(|| sign.to_pinyin().map(|pinyin| pinyin.plain()));
        syllable.map_or_else(|| sign.to_ascii_lowercase().to_string(), &write)
    };
    text.chars().enumerate().map(sign).collect()
}

/// The first letters a sign may have, without repeats.
fn letters(sign: char, as_surname: Option<&str>) -> Vec<String> {
    let usual = sign.to_pinyin_multi().into_iter().flatten().map(|pinyin| pinyin.plain());
    let mut letters: Vec<String> = Vec::new();
    for syllable in as_surname.into_iter().chain(usual) {
        let letter = initial(syllable);
        if !letters.contains(&letter) {
            letters.push(letter);
        }
    }
    if letters.is_empty() {
        letters.push(sign.to_ascii_lowercase().to_string());
    }
    letters
}

fn initial(syllable: &str) -> String {
    syllable.chars().take(1).collect()
}

fn surname(text: &str) -> &'static [&'static str] {
    let found = SURNAMES.iter().find(|(surname, _)| text.starts_with(surname));
    found.map_or(&[], |(_, syllables)| syllables)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_found_by_letters() {
        for (name, letters, whole) in [
            ("王桂英", "wgy", "wangguiying"),
            ("吕绿", "ll", "lvlv"),
            ("单桂英", "sgy", "shanguiying"),
            ("简单", "jd", "jiandan"),
            ("曾解", "zj", "zengjie"),
            ("尉迟恭", "ycg", "yuchigong"),
            ("万俟卨", "mqx", "moqixie"),
            ("万家", "wj", "wanjia"),
            ("欧阳Anna", "oyanna", "ouyanganna"),
            ("化肥厂3栋", "hfc3d", "huafeichang3dong"),
            ("𠮷野", "𠮷y", "𠮷ye"),
            ("", "", ""),
        ] {
            assert_eq!(initials(name), letters, "{name}");
            assert_eq!(full(name), whole, "{name}");
        }
    }

    #[test]
    fn running_text_is_read_sign_by_sign() {
        let read = |text: &str| text.chars().map(initial_of).collect::<Vec<_>>();
        assert_eq!(read("单元灯"), [Some('d'), Some('y'), Some('d')]);
        assert_eq!(read("a3，𠮷"), [None; 4]);
    }

    #[test]
    fn every_surname_of_the_table_has_a_syllable_for_each_sign() {
        for (surname, syllables) in SURNAMES {
            assert_eq!(surname.chars().count(), syllables.len(), "{surname}");
            assert_eq!(full(surname), syllables.concat(), "{surname}");
        }
    }

    #[test]
    fn other_readings_are_found_too() {
        assert_eq!(readings("王"), ["w", "y"]);
        assert_eq!(readings("单3"), ["s3", "d3", "c3"]);
        let both = readings("曾乐");
        assert_eq!(both[0], "zl");
        assert!(["zy", "cl", "cy"].iter().all(|other| both.iter().any(|have| have == other)));
        assert_eq!(readings(""), [""]);
        assert_eq!(readings("曾乐单解仇").len(), READINGS_MAX);
    }

    proptest! {
        #[test]
        fn readings_are_bounded_and_begin_with_the_likeliest(text in "[一-龥a-zA-Z0-9 ]{0,12}") {
            let found = readings(&text);
            prop_assert!((1..=READINGS_MAX).contains(&found.len()));
            prop_assert_eq!(&found[0], &initials(&text));
        }

        #[test]
        fn letters_are_lower_ascii(text in "[一-龥A-Za-z0-9]{0,12}") {
            let lower = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit();
            let han_without_reading = |sign: char| sign.to_pinyin().is_none() && !sign.is_ascii();
            prop_assert!(full(&text).chars().all(|sign| lower(sign) || han_without_reading(sign)));
        }
    }
}

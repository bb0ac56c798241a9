//! Numbered places: `3栋`, `３幢`, `三栋` and a bare `3` are one building.

use super::columns::places;
use crate::rules;

/// What a building is compared by: its number, else its name.
pub(super) fn building(name: &str) -> String {
    key(name, &places().buildings)
}

/// What a stairwell is compared by.
pub(super) fn stairwell(name: &str) -> String {
    key(name, &places().stairwells)
}

/// What a room is compared by.
pub(super) fn room(name: &str) -> String {
    key(name, &places().rooms)
}

/// A building as it is entered: a bare number gets the usual word behind it.
pub(super) fn building_name(name: &str) -> String {
    named(name, &places().building)
}

/// A stairwell as it is entered.
pub(super) fn stairwell_name(name: &str) -> String {
    named(name, &places().stairwell)
}

/// Whether a name is that of a numbered building and of nothing else: 3栋, 三栋.
pub(super) fn is_building(name: &str) -> bool {
    let plain = rules::plain(name);
    let has_word = places().buildings.iter().any(|word| plain.ends_with(word.as_str()));
    has_word && is_number(&building(name))
}

fn named(name: &str, word: &str) -> String {
    let written = rules::written(name.trim());
    if is_number(&written) { format!("{written}{word}") } else { written }
}

fn key(name: &str, words: &[String]) -> String {
    let plain = rules::plain(name);
    let bare = words.iter().find_map(|word| plain.strip_suffix(word.as_str()));
    let bare = bare.unwrap_or(&plain);
    let number = number_of(bare);
    number.map_or_else(
        || if is_number(bare) { bare.to_owned() } else { plain.clone() },
        |number| number.to_string(),
    )
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|sign| sign.is_ascii_digit())
}

/// 一 to 九十九.
fn number_of(text: &str) -> Option<usize> {
    let digit = |sign: char| places().numerals.chars().position(|one| one == sign);
    let ten = places().ten.chars().next()?;
    let signs: Vec<char> = text.chars().collect();
    match signs.as_slice() {
        [one] if *one == ten => Some(10),
        [one] => digit(*one),
        [first, one] if *first == ten => Some(10 + digit(*one)?),
        [tens, last] if *last == ten => Some(10 * digit(*tens)?),
        [tens, middle, one] if *middle == ten => Some(10 * digit(*tens)? + digit(*one)?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_building_has_many_spellings() {
        for name in ["3栋", "３ 栋", "3", "三栋", "3幢", "3号楼", "3#"] {
            assert_eq!(building(name), "3", "{name}");
        }
        for (name, expected) in [
            ("十二栋", "12"),
            ("二十栋", "20"),
            ("二十一栋", "21"),
            ("A座", "a座"),
            ("老栋", "老栋"),
        ] {
            assert_eq!(building(name), expected, "{name}");
        }
        assert_eq!(stairwell("二单元"), "2");
        assert_eq!(room("401室"), room("４０１"));
        assert_ne!(room("B1-03"), room("103"));
    }

    #[test]
    fn a_sheet_may_be_called_as_its_building() {
        for name in ["3栋", " 十二 栋 ", "３号楼"] {
            assert!(is_building(name), "{name}");
        }
        for name in ["3", "Sheet1", "一季度", "3栋旧表", "栋", ""] {
            assert!(!is_building(name), "{name}");
        }
    }

    #[test]
    fn a_bare_number_gets_its_word() {
        assert_eq!(building_name(" ３ "), "3栋");
        assert_eq!(building_name("3号楼"), "3号楼");
        assert_eq!(stairwell_name("2"), "2单元");
    }
}

//! An address in one line, taken apart: 化肥厂小区3栋2单元401, 3栋401室, 3-2-401.

use super::columns::places;
use crate::rules;

/// The parts of an address.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parts {
    pub compound: Option<String>,
    pub building: String,
    pub stairwell: Option<String>,
    pub room: String,
}

/// Takes an address apart; none when it does not lead to a door.
pub(super) fn parts(address: &str) -> Option<Parts> {
    let address = rules::written(address).replace(char::is_whitespace, "");
    let (before, building, rest) = match split(&address, &places().buildings) {
        Some((before, building, rest)) => (before, building, rest),
        None => return by_dashes(&address),
    };
    let (stairwell, rest) = match split(rest, &places().stairwells) {
        Some(("", stairwell, rest)) => (Some(stairwell), rest),
        Some(_) => return None,
        // 3栋2-401
        None => match rest.trim_start_matches('-').split_once('-') {
            Some((stairwell, room)) if is_number(stairwell) => (Some(stairwell.to_owned()), room),
            Some(_) | None => (None, rest),
        },
    };
    let room = rest.trim_start_matches('-');
    let compound = (!before.is_empty()).then(|| before.to_owned());
    is_room(room).then(|| Parts { compound, building, stairwell, room: room.to_owned() })
}

/// 化肥厂小区 + 3栋 + the rest: the number before the first of the words, with the word.
fn split<'a>(text: &'a str, words: &[String]) -> Option<(&'a str, String, &'a str)> {
    let found = words.iter().filter_map(|word| Some((text.find(word.as_str())?, word)));
    let (at, word) = found.min_by_key(|(at, word)| (*at, std::cmp::Reverse(word.len())))?;
    let (before, rest) = text.split_at(at);
    let is_name = |sign: char| sign.is_ascii_alphanumeric() || is_numeral(sign);
    let start = before.trim_end_matches(is_name).len();
    let (before, number) = before.split_at(start);
    (!number.is_empty()).then(|| (before, format!("{number}{word}"), &rest[word.len()..]))
}

/// 3-401, 3-2-401, 化肥厂小区3-2-401
fn by_dashes(address: &str) -> Option<Parts> {
    let start = address.find(|sign: char| sign.is_ascii_digit())?;
    let (compound, numbers) = address.split_at(start);
    let numbers: Vec<&str> = numbers.split('-').collect();
    let (building, stairwell, room) = match numbers.as_slice() {
        [building, room] => (*building, None, *room),
        [building, stairwell, room] => (*building, Some((*stairwell).to_owned()), *room),
        _ => return None,
    };
    let compound = (!compound.is_empty()).then(|| compound.to_owned());
    let is_right =
        is_number(building) && stairwell.as_deref().is_none_or(is_number) && is_room(room);
    is_right.then(|| Parts {
        compound,
        building: building.to_owned(),
        stairwell,
        room: room.to_owned(),
    })
}

/// A room begins with a letter or digit of its door.
fn is_room(text: &str) -> bool {
    text.chars().next().is_some_and(char::is_alphanumeric)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|sign| sign.is_ascii_digit())
}

fn is_numeral(sign: char) -> bool {
    places().numerals.contains(sign) || places().ten.contains(sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        for (address, compound, building, stairwell, room) in [
            ("化肥厂小区3栋2单元401", "化肥厂小区", "3栋", "2单元", "401"),
            ("化肥厂小区 ３栋 ２单元 ４０１室", "化肥厂小区", "3栋", "2单元", "401室"),
            ("3栋401", "", "3栋", "", "401"),
            ("A座1203", "", "A座", "", "1203"),
            ("三栋二单元401", "", "三栋", "二单元", "401"),
            ("3栋2-401", "", "3栋", "2", "401"),
            ("3号楼2单元401", "", "3号楼", "2单元", "401"),
            ("3-2-401", "", "3", "2", "401"),
            ("港边新村3-401", "港边新村", "3", "", "401"),
        ] {
            let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            let expected = Parts {
                compound: some(compound),
                building: building.to_owned(),
                stairwell: some(stairwell),
                room: room.to_owned(),
            };
            assert_eq!(parts(address), Some(expected), "{address}");
        }
    }

    #[test]
    fn what_leads_to_no_door_is_none() {
        for address in
            ["", "化肥厂小区", "3栋", "3栋2单元", "栋401", "401", "3-2-4-1", "建设巷12号"]
        {
            assert_eq!(parts(address), None, "{address}");
        }
    }
}

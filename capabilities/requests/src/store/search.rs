//! What a request is found by: its words and their initials, its place and its initials, and its
//! number.
//!
//! Terms carry the community's short key, so one community's search never meets another's.

use db::Tx;
use gate::Refusal;
use kernel::{CommunityId, pinyin, terms};
use uuid::Uuid;

use crate::model::Request;

/// The tables of the index are named after it.
const INDEX: &str = "request";

/// All prefixes have this many signs: base 36, enough for 1.6 million communities.
const PREFIX_LENGTH: usize = 4;

/// Makes a request findable, or findable anew after its words were corrected.
///
/// # Errors
/// Those of the database.
pub fn put(tx: &mut Tx<'_>, community: CommunityId, request: &Request) -> Result<(), Refusal> {
    let prefix = prefix(tx, community)?;
    let number = request.number();
    let initials = initials(&request.spot_label);
    let rest = [&*request.spot_label, &number, &initials].join("\n");
    let mut terms = terms::index_with_initials(&prefix, &apart(&request.words));
    terms.extend(terms::index(&prefix, &apart(&rest)));
    Ok(db::search::put(tx, INDEX, community.uuid(), request.id.uuid(), &terms)?)
}

/// The newest requests older than `before` that have everything that is asked for.
///
/// # Errors
/// Those of the database.
pub fn find(
    tx: &mut Tx<'_>,
    community: CommunityId,
    text: &str,
    before: Option<Uuid>,
    limit: usize,
) -> Result<Vec<Uuid>, Refusal> {
    let prefix = prefix(tx, community)?;
    let wanted = terms::query(&prefix, &apart(text));
    let limit = u32::try_from(limit).unwrap_or(u32::MAX);
    Ok(db::search::find(tx, INDEX, community.uuid(), &wanted, before, limit)?)
}

/// Of 化肥厂3栋: `h hf hfc d`, so that typing any beginning of a word's initials finds it. Read
/// as a whole, because 单 is a surname only at the beginning.
fn initials(label: &str) -> String {
    let letters = pinyin::initials(label);
    let words = letters.split(|sign: char| !sign.is_ascii_lowercase());
    let beginnings = words.flat_map(|word| (1..=word.len()).map(move |end| &word[..end]));
    beginnings.collect::<Vec<_>>().join(" ")
}

/// Puts letters and digits apart, as people do not: `hfc3d` is looked for as `hfc 3 d`.
fn apart(text: &str) -> String {
    let mut apart = String::with_capacity(text.len() + text.len() / 8);
    let mut last = ' ';
    for sign in text.chars() {
        let joins_a_letter_and_a_digit = (last.is_ascii_alphabetic() && sign.is_ascii_digit())
            || (last.is_ascii_digit() && sign.is_ascii_alphabetic());
        if joins_a_letter_and_a_digit {
            apart.push(' ');
        }
        apart.push(sign);
        last = sign;
    }
    apart
}

fn prefix(tx: &mut Tx<'_>, community: CommunityId) -> Result<String, Refusal> {
    let mut rest = registry::communities::short_key(tx, community)?;
    let mut prefix = ['0'; PREFIX_LENGTH];
    for sign in prefix.iter_mut().rev() {
        *sign = char::from_digit(rest % 36, 36).unwrap_or('0');
        rest /= 36;
    }
    Ok(prefix.iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_found_by_any_beginning_of_its_initials() {
        assert_eq!(initials("化肥厂3栋2单元401"), "h hf hfc d d dy");
        assert_eq!(initials(""), "");
    }

    #[test]
    fn letters_and_digits_stand_apart() {
        assert_eq!(apart("hfc3d 2026-000123"), "hfc 3 d 2026-000123");
        assert_eq!(apart("化肥厂3栋"), "化肥厂3栋");
    }
}

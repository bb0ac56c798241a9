//! What people are looked for by, and how that is found among sealed names.
//!
//! The database holds of a name only the drawers that its terms fall into: each of its signs, and
//! the first letters of its pinyin. A search asks for the drawers of what was typed; what comes back
//! is opened and compared here, for many terms share a drawer.

use std::collections::BTreeSet;

use kernel::codes::CitizenNumber;
use kernel::pinyin;

use super::{check_phone, plain};

/// Terms that one search asks for; what was typed beyond them is compared after opening.
pub const TERMS: usize = 3;

/// Digits of a telephone that somebody is looked for by.
const LAST_FOUR: usize = 4;

/// What somebody typed to find a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sought {
    /// Signs of a name or form of address, or letters of its pinyin.
    Name(Called),
    /// The last four digits of a telephone.
    LastFour(String),
    /// A whole telephone number: its digits.
    Phone(String),
    /// A citizen number.
    Citizen(CitizenNumber),
}

/// How somebody is called, as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    text: String,
    letters: bool,
}

/// A term with its kind: what has a drawer.
pub type Term = (&'static str, String);

/// Reads what was typed; nothing where that is empty.
pub fn sought(text: &str) -> Option<Sought> {
    let text = plain(text);
    if let Ok(number) = CitizenNumber::parse(&text) {
        return Some(Sought::Citizen(number));
    }
    if text.len() == LAST_FOUR && text.chars().all(|sign| sign.is_ascii_digit()) {
        return Some(Sought::LastFour(text));
    }
    if check_phone(&text).is_ok() {
        return Some(Sought::Phone(phone_digits(&text)));
    }
    let letters = text.chars().all(|sign| sign.is_ascii_lowercase());
    (!text.is_empty()).then_some(Sought::Name(Called { text, letters }))
}

/// The digits of a telephone number without the country's prefix: the same number is written in
/// many ways.
pub fn phone_digits(phone: &str) -> String {
    let digits: String = plain(phone).chars().filter(char::is_ascii_digit).collect();
    // Eleven digits of a mobile telephone after +86 or 0086.
    let home = ["0086", "86"].into_iter().find_map(|prefix| {
        digits.strip_prefix(prefix).filter(|rest| rest.len() == 11 && rest.starts_with('1'))
    });
    home.map(str::to_owned).unwrap_or(digits)
}

/// The last four digits, where there are as many.
pub fn last_four(digits: &str) -> Option<&str> {
    digits.len().checked_sub(LAST_FOUR).map(|start| &digits[start..])
}

/// The terms that somebody called so is found by.
pub fn terms(name: &str, form_of_address: &str) -> BTreeSet<Term> {
    let mut terms = BTreeSet::new();
    for called in [plain(name), plain(form_of_address)] {
        terms.extend(called.chars().map(|sign| ("sign", sign.to_string())));
        for sound in sounds(&called) {
            let lengths = 1..=TERMS.min(sound.chars().count());
            terms.extend(lengths.map(|length| ("sound", sound.chars().take(length).collect())));
        }
    }
    terms
}

/// How a name may be typed in letters: initials in all their likely readings, and whole syllables.
fn sounds(called: &str) -> Vec<String> {
    let mut sounds = pinyin::readings(called);
    sounds.push(pinyin::full(called));
    sounds
}

impl Called {
    /// The terms to ask for.
    pub fn terms(&self) -> Vec<Term> {
        if self.letters {
            // Each beginning has a drawer, so that together they leave few who do not fit.
            let lengths = 1..=TERMS.min(self.text.len());
            return lengths.map(|length| ("sound", self.text[..length].to_owned())).collect();
        }
        let signs: Vec<char> = self.text.chars().take(TERMS).collect();
        signs.into_iter().map(|sign| ("sign", sign.to_string())).collect()
    }

    /// Whether it is the name or the form of address, or part of one.
    pub fn fits(&self, name: &str, form_of_address: &str) -> bool {
        [plain(name), plain(form_of_address)].iter().any(|called| match self.letters {
            true => sounds(called).iter().any(|sound| sound.starts_with(&self.text)),
            false => called.contains(&self.text),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Called {
        match sought(text) {
            Some(Sought::Name(called)) => called,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_typed_is_told_apart() {
        assert_eq!(sought(" "), None);
        assert_eq!(sought("０００１"), Some(Sought::LastFour("0001".into())));
        assert_eq!(sought("138 0000-0001"), Some(Sought::Phone("13800000001".into())));
        assert!(matches!(sought("11010519491231002x"), Some(Sought::Citizen(_))));
        // A wrong check sign makes it no citizen number, and it is too long for a telephone.
        assert!(matches!(sought("110105194912310021"), Some(Sought::Name(_))));
        assert!(name("wgy").letters && !name("王g").letters && !name("王").letters);
    }

    #[test]
    fn one_telephone_is_one_however_it_is_written() {
        for phone in ["13800000001", "138 0000 0001", "+86 138-0000-0001", "0086 13800000001"] {
            assert_eq!(phone_digits(phone), "13800000001", "{phone}");
        }
        assert_eq!(phone_digits("0737-4220000"), "07374220000");
        assert_eq!(last_four("13800000001"), Some("0001"));
        assert_eq!(last_four("119"), None);
    }

    #[test]
    fn whoever_fits_has_every_term_that_is_asked_for() {
        let people = [("王桂英", "王娭毑"), ("单乐", ""), ("夏𠮷生", "夏爹"), ("曾Anna", "")];
        let searches = [
            "王",
            "桂英",
            "王桂英",
            "娭毑",
            "w",
            "wg",
            "wgy",
            "wang",
            "wanggui",
            "wa",
            "shan",
            "sl",
            "sy",
            "dan",
            "夏𠮷生",
            "xia",
            "xiadie",
            "𠮷",
            "zeng",
            "anna",
        ];
        let mut fitting = 0;
        for (name, address) in people {
            let terms = terms(name, address);
            for search in searches {
                let called = super::tests::name(search);
                if called.fits(name, address) {
                    fitting += 1;
                    for term in called.terms() {
                        assert!(terms.contains(&term), "{search} finds {name} by {term:?}");
                    }
                }
            }
        }
        assert!(fitting >= 18, "{fitting}");
        assert!(!name("gui").fits("王桂英", "王娭毑"), "letters begin at the beginning");
        assert!(!name("李").fits("王桂英", ""));
    }
}

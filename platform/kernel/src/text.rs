//! The user's own words: [`Text`] with lines, [`Line`] without.
//!
//! Parsed once at the border, so that whatever holds one holds something visible, short enough,
//! and free of signs that would garble a page or a file: controls, and the bidirectional
//! overrides that make a text read otherwise than it is stored. Rare characters survive; nothing
//! is normalised, names stay as their owners write them (N5).

use std::fmt;
use std::str::FromStr;

use crate::Fault;

/// Words of one or more lines, at most `MAX` characters (not bytes) after trimming.
///
/// `Debug` tells the length only: words of residents do not belong in logs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const MAX: usize>(String);

/// Words of a single line, at most `MAX` characters (not bytes) after trimming.
///
/// `Debug` tells the length only: names of residents do not belong in logs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line<const MAX: usize>(String);

macro_rules! words {
    ($name:ident, $clean:ident) => {
        impl<const MAX: usize> $name<MAX> {
            /// Trims and checks.
            ///
            /// # Errors
            /// `fault.empty`, `fault.too_long|max=|have=`, `fault.control_character`,
            /// `fault.bidi_control`, and for a [`Line`] `fault.line_break`.
            pub fn parse(text: &str) -> Result<Self, Fault> {
                $clean(text, MAX).map(Self)
            }

            /// The words.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The words, to keep.
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl<const MAX: usize> fmt::Display for $name<MAX> {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl<const MAX: usize> fmt::Debug for $name<MAX> {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "{}({} characters)", stringify!($name), self.0.chars().count())
            }
        }

        impl<const MAX: usize> AsRef<str> for $name<MAX> {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl<const MAX: usize> FromStr for $name<MAX> {
            type Err = Fault;

            fn from_str(text: &str) -> Result<Self, Fault> {
                Self::parse(text)
            }
        }

        crate::as_string!($name<const MAX: usize>, { "minLength": 1, "maxLength": MAX });
    };
}

words!(Text, clean_text);
words!(Line, clean_line);

/// A paragraph may hold line feeds and tabs; browsers send line ends as CR LF.
fn clean_text(text: &str, max: usize) -> Result<String, Fault> {
    let text = text.replace("\r\n", "\n");
    check(text.trim(), max, |sign| matches!(sign, '\n' | '\t'))
}

fn clean_line(text: &str, max: usize) -> Result<String, Fault> {
    let line = text.trim();
    if line.contains(['\n', '\r', '\u{0B}', '\u{0C}', '\u{85}', '\u{2028}', '\u{2029}']) {
        return Err(Fault::new("fault.line_break"));
    }
    check(line, max, |_| false)
}

fn check(text: &str, max: usize, permitted: impl Fn(char) -> bool) -> Result<String, Fault> {
    if text.chars().all(is_unseen) {
        return Err(Fault::new("fault.empty"));
    }
    if text.chars().any(|sign| sign.is_control() && !permitted(sign)) {
        return Err(Fault::new("fault.control_character"));
    }
    if text.chars().any(is_bidi_control) {
        return Err(Fault::new("fault.bidi_control"));
    }
    let have = text.chars().count();
    if have > max {
        return Err(Fault::new("fault.too_long").with("max", max).with("have", have));
    }
    Ok(text.to_owned())
}

/// Blank, or of no width: a text of nothing else says nothing. Joiners and marks are welcome
/// among visible signs, where emoji and some scripts need them.
fn is_unseen(sign: char) -> bool {
    sign.is_whitespace()
        || matches!(sign, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{3164}' | '\u{FEFF}')
}

/// Whether a sign garbles whatever page or file it stands in: a control that is neither a tab nor
/// the end of a line, or one that turns the direction of what follows.
pub fn is_garbling(sign: char) -> bool {
    sign.is_control() && !matches!(sign, '\t' | '\n' | '\r') || is_bidi_control(sign)
}

/// Embeddings, overrides and isolates (Unicode Standard Annex 9).
fn is_bidi_control(sign: char) -> bool {
    matches!(sign, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(result: Result<impl Sized, Fault>) -> &'static str {
        result.map_or_else(|fault| fault.key, |_| "accepted")
    }

    #[test]
    fn words_are_trimmed_and_keep_their_lines() {
        let text = Text::<40>::parse(" \u{3000}三楼漏水\r\n\t请来看看\n ").unwrap();
        assert_eq!(text.as_str(), "三楼漏水\n\t请来看看");
        let line = Line::<10>::parse("\t 张三 \r\n").unwrap();
        assert_eq!(line.as_str(), "张三");
    }

    #[test]
    fn n5_rare_characters_count_as_one_and_survive() {
        let name = Line::<3>::parse("𠮷𡘙𬱖").unwrap();
        assert_eq!(name.as_str(), "𠮷𡘙𬱖");
        let fault = Line::<3>::parse("𠮷𡘙𬱖一").unwrap_err();
        assert_eq!(fault, Fault::new("fault.too_long").with("max", 3).with("have", 4));
        assert_eq!(Line::<9>::parse("👩\u{200D}👧").unwrap().as_str(), "👩\u{200D}👧");
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, of_text, of_line) in [
            ("", "fault.empty", "fault.empty"),
            (" \u{3000}\n\u{200B}\u{FEFF}", "fault.empty", "fault.empty"),
            ("\u{200B}", "fault.empty", "fault.empty"),
            ("上\n下", "accepted", "fault.line_break"),
            ("上\u{2028}下", "accepted", "fault.line_break"),
            ("左\t右", "accepted", "fault.control_character"),
            ("上\r下", "fault.control_character", "fault.line_break"),
            ("零\u{0}", "fault.control_character", "fault.control_character"),
            ("响\u{7}铃", "fault.control_character", "fault.control_character"),
            ("反\u{202E}转", "fault.bidi_control", "fault.bidi_control"),
            ("隔\u{2066}离", "fault.bidi_control", "fault.bidi_control"),
            ("一二三四五六七八九", "fault.too_long", "fault.too_long"),
        ] {
            assert_eq!(key(Text::<8>::parse(text)), of_text, "{text:?}");
            assert_eq!(key(Line::<8>::parse(text)), of_line, "{text:?}");
        }
    }

    #[test]
    fn a_fault_reaches_the_other_end_of_serde() {
        let error = serde_json::from_str::<Line<2>>("\"张三丰\"").unwrap_err();
        let fault = Fault::new("fault.too_long").with("max", 2).with("have", 3);
        assert_eq!(Fault::parse(&error.to_string()), Some(fault));
    }

    #[test]
    fn the_schema_tells_the_bounds() {
        let schema = schemars::schema_for!(Text<200>);
        assert_eq!(schema.as_value()["minLength"], 1);
        assert_eq!(schema.as_value()["maxLength"], 200);
    }

    #[test]
    fn words_do_not_reach_logs() {
        let name = Line::<10>::parse("张三").unwrap();
        assert_eq!(format!("{name:?}"), "Line(2 characters)");
    }

    proptest! {
        #[test]
        fn what_was_accepted_once_is_accepted_unchanged(text in "\\PC{0,40}|[ \\n\\t\\r上下]{0,9}") {
            if let Ok(text) = Text::<40>::parse(&text) {
                prop_assert_eq!(Text::<40>::parse(text.as_str()), Ok(text));
            }
        }
    }
}

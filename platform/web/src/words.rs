//! The one catalogue of words per language. Chinese comes first; keys are English.
//!
//! A source is a TOML text whose nested tables make dotted keys: `[request] title = "诉求"` is
//! `request.title`. `{name}` in a text is replaced by the argument of that name.

use std::collections::{BTreeSet, HashMap};

use kernel::{Day, Fault};

/// The languages there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Lang {
    #[default]
    Zh,
    En,
}

impl Lang {
    /// For the `lang` attribute of a page.
    pub fn tag(self) -> &'static str {
        match self {
            Lang::Zh => "zh-CN",
            Lang::En => "en",
        }
    }
}

/// One crate's words.
#[derive(Debug, Clone, Copy)]
pub struct Source {
    pub zh: &'static str,
    pub en: &'static str,
}

/// The catalogue cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("words: {0}")]
pub struct WordsError(String);

/// All words of the program.
#[derive(Debug, Default)]
pub struct Catalogue {
    zh: HashMap<String, String>,
    en: HashMap<String, String>,
}

impl Catalogue {
    /// # Errors
    /// A text that is no TOML, a key said twice, or one that a language lacks.
    pub fn new(sources: &[Source]) -> Result<Catalogue, WordsError> {
        let mut all = Catalogue::default();
        for source in sources {
            read(source.zh, &mut all.zh)?;
            read(source.en, &mut all.en)?;
        }
        let (zh, en): (BTreeSet<_>, BTreeSet<_>) =
            (all.zh.keys().collect(), all.en.keys().collect());
        match zh.symmetric_difference(&en).next() {
            Some(key) => Err(WordsError(format!("a language lacks {key}"))),
            None => Ok(all),
        }
    }

    /// The words for a key. An unknown key shows as itself, which the words test refuses.
    pub fn get<'a>(&'a self, lang: Lang, key: &'a str) -> &'a str {
        let words = match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        };
        words.get(key).map_or(key, String::as_str)
    }

    pub fn has(&self, key: &str) -> bool {
        self.zh.contains_key(key)
    }

    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.zh.keys().map(String::as_str)
    }

    /// The words for a key with its arguments put in.
    pub fn fill(&self, lang: Lang, key: &str, args: &[(&str, &str)]) -> String {
        let mut text = self.get(lang, key).to_owned();
        for (name, value) in args {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        text
    }

    /// A fault in its reader's language. A day is said as people say it: nobody says 2026-12-16.
    pub fn fault(&self, lang: Lang, fault: &Fault) -> String {
        let said = |value: &String| match Day::parse(value) {
            Ok(day) => self.day(lang, day),
            Err(_) => value.clone(),
        };
        let args: Vec<(&str, String)> =
            fault.args.iter().map(|(name, value)| (*name, said(value))).collect();
        let args: Vec<(&str, &str)> =
            args.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.fill(lang, fault.key, &args)
    }

    /// A day that lies near: faults name days that people chose for this request.
    fn day(&self, lang: Lang, day: Day) -> String {
        let month = self.get(lang, &format!("when.month.{}", day.month())).to_owned();
        let of_month = day.day_of_month().to_string();
        self.fill(lang, "when.day", &[("month", &month), ("day", &of_month)])
    }
}

fn read(text: &str, into: &mut HashMap<String, String>) -> Result<(), WordsError> {
    let table: toml::Table = text.parse().map_err(|error| WordsError(format!("{error}")))?;
    collect("", &table, into)
}

fn collect(
    prefix: &str,
    table: &toml::Table,
    into: &mut HashMap<String, String>,
) -> Result<(), WordsError> {
    for (name, value) in table {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            toml::Value::String(words) => {
                if into.insert(key.clone(), words.clone()).is_some() {
                    return Err(WordsError(format!("{key} is said twice")));
                }
            }
            toml::Value::Table(inner) => collect(&key, inner, into)?,
            other => {
                return Err(WordsError(format!("{key} is a {}, not words", other.type_str())));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_tables_make_dotted_keys_and_arguments_are_put_in() {
        let source = Source { zh: "[a.b]\nc = \"{n} 天\"", en: "[a.b]\nc = \"{n} days\"" };
        let words = Catalogue::new(&[source]).expect("a catalogue");
        assert_eq!(words.fill(Lang::Zh, "a.b.c", &[("n", "3")]), "3 天");
        assert_eq!(words.fill(Lang::En, "a.b.c", &[("n", "3")]), "3 days");
        assert_eq!(words.get(Lang::Zh, "a.b.d"), "a.b.d", "an unknown key shows as itself");
    }

    #[test]
    fn a_day_in_a_fault_is_said_as_people_say_it() {
        let later = Source {
            zh: "later = \"最晚到 {latest}\"",
            en: "later = \"{latest} at the latest\"",
        };
        let words = Catalogue::new(&[crate::WORDS, later]).expect("a catalogue");
        let fault = Fault::new("later").with("latest", "2026-12-16");
        assert_eq!(words.fault(Lang::Zh, &fault), "最晚到 12月16日");
        assert_eq!(words.fault(Lang::En, &fault), "16 December at the latest");
        let fault = Fault::new("later").with("latest", "2026-000016");
        assert_eq!(words.fault(Lang::Zh, &fault), "最晚到 2026-000016");
    }

    #[test]
    fn a_key_that_a_language_lacks_or_that_is_said_twice_stops_the_program() {
        let lacks = Source { zh: "a = \"1\"\nb = \"2\"", en: "a = \"1\"" };
        assert!(Catalogue::new(&[lacks]).is_err());
        let one = Source { zh: "a = \"1\"", en: "a = \"1\"" };
        assert!(Catalogue::new(&[one, one]).is_err());
        let number = Source { zh: "a = 1", en: "a = 1" };
        assert!(Catalogue::new(&[number]).is_err());
    }
}

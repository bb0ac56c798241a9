//! The other names of places: written in one line, and found wherever the official one is. Pure.

use kernel::Fault;

use crate::actions::NAME_MAX;
use crate::rules;

/// Other names of one place; nobody remembers more.
const ALIASES_MAX: usize = 8;

/// What people put between two names.
const BETWEEN: &[char] = &['、', '，', ',', '；', ';', '/', ' ', '\u{3000}'];

/// The other names in a line, each once and as they are kept.
///
/// # Errors
/// `registry.alias_too_long`, `registry.too_many_aliases`.
pub fn aliases(line: &str, name: &str) -> Result<Vec<String>, Fault> {
    let mut known: Vec<String> = Vec::new();
    for alias in line.split(BETWEEN).map(rules::written).filter(|alias| !alias.is_empty()) {
        if alias.chars().count() > NAME_MAX {
            return Err(Fault::new("registry.alias_too_long").with("max", NAME_MAX));
        }
        let plain = rules::plain(&alias);
        let is_known = |one: &String| rules::plain(one) == plain;
        if plain != rules::plain(name) && !known.iter().any(is_known) {
            known.push(alias);
        }
    }
    if known.len() > ALIASES_MAX {
        return Err(Fault::new("registry.too_many_aliases").with("max", ALIASES_MAX));
    }
    Ok(known)
}

/// A place that people also call otherwise.
pub struct Nicknamed {
    /// The whole name of what it is part of; empty for a compound.
    pub within: String,
    pub name: String,
    pub aliases: Vec<String>,
}

/// What somebody typed with another name of a compound or building, in official names: 氮肥厂3栋
/// becomes 氮肥厂小区3栋, also in initials. None when no other name stands at its beginning.
pub fn official(typed: &str, places: &[Nicknamed]) -> Option<String> {
    let mut text = rules::plain(typed);
    let mut is_changed = false;
    // Compounds first: a building's other name follows the official one of its compound.
    for part in [true, false] {
        let all = places.iter().filter(|place| place.within.is_empty() == part);
        if let Some(changed) = all.filter_map(|place| place.said(&text)).max_by_key(Said::length) {
            text = changed.official;
            is_changed = true;
        }
    }
    is_changed.then_some(text)
}

/// A text in which another name was replaced.
struct Said {
    /// How long the other name was: 氮肥厂宿舍 goes before 氮肥厂.
    alias: usize,
    official: String,
}

impl Said {
    fn length(&self) -> usize {
        self.alias
    }
}

impl Nicknamed {
    /// The text with the official name in place of another one that it begins with.
    fn said(&self, text: &str) -> Option<Said> {
        let initials = |text: &str| kernel::pinyin::initials(text);
        let forms: [fn(&str) -> String; 2] = [str::to_owned, initials];
        forms.iter().find_map(|form| self.said_in(text, *form))
    }

    fn said_in(&self, text: &str, form: fn(&str) -> String) -> Option<Said> {
        let whole = rules::plain(&rules::joined_or(&self.within, &self.name));
        let whole = form(&whole);
        if text.starts_with(&whole) {
            return None;
        }
        let found = self.aliases.iter().filter_map(|alias| {
            let alias = form(&rules::plain(&rules::joined_or(&self.within, alias)));
            let rest = text.strip_prefix(&alias)?;
            Some(Said { alias: alias.chars().count(), official: format!("{whole}{rest}") })
        });
        found.max_by_key(Said::length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> Vec<Nicknamed> {
        let place = |within: &str, name: &str, aliases: &[&str]| Nicknamed {
            within: within.to_owned(),
            name: name.to_owned(),
            aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        };
        vec![
            place("", "氮肥厂小区", &["氮肥厂", "氮肥厂宿舍"]),
            place("", "粮站家属院", &["粮站"]),
            place("氮肥厂小区", "3栋", &["红楼"]),
        ]
    }

    #[test]
    fn another_name_is_read_as_the_official_one() {
        for (typed, read) in [
            ("氮肥厂3栋", Some("氮肥厂小区3栋")),
            ("氮肥厂 ３栋", Some("氮肥厂小区3栋")),
            ("氮肥厂宿舍3栋2单元401", Some("氮肥厂小区3栋2单元401")),
            ("氮肥厂红楼", Some("氮肥厂小区3栋")),
            ("氮肥厂小区红楼401", Some("氮肥厂小区3栋401")),
            ("dfc3d", Some("dfcxq3d")),
            ("粮站", Some("粮站家属院")),
            ("氮肥厂小区3栋", None),
            ("化肥厂3栋", None),
            ("", None),
        ] {
            assert_eq!(official(typed, &places()).as_deref(), read, "{typed}");
        }
    }

    #[test]
    fn other_names_stand_in_one_line() {
        let read = |line| aliases(line, "氮肥厂小区");
        assert_eq!(read("氮肥厂、 氮肥厂宿舍"), Ok(vec!["氮肥厂".into(), "氮肥厂宿舍".into()]));
        assert_eq!(read("氮肥厂，氮肥厂,氮肥厂小区"), Ok(vec!["氮肥厂".into()]));
        assert_eq!(read(" 、"), Ok(Vec::new()));
        let long = "长".repeat(NAME_MAX + 1);
        assert_eq!(read(&long).unwrap_err().key, "registry.alias_too_long");
        assert_eq!(
            read("一 二 三 四 五 六 七 八 九").unwrap_err().key,
            "registry.too_many_aliases"
        );
    }
}

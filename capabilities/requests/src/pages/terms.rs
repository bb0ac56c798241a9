//! How the clocks look on their page: each term by name, number and unit, the calendar in days.

use kernel::Day;
use web::Shell;

use crate::model::ClockClass;
use crate::topics;
use crate::views::clocks::{EditionBody, TermBody, YearBody};

/// Units a term may have, as they are written in an edition.
pub const UNITS: [&str; 6] = ["wd", "wh", "wm", "d", "h", "m"];

/// Words of the calendar's text that its page explains.
pub const CALENDAR_WORDS: [&str; 6] = ["version", "hours", "year", "document", "off", "on"];

/// Topics named to say what a class is for.
const EXAMPLES: usize = 3;

/// Terms under their first word; those that stand alone under `other`.
pub fn terms_by_group(all: &[TermBody]) -> Vec<(&str, &[TermBody])> {
    let groups = all.chunk_by(|one, next| group(one) == group(next));
    groups.filter_map(|terms| Some((group(terms.first()?), terms))).collect()
}

fn group(term: &TermBody) -> &str {
    match term.field.split_once('.') {
        Some((group, _)) => group,
        // The waits that stand alone come before and after the pauses.
        None if term.field == "verify" || term.field == "decide" => "after",
        None => "late",
    }
}

/// What a term is for, within its group.
pub fn term_row(shell: &Shell<'_>, term: &TermBody) -> String {
    let Some((group, word)) = term.field.split_once('.') else {
        return shell.tw("clocks.alone", &term.field);
    };
    if group == "pause" {
        return shell.tw("pause_reason", word);
    }
    let class = ClockClass::parse(word);
    let groups = topics::groups().iter().flat_map(|group| &group.topics);
    let of_class = groups.filter(|topic| Some(topic.clock_class) == class);
    let names = of_class.map(|topic| shell.either(&topic.zh, &topic.en)).take(EXAMPLES);
    let examples = names.collect::<Vec<_>>().join(shell.t("request.comma"));
    shell.t2("clocks.class_of", "class", shell.tw("clock_class", word), "topics", examples)
}

/// The same with its group before it.
pub fn term_name(shell: &Shell<'_>, term: &TermBody) -> String {
    let group = shell.tw("clocks.group", group(term));
    format!("{group} · {}", term_row(shell, term))
}

/// `7 工作日`
pub fn term_words(shell: &Shell<'_>, term: &TermBody) -> String {
    let unit = match term.amount {
        1 => shell.tw("clocks.one", &term.unit),
        _ => shell.tw("clocks.unit", &term.unit),
    };
    format!("{} {unit}", term.amount)
}

/// What an edition changed, line by line.
pub fn changes(shell: &Shell<'_>, edition: &EditionBody) -> Vec<String> {
    let term = |(before, after): &(TermBody, TermBody)| {
        let words = (term_words(shell, before), term_words(shell, after));
        let how = shell.t2("clocks.from_to", "before", words.0, "after", words.1);
        shell.t2("form.complaint", "field", term_name(shell, after), "message", how)
    };
    let calendar = edition.calendar_version.as_ref();
    let calendar = calendar.map(|version| shell.t1("clocks.calendar_changed", "version", version));
    edition.terms.iter().map(term).chain(calendar).collect()
}

/// The edition's name; the one that ships with the program is called so.
pub fn edition(shell: &Shell<'_>, version: &str) -> String {
    if version.starts_with("built-in") {
        return shell.t("clocks.built_in").to_owned();
    }
    version.to_owned()
}

/// Published years, the latest first: it is the one that is looked up.
pub fn newest_first(years: &[YearBody]) -> Vec<&YearBody> {
    years.iter().rev().collect()
}

/// A stretch of days: one, or from the first to the last.
pub fn stretch(shell: &Shell<'_>, (first, last): &(Day, Day)) -> String {
    if first == last {
        return shell.day(first);
    }
    shell.t2("clocks.stretch", "first", shell.day(first), "last", shell.day(last))
}

/// The calendar's text without the remarks at its head, which the page says in the reader's
/// language.
pub fn without_remarks(calendar: &str) -> String {
    let lines = calendar.lines().skip_while(|line| line.starts_with('#') || line.trim().is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

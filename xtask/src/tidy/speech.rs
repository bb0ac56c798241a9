//! Words for people live in the catalogues (`words/*.toml`), never in code or templates: there a
//! second language finds nothing to translate and a reader nothing to correct.

use super::Breach;
use crate::rust_text::{Kind, RustText};
use crate::tree::{File, Tree};

/// A language is named in itself, whichever language the page speaks.
const OWN_NAMES: &[&str] = &["中文", "English"];

/// Attributes whose values are shown or read aloud.
const SPOKEN: &[&str] = &["alt", "aria-label", "aria-description", "placeholder", "title"];

pub fn none_in_code(tree: &Tree) -> Vec<Breach> {
    let speaking = tree.rust().filter(|file| speaks_to_people(file) && !file.is_test());
    speaking.flat_map(han_in_code).collect()
}

fn speaks_to_people(file: &File) -> bool {
    file.path.starts_with("capabilities/") || file.path.starts_with("platform/web/")
}

fn han_in_code(file: &File) -> Vec<Breach> {
    let text = RustText::new(&file.text);
    let tests = text.test_lines();
    let mut breaches = Vec::new();
    for (index, line) in text.only(Kind::Literal).into_iter().enumerate() {
        if without_own_names(&line).chars().any(is_han) && !tests[index] {
            let what = "Chinese in code: it belongs in words/*.toml";
            breaches.push(Breach::new(file, index + 1, what));
        }
    }
    breaches
}

fn without_own_names(text: &str) -> String {
    OWN_NAMES.iter().fold(text.to_owned(), |text, name| text.replace(name, ""))
}

fn is_han(letter: char) -> bool {
    matches!(letter, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3134f}')
}

pub fn none_in_templates(tree: &Tree) -> Vec<Breach> {
    let templates = tree
        .files
        .iter()
        .filter(|file| file.path.contains("/templates/") && file.path.ends_with(".html"));
    templates.flat_map(said_in).collect()
}

fn said_in(template: &File) -> Vec<Breach> {
    let mut text = template.text.clone();
    let unspoken = [
        ("{#", "#}"),
        ("{{", "}}"),
        ("{%", "%}"),
        ("<!--", "-->"),
        ("<script", "</script>"),
        ("<style", "</style>"),
        ("<kbd", "</kbd>"),
    ];
    for (opening, closing) in unspoken {
        text = blank(&text, opening, closing);
    }
    let mut breaches = Vec::new();
    for (line, words) in spoken_attributes(&text).into_iter().chain(text_nodes(&text)) {
        let left = without_own_names(&words);
        if left.chars().any(is_han) || has_word(&left) {
            let what = format!("says {:?}: it belongs in words/*.toml", words.trim());
            breaches.push(Breach::new(template, line, what));
        }
    }
    breaches
}

/// A word of three letters or more; shorter ones are units and marks.
fn has_word(text: &str) -> bool {
    let plain = blank(text, "&", ";");
    plain.split(|letter: char| !letter.is_alphabetic()).any(|word| word.len() >= 3)
}

/// Replaces every stretch from `opening` to `closing` by spaces; lines stay where they were.
fn blank(text: &str, opening: &str, closing: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(opening) {
        let after = start + opening.len();
        let Some(length) = rest[after..].find(closing) else { break };
        let end = after + length + closing.len();
        kept.push_str(&rest[..start]);
        kept.extend(rest[start..end].chars().map(|letter| if letter == '\n' { '\n' } else { ' ' }));
        rest = &rest[end..];
    }
    kept + rest
}

/// What stands between tags, line by line.
fn text_nodes(text: &str) -> Vec<(usize, String)> {
    let plain = blank(text, "<", ">");
    (1..).zip(plain.lines()).map(|(number, line)| (number, without_attributes(line))).collect()
}

/// Drops `name="value"`: what a macro writes into a tag that another one opened.
fn without_attributes(line: &str) -> String {
    let mut kept = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("=\"") {
        let (text, _name) = before.rsplit_once(' ').unwrap_or(("", before));
        kept.push_str(text);
        rest = after.split_once('"').map_or("", |(_value, rest)| rest);
    }
    kept + rest
}

fn spoken_attributes(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        for name in SPOKEN {
            let opening = format!(" {name}=\"");
            for (at, _) in line.match_indices(&opening) {
                let value = line[at + opening.len()..].split('"').next().unwrap_or_default();
                found.push((number, value.to_owned()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_may_stand_in_comments_and_tests_of_code_only() {
        let text = "//! 诉求\nconst A: &str = \"诉求\"; // 说明\nconst B: &str = \"é\"; // 说明\n\
                    #[cfg(test)]\nmod tests {\n    const C: char = '户';\n}\nconst D: &str = \"中文\";\n";
        let tree =
            Tree::of(&[("capabilities/a/src/rules.rs", text), ("platform/kernel/src/a.rs", text)]);
        let breaches = none_in_code(&tree);
        assert_eq!(breaches.iter().map(|breach| breach.line).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn a_template_asks_the_catalogue_for_every_word() {
        let said = |text: &str| none_in_templates(&Tree::of(&[("a/templates/b.html", text)])).len();
        assert_eq!(
            said("<p class=\"quiet note\">{{ shell.t(\"a.b\") }} · {% if a > 1 %}1{% endif %}</p>"),
            0
        );
        assert_eq!(
            said("<button lang=\"en\">English</button>&nbsp;<b>中文</b> {# 说明 #}<!-- note -->"),
            0
        );
        assert_eq!(said("<p\n class=\"a\">Save it</p>"), 1);
        assert_eq!(said("<p>保存</p>"), 1);
        assert_eq!(said("<input placeholder=\"your name\">"), 1);
        assert_eq!(said("<input placeholder=\"{{ shell.t(\"a\") }}\">"), 0);
    }
}

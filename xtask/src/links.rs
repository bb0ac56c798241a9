//! Links and pictures of the documents: whatever they point to inside the checkout is there, and
//! so is the heading behind a `#`. Links to elsewhere are left alone; a check needs no network.

use std::collections::BTreeMap;

use crate::tree::{File, Tree, Workplace};

/// A link that leads nowhere.
#[derive(Debug, PartialEq, Eq)]
pub struct Broken {
    path: String,
    line: usize,
    target: String,
}

/// How many links lead somewhere, and which do not.
pub struct Report {
    pub good: usize,
    pub broken: Vec<Broken>,
}

/// Checks every Markdown document of the checkout and prints the links that lead nowhere.
pub fn run(place: &Workplace) -> anyhow::Result<Report> {
    let tree = place.read()?;
    let report = check(&tree);
    for broken in &report.broken {
        println!("{}:{}: leads nowhere: {}", broken.path, broken.line, broken.target);
    }
    println!("{} links lead somewhere, {} nowhere", report.good, report.broken.len());
    Ok(report)
}

fn check(tree: &Tree) -> Report {
    let anchors: BTreeMap<&str, Vec<String>> =
        documents(tree).map(|file| (file.path.as_str(), anchors(file))).collect();
    let mut report = Report { good: 0, broken: Vec::new() };
    for file in documents(tree) {
        for (line, target) in targets(file) {
            if leads_somewhere(tree, &anchors, file, &target) {
                report.good += 1;
            } else {
                report.broken.push(Broken { path: file.path.clone(), line, target });
            }
        }
    }
    report
}

fn documents(tree: &Tree) -> impl Iterator<Item = &File> {
    tree.files.iter().filter(|file| file.path.ends_with(".md"))
}

fn leads_somewhere(
    tree: &Tree,
    anchors: &BTreeMap<&str, Vec<String>>,
    from: &File,
    target: &str,
) -> bool {
    if target.contains("://") || target.starts_with("mailto:") || target.starts_with("tel:") {
        return true;
    }
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = if path.is_empty() { from.path.clone() } else { resolve(&from.path, path) };
    let exists = tree.file(&path).is_some() || tree.has_folder(&path) || path.is_empty();
    let known = |known: &Vec<String>| known.iter().any(|one| one == anchor);
    exists && (anchor.is_empty() || anchors.get(path.as_str()).is_some_and(known))
}

/// The path a relative link means, seen from the document it stands in.
fn resolve(from: &str, link: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in link.trim_end_matches('/').split('/') {
        match part {
            "." | "" => {}
            // Above the checkout there is nothing; the name itself then leads nowhere.
            ".." if parts.pop().is_none() => return link.to_owned(),
            ".." => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Every link and picture of a document: `[…](target)`, `[…]: target`, `src="…"`, `href="…"`.
fn targets(file: &File) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in prose(file) {
        let line = without_code(line);
        for opening in ["](", "src=\"", "href=\""] {
            for (at, _) in line.match_indices(opening) {
                let rest = &line[at + opening.len()..];
                let end = rest.find([')', '"', ' ']).unwrap_or(rest.len());
                found.push((number, rest[..end].trim_matches(['<', '>']).to_owned()));
            }
        }
        let definition = line.strip_prefix('[').and_then(|line| line.split_once("]: "));
        found.extend(definition.map(|(_, target)| (number, target.trim().to_owned())));
    }
    found
}

/// The lines outside fenced code.
fn prose(file: &File) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    file.lines().filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    })
}

/// A line without what stands between backticks.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect()
}

/// The anchors of a document's headings, as the forges make them: lower case, spaces to hyphens,
/// punctuation dropped, repeated ones numbered.
fn anchors(file: &File) -> Vec<String> {
    let mut anchors: Vec<String> = Vec::new();
    for (_, line) in prose(file) {
        let title = line.trim_start_matches('#');
        if title.len() == line.len() || !title.starts_with(' ') {
            continue;
        }
        let slug: String = title
            .trim()
            .chars()
            .filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter))
            .flat_map(char::to_lowercase)
            .map(|letter| if letter == ' ' { '-' } else { letter })
            .collect();
        let numbered = (1..).map(|number| format!("{slug}-{number}"));
        let free = std::iter::once(slug.clone()).chain(numbered).find(|it| !anchors.contains(it));
        anchors.extend(free);
    }
    anchors
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(text: &str) -> Vec<String> {
        let tree = Tree::of(&[
            ("README.md", "# Lianhu\n## What it is: 它是什么\n## Twice\n## Twice\n"),
            ("docs/a.md", text),
            ("docs/pictures/inbox.png", ""),
        ]);
        check(&tree).broken.into_iter().map(|broken| broken.target).collect()
    }

    #[test]
    fn a_link_to_a_file_folder_or_heading_leads_somewhere() {
        let text = "[a](../README.md) [b](../README.md#what-it-is-它是什么) [c](#own) [d](pictures/)\n\
                    ![e](pictures/inbox.png)\n<img src=\"pictures/inbox.png\">\n# Own\n\
                    [f](../README.md#twice-1) [g](https://example.org/x) [h]\n\n[h]: ../README.md\n";
        assert_eq!(broken(text), Vec::<String>::new());
    }

    #[test]
    fn a_link_to_nothing_is_broken() {
        assert_eq!(broken("[a](b.md)"), ["b.md"]);
        assert_eq!(broken("[a](../README.md#no)"), ["../README.md#no"]);
        assert_eq!(broken("![a](pictures/outbox.png \"title\")"), ["pictures/outbox.png"]);
        assert_eq!(broken("[a](../../README.md)"), ["../../README.md"]);
        assert_eq!(broken("[a]: c.md"), ["c.md"]);
    }

    #[test]
    fn what_stands_in_code_is_no_link() {
        assert_eq!(broken("`[a](b.md)`\n```\n[a](b.md)\n```\n"), Vec::<String>::new());
    }
}

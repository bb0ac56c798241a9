//! Rust source as one sees it who cannot parse it: which bytes are code, which stand inside a
//! string, which are a comment, and which lines are tests.
//!
//! Enough for rules about words and lengths, on code that rustfmt has laid out; a parser would
//! cost every other command half a minute.

/// One file's text with the kind of each byte.
pub struct RustText<'a> {
    text: &'a str,
    kinds: Vec<Kind>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Code,
    Comment,
    /// Between the quotes of a string, or inside a character literal.
    Literal,
}

/// A string literal as written, without its quotes; escapes are not resolved.
#[derive(Debug, PartialEq, Eq)]
pub struct Literal<'a> {
    pub line: usize,
    pub text: &'a str,
}

impl<'a> RustText<'a> {
    pub fn new(text: &'a str) -> RustText<'a> {
        let mut scanner = Scanner { bytes: text.as_bytes(), at: 0, kinds: Vec::new() };
        scanner.run();
        RustText { text, kinds: scanner.kinds }
    }

    /// The lines with everything blanked that is not of this kind. Columns stay where they were,
    /// counted in bytes.
    pub fn only(&self, kind: Kind) -> Vec<String> {
        let mut kept = String::with_capacity(self.text.len());
        for (at, letter) in self.text.char_indices() {
            if letter == '\n' || self.kinds[at] == kind {
                kept.push(letter);
            } else {
                kept.extend(std::iter::repeat_n(' ', letter.len_utf8()));
            }
        }
        kept.lines().map(str::to_owned).collect()
    }

    /// Every string and character literal, with the line it starts on.
    pub fn literals(&self) -> Vec<Literal<'a>> {
        let mut found = Vec::new();
        let (mut at, mut line) = (0, 1);
        while at < self.kinds.len() {
            let kind = self.kinds[at];
            let length = self.kinds[at..].iter().take_while(|other| **other == kind).count();
            let text = &self.text[at..at + length];
            if kind == Kind::Literal {
                found.push(Literal { line, text });
            }
            line += text.matches('\n').count();
            at += length;
        }
        found
    }

    /// For each line, whether it belongs to an item under `#[cfg(test)]`.
    pub fn test_lines(&self) -> Vec<bool> {
        let code = self.only(Kind::Code);
        let mut tests = vec![false; code.len()];
        let mut line = 0;
        while line < code.len() {
            if code[line].trim() == "#[cfg(test)]" {
                let end = end_of_item(&code, line + 1);
                tests[line..=end].fill(true);
                line = end;
            }
            line += 1;
        }
        tests
    }
}

/// The last line of the item that starts at `start`, which rustfmt has laid out: the brace that
/// closes it stands under its first letter.
pub fn end_of_item(code: &[String], start: usize) -> usize {
    let indent = code.get(start).map_or(0, |line| indentation(line));
    let mut opened = false;
    for (line, text) in code.iter().enumerate().skip(start) {
        let at_margin = indentation(text) == indent;
        let ending = text.trim_end();
        if at_margin && opened && ending.trim_start().starts_with('}') {
            return line;
        }
        if at_margin && !ending.trim().starts_with('#') {
            if ending.ends_with(';') || (line == start && ending.ends_with('}')) {
                return line;
            }
            opened |= ending.ends_with('{');
        }
    }
    code.len().saturating_sub(1)
}

pub fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    kinds: Vec<Kind>,
}

impl Scanner<'_> {
    fn run(&mut self) {
        while self.at < self.bytes.len() {
            match self.bytes[self.at] {
                b'/' if self.sees(b"//") => self.line_comment(),
                b'/' if self.sees(b"/*") => self.block_comment(),
                b'"' => self.string(),
                b'r' if !self.within_a_word() => self.raw_string_or_word(),
                b'\'' => self.character_or_lifetime(),
                _ => self.take(1, Kind::Code),
            }
        }
    }

    fn sees(&self, text: &[u8]) -> bool {
        self.bytes[self.at..].starts_with(text)
    }

    /// Whether the letter here is the middle of an identifier; `b` and `c` may stand before an
    /// `r` that opens a raw string.
    fn within_a_word(&self) -> bool {
        let mut before = self.at;
        if before > 0 && matches!(self.bytes[before - 1], b'b' | b'c') {
            before -= 1;
        }
        before > 0
            && (self.bytes[before - 1].is_ascii_alphanumeric() || self.bytes[before - 1] == b'_')
    }

    fn take(&mut self, count: usize, kind: Kind) {
        let count = count.min(self.bytes.len() - self.at);
        self.kinds.extend(std::iter::repeat_n(kind, count));
        self.at += count;
    }

    fn line_comment(&mut self) {
        let length = self.bytes[self.at..].iter().take_while(|byte| **byte != b'\n').count();
        self.take(length, Kind::Comment);
    }

    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.bytes.len() {
            if self.sees(b"/*") {
                depth += 1;
                self.take(2, Kind::Comment);
            } else if self.sees(b"*/") {
                depth -= 1;
                self.take(2, Kind::Comment);
                if depth == 0 {
                    return;
                }
            } else {
                self.take(1, Kind::Comment);
            }
        }
    }

    fn string(&mut self) {
        self.take(1, Kind::Code);
        while self.at < self.bytes.len() {
            match self.bytes[self.at] {
                b'"' => return self.take(1, Kind::Code),
                b'\\' => self.take(2, Kind::Literal),
                _ => self.take(1, Kind::Literal),
            }
        }
    }

    fn raw_string_or_word(&mut self) {
        let hashes = self.bytes[self.at + 1..].iter().take_while(|byte| **byte == b'#').count();
        if self.bytes.get(self.at + 1 + hashes) != Some(&b'"') {
            return self.take(1, Kind::Code);
        }
        self.take(2 + hashes, Kind::Code);
        let end: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', hashes)).collect();
        while self.at < self.bytes.len() && !self.sees(&end) {
            self.take(1, Kind::Literal);
        }
        self.take(end.len(), Kind::Code);
    }

    fn character_or_lifetime(&mut self) {
        self.take(1, Kind::Code);
        let Some(&first) = self.bytes.get(self.at) else { return };
        let length = match first {
            b'\\' => {
                let rest = &self.bytes[self.at + 2..];
                2 + rest.iter().take_while(|byte| **byte != b'\'').count()
            }
            byte if byte.is_ascii() => 1,
            byte => byte.leading_ones() as usize,
        };
        if self.bytes.get(self.at + length) == Some(&b'\'') {
            self.take(length, Kind::Literal);
            self.take(1, Kind::Code);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literals(text: &str) -> Vec<&str> {
        RustText::new(text).literals().into_iter().map(|literal| literal.text).collect()
    }

    #[test]
    fn strings_of_every_kind_are_literals_and_nothing_else_is() {
        assert_eq!(
            literals(r#"f("a\"b", b"c", 'd', '\'', '户')"#),
            ["a\\\"b", "c", "d", "\\'", "户"]
        );
        assert_eq!(literals("r\"a\\\" + br#\"b\"c\"#"), ["a\\", "b\"c"]);
        assert_eq!(literals("fn f<'a>(x: &'a str, bar: char) { for }"), Vec::<&str>::new());
        assert_eq!(literals("// \"no\"\n/* \"no /* \" */ \" */ g(\"yes\")"), ["yes"]);
    }

    #[test]
    fn a_literal_knows_its_line() {
        let text = RustText::new("a\n// x\n \"b\nc\"\n\"d\"");
        let lines: Vec<usize> = text.literals().iter().map(|literal| literal.line).collect();
        assert_eq!(lines, [3, 5]);
    }

    #[test]
    fn blanked_text_keeps_its_lines_and_columns() {
        let text = RustText::new("let a = \"//\"; // \"b\"\nc");
        assert_eq!(text.only(Kind::Code), ["let a = \"  \";       ", "c"]);
        assert_eq!(text.only(Kind::Comment)[0].trim(), "// \"b\"");
    }

    #[test]
    fn only_items_under_cfg_test_are_tests() {
        let text = RustText::new(
            "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {\n    }\n}\nfn c() {}\n#[cfg(test)]\nmod d;\nfn e() {}",
        );
        let tests: Vec<usize> =
            (0..).zip(text.test_lines()).filter(|(_, test)| *test).map(|(line, _)| line).collect();
        assert_eq!(tests, [1, 2, 3, 4, 5, 7, 8]);
    }
}

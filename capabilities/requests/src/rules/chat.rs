//! A pasted chat, split into what may become requests: one part for each message or each item of
//! a numbered list, with its speaker. Greetings and thanks are proposed to be left out, not
//! dropped: a person confirms every part, and nothing of the text is lost.
//!
//! Read forms: `name date time` above a message, `name:` above or before it, numbered lists,
//! paragraphs. How dates, names and courtesies look stands in `data/chat.toml`.

use std::sync::LazyLock;

use kernel::Fault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Parts of one paste: a person confirms each.
pub const PARTS_MAX: usize = 50;
/// Characters of one paste: a long day of a lively group.
pub const PASTE_MAX: usize = 20_000;
/// Characters of a name in a chat.
const NAME_MAX: usize = 16;

/// One part of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saying {
    pub words: String,
    /// Who said it, when the text names them.
    pub speaker: Option<String>,
    /// Why it is proposed to be left out, if it is.
    pub leave_out: Option<LeaveOut>,
}

/// What is most likely no request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeaveOut {
    /// A greeting, thanks, a yes.
    SmallTalk,
    /// A picture or a voice message, of which a copied chat keeps only the mark.
    NoWords,
    /// Only leads to the list below it.
    ListHead,
    /// Somebody tells the group how to behave, or to pass something on.
    Notice,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Marks {
    days: Vec<String>,
    hours: Vec<String>,
    between: String,
    labels: Vec<String>,
    media: Vec<String>,
    polite: Vec<String>,
    group_notices: Vec<String>,
    notices: Vec<String>,
    calls: Vec<String>,
}

static MARKS: LazyLock<Marks> = LazyLock::new(|| {
    // A constant of this crate that its tests read.
    toml::from_str(include_str!("../../data/chat.toml")).expect("the built-in marks are sound")
});

/// Splits a paste. A text without any marks is one part.
///
/// # Errors
/// `rule.paste_too_long|max=|have=`, `rule.paste_too_many_parts|max=|have=`
pub fn split(text: &str) -> Result<Vec<Saying>, Fault> {
    let have = text.chars().count();
    if have > PASTE_MAX {
        let fault = Fault::new("rule.paste_too_long");
        return Err(fault.with("max", PASTE_MAX).with("have", have));
    }
    let parts: Vec<Saying> = messages(text).iter().flat_map(items).collect();
    if parts.len() > PARTS_MAX {
        let fault = Fault::new("rule.paste_too_many_parts");
        return Err(fault.with("max", PARTS_MAX).with("have", parts.len()));
    }
    Ok(parts)
}

/// Consecutive lines of one speaker.
#[derive(Debug, Default)]
struct Message<'t> {
    speaker: Option<&'t str>,
    lines: Vec<&'t str>,
}

/// What one line of a paste is.
enum Line<'t> {
    Blank,
    /// Of the chat program, not of a person.
    Notice,
    /// A name, perhaps with a time: what follows is theirs.
    Head(&'t str),
    /// A name and what they said.
    Said(&'t str, &'t str),
    Words(&'t str),
}

fn messages(text: &str) -> Vec<Message<'_>> {
    let mut done = Vec::new();
    let mut open = Message::default();
    // A blank line parts two matters, always, so that whoever pastes can part and join them by it;
    // under a head both are of the same speaker.
    let mut headed = false;
    for line in text.lines().map(read) {
        match line {
            Line::Notice => {}
            Line::Blank => {
                let speaker = if headed { open.speaker } else { None };
                close(&mut done, &mut open, speaker);
            }
            Line::Head(name) => {
                close(&mut done, &mut open, Some(name));
                headed = true;
            }
            Line::Said(name, words) => {
                close(&mut done, &mut open, Some(name));
                headed = false;
                open.lines.push(words);
            }
            Line::Words(words) => open.lines.push(words),
        }
    }
    close(&mut done, &mut open, None);
    done
}

/// Puts away the message read so far and opens the next.
fn close<'t>(done: &mut Vec<Message<'t>>, open: &mut Message<'t>, speaker: Option<&'t str>) {
    let next = Message { speaker, lines: Vec::new() };
    let read = std::mem::replace(open, next);
    if read.lines.iter().any(|line| !line.is_empty()) {
        done.push(read);
    }
}

fn read(line: &str) -> Line<'_> {
    let line = line.trim();
    if line.is_empty() {
        return Line::Blank;
    }
    if is_notice(line) {
        return Line::Notice;
    }
    if let Some(name) = head(line) {
        return Line::Head(name);
    }
    match line.split_once(['：', ':']) {
        Some((name, words)) if is_name(name.trim()) => {
            let (name, words) = (name.trim(), words.trim());
            if words.is_empty() { Line::Head(name) } else { Line::Said(name, words) }
        }
        Some(_) | None => Line::Words(line),
    }
}

/// A date alone, however it is decorated, or a sentence of the chat program.
fn is_notice(line: &str) -> bool {
    let bare = line.trim_matches(|sign: char| !sign.is_alphanumeric());
    let moment = !bare.is_empty() && bare.split_whitespace().all(is_moment);
    let decoration = bare.is_empty() && line.chars().count() > 3;
    moment || decoration || MARKS.notices.iter().any(|notice| line.contains(notice.as_str()))
}

/// `name 11月3日 08:15`: the name before a date or a time.
fn head(line: &str) -> Option<&str> {
    let mut end = line.len();
    let mut moments = 0;
    for word in line.split_whitespace().rev() {
        if !is_moment(word.trim_end_matches(['：', ':'])) {
            break;
        }
        // A suffix of the line by construction.
        end = line[..end].rfind(word)?;
        moments += 1;
    }
    let name = line[..end].trim();
    (moments > 0 && is_name(name)).then_some(name)
}

/// A date or a time of day: digits with their marks, at least one mark among them.
fn is_moment(word: &str) -> bool {
    let lower = word.to_lowercase();
    let mut rest = lower.as_str();
    for prefix in MARKS.days.iter().chain(&MARKS.hours) {
        rest = rest.strip_prefix(prefix.as_str()).unwrap_or(rest);
    }
    if rest.is_empty() {
        return true;
    }
    let is_mark = |sign: char| MARKS.between.contains(sign);
    let begins = rest.starts_with(|sign: char| sign.is_ascii_digit());
    begins
        && rest.contains(is_mark)
        && rest.chars().all(|sign| sign.is_ascii_digit() || is_mark(sign))
}

/// Short, of letters, not only digits, and no label such as 地址.
fn is_name(name: &str) -> bool {
    let letters = name.chars().any(char::is_alphabetic);
    let plain = |sign: char| sign.is_alphanumeric() || "_-·~() （）".contains(sign);
    let label = MARKS.labels.iter().any(|label| name.eq_ignore_ascii_case(label));
    letters && name.chars().count() <= NAME_MAX && name.chars().all(plain) && !label
}

/// One part, or one for each number of a list.
fn items(message: &Message<'_>) -> Vec<Saying> {
    let speaker = message.speaker.map(str::to_owned);
    let numbered = message.lines.iter().filter(|line| number(line).is_some()).count();
    if numbered < 2 {
        return saying(&message.lines, speaker, false).into_iter().collect();
    }
    let mut parts: Vec<Saying> = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    let mut is_head = true;
    for line in &message.lines {
        if let Some(item) = number(line) {
            parts.extend(saying(&open, speaker.clone(), is_head));
            open = vec![item];
            is_head = false;
        } else {
            open.push(line);
        }
    }
    parts.extend(saying(&open, speaker, is_head));
    parts
}

/// The text of `1、…`, `2. …`, `（3）…`, `④…`.
fn number(line: &str) -> Option<&str> {
    let circled = |sign: char| ('①'..='⑳').contains(&sign);
    if let Some(item) = line.strip_prefix(circled) {
        return Some(item.trim());
    }
    let open = line.trim_start_matches(['(', '（']);
    let item = open.trim_start_matches(|sign: char| sign.is_ascii_digit());
    let digits = open.len() - item.len();
    let marked = item.strip_prefix(['、', '.', '．', ')', '）', '，', ',', ':', '：'])?;
    // 3.5 is a number, not the third item.
    let decimal = marked.starts_with(|sign: char| sign.is_ascii_digit());
    ((1..=2).contains(&digits) && !decimal).then(|| marked.trim_start_matches(['、', '.']).trim())
}

/// One part, unless nothing was said.
fn saying(lines: &[&str], speaker: Option<String>, is_head: bool) -> Option<Saying> {
    let said = lines.join("\n");
    let said = said.trim();
    let words = without_marks(said);
    // A picture alone stays visible as what it was.
    let shown = if words.is_empty() { said.to_owned() } else { words.clone() };
    let leave_out = why_not(&words, is_head);
    (!shown.is_empty()).then_some(Saying { words: shown, speaker, leave_out })
}

fn why_not(words: &str, is_head: bool) -> Option<LeaveOut> {
    if is_head {
        Some(LeaveOut::ListHead)
    } else if words.is_empty() {
        Some(LeaveOut::NoWords)
    } else if only(words, &[&MARKS.polite]) {
        Some(LeaveOut::SmallTalk)
    } else if only(words, &[&MARKS.polite, &MARKS.group_notices]) {
        Some(LeaveOut::Notice)
    } else {
        None
    }
}

/// Without pictures, stickers and calls.
fn without_marks(said: &str) -> String {
    let mut words = String::new();
    let mut rest = said;
    while let Some((before, inside, after)) = bracketed(rest) {
        words.push_str(before);
        if !MARKS.media.iter().any(|media| inside.eq_ignore_ascii_case(media)) {
            words.push_str(&rest[before.len()..rest.len() - after.len()]);
        }
        rest = after;
    }
    words.push_str(rest);
    for call in &MARKS.calls {
        words = words.replace(call.as_str(), "");
    }
    words.trim().to_owned()
}

/// The text before the first pair of brackets, in it, and after it.
fn bracketed(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once(['[', '【', '［'])?;
    let (inside, after) = rest.split_once([']', '】', '］'])?;
    Some((before, inside, after))
}

/// Nothing but phrases of these lists: `收到 谢谢！`
fn only(words: &str, phrases: &[&[String]]) -> bool {
    let lower = words.to_lowercase();
    let mut pieces = lower
        .split(|sign: char| !(sign.is_alphanumeric() || sign == '+'))
        .filter(|piece| !piece.is_empty());
    pieces.all(|piece| phrases.iter().any(|list| list.iter().any(|phrase| phrase == piece)))
}

#[cfg(test)]
mod tests;

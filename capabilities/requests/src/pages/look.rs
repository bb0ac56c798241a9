//! How states and acts look on a page: icon, tone, address, and which act comes next. Words stay
//! in the catalogue; what may be done stays with the rules and the policy.

mod acts;

use kernel::Instant;
use web::Shell;

use crate::model::{Clock, Mode, Outcome, PauseReason, PromiseState, Stage};
use crate::rules::chat::LeaveOut;
use crate::views::read::CONTACT_DETAILS;
use crate::views::{
    FilterBody, Named, PastePart, PauseBody, Progress, PromiseBody, RequestBody, RequestPage,
    SeenBody, Step, Tray, VerificationBody,
};

pub use acts::{
    awaited, begins_with, further_acts, icon, is_own, name, next_act, not_asked, noun, resumes,
    stranded, stranded_here, takes_back, takes_files, takes_on, way_on,
};

/// The largest photo, in megabytes, as a form says it.
pub const PHOTO_MB_MAX: usize = crate::photos::FILE_MAX / (1024 * 1024);

/// A state as an icon and a word; the tone only stands beside them.
pub struct Badge {
    pub tone: &'static str,
    pub icon: &'static str,
    /// Word key.
    pub word: String,
}

/// The state of a request: its stage, or what came of it when it is over. `state` is the stage as
/// a person says it, see [`crate::model::Request::state`].
pub fn badge(stage: &Stage, state: &str, outcome: Option<&Outcome>) -> Badge {
    let (tone, icon) = match stage {
        Stage::Received => ("neutral", "inbox"),
        Stage::Triaged => ("neutral", "list"),
        Stage::Assigned => ("neutral", "hand"),
        Stage::InProgress => ("info", "play"),
        Stage::Waiting if state == "parts" => ("info", "split"),
        Stage::Waiting => ("warn", "pause"),
        Stage::Answered if state == "to_close" => ("ok", "check"),
        Stage::Answered => ("warn", "message-circle"),
        Stage::ReopenRequested => ("warn", "rotate-ccw"),
        Stage::Merged => ("quiet", "merge"),
        Stage::Closed => outcome.map_or(("quiet", "check"), |outcome| ended(*outcome)),
    };
    let word = match outcome.filter(|_| *stage == Stage::Closed) {
        Some(outcome) => format!("outcome.{}", outcome.word()),
        None => format!("stage.{state}"),
    };
    Badge { tone, icon, word }
}

fn ended(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Solved => ("ok", "check-check"),
        Outcome::Explained | Outcome::Planned | Outcome::Declined => ("quiet", "check"),
        Outcome::Redirected => ("quiet", "corner-down-right"),
        Outcome::Merged => ("quiet", "merge"),
        Outcome::Withdrawn => ("quiet", "x"),
    }
}

/// Whether one of these fields (with blanks between) of the refused form is wrong, so that the
/// fold they stand in opens.
pub fn is_wrong(shell: &Shell<'_>, action: &str, fields: &str) -> bool {
    fields.split(' ').any(|field| !shell.fault(action, field).is_empty())
}

/// The icon beside a deadline of this class.
pub fn due_icon(class: &str) -> &'static str {
    match class {
        "late" => "triangle-alert",
        "soon" => "alarm-clock",
        _ => "clock",
    }
}

/// A deadline as a person says it: before a moment, or within a day when it ends with that day.
pub fn before(shell: &Shell<'_>, due: &Instant) -> String {
    if due.minute_of_day() == 0 {
        return shell.t1("request.within_day", "day", shell.day(&due.day().plus_days(-1)));
    }
    shell.t1("request.before_moment", "moment", shell.when(due))
}

/// A moment as it stands on paper, where no word may depend on the day it is read.
pub fn written(shell: &Shell<'_>, at: &Instant) -> String {
    let minute = at.minute_of_day();
    format!("{} {:02}:{:02}", shell.day(&at.day()), minute / 60, minute % 60)
}

/// A deadline as it stands on paper.
pub fn written_before(shell: &Shell<'_>, due: &Instant) -> String {
    if due.minute_of_day() == 0 {
        return before(shell, due);
    }
    shell.t1("request.before_moment", "moment", written(shell, due))
}

/// The day so many days from now, as a date field takes it.
pub fn in_days(shell: &Shell<'_>, days: i32) -> String {
    shell.now.day().plus_days(days).to_string()
}

/// A promise as a resident hears it: what will have happened by when, or that it is late.
pub fn pledge(shell: &Shell<'_>, clock: &Clock, due: &Instant) -> String {
    if shell.due_class(due) == "late" {
        return shell.tw("progress.late", clock.word());
    }
    let word = format!("progress.pledge.{}", clock.word());
    shell.t1(&word, "before", before(shell, due))
}

/// Whom a step passed the matter to, unless they took it themselves; or which request it names.
pub fn passed_to(shell: &Shell<'_>, step: &Step) -> Option<String> {
    let to = step.to.as_deref()?;
    let is_own = step.who.as_ref().is_some_and(|who| who.name == to);
    let is_number = to.starts_with(|sign: char| sign.is_ascii_digit());
    match (is_own, is_number) {
        (true, _) => None,
        (false, true) => Some(to.to_owned()),
        (false, false) => Some(shell.t1("request.step_to", "to", to)),
    }
}

/// The promises still of interest, in the order in which they fall due in a request's life.
pub fn promises(body: &RequestBody) -> Vec<&PromiseBody> {
    let owed = body.promises.iter().filter(|one| one.state != PromiseState::Void);
    let mut promises: Vec<&PromiseBody> = owed.collect();
    promises.sort_by_key(|one| (one.state != PromiseState::Running, one.clock));
    promises
}

/// Somebody by name and role.
pub fn named(shell: &Shell<'_>, one: &Named) -> String {
    shell.t2("request.named", "name", &one.name, "role", shell.tw("role", &one.role))
}

/// Neighbours in a list that share a role, under it. A role may come twice: the head of the
/// request's own grid stands first and apart from the other heads.
pub fn by_role(all: &[Named]) -> Vec<(&str, &[Named])> {
    let groups = all.chunk_by(|one, next| one.role == next.role);
    groups.filter_map(|group| Some((group.first()?.role.as_str(), group))).collect()
}

/// The mode it was sorted under, else what its topic usually asks for.
pub fn mode_or_usual(body: &RequestBody) -> &'static str {
    let mut topics = body.topics.iter().flat_map(|group| &group.topics);
    let usual = topics.find(|topic| topic.code == body.topic).map(|topic| topic.mode);
    body.mode.or(usual).map_or("", Mode::word)
}

/// The filter as the query of an address, without the page's place.
pub fn query(filter: &FilterBody) -> String {
    let yes = |is: bool| if is { "true" } else { "" };
    let all = [
        ("q", filter.q.as_str()),
        ("stage", &filter.stage),
        ("topic", &filter.topic),
        ("mode", &filter.mode),
        ("grid", &filter.grid),
        ("mine", yes(filter.mine)),
        ("late", yes(filter.late)),
        ("household", &filter.household),
    ];
    let set = all.into_iter().filter(|(_, value)| !value.is_empty());
    let pairs = set.map(|(name, value)| format!("{name}={}", encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// The filter of a list as its reader sees it: for paper, where the form is not.
pub fn filter_words(shell: &Shell<'_>, body: &RequestPage) -> String {
    let filter = &body.filter;
    let topic = body.topics.iter().flat_map(|group| &group.topics);
    let topic = topic.filter(|one| one.code.as_str() == filter.topic);
    let grid = body.grids.iter().filter(|one| one.value == filter.grid);
    let worded = |prefix: &str, word: &str| (!word.is_empty()).then(|| shell.tw(prefix, word));
    let mut said: Vec<String> = Vec::new();
    said.extend((!filter.q.is_empty()).then(|| filter.q.clone()));
    said.extend(worded("stage", &filter.stage));
    said.extend(topic.map(|one| shell.either(&one.zh, &one.en).to_owned()));
    said.extend(worded("mode", &filter.mode));
    said.extend(grid.map(|one| one.label.clone()));
    said.extend(filter.mine.then(|| shell.t("list.mine").to_owned()));
    said.extend(filter.late.then(|| shell.t("list.late").to_owned()));
    said.extend((!filter.household.is_empty()).then(|| shell.t("field.household").to_owned()));
    said.join(shell.t("request.comma"))
}

/// The word of a tray, as in its address.
pub fn tray(tray: &Tray) -> &'static str {
    match tray {
        Tray::Late => "late",
        Tray::ToTriage => "to_triage",
        Tray::ToAssign => "to_assign",
        Tray::ToAccept => "to_accept",
        Tray::ToHandle => "to_handle",
        Tray::ToVerify => "to_verify",
        Tray::ToDecide => "to_decide",
        Tray::Waiting => "waiting",
        Tray::AllOpen => "all_open",
    }
}

/// How far a request is for its resident: received, somebody has it, being handled, answered,
/// confirmed. The index of the current of these five; past the last when all is over.
pub fn way(stage: &Stage) -> usize {
    match stage {
        Stage::Received => 0,
        Stage::Triaged | Stage::Assigned => 1,
        Stage::InProgress | Stage::Waiting | Stage::ReopenRequested | Stage::Merged => 2,
        Stage::Answered => 4,
        Stage::Closed => 5,
    }
}

/// Where a request stands, as one sentence for its resident.
pub fn sentence(shell: &Shell<'_>, body: &Progress) -> String {
    match body.outcome.filter(|_| body.stage == Stage::Closed) {
        Some(outcome) => shell.tw("progress.over", outcome.word()),
        None => shell.tw("progress.now", body.state),
    }
}

/// The pause in which the matter rests.
pub fn own_pause(body: &Progress) -> Option<&PauseBody> {
    body.pause.as_ref().filter(|pause| pause.reason != PauseReason::Children)
}

/// The words of [`way`]'s five steps.
pub const WAY: [&str; 5] = [
    "progress.way.received",
    "progress.way.taken",
    "progress.way.handled",
    "progress.way.answered",
    "progress.way.confirmed",
];

/// The word key of a resident's word on the first of three facts: were they reached?
pub fn contacted(word: &VerificationBody) -> &'static str {
    if word.contacted { "said.contacted" } else { "said.not_contacted" }
}

/// The second: is it solved?
pub fn solved(word: &VerificationBody) -> &'static str {
    match word.solved {
        Some(true) => "said.solved",
        Some(false) => "said.not_solved",
        None => "said.unsaid",
    }
}

/// The third: are they satisfied?
pub fn satisfied(word: &VerificationBody) -> &'static str {
    match word.satisfied {
        Some(true) => "said.satisfied",
        Some(false) => "said.not_satisfied",
        None => "said.unsaid",
    }
}

/// Looks of one person for one purpose on one day, told once.
pub struct Looks<'a> {
    /// The latest of them.
    pub last: &'a SeenBody,
    pub times: usize,
}

/// Who looked at a resident's data, latest first.
pub fn seen(lines: &[SeenBody]) -> Vec<Looks<'_>> {
    let alike = |one: &SeenBody, other: &SeenBody| {
        (&one.who, &one.purpose, one.at.day()) == (&other.who, &other.purpose, other.at.day())
    };
    let mut all: Vec<Looks<'_>> = Vec::new();
    for one in lines {
        match all.iter_mut().find(|looks| alike(looks.last, one)) {
            Some(looks) => {
                looks.times += 1;
                if one.at > looks.last.at {
                    looks.last = one;
                }
            }
            None => all.push(Looks { last: one, times: 1 }),
        }
    }
    all.sort_by_key(|looks| std::cmp::Reverse(looks.last.at));
    all
}

/// For what somebody looked, naming no more than there was to see.
pub fn purpose(shell: &Shell<'_>, body: &Progress, purpose: &str) -> String {
    let word = match (body.gave_name, body.gave_phone) {
        (true, false) if purpose == CONTACT_DETAILS => "name_only",
        (false, true) if purpose == CONTACT_DETAILS => "phone_only",
        _ => purpose,
    };
    shell.tw("purpose", word)
}

/// Whether a pasted part is ticked beforehand, as the value of its tick.
pub fn ticked(part: &PastePart) -> &'static str {
    if part.leave_out.is_some() { "" } else { "true" }
}

/// The word key of why a part is proposed to be left out; empty when it is not.
pub fn left_out(part: &PastePart) -> &'static str {
    match part.leave_out {
        Some(LeaveOut::SmallTalk) => "paste.small_talk",
        Some(LeaveOut::NoWords) => "paste.no_words",
        Some(LeaveOut::ListHead) => "paste.list_head",
        Some(LeaveOut::Notice) => "paste.notice",
        None => "",
    }
}

/// A value as it stands in an address.
pub fn encoded(value: &str) -> String {
    percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use web::words::{Catalogue, Source};

    use super::*;
    use crate::model::{
        AnswerKind, Channel, Emergency, Layer, Mode, Nature, PauseReason, PromiseState,
    };
    use crate::rules::workflow::Act;
    use crate::views::Todo;

    fn catalogue() -> Catalogue {
        let ours = Source {
            zh: include_str!("../../words/zh.toml"),
            en: include_str!("../../words/en.toml"),
        };
        Catalogue::new(&[web::WORDS, ours]).unwrap()
    }

    #[test]
    fn every_word_of_data_is_said_in_both_languages() {
        let mut wanted: BTreeSet<String> = BTreeSet::new();
        macro_rules! all {
            ($prefix:literal of $kind:ident) => {
                wanted.extend($kind::ALL.iter().map(|one| format!("{}.{}", $prefix, one.word())));
            };
        }
        all!("stage" of Stage);
        all!("outcome" of Outcome);
        all!("nature" of Nature);
        all!("mode" of Mode);
        all!("mode_hint" of Mode);
        all!("layer" of Layer);
        all!("channel" of Channel);
        all!("clock" of Clock);
        all!("promise" of PromiseState);
        all!("answer_kind" of AnswerKind);
        all!("pause_reason" of PauseReason);
        all!("emergency" of Emergency);
        all!("emergency_too" of Emergency);
        all!("todo" of Todo);
        all!("emergency_line" of Emergency);
        all!("called" of Emergency);
        all!("progress.now" of Stage);
        all!("progress.over" of Outcome);
        all!("progress.pledge" of Clock);
        all!("progress.late" of Clock);
        for act in Act::ALL {
            let bare = act.word().replace("request.", "");
            wanted.insert(format!("step.{bare}"));
            if !noun(act).is_empty() {
                wanted.insert(format!("act.{bare}.name"));
                wanted.insert(format!("done.request.{bare}"));
            }
        }
        wanted.extend(WAY.map(str::to_owned));
        // A running promise is told with its end, not by its state; nobody asks for the rest.
        wanted.remove("promise.running");
        let catalogue = catalogue();
        let missing: Vec<_> = wanted.iter().filter(|key| !catalogue.has(key)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn a_filter_becomes_an_address_and_nothing_of_it_breaks_out() {
        let filter = FilterBody {
            q: "灯 & stage=closed".to_owned(),
            stage: "received".to_owned(),
            late: true,
            ..FilterBody::default()
        };
        let expected = "q=%E7%81%AF%20%26%20stage%3Dclosed&stage=received&late=true";
        assert_eq!(query(&filter), expected);
        assert_eq!(query(&FilterBody::default()), "");
    }

    #[test]
    fn looks_of_one_person_on_one_day_are_told_once_latest_first() {
        let at = |text: &str| Instant::parse(text).unwrap();
        let look = |name: &str, time: &str| SeenBody {
            who: Some(Named {
                id: uuid::Uuid::nil(),
                name: name.to_owned(),
                role: "clerk".to_owned(),
            }),
            purpose: "request.contact_details".to_owned(),
            at: at(time),
        };
        let seen_by = [
            look("甲", "2026-11-16T09:00:00+08:00"),
            look("乙", "2026-11-16T10:00:00+08:00"),
            look("甲", "2026-11-16T11:00:00+08:00"),
            look("甲", "2026-11-17T08:00:00+08:00"),
        ];
        let told: Vec<_> = seen(&seen_by).iter().map(|one| (one.last.at, one.times)).collect();
        let expected = [
            (at("2026-11-17T08:00:00+08:00"), 1),
            (at("2026-11-16T11:00:00+08:00"), 2),
            (at("2026-11-16T10:00:00+08:00"), 1),
        ];
        assert_eq!(told, expected);
    }
}

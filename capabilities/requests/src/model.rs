//! What exists: a request, its state, its promises. Plain types; field names are the domain's
//! terms (glossary: 诉求 request, 诉求人 petitioner, 首接负责 first receiver leads).

use gate::Actor;
use kernel::{Instant, Line, Text};
use uuid::Uuid;

kernel::id! {
    /// A request.
    pub RequestId
}

/// Longest text of a request: two A4 pages of handwriting.
pub const WORDS_MAX: usize = 2_000;
/// Longest answer, reason or note.
pub const NOTE_MAX: usize = 1_000;
/// Longest name, phone or place as said.
pub const LINE_MAX: usize = 80;
/// Parts a request may be split into at most (reference: eleven are refused).
pub const CHILDREN_MAX: usize = 10;
/// Photos of one request at most.
pub const PHOTOS_MAX: i64 = 9;

/// What was said.
pub type Words = Text<WORDS_MAX>;
/// A reason, an answer, a note.
pub type Note = Text<NOTE_MAX>;
/// A name, a phone, a place.
pub type Short = Line<LINE_MAX>;

kernel::words! {
    /// Where a request stands.
    Stage {
        /// Said and recorded; nobody has sorted it yet.
        Received = "received",
        /// Sorted; nobody is asked to handle it yet.
        Triaged = "triaged",
        /// Somebody was asked; the former lead leads until they accept (R8).
        Assigned = "assigned",
        /// The lead works on it.
        InProgress = "in_progress",
        /// Paused with a reason the resident was told, or waiting for its parts.
        Waiting = "waiting",
        /// Answered; the resident's word is still missing.
        Answered = "answered",
        /// The resident is unhappy; a person must decide.
        ReopenRequested = "reopen_requested",
        /// The same matter as another; follows that one, with all rights of its petitioner.
        Merged = "merged",
        /// Over. May be asked open again within the window.
        Closed = "closed",
    }
}

kernel::words! {
    /// What came of it.
    Outcome {
        Solved = "solved",
        Explained = "explained",
        Planned = "planned",
        Declined = "declined",
        Redirected = "redirected",
        Merged = "merged",
        Withdrawn = "withdrawn",
    }
}

kernel::words! {
    /// Who says so: closed by the handler is not the same as confirmed by the resident.
    AssertedBy {
        Handler = "handler",
        Resident = "resident",
        Callback = "callback",
        Lapse = "lapse",
    }
}

kernel::words! {
    /// The five kinds of R2.
    Nature {
        Consult = "consult",
        Help = "help",
        Complaint = "complaint",
        Report = "report",
        Suggestion = "suggestion",
    }
}

kernel::words! {
    /// The community's own maxim (R3).
    Mode {
        /// 自己的事情自己办: guidance and a follow-up date.
        OnOwn = "self",
        /// 公共的事情共同办: a topic for deliberation or a volunteer task.
        Common = "common",
        /// 困难的事情协助办: somebody helps.
        Assisted = "assisted",
    }
}

kernel::words! {
    /// Who handles it, from near to far (分层).
    Layer {
        Rep = "rep",
        Grid = "grid",
        Community = "community",
        Whistle = "whistle",
        External = "external",
    }
}

kernel::words! {
    /// How it came in.
    Channel {
        Door = "door",
        Counter = "counter",
        Phone = "phone",
        Group = "group",
        Web = "web",
        Api = "api",
    }
}

kernel::words! {
    /// How fast it must be answered; the durations are the policy's.
    ClockClass {
        /// Transferred at once.
        U0 = "u0",
        U1 = "u1",
        U2 = "u2",
        U3 = "u3",
        U4 = "u4",
    }
}

kernel::words! {
    /// A line to call first, in the order to call them where several are needed: whoever takes the
    /// danger away comes before whoever treats those it hurt.
    Emergency {
        Police = "110",
        Fire = "119",
        Ambulance = "120",
        Traffic = "122",
    }
}

/// Which emergency lines to call: none, one, or several in the order of [`Emergency`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lines(u8);

impl Lines {
    pub const NONE: Lines = Lines(0);

    /// These and one more.
    pub const fn with(self, line: Emergency) -> Lines {
        Lines(self.0 | Lines::bit(line))
    }

    pub fn contains(self, line: Emergency) -> bool {
        self.0 & Lines::bit(line) != 0
    }

    pub fn is_empty(self) -> bool {
        self == Lines::NONE
    }

    /// The one to call before all others.
    pub fn first(self) -> Option<Emergency> {
        self.iter().next()
    }

    /// In the order to call them.
    pub fn iter(self) -> impl Iterator<Item = Emergency> {
        Emergency::ALL.iter().copied().filter(move |line| self.contains(*line))
    }

    /// As they stand in one column: `119,120`; nothing where there is none.
    pub fn word(self) -> Option<String> {
        let words: Vec<&str> = self.iter().map(Emergency::word).collect();
        Some(words.join(",")).filter(|words| !words.is_empty())
    }

    pub fn parse(words: &str) -> Option<Lines> {
        words.split(',').map(Emergency::parse).collect()
    }

    const fn bit(line: Emergency) -> u8 {
        1 << line as u8
    }
}

impl FromIterator<Emergency> for Lines {
    fn from_iter<T: IntoIterator<Item = Emergency>>(lines: T) -> Lines {
        lines.into_iter().fold(Lines::NONE, Lines::with)
    }
}

kernel::words! {
    /// What is promised to the resident.
    Clock {
        /// Somebody has read and sorted it.
        Accept = "accept",
        /// Somebody has spoken with the resident.
        Contact = "contact",
        /// There is an answer.
        Answer = "answer",
        /// Somebody else has asked the resident whether it is right.
        Verify = "verify",
        /// An unhappy resident's word is decided upon.
        Decide = "decide",
    }
}

kernel::words! {
    /// What became of a promise.
    PromiseState {
        Running = "running",
        Paused = "paused",
        Met = "met",
        Missed = "missed",
        /// No longer owed: withdrawn, merged, or answered before it was needed.
        Void = "void",
    }
}

kernel::words! {
    /// What kind of answer the resident gets.
    AnswerKind {
        Solved = "solved",
        Explained = "explained",
        Planned = "planned",
        Declined = "declined",
        /// Names who is responsible and how to reach them (R16).
        Redirected = "redirected",
    }
}

impl AnswerKind {
    pub fn outcome(self) -> Outcome {
        match self {
            AnswerKind::Solved => Outcome::Solved,
            AnswerKind::Explained => Outcome::Explained,
            AnswerKind::Planned => Outcome::Planned,
            AnswerKind::Declined => Outcome::Declined,
            AnswerKind::Redirected => Outcome::Redirected,
        }
    }
}

/// A request as it stands now: the row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub id: RequestId,
    pub year: i64,
    pub serial: i64,
    /// Grows by one with every change; a form sent with an older one is stale.
    pub version: i64,
    pub stage: Stage,
    pub outcome: Option<Outcome>,
    pub asserted_by: Option<AssertedBy>,
    pub nature: Nature,
    /// Code of the topic tree: a letter and two digits, `A01`.
    pub topic: String,
    pub mode: Option<Mode>,
    pub layer: Layer,
    pub clock_class: ClockClass,
    pub channel: Channel,
    pub words: String,
    pub household: Option<Uuid>,
    pub place: Option<Uuid>,
    /// The place as it is called, so that a list needs no other table.
    pub spot_label: String,
    pub grid: Option<Uuid>,
    pub petitioner: Petitioner,
    /// Who spoke for the petitioner and why, when somebody did; sealed too.
    pub behalf: Option<String>,
    pub recorder: Option<Uuid>,
    pub lead: Option<Uuid>,
    pub offered_to: Option<Uuid>,
    /// Who answered last: may not be the one who asks the resident (R12).
    pub handler: Option<Uuid>,
    /// The account complained about: sees nothing of it (R21).
    pub accused: Option<Uuid>,
    pub confidential: bool,
    /// Whom to call first.
    pub emergencies: Lines,
    /// All of those lines had been called when it was filed.
    pub called: bool,
    pub parent: Option<RequestId>,
    pub merged_into: Option<RequestId>,
    pub children_open: i64,
    /// Guidance, topic or helper: what the handling mode obliges to.
    pub duty: Option<String>,
    pub follow_up_on: Option<kernel::Day>,
    pub answer: Option<Answer>,
    /// What the resident said when asked.
    pub verification: Option<Verification>,
    /// Since it was filed, and from zero again since the last answer: it is the attempt to ask
    /// whether the answer is right that permits closing (R11).
    pub contact_attempts: i64,
    pub pause: Option<Pause>,
    pub extension: Option<Extension>,
    pub extensions: i64,
    pub reopenings: i64,
    pub photos: i64,
    pub escalations: i64,
    pub next_clock: Option<Clock>,
    pub next_due_at: Option<Instant>,
    pub received_at: Instant,
    pub dispatched_at: Option<Instant>,
    pub answered_at: Option<Instant>,
    pub closed_at: Option<Instant>,
    pub changed_at: Instant,
}

/// Who asks. All empty: anonymous, reached through the query code (R1, R13). Name and telephone are
/// sealed; [`crate::store::contact`] opens them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Petitioner {
    pub person: Option<Uuid>,
    pub name: Option<String>,
    pub phone: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub kind: AnswerKind,
    pub words: String,
    /// Set exactly when redirected: who is responsible, how to reach them.
    pub redirect: Option<(String, String)>,
}

/// Three separate facts (R11, cases §3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verification {
    pub contacted: bool,
    pub solved: Option<bool>,
    pub satisfied: Option<bool>,
}

impl Verification {
    pub fn is_happy(self) -> bool {
        self.contacted && self.solved == Some(true) && self.satisfied == Some(true)
    }

    pub fn is_unhappy(self) -> bool {
        self.contacted && (self.solved == Some(false) || self.satisfied == Some(false))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    pub reason: PauseReason,
    pub until_at: Option<Instant>,
}

kernel::words! {
    /// Why a request may wait. Each has its cap in the workflow.
    PauseReason {
        /// The resident asked to wait or must bring something.
        Resident = "resident",
        /// Material or a part was ordered.
        Material = "material",
        /// Weather makes the work unsafe.
        Weather = "weather",
        /// A department's decision is pending.
        Department = "department",
        /// Its parts are being handled; ends by itself when the last is closed.
        Children = "children",
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    pub asked_by: Uuid,
    pub until_at: Instant,
}

/// One promise to the resident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    pub clock: Clock,
    /// 0 for the first, one more after each reopening.
    pub round: i64,
    pub policy_version: String,
    pub calendar_version: String,
    /// Who held the matter when it ran out or was kept.
    pub owner: Option<Uuid>,
    pub started_at: Instant,
    pub due_at: Instant,
    pub paused_at: Option<Instant>,
    pub paused_micros: i64,
    pub state: PromiseState,
    pub ended_at: Option<Instant>,
    /// It was late, and the highest layer was told so.
    pub told: bool,
    /// When the request next goes up a layer on its account; none once it is no longer owed or
    /// the highest layer knows.
    pub step_at: Option<Instant>,
}

impl Request {
    /// `2026-000123`, as printed on the slip.
    pub fn number(&self) -> String {
        Request::numbered(self.year, self.serial)
    }

    /// The same of a request of which no more is known.
    pub fn numbered(year: i64, serial: i64) -> String {
        format!("{year}-{serial:06}")
    }

    pub fn is_open(&self) -> bool {
        self.stage != Stage::Closed
    }

    /// It is a complaint about somebody who works here: few may see it (R21).
    pub fn is_about_staff(&self) -> bool {
        self.topic.starts_with('L')
    }

    /// The resident was asked and has nothing against it: only closing is left.
    pub fn awaits_closing(&self) -> bool {
        let heard = |said: Verification| said.contacted && !said.is_unhappy();
        self.stage == Stage::Answered && self.verification.is_some_and(heard)
    }

    /// Where it stands, as a person says it: the stage's word, but `parts` while it waits for its
    /// parts, whose clocks run on, and `to_close` when only closing is left.
    pub fn state(&self) -> &'static str {
        let for_parts = |pause: &Pause| pause.reason == PauseReason::Children;
        if self.stage == Stage::Waiting && self.pause.as_ref().is_some_and(for_parts) {
            return "parts";
        }
        if self.awaits_closing() { "to_close" } else { self.stage.word() }
    }

    /// Whether an account leads it or answered it: then somebody else asks the resident and ends
    /// it (R12).
    pub fn is_handled_by(&self, account: Option<Uuid>) -> bool {
        account.is_some() && [self.lead, self.handler].contains(&account)
    }

    /// How an actor stands to this request: the words the policy knows.
    /// `liaison` is the account now responsible for the household.
    pub fn stands(&self, actor: &Actor, liaison: Option<Uuid>) -> Vec<&'static str> {
        let account = actor.account().map(|id| id.uuid());
        let is = |other: Option<Uuid>| account.is_some() && account == other;
        let in_own_grid = self.grid.is_some_and(|grid| actor.grids.contains(&grid));
        let asked = self.extension.as_ref().map(|extension| extension.asked_by);
        let of_code = actor.origin == gate::Origin::Code(self.id.uuid());
        let all = [
            ("lead", is(self.lead)),
            ("offered", is(self.offered_to)),
            ("recorder", is(self.recorder)),
            ("handler", is(self.handler)),
            ("accused", is(self.accused)),
            ("asker", is(asked)),
            ("own_household", is(liaison)),
            ("own_grid", in_own_grid),
            ("petitioner", of_code),
            ("confidential", self.confidential),
            ("about_staff", self.is_about_staff()),
        ];
        all.into_iter().filter(|(_, holds)| *holds).map(|(word, _)| word).collect()
    }
}

//! What views show: one value each that is the page, the fragment and the JSON body.
//! Words of people are text; words of ours are keys that the page or the caller translates.

use kernel::{Day, Instant};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::model::{
    AnswerKind, AssertedBy, Channel, Clock, ClockClass, Emergency, Layer, Mode, Nature, Outcome,
    PauseReason, PromiseState, RequestId, Stage,
};
use crate::rules::chat::LeaveOut;

/// One line of a list.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RequestLine {
    pub id: RequestId,
    /// `2026-000123`.
    pub number: String,
    pub stage: Stage,
    /// The stage as a person says it: its word, but `parts` while it waits for its parts, and
    /// `to_close` when the resident is content and only closing is left.
    pub state: &'static str,
    /// What the reader is to do about it, in their own lists of what waits.
    pub todo: Option<Todo>,
    pub outcome: Option<Outcome>,
    pub nature: Nature,
    pub topic: String,
    pub mode: Option<Mode>,
    /// The first 80 characters of what was said.
    pub words: String,
    pub spot: String,
    pub lead: Option<Named>,
    /// The line to call first.
    pub emergency: Option<Emergency>,
    /// All lines to call, in the order to call them.
    pub emergencies: Vec<Emergency>,
    /// All of them have been called.
    pub called: bool,
    pub confidential: bool,
    pub next_clock: Option<Clock>,
    pub next_due_at: Option<Instant>,
    pub received_at: Instant,
    pub closed_at: Option<Instant>,
}

/// An account by the name colleagues use, with its role's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Named {
    pub id: Uuid,
    pub name: String,
    pub role: String,
}

/// `GET /requests`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RequestPage {
    pub items: Vec<RequestLine>,
    /// Pass as `cursor` for the older ones; absent on the last page.
    pub next: Option<String>,
    /// What was asked for, echoed so that a page can show its filters.
    pub filter: FilterBody,
    /// The reader's saved views.
    pub saved: Vec<SavedView>,
    pub grids: Vec<Choice>,
    pub topics: Vec<TopicGroup>,
    pub may: Doors,
}

#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct FilterBody {
    pub q: String,
    pub stage: String,
    pub topic: String,
    pub mode: String,
    pub grid: String,
    pub mine: bool,
    pub late: bool,
    pub household: String,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SavedView {
    pub id: Uuid,
    pub name: String,
    pub query: String,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Choice {
    pub value: String,
    pub label: String,
    /// Pinyin initials, for search by typing.
    pub py: String,
    pub note: String,
}

/// A first-level topic with its second level. Labels are data of the topic tree.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TopicGroup {
    pub code: String,
    pub zh: String,
    pub en: String,
    pub topics: Vec<TopicBody>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TopicBody {
    pub code: String,
    pub zh: String,
    pub en: String,
    pub mode: Mode,
    pub layer: Layer,
    pub clock_class: ClockClass,
    pub sensitive: bool,
}

/// `GET /inbox`: what must be done next, by what it is.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Inbox {
    /// The box shown.
    pub selected: Tray,
    pub trays: Vec<TrayCount>,
    pub items: Vec<RequestLine>,
    pub next: Option<String>,
    pub may: Doors,
}

/// Names of the pages and acts of a community that are open to the reader: `request.new`,
/// `household.list`…
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Doors(pub Vec<&'static str>);

impl Doors {
    pub fn open(&self, action: &str) -> bool {
        self.0.contains(&action)
    }
}

/// What must be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize, JsonSchema, Default)]
#[serde(rename_all = "snake_case")]
pub enum Tray {
    /// Past a promise.
    Late,
    /// Sort it.
    #[default]
    ToTriage,
    /// Sorted, but nobody handles it yet: say who does.
    ToAssign,
    /// Asked of me: accept or return.
    ToAccept,
    /// All I lead, at whatever stage.
    ToHandle,
    /// Ask the resident (I am not the handler).
    ToVerify,
    /// Verified and happy: close it. Or unhappy: decide. Or an extension: decide. Or late and gone
    /// up to the secretary.
    ToDecide,
    /// Paused.
    Waiting,
    /// Everything open that I may see.
    AllOpen,
}

/// What waits for somebody to do about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Todo {
    Sort,
    /// It is sorted, and nobody handles it yet.
    Assign,
    Accept,
    Handle,
    Verify,
    Close,
    DecideReopening,
    DecideExtension,
    /// It is late and went up to the top: the secretary looks into it.
    Oversee,
}

impl Todo {
    pub const ALL: &'static [Todo] = &[
        Todo::Sort,
        Todo::Assign,
        Todo::Accept,
        Todo::Handle,
        Todo::Verify,
        Todo::Close,
        Todo::DecideReopening,
        Todo::DecideExtension,
        Todo::Oversee,
    ];

    /// The word in JSON and catalogue.
    pub fn word(self) -> &'static str {
        match self {
            Todo::Sort => "sort",
            Todo::Assign => "assign",
            Todo::Accept => "accept",
            Todo::Handle => "handle",
            Todo::Verify => "verify",
            Todo::Close => "close",
            Todo::DecideReopening => "decide_reopening",
            Todo::DecideExtension => "decide_extension",
            Todo::Oversee => "oversee",
        }
    }
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TrayCount {
    pub tray: Tray,
    /// Counted up to 1,000; `more` says there are more.
    pub count: u32,
    pub more: bool,
}

/// `GET /`: where everybody begins.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Home {
    pub name: String,
    /// A rep's own households; 0 for the office.
    pub households: u32,
    pub stats: Vec<TrayCount>,
    /// What waits for the reader, most urgent first, at most 8.
    pub waiting: Vec<RequestLine>,
    /// What the reader recorded last, at most 5.
    pub recent: Vec<RequestLine>,
    pub may: Doors,
}

/// `GET /requests/{request}`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RequestBody {
    pub id: RequestId,
    pub number: String,
    pub version: i64,
    pub stage: Stage,
    /// The stage as a person says it, see the lines of a list.
    pub state: &'static str,
    pub outcome: Option<Outcome>,
    pub asserted_by: Option<AssertedBy>,
    pub nature: Nature,
    pub topic: String,
    pub topic_zh: String,
    pub topic_en: String,
    pub mode: Option<Mode>,
    pub layer: Layer,
    pub clock_class: ClockClass,
    pub channel: Channel,
    pub words: String,
    pub spot: String,
    pub household: Option<Uuid>,
    pub place: Option<Uuid>,
    /// Hidden from readers who may not know who asks.
    pub petitioner: Option<PetitionerBody>,
    pub behalf: Option<String>,
    pub recorder: Option<Named>,
    pub lead: Option<Named>,
    pub offered_to: Option<Named>,
    pub handler: Option<Named>,
    pub confidential: bool,
    /// Why it is: `asked`, or `topic` for a kind of matter that is always kept so.
    pub confidential_why: Option<&'static str>,
    /// The line to call first.
    pub emergency: Option<Emergency>,
    /// All lines to call, in the order to call them.
    pub emergencies: Vec<Emergency>,
    /// All of them have been called.
    pub called: bool,
    pub duty: Option<String>,
    pub follow_up_on: Option<Day>,
    pub answer: Option<AnswerBody>,
    pub verification: Option<VerificationBody>,
    pub contact_attempts: i64,
    pub pause: Option<PauseBody>,
    pub extension: Option<ExtensionBody>,
    pub reopenings: i64,
    pub parent: Option<Link>,
    pub children: Vec<Link>,
    pub merged_into: Option<Link>,
    pub followers: Vec<Link>,
    pub photos: Vec<PhotoBody>,
    pub promises: Vec<PromiseBody>,
    /// The code on the slip, for those who may print it; of a part, the code of the whole.
    pub query_code: Option<String>,
    pub timeline: Vec<Step>,
    pub received_at: Instant,
    pub closed_at: Option<Instant>,
    /// Names of the acts the reader may do now: `request.answer`…
    pub may: Vec<String>,
    /// The reader's account.
    pub reader: Option<Uuid>,
    /// How the reader holds it: `lead`, `offered`, `handler`.
    pub you: Vec<&'static str>,
    /// Who may be asked to handle it.
    pub colleagues: Vec<Named>,
    pub topics: Vec<TopicGroup>,
}

impl RequestBody {
    pub fn may(&self, action: &str) -> bool {
        self.may.iter().any(|name| name == action)
    }
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PetitionerBody {
    /// As neighbours call them: 夏爹.
    pub name: Option<String>,
    pub phone: Option<String>,
    pub anonymous: bool,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AnswerBody {
    pub kind: AnswerKind,
    pub words: String,
    pub redirect_to: Option<String>,
    pub redirect_contact: Option<String>,
    pub at: Option<Instant>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct VerificationBody {
    pub contacted: bool,
    pub solved: Option<bool>,
    pub satisfied: Option<bool>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PauseBody {
    pub reason: PauseReason,
    pub until_at: Option<Instant>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ExtensionBody {
    pub asked_by: Named,
    pub until_at: Instant,
    /// When the answer is due without it.
    pub due_at: Option<Instant>,
    /// Why more time is asked for.
    pub reason: Option<String>,
}

/// Another request, by number.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Link {
    pub id: RequestId,
    pub number: String,
    pub words: String,
    pub stage: Stage,
    /// The stage as a person says it, see the lines of a list.
    pub state: &'static str,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PhotoBody {
    pub id: Uuid,
    pub width: i64,
    pub height: i64,
    pub added_at: Instant,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PromiseBody {
    pub clock: Clock,
    pub state: PromiseState,
    pub due_at: Instant,
    pub ended_at: Option<Instant>,
}

/// A step of the history, in words a resident understands: `step.<what>` is the word key.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Step {
    /// The action's name without its prefix: `file`, `answer`, `pause`…
    pub what: String,
    /// The word key behind `step.` that heads it: what was done as its reader says it.
    pub heading: String,
    pub icon: String,
    pub at: Instant,
    /// Who did it; absent for the program itself and for the petitioner by code.
    pub who: Option<Named>,
    /// `resident`, `system` or empty: whom to name when `who` is absent.
    pub whose: String,
    /// Said on whose behalf, when somebody spoke for somebody.
    pub behalf: Option<String>,
    /// Who asked for a withdrawal, and how.
    pub told_by: Option<String>,
    /// The resident was told of it.
    pub told: bool,
    /// A word key that says more of what was done: `pause_reason.weather`, `mode.self`.
    pub word: Option<String>,
    /// Words said to or by a person.
    pub said: Option<String>,
    /// Why it was done.
    pub why: Option<String>,
    /// Whom it went to, or until when, as text already named.
    pub to: Option<String>,
    pub until_at: Option<Instant>,
    /// A later step corrected this one.
    pub corrected: bool,
}

/// `GET /requests/new`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NewRequest {
    /// The reader's recent households and places first, then their own households.
    pub spots: Vec<Choice>,
    /// Where `places.js` finds the rest.
    pub spots_url: String,
    pub topics: Vec<TopicGroup>,
    /// Set when the page was opened from a household.
    pub spot: String,
    /// The people of that household: each may be the one who asks.
    pub people: Vec<Choice>,
    /// Whom a complaint may be about (R21).
    pub colleagues: Vec<Named>,
}

/// `POST /requests/people`: who may be the one who asks.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PeoplePage {
    pub people: Vec<Choice>,
}

/// `POST /requests/similar`: open requests that may be the same matter, with the reason.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SimilarPage {
    /// The line to call before anything else is written, when the words sound like danger (R4).
    pub emergency: Option<Emergency>,
    /// All lines to call, in the order to call them.
    pub emergencies: Vec<Emergency>,
    /// The one known place that the words name, while none is chosen.
    pub spot: Option<Choice>,
    pub items: Vec<Similar>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Similar {
    pub request: RequestLine,
    /// `same_place`, `same_words`, `same_topic`, `recent`: word keys of the reasons.
    pub reasons: Vec<String>,
    /// The words both share.
    pub shared: Vec<String>,
}

/// `POST /requests/paste/parts`: a chat text split into requests for confirmation.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct PasteBody {
    pub text: String,
    /// Characters one paste may have.
    pub text_max: usize,
    pub parts: Vec<PastePart>,
    pub topics: Vec<TopicGroup>,
    pub spots_url: String,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PastePart {
    pub words: String,
    /// Who said it in the chat, when the text names them.
    pub speaker: Option<String>,
    pub topic: String,
    /// The one known place that the words name.
    pub spot: Option<Choice>,
    pub nature: Nature,
    pub emergency: Option<Emergency>,
    /// All lines to call, in the order to call them.
    pub emergencies: Vec<Emergency>,
    /// Proposed to be left out, and why.
    pub leave_out: Option<LeaveOut>,
}

/// `GET /requests/{request}/slip`: what is printed for the resident.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Slip {
    pub number: String,
    pub code: String,
    pub spot: String,
    pub received_at: Instant,
    pub due_at: Option<Instant>,
    pub topic_zh: String,
    pub topic_en: String,
    pub paper: super::slip::Paper,
}

/// `GET /q/{code}`: what a resident sees of their own request, without an account.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Progress {
    pub id: RequestId,
    pub code: String,
    pub number: String,
    pub version: i64,
    pub stage: Stage,
    /// The stage as a person says it, see the lines of a list.
    pub state: &'static str,
    pub outcome: Option<Outcome>,
    pub words: String,
    pub spot: String,
    /// The lines to call first, in their order, while there is danger: in what was filed, or added
    /// since yesterday.
    pub emergencies: Vec<Emergency>,
    pub confidential: bool,
    /// Why it is: `asked`, or `topic` for a kind of matter that is always kept so.
    pub confidential_why: Option<&'static str>,
    pub answer: Option<AnswerBody>,
    pub pause: Option<PauseBody>,
    pub lead: Option<Named>,
    pub next_clock: Option<Clock>,
    pub next_due_at: Option<Instant>,
    pub merged_into: Option<String>,
    pub photos: Vec<PhotoBody>,
    pub timeline: Vec<Step>,
    /// Who looked at this person's data in this matter.
    pub seen: Vec<SeenBody>,
    /// What they could see: did the petitioner give a name, and a telephone number?
    pub gave_name: bool,
    pub gave_phone: bool,
    pub may: Vec<String>,
}

impl Progress {
    pub fn may(&self, action: &str) -> bool {
        self.may.iter().any(|name| name == action)
    }
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SeenBody {
    pub who: Option<Named>,
    pub purpose: String,
    pub at: Instant,
}

/// `GET /requests/{request}/photos`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PhotoList {
    pub items: Vec<PhotoBody>,
}

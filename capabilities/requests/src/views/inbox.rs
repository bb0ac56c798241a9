//! `GET /` and `GET /inbox`: what must be done next, by what it is.
//!
//! Everything open that the reader may see is looked through once, most urgent first, and laid
//! into trays. A community has some hundreds open; beyond the bound the counts say "more".

use gate::{Looking, Refusal};
use kernel::Instant;
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Home, Inbox, Reader, RequestLine, Todo, Tray, TrayCount, cursor, doors, lines, may,
    of_community,
};
use crate::model::{Request, RequestId, Stage};
use crate::rules::escalate;
use crate::rules::workflow::Act;
use crate::store::lists::{self, Brief, Outline};

/// Open requests looked through for one page.
const OPEN_MAX: usize = 1_000;
/// Lines of a tray's page.
const PAGE: usize = 50;
/// What waits, on the first page.
const WAITING: usize = 8;
/// What was recorded last, on the first page.
const RECENT: usize = 5;

const TRAYS: [Tray; 9] = [
    Tray::Late,
    Tray::ToTriage,
    Tray::ToAssign,
    Tray::ToAccept,
    Tray::ToHandle,
    Tray::ToVerify,
    Tray::ToDecide,
    Tray::Waiting,
    Tray::AllOpen,
];

/// Asks for a tray.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct ShowInbox {
    pub tray: Option<Tray>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

impl gate::View for ShowInbox {
    const NAME: &'static str = "request.inbox";
    const RESOURCE: &'static str = "Tray";
    type Body = Inbox;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<Inbox, Refusal> {
        let facts = of_community(look.actor);
        look.permit(<Self as gate::View>::NAME, &facts)?;
        let laid = Laid::out(look)?;
        let selected = self.tray.unwrap_or_else(|| laid.most_urgent());
        let after = self.cursor.as_deref().map(cursor::read).transpose()?;
        let (page, next) = laid.page(selected, after);
        let trays = TRAYS.iter().map(|tray| laid.count(*tray)).collect();
        let may = doors(look);
        let items = laid.lines(look, &page)?;
        Ok(Inbox { selected, trays, items, next, may })
    }
}

/// Asks for where everybody begins.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct ShowHome {}

impl gate::View for ShowHome {
    const NAME: &'static str = "home.show";
    const RESOURCE: &'static str = "Home";
    type Body = Home;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<Home, Refusal> {
        let facts = of_community(look.actor);
        look.permit(<Self as gate::View>::NAME, &facts)?;
        let laid = Laid::out(look)?;
        let stats = [
            Tray::Late,
            Tray::ToTriage,
            Tray::ToAssign,
            Tray::ToAccept,
            Tray::ToHandle,
            Tray::ToVerify,
            Tray::ToDecide,
        ];
        let waiting = laid.waiting_for_reader(WAITING);
        let recent = recorded(look, &laid.reader)?;
        Ok(Home {
            name: look.actor.name.clone(),
            households: u32::try_from(laid.reader.households.len()).unwrap_or(u32::MAX),
            stats: stats.iter().map(|tray| laid.count(*tray)).collect(),
            waiting: laid.lines(look, &waiting)?,
            recent: lines(look, &recent)?,
            may: doors(look),
        })
    }
}

fn recorded(look: &mut Looking<'_, '_>, reader: &Reader) -> Result<Vec<Brief>, Refusal> {
    let Some(account) = look.actor.account() else { return Ok(Vec::new()) };
    let community = look.actor.community;
    let recent = lists::recorded_by(look.tx, community, account.uuid(), RECENT)?;
    Ok(reader.permitted(look, recent))
}

/// What is open, each with the trays it lies in and what the reader is to do about it.
struct Laid {
    reader: Reader,
    open: Vec<Lying>,
    more: bool,
}

/// A request of which no word was read: a page reads those of its own lines.
struct Lying {
    id: RequestId,
    is_danger: bool,
    /// Whether it lies in each of [`TRAYS`].
    trays: [bool; TRAYS.len()],
    todo: Option<Todo>,
}

impl Lying {
    fn in_tray(&self, tray: Tray) -> bool {
        TRAYS.iter().zip(self.trays).any(|(one, lies)| *one == tray && lies)
    }
}

impl Laid {
    fn out(look: &mut Looking<'_, '_>) -> Result<Laid, Refusal> {
        let reader = Reader::of(look)?;
        let community = look.actor.community;
        let open = lists::open(look.tx, community, &reader.scope, OPEN_MAX + 1)?;
        let more = open.len() > OPEN_MAX;
        let laid = open.iter().filter_map(|Outline(request)| lying(look, &reader, request));
        let mut open: Vec<Lying> = laid.take(OPEN_MAX).collect();
        // Danger stands on top of every tray, however late the rest is (R4).
        open.sort_by_key(|lying| !lying.is_danger);
        Ok(Laid { reader, open, more })
    }

    fn count(&self, tray: Tray) -> TrayCount {
        let count = self.open.iter().filter(|lying| lying.in_tray(tray)).count();
        TrayCount { tray, count: u32::try_from(count).unwrap_or(u32::MAX), more: self.more }
    }

    /// The first tray with something in it.
    fn most_urgent(&self) -> Tray {
        let full = TRAYS.into_iter().find(|tray| self.count(*tray).count > 0);
        full.unwrap_or_default()
    }

    /// One page of a tray, behind the request that ended the page before.
    fn page(&self, tray: Tray, after: Option<Uuid>) -> (Vec<RequestId>, Option<String>) {
        let mut lying = self.open.iter().filter(|lying| lying.in_tray(tray));
        if let Some(after) = after {
            // Closed meanwhile: begin anew rather than leave something out.
            let known = self.open.iter().any(|lying| lying.id.uuid() == after);
            if known {
                lying.find(|lying| lying.id.uuid() == after);
            }
        }
        let mut page: Vec<RequestId> = lying.take(PAGE + 1).map(|lying| lying.id).collect();
        let more = page.len() > PAGE;
        page.truncate(PAGE);
        let next = page.last().filter(|_| more).map(|last| cursor::write(last.uuid()));
        (page, next)
    }

    /// What waits for the reader and for nobody else to begin.
    fn waiting_for_reader(&self, limit: usize) -> Vec<RequestId> {
        let waiting = self.open.iter().filter(|lying| lying.todo.is_some());
        waiting.take(limit).map(|lying| lying.id).collect()
    }

    /// Some of what is open as lines, each with what the reader is to do.
    fn lines(
        &self,
        look: &mut Looking<'_, '_>,
        ids: &[RequestId],
    ) -> Result<Vec<RequestLine>, Refusal> {
        let community = look.actor.community;
        let briefs = lists::these(look.tx, community, ids)?;
        let mut lines = lines(look, &briefs)?;
        for line in &mut lines {
            let laid = self.open.iter().find(|lying| lying.id == line.id);
            line.todo = laid.and_then(|lying| lying.todo);
        }
        Ok(lines)
    }
}

/// The trays a request lies in for this reader, and what they are to do about it; nothing where
/// the policy lets them see nothing.
fn lying(look: &mut Looking<'_, '_>, reader: &Reader, request: &Request) -> Option<Lying> {
    let facts = reader.facts(look.actor, request);
    if !look.allows("request.read", &facts) {
        return None;
    }
    let me = look.actor.account().map(|account| account.uuid());
    let is_lead = me.is_some() && request.lead == me;
    let is_asked = me.is_some() && request.offered_to == me;
    let now = look.now;
    let oversees = look.actor.has("secretary") && escalate::is_at_the_top(request, now);
    let mut can = |act: Act| may::may(look, request, &facts, act);
    let to_triage = request.stage == Stage::Received && can(Act::Triage);
    // How it is handled is decided; only by whom is not.
    let to_assign = request.stage == Stage::Triaged && can(Act::Assign);
    let to_accept = is_asked && can(Act::Accept);
    let to_close = request.awaits_closing() && can(Act::Close);
    let unheard = request.stage == Stage::Answered && !request.awaits_closing();
    let to_verify = unheard && can(Act::Verify);
    let to_reopen = can(Act::DecideReopening);
    let to_extend = can(Act::DecideExtension);
    let trays = TRAYS.map(|tray| match tray {
        Tray::Late => is_late(request, now),
        Tray::ToTriage => to_triage,
        Tray::ToAssign => to_assign,
        Tray::ToAccept => to_accept,
        // All one leads, from the doorstep to the closing: the first receiver leads (R8).
        Tray::ToHandle => is_lead,
        Tray::ToVerify => to_verify,
        Tray::ToDecide => to_close || to_reopen || to_extend || oversees,
        Tray::Waiting => request.stage == Stage::Waiting,
        Tray::AllOpen => true,
    });
    let todo = [
        (to_accept, Todo::Accept),
        (to_extend, Todo::DecideExtension),
        (to_reopen, Todo::DecideReopening),
        (to_close, Todo::Close),
        (to_verify, Todo::Verify),
        (to_triage, Todo::Sort),
        (to_assign, Todo::Assign),
        (is_lead && is_in_hand(request.stage), Todo::Handle),
        (oversees, Todo::Oversee),
    ];
    let todo = todo.into_iter().find(|(holds, _)| *holds).map(|(_, todo)| todo);
    Some(Lying { id: request.id, is_danger: !request.emergencies.is_empty(), trays, todo })
}

/// Whether the lead has something to do; elsewhere somebody else's word is awaited, theirs too who
/// was asked to accept it.
fn is_in_hand(stage: Stage) -> bool {
    match stage {
        Stage::Received | Stage::Triaged | Stage::InProgress => true,
        Stage::Assigned
        | Stage::Waiting
        | Stage::Answered
        | Stage::ReopenRequested
        | Stage::Merged
        | Stage::Closed => false,
    }
}

/// Half-open: at the due instant itself it is late.
fn is_late(request: &Request, now: Instant) -> bool {
    request.next_due_at.is_some_and(|due| due <= now)
}

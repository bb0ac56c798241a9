//! `GET /requests`: newest first, filtered, searched, page by page.

use std::num::NonZeroU32;

use gate::{Looking, Refusal};
use kernel::Fault;
use registry::{GridId, HouseholdId, Tier};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Choice, FilterBody, Reader, RequestPage, cursor, doors, lines, of_community, topic_groups,
};
use crate::actions::RESOURCE;
use crate::model::{Mode, Stage};
use crate::store::lists::{self, Brief, Stretch, Wanted};
use crate::store::{saved, search};
use crate::topics;

/// Lines of a page unless asked for otherwise.
const LIMIT: u32 = 50;
/// Lines of a page at most.
const LIMIT_MAX: u32 = 100;
/// Rounds in which a page may look for rows that may be shown. A scope in SQL is nearly exact,
/// so one round is the rule; this bounds the exception.
const ROUNDS_MAX: usize = 20;
/// Characters of a search that are read.
const SEARCH_MAX: usize = 100;
/// Hits of a search that one round looks up at least and at most.
const HITS: (usize, usize) = (32, 128);

/// Asks for a list.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
pub struct ListRequests {
    /// Words, a place, a number, or pinyin initials of words or place; all must be found.
    pub q: Option<String>,
    pub stage: Option<Stage>,
    /// A topic's code or the letter of its group.
    pub topic: Option<String>,
    pub mode: Option<Mode>,
    pub grid: Option<GridId>,
    /// Led by, offered to or recorded by the reader.
    #[serde(default)]
    pub mine: bool,
    /// Past a promise.
    #[serde(default)]
    pub late: bool,
    pub household: Option<HouseholdId>,
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// 50 unless said, at most 100.
    pub limit: Option<NonZeroU32>,
}

impl gate::View for ListRequests {
    const NAME: &'static str = "request.list";
    const RESOURCE: &'static str = RESOURCE;
    type Body = RequestPage;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<RequestPage, Refusal> {
        let facts = of_community(look.actor);
        look.permit(<Self as gate::View>::NAME, &facts)?;
        self.check_topic()?;
        let (briefs, next) = self.page(look)?;
        let (community, account) = (look.actor.community, look.actor.account());
        let saved = match account {
            Some(account) => saved::of(look.tx, community, account.uuid())?,
            None => Vec::new(),
        };
        Ok(RequestPage {
            items: lines(look, &briefs)?,
            next,
            filter: self.filter(),
            saved,
            grids: grid_choices(look)?,
            topics: topic_groups(),
            may: doors(look),
        })
    }
}

impl ListRequests {
    /// A topic nobody knows would look like an empty list.
    fn check_topic(&self) -> Result<(), Refusal> {
        let topic = self.topic.as_deref().unwrap_or_default();
        let known = topic.is_empty()
            || topics::topic(topic).is_some()
            || topics::groups().iter().any(|group| group.code == topic);
        if known {
            return Ok(());
        }
        Err(Refusal::field("topic", Fault::new("fault.unknown_topic")))
    }

    /// The rows of this page and where the next one begins.
    fn page(&self, look: &mut Looking<'_, '_>) -> Result<(Vec<Brief>, Option<String>), Refusal> {
        let limit = self.limit.map_or(LIMIT, NonZeroU32::get).min(LIMIT_MAX) as usize;
        let reader = Reader::of(look)?;
        let mut before = self.cursor.as_deref().map(cursor::read).transpose()?;
        let mut page = Vec::with_capacity(limit);
        for _ in 0..ROUNDS_MAX {
            // One more than is missing tells whether there is a next page.
            let round = self.round(look, &reader, before, limit - page.len() + 1)?;
            for brief in reader.permitted(look, round.rows) {
                if page.len() == limit {
                    return Ok((page, before.map(cursor::write)));
                }
                before = Some(brief.0.id.uuid());
                page.push(brief);
            }
            match round.behind {
                Some(last) => before = Some(last),
                None => return Ok((page, None)),
            }
        }
        Ok((page, before.map(cursor::write)))
    }

    /// The next candidates, and the place behind them if there may be more.
    fn round(
        &self,
        look: &mut Looking<'_, '_>,
        reader: &Reader,
        before: Option<Uuid>,
        limit: usize,
    ) -> Result<Round, Refusal> {
        let (community, wanted) = (look.actor.community, self.wanted(look));
        let text = self.q.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let Some(text) = text else {
            let scope = &reader.scope;
            let stretch = Stretch { before, among: None, limit };
            let rows = lists::list(look.tx, community, scope, &wanted, stretch)?;
            let full = rows.len() == limit;
            let behind = rows.last().filter(|_| full).map(|Brief(last)| last.id.uuid());
            return Ok(Round { rows, behind });
        };
        let text: String = text.chars().take(SEARCH_MAX).collect();
        let most = limit.clamp(HITS.0, HITS.1);
        let hits = search::find(look.tx, community, &text, before, most)?;
        let full = hits.len() == most;
        let behind = hits.last().filter(|_| full).copied();
        let stretch = Stretch { before: None, among: Some(&hits), limit: hits.len() };
        let rows = lists::list(look.tx, community, &reader.scope, &wanted, stretch)?;
        Ok(Round { rows, behind })
    }

    fn wanted(&self, look: &Looking<'_, '_>) -> Wanted {
        let account = look.actor.account().map(|account| account.uuid());
        Wanted {
            stage: self.stage.map(Stage::word),
            topic: self.topic.clone().filter(|topic| !topic.is_empty()),
            mode: self.mode.map(Mode::word),
            grid: self.grid.map(GridId::uuid),
            household: self.household.map(HouseholdId::uuid),
            whose: account.filter(|_| self.mine),
            late_at: self.late.then_some(look.now),
        }
    }

    fn filter(&self) -> FilterBody {
        FilterBody {
            q: self.q.clone().unwrap_or_default(),
            stage: self.stage.map_or("", Stage::word).to_owned(),
            topic: self.topic.clone().unwrap_or_default(),
            mode: self.mode.map_or("", Mode::word).to_owned(),
            grid: self.grid.map(|id| id.to_string()).unwrap_or_default(),
            mine: self.mine,
            late: self.late,
            household: self.household.map(|id| id.to_string()).unwrap_or_default(),
        }
    }
}

/// Candidates of one round.
struct Round {
    rows: Vec<Brief>,
    behind: Option<Uuid>,
}

/// Grids a list can be narrowed to: the whole ones.
fn grid_choices(look: &mut Looking<'_, '_>) -> Result<Vec<Choice>, Refusal> {
    let grids = registry::grids(look.tx, look.actor.community)?;
    let mut whole: Vec<_> = grids.into_iter().filter(|grid| grid.tier == Tier::Grid).collect();
    whole.sort_by_cached_key(|grid| kernel::natural::key(&grid.name));
    Ok(whole
        .into_iter()
        .map(|grid| Choice {
            value: grid.id.to_string(),
            py: kernel::pinyin::initials(&grid.name),
            label: grid.name,
            note: String::new(),
        })
        .collect())
}

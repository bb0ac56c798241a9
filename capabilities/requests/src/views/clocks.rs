//! `GET /clocks`: the terms and the calendar in force, ready to be edited.

use gate::{Facts, Looking, Refusal};
use kernel::calendar::Block;
use kernel::{Day, Instant, WorkingCalendar};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::people::People;
use crate::actions::clocks::RESOURCE;
use crate::rules::clocks::{ClockPolicy, Terms};
use crate::store::policies::{self, Edition};

/// Asks for the clocks in force now.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ShowClocks {}

/// The edition in force.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ClocksBody {
    pub version: String,
    /// The calendar's own edition.
    pub calendar_version: String,
    /// As TOML.
    pub calendar: String,
    /// As JSON.
    pub terms: String,
    /// The same, one by one: `answer.u3` and its term, such as `7wd`.
    pub each: Vec<TermBody>,
    /// The published years, ascending.
    pub years: Vec<YearBody>,
    /// Office hours of today, as `08:30-12:00`.
    pub hours: Vec<String>,
    /// All of them, latest first: those to come stand on top.
    pub editions: Vec<EditionBody>,
    /// May the reader put another edition in force?
    pub may_set: bool,
}

/// One edition, to come, in force or past.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EditionBody {
    pub version: String,
    pub from_at: Instant,
    /// `pending`, `in_force` or `past`.
    pub standing: &'static str,
    /// Who put it in force, by name.
    pub by: Option<String>,
    /// The terms that differ from the edition before: as they were, and as they are.
    pub terms: Vec<(TermBody, TermBody)>,
    /// The calendar's own edition, where it differs from the one before.
    pub calendar_version: Option<String>,
}

/// One term.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TermBody {
    /// Where it stands in the terms: `verify`, `answer.u3`.
    pub field: String,
    pub amount: u32,
    /// `h`, `d`, `m` by the clock; `wh`, `wd`, `wm` of working time.
    pub unit: String,
}

/// What one year's notice says.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct YearBody {
    pub year: i16,
    /// The number of the notice.
    pub document: String,
    /// Stretches without work: first and last day.
    pub off: Vec<(Day, Day)>,
    /// Saturdays and Sundays that are worked.
    pub on: Vec<(Day, Day)>,
}

/// A term's fields, one by one.
fn each(terms: &Terms) -> Vec<TermBody> {
    let term = |(field, within): (String, kernel::Within)| {
        let written = within.to_string();
        let unit = written.trim_start_matches(|sign: char| sign.is_ascii_digit()).to_owned();
        TermBody { field, amount: within.amount, unit }
    };
    terms.named().into_iter().map(term).collect()
}

/// Every kept edition beside the one it follows; the oldest follows what ships with the program.
fn editions(look: &mut Looking<'_, '_>) -> Result<Vec<EditionBody>, Refusal> {
    let community = look.actor.community;
    let all = policies::all(look.tx, community)?;
    let setters = all.iter().filter_map(|one| one.set_by);
    let people = People::named(look.tx, community, setters, look.now)?;
    let in_force = all.iter().map(|one| one.from_at).find(|from_at| *from_at <= look.now);
    let first = ClockPolicy::built_in();
    let edition = |(place, one): (usize, &Edition)| {
        let Edition { policy, from_at, set_by } = one;
        let before = all.get(place + 1).map_or(&first, |one| &one.policy);
        let pairs = each(&before.terms).into_iter().zip(each(&policy.terms));
        EditionBody {
            version: policy.version.clone(),
            from_at: *from_at,
            standing: standing(*from_at, in_force, look.now),
            by: people.get(*set_by).map(|one| one.name),
            terms: pairs.filter(|(before, after)| before != after).collect(),
            calendar_version: (before.calendar != policy.calendar)
                .then(|| policy.calendar.version().to_owned()),
        }
    };
    Ok(all.iter().enumerate().take(policies::LISTED_MAX).map(edition).collect())
}

/// Whether an edition is to come, holds, or held.
fn standing(from_at: Instant, in_force: Option<Instant>, now: Instant) -> &'static str {
    if from_at > now {
        "pending"
    } else if Some(from_at) == in_force {
        "in_force"
    } else {
        "past"
    }
}

fn years(calendar: &WorkingCalendar) -> Vec<YearBody> {
    let year = |(year, document): (i16, &str)| YearBody {
        year,
        document: document.to_owned(),
        off: calendar.days_off(year),
        on: calendar.make_up_days(year),
    };
    calendar.documents().map(year).collect()
}

fn hours(block: &Block) -> String {
    let time = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    format!("{}-{}", time(block.from), time(block.to))
}

impl gate::View for ShowClocks {
    const NAME: &'static str = "clocks.show";
    const RESOURCE: &'static str = RESOURCE;
    type Body = ClocksBody;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<ClocksBody, Refusal> {
        let community = look.actor.community;
        let facts = Facts::of(community.uuid());
        look.permit(<Self as gate::View>::NAME, &facts)?;
        let may_set = look.allows("clocks.set", &facts);
        let policy = policies::in_force(look.tx, community, look.now)?;
        let calendar = policies::calendar_text(look.tx, community, look.now)?;
        let editions = editions(look)?;
        Ok(ClocksBody {
            editions,
            version: policy.version.clone(),
            calendar_version: policy.calendar.version().to_owned(),
            calendar: calendar.unwrap_or_else(|| WorkingCalendar::BUILT_IN.to_owned()),
            terms: policy.terms.to_json(),
            each: each(&policy.terms),
            years: years(&policy.calendar),
            hours: policy.calendar.office_hours(look.now.day()).iter().map(hours).collect(),
            may_set,
        })
    }
}

//! `GET /clocks`: the terms and the calendar in force, ready to be edited.

use gate::{Facts, Looking, Refusal};
use kernel::calendar::Block;
use kernel::{Day, WorkingCalendar};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::actions::clocks::RESOURCE;
use crate::rules::clocks::Terms;
use crate::store::policies;

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
    /// May the reader put another edition in force?
    pub may_set: bool,
}

/// One term.
#[derive(Debug, Clone, Serialize, JsonSchema)]
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
        Ok(ClocksBody {
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

//! Who held a household, on any day (G1).

use askama::Template;
use gate::{Facts, Looking, Refusal, View};
use kernel::Day;
use registry::HouseholdId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Page, Shell};

use super::{Names, Who};
use crate::rules;

/// The reps of one household, with their times.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct LiaisonHistory {
    pub household: HouseholdId,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct HistoryShown {
    pub household: HouseholdId,
    pub label: String,
    /// The latest first.
    pub terms: Vec<TermShown>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct TermShown {
    pub liaison: Who,
    pub first_day: Day,
    /// None while no end is known.
    pub last_day: Option<Day>,
}

impl View for LiaisonHistory {
    const NAME: &'static str = "liaison.history";
    const RESOURCE: &'static str = "Household";
    type Body = HistoryShown;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<HistoryShown, Refusal> {
        let (community, household) = (look.actor.community, self.household);
        let spot = registry::spot(look.tx, community, household.into(), look.now)?;
        let Some(spot) = spot.filter(|spot| spot.household().is_some()) else {
            // Unknown and forbidden look the same, to those who are not signed in too.
            look.permit(Self::NAME, &Facts::of(household.uuid()))?;
            return Err(Refusal::NotFound);
        };
        look.permit(Self::NAME, &registry::facts(look.actor, &spot))?;
        let history = registry::liaison_history(look.tx, community, household)?;
        let names = Names::of(look, history.iter().map(|(account, _)| *account))?;
        let terms = history.iter().rev().map(|(account, span)| TermShown {
            liaison: names.who(*account),
            first_day: span.from.day(),
            last_day: span.until.map(rules::last_day),
        });
        Ok(HistoryShown { household, label: spot.label, terms: terms.collect() })
    }
}

#[derive(Template)]
#[template(path = "liaison_history.html")]
struct HistoryPage<'a> {
    body: &'a HistoryShown,
    shell: &'a Shell<'a>,
}

impl Page for LiaisonHistory {
    fn render(body: &HistoryShown, shell: &Shell<'_>) -> Result<String, askama::Error> {
        HistoryPage { body, shell }.render()
    }
}

//! One rep: their households, who stands in for whom, and the forms to change that.

use askama::Template;
use gate::{Facts, Looking, Refusal, View};
use kernel::{AccountId, Day};
use registry::HouseholdId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Page, Shell};

use super::{AwayShown, Names, Who, away, reps};
use crate::actions::{LIAISON, about};
use crate::{rules, store};

/// Places offered for an assignment: compounds, buildings and stairwells of a community of the
/// founding size are about 300.
const PLACES_MAX: usize = 2_000;

/// One rep.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct LiaisonRead {
    pub account: AccountId,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct LiaisonShown {
    pub who: Who,
    /// How many they hold now.
    pub count: u64,
    /// Whether these are more than a rep can know well (G2).
    pub is_overloaded: bool,
    pub many_over: u64,
    /// Those that the reader may read, in the order of their doors.
    pub households: Vec<HeldShown>,
    /// Who stands in for them, and for whom they do, now or later.
    pub away: Vec<AwayShown>,
    /// `liaison.assign`, `liaison.substitute`, `liaison.end_substitution`.
    pub may: Vec<&'static str>,
    /// Names of places that can be given, where the reader may give some.
    pub places: Vec<String>,
    /// Who may stand in.
    pub others: Vec<Who>,
}

impl LiaisonShown {
    /// Whether the reader may do this here.
    pub fn may(&self, action: &str) -> bool {
        self.may.contains(&action)
    }
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct HeldShown {
    pub household: HouseholdId,
    pub label: String,
    pub from: Day,
    /// Whether it begins only later.
    pub is_to_come: bool,
    /// The last day, where an end is known.
    pub last_day: Option<Day>,
}

impl View for LiaisonRead {
    const NAME: &'static str = "liaison.read";
    const RESOURCE: &'static str = LIAISON;
    type Body = LiaisonShown;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<LiaisonShown, Refusal> {
        let (community, account, now) = (look.actor.community, self.account, look.now);
        let facts = match about(look.tx, look.actor, account) {
            Ok(facts) => facts,
            Err(refusal) => {
                // Unknown and forbidden look the same, to those who are not signed in too.
                look.permit(Self::NAME, &Facts::of(account.uuid()))?;
                return Err(refusal);
            }
        };
        look.permit(Self::NAME, &facts)?;
        let many_over = rules::limit(store::limit_at(look.tx, community, now)?);
        let count = registry::held_by(look.tx, community, account, now)?;
        let acts = ["liaison.assign", "liaison.substitute", "liaison.end_substitution"];
        let may: Vec<_> = acts.into_iter().filter(|act| look.allows(act, &facts)).collect();
        let gives = may.contains(&"liaison.assign");
        let places = match gives {
            true => registry::places(look.tx, community, now, "", PLACES_MAX)?,
            false => Vec::new(),
        };
        let others = if gives { reps(look, Some(account))? } else { Vec::new() };
        let mut known = registry::substitutions(look.tx, community, now)?;
        known.retain(|one| one.account == account || one.substitute == account);
        let parties = known.iter().flat_map(|one| [one.account, one.substitute]);
        let names = Names::of(look, parties.chain([account]))?;
        Ok(LiaisonShown {
            who: names.who(account),
            count,
            is_overloaded: rules::is_overloaded(count, many_over),
            many_over,
            households: households(look, account)?,
            away: known.iter().map(|one| away(one, &names, look)).collect(),
            may,
            places: places.into_iter().map(|place| place.label).collect(),
            others,
        })
    }
}

fn households(look: &mut Looking<'_, '_>, account: AccountId) -> Result<Vec<HeldShown>, Refusal> {
    let (community, now) = (look.actor.community, look.now);
    let mut shown = Vec::new();
    for held in registry::held(look.tx, community, account, now)? {
        let spot = registry::spot(look.tx, community, held.household.into(), now)?;
        let reads = |spot| look.allows("household.read", &registry::facts(look.actor, &spot));
        if spot.is_some_and(reads) {
            shown.push(HeldShown {
                household: held.household,
                label: held.label,
                from: held.span.from.day(),
                is_to_come: rules::is_to_come(&held.span, now),
                last_day: held.span.until.map(rules::last_day),
            });
        }
    }
    Ok(shown)
}

#[derive(Template)]
#[template(path = "liaison.html")]
struct LiaisonPage<'a> {
    body: &'a LiaisonShown,
    shell: &'a Shell<'a>,
}

impl Page for LiaisonRead {
    fn render(body: &LiaisonShown, shell: &Shell<'_>) -> Result<String, askama::Error> {
        LiaisonPage { body, shell }.render()
    }
}

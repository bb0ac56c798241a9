//! Every rep with what they hold, what nobody holds, and what waits to be handed over.

use std::collections::BTreeMap;

use askama::Template;
use gate::{Facts, Looking, Refusal, View};
use kernel::{AccountId, Day};
use registry::Substitution;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use web::{Page, Shell};

use super::{AwayShown, Names, Who, away};
use crate::actions::{LIAISON, about_list, liaisons};
use crate::model::Stage;
use crate::{rules, store};

/// The reps the reader may see.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct LiaisonList {}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Liaisons {
    /// By name.
    pub liaisons: Vec<LiaisonRow>,
    /// Households nobody holds, where the reader may give them to somebody.
    pub unheld: Vec<UnheldRow>,
    /// Lists that are not done, then done ones.
    pub hand_overs: Vec<HandOverRow>,
    /// From how many households on a rep has many.
    pub many_over: u64,
    /// Whether the reader looks after all reps, or sees only themselves.
    pub looks_after: bool,
    /// Whether the reader may change what counts as many.
    pub may_limit: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct LiaisonRow {
    pub who: Who,
    pub households: u64,
    /// Whether these are more than a rep can know well (G2).
    pub is_overloaded: bool,
    /// Who stands in for them now or later.
    pub away: Option<AwayShown>,
    /// For whom they stand in now or later.
    pub stands_in: Vec<AwayShown>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct UnheldRow {
    /// The stairwell's or building's whole name.
    pub entrance: String,
    pub households: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct HandOverRow {
    pub hand_over: Uuid,
    /// Who leaves.
    pub liaison: Who,
    pub successor: Option<Who>,
    /// The first day on which they hold nothing.
    pub from: Day,
    /// `waiting`, `given` or `accepted`.
    pub stage: &'static str,
}

impl View for LiaisonList {
    const NAME: &'static str = "liaison.list";
    const RESOURCE: &'static str = LIAISON;
    type Body = Liaisons;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<Liaisons, Refusal> {
        let community = look.actor.community;
        look.permit(Self::NAME, &Facts::of(community.uuid()))?;
        let many_over = rules::limit(store::limit_at(look.tx, community, look.now)?);
        let liaisons = rows(look, many_over)?;
        let may_limit = look.allows("liaison.set_limit", &Facts::of(community.uuid()));
        let looks_after = look.allows("liaison.assign", &Facts::of(community.uuid()));
        let unheld = if looks_after { unheld(look)? } else { Vec::new() };
        let hand_overs = hand_overs(look)?;
        Ok(Liaisons { liaisons, unheld, hand_overs, many_over, looks_after, may_limit })
    }
}

fn rows(look: &mut Looking<'_, '_>, many_over: u64) -> Result<Vec<LiaisonRow>, Refusal> {
    let (community, now) = (look.actor.community, look.now);
    let loads: BTreeMap<AccountId, u64> =
        registry::loads(look.tx, community, now)?.into_iter().collect();
    let known = registry::substitutions(look.tx, community, now)?;
    let parties = |one: &Substitution| [one.account, one.substitute];
    let names = Names::of(look, known.iter().flat_map(parties))?;
    let mut rows = Vec::new();
    for one in liaisons(look.tx, look.actor, now)? {
        let account = one.account;
        let is_self = look.actor.account() == Some(account);
        let stands = if is_self { vec!["self"] } else { Vec::new() };
        if !look.allows("liaison.read", &Facts::of(account.uuid()).standing(stands)) {
            continue;
        }
        let households = loads.get(&account).copied().unwrap_or(0);
        let mine = known.iter().find(|known| known.account == account);
        let others = known.iter().filter(|known| known.substitute == account);
        rows.push(LiaisonRow {
            who: Who { account, name: one.name },
            households,
            is_overloaded: rules::is_overloaded(households, many_over),
            away: mine.map(|known| away(known, &names, look)),
            stands_in: others.map(|known| away(known, &names, look)).collect(),
        });
    }
    Ok(rows)
}

/// A grid head is shown what lies in their grids; the office all.
fn unheld(look: &mut Looking<'_, '_>) -> Result<Vec<UnheldRow>, Refusal> {
    let mut all = registry::unheld(look.tx, look.actor.community, look.now)?;
    all.retain(|one| {
        let own = one.grid.is_some_and(|grid| look.actor.grids.contains(&grid.uuid()));
        let stands = if own { vec!["own_grid"] } else { Vec::new() };
        look.allows("household.read", &Facts::of(look.actor.community.uuid()).standing(stands))
    });
    let row =
        |one: registry::Unheld| UnheldRow { entrance: one.entrance, households: one.households };
    Ok(all.into_iter().map(row).collect())
}

fn hand_overs(look: &mut Looking<'_, '_>) -> Result<Vec<HandOverRow>, Refusal> {
    let lists = registry::hand_overs(look.tx, look.actor.community)?;
    let successors = lists.iter().filter_map(|list| list.given.map(|given| given.successor));
    let names = Names::of(look, lists.iter().map(|list| list.account).chain(successors))?;
    let mut rows = Vec::new();
    for list in lists {
        let (_, facts) = about_list(look.tx, look.actor, list.id)?;
        if look.allows("hand_over.read", &facts) {
            rows.push(HandOverRow {
                hand_over: list.id,
                liaison: names.who(list.account),
                successor: list.given.map(|given| names.who(given.successor)),
                from: list.from.day(),
                stage: Stage::of(&list).word(),
            });
        }
    }
    Ok(rows)
}

#[derive(Template)]
#[template(path = "liaisons.html")]
struct LiaisonsPage<'a> {
    body: &'a Liaisons,
    shell: &'a Shell<'a>,
}

impl Page for LiaisonList {
    fn render(body: &Liaisons, shell: &Shell<'_>) -> Result<String, askama::Error> {
        LiaisonsPage { body, shell }.render()
    }
}

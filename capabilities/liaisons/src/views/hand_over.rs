//! A hand-over list: what a rep leaves behind, for the one who takes it over, also on paper.

use askama::Template;
use gate::{Facts, Looking, Refusal, View};
use kernel::Day;
use registry::HouseholdId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use web::{Page, Shell};

use super::{Names, Who, reps};
use crate::actions::{HAND_OVER, about_list};
use crate::model::Stage;
use crate::rules;

/// One list.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct HandOverRead {
    pub hand_over: Uuid,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct HandOverShown {
    pub hand_over: Uuid,
    /// Who leaves.
    pub liaison: Who,
    /// The first day on which they hold nothing.
    pub from: Day,
    pub successor: Option<Who>,
    pub given_on: Option<Day>,
    pub accepted_on: Option<Day>,
    /// `waiting`, `given` or `accepted`.
    pub stage: &'static str,
    /// What the successor must know; empty where nothing was said.
    pub note: String,
    /// For a successor those that are theirs from then on.
    pub households: Vec<LeftShown>,
    /// Who can be named, where the reader may name somebody.
    pub choices: Vec<Who>,
    pub may_give: bool,
    /// Whether the reader is the successor and has not taken it over.
    pub may_accept: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct LeftShown {
    pub household: HouseholdId,
    pub label: String,
    /// Who is its rep from then on; nobody while no successor was named.
    pub liaison: Option<Who>,
}

impl View for HandOverRead {
    const NAME: &'static str = "hand_over.read";
    const RESOURCE: &'static str = HAND_OVER;
    type Body = HandOverShown;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<HandOverShown, Refusal> {
        let (list, facts) = match about_list(look.tx, look.actor, self.hand_over) {
            Ok(found) => found,
            Err(refusal) => {
                // Unknown and forbidden look the same, to those who are not signed in too.
                look.permit(Self::NAME, &Facts::of(self.hand_over))?;
                return Err(refusal);
            }
        };
        look.permit(Self::NAME, &facts)?;
        let (community, stage) = (look.actor.community, Stage::of(&list));
        let at = rules::succession(list.from, look.now);
        let mut left = registry::left_behind(look.tx, community, list.id, at)?;
        // A successor sees what became theirs, and not what others were given of it.
        if !look.allows("hand_over.give", &facts) {
            left.retain(|one| one.liaison.is_some() && one.liaison == look.actor.account());
        }
        let successor = list.given.map(|given| given.successor);
        let accounts = left.iter().filter_map(|one| one.liaison).chain(successor);
        let names = Names::of(look, accounts.chain([list.account]))?;
        let may_give = stage == Stage::Waiting && look.allows("hand_over.give", &facts);
        let may_accept = stage == Stage::Given && look.allows("hand_over.accept", &facts);
        let choices = if may_give { reps(look, Some(list.account))? } else { Vec::new() };
        let note = registry::hand_over_note(look.tx, community, &list)?;
        if !note.is_empty() {
            look.saw(list.id, Self::NAME, list.id);
        }
        let households = left.into_iter().map(|one| LeftShown {
            household: one.household,
            label: one.label,
            liaison: one.liaison.map(|account| names.who(account)),
        });
        Ok(HandOverShown {
            hand_over: list.id,
            liaison: names.who(list.account),
            from: list.from.day(),
            successor: successor.map(|account| names.who(account)),
            given_on: list.given.map(|given| given.at.day()),
            accepted_on: list.accepted_at.map(kernel::Instant::day),
            stage: stage.word(),
            note,
            households: households.collect(),
            choices,
            may_give,
            may_accept,
        })
    }
}

#[derive(Template)]
#[template(path = "hand_over.html")]
struct HandOverPage<'a> {
    body: &'a HandOverShown,
    shell: &'a Shell<'a>,
}

impl Page for HandOverRead {
    fn render(body: &HandOverShown, shell: &Shell<'_>) -> Result<String, askama::Error> {
        HandOverPage { body, shell }.render()
    }
}

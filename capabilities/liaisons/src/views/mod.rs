//! What is seen of reps: all of them, one of them, a hand-over list, and who held a household.

pub mod hand_over;
pub mod history;
pub mod list;
pub mod one;

use std::collections::BTreeMap;

use gate::{Looking, Refusal};
use kernel::{AccountId, Day};
use registry::Substitution;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::rules;

/// Somebody who works here, by name.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Who {
    pub account: AccountId,
    /// Empty where nobody knows any longer.
    pub name: String,
}

/// Names of accounts, also of those who left.
struct Names(BTreeMap<Uuid, access::Called>);

impl Names {
    fn of(
        look: &mut Looking<'_, '_>,
        accounts: impl Iterator<Item = AccountId>,
    ) -> Result<Names, Refusal> {
        let accounts: Vec<Uuid> = accounts.map(AccountId::uuid).collect();
        access::names(look.tx, look.actor.community, &accounts, look.now).map(Names)
    }

    fn who(&self, account: AccountId) -> Who {
        let called = self.0.get(&account.uuid());
        Who { account, name: called.map(|called| called.name.clone()).unwrap_or_default() }
    }
}

/// Somebody who stands in for a rep, through the last day.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AwayShown {
    pub substitution: Uuid,
    /// The rep who is away.
    pub away: Who,
    pub substitute: Who,
    pub first_day: Day,
    pub last_day: Day,
    /// Whether it holds now.
    pub is_now: bool,
}

fn away(one: &Substitution, names: &Names, look: &Looking<'_, '_>) -> AwayShown {
    AwayShown {
        substitution: one.id,
        away: names.who(one.account),
        substitute: names.who(one.substitute),
        first_day: one.from.day(),
        last_day: rules::last_day(one.until),
        is_now: one.from <= look.now,
    }
}

/// Everybody who is a rep now, for a form to choose from; without `except`.
fn reps(look: &mut Looking<'_, '_>, except: Option<AccountId>) -> Result<Vec<Who>, Refusal> {
    let all = crate::actions::liaisons(look.tx, look.actor, look.now)?;
    let others = all.into_iter().filter(|one| Some(one.account) != except);
    Ok(others.map(|one| Who { account: one.account, name: one.name }).collect())
}

//! Saved views: a filter of the list under a name, each account's own.

use gate::{Acting, Actor, Facts, Refusal};
use kernel::{Fault, Line};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::store::saved;
use crate::views::SavedView;

/// Views one account may keep: more are not found again by eye.
const SAVED_MAX: i64 = 50;

/// Longest name of a view: a tab's width.
const NAME_MAX: usize = 20;

/// Longest filter: every field of it at its longest.
const QUERY_MAX: usize = 500;

/// What a view is asked about under.
pub const RESOURCE: &str = "SavedView";

/// Keeps the filter of a list under a name.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SaveView {
    pub name: Line<NAME_MAX>,
    /// The list's own query: `stage=answered&late=true`.
    pub query: Line<QUERY_MAX>,
}

/// The view as it was kept.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct ViewSaved {
    pub id: Uuid,
    pub query: String,
}

impl gate::Action for SaveView {
    const NAME: &'static str = "saved_view.save";
    const RESOURCE: &'static str = RESOURCE;
    type Done = ViewSaved;

    fn facts(&self, _: &mut db::Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        Ok(Facts::of(actor.community.uuid()))
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<ViewSaved, Refusal> {
        let community = act.community();
        let account = act.actor.account().ok_or(Refusal::Forbidden)?.uuid();
        if saved::count(act.tx, community, account)? >= SAVED_MAX {
            return Err(Refusal::Rule(Fault::new("rule.saved_views").with("max", SAVED_MAX)));
        }
        let (name, query) = (self.name.to_string(), self.query.to_string());
        let view = SavedView { id: act.new_id(), name, query };
        saved::add(act.tx, community, account, &view)?;
        Ok(ViewSaved { id: view.id, query: view.query })
    }
}

/// Forgets one of one's own views.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteView {
    pub view: Uuid,
}

/// Nothing is left to say.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct ViewDeleted {}

impl gate::Action for DeleteView {
    const NAME: &'static str = "saved_view.delete";
    const RESOURCE: &'static str = RESOURCE;
    type Done = ViewDeleted;

    fn facts(&self, _: &mut db::Tx<'_>, _: &Actor) -> Result<Facts, Refusal> {
        Ok(Facts::of(self.view))
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<ViewDeleted, Refusal> {
        let community = act.community();
        let account = act.actor.account().ok_or(Refusal::NotFound)?.uuid();
        match saved::delete(act.tx, community, account, self.view)? {
            true => Ok(ViewDeleted {}),
            false => Err(Refusal::NotFound),
        }
    }
}

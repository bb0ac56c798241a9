//! `GET /clocks`: the terms and the calendar in force, ready to be edited.

use gate::{Facts, Looking, Refusal};
use kernel::WorkingCalendar;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::actions::clocks::RESOURCE;
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
    /// May the reader put another edition in force?
    pub may_set: bool,
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
            may_set,
        })
    }
}

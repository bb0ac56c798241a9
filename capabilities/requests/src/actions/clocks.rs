//! The clocks of a community: terms and working calendar, changed with effect from an instant and
//! never backwards, so that no promise already made is rewritten.

use gate::{Acting, Actor, Facts, Refusal};
use kernel::{AccountId, Fault, Instant, Line, Text};
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::rules::clocks::ClockPolicy;
use crate::store::policies::{self, Edition};

/// What the policy is asked about.
pub const RESOURCE: &str = "ClockPolicy";

/// A calendar of thirty years with every holiday stays far below this.
const CALENDAR_MAX: usize = 60_000;

/// Terms are some twenty short words.
const TERMS_MAX: usize = 4_000;

/// Longest name of an edition.
const VERSION_MAX: usize = 40;

/// Puts an edition of terms and calendar in force.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetClocks {
    /// The edition's name, kept with every promise made under it.
    pub version: Line<VERSION_MAX>,
    /// Now or later; absent: now.
    pub from_at: Option<Instant>,
    /// The working calendar as TOML, as the built-in one explains it.
    pub calendar: Text<CALENDAR_MAX>,
    /// The terms, as `GET /api/clocks` gives them: `{"answer": {"u3": "7d"}, …}`.
    #[serde(deserialize_with = "terms")]
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub terms: Text<TERMS_MAX>,
}

/// An object, or the text of one: the form of the page sends text, and so does an event's detail.
fn terms<'de, D: Deserializer<'de>>(given: D) -> Result<Text<TERMS_MAX>, D::Error> {
    let text = match serde_json::Value::deserialize(given)? {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    Text::parse(&text).map_err(D::Error::custom)
}

/// The edition as it was kept.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct ClocksSet {
    pub version: String,
    pub from_at: Instant,
}

impl gate::Action for SetClocks {
    const NAME: &'static str = "clocks.set";
    const RESOURCE: &'static str = RESOURCE;
    const FRESH: bool = true;
    type Done = ClocksSet;

    fn facts(&self, _: &mut db::Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        Ok(Facts::of(actor.community.uuid()))
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<ClocksSet, Refusal> {
        let from_at = self.from_at.unwrap_or(act.now);
        if from_at < act.now {
            return Err(Refusal::field("from_at", Fault::new("rule.clocks_not_backdated")));
        }
        let (calendar, terms) = (self.calendar.as_str(), self.terms.as_str());
        let policy = ClockPolicy::parse(self.version.as_str(), calendar, terms);
        let policy = policy.map_err(|error| Refusal::field(error.field(), error.fault()))?;
        let community = act.community();
        // Promises name the edition they were made under: two of one name could not be told apart.
        if policies::is_named(act.tx, community, &policy.version)? {
            return Err(Refusal::field("version", Fault::new("rule.clocks_version_taken")));
        }
        let set_by = act.actor.account().map(AccountId::uuid);
        let edition = Edition { policy, from_at, set_by };
        policies::add(act.tx, community, &edition, calendar)?;
        Ok(ClocksSet { version: edition.policy.version, from_at })
    }
}

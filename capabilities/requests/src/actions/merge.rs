//! The same matter: one request follows another, and its petitioner keeps every right (R14).

use gate::{Acting, Refusal};
use kernel::Fault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{Done, RESOURCE, about_request, decide, decided, facts_about};
use crate::model::{Note, Request, RequestId, Short};
use crate::rules::merge;
use crate::store::row;

/// Makes a request follow another that is about the same matter.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Merge {
    pub request: RequestId,
    /// The other's number, `2026-000123`, or its id.
    pub into: Short,
    pub reason: Option<Note>,
    pub version: Option<i64>,
}

impl gate::Action for Merge {
    const NAME: &'static str = "request.merge";
    const RESOURCE: &'static str = RESOURCE;
    type Done = Done;

    about_request!();

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<Done, Refusal> {
        let into = expect_readable(act, "into", self.into.as_str())?;
        let done = decide(act, self.request, self.version, |case| merge::merge(case, &into))?;
        joined(act, &into, &done.number)?;
        Ok(done)
    }
}

/// Makes a request stand alone again.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unmerge {
    pub request: RequestId,
    pub reason: Option<Note>,
    pub version: Option<i64>,
}

decided!(Unmerge = "request.unmerge", |_given, case| merge::unmerge(case));

/// Leaves a line with the request that another one now follows.
pub(super) fn joined(
    act: &mut Acting<'_, '_>,
    main: &Request,
    number: &str,
) -> Result<(), Refusal> {
    act.also("request.join", main.id.uuid(), &json!({ "from": number }))
}

/// The request a field names by number or id, if the actor may read it.
///
/// # Errors
/// `fault.unknown_request` on `field`, the same for what does not exist and what may not be seen.
pub(super) fn expect_readable(
    act: &mut Acting<'_, '_>,
    field: &str,
    name: &str,
) -> Result<Request, Refusal> {
    let unknown = || Refusal::field(field, Fault::new("fault.unknown_request"));
    let community = act.community();
    let found = match (Uuid::parse_str(name), number(name)) {
        (Ok(id), _) => row::find(act.tx, community, RequestId::from_uuid(id))?,
        (Err(_), Some((year, serial))) => row::numbered(act.tx, community, year, serial)?,
        (Err(_), None) => None,
    };
    let found = found.ok_or_else(unknown)?;
    let facts = facts_about(act.tx, act.actor, &found)?;
    if act.allows("request.read", &facts) { Ok(found) } else { Err(unknown()) }
}

/// Year and serial of a printed number.
fn number(text: &str) -> Option<(i64, i64)> {
    let (year, serial) = text.trim().split_once('-')?;
    Some((year.parse().ok()?, serial.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn a_printed_number_is_read_with_or_without_its_zeros() {
        for (text, read) in [
            ("2026-000123", Some((2026, 123))),
            (" 2026-123 ", Some((2026, 123))),
            ("2026", None),
            ("2026-", None),
            ("一-二", None),
        ] {
            assert_eq!(number(text), read, "{text}");
        }
    }
}

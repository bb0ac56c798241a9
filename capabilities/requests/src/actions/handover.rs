//! Handing over: an offer leaves the lead where it is until another accepts (R8).

use gate::{Acting, Refusal};
use kernel::{AccountId, Fault};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Done, RESOURCE, about_request, decide, decided};
use crate::model::{Note, RequestId};
use crate::rules::handling;

/// Roles that handle nothing.
const NEVER_ASKED: [&str; 3] = ["", "administrator", "auditor"];

/// Asks a colleague to handle a request; oneself takes it at once.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assign {
    pub request: RequestId,
    pub to: AccountId,
    pub note: Option<Note>,
    pub version: Option<i64>,
}

impl gate::Action for Assign {
    const NAME: &'static str = "request.assign";
    const RESOURCE: &'static str = RESOURCE;
    type Done = Done;

    about_request!();

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<Done, Refusal> {
        expect_colleague(act, "to", self.to)?;
        decide(act, self.request, self.version, |case| handling::assign(case, self.to.uuid()))
    }
}

/// Takes what was offered: the lead passes over.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Accept {
    pub request: RequestId,
    pub note: Option<Note>,
    pub version: Option<i64>,
}

decided!(Accept = "request.accept", |_given, case| handling::accept(case));

/// Gives back what was offered or taken, with the reason.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Return {
    pub request: RequestId,
    pub reason: Note,
    pub version: Option<i64>,
}

decided!(Return = "request.return", |given, case| handling::give_back(case, &given.reason));

/// Refuses to ask somebody who does not work here now.
///
/// # Errors
/// `fault.unknown_colleague` on `field`.
pub(super) fn expect_colleague(
    act: &mut Acting<'_, '_>,
    field: &str,
    colleague: AccountId,
) -> Result<(), Refusal> {
    let (community, id) = (act.community(), colleague.uuid());
    let known = access::names(act.tx, community, &[id], act.now)?;
    if known.get(&id).is_some_and(|called| !NEVER_ASKED.contains(&called.role)) {
        return Ok(());
    }
    Err(Refusal::field(field, Fault::new("fault.unknown_colleague")))
}

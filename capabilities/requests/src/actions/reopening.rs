//! Reopening: asked for within the window (R15), decided by a person, always counted.

use gate::{Acting, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Done, RESOURCE, about_request, decide_hearing, decided, expect_teller, heard};
use crate::model::{Note, RequestId, Short};
use crate::rules::verification;

/// Asks for a closed request to be opened again.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AskReopening {
    pub request: RequestId,
    pub reason: Note,
    /// Who asked for it and how: 夏爹在电话里说. Needed from everybody but the petitioner, who
    /// holds the query code.
    pub told_by: Option<Short>,
    pub version: Option<i64>,
}

impl gate::Action for AskReopening {
    const NAME: &'static str = "request.ask_reopening";
    const RESOURCE: &'static str = RESOURCE;
    type Done = Done;

    about_request!();

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<Done, Refusal> {
        expect_teller(act, self.told_by.as_ref(), "rule.who_asks_reopening")?;
        let heard = heard(act, Some(&self.reason), self.told_by.is_some());
        decide_hearing(act, self.request, self.version, heard, |case| {
            verification::ask_reopening(case, &self.reason)
        })
    }
}

/// Opens it again with the same lead, or leaves it closed with a reason.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideReopening {
    pub request: RequestId,
    pub grant: bool,
    pub reason: Note,
    pub version: Option<i64>,
}

decided!(DecideReopening = "request.decide_reopening", |given, case| {
    verification::decide_reopening(case, given.grant, &given.reason)
});

//! Reopening: asked for within the window (R15), decided by a person, always counted.

use gate::{Acting, Actor, Facts, Refusal};
use kernel::Fault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Done, RESOURCE, decide, decided, facts};
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

    fn addressed(&self) -> Option<Uuid> {
        Some(self.request.uuid())
    }

    fn facts(&self, tx: &mut db::Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        facts(tx, actor, self.request)
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<Done, Refusal> {
        let speaks_for_another = act.actor.account().is_some();
        if speaks_for_another && self.told_by.is_none() {
            return Err(Refusal::field("told_by", Fault::new("rule.who_asks_reopening")));
        }
        decide(act, self.request, self.version, |case| {
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

//! Words added later: a note, a correction, a withdrawal, a wish for confidentiality. What was
//! said before stays in the history (R25).

use gate::{Acting, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Done, RESOURCE, about_request, decide, decide_hearing, decided, expect_teller, heard};
use crate::model::{Note as Said, RequestId, Short, Words};
use crate::rules::filing;
use crate::store::{row, search};

/// Adds a word to a request.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Note {
    pub request: RequestId,
    pub text: Said,
    /// On whose behalf, when somebody speaks for somebody.
    pub behalf: Option<Short>,
    pub version: Option<i64>,
}

impl gate::Action for Note {
    const NAME: &'static str = "request.note";
    const RESOURCE: &'static str = RESOURCE;
    type Done = Done;

    about_request!();

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<Done, Refusal> {
        let heard = heard(act, Some(&self.text), self.behalf.is_some());
        decide_hearing(act, self.request, self.version, heard, |case| {
            filing::note(case, &self.text)
        })
    }
}

/// Withdraws a request, because its petitioner said so.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Withdraw {
    pub request: RequestId,
    pub reason: Said,
    /// Who asked for it and how: 夏爹在电话里说. Needed from everybody but the petitioner, who
    /// holds the query code.
    pub told_by: Option<Short>,
    pub version: Option<i64>,
}

impl gate::Action for Withdraw {
    const NAME: &'static str = "request.withdraw";
    const RESOURCE: &'static str = RESOURCE;
    type Done = Done;

    about_request!();

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<Done, Refusal> {
        expect_teller(act, self.told_by.as_ref(), "rule.r11_who_withdraws")?;
        let heard = heard(act, Some(&self.reason), self.told_by.is_some());
        decide_hearing(act, self.request, self.version, heard, |case| {
            filing::withdraw(case, &self.reason)
        })
    }
}

/// Sets or lifts confidentiality (R22).
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeepConfidential {
    pub request: RequestId,
    pub confidential: bool,
    pub version: Option<i64>,
}

decided!(KeepConfidential = "request.keep_confidential", |given, case| {
    filing::keep_confidential(case, given.confidential)
});

/// Corrects what was written down; the former words stay in the history.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Correct {
    pub request: RequestId,
    pub text: Words,
    pub reason: Said,
    pub version: Option<i64>,
}

impl gate::Action for Correct {
    const NAME: &'static str = "request.correct";
    const RESOURCE: &'static str = RESOURCE;
    type Done = Done;

    about_request!();

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<Done, Refusal> {
        let done = decide(act, self.request, self.version, |case| {
            filing::correct(case, &self.text, &self.reason)
        })?;
        let community = act.community();
        let request = row::find(act.tx, community, self.request)?.ok_or(Refusal::NotFound)?;
        search::put(act.tx, community, &request)?;
        Ok(done)
    }
}

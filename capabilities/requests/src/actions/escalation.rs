//! What is late goes up one layer by itself. The program's own act; see [`crate::jobs`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::decided;
use crate::model::{Clock, Layer, RequestId};
use crate::rules::escalate;

/// Takes a late request up one layer, or tells the highest.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Escalate {
    pub request: RequestId,
    /// The promise that ran out.
    pub clock: Clock,
    /// Absent: it lies at the top, which is told.
    pub to: Option<Layer>,
    pub version: Option<i64>,
}

decided!(Escalate = "request.escalate", |_given, case| escalate::escalate(case));

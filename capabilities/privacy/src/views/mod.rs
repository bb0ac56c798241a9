//! What is seen: a resident's own page at the desk and by code, copies, erasures, the purposes.

pub mod copy;
pub mod erasures;
pub mod person;
pub mod purposes;

use access::Called;
use schemars::JsonSchema;
use serde::Serialize;

/// A colleague by name and role.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Colleague {
    pub name: String,
    /// For `role.` in the catalogue; empty when all roles have ended.
    pub role: String,
}

impl Colleague {
    fn of(called: &Called) -> Colleague {
        Colleague { name: called.name.clone(), role: called.role.to_owned() }
    }
}

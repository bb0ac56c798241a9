//! Who may do what at which stage: the whole matrix, generated from workflow and policy and
//! compared with the committed table.

use std::collections::BTreeMap;
use std::fmt::Write;

use gate::Facts;
use requests::model::Stage;
use requests::rules::workflow::{self, Act};

use crate::world::{here, tell};

const TABLE: &str = include_str!("../permissions.txt");
const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/permissions.txt");

/// Everybody as they may stand to a request: a name, a role, and relations.
const STANDINGS: &[(&str, &str, &[&str])] = &[
    ("liaison: own household", "liaison", &["own_household"]),
    ("liaison: own household, confidential", "liaison", &["own_household", "confidential"]),
    ("liaison: recorder", "liaison", &["recorder"]),
    ("liaison: lead", "liaison", &["lead"]),
    ("liaison: offered", "liaison", &["offered"]),
    ("liaison: lead and handler", "liaison", &["lead", "handler"]),
    ("liaison: none of it", "liaison", &[]),
    ("grid_head: own grid", "grid_head", &["own_grid"]),
    ("grid_head: own grid and handler", "grid_head", &["handler", "own_grid"]),
    ("grid_head: another grid", "grid_head", &[]),
    ("clerk", "clerk", &[]),
    ("clerk: offered", "clerk", &["offered"]),
    ("clerk: lead, handler and asker", "clerk", &["lead", "handler", "asker"]),
    ("clerk: accused", "clerk", &["lead", "accused"]),
    ("clerk: about staff", "clerk", &["about_staff"]),
    ("secretary", "secretary", &[]),
    ("secretary: about staff", "secretary", &["about_staff"]),
    ("department: lead", "department", &["lead"]),
    ("department: none of it", "department", &[]),
    ("petitioner", "petitioner", &["petitioner"]),
    ("petitioner: of another request", "petitioner", &[]),
    ("administrator", "administrator", &[]),
    ("administrator: asked about staff", "administrator", &["about_staff", "offered"]),
    ("administrator: lead about staff", "administrator", &["about_staff", "lead"]),
    ("administrator: offered anything else", "administrator", &["offered"]),
    ("secretary: accused", "secretary", &["about_staff", "accused"]),
    ("auditor", "auditor", &[]),
    ("system", "system", &[]),
    ("anyone", "anyone", &[]),
];

/// Looks that are decided beside the acts.
const LOOKS: [&str; 6] = [
    "request.read",
    "request.door",
    "request.contact_details",
    "request.photos",
    "request.slip",
    "request.progress",
];

fn table(policy: &gate::Policy) -> String {
    let mut lines = String::from(
        "Who may do what at which stage; generated, see permissions.rs. An act that no stage \
         allows is left out.\n",
    );
    for (name, role, stands) in STANDINGS {
        let facts = |state| Facts::of(here().uuid()).standing(stands.to_vec()).in_state(state);
        let permitted = |action, state| policy.decides(&[role], action, &facts(state));
        let looks: Vec<&str> =
            LOOKS.into_iter().filter(|look| permitted(look, "received")).collect();
        // Acts the policy permits, by the stages in which the workflow has an arrow for them.
        let mut acts: BTreeMap<Act, Vec<&str>> = BTreeMap::new();
        for (stage, act) in
            Stage::ALL.iter().flat_map(|stage| Act::ALL.iter().map(move |act| (*stage, *act)))
        {
            if workflow::allows(stage, act) && permitted(act.word(), stage.word()) {
                acts.entry(act).or_default().push(stage.word());
            }
        }
        writeln!(lines, "\n{name}").unwrap();
        for look in looks {
            writeln!(lines, "  {look}").unwrap();
        }
        for (act, stages) in acts {
            writeln!(lines, "  {}: {}", act.word(), stages.join(" ")).unwrap();
        }
    }
    lines
}

#[test]
fn the_table_of_permissions_is_the_committed_one() {
    tell(|world| async move {
        let now = table(world.rig.gate().policy());
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            std::fs::write(PATH, &now).unwrap();
            return;
        }
        assert_eq!(now, TABLE, "run with UPDATE_SNAPSHOTS=1 and read the difference");
    });
}

#[test]
fn the_program_and_nobody_else_escalates() {
    tell(|world| async move {
        let policy = world.rig.gate().policy();
        for (name, role, stands) in STANDINGS {
            let facts = Facts::of(here().uuid()).standing(stands.to_vec()).in_state("received");
            let allowed = policy.decides(&[role], "request.escalate", &facts);
            assert_eq!(allowed, *role == "system", "{name}");
        }
    });
}

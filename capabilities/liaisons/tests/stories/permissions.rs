//! The whole matrix role × act × how somebody stands to it, as the policy decides it.

use gate::Facts;
use harness::each_engine;

use crate::world::{MODULES, id, identify};

const TABLE: &str = include_str!("../permissions.txt");
const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/permissions.txt");

const ACTS: [&str; 10] = [
    "liaison.list",
    "liaison.read",
    "liaison.assign",
    "liaison.set_limit",
    "liaison.substitute",
    "liaison.end_substitution",
    "liaison.history",
    "hand_over.read",
    "hand_over.give",
    "hand_over.accept",
];

const STANDS: [(&str, &[&str]); 4] = [
    ("another's", &[]),
    ("their own", &["self"]),
    ("in their own grids", &["own_grid"]),
    ("as successor", &["successor"]),
];

#[test]
fn the_table_of_permissions_is_the_committed_one() {
    each_engine(MODULES, identify, |rig| async move {
        let policy = rig.gate().policy();
        let others = ["system", "petitioner", "founder", "anyone"];
        let roles = access::Role::ALL.iter().map(|role| role.word()).chain(others);
        let mut now = String::from("Who may do what about reps; generated, see permissions.rs.\n");
        for role in roles {
            for (whose, stands) in STANDS {
                let facts = Facts::of(id(1)).standing(stands.to_vec());
                let may: Vec<&str> =
                    ACTS.into_iter().filter(|act| policy.decides(&[role], act, &facts)).collect();
                let may = if may.is_empty() { "nothing".to_owned() } else { may.join(" ") };
                now += &format!("{role}, {whose}: {may}\n");
            }
        }
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            std::fs::write(PATH, &now).unwrap();
            return;
        }
        assert_eq!(now, TABLE, "run with UPDATE_SNAPSHOTS=1 and read the difference");
    });
}

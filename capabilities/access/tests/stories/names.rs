//! Names and roles, as timelines and lists of colleagues show them.

use access::Role;
use gate::Refusal;
use harness::each_engine;
use uuid::Uuid;

use crate::world::{MODULES, clerk, community, grid, head, id, identify, rep, settle};

#[test]
fn a_timeline_learns_names_with_their_most_telling_role() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let now = rig.now();
        let names = rig.db.read(move |tx| {
            // More than one statement's worth, with strangers among them.
            let mut wanted: Vec<Uuid> = (0..20).map(id).collect();
            wanted.extend([clerk().uuid(), head().uuid(), clerk().uuid()]);
            access::names(tx, community(), &wanted, now)
        });
        let names = names.await.unwrap();
        assert_eq!(names.len(), 2);
        let called = |account: kernel::AccountId| {
            let called = &names[&account.uuid()];
            (called.name.as_str(), called.role)
        };
        assert_eq!(called(clerk()), ("王春梅", "clerk"));
        assert_eq!(called(head()), ("李建国", "grid_head"));
    });
}

#[test]
fn colleagues_are_listed_with_their_roles_and_grids() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let now = rig.now();
        let found = rig.db.read(move |tx| {
            let colleagues = access::colleagues(tx, community(), now)?;
            let before = now.minus(std::time::Duration::from_secs(1));
            assert_eq!(access::colleagues(tx, community(), before)?, []);
            assert_eq!(access::grids_of(tx, community(), head(), now)?, [grid()]);
            assert_eq!(access::grids_of(tx, community(), rep(), now)?, []);
            let account = access::account(tx, community(), clerk(), kernel::Instant::MIN)?.unwrap();
            assert_eq!(account.sign_in_name.as_deref(), Some("wangchunmei"));
            Ok::<_, Refusal>(colleagues)
        });
        let found = found.await.unwrap();
        assert_eq!(found.len(), 3);
        let one = |account| found.iter().find(|one| one.account == account).unwrap();
        assert!(one(head()).heads(grid()) && one(head()).has(Role::Liaison));
        assert_eq!(one(clerk()).roles[0].0, Role::Clerk);
        assert!(!one(rep()).has(Role::Clerk));
    });
}

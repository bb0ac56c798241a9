//! Time ranges: who held a household on which day, and what the register of communities knows.

use std::time::Duration;

use gate::Refusal;
use harness::each_engine;
use kernel::CommunityId;
use registry::{PersonId, communities, seed};

use crate::world::{
    MODULES, OTHER_REP, REP, account, by_token, community, household, id, settle, token,
};

#[test]
fn g7_a_household_changes_hands_from_a_moment_on_and_the_past_stays() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let before = rig.now();
        let change = before.plus(Duration::from_secs(3_600));
        let hand_over = move |tx: &mut db::Tx<'_>| {
            seed::liaison(tx, community(), household(0), account(OTHER_REP), change)
        };
        rig.db.write(hand_over).await.unwrap();
        let path = format!("/api/households/{}", household(0));
        rig.get(&token(REP), &path).await.expect(200);
        rig.get(&token(OTHER_REP), &path).await.expect(404);
        rig.clock.set(change);
        rig.get(&token(REP), &path).await.expect(404);
        rig.get(&token(OTHER_REP), &path).await.expect(200);
        let held = rig.db.read(move |tx| {
            let at =
                |tx: &mut db::Tx<'_>, at| registry::liaison_of(tx, community(), household(0), at);
            let earlier = before.minus(Duration::from_secs(1));
            let last = change.minus(Duration::from_micros(1));
            assert_eq!(registry::households_of(tx, community(), account(REP), change)?, []);
            Ok::<_, Refusal>([at(tx, earlier)?, at(tx, before)?, at(tx, last)?, at(tx, change)?])
        });
        let (rep, other) = (Some(account(REP)), Some(account(OTHER_REP)));
        assert_eq!(held.await.unwrap(), [None, rep, rep, other]);
        let backwards = rig
            .db
            .write(move |tx| seed::liaison(tx, community(), household(0), account(REP), before));
        assert!(matches!(backwards.await, Err(Refusal::Rule(_))));
    });
}

#[test]
fn people_are_found_by_household_and_by_id() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let now = rig.now();
        let found = rig.db.read(move |tx| {
            let persons: Vec<PersonId> = (0..5)
                .chain(50..60)
                .map(|number| PersonId::from_uuid(id(0xF000 + number)))
                .collect();
            let briefs = registry::person_briefs(tx, community(), &persons)?;
            assert!(briefs.iter().all(|brief| brief.called() == "夏爹"));
            let home = registry::household_of(tx, community(), persons[3], now)?;
            assert_eq!(home, Some(household(3)));
            Ok::<_, Refusal>(briefs.len())
        });
        assert_eq!(found.await.unwrap(), 5);
    });
}

#[test]
fn communities_are_numbered_in_the_order_of_their_founding() {
    each_engine(MODULES, by_token, |rig| async move {
        let now = rig.now();
        let found = rig.db.write(move |tx| {
            assert_eq!(communities::first(tx)?, None);
            for number in [7, 3, 5] {
                let id = CommunityId::from_uuid(id(number));
                communities::create(tx, id, "社区", "0737-4220000", now)?;
            }
            let third = communities::by_short_key(tx, 3)?.unwrap();
            assert_eq!(communities::by_id(tx, third.id)?, Some(third.clone()));
            Ok::<_, Refusal>((communities::first(tx)?.unwrap().id, third.id))
        });
        let ids = [7, 5].map(|number| CommunityId::from_uuid(id(number)));
        assert_eq!(found.await.unwrap(), (ids[0], ids[1]));
    });
}

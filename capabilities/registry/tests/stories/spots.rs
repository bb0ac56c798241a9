//! Choosing where a request is about: by characters, by initials, within one's reach.

use harness::{Rig, each_engine};
use registry::{SpotId, SpotKind};

use crate::world::{
    ADMINISTRATOR, CLERK, MODULES, REP, account, by_token, community, grid, household, id, settle,
    token,
};

async fn labels(rig: &Rig, who: u8, query: &str) -> Vec<String> {
    let body = rig.get(&token(who), &format!("/api/spots{query}")).await.expect(200).json();
    let spots = body.as_array().unwrap();
    spots.iter().map(|spot| spot["label"].as_str().unwrap().to_owned()).collect()
}

const PUBLIC: [&str; 5] =
    ["化肥厂小区", "化肥厂小区3栋", "化肥厂小区3栋2单元", "化肥厂小区12栋", "建设巷"];

#[test]
fn a_rep_chooses_among_public_places_and_their_own_households() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let mut expected = PUBLIC.to_vec();
        expected.push("化肥厂小区3栋2单元401");
        assert_eq!(labels(&rig, REP, "").await, expected);
        assert_eq!(labels(&rig, CLERK, "").await.len(), 10);
        rig.get(&token(ADMINISTRATOR), "/api/spots").await.expect(404);
    });
}

#[test]
fn a_place_is_found_by_characters_initials_and_full_width_digits() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        for (query, count) in [
            ("?q=3%E6%A0%8B2%E5%8D%95%E5%85%83", 5), // 3栋2单元
            ("?q=%EF%BC%93%E6%A0%8B%20401", 0),      // ３栋 401: not side by side
            ("?q=%EF%BC%91%EF%BC%92%E6%A0%8B", 2),   // １２栋
            ("?q=HFCXQ12", 2),
            ("?q=jsx", 1),
            ("?q=%25", 0),
            ("?q=_", 0),
        ] {
            assert_eq!(labels(&rig, CLERK, query).await.len(), count, "{query}");
        }
    });
}

#[test]
fn a_spot_tells_its_grid_and_rep_and_is_unknown_to_other_communities() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let now = rig.now();
        let found = rig.db.read(move |tx| {
            let spot = registry::spot(tx, community(), household(0).into(), now)?.unwrap();
            assert_eq!((spot.grid, spot.liaison), (Some(grid()), Some(account(REP))));
            assert_eq!((spot.kind, &*spot.py), (SpotKind::Household, "hfcxq3d2dy401"));
            let brief = registry::household(tx, community(), household(0), now)?.unwrap();
            assert_eq!(brief.label, spot.label);
            let lane = SpotId::from_uuid(id(5));
            let place = registry::place(tx, community(), lane, now)?.unwrap();
            assert_eq!((place.kind, place.grid), (SpotKind::Lane, None));
            assert_eq!(registry::household(tx, community(), household(77), now)?, None);
            assert_eq!(registry::place(tx, community(), household(0).into(), now)?, None);
            let elsewhere = kernel::CommunityId::from_uuid(id(0xC1));
            registry::spot(tx, elsewhere, household(0).into(), now)
        });
        assert_eq!(found.await.unwrap(), None);
    });
}

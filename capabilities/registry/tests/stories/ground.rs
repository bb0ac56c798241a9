//! The ground by hand and as a picture: what is entered, renamed, called otherwise, and drawn.

use harness::{Rig, each_engine};
use serde_json::{Value, json};

use crate::world::{
    ADMINISTRATOR, CLERK, HEAD, MODULES, REP, by_token, community, household, id, settle, token,
};

async fn building(rig: &Rig, who: u8, number: u128) -> Value {
    rig.get(&token(who), &format!("/api/buildings/{}", id(number))).await.expect(200).json()
}

fn doors(building: &Value) -> Vec<(Value, usize)> {
    let doors = building["fronts"][0]["doors"].as_array().unwrap().iter();
    let read = |door: &Value| {
        (door["room"].clone(), door["households"].as_array().map(Vec::len).unwrap_or_default())
    };
    doors.map(read).collect()
}

/// Which blocks of the compound somebody may open.
async fn opens(rig: &Rig, who: u8) -> Vec<bool> {
    let path = format!("/api/compounds/{}", id(1));
    let body = rig.get(&token(who), &path).await.expect(200).json();
    body["buildings"].as_array().unwrap().iter().map(|one| one["opens"] == true).collect()
}

/// How many households the clerk finds.
async fn count(rig: &Rig, path: &str) -> usize {
    let body = rig.get(&token(CLERK), path).await.expect(200).json();
    body["households"].as_array().unwrap().len()
}

#[test]
fn g6_a_rep_opens_their_own_doors_and_sees_the_rest_as_blank_blocks() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let seen = building(&rig, REP, 2).await;
        assert_eq!(
            doors(&seen),
            [(json!("401"), 1), (json!(null), 0), (json!(null), 0), (json!(null), 0)]
        );
        let all = [401, 402, 403, 404].map(|room: u32| (json!(room.to_string()), 1));
        assert_eq!(doors(&building(&rig, CLERK, 2).await), all);
        assert_eq!(doors(&building(&rig, HEAD, 2).await), all);
        assert_eq!(doors(&building(&rig, HEAD, 3).await), [(json!(null), 0)]);
        assert_eq!(opens(&rig, REP).await, [true, false]);
        assert_eq!(opens(&rig, HEAD).await, [true, false]);
        assert_eq!(opens(&rig, CLERK).await, [true, true]);
        rig.get(&token(ADMINISTRATOR), &format!("/api/buildings/{}", id(2))).await.expect(404);
        rig.get(&token(REP), &format!("/api/buildings/{}", id(0xBAD))).await.expect(404);
        rig.at_home(community(), "龙山港社区");
        rig.get("", &format!("/api/buildings/{}", id(2))).await.expect(401);
    });
}

#[test]
fn the_picture_leads_to_a_household_without_a_script_and_names_nobody() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let cookie = format!("lianhu={}", token(REP));
        let compound = rig.page(&cookie, &format!("/compounds/{}", id(1))).await.expect(200).text();
        assert!(compound.contains("<svg class=\"picture"), "{compound}");
        assert!(compound.contains(&format!("<a href=\"/buildings/{}\"", id(2))), "{compound}");
        assert!(!compound.contains(&format!("/buildings/{}", id(3))), "{compound}");
        let page = rig.page(&cookie, &format!("/buildings/{}", id(2))).await.expect(200).text();
        // Once in the picture and once in the list beneath it.
        assert_eq!(page.matches(&format!("/households/{}", household(0))).count(), 2);
        assert!(!page.contains("402") && !page.contains("夏"), "{page}");
    });
}

#[test]
fn a_building_is_entered_drawn_where_it_is_said_and_renamed_with_its_doors() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let clerk = token(CLERK);
        let path = format!("/api/compounds/{}/buildings", id(1));
        let body = json!({"name": "７栋", "aliases": "红楼", "floors": 7, "row": 2, "place": 3});
        rig.post(&token(REP), &path, body.clone()).await.expect(403);
        let made = rig.post(&clerk, &path, body.clone()).await.expect(201).json();
        let taken = rig.post(&clerk, &path, body).await.expect(422).json();
        assert_eq!(taken["errors"][0]["key"], "registry.name_taken");
        let refused = rig.post(&clerk, &path, json!({"name": "8栋", "row": 13})).await.expect(422);
        assert_eq!(refused.json()["errors"][0]["field"], "row");
        let shown = rig.get(&clerk, &format!("/api/compounds/{}", id(1))).await.expect(200).json();
        let blocks = shown["buildings"].as_array().unwrap();
        let seventh = blocks.iter().find(|one| one["name"] == "7栋").unwrap();
        assert_eq!((&seventh["x"], &seventh["y"]), (&json!(240), &json!(104)));
        assert_eq!(seventh["building"], made["building"]);

        let amend = format!("/api/buildings/{}/change", id(2));
        let body = json!({"name": "3号楼", "floors": 6, "has_lift": true});
        rig.post(&clerk, &amend, body).await.expect(200);
        let one = format!("/api/households/{}", household(0));
        let label = rig.get(&clerk, &one).await.expect(200).json();
        assert_eq!(label["label"], "化肥厂小区3号楼2单元401");
        let stairwell = format!("/api/buildings/{}/stairwells/{}/name", id(2), id(4));
        rig.post(&clerk, &stairwell, json!({"name": "乙单元"})).await.expect(200);
        let whole = format!("/api/compounds/{}/change", id(1));
        rig.post(&clerk, &whole, json!({"name": "化肥厂新村"})).await.expect(200);
        let label = rig.get(&clerk, &one).await.expect(200).json();
        assert_eq!(label["label"], "化肥厂新村3号楼乙单元401");
        let found = rig.get(&clerk, "/api/households?q=hfcxc").await.expect(200).json();
        assert_eq!(found["households"].as_array().unwrap().len(), 5, "found by its new initials");
        // A stairwell of another building is not renamed from here.
        let foreign = format!("/api/buildings/{}/stairwells/{}/name", id(3), id(4));
        rig.post(&clerk, &foreign, json!({"name": "1单元"})).await.expect(404);
    });
}

#[test]
fn a_place_is_found_by_what_people_also_call_it() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let clerk = token(CLERK);
        // 氮肥厂3栋
        let nicknamed = "/api/households?q=%E6%B0%AE%E8%82%A5%E5%8E%823%E6%A0%8B";
        assert_eq!(count(&rig, nicknamed).await, 4);
        assert_eq!(count(&rig, "/api/households?q=dfc3d").await, 4);
        let amend = format!("/api/buildings/{}/change", id(2));
        rig.post(&clerk, &amend, json!({"name": "3栋", "aliases": "红楼"})).await.expect(200);
        // 氮肥厂红楼
        let red = "/api/households?q=%E6%B0%AE%E8%82%A5%E5%8E%82%E7%BA%A2%E6%A5%BC";
        assert_eq!(count(&rig, red).await, 4);
        let now = rig.now();
        let called = rig
            .db
            .read(move |tx| registry::spot_called(tx, community(), "氮肥厂红楼2单元402", now));
        let called = called.await.unwrap().unwrap();
        assert_eq!(called.household(), Some(household(1)));
        let compound = format!("/api/compounds/{}/change", id(1));
        rig.post(&clerk, &compound, json!({"name": "化肥厂小区"})).await.expect(200);
        assert_eq!(count(&rig, nicknamed).await, 0, "nobody calls it so any longer");
    });
}

//! Households: who finds which, who reads which, and how new ones are entered.

use std::collections::BTreeSet;

use gate::Refusal;
use harness::{Rig, each_engine};
use registry::BuildingId;
use serde_json::json;

use crate::world::{
    ADMINISTRATOR, CLERK, HEAD, MODULES, OTHER_REP, REP, account, by_token, community, household,
    id, settle, settle_household, token,
};

#[test]
fn every_statement_is_prepared_and_the_parts_fit() {
    each_engine(MODULES, by_token, |rig| async move {
        rig.db.prepare_all(&web::house::statements(MODULES)).unwrap();
    });
}

async fn listed(rig: &Rig, who: u8) -> BTreeSet<String> {
    let body = rig.get(&token(who), "/api/households").await.expect(200).json();
    let rows = body["households"].as_array().unwrap();
    rows.iter().map(|row| row["household"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn g6_a_list_holds_exactly_what_the_policy_would_show_one_by_one() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        for (who, expected) in [
            (REP, vec![0]),
            (OTHER_REP, vec![1]),
            (HEAD, vec![0, 1, 2, 3]),
            (CLERK, vec![0, 1, 2, 3, 4]),
        ] {
            let found = listed(&rig, who).await;
            let expected: BTreeSet<String> =
                expected.into_iter().map(|number| household(number).to_string()).collect();
            assert_eq!(found, expected, "list of {who}");
            for number in 0..5 {
                let one = household(number).to_string();
                let path = format!("/api/households/{one}");
                let status = rig.get(&token(who), &path).await.status.as_u16();
                assert_eq!(status == 200, found.contains(&one), "{who} reads {number}: {status}");
            }
        }
        rig.get(&token(ADMINISTRATOR), "/api/households").await.expect(404);
    });
}

#[test]
fn the_foreign_and_the_unknown_look_the_same() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        rig.at_home(community(), "龙山港社区");
        let foreign = rig.get(&token(REP), &format!("/api/households/{}", household(1))).await;
        let unknown = rig.get(&token(REP), &format!("/api/households/{}", household(99))).await;
        let building = rig.get(&token(CLERK), &format!("/api/households/{}", id(2))).await;
        assert_eq!(foreign.expect(404).json(), unknown.expect(404).json());
        building.expect(404);
        rig.get(&token(REP), "/api/households/7").await.expect(404);
        rig.get("", &format!("/api/households/{}", household(0))).await.expect(401);
        rig.get("", &format!("/api/households/{}", household(99))).await.expect(401);
    });
}

#[test]
fn each_look_at_a_person_leaves_a_line_for_them() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let body = rig.get(&token(REP), &format!("/api/households/{}", household(0))).await;
        let body = body.expect(200).json();
        assert_eq!(body["label"], "化肥厂小区3栋2单元401");
        assert_eq!(body["grid"], "第一网格");
        assert_eq!(body["people"][0]["name"], "夏𠮷生");
        assert_eq!(body["may_add"], false);
        let subject = id(0xF000);
        let lines = rig.db.read(move |tx| gate::lines_about(tx, community(), subject));
        let lines = lines.await.unwrap();
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].actor, Some(account(REP).uuid()));
        assert_eq!(lines[0].purpose, "household.read");
        assert_eq!(lines[0].object, household(0).uuid());
    });
}

#[test]
fn the_list_is_turned_page_by_page_in_the_order_of_doors() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let now = rig.now();
        let more = move |tx: &mut db::Tx<'_>| {
            let building = BuildingId::from_uuid(id(3));
            (100..220).try_for_each(|number| {
                settle_household(tx, number, (building, None), &(number * 7).to_string(), now)
            })
        };
        rig.db.write(more).await.unwrap();
        let mut labels = Vec::new();
        let mut path = "/api/households".to_owned();
        loop {
            let body = rig.get(&token(CLERK), &path).await.expect(200).json();
            let rows = body["households"].as_array().unwrap();
            assert!(rows.len() <= 50);
            labels.extend(rows.iter().map(|row| row["label"].as_str().unwrap().to_owned()));
            let Some(next) = body["next"].as_str() else { break };
            path = format!("/api/households?after={next}");
        }
        assert_eq!(labels.len(), 125);
        // 3栋 stands before 12栋, 101 before 700, 994 before 1001.
        assert_eq!(labels[0], "化肥厂小区3栋2单元401");
        assert_eq!(labels[4], "化肥厂小区12栋101");
        assert_eq!(labels[124], "化肥厂小区12栋1533");
        assert_eq!(labels.iter().collect::<BTreeSet<_>>().len(), 125);
        rig.get(&token(CLERK), "/api/households?after=nowhere").await.expect(422);
    });
}

#[test]
fn a_household_is_entered_once_with_all_that_is_new_around_it() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let door = json!({"compound": "化肥厂小区", "building": "３栋", "stairwell": "2单元", "room": "501"});
        let clerk = token(CLERK);
        let added = rig.post_keyed(&clerk, "/api/households", door.clone(), Some("k")).await;
        let added = added.expect(201).json();
        let again = rig.post_keyed(&clerk, "/api/households", door.clone(), Some("k")).await;
        assert_eq!(again.expect(201).json(), added);
        let path = format!("/api/households/{}", added["household"].as_str().unwrap());
        let shown = rig.get(&clerk, &path).await.expect(200).json();
        assert_eq!(shown["label"], "化肥厂小区3栋2单元501");

        let taken = rig.post(&clerk, "/api/households", door.clone()).await.expect(409);
        let taken = taken.json();
        assert_eq!(taken["key"], "registry.door_taken");
        assert_eq!(taken["errors"][0]["field"], "another", "{taken}");
        let mut another = door;
        another["another"] = json!(true);
        rig.post(&clerk, "/api/households", another).await.expect(201);

        let elsewhere = json!({"compound": "新村", "building": "A座", "room": "1"});
        rig.post(&clerk, "/api/households", elsewhere.clone()).await.expect(201);
        rig.post(&token(REP), "/api/households", elsewhere).await.expect(403);
    });
}

#[test]
fn a_new_household_lies_in_the_grid_of_its_building() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let now = rig.now();
        let within = move |tx: &mut db::Tx<'_>| {
            let building = registry::SpotId::from_uuid(id(3));
            let place = (crate::world::grid(), registry::Tier::Grid);
            registry::seed::grid_membership(tx, community(), building, place, now)
        };
        rig.db.write(within).await.unwrap();
        let door = json!({"compound": "化肥厂小区", "building": "12栋", "room": "102"});
        let added = rig.post(&token(CLERK), "/api/households", door).await.expect(201).json();
        let added = added["household"].as_str().unwrap().to_owned();
        assert!(listed(&rig, HEAD).await.contains(&added));
    });
}

#[test]
fn the_form_keeps_what_was_typed_and_names_what_is_wrong() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let cookie = format!("lianhu={}", token(CLERK));
        rig.page(&cookie, "/households/new").await.expect(200);
        let typed = [("compound", "化肥厂小区"), ("building", ""), ("room", "401")];
        let page = rig.form(&cookie, "/households", &typed).await.expect(422).text();
        assert!(page.contains("化肥厂小区\""), "{page}");
        assert!(page.contains("id=\"household.add.building-error\""), "{page}");
        let typed = [("compound", "化肥厂小区"), ("building", "12栋"), ("room", "601")];
        let done = rig.form(&cookie, "/households", &typed).await.expect(303);
        let next = done.header("location").to_owned();
        let page = rig.page(&cookie, &next).await.expect(200).text();
        assert!(page.contains("化肥厂小区12栋601"), "{page}");

        let people = format!("{next}/people");
        let wrong = [("name", "罗<b>明"), ("phone", "138"), ("born_on", "2031-01-01")];
        let page = rig.form(&cookie, &people, &wrong).await.expect(422).text();
        assert!(page.contains("id=\"person.add.phone-error\""), "{page}");
        assert!(page.contains("罗&#60;b&#62;明"), "{page}");
        let right = [("name", "罗明"), ("phone", "138 0000 0001"), ("born_on", "1950-02-03")];
        rig.form(&cookie, &people, &right).await.expect(303);
        let page = rig.page(&cookie, &next).await.expect(200).text();
        assert!(page.contains("罗明") && page.contains("tel:138 0000 0001"), "{page}");
    });
}

#[test]
fn only_the_office_enters_people_and_nobody_into_what_they_do_not_see() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let person = json!({"name": "罗明"});
        let own = format!("/api/households/{}/people", household(0));
        let foreign = format!("/api/households/{}/people", household(1));
        let unknown = format!("/api/households/{}/people", household(99));
        rig.post(&token(REP), &own, person.clone()).await.expect(403);
        let foreign = rig.post(&token(REP), &foreign, person.clone()).await.expect(404);
        let unknown = rig.post(&token(REP), &unknown, person.clone()).await.expect(404);
        assert_eq!(foreign.json(), unknown.json());
        rig.post(&token(CLERK), &own, person).await.expect(201);
        let found = rig.db.read(move |tx| {
            let people = registry::persons_of(tx, community(), household(0), kernel::Instant::MAX)?;
            Ok::<_, Refusal>(people.len())
        });
        assert_eq!(found.await.unwrap(), 2);
    });
}

/// Reps know people, not doors. Who is found is told, and only within the searcher's reach.
#[test]
fn a_household_is_found_by_who_lives_there_and_they_are_told() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        for text in
            ["%E5%A4%8F", "%E5%A4%8F%E7%88%B9", "x", "xia", "%E5%A4%8F%F0%A0%AE%B7%E7%94%9F"]
        {
            let path = format!("/api/households?q={text}");
            let body = rig.get(&token(REP), &path).await.expect(200).json();
            let found = body["households"].as_array().unwrap();
            assert_eq!(found.len(), 1, "{text}: {body}");
            assert_eq!(found[0]["household"], household(0).to_string());
            assert_eq!(found[0]["found_by"], json!(["夏爹"]));
        }
        let none = rig.get(&token(REP), "/api/households?q=wang").await.expect(200).json();
        assert_eq!(none["households"], json!([]));
        let lines = |number: u128| {
            let read =
                rig.db.read(move |tx| gate::lines_about(tx, community(), id(0xF000 + number)));
            async move { read.await.unwrap() }
        };
        let told = lines(0).await;
        assert_eq!((told.len(), told[0].purpose.as_str()), (1, "household.list"));
        assert!(lines(1).await.is_empty(), "who was not shown was not seen");
    });
}

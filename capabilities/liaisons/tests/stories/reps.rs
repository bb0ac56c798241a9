//! Who holds which households, who gives them, and who stands in for whom.

use std::time::Duration;

use harness::{Rig, each_engine};
use registry::BuildingId;
use serde_json::{Value, json};

use crate::world::{
    CLERK, HEAD, MODULES, OTHER_REP, REP, account, community, household, id, identify, live,
    settle, token,
};

/// Whether somebody reads a household now.
async fn reads(rig: &Rig, who: u8, number: u128) -> bool {
    let path = format!("/api/households/{}", household(number));
    rig.get(&token(who), &path).await.status.as_u16() == 200
}

async fn list(rig: &Rig, who: u8) -> Value {
    rig.get(&token(who), "/api/liaisons").await.expect(200).json()
}

fn households_of(list: &Value, who: u8) -> &Value {
    let rows = list["liaisons"].as_array().unwrap();
    let row = rows.iter().find(|row| row["who"]["account"] == account(who).to_string());
    &row.unwrap()["households"]
}

async fn assign(rig: &Rig, who: u8, rep: u8, body: Value) -> harness::Reply {
    rig.clock.advance(Duration::from_secs(60));
    rig.post(&token(who), &format!("/api/liaisons/{}/households", account(rep)), body).await
}

#[test]
fn every_statement_is_prepared_and_the_parts_fit() {
    each_engine(MODULES, identify, |rig| async move {
        rig.db.prepare_all(&web::house::statements(MODULES)).unwrap();
    });
}

#[test]
fn g2_the_office_sees_each_reps_load_and_what_nobody_holds() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let seen = list(&rig, CLERK).await;
        assert_eq!(households_of(&seen, REP), 2);
        assert_eq!(households_of(&seen, OTHER_REP), 0);
        assert_eq!(
            seen["unheld"],
            json!([
                {"entrance": "化肥厂小区3栋2单元", "households": 2},
                {"entrance": "化肥厂小区12栋", "households": 1}
            ])
        );
        // A grid head sees what lies in their grid, a rep themselves alone.
        let seen = list(&rig, HEAD).await;
        assert_eq!(seen["unheld"], json!([{"entrance": "化肥厂小区3栋2单元", "households": 2}]));
        let seen = list(&rig, REP).await;
        assert_eq!(seen["liaisons"].as_array().unwrap().len(), 1, "{seen}");
        assert_eq!(seen["unheld"], json!([]));
        let now = rig.now();
        let more = move |tx: &mut db::Tx<'_>| {
            (100..129).try_for_each(|number| {
                live(tx, number, (BuildingId::from_uuid(id(3)), None), now)?;
                registry::seed::liaison(tx, community(), household(number), account(REP), now)
            })
        };
        rig.db.write(more).await.unwrap();
        let page = rig.page(&format!("lianhu={}", token(CLERK)), "/liaisons").await.expect(200);
        assert!(page.text().contains("户数偏多"), "31 households are many");
        let limit = "/api/liaisons/limit";
        rig.post(&token(HEAD), limit, json!({"households": 40})).await.expect(403);
        rig.post(&token(CLERK), limit, json!({"households": 4})).await.expect(422);
        rig.post(&token(CLERK), limit, json!({"households": 40})).await.expect(200);
        let page = rig.page(&format!("lianhu={}", token(CLERK)), "/liaisons").await.expect(200);
        assert!(!page.text().contains("户数偏多"), "31 are not more than 40");
    });
}

#[test]
fn a_whole_stairwell_is_given_from_a_day_and_the_past_stays() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let place = "化肥厂小区3栋2单元";
        let body = json!({"place": place, "from": "2026-11-20"});
        let done = assign(&rig, CLERK, OTHER_REP, body).await.expect(200).json();
        assert_eq!(done["households"], 4);
        assert!(reads(&rig, REP, 0).await && !reads(&rig, OTHER_REP, 0).await);
        rig.clock.set("2026-11-20T00:00:00+08:00".parse().unwrap());
        assert!(!reads(&rig, REP, 0).await && reads(&rig, OTHER_REP, 0).await);
        assert!(reads(&rig, OTHER_REP, 3).await);
        let path = format!("/api/households/{}/liaisons", household(0));
        let history = rig.get(&token(CLERK), &path).await.expect(200).json();
        assert_eq!(history["terms"][0]["liaison"]["name"], "罗明");
        assert_eq!(history["terms"][1]["liaison"]["name"], "夏桂英");
        assert_eq!(history["terms"][1]["last_day"], "2026-11-19");
        rig.get(&token(REP), &path).await.expect(404);
    });
}

#[test]
fn what_is_wrong_with_an_assignment_is_named() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let whole = "化肥厂小区3栋2单元";
        for (body, key) in [
            (json!({"place": "化肥厂小区4栋"}), "liaisons.place_unknown"),
            (json!({"place": whole, "from": "2026-11-01"}), "liaisons.day_past"),
            (json!({"place": whole, "from": "2036-11-01"}), "liaisons.day_far"),
        ] {
            let refused = assign(&rig, CLERK, REP, body).await.expect(422).json();
            assert_eq!(refused["errors"][0]["key"], key, "{refused}");
        }
        // Who is no rep is not found among the reps.
        assign(&rig, CLERK, CLERK, json!({"place": whole})).await.expect(404);
        assign(&rig, REP, REP, json!({"place": whole})).await.expect(403);
    });
}

#[test]
fn a_grid_head_gives_only_what_lies_in_their_grids() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        assign(&rig, HEAD, OTHER_REP, json!({"place": "化肥厂小区3栋"})).await.expect(200);
        for foreign in ["化肥厂小区12栋", "化肥厂小区"] {
            let body = json!({"place": foreign});
            let refused = assign(&rig, HEAD, OTHER_REP, body).await.expect(422).json();
            assert_eq!(refused["errors"][0]["key"], "liaisons.place_unknown");
        }
        assert!(!reads(&rig, OTHER_REP, 4).await);
    });
}

#[test]
fn who_stands_in_sees_the_households_for_that_time_alone() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let path = format!("/api/liaisons/{}/substitutions", account(REP));
        let body = json!({"substitute": account(OTHER_REP).to_string(),
                          "first_day": "2026-11-18", "last_day": "2026-11-19"});
        rig.post(&token(REP), &path, body.clone()).await.expect(403);
        rig.post(&token(CLERK), &path, body.clone()).await.expect(201);
        let refused = rig.post(&token(CLERK), &path, body.clone()).await.expect(422).json();
        assert_eq!(refused["errors"][0]["key"], "liaisons.away_already");
        assert!(!reads(&rig, OTHER_REP, 0).await);
        for (at, stands_in) in [
            ("2026-11-18T00:00:00+08:00", true),
            ("2026-11-19T23:59:59+08:00", true),
            ("2026-11-20T00:00:00+08:00", false),
        ] {
            rig.clock.set(at.parse().unwrap());
            assert_eq!(reads(&rig, OTHER_REP, 0).await, stands_in, "{at}");
            assert!(reads(&rig, REP, 0).await, "the rep who is away keeps their households");
            let found = rig.get(&token(OTHER_REP), "/api/households").await.expect(200).json();
            assert_eq!(
                found["households"].as_array().unwrap().len(),
                if stands_in { 2 } else { 0 }
            );
            let now = rig.now();
            let own = rig.db.read(move |tx| {
                let households = registry::households_of(tx, community(), account(OTHER_REP), now)?;
                let acting = registry::acting_liaison(
                    tx,
                    community(),
                    household(0),
                    account(OTHER_REP),
                    now,
                )?;
                Ok::<_, gate::Refusal>((households.len(), acting.is_some()))
            });
            assert_eq!(own.await.unwrap(), (if stands_in { 2 } else { 0 }, stands_in), "{at}");
        }
        // A substitution is ended by hand, and does not count as the substitute's load.
        let body = json!({"substitute": account(OTHER_REP).to_string(),
                          "first_day": "2026-11-20", "last_day": "2026-11-30"});
        rig.post(&token(HEAD), &path, body).await.expect(201);
        let seen = list(&rig, CLERK).await;
        assert_eq!(households_of(&seen, OTHER_REP), 0);
        let rows = seen["liaisons"].as_array().unwrap();
        let away = rows.iter().find_map(|row| row["away"]["substitution"].as_str()).unwrap();
        assert!(reads(&rig, OTHER_REP, 1).await);
        rig.clock.advance(Duration::from_secs(60));
        let end = format!("{path}/{away}/end");
        rig.post(&token(CLERK), &end, json!({})).await.expect(200);
        assert!(!reads(&rig, OTHER_REP, 1).await);
        rig.post(&token(CLERK), &end, json!({})).await.expect(404);
    });
}

#[test]
fn a_foreign_rep_and_an_unknown_one_look_the_same() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let foreign = format!("/api/liaisons/{}", account(OTHER_REP));
        let unknown = format!("/api/liaisons/{}", id(0xBAD));
        let foreign = rig.get(&token(REP), &foreign).await.expect(404);
        let unknown = rig.get(&token(REP), &unknown).await.expect(404);
        assert_eq!(foreign.json(), unknown.json());
        let own = format!("/api/liaisons/{}", account(REP));
        let own = rig.get(&token(REP), &own).await.expect(200).json();
        assert_eq!(own["households"].as_array().unwrap().len(), 2);
        assert_eq!(own["may"], json!([]));
        rig.get("", "/api/liaisons").await.expect(401);
    });
}

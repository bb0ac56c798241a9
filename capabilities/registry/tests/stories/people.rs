//! One person's entry: who reads what of it, corrections that lose nothing, moving and dying.

use harness::{Reply, Rig, each_engine};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::world::{
    ADMINISTRATOR, CLERK, HEAD, MODULES, OTHER_CLERK, OTHER_REP, REP, by_token, community,
    household, id, settle, token,
};

fn person(number: u128) -> Uuid {
    id(0xF000 + number)
}

async fn read(rig: &Rig, who: u8, number: u128) -> Json {
    let path = format!("/api/people/{}", person(number));
    rig.get(&token(who), &path).await.expect(200).json()
}

async fn act(rig: &Rig, who: u8, noun: &str, body: Json) -> Reply {
    rig.clock.advance(std::time::Duration::from_millis(1));
    let path = format!("/api/people/{}/{noun}", person(0));
    rig.post(&token(who), &path, body).await
}

fn correction(version: i64, name: &str) -> Json {
    json!({"version": version, "name": name, "form_of_address": "夏爹", "phone": "0737-4220002",
        "born_on": "1950-02-03"})
}

#[test]
fn each_reader_sees_what_their_task_needs() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        for who in [REP, HEAD] {
            let body = read(&rig, who, 0).await;
            assert_eq!((&body["name"], &body["phone"]), (&json!("夏𠮷生"), &json!("13800000000")));
            assert_eq!((&body["whole"], &body["may"]), (&Json::Null, &json!([])));
        }
        let body = read(&rig, CLERK, 0).await;
        assert_eq!(body["whole"]["sex"], "male");
        assert_eq!(body["home"]["label"], "化肥厂小区3栋2单元401");
        // Another rep's, another grid's, nobody's: all the same.
        for (who, whose) in [(OTHER_REP, person(0)), (HEAD, person(4)), (ADMINISTRATOR, person(0))]
        {
            let hidden = rig.get(&token(who), &format!("/api/people/{whose}")).await.expect(404);
            let absent = rig.get(&token(who), &format!("/api/people/{}", id(0xFFFF))).await;
            assert_eq!(hidden.text(), absent.expect(404).text());
        }
        let lines = rig.db.read(|tx| gate::lines_about(tx, community(), person(0))).await.unwrap();
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert!(lines.iter().all(|line| line.purpose == "person.read"));
    });
}

#[test]
fn a_correction_counts_on_what_was_read_and_keeps_what_stood_there() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let version = read(&rig, CLERK, 0).await["version"].as_i64().unwrap();
        act(&rig, CLERK, "correction", correction(version, "夏𠮷胜")).await.expect(200);
        let stale = act(&rig, OTHER_CLERK, "correction", correction(version, "夏小虎")).await;
        assert_eq!(stale.expect(409).json()["type"], "/problems/stale");
        let body = read(&rig, OTHER_CLERK, 0).await;
        assert_eq!(body["name"], "夏𠮷胜");
        assert_eq!(body["whole"]["born_on"], "1950-02-03");
        assert_eq!(body["whole"]["formers"][0]["name"], "夏𠮷生");
        assert_eq!(body["whole"]["formers"][0]["phone"], "13800000000");
        // They are found by the new name, and no longer by the old telephone.
        let found = async |typed: &str| {
            let path = format!("/api/households?q={typed}");
            let list = rig.get(&token(CLERK), &path).await.expect(200).json();
            list["households"].as_array().unwrap().len()
        };
        assert_eq!(found("%E8%83%9C").await, 1);
        assert_eq!(found("0737-4220002").await, 1);
        // What stood there is in no row to read, nor is what came.
        const KEPT: db::Sql = db::Sql {
            name: "story.corrections",
            text: "select was from person_corrections union all select detail from events",
        };
        let rows = rig.db.read(|tx| tx.rows(&KEPT, &[])).await.unwrap();
        assert_eq!(rows.len(), 2);
        for row in rows {
            assert!(!row.text(0).unwrap().contains("夏"), "{:?}", row.text(0));
        }
        let wrong = json!({"version": 9, "name": "夏", "phone": "12", "born_on": "2999-01-01"});
        let wrong = act(&rig, CLERK, "correction", wrong).await.expect(422).json();
        assert_eq!(wrong["errors"].as_array().unwrap().len(), 2);
        act(&rig, REP, "correction", correction(9, "夏小虎")).await.expect(403);
        act(&rig, OTHER_REP, "correction", correction(9, "夏小虎")).await.expect(404);
    });
}

async fn lives(rig: &Rig, number: u128) -> usize {
    let path = format!("/api/households/{}", household(number));
    let home = rig.get(&token(CLERK), &path).await.expect(200).json();
    home["people"].as_array().unwrap().len()
}

#[test]
fn somebody_moves_within_the_community_and_what_was_stays() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        rig.clock.advance(std::time::Duration::from_secs(3 * 86_400));
        let to = |version: i64, to: &str, from: &str| json!({"version": version, "to": to, "from": from});
        let version = read(&rig, CLERK, 0).await["version"].as_i64().unwrap();
        let door = "化肥厂小区12栋101";
        for (to, field) in [
            (to(version, "没有的地方", "2026-11-18"), "to"),
            (to(version, "化肥厂小区3栋", "2026-11-18"), "to"),
            (to(version, door, "2026-11-15"), "from"),
            (to(version, door, "2026-11-20"), "from"),
        ] {
            let refused = act(&rig, CLERK, "move", to).await.expect(422).json();
            assert_eq!(refused["errors"][0]["field"], field);
        }
        act(&rig, CLERK, "move", to(version, door, "2026-11-18")).await.expect(200);
        assert_eq!((lives(&rig, 0).await, lives(&rig, 4).await), (0, 2));
        let body = read(&rig, CLERK, 0).await;
        assert_eq!(body["home"]["label"], door);
        assert_eq!(body["whole"]["homes"][0]["until"], "2026-11-18T00:00:00+08:00");
        // The rep of the old door does not read them any longer.
        rig.get(&token(REP), &format!("/api/people/{}", person(0))).await.expect(404);
    });
}

/// P21: lists drop who died within one request.
#[test]
fn who_died_is_on_no_list_at_the_very_next_request() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let version = read(&rig, CLERK, 0).await["version"].as_i64().unwrap();
        let died = json!({"version": version, "why": "died", "on": "2026-11-16"});
        rig.clock.advance(std::time::Duration::from_secs(1));
        act(&rig, CLERK, "leave", died).await.expect(200);
        assert_eq!(lives(&rig, 0).await, 0);
        let body = read(&rig, CLERK, 0).await;
        assert_eq!(body["died_on"], "2026-11-16");
        assert_eq!(body["home"], Json::Null);
        rig.get(&token(REP), &format!("/api/people/{}", person(0))).await.expect(404);
        let (cookie, path) = (format!("lianhu={}", token(CLERK)), format!("/people/{}", person(0)));
        assert!(rig.page(&cookie, &path).await.expect(200).text().contains("去世"));
    });
}

#[test]
fn s7_a_citizen_number_names_the_duty_and_shows_its_end() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let number = |version: i64, number: &str| json!({"version": version, "number": number, "needed_for": "pension"});
        // A number of the reserved test block, born 1949-12-31.
        let good = "11010519491231002X";
        let refused = act(&rig, CLERK, "citizen-number", number(1, "110105194912310021")).await;
        assert_eq!(refused.expect(422).json()["errors"][0]["field"], "number");
        let bare = json!({"version": 1, "number": good});
        let refused = act(&rig, CLERK, "citizen-number", bare).await.expect(422).json();
        assert_eq!(refused["errors"][0]["field"], "needed_for");
        act(&rig, CLERK, "citizen-number", number(1, good)).await.expect(200);
        let body = read(&rig, CLERK, 0).await;
        assert_eq!(body["whole"]["citizen_number"], "**************002X");
        assert_eq!(body["whole"]["needed_for"], "pension");
        let path = format!("/api/people/{}/citizen-number", person(1));
        let refused = rig.post(&token(CLERK), &path, number(1, good)).await.expect(422).json();
        assert_eq!(refused["errors"][0]["key"], "registry.number_taken");
        let born = json!({"version": body["version"], "name": "夏𠮷生", "born_on": "1950-02-03"});
        act(&rig, CLERK, "correction", born).await.expect(200);
        let version = read(&rig, CLERK, 0).await["version"].as_i64().unwrap();
        let refused = act(&rig, CLERK, "citizen-number", number(version, good)).await;
        assert_eq!(refused.expect(422).json()["errors"][0]["key"], "registry.number_other_birth");
    });
}

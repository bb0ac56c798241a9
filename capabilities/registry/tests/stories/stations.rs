//! Service stations: what the office posts, everybody reads.

use harness::each_engine;
use serde_json::{Value, json};

use crate::world::{CLERK, HEAD, MODULES, REP, by_token, community, id, settle, token};

fn station() -> Value {
    let work = "8:30-12:00 14:30-17:30";
    json!({"name": "化肥厂党群服务站", "address": "化肥厂小区2栋1楼", "phone": "0737-0000003",
           "offers": "医保缴费、打印", "duty": "周一 王干事", "monday": work, "tuesday": work,
           "wednesday": work, "thursday": work, "friday": work, "saturday": "9:00-11:00",
           "holidays_off": true})
}

#[test]
fn what_the_office_posts_everybody_reads_without_an_account() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        rig.at_home(community(), "龙山港社区");
        let clerk = token(CLERK);
        for who in [REP, HEAD] {
            rig.post(&token(who), "/api/stations", station()).await.expect(403);
        }
        let made = rig.post(&clerk, "/api/stations", station()).await.expect(201).json();
        let page = rig.page("", "/stations").await.expect(200).text();
        for words in [
            "化肥厂党群服务站",
            "化肥厂小区2栋1楼",
            "周一到周五 8:30-12:00、14:30-17:30",
            "周日 不开",
            "周一 王干事",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        // Monday at nine, at noon, on a Sunday, on the National Day, which is a Thursday.
        for (at, today, now) in [
            ("2026-11-16T09:00:00+08:00", true, true),
            ("2026-11-16T12:00:00+08:00", true, false),
            ("2026-11-22T09:00:00+08:00", false, false),
            ("2026-10-01T09:00:00+08:00", false, false),
        ] {
            rig.clock.set(at.parse().unwrap());
            let all = rig.get("", "/api/stations").await.expect(200).json();
            let one = &all["stations"][0];
            assert_eq!(
                (&one["opens_today"], &one["is_open"]),
                (&json!(today), &json!(now)),
                "{at}"
            );
        }
        let path = format!("/api/stations/{}", made["station"].as_str().unwrap());
        rig.get("", &path).await.expect(401);
        rig.get(&token(REP), &path).await.expect(404);
        let shown = rig.get(&clerk, &path).await.expect(200).json();
        assert_eq!(shown["hours"][5], "9:00-11:00");
        let mut amended = station();
        amended["name"] = json!("化肥厂便民站");
        rig.post(&clerk, &format!("{path}/change"), amended).await.expect(200);
        let all = rig.get("", "/api/stations").await.expect(200).json();
        assert_eq!(all["stations"][0]["name"], "化肥厂便民站");
        rig.post(&clerk, &format!("{path}/closing"), json!({})).await.expect(200);
        rig.post(&clerk, &format!("{path}/closing"), json!({})).await.expect(404);
        let all = rig.get("", "/api/stations").await.expect(200).json();
        assert_eq!(all["stations"], json!([]));
        rig.post(&clerk, &format!("/api/stations/{}/closing", id(0xBAD)), json!({}))
            .await
            .expect(404);
    });
}

#[test]
fn every_line_of_hours_that_is_wrong_is_named_on_the_form() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let mut wrong = station();
        (wrong["monday"], wrong["sunday"]) = (json!("上午"), json!("12:00-8:00"));
        let refused = rig.post(&token(CLERK), "/api/stations", wrong).await.expect(422).json();
        let fields: Vec<&str> = refused["errors"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|one| one["field"].as_str())
            .collect();
        assert_eq!(fields, ["monday", "sunday"]);
        let cookie = format!("lianhu={}", token(CLERK));
        let typed = [
            ("name", "便民站"),
            ("address", "2栋"),
            ("phone", "0737-0000003"),
            ("offers", "打印"),
            ("monday", "8点"),
        ];
        let page = rig.form(&cookie, "/stations", &typed).await.expect(422).text();
        assert!(page.contains("id=\"station.enter.monday-error\""), "{page}");
        assert!(page.contains("value=\"8点\""), "{page}");
    });
}

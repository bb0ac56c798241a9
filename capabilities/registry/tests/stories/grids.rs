//! Grids by hand: codes that fit, boundaries from a day on, and the cards everybody reads.

use std::time::Duration;

use harness::{Rig, each_engine};
use serde_json::{Value, json};

use crate::world::{
    ADMINISTRATOR, CLERK, HEAD, MODULES, REP, by_token, community, grid, household, id, settle,
    token,
};

async fn enter(rig: &Rig, body: Value) -> String {
    let made = rig.post(&token(CLERK), "/api/grids", body).await.expect(201).json();
    made["grid"].as_str().unwrap().to_owned()
}

async fn households(rig: &Rig, path: &str) -> u64 {
    let shown = rig.get(&token(CLERK), path).await.expect(200).json();
    shown["households"].as_u64().unwrap()
}

#[test]
fn codes_fit_their_scheme_and_the_community() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let clerk = token(CLERK);
        let own = "/api/grids/community-code";
        let refused = rig.post(&clerk, own, json!({"code": "430903006"})).await.expect(422).json();
        assert_eq!(refused["errors"][0]["key"], "registry.community_code");
        rig.post(&token(HEAD), own, json!({"code": "430903006999"})).await.expect(403);
        rig.post(&clerk, own, json!({"code": "430903006999"})).await.expect(200);
        let path = format!("/api/grids/{}/change", grid());
        let amend =
            |scheme: &str, code: &str| json!({"name": "第一网格", "scheme": scheme, "code": code});
        for (scheme, code, key) in [
            ("CN-15", "43090300699900", "fault.grid_code_digits"),
            ("CN-15", "430903006998001", "registry.code_elsewhere"),
            ("CN-17", "430903006999001", "fault.grid_scheme"),
        ] {
            let refused = rig.post(&clerk, &path, amend(scheme, code)).await.expect(422).json();
            assert_eq!(refused["errors"][0]["key"], key, "{refused}");
        }
        rig.post(&clerk, &path, amend("CN-15", "430903006999001")).await.expect(200);
        let all = rig.get(&clerk, "/api/grids").await.expect(200).json();
        assert_eq!(all["community_code"], "430903006999");
        assert_eq!(all["grids"][0]["code"], "430903006999001");
        rig.get(&token(REP), "/api/grids").await.expect(404);
        rig.get(&token(ADMINISTRATOR), &format!("/api/grids/{}", grid())).await.expect(404);
    });
}

#[test]
fn g1_a_boundary_moves_from_a_day_and_the_past_stays() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let second = enter(&rig, json!({"name": "第二网格"})).await;
        rig.clock.advance(Duration::from_secs(60));
        let draw = format!("/api/grids/{second}/places");
        let body = json!({"place": "化肥厂小区3栋2单元401", "from": "2026-11-20"});
        rig.post(&token(HEAD), &draw, body.clone()).await.expect(403);
        let drawn = rig.post(&token(CLERK), &draw, body).await.expect(200).json();
        assert_eq!(drawn["households"], 1);
        let (first, second) = (format!("/api/grids/{}", grid()), format!("/api/grids/{second}"));
        assert_eq!(households(&rig, &first).await, 4);
        rig.clock.set("2026-11-20T00:00:00+08:00".parse().unwrap());
        assert_eq!(households(&rig, &first).await, 3);
        assert_eq!(households(&rig, &second).await, 1);
        assert_eq!(households(&rig, &format!("{first}?on=2026-11-18")).await, 4);
        let one = format!("/api/households/{}", household(0));
        rig.get(&token(HEAD), &one).await.expect(404);
    });
}

#[test]
fn g1_a_mini_grid_lies_within_its_grid() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let mini = enter(&rig, json!({"name": "一网一格", "within": grid().to_string()})).await;
        let deeper = json!({"name": "一网一格一", "within": mini});
        rig.post(&token(CLERK), "/api/grids", deeper).await.expect(422);
        rig.clock.advance(Duration::from_secs(60));
        let draw = format!("/api/grids/{mini}/places");
        let inside = json!({"place": "化肥厂小区3栋2单元"});
        let drawn = rig.post(&token(CLERK), &draw, inside).await.expect(200).json();
        assert_eq!(drawn["households"], 4);
        let outside = json!({"place": "化肥厂小区12栋"});
        let refused = rig.post(&token(CLERK), &draw, outside).await.expect(422).json();
        assert_eq!(refused["errors"][0]["key"], "registry.outside_grid");
        // What leaves the grid leaves its mini-grid at the same moment.
        let second = enter(&rig, json!({"name": "第二网格"})).await;
        rig.clock.advance(Duration::from_secs(60));
        let away = json!({"place": "化肥厂小区3栋2单元401"});
        rig.post(&token(CLERK), &format!("/api/grids/{second}/places"), away).await.expect(200);
        assert_eq!(households(&rig, &format!("/api/grids/{mini}")).await, 3);
        assert_eq!(households(&rig, &format!("/api/grids/{}", grid())).await, 3);
    });
}

#[test]
fn g4_a_card_is_posted_for_everybody_and_its_own_head_keeps_it_current() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        rig.at_home(community(), "龙山港社区");
        let card = json!({"bounds": "东到建设巷，西到围墙", "worker": "网格员 李师傅",
                          "contact": "0737-0000001", "supervision": "0737-0000002"});
        let path = format!("/api/grids/{}/card", grid());
        rig.post(&token(REP), &path, card.clone()).await.expect(404);
        rig.post(&token(HEAD), &path, card.clone()).await.expect(200);
        let other = enter(&rig, json!({"name": "第二网格"})).await;
        rig.post(&token(HEAD), &format!("/api/grids/{other}/card"), card.clone()).await.expect(403);
        let mut wrong = card;
        wrong["contact"] = json!("李师傅");
        let refused = rig.post(&token(CLERK), &path, wrong).await.expect(422).json();
        assert_eq!(refused["errors"][0]["field"], "contact");
        let page = rig.page("", "/grid-cards").await.expect(200).text();
        for words in ["第一网格", "网格员 李师傅", "tel:0737-0000001", "0737-0000002"] {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(!page.contains("夏"), "nobody of the register stands on it");
        let none = format!("/grid-cards?grid={}", id(0xBAD));
        assert!(rig.page("", &none).await.expect(200).text().contains("还没有贴出来"));
        // Everybody who works here reads them too.
        rig.get(&token(ADMINISTRATOR), "/api/grid-cards").await.expect(200);
    });
}

#[test]
fn the_pages_of_grids_take_forms_without_a_script() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let cookie = format!("lianhu={}", token(CLERK));
        rig.page(&cookie, "/grids").await.expect(200);
        let path = format!("/grids/{}", grid());
        let page = rig.page(&cookie, &format!("{path}?on=2026-11-01")).await.expect(200).text();
        assert!(page.contains("里面还没有住户"), "{page}");
        let wrong = [("name", "第一网格"), ("scheme", "CN-20"), ("code", "12")];
        let page = rig.form(&cookie, &format!("{path}/change"), &wrong).await.expect(422).text();
        assert!(page.contains("id=\"grid.amend.code-error\""), "{page}");
    });
}

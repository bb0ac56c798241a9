//! What a program meets at the edge: everything wrong at once, addresses of what was made, and a
//! document that says what each operation is for.

use axum::body::Body;
use harness::Reply;
use serde_json::{Value as Json, json};

use crate::world::{
    Who::{Administrator, Clerk},
    World, tell, text,
};

async fn send(
    world: &World,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Reply {
    let body = Body::from(body.to_owned());
    world.rig.send(harness::request(method, path, &Clerk.token(), headers, body)).await
}

const JSON: (&str, &str) = ("content-type", "application/json");

#[test]
fn every_field_that_is_wrong_is_named() {
    tell(|world| async move {
        let body = json!({ "colour": "red", "nature": "rude", "confidential": "perhaps" });
        let problem = world.post(Clerk, "/api/requests", body).await.expect(422).json();
        let mut named: Vec<String> = problem["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| format!("{} {}", text(&one["field"]), text(&one["key"])))
            .collect();
        named.sort();
        assert_eq!(
            named,
            [
                "colour fault.unknown_field",
                "confidential fault.wrong_type",
                "nature fault.unknown_choice",
                "text fault.missing",
            ]
        );
    });
}

#[test]
fn the_edge_says_what_it_did_not_understand() {
    tell(|world| async move {
        let problem = send(&world, "POST", "/api/requests", &[JSON], "{\n  \"text\": oops}").await;
        let problem = problem.expect(422).json();
        assert_eq!(problem["errors"][0]["key"], "fault.not_json");
        assert!(text(&problem["errors"][0]["message"]).contains("第 2 行"), "{problem}");
        let keyed = [JSON, ("idempotency-key", "")];
        let problem = send(&world, "POST", "/api/requests", &keyed, r#"{"text": "灯"}"#).await;
        assert_eq!(problem.expect(422).json()["errors"][0]["field"], "Idempotency-Key");
        let problem = send(&world, "DELETE", "/api/requests", &[], "").await.expect(405).json();
        assert!(text(&problem["detail"]).contains("Allow"), "{problem}");
        let kind = ("content-type", "text/plain");
        let problem = send(&world, "POST", "/api/requests", &[kind], "灯").await.expect(415).json();
        assert!(!text(&problem["title"]).contains("文件"), "{problem}");
        world.get(Clerk, "/api/requests?limit=0").await.expect(422);
        world.get(Clerk, "/api/requests?limit=1").await.expect(200);
    });
}

#[test]
fn what_was_made_has_an_address() {
    tell(|world| async move {
        let made =
            world.post(Clerk, "/api/requests", json!({ "text": "灯坏了" })).await.expect(201);
        let address = made.header("location").to_owned();
        assert_eq!(address, format!("/api/requests/{}", text(&made.json()["id"])));
        world.get(Clerk, &address).await.expect(200);
    });
}

#[test]
fn the_terms_of_the_clocks_are_an_object() {
    tell(|world| async move {
        let shown = world.get(Administrator, "/api/clocks").await.expect(200).json();
        let terms: Json = serde_json::from_str(&text(&shown["terms"])).unwrap();
        let edition =
            json!({ "version": "2026-12", "calendar": shown["calendar"], "terms": terms });
        let again = edition.clone();
        world.post(Administrator, "/api/clocks", edition).await.expect(201);
        world.moment();
        let problem = world.post(Administrator, "/api/clocks", again).await.expect(422).json();
        assert_eq!(problem["errors"][0]["key"], "rule.clocks_version_taken");
    });
}

#[test]
fn the_document_says_what_every_operation_is_for() {
    tell(|world| async move {
        let document = world.get(Clerk, "/api/openapi.json").await.expect(200).json();
        let mut operations = 0;
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let said = operation["summary"].as_str().unwrap_or_default();
                assert!(!said.is_empty(), "{method} {path} says nothing");
                assert!(operation["responses"]["404"].is_object(), "{method} {path}");
                assert_eq!(operation["responses"]["409"].is_object(), method == "post", "{path}");
                operations += 1;
            }
        }
        assert!(operations > 40, "{operations}");
        let clocks = &document["paths"]["/api/clocks"]["post"]["requestBody"];
        let terms = &clocks["content"]["application/json"]["schema"]["properties"]["terms"];
        assert_eq!(terms["type"], "object", "{clocks}");
    });
}

#[test]
fn nobody_is_led_to_a_list_they_do_not_have() {
    tell(|world| async move {
        let page = world.rig.page(&Administrator.cookie(), "/").await.expect(200).text();
        assert!(!page.contains("role=\"search\""), "{page}");
        let page = world.rig.page(&Clerk.cookie(), "/").await.expect(200).text();
        assert!(page.contains("role=\"search\""), "{page}");
    });
}

//! Requests that hang together: the same matter, and matters of several parts.

use serde_json::json;

use crate::world::{
    Who::{Clerk, Head, OtherClerk, Rep},
    World, happy, steps, tell, text,
};

#[test]
fn r14_a_merged_request_keeps_every_right_of_its_petitioner() {
    tell(|world| async move {
        let main = world.in_progress().await;
        let filed = world.file(Clerk, json!({ "text": "楼道灯还是不亮" })).await;
        let follower = text(&filed["id"]);
        let number = text(&world.read(Clerk, &main).await["number"]);
        let done = world.done(Clerk, &follower, "merge", json!({ "into": number })).await;
        assert_eq!(done["stage"], "merged");
        let body = world.read(Clerk, &main).await;
        assert_eq!(body["followers"][0]["id"], follower);
        assert!(steps(&body).contains(&"join".to_owned()));

        world.done(Clerk, &main, "answer", json!({ "text": "灯已换好" })).await;
        let told = world.read(Clerk, &follower).await;
        assert_eq!(
            (&told["stage"], &told["answer"]["words"]),
            (&json!("answered"), &json!("灯已换好"))
        );
        assert!(steps(&told).contains(&"follow".to_owned()));

        // Each is verified by itself: one is content, the other is not.
        world.done(OtherClerk, &main, "verification", happy()).await;
        let code = text(&filed["query_code"]);
        let unhappy = [("solved", "false"), ("satisfied", "false")];
        let path = format!("/q/{code}/verification");
        world.form("", &path, &unhappy).await.expect(303);
        assert_eq!(world.stage(&follower).await, "reopen_requested");
        assert_eq!(world.stage(&main).await, "answered");
    });
}

#[test]
fn what_may_not_be_merged_is_refused() {
    tell(|world| async move {
        let (one, other) = (world.filed(Clerk).await, world.filed(Clerk).await);
        let into = |id: &str| json!({ "into": id });
        assert_eq!(world.refused(Clerk, &one, "merge", into(&one)).await, "rule.merge_into_itself");
        world.done(Clerk, &one, "merge", into(&other)).await;
        let third = world.filed(Clerk).await;
        let key = world.refused(Clerk, &third, "merge", into(&one)).await;
        assert_eq!(key, "rule.merge_into_merged");
        let closed = world.closed().await;
        let key = world.refused(Clerk, &third, "merge", into(&closed)).await;
        assert_eq!(key, "rule.merge_into_closed");
        for unknown in ["2026-999999", "here", "018bcfe5-687b-774b-abab-abababababab"] {
            let problem = world.act(Clerk, &third, "merge", into(unknown)).await.expect(422).json();
            assert_eq!(problem["errors"][0]["key"], "fault.unknown_request");
        }
        let done = world.done(Clerk, &one, "unmerging", json!({})).await;
        assert_eq!(done["stage"], "received");
    });
}

#[test]
fn the_same_matter_joins_while_it_is_filed() {
    tell(|world| async move {
        let main = world.filed(Clerk).await;
        let body = json!({ "text": "楼道的灯坏了", "same_as": main });
        let filed = world.file(Clerk, body).await;
        assert_eq!(filed["stage"], "merged");
        assert!(filed["query_code"].is_string());
        let hidden = world.file(Rep, json!({ "text": "我家的事", "accused": Clerk.uuid() })).await;
        let body = json!({ "text": "楼道的灯坏了", "same_as": hidden["id"] });
        world.post(Clerk, "/api/requests", body).await.expect(422);
    });
}

async fn split(world: &World) -> (String, Vec<String>) {
    let whole = world.in_progress().await;
    let parts = json!({ "parts": [
        { "text": "换楼道灯", "topic": "A01", "assign_to": Head.uuid() },
        { "text": "查漏电", "topic": "E02" },
    ]});
    let done = world.done(Clerk, &whole, "children", parts).await;
    assert_eq!(done["stage"], "waiting");
    let children = done["children"].as_array().unwrap().iter();
    (whole, children.map(|child| text(&child["id"])).collect())
}

async fn finish(world: &World, part: &str) {
    world.done(Clerk, part, "answer", json!({ "text": "办好了" })).await;
    world.done(OtherClerk, part, "verification", happy()).await;
    world.done(OtherClerk, part, "closure", json!({})).await;
}

#[test]
fn a_parent_waits_for_its_parts_and_goes_on_with_the_last() {
    tell(|world| async move {
        let (whole, parts) = split(&world).await;
        let body = world.read(Clerk, &whole).await;
        assert_eq!(body["children"].as_array().unwrap().len(), 2);
        assert_eq!(world.read(Clerk, &parts[0]).await["parent"]["id"], whole);
        assert_eq!(world.read(Clerk, &parts[0]).await["offered_to"]["id"], Head.uuid());
        let answer = json!({ "text": "都好了" });
        world.refused(Clerk, &whole, "answer", answer.clone()).await;
        finish(&world, &parts[0]).await;
        assert_eq!(world.stage(&whole).await, "waiting");
        finish(&world, &parts[1]).await;
        assert_eq!(world.stage(&whole).await, "in_progress");
        world.done(Clerk, &whole, "answer", answer).await;
    });
}

#[test]
fn there_are_no_parts_of_parts_and_not_too_many() {
    tell(|world| async move {
        let (_, parts) = split(&world).await;
        let two = json!({ "parts": [{ "text": "一" }, { "text": "二" }] });
        let key = world.refused(Clerk, &parts[1], "children", two).await;
        assert_eq!(key, "rule.child_of_child");
        let whole = world.in_progress().await;
        let many: Vec<_> = (0..11).map(|number| json!({ "text": number.to_string() })).collect();
        world.act(Clerk, &whole, "children", json!({ "parts": many })).await.expect(422);
        let one = json!({ "parts": [{ "text": "一" }] });
        let key = world.refused(Clerk, &whole, "children", one).await;
        assert_eq!(key, "rule.too_few_parts");
    });
}

#[test]
fn parts_go_with_the_whole_that_is_withdrawn() {
    tell(|world| async move {
        let (whole, parts) = split(&world).await;
        let told = json!({ "reason": "居民不要了", "told_by": "夏爹在电话里说" });
        world.done(OtherClerk, &whole, "withdrawal", told).await;
        for part in &parts {
            let body = world.read(Clerk, part).await;
            assert_eq!((&body["stage"], &body["outcome"]), (&json!("closed"), &json!("withdrawn")));
        }
    });
}

#[test]
fn every_faulty_part_is_named() {
    tell(|world| async move {
        let request = world.in_progress().await;
        let parts = json!({ "parts": [
            { "text": "量尺寸", "topic": "Z99" }, { "text": "好" }, { "text": "" },
        ] });
        let problem = world.act(Clerk, &request, "children", parts).await.expect(422).json();
        let named: Vec<&str> = problem["errors"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|one| one["field"].as_str())
            .collect();
        assert_eq!(named, ["parts[0].topic", "parts[2].text"]);
    });
}

#[test]
fn a_wrong_method_is_answered_in_the_form_of_the_address() {
    tell(|world| async move {
        let request = world.in_progress().await;
        let path = format!("/requests/{request}/answer");
        let problem = world.get(Clerk, &format!("/api{path}")).await.expect(405);
        assert_eq!(problem.header("content-type"), "application/problem+json");
        assert_eq!(problem.header("allow"), "POST");
        assert_eq!(problem.json()["type"], "/problems/method");
        let page = world.rig.page(&Clerk.cookie(), &path).await.expect(405).text();
        assert!(page.contains("请从首页进去"), "a page says where to go");
    });
}

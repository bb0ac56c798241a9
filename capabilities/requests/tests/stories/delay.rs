//! More time and less: extensions, pauses, and what goes up by itself when it is late.

use serde_json::json;

use crate::world::{
    Who::{Clerk, Head, OtherClerk, Rep, Secretary},
    may, steps, tell, text,
};

#[test]
fn r10_an_extension_is_asked_by_one_and_granted_by_another_once() {
    tell(|world| async move {
        let request = world.in_progress().await;
        let asked =
            |told: bool| json!({ "until_on": "2026-11-27", "reason": "等配件", "told": told });
        world.refused(Clerk, &request, "extension", asked(false)).await;
        world.done(Clerk, &request, "extension", asked(true)).await;
        world
            .act(Clerk, &request, "extension/decision", json!({ "grant": true }))
            .await
            .expect(403);
        world.refused(Secretary, &request, "extension/decision", json!({ "grant": false })).await;
        world.done(Secretary, &request, "extension/decision", json!({ "grant": true })).await;
        let body = world.read(Clerk, &request).await;
        assert_eq!(body["extension"], json!(null));
        let answer = body["promises"].as_array().unwrap().iter();
        let answer = answer.clone().find(|promise| promise["clock"] == "answer").unwrap();
        assert_eq!(answer["due_at"], "2026-11-28T00:00:00+08:00");
        let key = world.refused(Clerk, &request, "extension", asked(true)).await;
        assert_eq!(key, "rule.extension_only_once");
    });
}

#[test]
fn a_pause_has_a_reason_the_resident_was_told_and_ends_by_itself() {
    tell(|world| async move {
        let request = world.in_progress().await;
        let pause = |told: bool| json!({ "reason": "material", "told": told });
        world.refused(Clerk, &request, "pause", pause(false)).await;
        let paused = world.done(Clerk, &request, "pause", pause(true)).await;
        assert_eq!(paused["stage"], "waiting");
        let body = world.read(Clerk, &request).await;
        assert_eq!(body["pause"]["reason"], "material");
        assert_eq!(body["timeline"][2]["word"], "pause_reason.material");
        assert_eq!(world.round().await, 0);
        world.advance(40);
        assert!(world.round().await > 0);
        assert_eq!(world.stage(&request).await, "in_progress");
        let body = world.read(Clerk, &request).await;
        let resumed = body["timeline"].as_array().unwrap().iter();
        let resumed = resumed.clone().find(|step| step["what"] == "resume").unwrap();
        assert_eq!((&resumed["who"], &resumed["whose"]), (&json!(null), &json!("system")));
    });
}

#[test]
fn a_pause_for_parts_is_made_by_splitting() {
    tell(|world| async move {
        let request = world.in_progress().await;
        let pause = json!({ "reason": "children", "told": true });
        let key = world.refused(Clerk, &request, "pause", pause).await;
        assert_eq!(key, "rule.pause_by_splitting");
    });
}

#[test]
fn what_is_late_goes_up_layer_by_layer_by_itself() {
    tell(|world| async move {
        let filed = world.file(Rep, json!({ "text": "帮忙跑腿代买药", "topic": "H04" })).await;
        let request = crate::world::text(&filed["id"]);
        assert_eq!(world.read(Rep, &request).await["layer"], "rep");
        assert_eq!(world.round().await, 0);
        world.rig.clock.advance(std::time::Duration::from_secs(3 * 3_600));
        assert_eq!(world.round().await, 1);
        assert_eq!(world.read(Rep, &request).await["layer"], "grid");
        assert_eq!(world.round().await, 0, "the next step takes a working day more");
        world.advance(1);
        assert_eq!(world.round().await, 1);
        let body = world.read(Rep, &request).await;
        assert_eq!(body["layer"], "community");
        assert_eq!(steps(&body), ["file", "escalate", "escalate"]);
        assert_eq!(body["timeline"][1]["word"], "layer.grid");
        world.advance(30);
        assert_eq!(world.round().await, 1, "the highest layer is told");
        let body = world.read(Rep, &request).await;
        assert_eq!(body["layer"], "community", "calling a department is a person's decision");
        assert_eq!(world.round().await, 0, "once");
    });
}

#[test]
fn only_the_program_escalates() {
    tell(|world| async move {
        let request = world.in_progress().await;
        for who in [Rep, Head, Clerk, OtherClerk, Secretary] {
            let path = format!("/api/requests/{request}");
            let reply = world.get(who, &path).await;
            if reply.status.is_success() {
                assert!(!may(&reply.json()).contains(&"request.escalate".into()), "{who:?}");
            }
        }
    });
}

#[test]
fn what_is_late_at_the_top_is_entered_once_for_each_promise() {
    tell(|world| async move {
        let request = text(&world.file(Clerk, json!({ "text": "停水了" })).await["id"]);
        assert_eq!(world.read(Clerk, &request).await["layer"], "external");
        world.advance(1);
        assert_eq!(world.round().await, 1);
        assert_eq!(world.round().await, 0);
        world.triaged(&request, Clerk).await;
        world.advance(40);
        // Contact and answer ran out together.
        assert_eq!(world.round().await, 1);
        assert_eq!(world.round().await, 0);
        let body = world.read(Clerk, &request).await;
        assert_eq!(steps(&body), ["file", "escalate", "triage", "escalate"]);
        assert_eq!(body["timeline"][1]["word"], "escalated.top");
    });
}

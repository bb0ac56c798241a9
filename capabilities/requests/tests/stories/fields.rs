//! A rule that minds something given says where it stands: in the problem, and at the field of
//! the form.

use serde_json::{Value as Json, json};

use crate::world::{
    Who::{self, Clerk, OtherClerk, Rep, Secretary},
    World, household, tell, text,
};

/// The rule's key and the field it names.
async fn refused(world: &World, who: Who, request: &str, noun: &str, body: Json) -> (Json, Json) {
    let problem = world.act(who, request, noun, body).await.expect(409).json();
    let error = &problem["errors"][0];
    assert_eq!(error["key"], problem["key"], "{problem}");
    assert_eq!(error["message"], problem["detail"], "{problem}");
    (problem["key"].clone(), error["field"].clone())
}

/// An act, what is sent with it, the rule that refuses it, and the field that is to blame.
type Wrong = (&'static str, Json, &'static str, &'static str);

fn wrong_about_time() -> Vec<Wrong> {
    let extension = |day: &str| json!({ "until_on": day, "reason": "等", "told": true });
    let pause = |day: &str| json!({ "until_on": day, "reason": "material", "told": true });
    let untold = json!({ "until_on": "2026-11-27", "reason": "等" });
    let parts = json!({ "reason": "children", "told": true });
    vec![
        ("extension", untold, "petitioner_not_told", "told"),
        ("extension", extension("2026-11-16"), "extension_not_later", "until_on"),
        ("extension", extension("2027-11-16"), "extension_too_long", "until_on"),
        ("pause", json!({ "reason": "material" }), "petitioner_not_told", "told"),
        ("pause", pause("2026-11-15"), "pause_not_ahead", "until_on"),
        ("pause", pause("2027-11-15"), "pause_too_long", "until_on"),
        ("pause", parts, "pause_by_splitting", "reason"),
    ]
}

fn wrong_about_handling(closed: &str) -> Vec<Wrong> {
    let redirected = json!({ "text": "归城管", "kind": "redirected", "redirect_to": "城管" });
    let named = json!({ "text": "好", "redirect_to": "城管" });
    let common = json!({ "mode": "common", "reason": "改" });
    let unsaid = json!({ "mode": "assisted", "helper": "物业" });
    let today = json!({
        "mode": "self", "reason": "改", "guidance": "关阀", "follow_up_on": "2026-11-16",
    });
    let one = json!({ "parts": [{ "text": "一件" }] });
    vec![
        ("answer", redirected, "r16_redirect_needs_contact", "redirect_contact"),
        ("answer", named, "redirect_only_when_redirected", "kind"),
        ("assignment", json!({ "to": Clerk.uuid() }), "already_lead", "to"),
        ("triage", common, "r3_common_needs_task", "task"),
        ("triage", unsaid, "r3_change_needs_reason", "reason"),
        ("triage", today, "follow_up_not_ahead", "follow_up_on"),
        ("merge", json!({ "into": closed }), "merge_into_closed", "into"),
        ("children", one, "too_few_parts", "parts"),
    ]
}

#[test]
fn a_rule_names_the_field_it_is_about() {
    tell(|world| async move {
        let request = &world.in_progress().await;
        let closed = &world.closed().await;
        let wrong = wrong_about_time().into_iter().chain(wrong_about_handling(closed));
        for (noun, body, key, field) in wrong {
            let told = refused(&world, Clerk, request, noun, body).await;
            assert_eq!(told, (json!(format!("rule.{key}")), json!(field)), "{noun}");
        }
        // What is about nothing given names no field.
        let late = world.act(Clerk, closed, "answer", json!({ "text": "好" })).await;
        let late = late.expect(409).json();
        assert_eq!((&late["key"], &late["errors"]), (&json!("rule.not_in_stage"), &json!([])));
    });
}

#[test]
fn a_decision_without_its_reason_and_a_part_with_a_wrong_topic_name_their_field() {
    tell(|world| async move {
        let request = &world.in_progress().await;
        let asked = json!({ "until_on": "2026-11-27", "reason": "等配件", "told": true });
        world.done(Clerk, request, "extension", asked).await;
        let no = json!({ "grant": false });
        let (_, field) = refused(&world, Secretary, request, "extension/decision", no).await;
        assert_eq!(field, "reason");
        let parts = json!({ "parts": [{ "text": "量尺寸" }, { "text": "补贴", "topic": "Z99" }] });
        let path = format!("/api/requests/{request}/children");
        let problem = world.post(Clerk, &path, parts).await.expect(422).json();
        assert_eq!(problem["errors"][0]["key"], "fault.unknown_topic");
        assert_eq!(problem["errors"][0]["field"], "parts[1].topic");
        let filed = json!({ "text": "办事慢", "accused": Rep.uuid() });
        let problem = world.post(Rep, "/api/requests", filed).await.expect(409).json();
        assert_eq!(problem["errors"][0]["field"], "accused", "{problem}");
        let closed = world.closed().await;
        let parts = json!({ "parts": [
            { "text": "楼道灯坏了" },
            { "text": "还是那盏灯", "same_as": closed, "household": household(0) },
        ] });
        let problem = world.post(OtherClerk, "/api/requests/paste", parts).await.expect(409).json();
        assert_eq!(problem["errors"][0]["field"], "parts[1].same_as", "{problem}");
    });
}

#[test]
fn a_form_shows_what_the_rule_minds_at_its_field() {
    tell(|world| async move {
        let request = world.in_progress().await;
        for (noun, action, fields, field) in [
            (
                "pause",
                "request.pause",
                &[("reason", "material"), ("told", "true"), ("until_on", "2027-11-15")][..],
                "until_on",
            ),
            ("pause", "request.pause", &[("reason", "material")], "told"),
            (
                "extension",
                "request.ask_extension",
                &[("until_on", "2026-11-16"), ("reason", "等"), ("told", "true")],
                "until_on",
            ),
            (
                "answer",
                "request.answer",
                &[("text", "归城管"), ("kind", "redirected"), ("redirect_to", "城管")],
                "redirect_contact",
            ),
            ("children", "request.split", &[("parts.0.text", "一件")], "parts"),
        ] {
            let path = format!("/requests/{request}/{noun}");
            let page = world.form(&Clerk.cookie(), &path, fields).await.expect(409).text();
            let id = format!("{action}.{field}");
            for part in
                [format!("id=\"{id}-error\""), format!("href=\"#{id}\""), format!("id=\"{id}\"")]
            {
                assert!(page.contains(&part), "{part} in {page}");
            }
        }
        let path = format!("/requests/{request}/answer");
        let fields = [("text", "已经换好"), ("redirect_to", "城管")];
        let page = world.form(&Clerk.cookie(), &path, &fields).await.expect(409).text();
        assert!(page.contains("id=\"request.answer.kind-error\""), "{page}");
        assert!(page.contains(">已经换好</textarea>"), "what was typed is still there");
        assert_eq!(text(&world.read(Clerk, &request).await["stage"]), "in_progress");
    });
}

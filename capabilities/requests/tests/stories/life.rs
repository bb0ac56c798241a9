//! One request from the doorstep to a verified answer, and what may not happen on the way.

use serde_json::json;

use crate::world::{
    MODULES,
    Who::{self, Clerk, Foreigner, OtherClerk, OtherRep, Rep, Secretary},
    happy, household, may, steps, tell, text, unhappy,
};

#[test]
fn every_statement_is_prepared_and_the_parts_fit() {
    tell(|world| async move {
        world.rig.db.prepare_all(&web::house::statements(MODULES)).unwrap();
    });
}

#[test]
fn one_request_from_a_doorstep_to_a_verified_answer() {
    tell(|world| async move {
        let filed = world
            .file(Rep, json!({ "text": "楼道灯坏了，晚上看不见", "spot": household(0) }))
            .await;
        assert_eq!(filed["number"], "2026-000001");
        assert_eq!(filed["stage"], "received");
        assert_eq!(filed["version"], 1);
        assert!(filed["query_code"].is_string());
        let request = text(&filed["id"]);

        world.triaged(&request, Clerk).await;
        world.done(Clerk, &request, "contact", json!({ "reached": true })).await;
        world.done(Clerk, &request, "answer", json!({ "text": "灯已换好" })).await;
        let heard = world.done(Rep, &request, "verification", happy()).await;
        assert_eq!(heard["stage"], "answered");
        let done = world.done(OtherClerk, &request, "closure", json!({})).await;
        assert_eq!(done["stage"], "closed");

        let body = world.read(Secretary, &request).await;
        assert_eq!(body["outcome"], "solved");
        assert_eq!(body["asserted_by"], "callback");
        assert_eq!(body["spot"], "化肥厂小区3栋401");
        assert_eq!(body["recorder"]["name"], "夏爱国");
        assert_eq!(body["lead"]["name"], "王春梅");
        assert_eq!(steps(&body), ["file", "triage", "contact", "answer", "verify", "close"]);
        let kept = body["promises"].as_array().unwrap();
        assert!(kept.iter().all(|promise| promise["state"] == "met"), "{kept:?}");
    });
}

#[test]
fn words_alone_are_enough() {
    tell(|world| async move {
        let filed = world.file(Clerk, json!({ "text": "下水道堵了" })).await;
        let body = world.read(Clerk, &text(&filed["id"])).await;
        assert_eq!(body["topic"], "A03");
        assert_eq!(body["spot"], "");
        assert_eq!(body["channel"], "counter");
        assert_eq!(body["petitioner"]["anonymous"], true);
    });
}

#[test]
fn numbers_follow_each_other_in_a_year_and_begin_anew_with_it() {
    tell(|world| async move {
        for serial in 1..=3 {
            let filed = world.file(Clerk, json!({ "text": "路灯坏了" })).await;
            assert_eq!(filed["number"], format!("2026-{serial:06}"));
        }
        world.advance(60);
        let filed = world.file(Clerk, json!({ "text": "路灯坏了" })).await;
        assert_eq!(filed["number"], "2027-000001");
    });
}

#[test]
fn a_receipt_is_honoured_once() {
    tell(|world| async move {
        let post = |who: Who, path: String, body: serde_json::Value, key: &'static str| {
            let rig = &world.rig;
            world.moment();
            async move { rig.post_keyed(&who.token(), &path, body, Some(key)).await }
        };
        let requests = || "/api/requests".to_owned();
        let body = json!({ "text": "路灯坏了" });
        let first = post(Clerk, requests(), body.clone(), "k-1").await.expect(201).json();
        let second = post(Clerk, requests(), body, "k-1").await.expect(201).json();
        assert_eq!(first, second);
        let other = post(Clerk, requests(), json!({ "text": "别的事" }), "k-1").await;
        assert_eq!(other.expect(422).json()["type"], "/problems/receipt_reused");
        let list = world.get(Clerk, "/api/requests").await.expect(200).json();
        assert_eq!(list["items"].as_array().unwrap().len(), 1);

        let request = text(&first["id"]);
        for _ in 0..3 {
            let note = json!({ "text": "物业已看过" });
            let path = format!("/api/requests/{request}/notes");
            let noted = post(Clerk, path, note, "k-2").await.expect(200).json();
            assert_eq!(noted["version"], 2);
        }
        let body = world.read(Clerk, &request).await;
        assert_eq!(steps(&body), ["file", "note"]);
    });
}

#[test]
fn a_form_filled_in_for_an_older_version_is_stale() {
    tell(|world| async move {
        let request = world.in_progress().await;
        let version = world.read(Clerk, &request).await["version"].as_i64().unwrap();
        world
            .done(Clerk, &request, "notes", json!({ "text": "看过现场", "version": version }))
            .await;
        let answer = json!({ "text": "灯已换好", "version": version });
        let stale = world.act(Clerk, &request, "answer", answer).await.expect(409).json();
        assert_eq!(stale["type"], "/problems/stale");
        assert_eq!(stale["current_version"], version + 1);
        let answer = json!({ "text": "灯已换好", "version": version + 1 });
        world.done(Clerk, &request, "answer", answer).await;
    });
}

#[test]
fn acts_without_a_version_that_collide_are_all_done() {
    tell(|world| async move {
        let request = world.filed(Clerk).await;
        let note = |text: &str| world.done(Clerk, &request, "notes", json!({ "text": text }));
        tokio::join!(note("一"), note("二"), note("三"));
        let body = world.read(Clerk, &request).await;
        assert_eq!(body["version"], 4);
        assert_eq!(body["timeline"].as_array().unwrap().len(), 4);
    });
}

#[test]
fn the_foreign_and_the_unknown_are_one_and_the_same() {
    tell(|world| async move {
        let foreign = world.filed(Foreigner).await;
        let unseen = world.file(Rep, json!({ "text": "家里的事", "spot": household(0) })).await;
        let unseen = text(&unseen["id"]);
        let unknown = "018bcfe5-687b-774b-abab-abababababab";
        for path in ["", "/photos", "/slip"] {
            let of = |id: &str| format!("/api/requests/{id}{path}");
            let expected = world.get(OtherRep, &of(unknown)).await.expect(404);
            for other in [foreign.as_str(), unseen.as_str(), "not-an-id"] {
                let found = world.get(OtherRep, &of(other)).await.expect(404);
                assert_eq!(found.text(), expected.text(), "{other}{path}");
            }
        }
        for noun in ["notes", "answer", "withdrawal", "acceptance"] {
            let body = || match noun {
                "withdrawal" => json!({ "reason": "不用了" }),
                "acceptance" => json!({}),
                _ => json!({ "text": "看过了" }),
            };
            let expected = world.act(OtherRep, unknown, noun, body()).await.expect(404);
            for other in [&foreign, &unseen] {
                let found = world.act(OtherRep, other, noun, body()).await.expect(404);
                assert_eq!(found.text(), expected.text(), "{noun}");
            }
        }
    });
}

#[test]
fn nobody_reads_or_acts_without_signing_in() {
    tell(|world| async move {
        let request = world.filed(Clerk).await;
        for path in ["/api/requests", "/api/inbox", "/api/home", "/api/requests/new"] {
            world.rig.get("", path).await.expect(401);
        }
        world.rig.get("", &format!("/api/requests/{request}")).await.expect(401);
        world.rig.post("", "/api/requests", json!({ "text": "路灯" })).await.expect(401);
    });
}

#[test]
fn an_emergency_is_transferred_at_once() {
    tell(|world| async move {
        let filed = world.file(Rep, json!({ "text": "3栋着火了，快来人" })).await;
        assert_eq!(filed["emergency"], "119");
        let body = world.read(Rep, &text(&filed["id"])).await;
        assert_eq!(body["clock_class"], "u0");
        let told: Vec<_> = steps(&body);
        assert!(told.contains(&"transfer".to_owned()), "{told:?}");
        let said = world.file(Rep, json!({ "text": "有人晕倒", "emergency": "120" })).await;
        assert_eq!(said["emergency"], "120");
    });
}

#[test]
fn r3_a_mode_has_its_duty_and_changes_with_a_reason() {
    tell(|world| async move {
        let request = world.filed(Clerk).await;
        for body in [
            json!({ "mode": "self" }),
            json!({ "mode": "self", "guidance": "到政务大厅二楼办理" }),
            json!({ "mode": "common" }),
            json!({ "mode": "assisted" }),
        ] {
            world.refused(Clerk, &request, "triage", body).await;
        }
        let guided = json!({
            "mode": "self", "guidance": "到政务大厅二楼办理", "follow_up_on": "2026-11-20",
        });
        world.done(Clerk, &request, "triage", guided).await;
        let again = json!({ "mode": "common", "task": "开地坪会商量" });
        world.refused(Clerk, &request, "triage", again).await;
        let again = json!({ "mode": "common", "task": "开地坪会商量", "reason": "多户都有" });
        world.done(Clerk, &request, "triage", again).await;
        let body = world.read(Clerk, &request).await;
        assert_eq!(body["mode"], "common");
        assert_eq!(body["timeline"][1]["said"], "到政务大厅二楼办理");
        assert_eq!(body["timeline"][2]["why"], "多户都有");
    });
}

#[test]
fn r16_a_redirect_names_who_and_how() {
    tell(|world| async move {
        let request = world.in_progress().await;
        for body in [
            json!({ "text": "归水务局管", "kind": "redirected" }),
            json!({ "text": "归水务局管", "kind": "redirected", "redirect_to": "水务局" }),
        ] {
            world.refused(Clerk, &request, "answer", body).await;
        }
        let whole = json!({
            "text": "归水务局管", "kind": "redirected",
            "redirect_to": "水务局", "redirect_contact": "0737-4220009",
        });
        world.done(Clerk, &request, "answer", whole).await;
        let body = world.read(Clerk, &request).await;
        assert_eq!(body["outcome"], "redirected");
        assert_eq!(body["answer"]["redirect_contact"], "0737-4220009");
    });
}

#[test]
fn r12_whoever_answered_does_not_ask_whether_it_is_right() {
    tell(|world| async move {
        let request = world.answered().await;
        world.act(Clerk, &request, "verification", happy()).await.expect(403);
        assert!(!may(&world.read(Clerk, &request).await).contains(&"request.verify".into()));
        world.done(Secretary, &request, "verification", happy()).await;
    });
}

#[test]
fn r11_nothing_is_closed_before_somebody_tried_to_ask() {
    tell(|world| async move {
        let request = world.answered().await;
        let key = world.refused(OtherClerk, &request, "closure", json!({})).await;
        assert_eq!(key, "rule.r11_no_contact_attempt");
        world.done(OtherClerk, &request, "verification", json!({ "contacted": false })).await;
        let key = world.refused(OtherClerk, &request, "closure", json!({})).await;
        assert_eq!(key, "rule.verification_pending");
        world.advance(5);
        world.done(OtherClerk, &request, "closure", json!({})).await;
        assert_eq!(world.read(Clerk, &request).await["asserted_by"], "lapse");
    });
}

#[test]
fn an_unhappy_resident_is_decided_upon_by_a_person() {
    tell(|world| async move {
        let request = world.answered().await;
        let heard = world.done(OtherClerk, &request, "verification", unhappy()).await;
        assert_eq!(heard["stage"], "reopen_requested");
        let refuse = json!({ "grant": false, "reason": "已按规定处理" });
        let key = world.refused(Clerk, &request, "reopening/decision", refuse).await;
        assert_eq!(key, "rule.handler_may_not_refuse_reopening");
        let grant = json!({ "grant": true, "reason": "确实没修好" });
        world.done(Secretary, &request, "reopening/decision", grant).await;
        let body = world.read(Clerk, &request).await;
        assert_eq!((&body["stage"], &body["reopenings"]), (&json!("in_progress"), &json!(1)));
        assert_eq!(body["lead"]["name"], "王春梅");
    });
}

#[test]
fn r15_after_the_window_it_is_a_new_request() {
    tell(|world| async move {
        let request = world.closed().await;
        let unnamed = world.act(Rep, &request, "reopening", json!({ "reason": "又坏了" })).await;
        assert_eq!(unnamed.expect(422).json()["errors"][0]["field"], "told_by");
        let asked = json!({ "reason": "又坏了", "told_by": "夏爹在电话里说的" });
        let done = world.done(Rep, &request, "reopening", asked.clone()).await;
        assert_eq!(done["stage"], "reopen_requested");
        let body = world.read(Clerk, &request).await;
        assert_eq!(
            body["timeline"].as_array().unwrap().last().unwrap()["told_by"],
            asked["told_by"]
        );
        let late = world.closed().await;
        world.advance(16);
        let key = world.refused(Rep, &late, "reopening", asked).await;
        assert_eq!(key, "rule.r15_reopening_window_over");
    });
}

#[test]
fn r25_a_correction_shows_what_it_replaced() {
    tell(|world| async move {
        let request = world.filed(Rep).await;
        let correction = json!({ "text": "是三单元的楼道灯", "reason": "记错了单元" });
        world.done(Rep, &request, "correction", correction).await;
        let body = world.read(Rep, &request).await;
        assert_eq!(body["words"], "是三单元的楼道灯");
        assert_eq!(body["timeline"][0]["said"], "楼道灯坏了，晚上看不见");
        assert_eq!(body["timeline"][0]["corrected"], true);
        assert_eq!(body["timeline"][1]["corrected"], false);
        let found = world.get(Rep, "/api/requests?q=%E4%B8%89%E5%8D%95%E5%85%83").await.json();
        assert_eq!(found["items"][0]["id"], request);
    });
}

#[test]
fn what_is_wrong_with_a_field_is_said_of_that_field() {
    tell(|world| async move {
        let long = "长".repeat(2_001);
        for (body, field, key) in [
            (json!({}), "text", "fault.missing"),
            (json!({ "text": "  " }), "text", "fault.empty"),
            (json!({ "text": long }), "text", "fault.too_long"),
            (json!({ "text": "铃\u{7}" }), "text", "fault.control_character"),
            (json!({ "text": "反\u{202E}向" }), "text", "fault.bidi_control"),
            (json!({ "text": "灯", "nature": "?" }), "nature", "fault.unknown_choice"),
            (json!({ "text": "灯", "topic": "Z99" }), "topic", "fault.unknown_topic"),
            (json!({ "text": "灯", "colour": "red" }), "colour", "fault.unknown_field"),
            (json!({ "text": "灯", "spot": "here" }), "spot", "fault.not_an_id"),
            (json!({ "text": "灯", "spot": household(9) }), "spot", "fault.unknown_place"),
            (json!({ "text": "灯", "same_as": household(9) }), "same_as", "fault.unknown_request"),
            (
                json!({ "text": "灯", "accused": household(9) }),
                "accused",
                "fault.unknown_colleague",
            ),
            (
                json!({ "text": "灯", "spot": household(0), "place": household(1) }),
                "place",
                "fault.one_place_only",
            ),
        ] {
            let problem = world.post(Clerk, "/api/requests", body.clone()).await.expect(422).json();
            assert_eq!(problem["errors"][0]["field"], field, "{body}");
            assert_eq!(problem["errors"][0]["key"], key, "{body}");
        }
        let strange =
            world.file(Clerk, json!({ "text": "𠮷家🙂 <script>alert(1)</script>" })).await;
        let body = world.read(Clerk, &text(&strange["id"])).await;
        assert_eq!(body["words"], "𠮷家🙂 <script>alert(1)</script>");
    });
}

#[test]
fn r11_r12_a_withdrawal_is_the_residents_and_says_who_said_so() {
    tell(|world| async move {
        let request = world.in_progress().await;
        let told = json!({ "reason": "自己修好了", "told_by": "夏爹在电话里说" });
        // The clerk leads it.
        world.act(Clerk, &request, "withdrawal", told.clone()).await.expect(403);
        let unsaid = json!({ "reason": "自己修好了" });
        let reply = world.act(Rep, &request, "withdrawal", unsaid).await.expect(422).json();
        assert_eq!(reply["errors"][0]["field"], "told_by");
        // The rep wrote it down and leads no more: they may pass the resident's word on.
        world.done(Rep, &request, "withdrawal", told).await;
        let body = world.read(Clerk, &request).await;
        let last = body["timeline"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(
            (&last["what"], &last["told_by"]),
            (&json!("withdraw"), &json!("夏爹在电话里说"))
        );

        let own = world.filed(Rep).await;
        let told = json!({ "reason": "不用了", "told_by": "夏爹" });
        world.act(Rep, &own, "withdrawal", told).await.expect(403);
    });
}

#[test]
fn r11_an_untouched_verification_is_refused_and_is_no_attempt() {
    tell(|world| async move {
        let request = world.answered().await;
        for body in [json!({}), json!({ "solved": true, "satisfied": true })] {
            let reply = world.act(OtherClerk, &request, "verification", body).await;
            assert_eq!(reply.expect(422).json()["errors"][0]["field"], "contacted");
        }
        let cookie = OtherClerk.cookie();
        let path = format!("/requests/{request}/verification");
        world.form(&cookie, &path, &[("solved", ""), ("satisfied", "")]).await.expect(422);
        assert_eq!(world.read(Clerk, &request).await["contact_attempts"], 0);
        world.done(OtherClerk, &request, "verification", json!({ "contacted": false })).await;
        assert_eq!(world.read(Clerk, &request).await["contact_attempts"], 1);
    });
}

#[test]
fn r25_the_history_says_what_was_done_in_whole() {
    tell(|world| async move {
        let request = world.in_progress().await;
        let pause = json!({ "reason": "material", "told": true });
        let paused = world.done(Clerk, &request, "pause", pause).await;
        let body = world.read(Clerk, &request).await;
        let step = body["timeline"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(step["told"], true);
        assert_eq!(step["until_at"], paused["paused_until_at"]);
        assert!(step["until_at"].is_string());

        let whole = world.in_progress().await;
        let parts = json!({ "parts": [{ "text": "换灯" }, { "text": "换线" }] });
        let split = world.act(Clerk, &whole, "children", parts).await.expect(201).json();
        let body = world.read(Clerk, &whole).await;
        let step = body["timeline"].as_array().unwrap().last().unwrap().clone();
        let numbers = [&split["children"][0]["number"], &split["children"][1]["number"]].map(text);
        assert_eq!(step["to"], json!(numbers.join(" ")));

        let same = json!({ "text": "灯坏了", "same_as": request });
        let joined = text(&world.file(Clerk, same).await["id"]);
        let body = world.read(Clerk, &joined).await;
        assert_eq!(steps(&body), ["file", "merge"]);
        assert_eq!(body["timeline"][1]["to"], "2026-000001");

        let reason = json!({ "text": "楼道的灯坏了", "reason": "听错了" });
        world.done(Clerk, &joined, "correction", reason).await;
        let page = format!("/requests/{joined}");
        let page = world.rig.page(&Clerk.cookie(), &page).await.expect(200).text();
        assert!(page.contains("已更正"));
    });
}

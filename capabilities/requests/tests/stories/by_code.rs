//! The resident's own door: a query code opens one request, without an account.

use serde_json::json;

use crate::world::{
    Who::{Clerk, OtherClerk, Rep},
    happy, household, may, steps, tell, text,
};

#[test]
fn r13_the_holder_of_a_code_sees_their_request_in_plain_words() {
    tell(|world| async move {
        let filed = world
            .file(
                Rep,
                json!({
                    "text": "楼道灯坏了", "spot": household(0),
                    "petitioner_name": "夏爹", "petitioner_phone": "13800000000",
                }),
            )
            .await;
        let (request, code) = (text(&filed["id"]), text(&filed["query_code"]));
        world.triaged(&request, Clerk).await;
        world.done(Clerk, &request, "notes", json!({ "text": "此人常来，别急" })).await;
        world
            .done(Clerk, &request, "assignment", json!({ "to": OtherClerk.uuid(), "note": "你去" }))
            .await;
        world.done(OtherClerk, &request, "return", json!({ "reason": "没空" })).await;
        world.read(Clerk, &request).await;

        let body = world.rig.get("", &format!("/api/q/{code}")).await.expect(200).json();
        assert_eq!(body["lead"]["name"], "王春梅");
        assert_eq!(steps(&body), ["file", "triage", "assign", "return"]);
        let shown = body.to_string();
        for hidden in ["此人常来", "没空", "你去"] {
            assert!(!shown.contains(hidden), "{hidden}");
        }
        let seen = &body["seen"][0];
        assert_eq!(
            (&seen["who"]["name"], &seen["purpose"]),
            (&json!("王春梅"), &json!("request.contact_details"))
        );
        for act in ["request.answer", "request.triage", "request.close"] {
            assert!(!may(&body).contains(&act.to_owned()));
        }
    });
}

#[test]
fn a_key_belongs_to_whoever_sends_it() {
    tell(|world| async move {
        let lamp = json!({ "text": "楼道灯坏了" });
        let keyed = async |who: crate::world::Who, body: &serde_json::Value| {
            world.rig.post_keyed(&who.token(), "/api/requests", body.clone(), Some("lamp")).await
        };
        let first = keyed(Clerk, &lamp).await.expect(201).json();
        let other = keyed(OtherClerk, &lamp).await.expect(201).json();
        assert_ne!(first["id"], other["id"], "another's key is another intention");
        assert_eq!(keyed(Clerk, &lamp).await.expect(201).json(), first);
        assert_eq!(keyed(OtherClerk, &lamp).await.expect(201).json(), other);
        let reused = keyed(OtherClerk, &json!({ "text": "别的事" })).await.expect(422).json();
        assert_eq!(reused["type"], "/problems/receipt_reused");
        // Two slips, and the account that filed under the same key: three intentions.
        let note = [("text", "还是不亮"), ("_receipt", "lamp")];
        for filed in [&first, &other] {
            let path = format!("/q/{}/notes", text(&filed["query_code"]));
            world.form("", &path, &note).await.expect(303);
            world.form("", &path, &note).await.expect(303);
            let body = world.read(Clerk, &text(&filed["id"])).await;
            assert_eq!(steps(&body), ["file", "note"], "sent twice, said once");
            let changed = [("text", "亮了"), ("_receipt", "lamp")];
            world.form("", &path, &changed).await.expect(422);
        }
    });
}

#[test]
fn the_petitioner_confirms_without_an_account() {
    tell(|world| async move {
        let request = world.answered().await;
        let slip =
            world.get(Rep, &format!("/api/requests/{request}/slip")).await.expect(200).json();
        let code = text(&slip["code"]);
        let happy = [("solved", "true"), ("satisfied", "true"), ("note", "谢谢")];
        let path = format!("/q/{code}/verification");
        let reply = world.form("", &path, &happy).await.expect(303);
        assert_eq!(reply.header("location"), format!("/q/{code}"));
        let body = world.read(Clerk, &request).await;
        assert_eq!((&body["stage"], &body["asserted_by"]), (&json!("closed"), &json!("resident")));
        let [.., said, last] = body["timeline"].as_array().unwrap().as_slice() else { panic!() };
        for step in [said, last] {
            assert_eq!((&step["who"], &step["whose"]), (&json!(null), &json!("resident")));
        }
        assert_eq!((&said["heading"], &said["word"]), (&json!("said"), &json!("verdict.happy")));
        assert_eq!((&last["what"], &last["word"]), (&json!("close"), &json!("closed.resident")));
    });
}

#[test]
fn the_petitioner_adds_a_word_asks_for_secrecy_and_for_another_look() {
    tell(|world| async move {
        let filed = world.file(Rep, json!({ "text": "邻居半夜吵", "spot": household(0) })).await;
        let (request, code) = (text(&filed["id"]), text(&filed["query_code"]));
        let post = |noun: &str, fields: &'static [(&str, &str)]| {
            let path = format!("/q/{code}/{noun}");
            let world = &world;
            async move { world.form("", &path, fields).await }
        };
        post("notes", &[("text", "昨晚又吵")]).await.expect(303);
        post("notes", &[("text", "")]).await.expect(422);
        post("confidentiality", &[("confidential", "true")]).await.expect(303);
        assert_eq!(world.read(Clerk, &request).await["confidential"], true);
        post("reopening", &[("reason", "没解决")]).await.expect(409);
        world.triaged(&request, Clerk).await;
        world.done(Clerk, &request, "answer", json!({ "text": "已劝说" })).await;
        world.done(OtherClerk, &request, "verification", happy()).await;
        world.done(OtherClerk, &request, "closure", json!({})).await;
        post("reopening", &[("reason", "又吵了")]).await.expect(303);
        assert_eq!(world.stage(&request).await, "reopen_requested");
    });
}

#[test]
fn a_code_opens_its_own_request_and_no_other() {
    tell(|world| async move {
        let mine = world.file(Rep, json!({ "text": "路灯坏了" })).await;
        let other = world.filed(Clerk).await;
        let code = text(&mine["query_code"]);
        let fields = [("text", "看看"), ("request", other.as_str())];
        world.form("", &format!("/q/{code}/notes"), &fields).await.expect(303);
        assert_eq!(steps(&world.read(Clerk, &other).await), ["file"]);
        let told = steps(&world.read(Rep, &text(&mine["id"])).await);
        assert_eq!(told, ["file", "note"]);
    });
}

#[test]
fn a_form_from_elsewhere_is_not_taken() {
    tell(|world| async move {
        let mine = world.file(Rep, json!({ "text": "路灯坏了" })).await;
        let code = text(&mine["query_code"]);
        let path = format!("/q/{code}/notes");
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("origin", "http://elsewhere.test"),
        ];
        let request = harness::request("POST", &path, "", &headers, "text=x".into());
        world.rig.send(request).await.expect(403);
    });
}

#[test]
fn wrong_codes_look_unknown_and_are_limited() {
    tell(|world| async move {
        let filed = world.file(Rep, json!({ "text": "路灯坏了" })).await;
        let code = text(&filed["query_code"]);
        let wrong = code.replace(&code[2..7], "00000");
        for other in [wrong.as_str(), "9-00000-00000", "nonsense", "1"] {
            world.rig.get("", &format!("/q/{other}")).await.expect(404);
        }
        let mut limited = None;
        for _ in 0..40 {
            let reply = world.rig.get("", &format!("/q/{wrong}")).await;
            if reply.status == 429 {
                limited = Some(reply);
                break;
            }
        }
        let limited = limited.expect("guessing is limited");
        assert!(limited.header("retry-after").parse::<u32>().unwrap() > 0);
        // Who guesses learns nothing meanwhile, not even that a code is right.
        world.rig.get("", &format!("/q/{code}")).await.expect(429);
        world.rig.clock.advance(std::time::Duration::from_secs(120));
        world.rig.get("", &format!("/q/{code}")).await.expect(200);
    });
}

#[test]
fn a_code_typed_wrong_stays_on_the_page_with_what_to_do() {
    tell(|world| async move {
        for path in ["/q/KX7P-42MD-9", "/q?code=KX7P-42MD-9"] {
            let page = world.rig.page("", path).await.expect(404).text();
            assert!(page.contains("value=\"KX7P-42MD-9\""), "{path}");
            assert!(page.contains("href=\"tel:0737-0000000\""), "{path}");
            assert!(page.contains("action=\"/q\""), "{path}");
        }
        let mut tries = 0;
        let refused = loop {
            let reply = world.rig.page("", "/q?code=KX7P-42MD-9").await;
            tries += 1;
            if reply.status == 429 {
                break reply;
            }
            assert!(tries < 100, "guesses are limited");
        };
        assert!(!refused.header("retry-after").is_empty());
        assert!(refused.text().contains("value=\"KX7P-42MD-9\""), "what was typed is kept");
    });
}

#[test]
fn whoever_comes_without_an_account_is_shown_the_way_by_code_first() {
    tell(|world| async move {
        let page = world.rig.page("", "/sign-in").await.expect(200).text();
        let (code, password) = (page.find("href=\"/q\""), page.find("type=\"password\""));
        assert!(code.is_some() && code < password, "the residents' door comes first");
    });
}

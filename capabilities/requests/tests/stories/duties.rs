//! Whose turn it is: what waits for whom, what was said to whom, and who may not judge their own
//! work.

use serde_json::{Value as Json, json};

use crate::world::{
    Who::{self, Clerk, Head, OtherClerk, OtherHead, OtherRep, Rep, Secretary},
    World, happy, household, may, steps, tell, text,
};

/// What the home page asks of somebody about a request.
async fn todo(world: &World, who: Who, request: &str) -> Option<String> {
    let home = world.get(who, "/api/home").await.expect(200).json();
    let waiting = home["waiting"].as_array().unwrap().clone();
    let line = waiting.into_iter().find(|line| line["id"] == request)?;
    Some(text(&line["todo"]))
}

#[test]
fn what_is_sorted_and_has_nobody_asks_for_somebody_and_not_for_sorting() {
    tell(|world| async move {
        let request = world.filed(Rep).await;
        assert_eq!(todo(&world, Clerk, &request).await.as_deref(), Some("sort"));
        let sorted = json!({ "mode": "assisted", "helper": "请电工老李来看" });
        let sorted = world.done(Clerk, &request, "triage", sorted).await;
        assert_eq!(sorted["stage"], "triaged");
        assert_eq!(todo(&world, Clerk, &request).await.as_deref(), Some("assign"));
        for (tray, lies) in [("to_triage", false), ("to_assign", true)] {
            let path = format!("/inbox?tray={tray}");
            let body = world.get(Clerk, &format!("/api{path}")).await.expect(200).json();
            assert_eq!(body["items"].to_string().contains(&request), lies, "{tray}");
            let page = world.rig.page(&Clerk.cookie(), &path).await.expect(200).text();
            assert!(!page.contains("请分办"), "{page}");
            assert_eq!(page.contains("请定交给谁"), lies, "{page}");
        }
        let path = format!("/requests/{request}");
        let page = world.rig.page(&Clerk.cookie(), &path).await.expect(200).text();
        let next = page.split("id=\"next\"").nth(1).expect("a next act");
        assert!(next.split("</h3>").next().unwrap().contains("请人接手"), "{next}");
    });
}

#[test]
fn r3_only_the_duty_of_the_chosen_mode_is_told() {
    tell(|world| async move {
        let filed = world.file(Rep, json!({ "text": "楼道灯坏了", "spot": household(0) })).await;
        let (request, code) = (text(&filed["id"]), text(&filed["query_code"]));
        let fields = [
            ("mode", "assisted"),
            ("guidance", "请自己买个灯泡换上"),
            ("follow_up_on", "2026-12-24"),
            ("task", "大家凑钱"),
            ("helper", "请电工老李来换"),
        ];
        let path = format!("/requests/{request}/triage");
        world.form(&Clerk.cookie(), &path, &fields).await.expect(303);
        let body = world.read(Clerk, &request).await;
        assert_eq!(body["timeline"][1]["said"], "请电工老李来换");
        assert_eq!((&body["duty"], &body["follow_up_on"]), (&json!("请电工老李来换"), &Json::Null));
        let shown = world.rig.page("", &format!("/q/{code}")).await.expect(200).text();
        assert!(shown.contains("请电工老李来换"), "{shown}");
        for page in
            [shown, world.rig.page(&Clerk.cookie(), &format!("/requests/{request}")).await.text()]
        {
            assert!(!page.contains("请自己买个灯泡换上") && !page.contains("大家凑钱"), "{page}");
        }
    });
}

#[test]
fn r12_who_leads_it_is_offered_neither_the_question_nor_the_end() {
    tell(|world| async move {
        let filed = world.file(Rep, json!({ "text": "楼道灯坏了", "spot": household(0) })).await;
        let request = text(&filed["id"]);
        world.done(Clerk, &request, "assignment", json!({ "to": Head.uuid() })).await;
        world.done(Head, &request, "acceptance", json!({})).await;
        world.done(Secretary, &request, "answer", json!({ "text": "灯已换好" })).await;
        for own in [Head, Secretary] {
            let offered = may(&world.read(own, &request).await);
            for act in ["request.verify", "request.close"] {
                assert!(!offered.contains(&act.to_owned()), "{act} by {own:?}");
            }
            world.act(own, &request, "verification", happy()).await.expect(403);
            world.act(own, &request, "closure", json!({})).await.expect(403);
            assert_eq!(todo(&world, own, &request).await, None);
        }
        assert_eq!(todo(&world, Clerk, &request).await.as_deref(), Some("verify"));
        let heard = world.done(Rep, &request, "verification", happy()).await;
        assert_eq!(heard["stage"], "answered");
        let body = world.read(Rep, &request).await;
        assert_eq!(body["state"], "to_close");
        world.act(Head, &request, "closure", json!({})).await.expect(403);
        assert_eq!(todo(&world, Rep, &request).await, None);
        assert_eq!(todo(&world, Clerk, &request).await.as_deref(), Some("close"));
        // The resident is thanked, and not asked again.
        let code = text(&filed["query_code"]);
        let page = world.rig.page("", &format!("/q/{code}")).await.expect(200).text();
        assert!(page.contains("您的话社区记下了") && !page.contains("我很满意"), "{page}");
        let page = world.rig.page(&Rep.cookie(), &format!("/requests/{request}")).await.text();
        assert!(page.contains("等别的同事办结"), "{page}");
        world.done(Clerk, &request, "closure", json!({})).await;
    });
}

#[test]
fn what_another_was_asked_to_accept_waits_for_them_alone() {
    tell(|world| async move {
        let request = world.filed(Clerk).await;
        world
            .done(Clerk, &request, "triage", json!({ "mode": "assisted", "helper": "请人看看" }))
            .await;
        world.done(Clerk, &request, "assignment", json!({ "to": OtherClerk.uuid() })).await;
        assert_eq!(todo(&world, Clerk, &request).await, None);
        assert_eq!(todo(&world, OtherClerk, &request).await.as_deref(), Some("accept"));
        let path = format!("/requests/{request}");
        let page = world.rig.page(&Clerk.cookie(), &path).await.text();
        assert!(page.contains("等陈静接手"), "{page}");
        world.done(OtherClerk, &request, "acceptance", json!({})).await;
        let page = world.rig.page(&Clerk.cookie(), &path).await.text();
        assert!(page.contains("陈静正在办"), "{page}");
    });
}

#[test]
fn what_went_up_to_the_top_waits_for_the_secretary() {
    tell(|world| async move {
        let request = world.in_progress().await;
        assert_eq!(todo(&world, Secretary, &request).await, None);
        world.advance(30);
        while world.round().await > 0 {}
        let body = world.read(Secretary, &request).await;
        let last = body["timeline"].as_array().unwrap().last().unwrap();
        assert_eq!(last["word"], "escalated.top");
        assert_eq!(todo(&world, Secretary, &request).await.as_deref(), Some("oversee"));
        let tray = world.get(Secretary, "/api/inbox?tray=to_decide").await.expect(200).json();
        assert_eq!(tray["items"][0]["id"], json!(request));
    });
}

#[test]
fn without_a_place_the_head_of_the_reps_grid_sees_it() {
    tell(|world| async move {
        for words in ["楼道灯坏了", "楼道冒烟"] {
            let request = text(&world.file(Rep, json!({ "text": words })).await["id"]);
            assert_eq!(todo(&world, Head, &request).await.as_deref(), Some("sort"), "{words}");
            world.read(Head, &request).await;
            for other in [OtherHead, OtherRep] {
                world.get(other, &format!("/api/requests/{request}")).await.expect(404);
            }
        }
    });
}

#[test]
fn r4_two_dangers_have_two_lines_and_nobody_is_said_to_have_called() {
    tell(|world| async move {
        let words = "三楼有很重的煤气味，有人晕倒了";
        let filed = world.file(Rep, json!({ "text": words, "spot": household(0) })).await;
        assert_eq!(filed["emergency"], "119");
        assert_eq!(filed["emergencies"], json!(["119", "120"]));
        let request = text(&filed["id"]);
        let body = world.read(Clerk, &request).await;
        assert_eq!(body["emergencies"], json!(["119", "120"]));
        assert_eq!(steps(&body), ["file", "transfer", "transfer"]);
        for step in &body["timeline"].as_array().unwrap()[1..] {
            assert_eq!((&step["who"], &step["whose"]), (&Json::Null, &json!("system")));
        }
        let page = world.rig.page(&Clerk.cookie(), &format!("/requests/{request}")).await.text();
        let (fire, ambulance) = (page.find("tel:119"), page.find("tel:120"));
        assert!(fire.is_some() && fire < ambulance, "{page}");
        // One was called: the other is still to be.
        let half = json!({ "text": words, "called": "119" });
        let half = world.read(Clerk, &text(&world.file(Rep, half).await["id"])).await;
        assert_eq!(
            (&half["called"], &half["timeline"][1]["heading"]),
            (&json!(false), &json!("called"))
        );
    });
}

#[test]
fn what_is_pasted_is_written_down_before_its_danger_is_named() {
    tell(|world| async move {
        let parts = json!({ "parts": [{ "text": "四楼着火了" }, { "text": "路灯坏了" }] });
        let filed = world.post(Clerk, "/api/requests/paste", parts).await.expect(201).json();
        let filed = &filed["items"][0];
        let body = world.read(Clerk, &text(&filed["id"])).await;
        assert_eq!(steps(&body), ["file", "transfer"]);
        assert_eq!(body["timeline"][1]["who"], Json::Null);
    });
}

#[test]
fn the_resident_says_done_and_nothing_is_said_of_being_satisfied() {
    tell(|world| async move {
        let filed = world.file(Rep, json!({ "text": "楼道灯坏了" })).await;
        let (request, code) = (text(&filed["id"]), text(&filed["query_code"]));
        world.triaged(&request, Clerk).await;
        world.done(Clerk, &request, "answer", json!({ "text": "灯已换好" })).await;
        let page = world.rig.page("", &format!("/q/{code}")).await.text();
        assert!(!page.contains(r#"type="hidden" name="satisfied" value="true""#), "{page}");
        let path = format!("/q/{code}/verification");
        let done = [("contacted", "true"), ("solved", "true")];
        world.form("", &path, &done).await.expect(303);
        let body = world.read(OtherClerk, &request).await;
        assert_eq!((&body["stage"], &body["asserted_by"]), (&json!("closed"), &json!("resident")));
        assert_eq!(body["verification"]["satisfied"], Json::Null);
    });
}

#[test]
fn a_mind_is_made_up_by_somebody_who_did_not_handle_it() {
    tell(|world| async move {
        let request = world.answered().await;
        world.done(OtherClerk, &request, "verification", crate::world::unhappy()).await;
        let path = format!("/requests/{request}");
        let refuse = r#"name="grant" value="false""#;
        let own = world.rig.page(&Clerk.cookie(), &path).await.text();
        assert!(own.contains("reopening/decision") && !own.contains(refuse), "{own}");
        let other = world.rig.page(&Secretary.cookie(), &path).await.text();
        assert!(other.contains(refuse), "{other}");
    });
}

#[test]
fn whoever_decides_on_more_time_sees_who_asks_why_and_from_when() {
    tell(|world| async move {
        let request = world.in_progress().await;
        let asked = json!({ "until_on": "2026-12-03", "reason": "灯具要从长沙发来", "told": true });
        let asked = world.act(Clerk, &request, "extension", asked).await;
        assert!(asked.status.is_success(), "{}", asked.text());
        assert_eq!(todo(&world, Secretary, &request).await.as_deref(), Some("decide_extension"));
        let body = world.read(Secretary, &request).await;
        assert_eq!(body["extension"]["reason"], "灯具要从长沙发来");
        assert!(body["extension"]["due_at"].is_string());
        let page =
            world.rig.page(&Secretary.cookie(), &format!("/requests/{request}")).await.text();
        assert!(page.contains("现在的答复期限"), "{page}");
    });
}

#[test]
fn what_is_confidential_says_why() {
    tell(|world| async move {
        let kind = json!({ "text": "夏爹腿断了做不了饭，想要食堂送餐" });
        let asked = json!({ "text": "楼道灯坏了", "confidential": true });
        for (filed, why) in [(kind, "topic"), (asked, "asked")] {
            let request = text(&world.file(Clerk, filed).await["id"]);
            assert_eq!(world.read(Clerk, &request).await["confidential_why"], why);
        }
    });
}

#[test]
fn a_pause_has_one_end_and_a_split_is_no_pause() {
    tell(|world| async move {
        let filed = world.file(Rep, json!({ "text": "楼道灯坏了" })).await;
        let (request, code) = (text(&filed["id"]), text(&filed["query_code"]));
        world.triaged(&request, Clerk).await;
        let pause = json!({ "reason": "material", "until_on": "2026-12-04", "told": true });
        world.done(Clerk, &request, "pause", pause).await;
        let page = world.rig.page(&Clerk.cookie(), &format!("/requests/{request}")).await.text();
        let progress = world.rig.page("", &format!("/q/{code}")).await.text();
        for page in [page, progress] {
            assert!(page.contains("12月4日接着办") && !page.contains("12月3日"), "{page}");
        }
        let split = world.in_progress().await;
        let parts = json!({ "parts": [{ "text": "量尺寸" }, { "text": "申请补贴" }] });
        let done = world.done(Clerk, &split, "children", parts).await;
        let body = world.read(Clerk, &split).await;
        assert_eq!((&body["stage"], &body["state"]), (&json!("waiting"), &json!("parts")));
        let page = world.rig.page(&Clerk.cookie(), &format!("/requests/{split}")).await.text();
        assert!(page.contains("等拆开的几件") && !page.contains("stage.parts"), "{page}");
        // A part came in as the whole did.
        let part = world.read(Clerk, &text(&done["children"][0]["id"])).await;
        assert_eq!(part["channel"], body["channel"]);
    });
}

#[test]
fn who_takes_it_is_not_said_to_have_asked_somebody() {
    tell(|world| async move {
        let request = world.filed(Rep).await;
        // Nobody has sorted it: whoever wants it says how it is handled, and takes it with that.
        let page = world.rig.page(&Clerk.cookie(), &format!("/requests/{request}")).await.text();
        let form = page.split("/assignment\"").nth(1).unwrap().split("</form>").next().unwrap();
        assert!(!form.contains(&Clerk.uuid()) && form.contains(&OtherClerk.uuid()), "{form}");
        world
            .done(Clerk, &request, "triage", json!({ "mode": "assisted", "helper": "电工" }))
            .await;
        world.done(Clerk, &request, "assignment", json!({ "to": Clerk.uuid() })).await;
        let body = world.read(Clerk, &request).await;
        assert_eq!(body["timeline"][2]["heading"], "take");
        assert_eq!(body["timeline"][2]["who"]["name"], "王春梅");
    });
}

//! Intake: who may name which place, what is suggested, and a chat that becomes several requests.

use serde_json::json;

use crate::world::{
    Who::{Auditor, Clerk, Department, Head, OtherHead, OtherRep, Rep, Secretary},
    World, here, household, id, lane, tell, text,
};

#[test]
fn g6_a_household_is_named_by_those_who_may_know_it() {
    tell(|world| async move {
        for (who, number, status) in [
            (Rep, 0, 201),
            (Rep, 2, 422),
            (OtherRep, 2, 201),
            (OtherRep, 3, 422),
            (Head, 2, 201),
            (Head, 3, 422),
            (OtherHead, 3, 201),
            (Clerk, 3, 201),
            (Secretary, 0, 201),
        ] {
            let body = json!({ "text": "水压低", "spot": household(number) });
            world.post(who, "/api/requests", body).await.expect(status);
        }
        for who in [Rep, OtherHead, Clerk] {
            let body = json!({ "text": "巷子积水", "place": lane() });
            world.post(who, "/api/requests", body).await.expect(201);
        }
        for who in [Auditor, Department] {
            world.post(who, "/api/requests", json!({ "text": "水压低" })).await.expect(403);
        }
    });
}

#[test]
fn a_request_is_filed_by_a_form_without_scripts() {
    tell(|world| async move {
        let spot = household(0).to_string();
        let fields = [("text", "水管漏水"), ("spot", spot.as_str()), ("_receipt", "r-1")];
        let reply = world.form(&Rep.cookie(), "/requests/new", &fields).await.expect(303);
        let again = world.form(&Rep.cookie(), "/requests/new", &fields).await.expect(303);
        assert_eq!(reply.header("location"), again.header("location"));
        let request = reply.header("location").rsplit('/').next().unwrap().to_owned();
        assert_eq!(world.read(Rep, &request).await["words"], "水管漏水");
        let empty = world.form(&Rep.cookie(), "/requests/new", &[("text", "")]).await;
        empty.expect(422);
        let signed_out = world.form("", "/requests/new", &fields).await;
        assert_eq!(signed_out.expect(303).header("location"), "/sign-in?next=%2Frequests%2Fnew");
    });
}

#[test]
fn who_asks_is_chosen_of_the_people_of_the_household() {
    tell(|world| async move {
        let (own, others) = (household(0).to_string(), household(2).to_string());
        let (old, neighbour) = (
            resident(&world, 0, "夏爹", "13800000001").await,
            resident(&world, 2, "曾娭毑", "").await,
        );
        // Without a script: the form comes back with the people, nothing lost and nobody chosen.
        let typed = [("text", "水管漏水"), ("spot", own.as_str())];
        let path = "/requests/new/people";
        let page = world.form(&Rep.cookie(), path, &typed).await.expect(200).text();
        assert!(page.contains(">水管漏水</textarea>"), "{page}");
        assert!(page.contains(&format!("<option value=\"{old}\">夏爹</option>")), "{page}");
        assert!(!page.contains(&neighbour) && !page.contains("13800000001"), "{page}");
        // With one: the same list as a fragment; of a household that is not the rep's, none.
        for (spot, person, listed) in [(&own, &old, true), (&others, &neighbour, false)] {
            let asked = [("spot", spot.as_str())];
            let list = world.form(&Rep.cookie(), "/requests/people", &asked).await.expect(200);
            assert_eq!(list.text().contains(person.as_str()), listed, "{}", list.text());
        }
        let body = json!({ "text": "水管漏水", "spot": own, "petitioner": old });
        let filed = world.file(Rep, body).await;
        let read = world.read(Clerk, &text(&filed["id"])).await;
        assert_eq!(read["petitioner"]["name"], "夏爹");
        assert_eq!(read["petitioner"]["phone"], "13800000001");
        // What was typed counts more; whoever lives elsewhere is nobody.
        let body = json!({
            "text": "水管漏水", "spot": own, "petitioner": old, "petitioner_phone": "13900000002",
        });
        let filed = world.file(Rep, body).await;
        let read = world.read(Clerk, &text(&filed["id"])).await;
        assert_eq!(read["petitioner"]["phone"], "13900000002");
        for body in [
            json!({ "text": "水管漏水", "spot": own, "petitioner": neighbour }),
            json!({ "text": "水管漏水", "petitioner": old }),
        ] {
            let problem = world.post(Clerk, "/api/requests", body).await.expect(422).json();
            assert_eq!(problem["errors"][0]["field"], "petitioner", "{problem}");
        }
    });
}

/// Somebody who lives in a household: their id.
async fn resident(world: &World, number: u128, called: &str, phone: &str) -> String {
    let now = world.rig.now();
    let person = registry::Person {
        id: registry::PersonId::from_uuid(id(0x7000 + number)),
        name: format!("{called}本名"),
        form_of_address: called.to_owned(),
        phone: phone.to_owned(),
        born_on: None,
        sex: registry::Sex::Male,
        created_at: now,
    };
    let person_id = person.id;
    let settle = move |tx: &mut db::Tx<'_>| {
        registry::seed::person(tx, here(), &person)?;
        registry::seed::member(tx, here(), household(number), person.id, registry::Span::since(now))
    };
    world.rig.db.write(settle).await.unwrap();
    person_id.to_string()
}

#[test]
fn r14_similar_open_requests_are_shown_with_the_reason_and_only_to_who_may_read_them() {
    tell(|world| async move {
        let body = json!({ "text": "楼道灯坏了三天", "spot": household(0) });
        let filed = world.file(Rep, body).await;
        let path = "/api/requests/similar";
        let asked = json!({ "text": "楼道灯坏了", "spot": household(0) });
        let found = world.post(Rep, path, asked.clone()).await.expect(200).json();
        assert_eq!(found["items"][0]["request"]["id"], filed["id"]);
        let reasons = found["items"][0]["reasons"].to_string();
        assert!(reasons.contains("same_place") && reasons.contains("same_words"), "{reasons}");
        let hidden = world.post(OtherRep, path, asked).await.expect(200).json();
        assert_eq!(hidden["items"], json!([]));
    });
}

#[test]
fn r4_the_number_to_call_is_singled_out_while_the_words_are_written() {
    tell(|world| async move {
        let path = "/api/requests/similar";
        let found = world.post(Rep, path, json!({ "text": "楼道冒烟" })).await;
        assert_eq!(found.expect(200).json()["emergency"], "119");
        let typed = [("text", "楼道冒烟")];
        let fragment = world.form(&Rep.cookie(), "/requests/similar", &typed).await;
        let fragment = fragment.expect(200).text();
        assert!(fragment.contains("tel:119") && !fragment.contains("tel:110"), "{fragment}");
        let calm = world.post(Rep, path, json!({ "text": "路灯坏了" })).await;
        assert_eq!(calm.expect(200).json()["emergency"], json!(null));
    });
}

#[test]
fn a_place_that_was_typed_and_not_chosen_is_kept() {
    tell(|world| async move {
        let file = |body: serde_json::Value| world.file(Rep, body);
        let typed = file(json!({ "text": "路灯坏了", "place_text": "老菜场后门" })).await;
        let body = world.read(Rep, &text(&typed["id"])).await;
        assert_eq!((&body["spot"], &body["place"]), (&json!("老菜场后门"), &json!(null)));
        let exact = file(json!({ "text": "路灯坏了", "place_text": " 建设巷 " })).await;
        let body = world.read(Rep, &text(&exact["id"])).await;
        assert_eq!((&body["spot"], &body["place"]), (&json!("建设巷"), &json!(lane())));
        // A door of another rep is not theirs to name: their words stay words.
        let door = file(json!({ "text": "路灯坏了", "place_text": "化肥厂小区3栋403" })).await;
        let body = world.read(Rep, &text(&door["id"])).await;
        let (spot, household) = (&body["spot"], &body["household"]);
        assert_eq!((spot, household), (&json!("化肥厂小区3栋403"), &json!(null)));
        let both = json!({ "text": "路灯坏了", "place": lane(), "place_text": "第二根" });
        let body = world.read(Rep, &text(&file(both).await["id"])).await;
        assert_eq!((&body["spot"], &body["place"]), (&json!("建设巷 第二根"), &json!(lane())));

        let fields = [("text", "路灯坏了"), ("spot", ""), ("place_text", "老菜场后门")];
        let reply = world.form(&Rep.cookie(), "/requests/new", &fields).await.expect(303);
        let request = reply.header("location").rsplit('/').next().unwrap().to_owned();
        assert_eq!(world.read(Rep, &request).await["spot"], "老菜场后门");
        let found = world.get(Rep, "/api/requests?q=lcc").await.expect(200).json();
        assert_eq!(found["items"].as_array().unwrap().len(), 2, "found by its initials");
    });
}

#[test]
fn the_one_known_place_that_the_words_name_is_proposed() {
    tell(|world| async move {
        let (similar, words) = ("/api/requests/similar", "化肥厂小区3栋下水道返水");
        let found = world.post(Clerk, similar, json!({ "text": words })).await.expect(200).json();
        assert_eq!(found["spot"]["label"], "化肥厂小区3栋");
        let fragment = world.form(&Clerk.cookie(), "/requests/similar", &[("text", words)]).await;
        let fragment = fragment.expect(200).text();
        assert!(fragment.contains("name=\"spot\""), "{fragment}");
        let pasted = json!({ "text": "化肥厂小区3栋下水道返水" });
        let path = "/api/requests/paste/parts";
        let split = world.post(Clerk, path, pasted).await.expect(200).json();
        assert_eq!(split["parts"][0]["spot"]["label"], "化肥厂小区3栋");
        let two = json!({ "text": "化肥厂小区3栋和建设巷的灯都坏了" });
        let found = world.post(Clerk, similar, two).await.expect(200).json();
        assert_eq!(found["spot"], json!(null));
    });
}

#[test]
fn a_telephone_number_has_digits_and_a_filter_names_a_topic_there_is() {
    tell(|world| async move {
        for (phone, status) in [("abc", 422), ("+86 737-422 0000", 201), ("12", 422)] {
            let body = json!({ "text": "水压低", "petitioner_phone": phone });
            let reply = world.post(Clerk, "/api/requests", body).await.expect(status).json();
            if status == 422 {
                assert_eq!(reply["errors"][0]["field"], "petitioner_phone");
            }
        }
        for (topic, status) in [("ZZ", 422), ("A", 200), ("A01", 200), ("", 200)] {
            let reply = world.get(Clerk, &format!("/api/requests?topic={topic}")).await;
            let reply = reply.expect(status).json();
            if status == 422 {
                assert_eq!(reply["errors"][0]["field"], "topic");
            }
        }
    });
}

#[test]
fn r4_a_line_that_was_called_is_not_to_be_called_first() {
    tell(|world| async move {
        let filed = world.file(Rep, json!({ "text": "楼道冒烟", "called": "119" })).await;
        let request = text(&filed["id"]);
        let body = world.read(Rep, &request).await;
        assert_eq!((&body["emergency"], &body["called"]), (&json!("119"), &json!(true)));
        let transfer = body["timeline"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(transfer["word"], "called.119");
        let page = world.rig.page(&Rep.cookie(), &format!("/requests/{request}")).await.text();
        assert!(page.contains("已打 119") && !page.contains("先打 119"), "{page}");
        let filed = world.file(Rep, json!({ "text": "楼道冒烟" })).await;
        let page = format!("/requests/{}", text(&filed["id"]));
        assert!(world.rig.page(&Rep.cookie(), &page).await.text().contains("先打 119"));
    });
}

#[test]
fn a_pasted_chat_becomes_several_requests() {
    tell(|world| async move {
        let chat = "夏爹 2026-11-15 08:01\n楼道灯坏了\n曾娭毑 2026-11-15 08:02\n下水道堵了";
        let path = "/api/requests/paste/parts";
        let split = world.post(Clerk, path, json!({ "text": chat })).await.expect(200).json();
        let parts = split["parts"].as_array().unwrap();
        assert_eq!(parts.len(), 2, "{parts:?}");
        assert_eq!(parts[1]["topic"], "A03");

        let body = json!({ "parts": [{ "text": "楼道灯坏了", "channel": "group" }, { "text": "下水道堵了" }] });
        let filed = world.post(Clerk, "/api/requests/paste", body).await.expect(201).json();
        let items = filed["items"].as_array().unwrap();
        assert_eq!(items[1]["number"], "2026-000002");
        let read = world.read(Clerk, &text(&items[0]["id"])).await;
        assert_eq!(read["channel"], "group");
        assert_eq!(crate::world::steps(&read), ["file"]);
        let slip = format!("/api/requests/{}/slip", text(&items[0]["id"]));
        let slip = world.get(Clerk, &slip).await.expect(200).json();
        assert_eq!(slip["code"], items[0]["query_code"]);

        let wrong = json!({ "parts": [{ "text": "灯" }, { "text": "灯", "topic": "Z99" }] });
        let problem = world.post(Clerk, "/api/requests/paste", wrong).await.expect(422).json();
        assert_eq!(problem["errors"][0]["field"], "parts[1].topic");
        let list = world.get(Clerk, "/api/requests").await.json();
        assert_eq!(list["items"].as_array().unwrap().len(), 2, "all or nothing");
    });
}

#[test]
fn a_paste_travels_in_the_body_and_comes_back_whole_when_it_is_refused() {
    tell(|world| async move {
        let path = "/requests/paste/parts";
        let shown = world.form(&Clerk.cookie(), path, &[("text", "夏爹 08:01\n灯坏了")]).await;
        assert!(shown.expect(200).text().contains("灯坏了"));
        let many: String = (0..60).map(|n| format!("夏爹 08:{n:02}\n第{n}盏灯坏了\n")).collect();
        let long = "灯".repeat(30_000);
        for (text, says) in [(&many, "分出来超过 50 条"), (&long, "最多 20000 个字")] {
            let refused = world.form(&Clerk.cookie(), path, &[("text", text)]).await;
            let page = refused.expect(422).text();
            assert!(page.contains(says), "{says}");
            assert!(page.contains("id=\"request.paste.text-error\""), "at the field");
            assert!(page.contains(text.trim_end()), "the whole text is still there");
        }
        let empty = world.form(&Clerk.cookie(), path, &[("text", " ")]).await;
        assert!(empty.expect(422).text().contains("这一项要填"));
        // The longest paste, its text beside its parts, passes the second step too.
        let text = "灯".repeat(19_000);
        let part = "灯".repeat(1_900);
        let fields =
            [("_at_text", text.as_str()), ("parts.0.text", &part), ("parts.0.take", "true")];
        world.form(&Clerk.cookie(), "/requests/paste", &fields).await.expect(303);
        world.rig.page(&Clerk.cookie(), path).await.expect(200);
        let asked = world.rig.page(&Clerk.cookie(), "/requests/paste?text=%E7%81%AF").await;
        assert!(!asked.expect(422).text().contains("灯"), "nothing is read out of an address");
    });
}

#[test]
fn only_ticked_parts_of_a_paste_are_filed() {
    tell(|world| async move {
        let fields = [
            ("parts.0.text", "谢谢大家"),
            ("parts.1.text", "楼道灯坏了"),
            ("parts.1.take", "true"),
        ];
        world.form(&Clerk.cookie(), "/requests/paste", &fields).await.expect(303);
        let list = world.get(Clerk, "/api/requests").await.json();
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
        assert_eq!(list["items"][0]["words"], "楼道灯坏了");
    });
}

#[test]
fn a_rep_reaches_the_paste_and_is_told_how_many_were_written_down() {
    tell(|world| async move {
        let home = world.rig.page(&Rep.cookie(), "/").await.expect(200).text();
        assert!(home.contains("href=\"/requests/paste\""), "from home");
        let chat = "群主 08:01\n大家好，请文明发言\n夏爹 08:02\n楼里着火了\n夏爹 08:03\n[图片]";
        let path = "/requests/paste/parts";
        let page = world.form(&Rep.cookie(), path, &[("text", chat)]).await.expect(200).text();
        assert!(page.contains("像是群里的通知") && page.contains("只有图片或语音"), "{page}");
        assert!(page.contains("href=\"tel:119\""), "the line is dialled from where it is named");
        let fields = [
            ("parts.0.text", "楼道灯坏了"),
            ("parts.0.take", "true"),
            ("parts.1.text", "下水道堵了"),
            ("parts.1.take", "true"),
        ];
        let done = world.form(&Rep.cookie(), "/requests/paste", &fields).await.expect(303);
        let notice = done.headers["set-cookie"].to_str().unwrap().to_owned();
        let notice = notice.split(';').next().unwrap();
        let cookies = format!("{}; {notice}", Rep.cookie());
        let list = world.rig.page(&cookies, "/requests").await.expect(200).text();
        assert!(list.contains("记下了 2 条") && list.contains("共 2 条"), "{list}");
        let forged = format!("{}; notice=request.file_many:<b>", Rep.cookie());
        let list = world.rig.page(&forged, "/requests").await.expect(200).text();
        assert!(!list.contains("id=\"done\""), "a cookie tells no count but digits");
    });
}

#[test]
fn the_form_offers_recent_places_first_and_then_ones_own_doors() {
    tell(|world| async move {
        world.file(Rep, json!({ "text": "水压低", "spot": household(1) })).await;
        let body = world.get(Rep, "/api/requests/new").await.expect(200).json();
        let labels: Vec<_> =
            body["spots"].as_array().unwrap().iter().map(|one| text(&one["label"])).collect();
        assert_eq!(labels, ["化肥厂小区3栋402", "化肥厂小区3栋401"]);
        assert_eq!(body["spots"][0]["py"], "hfcxq3d402");
    });
}

#[test]
fn a_saved_view_is_ones_own() {
    tell(|world| async move {
        let view = json!({ "name": "超期的", "query": "late=true" });
        let saved = world.post(Clerk, "/api/saved-views", view).await.expect(201).json();
        let list = world.get(Clerk, "/api/requests").await.json();
        assert_eq!(list["saved"][0]["name"], "超期的");
        let others = world.get(Secretary, "/api/requests").await.json();
        assert_eq!(others["saved"], json!([]));
        let path = format!("/api/saved-views/{}/deletion", text(&saved["id"]));
        world.post(Secretary, &path, json!({})).await.expect(404);
        world.post(Clerk, &path, json!({})).await.expect(200);
    });
}

//! Lists show exactly what the policy permits one by one, newest first, page by page.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use crate::world::{
    EVERYBODY,
    Who::{Auditor, Clerk, Foreigner, Head, OtherClerk, Rep, Secretary},
    World, household, lane, tell, text,
};

fn ids(body: &Json) -> Vec<String> {
    body["items"].as_array().unwrap().iter().map(|item| text(&item["id"])).collect()
}

/// All pages of a list.
async fn listed(world: &World, who: crate::world::Who, query: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut cursor = String::new();
    for _ in 0..100 {
        let path = format!("/api/requests?limit=3{query}{cursor}");
        let body = world.get(who, &path).await.expect(200).json();
        let page = ids(&body);
        let Some(next) = body["next"].as_str() else {
            found.extend(page);
            return found;
        };
        assert_eq!(page.len(), 3, "a page is short although there is a next one");
        found.extend(page);
        cursor = format!("&cursor={next}");
    }
    panic!("a list without end");
}

/// Requests of all sorts: everybody's households, confidential ones, complaints about staff, in
/// several hands and stages. A small generator, so that every run tells the same story.
async fn many(world: &World) -> Vec<String> {
    let recorders = [Rep, crate::world::Who::OtherRep, Head, Clerk, Secretary];
    let mut seed = 7_u64;
    let mut next = |bound: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % bound
    };
    let mut all = Vec::new();
    for number in 0..24 {
        let recorder = recorders[next(5) as usize];
        let mut body =
            json!({ "text": format!("第{number}件事，楼道灯坏了"), "confidential": next(3) == 0 });
        let spot = match next(5) {
            0 => json!(lane()),
            1 => json!(null),
            door => json!(household(u128::from(door - 2))),
        };
        if !spot.is_null() {
            body["spot"] = spot;
        }
        if next(6) == 0 {
            body["accused"] = json!(OtherClerk.uuid());
        }
        let reply = world.post(recorder, "/api/requests", body.clone()).await;
        if !reply.status.is_success() {
            body.as_object_mut().unwrap().remove("spot");
        }
        let filed =
            if reply.status.is_success() { reply.json() } else { world.file(recorder, body).await };
        let request = text(&filed["id"]);
        if next(3) == 0 {
            let to = EVERYBODY[next(7) as usize].uuid();
            world.act(Secretary, &request, "assignment", json!({ "to": to })).await;
        }
        all.push(request);
    }
    all
}

#[test]
fn r8_a_rep_finds_all_they_lead_and_danger_on_top() {
    tell(|world| async move {
        let first = world.filed(Rep).await;
        let second = world.filed(Rep).await;
        world.advance(3);
        let danger = text(&world.file(Rep, json!({ "text": "楼道冒烟" })).await["id"]);
        let tray = world.get(Rep, "/api/inbox?tray=to_handle").await.expect(200).json();
        let ids: Vec<String> =
            tray["items"].as_array().unwrap().iter().map(|one| text(&one["id"])).collect();
        assert_eq!(ids, [danger.clone(), first.clone(), second]);
        let home = world.get(Rep, "/api/home").await.expect(200).json();
        assert_eq!(home["waiting"].as_array().unwrap().len(), 3);
        let late = world.get(Secretary, "/api/inbox?tray=all_open").await.expect(200).json();
        assert_eq!(late["items"][0]["id"], json!(danger));
        // Answered, it is still theirs, but nothing waits for them.
        world.done(Rep, &first, "answer", json!({ "text": "灯已换好" })).await;
        let home = world.get(Rep, "/api/home").await.expect(200).json();
        assert_eq!(home["waiting"].as_array().unwrap().len(), 2);
        let tray = world.get(Rep, "/api/inbox?tray=to_handle").await.expect(200).json();
        assert_eq!(tray["items"].as_array().unwrap().len(), 3);
    });
}

#[test]
fn a_list_is_exactly_what_may_be_read_one_by_one() {
    tell(|world| async move {
        let all = many(&world).await;
        world.filed(Foreigner).await;
        for who in EVERYBODY {
            let mut permitted = BTreeSet::new();
            for request in &all {
                let reply = world.get(who, &format!("/api/requests/{request}")).await;
                if reply.status.is_success() {
                    permitted.insert(request.clone());
                } else {
                    reply.expect(404);
                }
            }
            if [Auditor, crate::world::Who::Administrator].contains(&who) {
                assert!(permitted.is_empty(), "{who:?}");
                world.get(who, "/api/requests").await.expect(404);
                continue;
            }
            let found = listed(&world, who, "").await;
            let mut newest_first = found.clone();
            newest_first.sort_by(|one, other| other.cmp(one));
            assert_eq!(found, newest_first, "{who:?}");
            assert_eq!(found.iter().cloned().collect::<BTreeSet<_>>(), permitted, "{who:?}");
            let hits: BTreeSet<String> =
                listed(&world, who, "&q=%E6%A5%BC%E9%81%93%E7%81%AF").await.into_iter().collect();
            assert_eq!(hits, permitted, "search of {who:?}");
            let tray = world.get(who, "/api/inbox?tray=all_open").await.expect(200).json();
            assert_eq!(
                ids(&tray).into_iter().collect::<BTreeSet<_>>(),
                permitted,
                "tray of {who:?}"
            );
        }
    });
}

#[test]
fn filters_narrow_a_list() {
    tell(|world| async move {
        let late = world
            .file(Clerk, json!({ "text": "路灯坏了", "topic": "A01", "spot": household(3) }))
            .await;
        world.advance(3);
        let triaged = world.filed(Clerk).await;
        world.triaged(&triaged, Clerk).await;
        let recorded = world.filed(Rep).await;
        let late = text(&late["id"]);
        for (query, expected) in [
            ("&late=true".to_owned(), vec![&late]),
            ("&stage=in_progress".to_owned(), vec![&triaged]),
            ("&mode=assisted".to_owned(), vec![&triaged]),
            (format!("&household={}", household(3)), vec![&late]),
            (format!("&grid={}", crate::world::grid(1)), vec![&late]),
            ("&topic=A01&stage=received".to_owned(), vec![&recorded, &late]),
            ("&topic=L".to_owned(), vec![]),
            ("&mine=true".to_owned(), vec![&triaged, &late]),
            ("&q=hfc+3".to_owned(), vec![&late]),
            ("&q=2026-000002".to_owned(), vec![&triaged]),
            ("&q=hfc+3&stage=closed".to_owned(), vec![]),
        ] {
            let found = listed(&world, Clerk, &query).await;
            assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{query}");
        }
        world.get(Clerk, "/api/requests?cursor=nonsense").await.expect(422);
        for (path, field) in [
            ("/api/requests?stge=closed", "stge"),
            ("/api/requests?stage=closed&Limit=3", "Limit"),
            ("/api/requests?_=1", "_"),
            ("/api/inbox?try=late", "try"),
            ("/api/home?stage=closed", "stage"),
            ("/api/households?query=3", "query"),
        ] {
            let problem = world.get(Clerk, path).await.expect(422).json();
            let error = &problem["errors"][0];
            assert_eq!(
                (&error["field"], &error["key"]),
                (&json!(field), &json!("fault.unknown_field"))
            );
        }
        let page = world.rig.page(&Clerk.cookie(), "/requests?stge=closed").await.expect(422);
        assert!(page.text().contains("stge"), "{}", page.text());
        let passed_on = "/requests?stage=closed&from=singlemessage&isappinstalled=0&_x=1";
        world.rig.page(&Clerk.cookie(), passed_on).await.expect(200);
        world.get(Clerk, "/api/requests?stage=nonsense").await.expect(422);
    });
}

#[test]
fn words_are_found_by_their_pinyin_initials() {
    tell(|world| async move {
        let lamp = world
            .file(Clerk, json!({ "text": "楼道灯坏了，wifi也断了", "spot": household(0) }))
            .await;
        let drain = world.file(Clerk, json!({ "text": "下水道堵了，楼下漏水" })).await;
        let (lamp, drain) = (&text(&lamp["id"]), &text(&drain["id"]));
        for (query, expected) in [
            ("ldd", vec![lamp]),
            ("dhl", vec![lamp]),
            ("LDDHL", vec![lamp]),
            ("dl", vec![drain, lamp]),
            ("xsd", vec![drain]),
            ("wifi", vec![lamp]),
            ("wif", vec![]),
            ("wifi+ldd", vec![lamp]),
            ("hfc3d+ldd", vec![lamp]),
            ("%E5%8C%96%E8%82%A5%E5%8E%82+ldd", vec![lamp]),
            ("%E5%8C%96%E8%82%A5%E5%8E%82+xsd", vec![]),
            // Initials do not run on over a comma.
            ("dll", vec![]),
        ] {
            let found = listed(&world, Clerk, &format!("&q={query}")).await;
            assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{query}");
        }
        let corrected = json!({ "text": "电表箱敞着", "reason": "听错了" });
        world.done(Clerk, lamp, "correction", corrected).await;
        assert_eq!(listed(&world, Clerk, "&q=ldd").await, [""; 0]);
        assert_eq!(listed(&world, Clerk, "&q=dbx").await, std::slice::from_ref(lamp));
    });
}

#[test]
fn trays_say_what_must_be_done_next() {
    tell(|world| async move {
        let received = world.filed(Rep).await;
        let mine = world.in_progress().await;
        let answered = world.answered().await;
        let offered = world.filed(Rep).await;
        world.done(Rep, &offered, "assignment", json!({ "to": OtherClerk.uuid() })).await;
        for (who, tray, expected) in [
            (Clerk, "to_triage", vec![&received]),
            (Clerk, "to_handle", vec![&mine, &answered]),
            (Rep, "to_handle", vec![&received, &offered]),
            (Clerk, "to_verify", vec![]),
            (OtherClerk, "to_verify", vec![&answered]),
            (OtherClerk, "to_accept", vec![&offered]),
            (Clerk, "late", vec![]),
        ] {
            let path = format!("/api/inbox?tray={tray}");
            let body = world.get(who, &path).await.expect(200).json();
            let found: BTreeSet<String> = ids(&body).into_iter().collect();
            let expected: BTreeSet<String> = expected.into_iter().cloned().collect();
            assert_eq!(found, expected, "{tray} of {who:?}");
        }
        let home = world.get(OtherClerk, "/api/home").await.expect(200).json();
        assert_eq!(home["name"], "陈静");
        assert!(home["waiting"].to_string().contains(&offered));
        let rep = world.get(Rep, "/api/home").await.expect(200).json();
        assert_eq!(rep["households"], 2);
        assert_eq!(rep["recent"].as_array().unwrap().len(), 4);
    });
}

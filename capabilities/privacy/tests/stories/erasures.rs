//! To be forgotten: entered by one, decided by another, and then for good.

use serde_json::{Value as Json, json};

use crate::world::Who::{Auditor, Clerk, OtherClerk, Rep, Secretary};
use crate::world::{CHILD, ELDER, ELDER_PHONE, World, elder, here, household, tell};

async fn ask(world: &World) -> String {
    let body = json!({"by": "oneself", "ground": "done"});
    let path = format!("/api/people/{}/privacy/erasures", elder());
    let done = world.post(Clerk, &path, body).await.expect(201).json();
    done["erasure"].as_str().unwrap().to_owned()
}

async fn decide(
    world: &World,
    who: crate::world::Who,
    erasure: &str,
    body: Json,
) -> harness::Reply {
    world.post(who, &format!("/api/privacy/erasures/{erasure}/decision"), body).await
}

#[test]
fn p10_two_people_erase_and_what_was_done_stays() {
    tell(|world| async move {
        let consent = json!({"purpose": "diet", "by": "oneself", "channel": "paper",
            "evidence": "同意书第九号"});
        let path = format!("/api/people/{}/privacy/consents", elder());
        world.post(Clerk, &path, consent).await.expect(201);
        let entry = world.get(Clerk, &format!("/api/people/{}", elder())).await.expect(200).json();
        let died = json!({"version": entry["version"], "why": "died", "on": "2026-11-16"});
        let path = format!("/api/people/{}/leave", elder());
        world.post(Clerk, &path, died).await.expect(200);
        let erasure = ask(&world).await;
        let again = json!({"by": "oneself", "ground": "done"});
        let path = format!("/api/people/{}/privacy/erasures", elder());
        let refused = world.post(Clerk, &path, again).await.expect(409).json();
        assert_eq!(refused["key"], "privacy.asked_already");
        let refused = decide(&world, Clerk, &erasure, json!({"grant": true})).await.expect(409);
        assert_eq!(refused.json()["key"], "privacy.second_person");
        let list = world.get(OtherClerk, "/api/privacy/erasures").await.expect(200).json();
        assert_eq!(list["erasures"][0]["may_decide"], json!(true));
        decide(&world, OtherClerk, &erasure, json!({"grant": true})).await.expect(200);
        // Nobody finds them, and their place is still theirs.
        let home = format!("/api/households/{}", household());
        let home = world.get(Rep, &home).await.expect(200).json();
        let people = home["people"].as_array().unwrap();
        assert_eq!(people.len(), 1);
        let text = home.to_string();
        assert!(!text.contains(ELDER) && !text.contains(ELDER_PHONE), "{text}");
        assert!(text.contains(CHILD), "{text}");
        let entry = world.get(Clerk, &format!("/api/people/{}", elder())).await.expect(200).json();
        assert_eq!((&entry["died_on"], &entry["name"]), (&Json::Null, &json!("")));
        let shown = world.privacy(Clerk, elder()).await;
        assert_eq!(shown["erased"], json!(true));
        assert_eq!(shown["called"], "");
        assert_eq!(shown["consents"][0]["evidence"], Json::Null);
        assert_eq!(shown["may"], json!([]));
        let found = world.get(Clerk, "/api/households?q=%E5%A4%8F%E6%9C%A8%E5%85%B0").await;
        assert_eq!(found.expect(200).json()["households"], json!([]));
        let copy = json!({"by": "oneself"});
        let path = format!("/api/people/{}/privacy/copies", elder());
        world.post(Clerk, &path, copy).await.expect(409);
        decide(&world, Secretary, &erasure, json!({"grant": false, "reason": "x"}))
            .await
            .expect(409);
        let page = world.page(Auditor, "/privacy/erasures").await.expect(200).text();
        assert!(page.contains("已删除") && !page.contains("/people/"), "{page}");
    });
}

#[test]
fn an_open_request_comes_first_and_then_its_contact_goes_too() {
    tell(|world| async move {
        let body = json!({"text": "楼道灯不亮", "household": household(), "petitioner": elder(),
            "petitioner_phone": "0737-4229876"});
        let filed = world.post(Rep, "/api/requests", body).await.expect(201).json();
        let request = filed["id"].as_str().unwrap().to_owned();
        let erasure = ask(&world).await;
        let refused = decide(&world, Secretary, &erasure, json!({"grant": true})).await.expect(409);
        assert_eq!(refused.json()["key"], "privacy.open_request");
        let shown = world.privacy(Clerk, elder()).await;
        assert_eq!(shown["erased"], json!(false), "nothing is half done");
        let act = async |who, noun: &str, body: Json| {
            let path = format!("/api/requests/{request}/{noun}");
            world.post(who, &path, body).await.expect(200);
        };
        let clerk = Clerk.account();
        act(Clerk, "triage", json!({"mode": "assisted", "assign_to": clerk})).await;
        act(Clerk, "answer", json!({"text": "灯已换好"})).await;
        let happy = json!({"contacted": true, "solved": true, "satisfied": true});
        act(OtherClerk, "verification", happy).await;
        act(OtherClerk, "closure", json!({})).await;
        let seen = world.get(Clerk, &format!("/api/requests/{request}")).await.expect(200).json();
        assert!(seen.to_string().contains("0737-4229876"), "{seen}");
        decide(&world, Secretary, &erasure, json!({"grant": true})).await.expect(200);
        let seen = world.get(Clerk, &format!("/api/requests/{request}")).await.expect(200).json();
        assert!(!seen.to_string().contains("0737-4229876"), "{seen}");
        assert_eq!(seen["words"], "楼道灯不亮");
        let list = world.get(Auditor, "/api/privacy/erasures").await.expect(200).json();
        assert_eq!(list["erasures"][0]["contacts"], json!(1));
        // Every request is still as its newest event left it.
        let db = world.rig.db.clone();
        let states = web::house::states(crate::world::MODULES);
        let compared = tokio::task::spawn_blocking(move || {
            gate::left::compare(&db, here(), &states, |_| ()).unwrap()
        });
        assert_eq!(compared.await.unwrap().unlike, vec![]);
    });
}

#[test]
fn a_no_says_why_and_the_resident_is_told() {
    tell(|world| async move {
        let erasure = ask(&world).await;
        let refused =
            decide(&world, Secretary, &erasure, json!({"grant": false})).await.expect(422);
        assert_eq!(refused.json()["errors"][0]["field"], "reason");
        let no = json!({"grant": false, "reason": "还在领补贴"});
        decide(&world, Secretary, &erasure, no).await.expect(200);
        let shown = world.privacy(Clerk, elder()).await;
        assert_eq!(shown["called"], ELDER);
        assert_eq!(shown["erasure"]["reason"], "还在领补贴");
        // It may be asked again.
        ask(&world).await;
        for who in [Rep, Auditor] {
            decide(&world, who, &erasure, json!({"grant": true})).await.expect(match who {
                Auditor => 403,
                _ => 404,
            });
        }
    });
}

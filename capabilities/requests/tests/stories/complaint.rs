//! Complaints about colleagues: hidden from the accused, routed past them, never to nobody (R21).

use serde_json::{Value as Json, json};

use crate::world::{
    Who::{
        self, Administrator, Auditor, Clerk, Head, OtherClerk, OtherHead, OtherRep, Rep, Secretary,
    },
    World, steps, tell, text,
};

async fn complaint(world: &World, by: Who, accused: Who) -> String {
    let body = json!({ "text": "他态度恶劣，去了两次都推诿", "accused": accused.uuid() });
    text(&world.file(by, body).await["id"])
}

async fn waits_for(world: &World, who: Who, request: &str) -> bool {
    let home = world.get(who, "/api/home").await.expect(200).json();
    let waiting = home["waiting"].as_array().unwrap().clone();
    waiting.iter().any(|line: &Json| line["id"] == request)
}

#[test]
fn who_keeps_the_program_in_order_begins_with_that_and_not_with_empty_trays() {
    tell(|world| async move {
        world.filed(Rep).await;
        for who in [Administrator, Auditor] {
            let page = world.rig.page(&who.cookie(), "/").await.expect(200).text();
            for path in ["/accounts", "/clocks"] {
                let main = page.split("<main").nth(1).expect("a page");
                assert!(main.contains(&format!("href=\"{path}\"")), "{path}: {page}");
            }
            for empty in ["href=\"/inbox", "等您办的", "没有等您办的事"] {
                assert!(!page.contains(empty), "{empty}: {page}");
            }
        }
        // A complaint about the secretary is theirs to hear (R21): then there is a way to it.
        let body = json!({ "text": "书记态度不好", "accused": Secretary.uuid() });
        world.file(Rep, body).await;
        let page = world.rig.page(&Administrator.cookie(), "/").await.expect(200).text();
        assert!(page.contains("书记态度不好") && page.contains("href=\"/inbox\""), "{page}");
        let page = world.rig.page(&Administrator.cookie(), "/inbox").await.expect(200).text();
        assert!(page.contains("tray=to_accept") && !page.contains("tray=to_verify"), "{page}");
    });
}

#[test]
fn r21_a_complaint_about_each_kind_of_colleague_waits_for_somebody_else() {
    tell(|world| async move {
        for (by, accused, hears) in [
            (Clerk, Rep, Secretary),
            (Clerk, Head, Secretary),
            (Rep, Clerk, Secretary),
            (Rep, Administrator, Secretary),
            (Rep, Secretary, Administrator),
            (Clerk, Secretary, Administrator),
        ] {
            let request = complaint(&world, by, accused).await;
            assert!(waits_for(&world, hears, &request).await, "{accused:?} by {by:?}");
            let path = format!("/api/requests/{request}");
            world.get(hears, &path).await.expect(200);
            for other in [accused, OtherClerk, OtherRep, OtherHead, Auditor] {
                world.get(other, &path).await.expect(404);
            }
            assert!(!waits_for(&world, accused, &request).await);
        }
    });
}

#[test]
fn r21_the_administrator_hears_a_complaint_about_the_secretary_to_its_end() {
    tell(|world| async move {
        let request = complaint(&world, Rep, Secretary).await;
        let body = world.read(Administrator, &request).await;
        assert_eq!((&body["stage"], &body["lead"]["name"]), (&json!("assigned"), &json!("夏爱国")));
        assert_eq!(steps(&body), ["file", "assign"]);
        let tray = world.get(Administrator, "/api/inbox?tray=to_accept").await.expect(200).json();
        assert_eq!(tray["items"][0]["id"], json!(request));
        world.done(Administrator, &request, "acceptance", json!({})).await;
        world.done(Administrator, &request, "answer", json!({ "text": "已谈话，向您道歉" })).await;
        world.done(Rep, &request, "verification", crate::world::happy()).await;
        let closed = world.done(Administrator, &request, "closure", json!({})).await;
        assert_eq!(closed["stage"], "closed");
        // Nothing else is the administrator's to read.
        let other = world.filed(Rep).await;
        world.get(Administrator, &format!("/api/requests/{other}")).await.expect(404);
    });
}

//! A resident's own door: a code on a slip, shown once.

use crate::world::Who::{Clerk, OtherClerk, Rep};
use crate::world::{CHILD, ELDER, World, elder, household, tell};

/// The code on the slip that the office prints.
async fn print(world: &World) -> String {
    world.moment();
    let path = format!("/people/{}/privacy/codes", elder());
    let slip = world.rig.form(&Clerk.cookie(), &path, &[]).await.expect(201).text();
    let rest = slip.split("</span> <b>").nth(1).unwrap();
    rest.split('<').next().unwrap().to_owned()
}

#[test]
fn the_holder_of_the_code_reads_who_looked_and_takes_a_consent_back() {
    tell(|world| async move {
        let agree = [("purpose", "photos"), ("by", "oneself"), ("channel", "voice")];
        let path = format!("/people/{}/privacy/consents", elder());
        world.rig.form(&Clerk.cookie(), &path, &agree).await.expect(303);
        world.get(Rep, &format!("/api/households/{}", household())).await.expect(200);
        let code = print(&world).await;
        let typed = code.to_lowercase().replace('-', " ");
        let found = world.rig.page("", &format!("/p?code={}", typed.replace(' ', "+"))).await;
        assert_eq!(found.expect(303).header("location"), format!("/p/{code}"));
        let page = world.rig.page("", &format!("/p/{code}")).await.expect(200).text();
        assert!(page.contains(ELDER) && page.contains("曾桂英"), "{page}");
        assert!(!page.contains(CHILD) && !page.contains("erasures"), "{page}");
        let rest = page.split(&format!("action=\"/p/{code}/consents/")).nth(1).unwrap();
        let consent = rest.split('/').next().unwrap();
        let path = format!("/p/{code}/consents/{consent}/withdrawal");
        let done = world.rig.form("", &path, &[]).await.expect(303);
        assert_eq!(done.header("location"), format!("/p/{code}"));
        let shown = world.privacy(Clerk, elder()).await;
        assert!(shown["consents"][0]["withdrawn_at"].is_string(), "{shown}");
    });
}

#[test]
fn a_newer_slip_and_a_lost_one_end_the_older() {
    tell(|world| async move {
        let first = print(&world).await;
        let second = print(&world).await;
        world.rig.page("", &format!("/p/{first}")).await.expect(404);
        world.rig.page("", &format!("/p/{second}")).await.expect(200);
        let path = format!("/people/{}/privacy/codes/end", elder());
        world.rig.form(&OtherClerk.cookie(), &path, &[]).await.expect(303);
        world.rig.page("", &format!("/p/{second}")).await.expect(404);
        world.rig.form(&Rep.cookie(), &path, &[]).await.expect(404);
        // What is no code and what opens a request opens no resident.
        world.rig.page("", "/p/1-AAAAA-AAAAA").await.expect(404);
        let (_, request) = world.complaint().await;
        world.rig.page("", &format!("/p/{request}")).await.expect(404);
        let person = print(&world).await;
        world.rig.page("", &format!("/q/{person}")).await.expect(404);
    });
}

#[test]
fn a_slip_sent_twice_is_shown_once() {
    tell(|world| async move {
        let path = format!("/people/{}/privacy/codes", elder());
        let sent = [("_receipt", "slip-1")];
        world.rig.form(&Clerk.cookie(), &path, &sent).await.expect(201);
        let again = world.rig.form(&Clerk.cookie(), &path, &sent).await.expect(303);
        assert_eq!(again.header("location"), format!("/people/{}/privacy", elder()));
    });
}

//! Who looked: told to the resident, and not to those from whom the matter is kept.

use serde_json::{Value as Json, json};

use crate::world::Who::{Administrator, Auditor, Clerk, OtherClerk, Rep, Secretary};
use crate::world::{ELDER, child, elder, household, id, tell};

fn looks(body: &Json) -> Vec<(String, String)> {
    let text = |value: &Json| value.as_str().unwrap_or("").to_owned();
    let all = body["looks"].as_array().unwrap().iter();
    all.map(|one| (text(&one["who"]["name"]), text(&one["purpose"]))).collect()
}

fn look(who: &str, purpose: &str) -> (String, String) {
    (who.to_owned(), purpose.to_owned())
}

#[test]
fn every_look_is_told_this_one_too() {
    tell(|world| async move {
        world.get(Rep, &format!("/api/households/{}", household())).await.expect(200);
        let body = world.privacy(Clerk, elder()).await;
        assert_eq!(body["called"], ELDER);
        assert_eq!(looks(&body), [look("曾桂英", "household_read")]);
        let body = world.privacy(OtherClerk, elder()).await;
        assert_eq!(
            looks(&body),
            [look("王春梅", "privacy_read"), look("曾桂英", "household_read")]
        );
        let page = world.page(Clerk, &format!("/people/{}/privacy", elder())).await.expect(200);
        let page = page.text();
        assert!(page.contains("看了住户页（走访、联系）") && page.contains("联户代表"), "{page}");
    });
}

#[test]
fn long_lists_go_page_by_page() {
    tell(|world| async move {
        for _ in 0..60 {
            world.get(Rep, &format!("/api/households/{}", household())).await.expect(200);
            // After a quarter of an hour it is another look.
            world.rig.clock.advance(std::time::Duration::from_secs(16 * 60));
        }
        let body = world.privacy(Clerk, elder()).await;
        assert_eq!(looks(&body).len(), 50);
        let next = body["next"].as_str().unwrap().replace('+', "%2B");
        let path = format!("/api/people/{}/privacy?before={next}", elder());
        let body = world.get(Clerk, &path).await.expect(200).json();
        assert_eq!(looks(&body).len(), 10);
        assert_eq!(body["next"], Json::Null);
    });
}

#[test]
fn nobody_but_the_office_finds_the_page() {
    tell(|world| async move {
        for who in [Rep, Auditor, Administrator] {
            for person in [elder().uuid(), id(0xFFFF)] {
                let path = format!("/api/people/{person}/privacy");
                world.get(who, &path).await.expect(404);
            }
        }
        let absent = format!("/api/people/{}/privacy", id(0xFFFF));
        world.get(Clerk, &absent).await.expect(404);
    });
}

/// T21, and the accused: lines about a complaint.
#[test]
fn looks_in_a_complaint_are_told_neither_to_the_accused_nor_to_the_family() {
    tell(|world| async move {
        let (request, code) = world.complaint().await;
        world.get(Secretary, &format!("/api/requests/{request}")).await.expect(200);
        let whole = looks(&world.privacy(Secretary, elder()).await);
        assert!(whole.contains(&look("周书记", "request")), "{whole:?}");
        for (who, query) in [(Clerk, ""), (Secretary, "?family=true")] {
            let path = format!("/api/people/{}/privacy{query}", elder());
            let body = world.get(who, &path).await.expect(200).json();
            assert!(!looks(&body).iter().any(|one| one.1 == "request"), "{body}");
            assert_eq!(body["withheld"], json!(1), "{body}");
        }
        // The slip of the matter itself tells it.
        let own = world.rig.get("", &format!("/api/q/{code}")).await.expect(200).json();
        assert!(own["seen"].to_string().contains("周书记"), "{own}");
        // The child of the same household learns nothing of it.
        let body = world.privacy(Clerk, child()).await;
        assert_eq!(body["withheld"], json!(0));
    });
}

//! A copy of everything: whole, of one person alone, for a day.

use serde_json::{Value as Json, json};

use crate::world::Who::{Clerk, OtherClerk, Rep};
use crate::world::{CHILD, ELDER, ELDER_PHONE, World, elder, household, tell};

async fn copy(world: &World, by: &str) -> (String, Json) {
    let body = json!({"by": by, "proof": "户口簿"});
    let path = format!("/api/people/{}/privacy/copies", elder());
    let done = world.post(Clerk, &path, body).await.expect(201).json();
    let path = format!("{path}/{}", done["copy"].as_str().unwrap());
    (path.clone(), world.get(Clerk, &path).await.expect(200).json())
}

#[test]
fn p09_everything_of_one_person_and_nothing_of_another() {
    tell(|world| async move {
        world.complaint().await;
        let consent = json!({"purpose": "diet", "by": "oneself", "channel": "paper",
            "evidence": "同意书第八号"});
        let path = format!("/api/people/{}/privacy/consents", elder());
        world.post(Clerk, &path, consent).await.expect(201);
        world.get(Rep, &format!("/api/households/{}", household())).await.expect(200);
        let entry = world.get(Clerk, &format!("/api/people/{}", elder())).await.expect(200).json();
        let right = json!({"version": entry["version"], "name": ELDER, "phone": ELDER_PHONE,
            "born_on": "1941-03-05", "form_of_address": "夏娭毑"});
        let correction = format!("/api/people/{}/correction", elder());
        world.post(Clerk, &correction, right).await.expect(200);
        let (path, whole) = copy(&world, "oneself").await;
        assert_eq!(whole["formers"][0]["name"], ELDER);
        assert_eq!(whole["formers"][0]["form_of_address"], "");
        assert_eq!(whole["register"]["form_of_address"], "夏娭毑");
        assert_eq!(whole["register"]["name"], ELDER);
        assert_eq!(whole["register"]["phone"], ELDER_PHONE);
        assert_eq!(whole["register"]["born_on"], "1941-03-05");
        assert_eq!(whole["households"][0]["label"], "化肥厂小区3栋401");
        assert_eq!(whole["requests"][0]["words"], "那位干部态度不好");
        assert_eq!(whole["consents"][0]["evidence"], "同意书第八号");
        let looks = whole["looks"].to_string();
        assert!(looks.contains("曾桂英"), "{looks}");
        assert!(!whole.to_string().contains(CHILD), "{whole}");
        let page = world.page(Clerk, path.strip_prefix("/api").unwrap()).await.expect(200).text();
        for said in [ELDER, ELDER_PHONE, "那位干部态度不好", "同意书第八号", "曾桂英"]
        {
            assert!(page.contains(said), "{said}: {page}");
        }
        let told = world.privacy(OtherClerk, elder()).await;
        assert_eq!(told["copies"][0]["giver"]["name"], "王春梅");
        assert_eq!(told["looks"][0]["purpose"], "copy_read");
    });
}

#[test]
fn t21_guardians_and_kin_get_no_requests() {
    tell(|world| async move {
        world.complaint().await;
        for by in ["guardian", "kin"] {
            let (_, whole) = copy(&world, by).await;
            assert_eq!(whole["requests"], json!([]), "{by}");
            assert!(!whole["looks"].to_string().contains("request"), "{by}: {whole}");
        }
        let body = json!({"by": "guardian"});
        let path = format!("/api/people/{}/privacy/copies", elder());
        let refused = world.post(Clerk, &path, body).await.expect(422).json();
        assert_eq!(refused["errors"][0]["field"], "proof");
    });
}

#[test]
fn a_copy_is_seen_by_who_gave_it_for_a_day() {
    tell(|world| async move {
        let (path, _) = copy(&world, "oneself").await;
        world.get(OtherClerk, &path).await.expect(404);
        world.get(Rep, &path).await.expect(404);
        world.rig.clock.advance(std::time::Duration::from_secs(24 * 3_600));
        world.get(Clerk, &path).await.expect(404);
        world
            .post(Rep, &format!("/api/people/{}/privacy/copies", elder()), json!({"by": "kin"}))
            .await
            .expect(404);
    });
}

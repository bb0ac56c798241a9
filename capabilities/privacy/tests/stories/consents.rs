//! Consents: asked for one by one, nothing ticked beforehand, taken back as easily.

use serde_json::json;

use crate::world::Who::{Clerk, OtherClerk, Rep};
use crate::world::{World, child, elder, here, tell};

async fn give(world: &World, body: serde_json::Value) -> harness::Reply {
    world.post(Clerk, &format!("/api/people/{}/privacy/consents", elder()), body).await
}

async fn holds(world: &World, purpose: &'static str) -> bool {
    let asked = move |tx: &mut db::Tx<'_>| privacy::holds(tx, here(), (elder(), purpose));
    world.rig.db.read(asked).await.unwrap()
}

#[test]
fn s1_a_consent_counts_until_it_is_taken_back() {
    tell(|world| async move {
        let body = json!({"purpose": "photos", "by": "oneself", "channel": "voice"});
        assert!(!holds(&world, "photos").await);
        let done = give(&world, body.clone()).await.expect(201).json();
        assert!(holds(&world, "photos").await && !holds(&world, "honours").await);
        let again = give(&world, body.clone()).await.expect(422).json();
        assert_eq!(again["errors"][0]["key"], "privacy.agreed_already");
        let shown = world.privacy(OtherClerk, elder()).await;
        assert_eq!(shown["consents"][0]["purpose"]["code"], "photos");
        assert_eq!(shown["consents"][0]["witness"]["name"], "王春梅");
        assert_eq!(shown["consents"][0]["edition"], "2026-11-27");
        let consent = done["consent"].as_str().unwrap();
        let path = format!("/api/people/{}/privacy/consents/{consent}/withdrawal", elder());
        world.post(OtherClerk, &path, json!({})).await.expect(200);
        assert!(!holds(&world, "photos").await);
        world.post(OtherClerk, &path, json!({})).await.expect(409);
        give(&world, body).await.expect(201);
        assert!(holds(&world, "photos").await);
    });
}

#[test]
fn s2_sensitive_purposes_want_what_proves_them_and_it_lies_sealed() {
    tell(|world| async move {
        let bare = json!({"purpose": "health", "by": "oneself", "channel": "paper"});
        let refused = give(&world, bare).await.expect(422).json();
        assert_eq!(refused["errors"][0]["field"], "evidence");
        let proved = json!({"purpose": "health", "by": "oneself", "channel": "paper",
            "evidence": "同意书第七号银杏"});
        give(&world, proved).await.expect(201);
        let shown = world.privacy(Clerk, elder()).await;
        assert_eq!(shown["consents"][0]["evidence"], "同意书第七号银杏");
        const KEPT: db::Sql = db::Sql {
            name: "story.evidence",
            text: "select evidence from privacy_consents where evidence is not null union all select detail from events where action = 'consent.give'",
        };
        let rows = world.rig.db.read(|tx| tx.rows(&KEPT, &[])).await.unwrap();
        assert_eq!(rows.len(), 2);
        for row in rows {
            assert!(!row.text(0).unwrap().contains("银杏"));
        }
    });
}

#[test]
fn a_guardian_agrees_for_a_child_and_nobody_for_what_is_not_asked() {
    tell(|world| async move {
        let path = format!("/api/people/{}/privacy/consents", child());
        let say = |by: &str| json!({"purpose": "photos", "by": by, "channel": "voice"});
        let refused = world.post(Clerk, &path, say("oneself")).await.expect(422).json();
        assert_eq!(refused["errors"][0]["key"], "privacy.guardian_needed");
        world.post(Clerk, &path, say("guardian")).await.expect(201);
        let duty = json!({"purpose": "register", "by": "oneself", "channel": "voice"});
        let refused = give(&world, duty).await.expect(422).json();
        assert_eq!(refused["errors"][0]["key"], "privacy.not_asked");
        let body = json!({"purpose": "photos", "by": "oneself", "channel": "voice"});
        let path = format!("/api/people/{}/privacy/consents", elder());
        world.post(Rep, &path, body).await.expect(404);
    });
}

/// PIPL art. 14: nothing is agreed to by leaving a form as it is.
#[test]
fn nothing_is_ticked_beforehand_and_an_untouched_form_agrees_to_nothing() {
    tell(|world| async move {
        let path = format!("/people/{}/privacy", elder());
        let page = world.page(Clerk, &path).await.expect(200).text();
        assert!(page.contains("name=\"purpose\""), "{page}");
        let inputs = page.split("<input ").skip(1).map(|rest| rest.split('>').next().unwrap());
        assert_eq!(inputs.filter(|input| input.contains("checked")).count(), 0);
        let form = format!("{path}/consents");
        let page = world.rig.form(&Clerk.cookie(), &form, &[]).await.expect(422).text();
        for field in ["purpose", "by", "channel"] {
            assert!(page.contains(&format!("#consent.give.{field}")), "{field}: {page}");
        }
        let shown = world.privacy(Clerk, elder()).await;
        assert_eq!(shown["consents"], json!([]));
    });
}

#[test]
fn everybody_reads_what_data_are_kept_for() {
    tell(|world| async move {
        let page = world.rig.page("", "/privacy/purposes").await.expect(200).text();
        assert!(page.contains("社区台账") && page.contains("法律交给社区的职责"), "{page}");
        let list = world.rig.get("", "/api/privacy/purposes").await.expect(200).json();
        assert_eq!(list["purposes"].as_array().unwrap().len(), 7);
    });
}

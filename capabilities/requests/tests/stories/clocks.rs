//! The clocks as editable data: a new edition rules what comes after it and nothing before.

use serde_json::{Value as Json, json};

use crate::world::{
    Who::{Administrator, Clerk, Rep},
    tell,
};

fn answer_due(body: &Json) -> String {
    let promises = body["promises"].as_array().expect("promises");
    let answer = promises.iter().find(|promise| promise["clock"] == "answer").expect("promised");
    answer["due_at"].as_str().expect("an instant").to_owned()
}

/// The edition in force with another term for ordinary answers.
fn with_answer_in(shown: &Json, term: &str) -> String {
    let terms = shown["terms"].as_str().expect("terms");
    let mut terms: Json = serde_json::from_str(terms).expect("terms are JSON");
    for class in ["u2", "u3", "u4"] {
        terms["answer"][class] = json!(term);
    }
    terms.to_string()
}

#[test]
fn r23_a_new_edition_rules_later_promises_and_no_earlier_one() {
    tell(|world| async move {
        let before = world.in_progress().await;
        let due = answer_due(&world.read(Clerk, &before).await);
        let shown = world.rig.get(&Administrator.token(), "/api/clocks").await.expect(200).json();
        let edition = json!({
            "version": "2026-b",
            "terms": with_answer_in(&shown, "2d"),
            "calendar": shown["calendar"],
        });
        let token = Administrator.token();
        world.rig.post(&token, "/api/clocks", edition.clone()).await.expect(201);
        assert_eq!(answer_due(&world.read(Clerk, &before).await), due, "a promise stays");
        let after = world.in_progress().await;
        let due = answer_due(&world.read(Clerk, &after).await);
        assert!(due.starts_with("2026-11-18T09:00:00"), "two days of wall time: {due}");
        let shown = world.rig.get(&token, "/api/clocks").await.expect(200).json();
        assert_eq!(shown["version"], "2026-b");
    });
}

#[test]
fn an_edition_is_refused_by_field_and_never_backdated() {
    tell(|world| async move {
        let token = Administrator.token();
        let shown = world.rig.get(&token, "/api/clocks").await.expect(200).json();
        let good = json!({
            "version": "x", "terms": shown["terms"], "calendar": shown["calendar"],
        });
        let wrong = [
            ("terms", json!("{}")),
            ("terms", json!(with_answer_in(&shown, "0d"))),
            ("calendar", json!("version = 3")),
            ("from_at", json!("2026-11-16T08:59:59+08:00")),
        ];
        for (field, value) in wrong {
            let mut edition = good.clone();
            edition[field] = value;
            let reply = world.rig.post(&token, "/api/clocks", edition).await.expect(422).json();
            assert_eq!(reply["errors"][0]["field"], field, "{reply}");
        }
        let shown = world.rig.get(&token, "/api/clocks").await.expect(200).json();
        assert_eq!(shown["version"], "built-in-1", "nothing was kept");
        world.rig.post(&Rep.token(), "/api/clocks", good).await.expect(403);
    });
}

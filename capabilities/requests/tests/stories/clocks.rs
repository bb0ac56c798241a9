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

/// The fields of the form as a browser would send them, with what somebody typed over them.
fn form_of(shown: &Json, typed: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for term in shown["each"].as_array().expect("terms") {
        let field = term["field"].as_str().expect("a field");
        fields.push((format!("amount.{field}"), term["amount"].to_string()));
        let unit = term["unit"].as_str().expect("a unit").to_owned();
        fields.push((format!("unit.{field}"), unit));
    }
    let calendar = shown["calendar"].as_str().expect("a calendar").to_owned();
    fields.push(("calendar".to_owned(), calendar));
    for (name, value) in typed {
        fields.retain(|(known, _)| known != name);
        fields.push(((*name).to_owned(), (*value).to_owned()));
    }
    fields
}

#[test]
fn the_clocks_are_set_by_number_and_unit() {
    tell(|world| async move {
        // Editions are remembered by the moment they begin at: not that of another story.
        world.advance(1);
        let token = Administrator.token();
        let shown = world.rig.get(&token, "/api/clocks").await.expect(200).json();
        let page = world.rig.page(&Administrator.cookie(), "/clocks").await.expect(200).text();
        assert!(page.contains("name=\"amount.answer.u3\" type=\"number\""), "{page}");
        assert!(page.contains("国办发明电〔2025〕7号") && page.contains("调休上班"));
        assert!(!page.contains("# The working calendar"), "explained in the reader's language");
        let send = |fields: Vec<(String, String)>| {
            let world = &world;
            async move {
                let fields: Vec<(&str, &str)> =
                    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                world.form(&Administrator.cookie(), "/clocks", &fields).await
            }
        };
        let wrong = [
            ("version", "新"),
            ("amount.answer.u3", "0"),
            ("amount.verify", "三"),
            ("from_on", "2026-11-15"),
        ];
        let page = send(form_of(&shown, &wrong)).await.expect(422).text();
        for field in ["amount.answer.u3", "amount.verify", "from_on"] {
            assert!(page.contains(&format!("id=\"clocks.set.{field}-error\"")), "{field}");
        }
        assert!(page.contains("value=\"三\""), "what was typed stays");
        let good = [("version", "2026-c"), ("amount.answer.u3", "5"), ("unit.answer.u3", "d")];
        send(form_of(&shown, &good)).await.expect(303);
        let shown = world.rig.get(&token, "/api/clocks").await.expect(200).json();
        assert_eq!(shown["version"], "2026-c");
        let terms: Json = serde_json::from_str(shown["terms"].as_str().unwrap()).unwrap();
        assert_eq!(
            (&terms["answer"]["u3"], &terms["answer"]["u4"]),
            (&json!("5d"), &json!("15wd"))
        );
        // One to come stands above the one in force, each with what it changed and by whom.
        let later = [("version", "2027-a"), ("amount.verify", "4"), ("from_on", "2099-01-05")];
        send(form_of(&shown, &later)).await.expect(303);
        let page = world.rig.page(&Administrator.cookie(), "/clocks").await.expect(200).text();
        let listed = page.split("id=\"editions\"").nth(1).expect("the editions");
        let (pending, in_force) = listed.split_once("2026-c").expect("both");
        assert!(pending.contains("2027-a") && pending.contains("还没到"), "{pending}");
        assert!(pending.contains("3 工作日改为4 工作日") && pending.contains("吴工"), "{pending}");
        assert!(pending.contains("2099年1月5日") || pending.contains("1月5日"), "{pending}");
        assert!(in_force.contains("在用") && in_force.contains("7 工作日改为5 天"), "{in_force}");
        let read = world.rig.page(&Rep.cookie(), "/clocks").await.expect(200).text();
        assert!(read.contains("5 天") && !read.contains("<form class=\"form\""), "to read only");
    });
}

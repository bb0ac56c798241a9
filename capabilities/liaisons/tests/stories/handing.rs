//! The end of a rep's term: access ends that day, and what they held is handed over (G7).

use std::time::Duration;

use harness::{Rig, each_engine};
use serde_json::{Value, json};

use crate::world::{
    ADMINISTRATOR, CLERK, MODULES, OTHER_REP, REP, THIRD_REP, account, household, id, identify,
    settle, term, token,
};

async fn end_term(rig: &Rig, body: Value) {
    rig.clock.advance(Duration::from_secs(60));
    let path = format!("/api/accounts/{}/roles/{}/end", account(REP), term(REP));
    rig.post(&token(ADMINISTRATOR), &path, body).await.expect(200);
}

/// The one list there is, as the clerk finds it.
async fn the_list(rig: &Rig) -> String {
    let seen = rig.get(&token(CLERK), "/api/liaisons").await.expect(200).json();
    let lists = seen["hand_overs"].as_array().unwrap();
    assert_eq!(lists.len(), 1, "{seen}");
    format!("/api/liaisons/hand-overs/{}", lists[0]["hand_over"].as_str().unwrap())
}

async fn status(rig: &Rig, who: u8, number: u128) -> u16 {
    let path = format!("/api/households/{}", household(number));
    rig.get(&token(who), &path).await.status.as_u16()
}

#[test]
fn g7_a_term_ends_with_access_and_a_list_that_the_successor_takes_over() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        assert_eq!(status(&rig, REP, 0).await, 200);
        end_term(&rig, json!({})).await;
        assert_eq!(status(&rig, REP, 0).await, 401, "refused by the very next request");
        let list = the_list(&rig).await;
        let shown = rig.get(&token(CLERK), &list).await.expect(200).json();
        assert_eq!(shown["stage"], "waiting");
        assert_eq!(shown["liaison"]["name"], "夏桂英");
        assert_eq!(shown["households"].as_array().unwrap().len(), 2);
        rig.get(&token(OTHER_REP), &list).await.expect(404);

        let note = "401 的娭毑耳背，敲重一点";
        let body = json!({"successor": account(OTHER_REP).to_string(), "note": note});
        let give = format!("{list}/successor");
        rig.post(&token(OTHER_REP), &give, body.clone()).await.expect(404);
        rig.post(&token(CLERK), &give, body.clone()).await.expect(200);
        assert_eq!(status(&rig, OTHER_REP, 0).await, 200);
        assert_eq!(status(&rig, OTHER_REP, 2).await, 404, "only what was left");
        rig.post(&token(CLERK), &give, body).await.expect(409);

        let accept = format!("{list}/acceptance");
        rig.post(&token(CLERK), &accept, json!({})).await.expect(403);
        let shown = rig.get(&token(OTHER_REP), &list).await.expect(200).json();
        assert_eq!((&shown["may_accept"], &shown["note"]), (&json!(true), &json!(note)));
        rig.post(&token(OTHER_REP), &accept, json!({})).await.expect(200);
        let shown = rig.get(&token(OTHER_REP), &list).await.expect(200).json();
        assert_eq!(shown["stage"], "accepted");
        assert_eq!(shown["accepted_on"], "2026-11-16");
        rig.post(&token(OTHER_REP), &accept, json!({})).await.expect(409);
        no_note_in_the_clear(&rig).await;
    });
}

/// The note is sealed where it stands and in what the act left of itself.
async fn no_note_in_the_clear(rig: &Rig) {
    let read = rig.db.read(|tx| {
        let mut all = Vec::new();
        for sql in [&NOTES, &DETAILS] {
            for row in tx.rows(sql, &[])? {
                all.push(row.text(0)?.to_owned());
            }
        }
        Ok::<_, db::Error>(all)
    });
    let kept = read.await.unwrap();
    assert!(kept.iter().any(|text| text.contains("sealed_for")), "{kept:?}");
    assert!(!kept.iter().any(|text| text.contains("耳背")), "{kept:?}");
}

static NOTES: db::Sql = db::Sql {
    name: "test.notes",
    text: "select note from liaison_hand_overs where note is not null",
};
static DETAILS: db::Sql = db::Sql {
    name: "test.details",
    text: "select cast(detail as text) from events where action = 'hand_over.give'",
};

#[test]
fn g7_a_term_that_ends_later_is_handed_over_from_that_day() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        end_term(&rig, json!({"last_day": "2026-11-20"})).await;
        let list = the_list(&rig).await;
        let body = json!({"successor": account(OTHER_REP).to_string()});
        rig.post(&token(CLERK), &format!("{list}/successor"), body).await.expect(200);
        for (at, before, after) in
            [("2026-11-20T23:59:59+08:00", 200, 404), ("2026-11-21T00:00:00+08:00", 401, 200)]
        {
            rig.clock.set(at.parse().unwrap());
            assert_eq!(status(&rig, REP, 0).await, before, "{at}");
            assert_eq!(status(&rig, OTHER_REP, 0).await, after, "{at}");
        }
    });
}

#[test]
fn a_list_may_be_shared_out_before_the_rest_goes_to_one() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        end_term(&rig, json!({})).await;
        let list = the_list(&rig).await;
        rig.clock.advance(Duration::from_secs(60));
        let path = format!("/api/liaisons/{}/households", account(OTHER_REP));
        let one = json!({"place": "化肥厂小区3栋2单元401"});
        rig.post(&token(CLERK), &path, one).await.expect(200);
        let shown = rig.get(&token(CLERK), &list).await.expect(200).json();
        assert_eq!(shown["households"][0]["liaison"]["name"], "罗明");
        assert_eq!(shown["households"][1]["liaison"], Value::Null);
        // The form of the page, as a clerk without scripts sends it.
        let cookie = format!("lianhu={}", token(CLERK));
        let page = list.trim_start_matches("/api");
        rig.page(&cookie, page).await.expect(200);
        let gone = [("successor", account(REP).to_string())];
        let gone = gone.each_ref().map(|(name, value)| (*name, value.as_str()));
        let refused = rig.form(&cookie, &format!("{page}/successor"), &gone).await.expect(422);
        assert!(refused.text().contains("不是联户代表"), "{}", refused.text());
        let rest = json!({"successor": account(THIRD_REP).to_string()});
        rig.post(&token(CLERK), &format!("{list}/successor"), rest).await.expect(200);
        let shown = rig.get(&token(THIRD_REP), &list).await.expect(200).json();
        let own = shown["households"].as_array().unwrap();
        assert_eq!(own.len(), 1, "what others were given is not theirs to see");
        assert_eq!(own[0]["household"], household(1).to_string());
        assert_eq!(status(&rig, THIRD_REP, 0).await, 404);
    });
}

#[test]
fn who_held_nothing_leaves_no_list() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        rig.clock.advance(Duration::from_secs(60));
        let path = format!("/api/accounts/{}/end", account(OTHER_REP));
        rig.post(&token(ADMINISTRATOR), &path, json!({})).await.expect(200);
        let seen = rig.get(&token(CLERK), "/api/liaisons").await.expect(200).json();
        assert_eq!(seen["hand_overs"], json!([]));
        let unknown = format!("/api/liaisons/hand-overs/{}", id(0xBAD));
        rig.get(&token(CLERK), &unknown).await.expect(404);
        rig.get("", &unknown).await.expect(401);
    });
}

//! Sessions: opened by card or password, ended by hand, by time, and by the end of a term.

use std::time::Duration;

use access::{Role, Term, seed};
use harness::{Rig, each_engine};

use crate::world::{MODULES, PASSWORD, PIN, clerk, community, id, identify, rep, secret, settle};

async fn signed_in(rig: &Rig) -> String {
    let fields = [("name", "wangchunmei"), ("password", PASSWORD), ("next", "/households?q=3")];
    let done = rig.form("", "/sign-in", &fields).await.expect(303);
    assert_eq!(done.header("location"), "/households?q=3");
    done.cookie("lianhu").unwrap()
}

#[test]
fn a_password_opens_a_session_and_signing_out_ends_it() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let cookie = signed_in(&rig).await;
        let page = rig.page(&cookie, "/households").await.expect(200).text();
        assert!(page.contains("王春梅"), "{page}");
        let out = rig.form(&cookie, "/sign-out", &[]).await.expect(303);
        assert_eq!(out.cookie("lianhu").as_deref(), Some("lianhu="));
        let page = rig.page(&cookie, "/households").await.expect(303);
        assert!(page.header("location").starts_with("/sign-in"));
        rig.form(&cookie, "/sign-out", &[]).await.expect(303);
    });
}

#[test]
fn a_wrong_password_and_an_unknown_name_look_the_same() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let page = async |name: &str| {
            let fields = [("name", name), ("password", "not this one at all")];
            rig.form("", "/sign-in", &fields).await.expect(422).text().replace(name, "")
        };
        assert_eq!(page("wangchunmei").await, page("nobodysname").await);
        let long = "长".repeat(10_000);
        let fields = [("name", "wangchunmei"), ("password", &*long)];
        rig.form("", "/sign-in", &fields).await.expect(422);
    });
}

#[test]
fn a_session_of_the_office_ends_by_itself_after_a_working_day() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let cookie = signed_in(&rig).await;
        for _ in 0..23 {
            rig.clock.advance(Duration::from_secs(1_800));
            rig.page(&cookie, "/households").await.expect(200);
        }
        rig.clock.advance(Duration::from_secs(1_800) - Duration::from_micros(1));
        rig.page(&cookie, "/households").await.expect(200);
        rig.clock.advance(Duration::from_micros(1));
        rig.page(&cookie, "/households").await.expect(303);
    });
}

const HOUR: Duration = Duration::from_secs(3_600);
const MOMENT: Duration = Duration::from_micros(1);

#[test]
fn a_screen_that_is_left_alone_is_signed_out() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let cookie = signed_in(&rig).await;
        rig.clock.advance(HOUR - MOMENT);
        rig.page(&cookie, "/households").await.expect(200);
        rig.clock.advance(HOUR - MOMENT);
        rig.page(&cookie, "/households").await.expect(200);
        rig.clock.advance(HOUR);
        let over = rig.page(&cookie, "/households").await.expect(303);
        assert!(over.header("location").starts_with("/sign-in"));
        rig.page(&cookie, "/households").await.expect(303);
        let cookie = signed_in(&rig).await;
        rig.clock.advance(HOUR - MOMENT);
        // An act is as good as a look.
        let household = [("compound", "化肥厂小区"), ("building", "3"), ("room", "401")];
        rig.form(&cookie, "/households", &household).await.expect(303);
        rig.clock.advance(HOUR - MOMENT);
        rig.page(&cookie, "/households").await.expect(200);
    });
}

#[test]
fn a_page_that_refreshes_itself_keeps_no_session_alive() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let cookie = signed_in(&rig).await;
        let refresh = async || {
            let headers = [("cookie", cookie.as_str()), ("lianhu-refresh", "1")];
            let body = axum::body::Body::empty();
            rig.send(harness::request("GET", "/households", "", &headers, body)).await
        };
        for _ in 0..3 {
            rig.clock.advance(HOUR / 4);
            refresh().await.expect(200);
        }
        rig.clock.advance(HOUR / 4);
        refresh().await.expect(303);
    });
}

#[test]
fn a_reps_own_phone_may_lie_for_a_month() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let card = format!("/enter/{}", secret(2).reveal());
        let cookie = rig.form("", &card, &[]).await.expect(303).cookie("lianhu").unwrap();
        for _ in 0..5 {
            rig.clock.advance(30 * 24 * HOUR - MOMENT);
            rig.page(&cookie, "/households").await.expect(200);
        }
        rig.clock.advance(30 * 24 * HOUR);
        rig.page(&cookie, "/households").await.expect(303);
    });
}

#[test]
fn most_requests_of_a_session_write_nothing() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let cookie = signed_in(&rig).await;
        let looks = async |times: u32| {
            let before = rig.db.metrics().writes;
            for _ in 0..times {
                rig.clock.advance(Duration::from_secs(20));
                rig.page(&cookie, "/households").await.expect(200);
            }
            rig.db.metrics().writes - before
        };
        assert_eq!(looks(14).await, 0, "within five minutes of signing in");
        assert_eq!(looks(15).await, 1, "the sixth minute writes once");
        assert_eq!(looks(90).await, 6, "every fifth minute");
    });
}

#[test]
fn opening_a_cards_link_signs_nobody_in() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let card = format!("/enter/{}", secret(2).reveal());
        let page = rig.page("", &card).await.expect(200);
        assert_eq!(page.cookie("lianhu"), None);
        assert!(page.text().contains("夏桂英") && page.text().contains("龙山港社区"));
        let elsewhere = harness::request("POST", &card, "", &[], axum::body::Body::empty());
        rig.send(elsewhere).await.expect(403);
        let done = rig.form("", &card, &[]).await.expect(303);
        let cookie = done.cookie("lianhu").unwrap();
        rig.page(&cookie, "/households").await.expect(200);
        // The card itself is no session.
        let as_cookie = format!("lianhu={}", secret(2).reveal());
        rig.page(&as_cookie, "/households").await.expect(303);
    });
}

#[test]
fn a_card_with_a_pin_asks_for_it() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let card = format!("/enter/{}", secret(3).reveal());
        let page = rig.form("", &card, &[("pin", "0000")]).await.expect(422);
        assert_eq!(page.cookie("lianhu"), None);
        assert!(page.text().contains("id=\"session.open.pin-error\""));
        rig.form("", &card, &[]).await.expect(422);
        let done = rig.form("", &card, &[("pin", PIN)]).await.expect(303);
        assert!(done.cookie("lianhu").is_some());
    });
}

#[test]
fn a_reprinted_card_kills_the_old_one() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let now = rig.now();
        let reprint =
            move |tx: &mut db::Tx<'_>| seed::card(tx, rep(), id(0x99), (&secret(8), None), now);
        rig.db.write(reprint).await.unwrap();
        let [old, new] = [2, 8].map(|number| format!("/enter/{}", secret(number).reveal()));
        let dead = rig.page("", &old).await.expect(404).text();
        let never = format!("/enter/{}", secret(77).reveal());
        let unknown = rig.page("", &never).await.expect(404).text();
        let path = |text: String| text.replace(&old, "").replace(&never, "");
        assert_eq!(path(dead), path(unknown));
        rig.form("", &old, &[]).await.expect(404);
        rig.page("", "/enter/nonsense").await.expect(404);
        rig.form("", &new, &[]).await.expect(303);
    });
}

#[test]
fn g7_the_end_of_a_term_is_felt_by_the_very_next_request() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let now = rig.now();
        let end = now.plus(Duration::from_secs(60));
        let give = move |tx: &mut db::Tx<'_>| {
            let account = kernel::AccountId::from_uuid(id(0xA9));
            let named = access::Account {
                id: account,
                name: "罗明".into(),
                sign_in_name: None,
                person: None,
                created_at: now,
            };
            seed::account(tx, community(), &named)?;
            let term =
                Term { id: id(1), role: Role::Liaison, grid: None, from: now, until: Some(end) };
            seed::role(tx, community(), account, &term)?;
            seed::token(tx, account, &secret(50), "test", now)
        };
        rig.db.write(give).await.unwrap();
        let token = secret(50).reveal();
        rig.get(&token, "/api/households").await.expect(200);
        rig.clock.set(end);
        rig.get(&token, "/api/households").await.expect(401);
    });
}

#[test]
fn a_token_acts_as_its_account_until_it_ends_and_in_its_community_only() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let now = rig.now();
        let give = move |tx: &mut db::Tx<'_>| seed::token(tx, clerk(), &secret(60), "cli", now);
        rig.db.write(give).await.unwrap();
        let token = secret(60).reveal();
        rig.get(&token, "/api/households").await.expect(200);
        let chance = gate::Chance::from(|bytes| bytes.fill(60));
        let elsewhere = web::Secret::new(kernel::CommunityId::from_uuid(id(0xC1)), &chance);
        rig.get(&elsewhere.reveal(), "/api/households").await.expect(401);
        rig.get("lh_nonsense", "/api/households").await.expect(401);
        rig.clock.advance(Duration::from_secs(365 * 24 * 3_600));
        rig.get(&token, "/api/households").await.expect(401);
    });
}

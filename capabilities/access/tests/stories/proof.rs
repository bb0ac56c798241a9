//! Step-up: a session that is no longer fresh proves again who sits before it, and goes on with
//! what was typed.

use std::time::Duration;

use harness::{Reply, Rig, each_engine};
use serde_json::json;

use crate::world::{MODULES, PASSWORD, PIN, clerk, head, identify, rep, secret, settle};

const FRESH: Duration = Duration::from_secs(15 * 60);

async fn sign_in(rig: &Rig) -> String {
    let fields = [("name", "wangchunmei"), ("password", PASSWORD)];
    rig.form("", "/sign-in", &fields).await.expect(303).cookie("lianhu").unwrap()
}

const COLLEAGUE: [(&str, &str); 3] =
    [("name", "谢小兰"), ("role", "clerk"), ("_receipt", "7f5b7f50-2f57-4d6c-8f5b-000000000009")];

/// The hidden fields of the page that asks, as the browser would send them back.
fn kept(page: &str) -> Vec<(String, String)> {
    let hidden = page.split("<input type=\"hidden\" name=\"").skip(1);
    let one = |rest: &str| {
        let (name, rest) = rest.split_once("\" value=\"").unwrap();
        (name.to_owned(), rest.split('"').next().unwrap().to_owned())
    };
    hidden.map(one).collect()
}

/// Types a proof into that page.
async fn prove(rig: &Rig, cookie: &str, page: &str, at: &str, proof: &str) -> Reply {
    let mut fields = kept(page);
    fields.push(("_proof".to_owned(), proof.to_owned()));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (&**n, &**v)).collect();
    rig.form(cookie, at, &fields).await
}

#[test]
fn a_stale_session_is_asked_and_goes_on_with_what_was_typed() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let cookie = sign_in(&rig).await;
        rig.clock.advance(FRESH);
        let away = rig.form(&cookie, "/accounts", &COLLEAGUE).await.expect(307);
        let at = away.header("location").to_owned();
        assert_eq!(at, "/proof?to=%2Faccounts");
        let page = rig.form(&cookie, &at, &COLLEAGUE).await.expect(403).text();
        assert!(page.contains("value=\"谢小兰\"") && page.contains("name=\"_proof\""), "{page}");
        let page = prove(&rig, &cookie, &page, &at, "not this one at all").await.expect(422).text();
        assert!(page.contains("id=\"session.renew._proof-error\""), "{page}");
        assert!(!page.contains("not this one at all"), "{page}");
        let back = prove(&rig, &cookie, &page, &at, PASSWORD).await.expect(307);
        assert_eq!(back.header("location"), "/accounts");
        // The browser sends the same body on: the proof among it reaches no act.
        let mut fields = COLLEAGUE.to_vec();
        fields.push(("_proof", PASSWORD));
        let done = rig.form(&cookie, "/accounts", &fields).await.expect(303);
        assert!(done.header("location").starts_with("/accounts/"));
        // Fresh again, and for as long.
        rig.clock.advance(FRESH - Duration::from_micros(1));
        let other = [("name", "罗明"), ("role", "auditor")];
        rig.form(&cookie, "/accounts", &other).await.expect(303);
        rig.clock.advance(Duration::from_micros(1));
        let path = format!("{}/card", done.header("location"));
        rig.form(&cookie, &path, &[]).await.expect(307);
    });
}

#[test]
fn what_is_not_sensitive_asks_nothing_and_a_fresh_session_is_not_asked() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let cookie = sign_in(&rig).await;
        rig.clock.advance(FRESH - Duration::from_micros(1));
        rig.form(&cookie, "/accounts", &COLLEAGUE).await.expect(303);
        rig.clock.advance(FRESH);
        let household = [("compound", "化肥厂小区"), ("building", "3"), ("room", "401")];
        rig.form(&cookie, "/households", &household).await.expect(303);
        rig.page(&cookie, "/accounts").await.expect(200);
    });
}

#[test]
fn who_may_not_do_it_is_not_asked_to_prove_anything() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let card = format!("/enter/{}", secret(2).reveal());
        let cookie = rig.form("", &card, &[]).await.expect(303).cookie("lianhu").unwrap();
        rig.clock.advance(FRESH);
        for account in [clerk(), head()] {
            rig.form(&cookie, &format!("/accounts/{account}/end"), &[]).await.expect(404);
        }
        // Nobody and half a session get no page that asks either.
        assert!(
            rig.form("", "/proof?to=%2Faccounts", &[])
                .await
                .expect(303)
                .header("location")
                .starts_with("/sign-in")
        );
    });
}

#[test]
fn every_sensitive_act_asks_and_a_token_does_not() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let cookie = sign_in(&rig).await;
        rig.clock.advance(FRESH);
        let on = |act: &str| format!("/accounts/{}/{act}", rep());
        let term = format!("roles/{}/end", clerk());
        for path in [
            "/accounts".to_owned(),
            on("card"),
            on("end"),
            on("roles"),
            on(&term),
            on("sign-out"),
            on("second-step/end"),
            "/accounts/second-step".to_owned(),
            "/me/second-step".to_owned(),
        ] {
            let fields = [("name", "谢小兰"), ("role", "clerk"), ("required", "true")];
            let used: Vec<(&str, &str)> = fields
                .into_iter()
                .filter(|(name, _)| match *name {
                    "name" => path == "/accounts",
                    "role" => path == "/accounts" || path.ends_with("roles"),
                    _ => path == "/accounts/second-step",
                })
                .collect();
            let away = rig.form(&cookie, &path, &used).await.expect(307);
            assert!(away.header("location").starts_with("/proof?to="), "{path}");
        }
        let bearer = cookie.strip_prefix("lianhu=").unwrap();
        let body = json!({"name": "谢小兰", "role": "clerk"});
        let told = rig.post(bearer, "/api/accounts", body.clone()).await.expect(403).json();
        assert_eq!(told["type"], "/problems/prove");
        let (now, held) = (rig.now(), secret(0x51));
        let open = move |tx: &mut db::Tx<'_>| access::seed::token(tx, clerk(), &held, "story", now);
        rig.db.write(open).await.unwrap();
        rig.clock.advance(4 * FRESH);
        rig.post(&held.reveal(), "/api/accounts", body).await.expect(201);
    });
}

#[test]
fn a_card_is_proved_by_its_pin_or_by_being_scanned_again() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let now = rig.now();
        let promote = move |tx: &mut db::Tx<'_>| {
            for (number, account) in [(0xB1, rep()), (0xB2, head())] {
                let term = access::Term {
                    id: crate::world::id(number),
                    role: access::Role::Administrator,
                    grid: None,
                    from: now,
                    until: None,
                };
                access::seed::role(tx, crate::world::community(), account, &term)?;
            }
            Ok::<_, gate::Refusal>(())
        };
        rig.db.write(promote).await.unwrap();
        let card = |number| format!("/enter/{}", secret(number).reveal());
        let enter = async |number, pin: &[(&str, &str)]| {
            rig.form("", &card(number), pin).await.expect(303).cookie("lianhu").unwrap()
        };
        let with_pin = enter(3, &[("pin", PIN)]).await;
        let bare = enter(2, &[]).await;
        rig.clock.advance(FRESH);
        let at = "/proof?to=%2Faccounts";
        let page = rig.form(&with_pin, at, &COLLEAGUE).await.expect(403).text();
        prove(&rig, &with_pin, &page, at, "0000").await.expect(422);
        prove(&rig, &with_pin, &page, at, PIN).await.expect(307);
        rig.form(&with_pin, "/accounts", &COLLEAGUE).await.expect(303);
        // Without a PIN the page waits while the card is scanned; nothing typed proves it.
        let page = rig.form(&bare, at, &COLLEAGUE).await.expect(403).text();
        assert!(page.contains("action=\"/accounts\"") && !page.contains("_proof"), "{page}");
        prove(&rig, &bare, &page, at, "anything").await.expect(422);
        rig.form(&bare, "/accounts", &[("name", "罗明"), ("role", "clerk")]).await.expect(307);
        let anew = enter(2, &[]).await;
        rig.form(&anew, "/accounts", &[("name", "罗明"), ("role", "clerk")]).await.expect(303);
    });
}

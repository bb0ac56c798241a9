//! The second step of signing in: set up, asked for, replaced, lost.

use std::time::Duration;

use access::totp;
use gate::Refusal;
use harness::{Reply, Rig, each_engine};
use serde_json::json;

use crate::world::{MODULES, PASSWORD, clerk, community, head, identify, rep, secret, settle};

const HALF_MINUTE: Duration = Duration::from_secs(30);

/// What the phone shows now; the secret as the page writes it for those who cannot scan.
pub fn phone(rig: &Rig, letters: &str) -> String {
    let secret = totp::from_base32(&letters.replace(' ', "")).unwrap();
    totp::code(&secret, totp::step(rig.now()))
}

/// The secret on a page that sets one up.
pub fn letters(page: &str) -> String {
    let rest = page.split("<code class=\"wrap\">").nth(1).unwrap();
    rest.split('<').next().unwrap().to_owned()
}

/// The recovery codes on the page that shows them.
fn recovery(page: &str) -> Vec<String> {
    let all = page.split("<li><code>").skip(1);
    all.map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
}

async fn type_password(rig: &Rig) -> Reply {
    let fields = [("name", "wangchunmei"), ("password", PASSWORD), ("next", "/households")];
    rig.form("", "/sign-in", &fields).await.expect(303)
}

/// Up to the code: the cookie of the half session.
async fn half(rig: &Rig) -> String {
    let done = type_password(rig).await;
    assert_eq!(done.header("location"), "/sign-in/code?next=%2Fhouseholds");
    done.cookie("lianhu").unwrap()
}

async fn type_code(rig: &Rig, cookie: &str, code: &str) -> Reply {
    rig.form(cookie, "/sign-in/code", &[("code", code), ("next", "/households")]).await
}

pub async fn token(rig: &Rig, account: kernel::AccountId, number: u8) -> String {
    let (now, held) = (rig.now(), secret(number));
    let open = move |tx: &mut db::Tx<'_>| access::seed::token(tx, account, &held, "story", now);
    rig.db.write(open).await.unwrap();
    held.reveal()
}

async fn require(rig: &Rig, required: bool) {
    let token = token(rig, clerk(), if required { 0x71 } else { 0x72 }).await;
    let body = json!({"required": required});
    rig.post(&token, "/api/accounts/second-step", body).await.expect(200);
}

/// The clerk has set it up at the door: what is in the phone, and the codes on paper.
async fn set_up(rig: &Rig) -> (String, Vec<String>) {
    require(rig, true).await;
    let cookie = half(rig).await;
    let page = rig.page(&cookie, "/sign-in/code").await.expect(200).text();
    let letters = letters(&page);
    let done = type_code(rig, &cookie, &phone(rig, &letters)).await.expect(201);
    rig.page(&done.cookie("lianhu").unwrap(), "/households").await.expect(200);
    rig.clock.advance(HALF_MINUTE);
    (letters, recovery(&done.text()))
}

#[test]
fn who_must_have_a_second_step_sets_it_up_at_the_door_and_is_asked_from_then_on() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        assert_eq!(type_password(&rig).await.header("location"), "/households", "not required");
        let (letters, codes) = set_up(&rig).await;
        assert_eq!(codes.len(), 10);
        let cookie = half(&rig).await;
        let page = rig.page(&cookie, "/sign-in/code").await.expect(200).text();
        assert!(!page.contains("<svg viewBox=\"0 0 4") && !page.contains("code class"), "{page}");
        let done = type_code(&rig, &cookie, &phone(&rig, &letters)).await.expect(303);
        assert_eq!(done.header("location"), "/households");
        rig.page(&done.cookie("lianhu").unwrap(), "/households").await.expect(200);
        // It stays, also where nobody demands it any more.
        require(&rig, false).await;
        half(&rig).await;
    });
}

#[test]
fn half_a_session_opens_nothing() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        set_up(&rig).await;
        let cookie = half(&rig).await;
        let token = cookie.strip_prefix("lianhu=").unwrap();
        rig.get(token, "/api/households").await.expect(401);
        for path in ["/households", "/accounts", "/me"] {
            let away = rig.page(&cookie, path).await.expect(303);
            assert!(away.header("location").starts_with("/sign-in?next="), "{path}");
        }
        rig.form(&cookie, "/me/second-step", &[]).await.expect(303);
        rig.clock.advance(Duration::from_secs(15 * 60));
        let away = rig.page(&cookie, "/sign-in/code").await.expect(303);
        assert_eq!(away.header("location"), "/sign-in");
        let nobody = rig.page("", "/sign-in/code").await.expect(303);
        assert_eq!(nobody.header("location"), "/sign-in");
    });
}

#[test]
fn a_code_works_once_and_near_its_time_only() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let (letters, _) = set_up(&rig).await;
        let code = phone(&rig, &letters);
        let cookie = half(&rig).await;
        type_code(&rig, &cookie, &code).await.expect(303);
        // Somebody who looked over the shoulder has the password and this very code.
        let thief = half(&rig).await;
        let page = type_code(&rig, &thief, &code).await.expect(422).text();
        assert!(page.contains("id=\"session.prove.code-error\""), "{page}");
        let old = phone(&rig, &letters);
        rig.clock.advance(3 * HALF_MINUTE);
        type_code(&rig, &thief, &old).await.expect(422);
        type_code(&rig, &thief, "").await.expect(422);
        // The half session ended with the proof.
        type_code(&rig, &cookie, &phone(&rig, &letters)).await.expect(303);
        rig.page(&cookie, "/sign-in/code").await.expect(303);
    });
}

#[test]
fn a_recovery_code_works_once() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let (_, codes) = set_up(&rig).await;
        let cookie = half(&rig).await;
        let typed = codes[3].to_lowercase().replace('-', " ");
        let done = type_code(&rig, &cookie, &typed).await.expect(303);
        let me = rig.page(&done.cookie("lianhu").unwrap(), "/me").await.expect(200).text();
        assert!(me.contains("备用码还剩 9 个"), "{me}");
        let cookie = half(&rig).await;
        type_code(&rig, &cookie, &codes[3]).await.expect(422);
        type_code(&rig, &cookie, &codes[4]).await.expect(303);
    });
}

#[test]
fn guessing_codes_is_slowed_and_a_recovery_code_still_opens() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let (letters, codes) = set_up(&rig).await;
        let cookie = half(&rig).await;
        let right = phone(&rig, &letters);
        let wrong = if right == "000000" { "000001" } else { "000000" };
        // One was taken to set it up.
        for _ in 0..4 {
            type_code(&rig, &cookie, wrong).await.expect(422);
        }
        let held = type_code(&rig, &cookie, &right).await.expect(429);
        assert!(held.header("retry-after").parse::<u32>().unwrap() > 0);
        // From as many addresses as one likes: no more than ten digits together.
        let mut answers = Vec::new();
        for number in 1..=7 {
            answers.push(from_elsewhere(&rig, number, &cookie, wrong).await);
        }
        assert_eq!(answers.iter().filter(|status| **status == 422).count(), 5, "{answers:?}");
        assert_eq!(answers.last(), Some(&429));
        assert_eq!(from_elsewhere(&rig, 9, &cookie, &codes[0]).await, 303);
    });
}

async fn from_elsewhere(rig: &Rig, number: u8, cookie: &str, code: &str) -> u16 {
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("origin", "http://lianhu.test"),
        ("cookie", cookie),
    ];
    let body = axum::body::Body::from(format!("code={code}"));
    let mut request = harness::request("POST", "/sign-in/code", "", &headers, body);
    let address: std::net::SocketAddr = format!("192.0.2.{number}:1000").parse().unwrap();
    request.extensions_mut().insert(axum::extract::ConnectInfo(address));
    rig.send(request).await.status.as_u16()
}

#[test]
fn one_sets_it_up_and_changes_the_phone_on_ones_own_page() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let cookie = type_password(&rig).await.cookie("lianhu").unwrap();
        rig.form(&cookie, "/me/second-step", &[]).await.expect(303);
        let first = letters(&rig.page(&cookie, "/me").await.expect(200).text());
        let path = "/me/second-step/confirmation";
        let page = rig.form(&cookie, path, &[("code", "12345")]).await.expect(422).text();
        assert_eq!(letters(&page), first, "the same secret beside what is wrong");
        let receipt = "7f5b7f50-2f57-4d6c-8f5b-000000000002";
        let code = phone(&rig, &first);
        let fields = [("code", &*code), ("_receipt", receipt)];
        let shown = rig.form(&cookie, path, &fields).await.expect(201).text();
        assert_eq!(recovery(&shown).len(), 10);
        let again = rig.form(&cookie, path, &fields).await.expect(303);
        assert_eq!(again.header("location"), "/me");
        // Another phone needs a proof of the old one.
        rig.clock.advance(3 * 2 * HALF_MINUTE);
        rig.form(&cookie, "/me/second-step", &[("code", "000000")]).await.expect(422);
        let codes = recovery(&shown);
        rig.form(&cookie, "/me/second-step", &[("code", &codes[0])]).await.expect(303);
        let second = letters(&rig.page(&cookie, "/me").await.expect(200).text());
        assert_ne!(first, second);
        let code = phone(&rig, &second);
        rig.form(&cookie, path, &[("code", &code)]).await.expect(201);
        rig.clock.advance(2 * HALF_MINUTE);
        let door = half(&rig).await;
        type_code(&rig, &door, &phone(&rig, &first)).await.expect(422);
        type_code(&rig, &door, &codes[1]).await.expect(422);
        type_code(&rig, &door, &phone(&rig, &second)).await.expect(303);
    });
}

#[test]
fn an_administrator_ends_a_colleagues_second_step_and_not_their_own() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        set_up(&rig).await;
        let own = token(&rig, clerk(), 0x73).await;
        let path = format!("/api/accounts/{}/second-step/end", clerk());
        rig.post(&own, &path, json!({})).await.expect(403);
        let body = json!({"role": "administrator"});
        let to_head = format!("/api/accounts/{}/roles", head());
        rig.post(&own, &to_head, body).await.expect(200);
        let other = token(&rig, head(), 0x74).await;
        let signed_in = half(&rig).await;
        rig.post(&other, &path, json!({})).await.expect(200);
        rig.page(&signed_in, "/sign-in/code").await.expect(303);
        rig.post(&other, &path, json!({})).await.expect(409);
        // The next sign-in sets it up anew.
        let cookie = half(&rig).await;
        letters(&rig.page(&cookie, "/sign-in/code").await.expect(200).text());
        let no = token(&rig, rep(), 0x75).await;
        rig.post(&no, &path, json!({})).await.expect(404);
        rig.post(&no, "/api/accounts/second-step", json!({"required": false})).await.expect(404);
    });
}

#[test]
fn a_rep_with_a_card_has_none_and_is_asked_for_none() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        require(&rig, true).await;
        let card = format!("/enter/{}", secret(2).reveal());
        let cookie = rig.form("", &card, &[]).await.expect(303).cookie("lianhu").unwrap();
        let me = rig.page(&cookie, "/me").await.expect(200).text();
        assert!(me.contains("您用登录卡进来"), "{me}");
        rig.form(&cookie, "/me/second-step", &[]).await.expect(409);
    });
}

#[test]
fn neither_secret_nor_code_stands_in_any_event_or_in_the_clear() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let (letters, codes) = set_up(&rig).await;
        let bare = letters.replace(' ', "");
        let kept = rig.db.read(|tx| {
            let events = gate::timeline(tx, community(), clerk().uuid())?;
            Ok::<_, Refusal>(format!("{events:?}"))
        });
        let told = kept.await.unwrap();
        assert!(told.contains("session.prove"), "{told}");
        for word in [&bare, &codes[0], &codes[0].replace('-', "")] {
            assert!(!told.contains(word.as_str()), "{word} in {told}");
        }
    });
}

#[test]
fn a_link_made_at_the_machine_ends_a_lost_phone_once() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let print = async |number: u8| {
            let (now, link) = (rig.now(), secret(number));
            let make =
                move |tx: &mut db::Tx<'_>| access::seed::lost_link(tx, " WangChunmei", &link, now);
            let made = rig.db.write(make).await.unwrap();
            made.then(|| format!("/sign-in/lost/{}", link.reveal()))
        };
        assert_eq!(print(0x81).await, None, "there is no code to lose");
        set_up(&rig).await;
        let link = print(0x82).await.unwrap();
        let signed_in = half(&rig).await;
        let page = rig.page("", &link).await.expect(200).text();
        assert!(page.contains("王春梅"), "{page}");
        // The link is no session, and opening it changes nothing.
        let as_token = link.rsplit('/').next().unwrap();
        rig.get(as_token, "/api/households").await.expect(401);
        rig.page(&signed_in, "/sign-in/code").await.expect(200);
        assert_eq!(rig.form("", &link, &[]).await.expect(303).header("location"), "/sign-in");
        rig.page(&signed_in, "/sign-in/code").await.expect(303);
        rig.form("", &link, &[]).await.expect(404);
        rig.page("", &link).await.expect(404);
        rig.page("", "/sign-in/lost/nonsense").await.expect(404);
        let cookie = half(&rig).await;
        letters(&rig.page(&cookie, "/sign-in/code").await.expect(200).text());
    });
}

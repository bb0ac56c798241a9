//! Secrets of one's own: the PIN of a card, chosen at its first use, and the password that somebody
//! with a card gives themselves.

use std::time::Duration;

use harness::{Rig, each_engine};
use serde_json::json;

use crate::second_step::token;
use crate::world::{MODULES, PASSWORD, PIN, clerk, head, identify, secret, settle};

/// Longer than a guesser waits for the next try.
const A_WHILE: Duration = Duration::from_secs(3_600);
const FRESH: Duration = Duration::from_secs(15 * 60);

fn card(number: u8) -> String {
    format!("/enter/{}", secret(number).reveal())
}

async fn require(rig: &Rig, required: bool) {
    let token = token(rig, clerk(), if required { 0x61 } else { 0x63 }).await;
    rig.post(&token, "/api/accounts/pins", json!({"required": required})).await.expect(200);
}

async fn enter(rig: &Rig, card: &str, pin: &str) -> String {
    rig.form("", card, &[("pin", pin)]).await.expect(303).cookie("lianhu").unwrap()
}

#[test]
fn a_card_gets_its_pin_at_its_first_use_and_asks_for_it_from_then_on() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        require(&rig, true).await;
        let card = card(2);
        let page = rig.page("", &card).await.expect(200).text();
        assert!(page.contains("id=\"session.open.new_pin\""), "{page}");
        for (pin, again, field) in [
            ("", "", "new_pin"),
            ("12a4", "12a4", "new_pin"),
            ("1234", "1234", "new_pin"),
            ("8027", "8028", "new_pin_again"),
        ] {
            let typed = [("new_pin", pin), ("new_pin_again", again)];
            let page = rig.form("", &card, &typed).await.expect(422).text();
            assert!(page.contains(&format!("id=\"session.open.{field}-error\"")), "{pin}: {page}");
        }
        // A button pressed without a PIN, as where none is wanted, opens nothing.
        rig.form("", &card, &[]).await.expect(422);
        let typed = [("new_pin", "8027"), ("new_pin_again", "８０ ２７")];
        let cookie = rig.form("", &card, &typed).await.expect(303).cookie("lianhu").unwrap();
        rig.page(&cookie, "/households").await.expect(200);
        // On the next phone: the PIN, and no second choice.
        let page = rig.page("", &card).await.expect(200).text();
        assert!(page.contains("id=\"session.open.pin\""), "{page}");
        assert!(!page.contains("new_pin"), "{page}");
        rig.form("", &card, &[("new_pin", "5139"), ("new_pin_again", "5139")]).await.expect(422);
        rig.form("", &card, &[("pin", "5139")]).await.expect(422);
        rig.clock.advance(A_WHILE);
        enter(&rig, &card, "8027").await;
        // A card that had one before keeps it, whatever the community wants now.
        require(&rig, false).await;
        rig.form("", &card, &[]).await.expect(422);
    });
}

#[test]
fn five_wrong_pins_end_a_card_and_nobody_elses() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let (card, wrong) = (card(3), [("pin", "8027")]);
        for left in ["4", "3", "2", "1"] {
            let page = rig.form("", &card, &wrong).await.expect(422).text();
            assert!(page.contains(&format!("还能试 {left} 次")), "{page}");
            rig.clock.advance(A_WHILE);
        }
        // The right one in between begins anew.
        enter(&rig, &card, PIN).await;
        rig.clock.advance(A_WHILE);
        for _ in 0..4 {
            rig.form("", &card, &wrong).await.expect(422);
            rig.clock.advance(A_WHILE);
        }
        let page = rig.form("", &card, &wrong).await.expect(422).text();
        assert!(page.contains("这张卡不能再用了"), "{page}");
        rig.clock.advance(A_WHILE);
        rig.page("", &card).await.expect(404);
        rig.form("", &card, &[("pin", PIN)]).await.expect(404);
        // The office sees that there is no card any more, and prints one.
        let token = token(&rig, clerk(), 0x62).await;
        let path = format!("/api/accounts/{}", head());
        assert_eq!(rig.get(&token, &path).await.expect(200).json()["has_card"], json!(false));
        let made = rig.post(&token, &format!("{path}/card"), json!({})).await.expect(201).json();
        let link = made["link"].as_str().unwrap().to_owned();
        rig.form("", &link, &[]).await.expect(303);
        // The rep next door was not touched.
        rig.form("", &self::card(2), &[]).await.expect(303);
    });
}

#[test]
fn guesses_at_the_proof_count_as_well() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let cookie = enter(&rig, &card(3), PIN).await;
        rig.clock.advance(FRESH);
        for _ in 0..5 {
            let wrong = [("_proof", "8027")];
            rig.form(&cookie, "/proof?to=%2Fme%2Fproof", &wrong).await.expect(422);
            rig.clock.advance(Duration::from_secs(60));
        }
        rig.form(&cookie, "/proof?to=%2Fme%2Fproof", &[("_proof", PIN)]).await.expect(422);
        rig.page("", &card(3)).await.expect(404);
    });
}

const NEW: &str = "九里桥头老桂花树下乘凉";

#[test]
fn who_has_a_card_gives_themselves_a_password() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let cookie = rig.form("", &card(2), &[]).await.expect(303).cookie("lianhu").unwrap();
        let elsewhere = rig.form("", &card(2), &[]).await.expect(303).cookie("lianhu").unwrap();
        let long = format!("{NEW}聊天");
        let send = async |name: &str, password: &str, again: &str| {
            let fields =
                [("sign_in_name", name), ("password", password), ("password_again", again)];
            rig.form(&cookie, "/me/password", &fields).await
        };
        for (name, password, again, field) in [
            ("guiying", "短", "短", "password"),
            ("guiying", &*long, NEW, "password_again"),
            ("WangChunmei", &*long, &*long, "sign_in_name"),
            ("", &*long, &*long, "sign_in_name"),
        ] {
            let page = send(name, password, again).await.expect(422).text();
            assert!(page.contains(&format!("id=\"password.set.{field}-error\"")), "{page}");
            assert!(!page.contains(&long), "{page}");
        }
        send("GuiYing", &long, &long).await.expect(303);
        rig.page(&cookie, "/me").await.expect(200);
        rig.page(&elsewhere, "/me").await.expect(303);
        let enter = [("name", "guiying"), ("password", &*long)];
        rig.form("", "/sign-in", &enter).await.expect(303);
        // It is changed without naming oneself again.
        send("", PASSWORD, PASSWORD).await.expect(303);
        rig.form("", "/sign-in", &enter).await.expect(422);
        rig.form("", "/sign-in", &[("name", "guiying"), ("password", PASSWORD)]).await.expect(303);
    });
}

#[test]
fn a_stale_session_proves_itself_first_and_no_new_secret_waits_on_the_page() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let cookie = enter(&rig, &card(3), PIN).await;
        let pins = [("new_pin", "8027"), ("new_pin_again", "8027")];
        rig.clock.advance(FRESH);
        let page = rig.page(&cookie, "/me").await.expect(200).text();
        assert!(!page.contains("name=\"new_pin\"") && page.contains("/me/proof"), "{page}");
        let at =
            rig.form(&cookie, "/me/pin", &pins).await.expect(307).header("location").to_owned();
        let page = rig.form(&cookie, &at, &pins).await.expect(403).text();
        assert!(!page.contains("8027"), "{page}");
        let at =
            rig.form(&cookie, "/me/proof", &[]).await.expect(307).header("location").to_owned();
        rig.form(&cookie, &at, &[("_proof", PIN)]).await.expect(307);
        rig.form(&cookie, "/me/proof", &[]).await.expect(303);
        let page = rig.page(&cookie, "/me").await.expect(200).text();
        assert!(page.contains("name=\"new_pin\""), "{page}");
        rig.form(&cookie, "/me/pin", &pins).await.expect(303);
        rig.form("", &card(3), &[("pin", PIN)]).await.expect(422);
        rig.clock.advance(A_WHILE);
        enter(&rig, &card(3), "8027").await;
    });
}

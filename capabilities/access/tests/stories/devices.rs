//! Where somebody is signed in, and how that ends from elsewhere.

use harness::{Rig, each_engine};
use serde_json::json;

use crate::world::{MODULES, PASSWORD, clerk, head, identify, rep, secret, settle};

const PHONE: &str = "Mozilla/5.0 (Linux; Android 14) Chrome/116.0 Safari/537.36 MicroMessenger/8.0";
const OFFICE: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0 Safari/537.36";

/// Signs the clerk in with a browser that calls itself so; the cookie.
async fn sign_in(rig: &Rig, device: &str) -> String {
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("origin", "http://lianhu.test"),
        ("user-agent", device),
    ];
    let body = axum::body::Body::from(format!("name=wangchunmei&password={PASSWORD}"));
    let done = rig.send(harness::request("POST", "/sign-in", "", &headers, body)).await;
    done.expect(303).cookie("lianhu").unwrap()
}

fn bearer(cookie: &str) -> &str {
    cookie.strip_prefix("lianhu=").unwrap()
}

/// The session of a list that is, or is not, the one that asks.
fn named(list: &serde_json::Value, here: bool) -> String {
    let all = list["sessions"].as_array().unwrap();
    let one = all.iter().find(|one| one["here"] == here).unwrap();
    one["session"].as_str().unwrap().to_owned()
}

#[test]
fn each_device_is_listed_in_plain_words_and_ended_from_another() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let office = sign_in(&rig, OFFICE).await;
        let phone = sign_in(&rig, PHONE).await;
        let page = rig.page(&office, "/me").await.expect(200).text();
        assert!(page.contains("微信 · 安卓手机或平板"), "{page}");
        assert!(
            page.contains("Chrome 浏览器 · Windows 电脑 <span class=\"badge\">就是这里"),
            "{page}"
        );
        assert!(!page.contains("Mozilla"), "{page}");
        let list = rig.get(bearer(&office), "/api/me").await.expect(200).json();
        assert_eq!(list["sessions"].as_array().unwrap().len(), 2);
        let path = format!("/me/sessions/{}/end", named(&list, false));
        assert_eq!(rig.form(&office, &path, &[]).await.expect(303).header("location"), "/me");
        // The very next request of the ended one.
        rig.page(&phone, "/households").await.expect(303);
        rig.get(bearer(&phone), "/api/me").await.expect(401);
        rig.page(&office, "/me").await.expect(200);
        rig.form(&office, &path, &[]).await.expect(404);
    });
}

#[test]
fn all_others_end_at_once_and_this_one_stays() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let others = [sign_in(&rig, PHONE).await, sign_in(&rig, OFFICE).await];
        let here = sign_in(&rig, OFFICE).await;
        let foreign = format!("/enter/{}", secret(2).reveal());
        let foreign = rig.form("", &foreign, &[]).await.expect(303).cookie("lianhu").unwrap();
        rig.form(&here, "/me/sessions/end", &[]).await.expect(303);
        for other in others {
            rig.page(&other, "/me").await.expect(303);
        }
        let page = rig.page(&here, "/me").await.expect(200).text();
        assert!(!page.contains("/me/sessions/end"), "{page}");
        rig.page(&foreign, "/me").await.expect(200);
    });
}

#[test]
fn nobody_ends_the_session_of_another_by_its_name() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let office = sign_in(&rig, OFFICE).await;
        let list = rig.get(bearer(&office), "/api/me").await.expect(200).json();
        let card = format!("/enter/{}", secret(2).reveal());
        let cookie = rig.form("", &card, &[]).await.expect(303).cookie("lianhu").unwrap();
        for name in [named(&list, true), "0".repeat(32)] {
            let path = format!("/api/me/sessions/{name}/end");
            rig.post(bearer(&cookie), &path, json!({})).await.expect(404);
        }
        rig.page(&office, "/me").await.expect(200);
        // The name in the list opens nothing.
        rig.get(&named(&list, true), "/api/me").await.expect(401);
    });
}

#[test]
fn an_administrator_signs_a_colleague_out_everywhere() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let office = sign_in(&rig, OFFICE).await;
        let card = format!("/enter/{}", secret(2).reveal());
        let phone = rig.form("", &card, &[]).await.expect(303).cookie("lianhu").unwrap();
        let page = rig.page(&office, &format!("/accounts/{}", rep())).await.expect(200).text();
        assert!(page.contains("现在有 1 处登录着"), "{page}");
        let path = format!("/accounts/{}/sign-out", rep());
        rig.form(&office, &path, &[]).await.expect(303);
        rig.page(&phone, "/me").await.expect(303);
        // The card still lets them in, and they may not do the same to others.
        let phone = rig.form("", &card, &[]).await.expect(303).cookie("lianhu").unwrap();
        let to = |account: kernel::AccountId| format!("/api/accounts/{account}/sign-out");
        rig.post(bearer(&phone), &to(head()), json!({})).await.expect(404);
        rig.post(bearer(&office), &to(clerk()), json!({})).await.expect(403);
    });
}

#[test]
fn what_lay_idle_too_long_is_listed_no_more() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let now = rig.now();
        let program =
            move |tx: &mut db::Tx<'_>| access::seed::token(tx, clerk(), &secret(90), "cli", now);
        rig.db.write(program).await.unwrap();
        sign_in(&rig, PHONE).await;
        rig.clock.advance(std::time::Duration::from_secs(3_600));
        let list = rig.get(&secret(90).reveal(), "/api/me").await.expect(200).json();
        let all = list["sessions"].as_array().unwrap();
        assert_eq!(all.len(), 1, "{all:?}");
        assert_eq!(all[0]["by"], "token");
    });
}

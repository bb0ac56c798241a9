//! The first run: an empty database, one link, a community.

use access::seed;
use gate::Refusal;
use harness::{Rig, each_engine};

use crate::second_step::{letters, phone};
use crate::world::{MODULES, PASSWORD, community, id, identify, secret};

#[test]
fn every_statement_is_prepared_and_the_parts_fit() {
    each_engine(MODULES, identify, |rig| async move {
        rig.db.prepare_all(&web::house::statements(MODULES)).unwrap();
    });
}

async fn print_link(rig: &Rig, number: u8) -> String {
    print_link_of(rig, &secret(number)).await
}

async fn print_link_of(rig: &Rig, secret: &web::Secret) -> String {
    let (now, secret) = (rig.now(), *secret);
    rig.db.write(move |tx| seed::set_up_link(tx, &secret, now)).await.unwrap();
    format!("/set-up/{}", secret.reveal())
}

/// A link of another start of the program: each names a community of its own.
fn elsewhere() -> web::Secret {
    let chance = gate::Chance::from(|bytes| bytes.fill(1));
    web::Secret::new(kernel::CommunityId::from_uuid(id(0xC9)), &chance)
}

/// Sets the second step up, which a new community demands; the cookie of the whole session.
async fn second_step(rig: &Rig, cookie: &str) -> String {
    let page = rig.page(cookie, "/sign-in/code").await.expect(200).text();
    let code = phone(rig, &letters(&page));
    let fields = [("code", &*code), ("next", "/accounts")];
    let shown = rig.form(cookie, "/sign-in/code", &fields).await.expect(201);
    assert!(shown.text().contains("href=\"/accounts\""), "{}", shown.text());
    shown.cookie("lianhu").unwrap()
}

const FORM: [(&str, &str); 6] = [
    ("name", "龙山港社区"),
    ("phone", "0737-4220000"),
    ("account_name", "王春梅"),
    ("sign_in_name", "chunmei"),
    ("password", PASSWORD),
    ("password_again", PASSWORD),
];

#[test]
fn the_link_founds_a_community_once() {
    each_engine(MODULES, identify, |rig| async move {
        let page = rig.page("", "/sign-in").await.expect(200).text();
        assert!(!page.contains("<input id=\"session.open.password\""), "{page}");
        let link = print_link(&rig, 1).await;
        rig.page("", &link).await.expect(200);
        let done = rig.form("", &link, &FORM).await.expect(303);
        assert_eq!(done.header("location"), "/sign-in/code?next=%2Faccounts");
        let cookie = second_step(&rig, &done.cookie("lianhu").unwrap()).await;
        let page = rig.page(&cookie, "/households").await.expect(200).text();
        assert!(page.contains("龙山港社区") && page.contains("王春梅"), "{page}");
        rig.page("", &link).await.expect(404);
        rig.form("", &link, &FORM).await.expect(404);
        let fields = [("name", "Chunmei "), ("password", PASSWORD)];
        rig.form("", "/sign-in", &fields).await.expect(303);
    });
}

#[test]
fn only_the_newest_link_lives_and_none_beside_a_community() {
    each_engine(MODULES, identify, |rig| async move {
        let other = print_link_of(&rig, &elsewhere()).await;
        let link = print_link(&rig, 2).await;
        let wrong = format!("/set-up/{}", secret(3).reveal());
        let dead = rig.page("", &wrong).await.expect(404).text();
        assert!(dead.contains("这个链接不能用了") && !dead.contains("<form class"), "{dead}");
        let path = |page: String, link: &str| page.replace(link, "");
        let dead = path(dead, &wrong);
        for old in [&*other, "/set-up/nonsense"] {
            assert_eq!(path(rig.page("", old).await.expect(404).text(), old), dead, "{old}");
            rig.form("", old, &FORM).await.expect(404);
        }
        rig.page("", &link).await.expect(200);
        rig.form("", &link, &FORM).await.expect(303);
        // Whatever link is printed beside a community founds nothing.
        for late in [print_link(&rig, 4).await, link, other] {
            let page = rig.page("", &late).await.expect(404).text();
            assert!(page.contains("这个链接不能用了"), "{page}");
            rig.form("", &late, &FORM).await.expect(404);
        }
    });
}

#[test]
fn all_that_is_wrong_is_named_at_once_and_the_password_is_not_shown_again() {
    each_engine(MODULES, identify, |rig| async move {
        let link = print_link(&rig, 1).await;
        let wrong = [("name", "龙山港\n社区"), ("phone", "12"), ("password", "password1234")];
        let page = rig.form("", &link, &wrong).await.expect(422).text();
        for called in ["社区名称：", "社区电话：", "您的姓名：", "登录名：", "密码："]
        {
            assert!(page.contains(called), "{called} as the form calls it");
        }
        for field in ["name", "phone", "account_name", "sign_in_name", "password", "password_again"]
        {
            assert!(page.contains(&format!("id=\"community.set_up.{field}-error\"")), "{field}");
        }
        assert!(!page.contains("password1234"), "{page}");
        rig.form("", &link, &FORM).await.expect(303);
    });
}

#[test]
fn the_events_hold_neither_password_nor_verifier() {
    each_engine(MODULES, identify, |rig| async move {
        let link = print_link(&rig, 1).await;
        rig.form("", &link, &FORM).await.expect(303);
        let told = rig.db.read(|tx| {
            let founder = access::colleagues(tx, community(), kernel::Instant::MAX)?.remove(0);
            let events = gate::timeline(tx, community(), founder.account.uuid())?;
            Ok::<_, Refusal>(format!("{events:?}"))
        });
        let told = told.await.unwrap();
        assert!(told.contains("community.set_up") && told.contains("session.open"), "{told}");
        for word in [PASSWORD, "argon2", "hash"] {
            assert!(!told.contains(word), "{word} in {told}");
        }
    });
}

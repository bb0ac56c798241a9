//! Several colleagues from a list, and all their cards on one page.

use std::time::Duration;

use harness::{Rig, each_engine};
use serde_json::{Value as Json, json};

use crate::second_step::token;
use crate::world::{MODULES, PASSWORD, clerk, identify, settle};

async fn sign_in(rig: &Rig) -> String {
    let fields = [("name", "wangchunmei"), ("password", PASSWORD)];
    rig.form("", "/sign-in", &fields).await.expect(303).cookie("lianhu").unwrap()
}

async fn doors(rig: &Rig, cookie: &str) {
    for (building, room) in [("3栋", "101"), ("3栋", "102"), ("4栋", "101")] {
        let door = [("compound", "化肥厂小区"), ("building", building), ("room", room)];
        rig.form(cookie, "/households", &door).await.expect(303);
    }
}

async fn working(rig: &Rig, number: u8) -> Vec<Json> {
    let token = token(rig, clerk(), number).await;
    let list = rig.get(&token, "/api/accounts").await.expect(200).json();
    list["working"].as_array().unwrap().clone()
}

const LIST: &str = "姓名\t电话\t网格\t负责的地方\n\
    谢小兰\t0737-4220001\t第一网格\t化肥厂小区3栋\n\
    \n\
    罗明\t\t第一网格\t化肥厂小区4栋\n\
    马小玉，，第二网格\n";

#[test]
fn a_list_of_reps_is_entered_with_their_places() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let cookie = sign_in(&rig).await;
        doors(&rig, &cookie).await;
        let page = rig.page(&cookie, "/accounts/several").await.expect(200).text();
        assert!(page.contains("化肥厂小区"), "{page}");
        let sent = [("role", "liaison"), ("lines", LIST), ("_receipt", "list-1")];
        let done = rig.form(&cookie, "/accounts/several", &sent).await.expect(303);
        assert_eq!(done.header("location"), "/accounts");
        // Twice is once.
        rig.form(&cookie, "/accounts/several", &sent).await.expect(303);
        let all = working(&rig, 0x40).await;
        assert_eq!(all.len(), 3 + 3, "{all:?}");
        let token = token(&rig, clerk(), 0x5e).await;
        for (name, phone, grid, households) in [
            ("谢小兰", "0737-4220001", "第一网格", 2),
            ("罗明", "", "第一网格", 1),
            ("马小玉", "", "第二网格", 0),
        ] {
            let one = all.iter().find(|one| one["name"] == name).unwrap();
            let path = format!("/api/accounts/{}", one["account"].as_str().unwrap());
            let one = rig.get(&token, &path).await.expect(200).json();
            assert_eq!(one["phone"], phone);
            assert_eq!(one["households"], households, "{name}");
            assert_eq!(one["roles"][0]["role"], "liaison");
            assert_eq!(one["roles"][0]["grid"], grid);
        }
    });
}

#[test]
fn one_wrong_line_and_nobody_is_entered() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let cookie = sign_in(&rig).await;
        doors(&rig, &cookie).await;
        let lines = "谢小兰，，第一网格，化肥厂小区3栋\n，0737-4220001\n罗明，12\n夏桂英\n\
                     罗明\n马小玉，，，没有的地方";
        let sent = [("role", "liaison"), ("lines", lines)];
        let page = rig.form(&cookie, "/accounts/several", &sent).await.expect(422).text();
        assert!(page.contains("第 2 行，姓名"), "{page}");
        assert!(page.contains("谢小兰，，第一网格"), "what was typed stays: {page}");
        assert_eq!(working(&rig, 0x41).await.len(), 3);
        // What only the register and the accounts know is told once the names are names.
        let lines = lines.replace("\n，0737", "\n王芳，0737");
        let sent = [("role", "liaison"), ("lines", &*lines)];
        let page = rig.form(&cookie, "/accounts/several", &sent).await.expect(422).text();
        for told in [
            "第 3 行，电话",
            "第 4 行，姓名：已经有一位同事",
            "第 5 行，姓名：这个名字在名单里写了两次",
            "第 6 行，负责的地方：没有找到这个地方",
        ] {
            assert!(page.contains(told), "{told}: {page}");
        }
        for fine in ["第 1 行", "第 2 行"] {
            assert!(!page.contains(fine), "{page}");
        }
        assert_eq!(working(&rig, 0x42).await.len(), 3);
        let empty = [("role", "liaison"), ("lines", " \n")];
        rig.form(&cookie, "/accounts/several", &empty).await.expect(422);
    });
}

fn links(page: &str) -> usize {
    page.matches("<article class=\"slip\">").count()
}

#[test]
fn the_cards_of_all_who_cannot_enter_are_printed_together() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let cookie = sign_in(&rig).await;
        let sent = [("role", "liaison"), ("lines", "谢小兰，，第一网格\n罗明，，第一网格")];
        rig.form(&cookie, "/accounts/several", &sent).await.expect(303);
        let page = rig.page(&cookie, "/accounts").await.expect(200).text();
        assert!(page.contains("打印这 4 张登录卡"), "{page}");
        // The rep and the head of this world hold cards that nobody used yet.
        let page = rig.form(&cookie, "/accounts/cards", &[]).await.expect(201);
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(links(&page.text()), 4);
        // The printer failed: once more.
        let page = rig.form(&cookie, "/accounts/cards", &[]).await.expect(201).text();
        assert_eq!(links(&page), 4);
        let token = token(&rig, clerk(), 0x5d).await;
        let all = working(&rig, 0x43).await;
        let one = all.iter().find(|one| one["name"] == "罗明").unwrap();
        let path = format!("/api/accounts/{}/card", one["account"].as_str().unwrap());
        let card = rig.post(&token, &path, json!({})).await.expect(201).json();
        rig.form("", card["link"].as_str().unwrap(), &[]).await.expect(303);
        let page = rig.form(&cookie, "/accounts/cards", &[]).await.expect(201).text();
        assert_eq!(links(&page), 3, "whoever used theirs keeps it");
        assert!(!page.contains("罗明"), "{page}");
        // A grave act: it asks who one is.
        rig.clock.advance(Duration::from_secs(15 * 60));
        rig.form(&cookie, "/accounts/cards", &[]).await.expect(307);
    });
}

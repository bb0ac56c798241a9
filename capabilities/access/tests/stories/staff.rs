//! Who works here: a community of one person becomes one that works.

use std::time::Duration;

use gate::Facts;
use harness::{Rig, each_engine};
use kernel::AccountId;
use serde_json::json;

use crate::world::{MODULES, clerk, community, head, id, identify, rep, secret, settle};

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// A session of the administrator (who is a clerk too) by a token of this number.
async fn administrator(rig: &Rig) -> String {
    token(rig, clerk(), 0x51).await
}

async fn token(rig: &Rig, account: AccountId, number: u8) -> String {
    let (now, held) = (rig.now(), secret(number));
    let open = move |tx: &mut db::Tx<'_>| access::seed::token(tx, account, &held, "story", now);
    rig.db.write(open).await.unwrap();
    held.reveal()
}

async fn add(rig: &Rig, token: &str, body: serde_json::Value) -> String {
    let done = rig.post(token, "/api/accounts", body).await.expect(201).json();
    done["account"].as_str().unwrap().to_owned()
}

async fn card_of(rig: &Rig, token: &str, account: &str) -> String {
    let path = format!("/api/accounts/{account}/card");
    let card = rig.post(token, &path, json!({})).await.expect(201).json();
    card["link"].as_str().unwrap().to_owned()
}

/// Signs in by a card's link; the cookie.
async fn enter(rig: &Rig, link: &str) -> String {
    rig.form("", link, &[]).await.expect(303).cookie("lianhu").unwrap()
}

#[test]
fn a_colleague_is_added_enters_by_the_card_and_stands_in_the_lists_at_once() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let token = administrator(&rig).await;
        let account = add(&rig, &token, json!({"name": "谢小兰", "role": "clerk"})).await;
        let link = card_of(&rig, &token, &account).await;
        let page = rig.page("", &link).await.expect(200).text();
        assert!(page.contains("谢小兰"), "{page}");
        let cookie = enter(&rig, &link).await;
        rig.page(&cookie, "/households").await.expect(200);
        let now = rig.now();
        let all = rig.db.read(move |tx| access::colleagues(tx, community(), now)).await.unwrap();
        assert!(all.iter().any(|one| one.name == "谢小兰" && one.has(access::Role::Clerk)));
    });
}

#[test]
fn a_card_printed_anew_ends_the_old_one_and_its_phone() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let token = administrator(&rig).await;
        let account = add(&rig, &token, json!({"name": "谢小兰", "role": "clerk"})).await;
        let lost = card_of(&rig, &token, &account).await;
        let thief = enter(&rig, &lost).await;
        let link = card_of(&rig, &token, &account).await;
        rig.page("", &lost).await.expect(404);
        rig.form("", &lost, &[]).await.expect(404);
        assert_eq!(rig.page(&thief, "/households").await.expect(303).header("location"), HOME);
        enter(&rig, &link).await;
    });
}

const HOME: &str = "/sign-in?next=%2Fhouseholds";

#[test]
fn the_secret_of_a_card_is_shown_once_and_stands_in_no_event() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let token = administrator(&rig).await;
        let account = add(&rig, &token, json!({"name": "谢小兰", "role": "clerk"})).await;
        let path = format!("/api/accounts/{account}/card");
        let key = Some("one-card");
        let card = rig.post_keyed(&token, &path, json!({}), key).await.expect(201).json();
        let link = card["link"].as_str().unwrap().to_owned();
        rig.post_keyed(&token, &path, json!({}), key).await.expect(422);
        rig.page("", &link).await.expect(200);
        let object = account.parse().unwrap();
        let told = rig.db.read(move |tx| gate::timeline(tx, community(), object)).await.unwrap();
        let told = format!("{told:?}");
        assert!(told.contains("card.issue"), "{told}");
        let shown = link.rsplit("lh_").next().unwrap();
        assert!(!told.contains(&shown[30..]), "{told}");
    });
}

#[test]
fn the_page_prints_the_card_and_a_reload_prints_no_dead_one() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let cookie = format!("lianhu={}", administrator(&rig).await);
        let form = [("name", "石干部"), ("role", "grid_head"), ("grid", "三网格")];
        let done = rig.form(&cookie, "/accounts", &form).await.expect(303);
        let account = done.header("location").to_owned();
        let page = rig.page(&cookie, &account).await.expect(200).text();
        assert!(page.contains("还没有登录卡") && page.contains("三网格"), "{page}");
        let receipt = [("_receipt", "7f5b7f50-2f57-4d6c-8f5b-000000000001")];
        let path = format!("{account}/card");
        let card = rig.form(&cookie, &path, &receipt).await.expect(201).text();
        assert!(card.contains("石干部") && card.contains("<svg"), "{card}");
        let link = card.split("http://lianhu.test/enter/").nth(1).unwrap();
        let link = format!("/enter/{}", link.split('<').next().unwrap());
        let again = rig.form(&cookie, &path, &receipt).await.expect(303);
        assert_eq!(again.header("location"), account);
        rig.page("", &link).await.expect(200);
    });
}

#[test]
fn an_end_from_a_day_ends_access_with_that_day() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let token = administrator(&rig).await;
        let account = add(&rig, &token, json!({"name": "谢小兰", "role": "clerk"})).await;
        let link = card_of(&rig, &token, &account).await;
        let cookie = enter(&rig, &link).await;
        let path = format!("/api/accounts/{account}/end");
        let past = json!({"last_day": "2026-11-15"});
        let fault = rig.post(&token, &path, past).await.expect(422).json();
        assert_eq!(fault["errors"][0]["key"], "access.day_past");
        rig.post(&token, &path, json!({"last_day": "2026-11-16"})).await.expect(200);
        rig.page(&cookie, "/households").await.expect(200);
        rig.page("", &link).await.expect(200);
        rig.clock.advance(DAY);
        assert_eq!(rig.page(&cookie, "/households").await.expect(303).header("location"), HOME);
        rig.page("", &link).await.expect(404);
        let kept = rig.get(&token, &format!("/api/accounts/{account}")).await.expect(200).json();
        assert_eq!((&kept["over"], &kept["last_day"]), (&json!(true), &json!("2026-11-16")));
        let card = rig.post(&token, &format!("/api/accounts/{account}/card"), json!({})).await;
        assert_eq!(card.expect(409).json()["key"], "access.account_ended");
    });
}

#[test]
fn an_account_ended_now_is_out_at_the_next_request() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let token = administrator(&rig).await;
        let account = add(&rig, &token, json!({"name": "谢小兰", "role": "clerk"})).await;
        let cookie = enter(&rig, &card_of(&rig, &token, &account).await).await;
        rig.post(&token, &format!("/api/accounts/{account}/end"), json!({})).await.expect(200);
        rig.page(&cookie, "/households").await.expect(303);
    });
}

#[test]
fn a_role_is_added_and_ended_and_nobody_gives_themselves_one() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let token = administrator(&rig).await;
        let path = format!("/api/accounts/{}/roles", rep());
        rig.post(&token, &path, json!({"role": "grid_head"})).await.expect(422);
        rig.post(&token, &path, json!({"role": "liaison"})).await.expect(422);
        let given = json!({"role": "grid_head", "grid": "一网格", "last_day": "2026-12-31"});
        rig.post(&token, &path, given).await.expect(200);
        let shown = rig.get(&token, &format!("/api/accounts/{}", rep())).await.expect(200).json();
        let headed = shown["roles"].as_array().unwrap().iter().find(|one| one["grid"] == "一网格");
        let headed = headed.unwrap();
        assert_eq!(headed["last_day"], "2026-12-31");
        let end = format!("{path}/{}/end", headed["term"].as_str().unwrap());
        rig.post(&token, &end, json!({})).await.expect(200);
        rig.post(&token, &end, json!({})).await.expect(404);
        let own = format!("/api/accounts/{}/roles", clerk());
        rig.post(&token, &own, json!({"role": "secretary"})).await.expect(403);
        rig.post(&token, &format!("/api/accounts/{}/end", clerk()), json!({})).await.expect(403);
    });
}

#[test]
fn the_last_administrator_stays() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let token = administrator(&rig).await;
        let own = format!("/api/accounts/{}", clerk());
        let shown = rig.get(&token, &own).await.expect(200).json();
        let roles = shown["roles"].as_array().unwrap();
        let role = roles.iter().find(|one| one["role"] == "administrator").unwrap();
        let end = format!("{own}/roles/{}/end", role["term"].as_str().unwrap());
        let refused = rig.post(&token, &end, json!({})).await.expect(409).json();
        assert_eq!(refused["key"], "access.last_administrator");
        let other = add(&rig, &token, json!({"name": "周明", "role": "administrator"})).await;
        // Who cannot sign in looks after nothing.
        rig.post(&token, &end, json!({})).await.expect(409);
        card_of(&rig, &token, &other).await;
        rig.post(&token, &end, json!({})).await.expect(200);
        rig.get(&token, "/api/accounts").await.expect(404);
    });
}

#[test]
fn an_area_makes_a_rep_of_its_households_and_puts_it_into_the_grid() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let token = administrator(&rig).await;
        let mut doors = Vec::new();
        for (stairwell, room) in [("1单元", "101"), ("1单元", "102"), ("2单元", "101")] {
            let door = json!({"compound": "化肥厂小区", "building": "3栋",
                              "stairwell": stairwell, "room": room});
            let made = rig.post(&token, "/api/households", door).await.expect(201).json();
            doors.push(made["household"].as_str().unwrap().to_owned());
        }
        rig.clock.advance(Duration::from_secs(60));
        let body = json!({"name": "曾娭毑", "role": "liaison", "grid": "三网格"});
        let account = add(&rig, &token, body).await;
        let cookie = enter(&rig, &card_of(&rig, &token, &account).await).await;
        rig.page(&cookie, &format!("/households/{}", doors[0])).await.expect(404);
        let area = format!("/api/accounts/{account}/area");
        rig.post(&token, &area, json!({"place": "化肥厂小区4栋"})).await.expect(422);
        let given = rig.post(&token, &area, json!({"place": "化肥厂小区3栋1单元"})).await;
        assert_eq!(given.expect(200).json()["households"], 2);
        rig.post(&token, &area, json!({"place": "化肥厂小区3栋1单元"})).await.expect(200);
        for (door, status) in [(0, 200), (1, 200), (2, 404)] {
            rig.page(&cookie, &format!("/households/{}", doors[door])).await.expect(status);
        }
        // What a rep leaves nobody holds: it is not counted to somebody who is gone.
        rig.clock.advance(Duration::from_secs(60));
        rig.post(&token, &format!("/api/accounts/{account}/end"), json!({})).await.expect(200);
        let (household, now) = (doors[0].parse().unwrap(), rig.now());
        let held = rig.db.read(move |tx| {
            let household = registry::HouseholdId::from_uuid(household);
            registry::liaison_of(tx, community(), household, now)
        });
        assert_eq!(held.await.unwrap(), None);
    });
}

#[test]
fn all_that_is_wrong_with_a_new_colleague_is_named_at_once() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let token = administrator(&rig).await;
        let body = json!({"name": "夏桂英", "role": "grid_head", "phone": "abc",
                          "last_day": "2020-01-01"});
        let refused = rig.post(&token, "/api/accounts", body).await.expect(422).json();
        let mut fields: Vec<&str> = refused["errors"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|one| one["field"].as_str())
            .collect();
        fields.sort_unstable();
        assert_eq!(fields, ["grid", "last_day", "name", "phone"]);
    });
}

#[test]
fn who_does_not_look_after_accounts_finds_none() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let stranger = id(0xBAD);
        for (number, account) in [(0x61, rep()), (0x62, head())] {
            let token = token(&rig, account, number).await;
            rig.get(&token, "/api/accounts").await.expect(404);
            let other = rig.get(&token, &format!("/api/accounts/{}", clerk())).await.expect(404);
            let none = rig.get(&token, &format!("/api/accounts/{stranger}")).await.expect(404);
            assert_eq!(other.json(), none.json());
            rig.post(&token, &format!("/api/accounts/{}/end", clerk()), json!({}))
                .await
                .expect(404);
            rig.post(&token, &format!("/api/accounts/{}/card", clerk()), json!({}))
                .await
                .expect(404);
        }
        assert_eq!(
            rig.page("", "/accounts").await.expect(303).header("location"),
            "/sign-in?next=%2Faccounts"
        );
    });
}

/// The whole matrix role × act, as the policy decides it.
#[test]
fn the_table_of_permissions_is_the_committed_one() {
    const TABLE: &str = include_str!("../permissions.txt");
    const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/permissions.txt");
    each_engine(MODULES, identify, |rig| async move {
        let policy = rig.gate().policy();
        let declared = rig.house.declared.iter().filter(|one| one.resource == "Account");
        let acts: Vec<&str> = declared.map(|one| one.name).collect();
        let others = ["system", "petitioner", "founder", "anyone"];
        let roles = access::Role::ALL.iter().map(|role| role.word()).chain(others);
        let mut now = String::from("Who may do what to an account; generated, see staff.rs.\n");
        for role in roles {
            for (whose, stands) in [("another's", vec![]), ("their own", vec!["self"])] {
                let facts = Facts::of(id(1)).standing(stands);
                let may: Vec<&str> = acts
                    .iter()
                    .copied()
                    .filter(|act| policy.decides(&[role], act, &facts))
                    .collect();
                let may = if may.is_empty() { "nothing".to_owned() } else { may.join(" ") };
                now += &format!("{role}, {whose}: {may}\n");
            }
        }
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            std::fs::write(PATH, &now).unwrap();
            return;
        }
        assert_eq!(now, TABLE, "run with UPDATE_SNAPSHOTS=1 and read the difference");
    });
}

//! A clerk's table on its way through the pages and the API.

use std::time::Duration;

use harness::{Reply, Rig, each_engine};
use serde_json::{Value as Json, json};

use crate::imports::{csv, everybody, export};
use crate::messy;
use crate::world::{CLERK, HEAD, MODULES, OTHER_CLERK, REP, by_token, community, settle, token};

const BOUNDARY: &str = "lianhu-test-boundary";

async fn send(rig: &Rig, who: u8, path: &str, file: &[u8]) -> Reply {
    let mut body = format!("--{BOUNDARY}\r\n").into_bytes();
    body.extend(b"Content-Disposition: form-data; name=\"file\"; filename=\"a.xlsx\"\r\n\r\n");
    body.extend(file);
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").bytes());
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let (origin, cookie) = ("http://lianhu.test", format!("lianhu={}", token(who)));
    let headers = [("content-type", kind.as_str()), ("origin", origin), ("cookie", &cookie)];
    rig.send(harness::request("POST", path, "", &headers, body.into())).await
}

fn hidden(page: &str, name: &str) -> String {
    let from = page.find(&format!("name=\"{name}\" value=\"")).expect("a hidden field");
    let rest = &page[from..];
    rest.split('"').nth(3).expect("a value").to_owned()
}

#[test]
fn a_clerk_walks_from_the_file_to_the_register_and_back() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        rig.clock.advance(Duration::from_secs(60));
        let cookie = format!("lianhu={}", token(CLERK));
        rig.page(&cookie, "/register/import").await.expect(200);
        let kept = send(&rig, CLERK, "/register/import", &messy::workbook()).await.expect(303);
        let waiting = kept.header("location").to_owned();
        let page = rig.page(&cookie, &waiting).await.expect(200).text();
        assert!(page.contains("8 人") && page.contains("身份证号：只用来核对"), "{page}");
        assert!(page.contains("这张表是隐藏的"), "{page}");
        assert!(page.contains("表里隐藏的列"), "{page}");
        let desk = rig.page(&cookie, "/register/import").await.expect(200).text();
        assert!(desk.contains(&waiting), "{desk}");

        // The telephone column is not wanted after all.
        let mut columns: Vec<(String, String)> = Vec::new();
        let chosen = [
            "nobodys",
            "name",
            "building",
            "stairwell",
            "room",
            "citizen_number",
            "born_on",
            "nobodys",
            "grid",
        ];
        for (number, field) in chosen.iter().enumerate() {
            columns.push((format!("columns.{number}"), (*field).to_owned()));
        }
        let fields: Vec<(&str, &str)> =
            columns.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        rig.form(&cookie, &format!("{waiting}/columns"), &fields).await.expect(303);
        let page = rig.page(&cookie, &waiting).await.expect(200).text();
        let form = ["file", "add", "change", "_receipt"].map(|name| (name, hidden(&page, name)));
        let form: Vec<(&str, &str)> = form.iter().map(|(name, it)| (*name, it.as_str())).collect();
        let path = format!("{waiting}/application");
        let done = rig.form(&cookie, &path, &form).await.expect(303);
        let import = done.header("location").to_owned();
        // The same form again is the same act.
        let again = rig.form(&cookie, &path, &form).await.expect(303);
        assert_eq!(again.header("location"), import);
        rig.page(&cookie, &waiting).await.expect(404);
        let everybody = everybody(&rig).await;
        assert_eq!(everybody.len(), 13);
        assert!(!everybody.iter().any(|row| row.contains("13800001111")), "{everybody:#?}");
        let page = rig.page(&cookie, &import).await.expect(200).text();
        assert!(page.contains("撤回这张表"), "{page}");
        rig.form(&cookie, &format!("{import}/undoing"), &[]).await.expect(303);
        assert_eq!(export(&rig).await.len(), 1 + 5);
    });
}

#[test]
fn a_table_that_waits_is_its_clerks_own_and_can_be_dropped() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        rig.at_home(community(), "龙山港社区");
        let table = csv(&["3栋,2单元,501,甲,,,,,"]);
        send(&rig, REP, "/register/import", &table).await.expect(404);
        let kept = send(&rig, CLERK, "/register/import", &table).await.expect(303);
        let waiting = kept.header("location").to_owned();
        for who in [REP, HEAD, OTHER_CLERK] {
            rig.page(&format!("lianhu={}", token(who)), &waiting).await.expect(404);
            rig.get(&token(who), &format!("/api{waiting}")).await.expect(404);
        }
        rig.page("", &waiting).await.expect(303);
        let shown = rig.get(&token(CLERK), &format!("/api{waiting}")).await.expect(200).json();
        assert_eq!((&shown["add"], &shown["hindered"]), (&json!(1), &json!(false)));
        let cookie = format!("lianhu={}", token(CLERK));
        rig.form(&cookie, &format!("{waiting}/dropping"), &[]).await.expect(303);
        rig.page(&cookie, &waiting).await.expect(404);
        let gone = json!({"file": shown["file"], "add": 1, "change": 0});
        let path = format!("/api{waiting}/application");
        rig.post(&token(CLERK), &path, gone).await.expect(404);
        assert_eq!(export(&rig).await.len(), 1 + 5);
    });
}

#[test]
fn a_file_that_is_no_table_is_not_kept() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let page = send(&rig, CLERK, "/register/import", b"PK\x03\x04rubbish").await.expect(422);
        assert!(page.text().contains("表格文件坏了"), "{}", page.text());
        let page = send(&rig, CLERK, "/register/import", b"a,\"b\nc").await.expect(422);
        assert!(page.text().contains("第 1 行 B 列"), "{}", page.text());
        send(&rig, CLERK, "/register/import", b"").await.expect(422);
        let desk: Json = rig.get(&token(CLERK), "/api/register/import").await.expect(200).json();
        assert_eq!(desk["waiting"], Json::Null);
    });
}

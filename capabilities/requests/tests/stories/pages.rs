//! Pages as documents: whole, in words, with one heading; and forms that lose nothing.

use harness::Reply;
use serde_json::json;

use crate::world::{
    EVERYBODY,
    Who::{self, Clerk, Department, Head, OtherClerk, OtherRep, Rep, Secretary},
    World, happy, household, tell, text, unhappy,
};

/// Text between tags that looks like a key nobody translated: `act.answer.name`.
fn untranslated(page: &str) -> Vec<&str> {
    let texts = page.split('>').filter_map(|rest| rest.split('<').next()).map(str::trim);
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|sign| matches!(sign, b'a'..=b'z' | b'_'))
    };
    texts.filter(|text| text.contains('.') && text.split('.').all(is_part)).collect()
}

fn expect_whole(path: &str, reply: &Reply) -> String {
    let page = reply.text();
    assert_eq!(reply.status, 200, "{path}: {page}");
    assert!(page.trim_end().ends_with("</html>"), "{path}");
    assert_eq!(page.matches("<h1").count(), 1, "{path}");
    assert_eq!(untranslated(&page), Vec::<&str>::new(), "{path}");
    page
}

async fn see(world: &World, who: Who, path: &str) -> String {
    for lang in ["zh", "en"] {
        let cookie = format!("{}; lang={lang}", who.cookie());
        expect_whole(path, &world.rig.page(&cookie, path).await);
    }
    world.rig.page(&who.cookie(), path).await.text()
}

#[test]
fn every_page_is_whole_and_in_words() {
    tell(|world| async move {
        let closed = world.closed().await;
        let answered = world.answered().await;
        let unhappy_one = world.answered().await;
        world.done(OtherClerk, &unhappy_one, "verification", unhappy()).await;
        let paused = world.in_progress().await;
        let pause = json!({ "reason": "weather", "told": true });
        world.done(Clerk, &paused, "pause", pause).await;
        let split = world.in_progress().await;
        let parts = json!({ "parts": [{ "text": "量尺寸" }, { "text": "申请补贴" }] });
        world.done(Clerk, &split, "children", parts).await;
        let offered = world.filed(Rep).await;
        world.done(Clerk, &offered, "assignment", json!({ "to": Head.uuid() })).await;
        let danger = json!({ "text": "闻到煤气味", "spot": household(0) });
        let danger = text(&world.file(Rep, danger).await["id"]);
        let received = world.filed(OtherRep).await;
        for request in
            [&closed, &answered, &unhappy_one, &paused, &split, &offered, &danger, &received]
        {
            see(&world, Secretary, &format!("/requests/{request}")).await;
        }
        see(&world, Clerk, &format!("/requests/{received}/slip?paper=a4")).await;
        for who in [Rep, Head, Clerk] {
            for path in ["/", "/inbox", "/requests", "/requests?q=%E7%81%AF&late=true"] {
                see(&world, who, path).await;
            }
            see(&world, who, "/requests/new").await;
        }
        for tray in
            ["late", "to_triage", "to_assign", "to_accept", "to_handle", "to_verify", "to_decide"]
        {
            see(&world, Clerk, &format!("/inbox?tray={tray}")).await;
        }
        see(&world, Clerk, "/requests/paste").await;
    });
}

#[test]
fn an_error_page_keeps_the_menu_and_the_name() {
    tell(|world| async move {
        for (path, status) in
            [("/nowhere", 404), ("/inbox?tray=elsewhere", 422), ("/requests?cursor=x", 422)]
        {
            let page = world.rig.page(&Clerk.cookie(), path).await.expect(status).text();
            assert!(page.contains("<nav class=\"nav\"") && page.contains("/sign-out"), "{path}");
            let stranger = world.rig.page("", "/nowhere").await.expect(404).text();
            assert!(!stranger.contains("<nav class=\"nav\""), "a stranger has none");
        }
        let page = world.rig.page(&Clerk.cookie(), "/inbox?tray=elsewhere").await.text();
        assert!(page.contains("待办分类：") && !page.contains("tray："), "{page}");
    });
}

#[test]
fn a_resident_sees_plain_words_at_every_stage() {
    tell(|world| async move {
        let filed = world.file(Rep, json!({ "text": "楼道灯坏了" })).await;
        let (request, code) = (text(&filed["id"]), text(&filed["query_code"]));
        let path = format!("/q/{code}");
        expect_whole("/q", &world.rig.page("", "/q").await);
        let page = expect_whole(&path, &world.rig.page("", &path).await);
        assert!(page.contains("已经收到"), "{page}");
        world.triaged(&request, Clerk).await;
        world.done(Clerk, &request, "answer", json!({ "text": "灯已换好" })).await;
        let page = expect_whole(&path, &world.rig.page("", &path).await);
        assert!(page.contains("灯已换好") && page.contains("没办好"), "{page}");
        world.done(OtherClerk, &request, "verification", happy()).await;
        world.done(OtherClerk, &request, "closure", json!({})).await;
        let page = expect_whole(&path, &world.rig.page("", &path).await);
        assert!(page.contains("已经解决"), "{page}");
    });
}

#[test]
fn the_obvious_next_act_stands_open_once() {
    tell(|world| async move {
        let request = world.filed(Rep).await;
        let page = see(&world, Clerk, &format!("/requests/{request}")).await;
        let form = format!("action=\"/requests/{request}/triage\"");
        assert_eq!(page.matches(&form).count(), 1);
        assert_eq!(page.matches("class=\"button primary\"").count(), 1, "one primary act");
    });
}

#[test]
fn a_refused_part_keeps_its_number() {
    tell(|world| async move {
        let request = world.in_progress().await;
        let colleague = Head.uuid();
        let fields = [("parts.1.text", "量尺寸"), ("parts.2.assign_to", colleague.as_str())];
        let path = format!("/requests/{request}/children");
        let reply = world.rig.form(&Clerk.cookie(), &path, &fields).await;
        let page = reply.text();
        assert_eq!(reply.status, 422, "{page}");
        assert!(page.contains("href=\"#request.split.parts[2].text\""), "{page}");
        assert!(page.contains("id=\"request.split.parts[2].text-error\""), "{page}");
        assert!(page.contains(">量尺寸</textarea>"), "{page}");
    });
}

/// The addresses a page leads to within the house.
fn doors(page: &str) -> Vec<String> {
    let addresses = page.split(" href=\"/").skip(1).filter_map(|rest| rest.split('"').next());
    let ours = addresses.filter(|path| !path.starts_with("assets/"));
    ours.map(|path| format!("/{}", path.replace("&amp;", "&").replace("&#38;", "&"))).collect()
}

#[test]
fn no_role_is_offered_a_door_that_is_shut() {
    tell(|world| async move {
        world.in_progress().await;
        world.answered().await;
        let offered = world.filed(Rep).await;
        world.done(Clerk, &offered, "assignment", json!({ "to": Head.uuid() })).await;
        let asked = world.filed(OtherRep).await;
        world.triaged(&asked, Clerk).await;
        world.done(Clerk, &asked, "assignment", json!({ "to": Department.uuid() })).await;
        for who in EVERYBODY {
            let mut ahead = vec!["/".to_owned()];
            let mut seen = std::collections::BTreeSet::new();
            while let Some(path) = ahead.pop() {
                // Signing in is a door for those who are out; fragments are not pages.
                if !seen.insert(path.clone()) || path.starts_with("/sign-in") || seen.len() > 80 {
                    continue;
                }
                let reply = world.rig.page(&who.cookie(), &path).await;
                assert_eq!(reply.status, 200, "{who:?} is led to {path}");
                ahead.extend(doors(&reply.text()));
            }
            assert!(seen.len() > 1, "{who:?} saw {seen:?}");
        }
    });
}

#[test]
fn programs_are_no_people_to_hand_work_to() {
    tell(|world| async move {
        let program = access::Account {
            id: kernel::AccountId::from_uuid(crate::world::id(0xAFF)),
            name: "工单接口".to_owned(),
            sign_in_name: None,
            person: None,
            created_at: world.rig.now(),
        };
        let now = world.rig.now();
        let added = world.rig.db.write(move |tx| {
            let here = crate::world::here();
            access::seed::account(tx, here, &program)?;
            let (id, role) = (crate::world::id(0xFFF), access::Role::Clerk);
            let term = access::Term { id, role, grid: None, from: now, until: None };
            access::seed::role(tx, here, program.id, &term)?;
            let secret = web::Secret::new(here, &gate::Chance::system());
            access::seed::token(tx, program.id, &secret, "cli", now)
        });
        added.await.unwrap();
        let request = world.filed(Rep).await;
        let shown = world.rig.page(&Clerk.cookie(), &format!("/requests/{request}")).await.text();
        assert!(shown.contains("陈静") && !shown.contains("工单接口"));
        let new = world.rig.page(&Clerk.cookie(), "/requests/new").await.text();
        assert!(new.contains("陈静") && !new.contains("工单接口"));
    });
}

#[test]
fn the_head_of_its_grid_is_the_first_to_be_asked() {
    tell(|world| async move {
        let body = json!({ "text": "楼道灯坏了", "spot": household(3) });
        let request = text(&world.file(Clerk, body).await["id"]);
        let names: Vec<String> = world.read(Clerk, &request).await["colleagues"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| text(&one["name"]))
            .collect();
        assert_eq!(names[0], "刘志强", "{names:?}");
        assert_eq!(names.last().unwrap(), "曾桂英", "reps come last: {names:?}");
    });
}

#[test]
fn a_stale_form_shows_what_was_typed_beside_what_was_stored() {
    tell(|world| async move {
        let request = world.in_progress().await;
        let version = world.read(Clerk, &request).await["version"].to_string();
        let body = json!({ "text": "楼道灯坏了三天", "reason": "补时间" });
        world.done(OtherClerk, &request, "correction", body).await;
        let path = format!("/requests/{request}/correction");
        let fields = [("text", "楼道灯坏了五天"), ("reason", "记错了"), ("version", &version)];
        let page = world.form(&Clerk.cookie(), &path, &fields).await.expect(409).text();
        let versions = page.split("class=\"versions\"").nth(1).expect("two versions");
        let (yours, theirs) = versions.split_once("别人刚存的").expect("both of them");
        assert!(yours.contains("楼道灯坏了五天") && yours.contains("记错了"), "{yours}");
        let theirs = theirs.split("</dl>").next().unwrap();
        assert!(theirs.contains("<dd>楼道灯坏了三天</dd>"), "{theirs}");
        assert!(theirs.contains("陈静"), "who was quicker: {theirs}");

        // The other one has answered: this form is gone, its words are not.
        let version = world.read(Clerk, &request).await["version"].to_string();
        world.done(Secretary, &request, "answer", json!({ "text": "书记的答复" })).await;
        let path = format!("/requests/{request}/answer");
        let fields = [("kind", "solved"), ("text", "我写的长答复"), ("version", &version)];
        let page = world.form(&Clerk.cookie(), &path, &fields).await.expect(409).text();
        let versions = page.split("class=\"versions\"").nth(1).expect("two versions");
        let (yours, theirs) = versions.split_once("别人刚存的").expect("both of them");
        assert!(yours.contains("我写的长答复") && theirs.contains("书记的答复"));
    });
}

#[test]
fn r3_a_stale_form_lists_nothing_of_a_mode_that_was_not_chosen() {
    tell(|world| async move {
        let request = world.filed(Rep).await;
        let version = world.read(Clerk, &request).await["version"].to_string();
        let quicker = json!({ "mode": "common", "task": "下次地坪会商量" });
        world.done(OtherClerk, &request, "triage", quicker).await;
        let fields = [
            ("mode", "assisted"),
            ("guidance", ""),
            ("follow_up_on", "2026-12-24"),
            ("task", "大家凑钱"),
            ("helper", "请电工老李来换"),
            ("reason", "换人"),
            ("version", version.as_str()),
        ];
        let path = format!("/requests/{request}/triage");
        let page = world.form(&Clerk.cookie(), &path, &fields).await.expect(409).text();
        let versions = page.split("class=\"versions\"").nth(1).expect("two versions");
        let versions = versions.split("</dl></section></div>").next().unwrap();
        for said in ["请电工老李来换", "换人", "下次地坪会商量"] {
            assert!(versions.contains(said), "{said}: {versions}");
        }
        for unsaid in ["12月24日", "大家凑钱", "告诉居民怎么办", "哪天再问"] {
            assert!(!versions.contains(unsaid), "{unsaid}: {versions}");
        }
    });
}

#[test]
fn the_style_guide_speaks_its_readers_language() {
    tell(|world| async move {
        let page = world.rig.page("lang=en", "/styleguide").await.expect(200).text();
        let main = page.split("<main").nth(1).and_then(|rest| rest.split("</main>").next());
        let main = main.expect("a page");
        let is_chinese = |sign: char| ('\u{4e00}'..='\u{9fff}').contains(&sign);
        let chinese: String = main.chars().filter(|sign| is_chinese(*sign)).collect();
        assert_eq!(chinese, "");
        assert!(main.contains("The stair lamp is broken"), "{main}");
        let page = world.rig.page("lang=zh", "/styleguide").await.expect(200).text();
        assert!(page.contains("楼道灯坏了"), "{page}");
    });
}

#[test]
fn how_long_a_field_may_be_is_told_before_it_is_sent() {
    tell(|world| async move {
        let page = world.rig.page(&Rep.cookie(), "/requests/new").await.expect(200).text();
        for (field, most) in [("text", 2000), ("petitioner_name", 80), ("behalf", 80)] {
            let limit = format!("id=\"request.file.{field}-limit\" data-most=\"{most}\"");
            assert!(page.contains(&limit), "{field}: {page}");
            let told = format!("request.file.{field}-hint request.file.{field}-limit\"");
            assert!(page.contains(&told), "{field}: {page}");
        }
        assert!(page.contains(">最多 2000 个字</p>"), "{page}");
        let request = world.in_progress().await;
        let path = format!("/requests/{request}");
        let page = world.rig.page(&Clerk.cookie(), &path).await.expect(200).text();
        assert!(page.contains("id=\"request.answer.text-limit\" data-most=\"1000\""), "{page}");
    });
}

#[test]
fn a_summary_of_faults_calls_fields_as_their_form_does() {
    tell(|world| async move {
        let page = world.form(&Rep.cookie(), "/requests/new", &[]).await.expect(422).text();
        assert!(page.contains("说了什么：这一项要填"), "{page}");
        let request = world.in_progress().await;
        let path = format!("/requests/{request}/answer");
        let page = world.form(&Clerk.cookie(), &path, &[("kind", "solved")]).await;
        assert!(page.expect(422).text().contains("怎么跟居民说：这一项要填"));
    });
}

//! Pages as documents: whole, in words, with one heading; and forms that lose nothing.

use harness::Reply;
use serde_json::json;

use crate::world::{
    Who::{self, Clerk, Head, OtherClerk, OtherRep, Rep, Secretary},
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
        for tray in ["late", "to_triage", "to_accept", "to_handle", "to_verify", "to_decide"] {
            see(&world, Clerk, &format!("/inbox?tray={tray}")).await;
        }
        see(&world, Clerk, "/requests/paste").await;
        see(&world, Clerk, "/requests/paste?text=%E7%81%AF%E5%9D%8F%E4%BA%86").await;
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

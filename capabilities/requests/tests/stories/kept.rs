//! What a person wrote is not lost, and the word of danger is answered: forms that came too late,
//! files too large, codes typed the way people type.

use serde_json::json;

use crate::world::{
    Who::{Clerk, Head, OtherClerk, Rep},
    World, happy, tell, text, unhappy,
};

/// An answered request of which its resident holds the code.
async fn answered_with_code(world: &World) -> (String, String) {
    let filed = world.file(Rep, json!({ "text": "电梯又停了" })).await;
    let (request, code) = (text(&filed["id"]), text(&filed["query_code"]));
    world.triaged(&request, Clerk).await;
    world.done(Clerk, &request, "answer", json!({ "text": "修好了" })).await;
    (request, code)
}

#[test]
fn a_verdict_that_came_too_late_is_shown_and_can_be_sent_on() {
    tell(|world| async move {
        let (request, code) = answered_with_code(&world).await;
        let version = world.read(Clerk, &request).await["version"].to_string();
        let path = format!("/q/{code}/verification");
        let yes = [("contacted", "true"), ("solved", "true"), ("satisfied", "true")];
        world.form("", &path, &yes).await.expect(303);
        let no = [
            ("contacted", "true"),
            ("solved", "false"),
            ("satisfied", "false"),
            ("note", "早上又停在五楼"),
            ("version", version.as_str()),
        ];
        let page = world.form("", &path, &no).await.expect(409).text();
        let versions = page.split("class=\"versions\"").nth(1).expect("both versions");
        let (yours, theirs) = versions.split_once("别人刚存的").expect("both of them");
        assert!(yours.contains("问题没有解决") && yours.contains("早上又停在五楼"), "{yours}");
        assert!(theirs.contains("办结了"), "{theirs}");
        assert!(page.contains("data-focus"), "the reader is led to it");
        // The way on: another form lies open with the words in it.
        assert!(page.contains("href=\"#fold.request.ask_reopening\""), "{page}");
        let fold = page.split("id=\"fold.request.ask_reopening\"").nth(1).expect("the way on");
        assert!(fold.starts_with(" open"), "{fold}");
        assert!(fold.contains(">早上又停在五楼</textarea>"), "{fold}");
    });
}

#[test]
fn a_verdict_on_an_answer_that_changed_keeps_its_words() {
    tell(|world| async move {
        let (request, code) = answered_with_code(&world).await;
        let version = world.read(Clerk, &request).await["version"].to_string();
        world.done(OtherClerk, &request, "verification", unhappy()).await;
        let path = format!("/q/{code}/verification");
        let no = [("solved", "false"), ("satisfied", "false"), ("note", "还是不行")];
        let no = [&no[..], &[("contacted", "true"), ("version", version.as_str())]].concat();
        let page = world.form("", &path, &no).await.expect(409).text();
        assert!(page.contains("还是不行"), "{page}");
        assert!(page.contains("别人刚存的"), "{page}");
    });
}

#[test]
fn what_was_written_stays_when_the_matter_went_to_somebody_else() {
    tell(|world| async move {
        let request = world.filed(Rep).await;
        world.done(Clerk, &request, "assignment", json!({ "to": Head.uuid() })).await;
        world.done(Head, &request, "acceptance", json!({})).await;
        let path = format!("/requests/{request}/answer");
        let fields = [("kind", "solved"), ("text", "我去看过了，已经好了")];
        let page = world.form(&Rep.cookie(), &path, &fields).await.expect(403).text();
        assert!(page.contains("我去看过了，已经好了"), "{page}");
        assert!(page.contains("这一步要由别人来办"), "{page}");
    });
}

#[test]
fn whoever_gives_a_matter_back_goes_to_their_inbox() {
    tell(|world| async move {
        let request = world.filed(Rep).await;
        world.done(Clerk, &request, "assignment", json!({ "to": OtherClerk.uuid() })).await;
        let path = format!("/requests/{request}/return");
        let reply = world.form(&OtherClerk.cookie(), &path, &[("reason", "归物业管")]).await;
        assert_eq!(reply.expect(303).header("location"), "/inbox?tray=to_accept");
    });
}

#[test]
fn r4_a_resident_sees_the_line_to_call_first() {
    tell(|world| async move {
        let filed = world.file(Rep, json!({ "text": "楼下闻到煤气味" })).await;
        let code = text(&filed["query_code"]);
        let page = world.rig.page("", &format!("/q/{code}")).await.expect(200).text();
        assert!(page.find("href=\"tel:119\"") < page.find("<h1"), "first of all: {page}");

        let calm = world.file(Rep, json!({ "text": "楼道灯坏了" })).await;
        let code = text(&calm["query_code"]);
        let page = format!("/q/{code}");
        assert!(!world.rig.page("", &page).await.text().contains("tel:119"));
        // While it is written, and when it was sent.
        let words = [("text", "现在着火了")];
        let heard = world.form("", &format!("/q/{code}/danger"), &words).await.expect(200).text();
        assert!(heard.contains("href=\"tel:119\""), "{heard}");
        world.form("", &format!("/q/{code}/notes"), &words).await.expect(303);
        assert!(world.rig.page("", &page).await.text().contains("href=\"tel:119\""));
        // Whoever works at it sees it above all else, with the line to call.
        let body = world.read(Rep, &text(&calm["id"])).await;
        assert_eq!((&body["emergency"], &body["called"]), (&json!("119"), &json!(false)));
        assert_eq!(body["timeline"][2]["word"], "emergency_line.119", "{body}");
        // Nobody without a code.
        world.form("", "/q/1-00000-00000/danger", &words).await.expect(404);
    });
}

#[test]
fn r4_danger_said_of_what_follows_another_is_heard_where_somebody_works() {
    tell(|world| async move {
        let main = world.file(Rep, json!({ "text": "三栋楼道灯坏了" })).await;
        let joined = json!({ "text": "三栋楼道灯不亮", "same_as": main["id"] });
        let follower = world.file(Rep, joined).await;
        let notes = format!("/q/{}/notes", text(&follower["query_code"]));
        world.form("", &notes, &[("text", "灯座冒火，着火了")]).await.expect(303);
        let body = world.read(Rep, &text(&main["id"])).await;
        assert_eq!((&body["emergency"], &body["clock_class"]), (&json!("119"), &json!("u0")));
        assert_eq!(body["timeline"][2]["word"], "emergency_line.119", "{body}");
        // A rejected answer is heard too.
        let request = world.answered().await;
        let code = text(&world.read(Rep, &request).await["query_code"]);
        let no = [("solved", "false"), ("note", "家里又有煤气味了")];
        world.form("", &format!("/q/{code}/verification"), &no).await.expect(303);
        assert_eq!(world.read(Rep, &request).await["emergency"], "119");
    });
}

#[test]
fn a_code_is_taken_as_people_type_it() {
    tell(|world| async move {
        let filed = world.file(Rep, json!({ "text": "路灯坏了" })).await;
        let code = text(&filed["query_code"]);
        let wide: String = code
            .chars()
            .map(|sign| char::from_u32(u32::from(sign) + 0xFEE0).expect("full width"))
            .collect();
        for typed in [wide, code.to_lowercase().replace('-', " ")] {
            let query =
                percent_encoding::utf8_percent_encode(&typed, percent_encoding::NON_ALPHANUMERIC);
            let reply = world.rig.page("", &format!("/q?code={query}")).await.expect(303);
            assert_eq!(reply.header("location"), format!("/q/{code}"));
        }
        let page = world.rig.page("", "/q?code=").await.expect(422).text();
        assert!(page.contains("还没有输查询码"), "{page}");
    });
}

#[test]
fn a_happy_resident_sees_no_stranded_form() {
    tell(|world| async move {
        let (request, code) = answered_with_code(&world).await;
        world.done(OtherClerk, &request, "verification", happy()).await;
        let page = world.rig.page("", &format!("/q/{code}")).await.expect(200).text();
        assert!(!page.contains("class=\"versions\""), "{page}");
    });
}

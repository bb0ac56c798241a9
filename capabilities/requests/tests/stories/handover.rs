//! R8: the first receiver leads until another accepts; an offer never empties the lead.

use serde_json::json;

use crate::world::{
    Who::{Clerk, Department, Head, OtherClerk, OtherHead, OtherRep, Rep},
    happy, household, may, steps, tell, text,
};

#[test]
fn r8_the_first_receiver_leads_until_another_accepts() {
    tell(|world| async move {
        let request = world.filed(Rep).await;
        let offered = json!({ "to": Head.uuid(), "note": "请网格长接手" });
        let done = world.done(Rep, &request, "assignment", offered).await;
        assert_eq!(done["stage"], "assigned");
        let body = world.read(Head, &request).await;
        assert_eq!(body["lead"]["id"], Rep.uuid());
        assert_eq!(body["offered_to"]["id"], Head.uuid());
        assert!(may(&body).contains(&"request.accept".into()));

        world.act(Clerk, &request, "acceptance", json!({})).await.expect(403);
        world.done(Head, &request, "acceptance", json!({})).await;
        let body = world.read(Head, &request).await;
        assert_eq!((&body["lead"]["id"], &body["offered_to"]), (&json!(Head.uuid()), &json!(null)));
        assert_eq!(body["timeline"][1]["to"], "李建国");
    });
}

#[test]
fn r8_what_is_returned_says_why_and_keeps_its_lead() {
    tell(|world| async move {
        let request = world.filed(Rep).await;
        world.done(Clerk, &request, "assignment", json!({ "to": OtherClerk.uuid() })).await;
        world.act(OtherClerk, &request, "return", json!({})).await.expect(422);
        let why = json!({ "reason": "不归我管" });
        world.act(OtherHead, &request, "return", why.clone()).await.expect(404);
        world.act(Head, &request, "return", why.clone()).await.expect(403);
        world.done(OtherClerk, &request, "return", why).await;
        let body = world.read(Clerk, &request).await;
        assert_eq!(body["lead"]["id"], Rep.uuid());
        assert_eq!(body["timeline"][2]["why"], "不归我管");
    });
}

#[test]
fn who_is_asked_must_work_here() {
    tell(|world| async move {
        let request = world.filed(Clerk).await;
        for stranger in [
            crate::world::id(77).to_string(),
            crate::world::Who::Foreigner.uuid(),
            crate::world::Who::Administrator.uuid(),
        ] {
            let asked = json!({ "to": stranger });
            let problem = world.act(Clerk, &request, "assignment", asked).await.expect(422).json();
            assert_eq!(problem["errors"][0]["key"], "fault.unknown_colleague");
            assert_eq!(problem["errors"][0]["field"], "to");
        }
    });
}

#[test]
fn giving_back_names_the_request_and_leads_to_what_else_was_asked() {
    tell(|world| async move {
        let filed = world.file(Rep, json!({ "text": "楼道灯坏了" })).await;
        let (request, number) = (text(&filed["id"]), text(&filed["number"]));
        world.done(Clerk, &request, "assignment", json!({ "to": OtherClerk.uuid() })).await;
        let path = format!("/requests/{request}/return");
        let fields = [("reason", "不归我管")];
        let done = world.form(&OtherClerk.cookie(), &path, &fields).await.expect(303);
        assert_eq!(done.header("location"), "/inbox?tray=to_accept");
        let notice = done.header("set-cookie").split(';').next().unwrap().to_owned();
        let cookies = format!("{}; {notice}", OtherClerk.cookie());
        let page = world.rig.page(&cookies, done.header("location")).await.expect(200).text();
        assert!(page.contains(&format!("诉求 {number} 已经退回。")), "{page}");
    });
}

#[test]
fn a_department_sees_the_matter_and_not_the_person() {
    tell(|world| async move {
        let filed = world
            .file(
                Clerk,
                json!({
                    "text": "占道经营堵了消防通道",
                    "petitioner_name": "夏爹", "petitioner_phone": "13800000000",
                }),
            )
            .await;
        let request = text(&filed["id"]);
        let path = format!("/api/requests/{request}");
        world.get(Department, &path).await.expect(404);
        world.done(Clerk, &request, "assignment", json!({ "to": Department.uuid() })).await;
        let body = world.read(Department, &request).await;
        assert_eq!(body["petitioner"], json!(null));
        assert!(!body.to_string().contains("13800000000"));
        world.done(Department, &request, "acceptance", json!({})).await;
        world.done(Department, &request, "answer", json!({ "text": "已清理" })).await;
        let whole = world.read(Clerk, &request).await;
        assert_eq!(whole["petitioner"]["phone"], "13800000000");
        assert_eq!(steps(&whole), ["file", "assign", "accept", "answer"]);
    });
}

/// Law 3: neither the door nor the household, in the request and in every list; once it is closed
/// only what the department did itself.
#[test]
fn a_department_knows_the_building_and_not_the_door() {
    tell(|world| async move {
        let home = household(0).uuid().to_string();
        let filed =
            world.file(Clerk, json!({ "text": "楼上漏水，淋湿了厨房", "spot": home })).await;
        let request = text(&filed["id"]);
        let door = text(&world.read(Clerk, &request).await["spot"]);
        world.done(Clerk, &request, "assignment", json!({ "to": Department.uuid() })).await;
        world.done(Department, &request, "acceptance", json!({})).await;
        world.done(Clerk, &request, "notes", json!({ "text": "那家老人腿脚不好" })).await;
        let body = world.read(Department, &request).await;
        let building = text(&body["spot"]);
        assert!(!building.is_empty() && building != door && door.starts_with(&building));
        let mut seen = vec![body.to_string()];
        for path in ["/api/requests", "/api/inbox", "/api/home"] {
            let list = world.get(Department, path).await.expect(200).json().to_string();
            assert!(list.contains(&request), "{path}: {list}");
            seen.push(list);
        }
        seen.push(
            world.rig.page(&Department.cookie(), &format!("/requests/{request}")).await.text(),
        );
        for shown in &seen {
            assert!(!shown.contains(&door) && !shown.contains(&home), "{shown}");
        }
        world.done(Department, &request, "answer", json!({ "text": "已修好" })).await;
        world.done(Clerk, &request, "verification", happy()).await;
        world.done(Clerk, &request, "closure", json!({})).await;
        let body = world.read(Department, &request).await;
        assert_eq!(steps(&body), ["accept", "answer"]);
        assert!(!body.to_string().contains("腿脚"), "{body}");
        assert_eq!(body["answer"]["words"], "已修好");
        let photos = format!("/api/requests/{request}/photos");
        world.get(Department, &photos).await.expect(404);
        world.get(Clerk, &photos).await.expect(200);
    });
}

#[test]
fn r21_the_accused_sees_nothing_and_is_not_asked() {
    tell(|world| async move {
        let filed =
            world.file(Rep, json!({ "text": "窗口办事态度差", "accused": Clerk.uuid() })).await;
        let request = text(&filed["id"]);
        let body = world.read(crate::world::Who::Secretary, &request).await;
        assert_eq!(body["topic"], "L01");
        let known = body["colleagues"].as_array().unwrap();
        assert!(known.iter().all(|one| one["id"] != Clerk.uuid()));
        for who in [Clerk, OtherClerk, Head, OtherRep] {
            world.get(who, &format!("/api/requests/{request}")).await.expect(404);
            let list = world.get(who, "/api/requests").await.expect(200).json();
            assert!(!list.to_string().contains(&request), "{who:?}");
        }
        let asked = json!({ "to": Clerk.uuid() });
        world.refused(crate::world::Who::Secretary, &request, "assignment", asked).await;
        world.read(Rep, &request).await;
    });
}

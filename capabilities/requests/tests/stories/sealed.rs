//! Who asks is sealed under a key of the request's own: readable in no row and no event, shown to
//! those who may know, and gone with the key.

use serde_json::{Value as Json, json};

use crate::world::{
    Who::{Clerk, OtherClerk, Rep, Secretary},
    World, compared, here, tell, text,
};

/// Invented, and found nowhere else.
const CANARIES: [&str; 3] = ["缪金丝雀", "13900007351", "缪家女儿代说"];

fn asked(words: &str) -> Json {
    json!({
        "text": words, "petitioner_name": CANARIES[0], "petitioner_phone": CANARIES[1],
        "behalf": CANARIES[2],
    })
}

/// The canaries that stand in a copy of everything.
fn sung(world: &World) -> Vec<&'static str> {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy");
    // A dump of PostgreSQL waits on a runtime of its own.
    let copied = std::thread::scope(|scope| {
        scope.spawn(|| world.rig.db.backup_to(&copy, |_| ())).join().unwrap()
    });
    copied.unwrap();
    let bytes = std::fs::read(&copy).unwrap();
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    CANARIES.into_iter().filter(|canary| holds(canary)).collect()
}

fn shown(body: &Json) -> [Json; 3] {
    [&body["petitioner"]["name"], &body["petitioner"]["phone"], &body["behalf"]].map(Json::clone)
}

#[test]
fn who_asks_is_readable_nowhere_and_shown_to_those_who_may_know() {
    tell(|world| async move {
        let whole = text(&world.file(Clerk, asked("三栋的路灯坏了")).await["id"]);
        let many = json!({ "parts": [{ "text": "井盖松了" }, asked("楼道漏水")] });
        let many = world.post(Clerk, "/api/requests/paste", many).await.expect(201).json();
        let one_of_many = text(&many["items"][1]["id"]);
        world.triaged(&whole, Clerk).await;
        let parts = json!({ "parts": [{ "text": "换灯" }, { "text": "查线" }] });
        let split = world.done(Clerk, &whole, "children", parts).await;
        let part = text(&split["children"][0]["id"]);
        assert_eq!(sung(&world), Vec::<&str>::new());
        for request in [&whole, &one_of_many, &part] {
            let body = world.read(Clerk, request).await;
            assert_eq!(shown(&body), CANARIES.map(Json::from), "{body}");
            assert_eq!(body["petitioner"]["anonymous"], false);
        }
        assert_eq!(world.read(Clerk, &whole).await["timeline"][0]["behalf"], CANARIES[2]);
        let words = json!({ "text": "声音也很大" });
        world.done(OtherClerk, &whole, "notes", words).await;
        assert_eq!(compared(&world.rig.db, here()).await.unlike, vec![]);
    });
}

#[test]
fn the_same_receipt_with_the_same_words_is_answered_alike() {
    tell(|world| async move {
        let token = Rep.token();
        let send = |body: Json| world.rig.post_keyed(&token, "/api/requests", body, Some("k"));
        let first = send(asked("路灯坏了")).await.expect(201).json();
        assert_eq!(send(asked("路灯坏了")).await.expect(201).json(), first);
        send(asked("水管坏了")).await.expect(422);
    });
}

#[test]
fn a_petitioner_who_is_erased_is_gone_and_the_request_stays() {
    tell(|world| async move {
        let request = world.file(Clerk, asked("三栋的路灯坏了")).await;
        let id = text(&request["id"]);
        let (subject, now) = (id.parse().unwrap(), world.rig.now());
        let destroyed =
            world.rig.db.write(move |tx| vault::destroy(tx, here(), subject, now)).await;
        assert!(destroyed.unwrap());
        let body = world.read(Secretary, &id).await;
        assert_eq!(shown(&body), [json!(null), json!(null), json!(null)]);
        assert_eq!(body["number"], request["number"]);
        assert_eq!(compared(&world.rig.db, here()).await.unlike, vec![]);
    });
}

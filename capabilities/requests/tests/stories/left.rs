//! What acts left: a request or a promise that is changed behind the program's back differs from
//! its newest event, whichever column it was.

use db::{Engine, Sql, Value};
use gate::Refusal;
use gate::left::Unlike;
use requests::store::state;
use serde_json::json;
use uuid::Uuid;

use crate::world::{
    Who::{Clerk, OtherClerk, Rep, Secretary},
    World, compared, happy, here, id, tell, tell_of_tampering, text,
};

impl World {
    /// Changes rows behind the program's back.
    async fn tamper(&self, sql: &str) {
        let sql = Sql::interned("test.tamper", sql);
        let changed = self.rig.db.write(move |tx| tx.exec(&sql, &[])).await.unwrap();
        assert!(changed > 0, "{}", sql.text);
    }

    async fn unlike(&self) -> Vec<Unlike> {
        compared(&self.rig.db, here()).await.unlike
    }

    async fn number(&self, request: &str) -> String {
        text(&self.read(Secretary, request).await["number"])
    }
}

#[test]
fn a_whole_life_leaves_nothing_unlike() {
    tell(|world| async move {
        let main = world.in_progress().await;
        let late = world.file(Rep, json!({ "text": "帮忙跑腿代买药", "topic": "H04" })).await;
        let late = text(&late["id"]);
        let pasted = json!({ "parts": [{ "text": "井盖松了" }, { "text": "有人被困电梯里" }] });
        let pasted = world.post(Clerk, "/api/requests/paste", pasted).await.expect(201).json();
        let follower = text(&pasted["items"][0]["id"]);
        world.done(Clerk, &follower, "merge", json!({ "into": main })).await;
        world.file(Clerk, json!({ "text": "楼道的灯坏了", "same_as": main })).await;
        world.done(Clerk, &main, "contact", json!({ "reached": true })).await;
        world.done(Clerk, &main, "notes", json!({ "text": "配件已订" })).await;
        let words = json!({ "text": "二栋楼道灯坏了", "reason": "听错了" });
        world.done(Clerk, &main, "correction", words).await;
        world.done(Clerk, &main, "pause", json!({ "reason": "material", "told": true })).await;
        world.advance(40);
        assert!(world.round().await > 1, "the pause ends and what is late goes up");
        assert_eq!(world.read(Secretary, &late).await["layer"], "grid");

        let parts = json!({ "parts": [{ "text": "换灯" }, { "text": "查漏电" }] });
        let split = world.done(Clerk, &main, "children", parts).await;
        for part in split["children"].as_array().unwrap() {
            let part = text(&part["id"]);
            world.done(Clerk, &part, "answer", json!({ "text": "好了" })).await;
            world.done(OtherClerk, &part, "verification", happy()).await;
            world.done(OtherClerk, &part, "closure", json!({})).await;
        }
        assert_eq!(world.stage(&main).await, "in_progress");
        world.done(Clerk, &main, "answer", json!({ "text": "灯已换好" })).await;
        assert_eq!(world.stage(&follower).await, "answered");
        world.done(OtherClerk, &main, "verification", happy()).await;
        world.done(OtherClerk, &main, "closure", json!({})).await;
        world
            .done(
                Secretary,
                &main,
                "reopening",
                json!({ "reason": "又坏了", "told_by": "夏爹来说的" }),
            )
            .await;
        let compared = compared(&world.rig.db, here()).await;
        assert_eq!((compared.things, compared.unlike), (7, vec![]));
    });
}

/// Changes of one answered request, and how each is undone.
const CHANGES: [[&str; 2]; 8] = [
    [
        "update requests set stage = 'closed' where stage = 'answered'",
        "update requests set stage = 'answered' where stage = 'closed'",
    ],
    [
        "update requests set answer = '不归我们管' where answer is not null",
        "update requests set answer = '灯已换好' where answer is not null",
    ],
    // Half a redirection, for which the model has no word.
    [
        "update requests set redirect_to = '城管' where answer is not null",
        "update requests set redirect_to = null where answer is not null",
    ],
    [
        "update requests set version = version - 1 where answer is not null",
        "update requests set version = version + 1 where answer is not null",
    ],
    [
        "update promises set due_at = due_at + 1 where clock = 'answer'",
        "update promises set due_at = due_at - 1 where clock = 'answer'",
    ],
    [
        "update promises set state = 'met' where clock = 'verify'",
        "update promises set state = 'running' where clock = 'verify'",
    ],
    [
        "insert into promises (community_id, request_id, clock, round, policy_version, \
         calendar_version, started_at, due_at, paused_micros, state) select community_id, \
         request_id, clock, 7, policy_version, calendar_version, started_at, due_at, 0, 'met' \
         from promises where clock = 'answer'",
        "delete from promises where round = 7",
    ],
    // Nothing undoes this.
    ["delete from promises where clock = 'answer'", ""],
];

#[test]
fn each_change_behind_the_programs_back_is_named() {
    tell_of_tampering(|world| async move {
        world.filed(Rep).await;
        let answered = world.answered().await;
        let name = world.number(&answered).await;
        for [change, undo] in CHANGES {
            assert_eq!(world.unlike().await, [], "before {change}");
            world.tamper(change).await;
            assert_eq!(world.unlike().await, [Unlike::Edited { name: name.clone() }], "{change}");
            if !undo.is_empty() {
                world.tamper(undo).await;
            }
        }
    });
}

#[test]
fn rows_that_are_gone_and_rows_that_nobody_filed_are_named() {
    tell_of_tampering(|world| async move {
        let (gone, moved) = (world.filed(Rep).await, world.filed(Clerk).await);
        let name = world.number(&moved).await;
        let [gone, moved] = [gone, moved].map(|id| Uuid::parse_str(&id).unwrap());
        let hex = |id: Uuid| match world.rig.engine {
            Engine::Sqlite => format!("x'{}'", id.simple()),
            Engine::Postgres => format!("'{id}'"),
        };
        world.tamper(&format!("delete from requests where id = {}", hex(gone))).await;
        assert_eq!(world.unlike().await, [Unlike::Missing { object: gone }]);
        // Behind all ids there are, and at the very first of all.
        for object in [id(u128::MAX), id(0)] {
            let (old, new) = (hex(moved), hex(object));
            world.tamper(&format!("update requests set id = {new} where id = {old}")).await;
            let unlike = world.unlike().await;
            assert_eq!(unlike.len(), 3, "{unlike:?}");
            assert!(unlike.contains(&Unlike::Missing { object: moved }));
            assert!(unlike.contains(&Unlike::Extra { name: name.clone(), object }));
            world.tamper(&format!("update requests set id = {old} where id = {new}")).await;
        }
    });
}

#[test]
fn many_are_compared_page_by_page() {
    tell_of_tampering(|world| async move {
        let parts: Vec<_> = (0..50).map(|number| json!({ "text": number.to_string() })).collect();
        for _ in 0..11 {
            let parts = json!({ "parts": parts });
            world.post(Clerk, "/api/requests/paste", parts).await.expect(201);
        }
        let whole = compared(&world.rig.db, here()).await;
        assert_eq!((whole.things, whole.unlike), (550, vec![]));
        // More rows than a page and fewer events; parts are numbered within each act.
        world.tamper("update events set left_version = null where part between 1 and 30").await;
        let found = compared(&world.rig.db, here()).await;
        assert_eq!((found.things, found.unlike.len(), found.more), (550, 20, 310));
        world.tamper("update events set left_version = 1 where part between 1 and 30").await;
        // Fewer rows than a page and more events than one: the lists do not end at the same id.
        world.tamper("delete from requests where serial between 100 and 400").await;
        let found = compared(&world.rig.db, here()).await;
        assert_eq!((found.things, found.unlike.len(), found.more), (249, 20, 281));
        world.tamper("update events set left_version = null where action = 'request.file'").await;
        let found = compared(&world.rig.db, here()).await;
        assert_eq!((found.unlike.len(), found.more), (20, 229));
    });
}

/// The columns of a table and whether each holds an id, a number or a text.
async fn columns(world: &World, table: &str) -> Vec<(String, String)> {
    let sql = match world.rig.engine {
        Engine::Sqlite => format!("select name, lower(type) from pragma_table_info('{table}')"),
        Engine::Postgres => format!(
            "select column_name::text, data_type::text from information_schema.columns \
             where table_schema = current_schema() and table_name = '{table}'"
        ),
    };
    let sql = Sql::interned("test.columns", &sql);
    let rows = world.rig.db.read(move |tx| tx.rows(&sql, &[])).await.unwrap();
    let text = |row: &db::Row, at| row.text(at).unwrap().to_owned();
    rows.iter().map(|row| (text(row, 0), text(row, 1))).collect()
}

/// How every request would stand if this were changed; nothing is.
async fn states_if(world: &World, sql: String, values: Vec<Value>) -> Vec<[u8; 32]> {
    let sql = Sql::interned("test.change", &sql);
    let (send, states) = std::sync::mpsc::channel();
    let undone: Result<(), Refusal> = world
        .rig
        .db
        .write(move |tx| {
            tx.exec(&sql, &values)?;
            let states = state::states(tx, here(), Uuid::nil(), 10)?;
            send.send(states.iter().map(|state| state.left.digest).collect()).unwrap();
            Err(Refusal::NotFound)
        })
        .await;
    assert!(matches!(undone, Err(Refusal::NotFound)), "{undone:?}");
    states.recv().unwrap()
}

#[test]
fn no_column_of_a_request_or_a_promise_is_forgotten() {
    tell(|world| async move {
        world.done(Clerk, &world.answered().await, "notes", json!({ "text": "一" })).await;
        let unchanged = "update requests set version = version";
        let before = states_if(&world, unchanged.to_owned(), vec![]).await;
        assert_eq!(before.len(), 1);
        let mut walked = 0;
        // What says whose row it is: with another key it is another's, and missing here.
        let keys = ["id", "community_id", "request_id"];
        for table in ["requests", "promises"] {
            for (column, kind) in columns(&world, table).await {
                if keys.contains(&column.as_str()) {
                    continue;
                }
                let (new, values) = match kind.as_str() {
                    "text" => (format!("coalesce({column}, '') || 'x'"), vec![]),
                    "integer" | "bigint" => (format!("coalesce({column}, 0) + 1"), vec![]),
                    "blob" | "uuid" => ("$1".to_owned(), vec![Value::Id(id(77))]),
                    other => panic!("{table}.{column} is {other}"),
                };
                let changed = format!("update {table} set {column} = {new}");
                let after = states_if(&world, changed, values).await;
                assert_eq!(after.len(), 1);
                assert_ne!(after, before, "{table}.{column} is not digested");
                walked += 1;
            }
        }
        assert!(walked > 60, "{walked}");
    });
}

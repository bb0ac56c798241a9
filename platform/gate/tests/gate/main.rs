//! Stories of the one door, told with a small sample capability on both engines.

mod log;

use std::sync::Arc;

use db::Tx;
use gate::{
    Acting, Action, Actor, Credential, Facts, Identify, Looking, Origin, Receipt, Refusal, State,
    StateDigest, View,
};
use harness::{Rig, each_engine};
use kernel::{AccountId, CommunityId, Instant};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use web::{Module, Routes};

/// A sheet on a board: anyone signed in may pin one, its owner may read it.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Pin {
    sheet: Uuid,
    text: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, PartialEq)]
struct Pinned {
    sheet: Uuid,
    at: i64,
}

db::sql! { module "board";
    ADD = "insert into sheets (community_id, id, owner_id, text) values ($1, $2, $3, $4)";
    FIND = "select owner_id, text from sheets where community_id = $1 and id = $2";
    COUNT = "select count(*) from sheets where community_id = $1";
    TAKEN = "select count(*) from events where community_id = $1 \
             and action = 'sheet.take_down'";
    FROM = "select community_id, id, owner_id, text from sheets \
            where community_id = $1 and id >= $2 order by id limit $3";
}

impl Action for Pin {
    const NAME: &'static str = "sheet.pin";
    const RESOURCE: &'static str = "Sheet";
    type Done = Pinned;

    fn facts(&self, _: &mut Tx<'_>, _: &Actor) -> Result<Facts, Refusal> {
        Ok(Facts::of(self.sheet))
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<Pinned, Refusal> {
        let community = act.community().uuid();
        let values = db::params![community, self.sheet, act.actor.origin.id(), self.text.as_str()];
        act.tx.exec_one(&ADD, &values)?;
        let mut state = StateDigest::new("sheet");
        state.values(&values);
        act.left(self.sheet, state.left(0));
        match self.text.as_str() {
            "tear it" => return Err(Refusal::rule("rule.torn")),
            // Its author forgot to tell of the other sheet.
            "move another" => act.left(sheet(99), StateDigest::new("sheet").left(0)),
            "move another and say so" => {
                act.left(sheet(99), StateDigest::new("sheet").left(0));
                act.also(Pin::NAME, sheet(99), &serde_json::json!({}))?;
            }
            _ => {}
        }
        Ok(Pinned { sheet: self.sheet, at: act.now.micros() })
    }
}

/// Takes a sheet down: nobody may but its owner; who may not read it does not learn of it.
#[derive(Serialize, Deserialize, JsonSchema)]
struct TakeDown {
    sheet: Uuid,
}

impl Action for TakeDown {
    const NAME: &'static str = "sheet.take_down";
    const RESOURCE: &'static str = "Sheet";
    type Done = ();

    fn addressed(&self) -> Option<Uuid> {
        Some(self.sheet)
    }

    fn facts(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        facts(tx, actor, self.sheet)
    }

    fn apply(&self, _: &mut Acting<'_, '_>) -> Result<(), Refusal> {
        Ok(())
    }
}

fn facts(tx: &mut Tx<'_>, actor: &Actor, sheet: Uuid) -> Result<Facts, Refusal> {
    let row = tx.row(&FIND, &db::params![actor.community.uuid(), sheet])?;
    let row = row.ok_or(Refusal::NotFound)?;
    let mine = row.opt_id(0)? == actor.origin.id();
    let stands = if mine { vec!["owner"] } else { Vec::new() };
    Ok(Facts::of(sheet).standing(stands).seen_by(Read::NAME))
}

#[derive(Deserialize, JsonSchema)]
struct Read {
    sheet: Uuid,
}

impl View for Read {
    const NAME: &'static str = "sheet.read";
    const RESOURCE: &'static str = "Sheet";
    type Body = String;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<String, Refusal> {
        let facts = facts(look.tx, look.actor, self.sheet)?;
        look.permit(Read::NAME, &facts)?;
        look.saw(self.sheet, Read::NAME, self.sheet);
        let row = look.tx.row(&FIND, &db::params![look.actor.community.uuid(), self.sheet])?;
        Ok(row.ok_or(Refusal::NotFound)?.text(1)?.to_owned())
    }
}

/// A view whose author forgot the policy.
#[derive(Deserialize, JsonSchema)]
struct Careless {}

impl View for Careless {
    const NAME: &'static str = "sheet.careless";
    const RESOURCE: &'static str = "Sheet";
    type Body = i64;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<i64, Refusal> {
        let row = look.tx.row(&COUNT, &db::params![look.actor.community.uuid()])?;
        Ok(row.ok_or(Refusal::NotFound)?.int(0)?)
    }
}

/// The sheets as they hang.
fn sheets(
    tx: &mut Tx<'_>,
    community: CommunityId,
    from: Uuid,
    limit: usize,
) -> Result<Vec<State>, Refusal> {
    let limit = i64::try_from(limit).expect("a page");
    let rows = tx.rows(&FROM, &db::params![community.uuid(), from, limit])?;
    let state = |row: &db::Row| {
        let mut state = StateDigest::new("sheet");
        state.columns(row, 0..4);
        Ok(State { object: row.id(1)?, name: row.text(3)?.to_owned(), left: state.left(0) })
    };
    rows.iter().map(state).collect()
}

fn routes(routes: &mut Routes) {
    routes.act::<Pin>("/sheets", axum::http::StatusCode::CREATED);
    routes.act::<TakeDown>("/sheets/{sheet}/end", axum::http::StatusCode::OK);
    routes.view::<Read>("/sheets/{sheet}");
    routes.view::<Careless>("/careless");
}

static BOARD: Module = Module {
    name: "board",
    migrations: &[db::Migration {
        module: "board",
        number: 1,
        name: "board",
        sql: "create table sheets (community_id {id} not null, id {id} not null, owner_id {id}, \
              text text not null, primary key (community_id, id));",
    }],
    statements: &[STATEMENTS],
    states: &[sheets],
    policy: r#"
        // Whoever is signed in may pin a sheet.
        permit (principal, action in [Action::"sheet.pin", Action::"sheet.careless"], resource)
        when { principal.roles.contains("neighbour") };
        // A sheet is its owner's; a warden may read every one.
        permit (principal, action in [Action::"sheet.read", Action::"sheet.take_down"], resource)
        when { resource.stands.contains("owner") };
        permit (principal, action == Action::"sheet.read", resource)
        when { principal.roles.contains("warden") };
    "#,
    words: web::words::Source { zh: "", en: "" },
    routes,
    jobs: &[],
    menu: &[],
};

static MODULES: &[&Module] = &[&BOARD];

/// The first byte of the secret says who it is: 1, 2 neighbours, 9 the warden.
struct Doorman;

impl Identify for Doorman {
    fn identify(
        &self,
        _: &mut Tx<'_>,
        credential: &Credential,
        _: Instant,
    ) -> Result<Actor, Refusal> {
        match credential {
            Credential::Secret { community, hash } => Ok(Actor {
                origin: Origin::Account(AccountId::from_uuid(Uuid::from_u128(hash[0].into()))),
                roles: if hash[0] == 9 { vec!["warden"] } else { vec!["neighbour"] },
                ..Actor::system(*community)
            }),
            Credential::System(community) => Ok(Actor::system(*community)),
            Credential::Code { community, .. } | Credential::Nothing(community) => {
                Ok(Actor::nobody(*community))
            }
        }
    }
}

fn doorman() -> Arc<dyn Identify> {
    Arc::new(Doorman)
}

fn community() -> CommunityId {
    CommunityId::from_uuid(Uuid::from_u128(7))
}

fn who(number: u8) -> Credential {
    Credential::Secret { community: community(), hash: [number; 32] }
}

fn receipt(number: u128) -> Receipt {
    Receipt(Uuid::from_u128(number))
}

fn sheet(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn pin(number: u128, text: &str) -> Pin {
    Pin { sheet: sheet(number), text: text.to_owned() }
}

async fn count(rig: &Rig) -> i64 {
    let counted = rig.db.read(|tx| {
        let row = tx.row(&COUNT, &db::params![community().uuid()])?;
        row.ok_or(db::Error::Conflict)?.int(0)
    });
    counted.await.expect("a count")
}

#[test]
fn the_same_receipt_is_applied_once_and_answered_alike() {
    each_engine(MODULES, doorman, |rig| async move {
        let first = rig.gate().perform(who(1), receipt(1), pin(1, "hello")).await.expect("pinned");
        rig.clock.advance(std::time::Duration::from_secs(3600));
        for _ in 0..20 {
            let again = rig.gate().perform(who(1), receipt(1), pin(1, "hello")).await;
            assert_eq!(again.expect("answered again"), first);
        }
        assert_eq!(count(&rig).await, 1);
    });
}

#[test]
fn a_receipt_sent_at_the_same_moment_from_everywhere_is_applied_once() {
    each_engine(MODULES, doorman, |rig| async move {
        let mut sent = Vec::new();
        for _ in 0..32 {
            let gate = rig.gate().clone();
            sent.push(tokio::spawn(async move {
                gate.perform(who(1), receipt(5), pin(5, "at once")).await
            }));
        }
        for one in sent {
            one.await.expect("no panic").expect("each gets the one answer");
        }
        assert_eq!(count(&rig).await, 1);
    });
}

#[test]
fn a_receipt_used_for_something_else_is_refused() {
    each_engine(MODULES, doorman, |rig| async move {
        rig.gate().perform(who(1), receipt(2), pin(2, "hello")).await.expect("pinned");
        let other = rig.gate().perform(who(1), receipt(2), pin(2, "other words")).await;
        assert!(matches!(other, Err(Refusal::ReceiptReused)), "{other:?}");
        let moved = rig.gate().perform(who(1), receipt(2), pin(21, "hello")).await;
        assert!(matches!(moved, Err(Refusal::ReceiptReused)), "{moved:?}");
        assert_eq!(count(&rig).await, 1);
    });
}

#[test]
fn a_receipt_is_honoured_once_for_each_thing_it_is_addressed_to() {
    each_engine(MODULES, doorman, |rig| async move {
        for n in [2, 3] {
            rig.gate().perform(who(1), receipt(n), pin(n, "hello")).await.expect("pinned");
        }
        for n in [2, 3, 2, 3] {
            let take = TakeDown { sheet: sheet(n) };
            rig.gate().perform(who(1), receipt(9), take).await.expect("taken down");
        }
        let taken = rig.db.read(|tx| {
            let row = tx.row(&TAKEN, &db::params![community().uuid()])?;
            row.ok_or(db::Error::Conflict)?.int(0)
        });
        assert_eq!(taken.await.expect("a count"), 2, "each once, and none of them twice");
    });
}

#[test]
fn a_receipt_is_its_senders_own() {
    each_engine(MODULES, doorman, |rig| async move {
        let first = rig.gate().perform(who(1), receipt(2), pin(2, "hello")).await.expect("pinned");
        rig.clock.advance(std::time::Duration::from_secs(60));
        let other = rig.gate().perform(who(2), receipt(2), pin(22, "hello")).await.expect("pinned");
        assert_ne!(first, other, "another's number is another intention");
        for (number, sheet, answer) in [(1, 2, &first), (2, 22, &other)] {
            let again = rig.gate().perform(who(number), receipt(2), pin(sheet, "hello")).await;
            assert_eq!(&again.expect("answered again"), answer);
            let changed = rig.gate().perform(who(number), receipt(2), pin(sheet, "bye")).await;
            assert!(matches!(changed, Err(Refusal::ReceiptReused)), "{changed:?}");
        }
        assert_eq!(count(&rig).await, 2);
    });
}

#[test]
fn a_refused_act_leaves_no_row_and_no_event() {
    each_engine(MODULES, doorman, |rig| async move {
        let torn = rig.gate().perform(who(1), receipt(3), pin(3, "tear it")).await;
        assert!(matches!(torn, Err(Refusal::Rule(_))), "{torn:?}");
        assert_eq!(count(&rig).await, 0);
        let events = rig.db.read(|tx| gate::timeline(tx, community(), sheet(3))).await;
        assert!(events.expect("a timeline").is_empty());
    });
}

#[test]
fn what_may_not_be_seen_is_not_found_and_what_is_seen_is_forbidden() {
    each_engine(MODULES, doorman, |rig| async move {
        rig.gate().perform(who(1), receipt(4), pin(4, "mine")).await.expect("pinned");
        let take = || TakeDown { sheet: sheet(4) };
        let stranger = rig.gate().perform(who(2), receipt(41), take()).await;
        assert!(matches!(stranger, Err(Refusal::NotFound)), "{stranger:?}");
        let warden = rig.gate().perform(who(9), receipt(42), take()).await;
        assert!(matches!(warden, Err(Refusal::Forbidden)), "{warden:?}");
        let nobody = rig.gate().perform(Credential::Nothing(community()), receipt(43), take());
        assert!(matches!(nobody.await, Err(Refusal::SignIn)));
        rig.gate().perform(who(1), receipt(44), take()).await.expect("the owner may");
    });
}

#[test]
fn a_view_that_never_asks_the_policy_is_a_defect() {
    each_engine(MODULES, doorman, |rig| async move {
        let shown = rig.gate().look(who(1), Careless {}).await;
        assert!(matches!(shown, Err(Refusal::Defect(_))));
    });
}

#[test]
fn every_look_leaves_its_line_before_the_answer() {
    each_engine(MODULES, doorman, |rig| async move {
        rig.gate().perform(who(1), receipt(6), pin(6, "mine")).await.expect("pinned");
        let body = rig.gate().look(who(9), Read { sheet: sheet(6) }).await.expect("shown").body;
        assert_eq!(body, "mine");
        let denied = rig.gate().look(who(2), Read { sheet: sheet(6) }).await;
        assert!(matches!(denied, Err(Refusal::NotFound)));
        let lines = rig.db.read(|tx| gate::lines_about(tx, community(), sheet(6))).await;
        let lines = lines.expect("lines");
        assert_eq!(lines.len(), 1, "one look, one line; none for the refused one");
        assert_eq!(lines[0].actor, Some(Uuid::from_u128(9)));
        assert_eq!(lines[0].purpose, "sheet.read");
    });
}

#[test]
fn a_look_repeated_within_a_quarter_of_an_hour_is_one_look() {
    each_engine(MODULES, doorman, |rig| async move {
        rig.gate().perform(who(1), receipt(6), pin(6, "mine")).await.expect("pinned");
        let minutes = |n: u64| std::time::Duration::from_secs(n * 60);
        let look = |by: u8| rig.gate().look(who(by), Read { sheet: sheet(6) });
        let told = || async {
            let lines = rig.db.read(|tx| gate::lines_about(tx, community(), sheet(6))).await;
            lines.expect("lines").len()
        };
        look(9).await.map(|_| ()).expect("shown");
        let written = rig.db.metrics().writes;
        for _ in 0..3 {
            rig.clock.advance(minutes(5));
            look(9).await.map(|_| ()).expect("shown again");
        }
        assert_eq!((told().await, rig.db.metrics().writes), (1, written), "nothing is written");
        look(1).await.map(|_| ()).expect("shown to its owner");
        assert_eq!(told().await, 2, "another person, another line");
        rig.clock.advance(std::time::Duration::from_micros(1));
        look(9).await.map(|_| ()).expect("shown");
        assert_eq!(told().await, 3, "a quarter of an hour after the line, a new one");
    });
}

#[test]
fn every_statement_is_valid_on_every_engine() {
    each_engine(MODULES, doorman, |rig| async move {
        let statements = web::house::statements(MODULES);
        assert!(statements.len() > 20);
        let db = rig.db.clone();
        let checked = tokio::task::spawn_blocking(move || db.prepare_all(&statements));
        checked.await.expect("no panic").unwrap_or_else(|error| panic!("{error}"));
    });
}

#[test]
fn a_policy_for_an_unknown_action_or_relation_does_not_load() {
    let declared = [gate::Declared { name: "sheet.pin", resource: "Sheet" }];
    let permit = r#"permit (principal, action == Action::"sheet.pin", resource);"#;
    assert!(gate::Policy::new(&declared, &[("board", permit)]).is_ok());
    let wrong = [
        r#"permit (principal, action == Action::"sheet.burn", resource);"#,
        r#"permit (principal, action == Action::"sheet.pin", resource) when { resource.colour == "red" };"#,
        r#"permit (principal, action == Action::"sheet.pin", resource"#,
        r#"forbid (principal, action == Action::"sheet.pin", resource);"#,
    ];
    for text in wrong {
        assert!(gate::Policy::new(&declared, &[("board", text)]).is_err(), "{text}");
    }
}

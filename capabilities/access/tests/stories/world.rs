//! An invented community with three people who may act, and a capability of one act that hands
//! out slips with query codes.

use std::sync::Arc;

use access::{Account, Role, Term, seed, verifier::Verifier};
use db::Tx;
use gate::{Acting, Action, Actor, Chance, Facts, Identify, Refusal};
use harness::Rig;
use kernel::{AccountId, CommunityId, Instant};
use registry::GridId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use web::{Module, Routes, Secret};

pub const MODULES: &[&Module] = &[&registry::MODULE, &access::MODULE, &SLIPS];

/// The clerk's password.
pub const PASSWORD: &str = "七座桥边看月亮不想家好吗";

/// The PIN of the grid head's card.
pub const PIN: &str = "3918";

pub fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub fn community() -> CommunityId {
    CommunityId::from_uuid(id(0xC0))
}

pub fn grid() -> GridId {
    GridId::from_uuid(id(0xD0))
}

pub fn clerk() -> AccountId {
    AccountId::from_uuid(id(0xA1))
}

pub fn rep() -> AccountId {
    AccountId::from_uuid(id(0xA2))
}

pub fn head() -> AccountId {
    AccountId::from_uuid(id(0xA3))
}

/// The same secret for the same number.
pub fn secret(number: u8) -> Secret {
    Secret::new(community(), &Chance::from(move |bytes| bytes.fill(number)))
}

pub fn identify() -> Arc<dyn Identify> {
    Arc::new(access::Access)
}

/// A clerk with a password, a rep with a card, a grid head with a card and a PIN. Their cards
/// are the secrets 2 and 3.
pub async fn settle(rig: &Rig) {
    let now = rig.now();
    let chance = Chance::from(|bytes| bytes.fill(9));
    let password = Verifier::make(PASSWORD, &chance).unwrap();
    let pin = Verifier::make(PIN, &chance).unwrap();
    rig.db.write(move |tx| build(tx, now, &password, &pin)).await.unwrap();
    rig.at_home(community(), "龙山港社区");
}

fn build(
    tx: &mut Tx<'_>,
    now: Instant,
    password: &Verifier,
    pin: &Verifier,
) -> Result<(), Refusal> {
    let here = community();
    registry::communities::create(tx, here, "龙山港社区", "0737-4220000", now)?;
    add(tx, (clerk(), "王春梅"), Some("WangChunmei"), &[Role::Clerk, Role::Administrator], now)?;
    seed::password(tx, here, clerk(), id(0x11), password, now)?;
    add(tx, (rep(), "夏桂英"), None, &[Role::Liaison], now)?;
    seed::card(tx, rep(), id(0x12), (&secret(2), None), now)?;
    add(tx, (head(), "李建国"), None, &[Role::GridHead, Role::Liaison], now)?;
    seed::card(tx, head(), id(0x13), (&secret(3), Some(pin)), now)
}

fn add(
    tx: &mut Tx<'_>,
    (account, name): (AccountId, &str),
    sign_in_name: Option<&str>,
    roles: &[Role],
    now: Instant,
) -> Result<(), Refusal> {
    let named = Account {
        id: account,
        name: name.into(),
        sign_in_name: sign_in_name.map(str::to_owned),
        person: None,
        created_at: now,
    };
    seed::account(tx, community(), &named)?;
    for (number, role) in (1..).zip(roles) {
        let grid = (*role == Role::GridHead).then(grid);
        let id = id(account.uuid().as_u128() * 16 + number);
        let term = Term { id, role: *role, grid, from: now, until: None };
        seed::role(tx, community(), account, &term)?;
    }
    Ok(())
}

const SLIPS: Module = Module {
    name: "slips",
    migrations: &[],
    statements: &[],
    states: &[],
    policy: "permit (principal, action == Action::\"slip.issue\", resource) \
             when { principal.roles.contains(\"clerk\") };\n\
             permit (principal, action == Action::\"slip.revoke\", resource) \
             when { principal.roles.contains(\"clerk\") };",
    words: web::words::Source { zh: "", en: "" },
    routes: |routes: &mut Routes| {
        routes.act::<SlipIssue>("/slips", axum::http::StatusCode::CREATED);
        routes.act::<SlipRevoke>("/slips/revocation", axum::http::StatusCode::OK);
    },
    jobs: &[],
    menu: &[],
};

/// Hands out a slip for a thing.
#[derive(Serialize, Deserialize, JsonSchema)]
struct SlipIssue {
    object: Uuid,
}

impl Action for SlipIssue {
    const NAME: &'static str = "slip.issue";
    const RESOURCE: &'static str = "Slip";
    type Done = String;

    fn facts(&self, _: &mut Tx<'_>, _: &Actor) -> Result<Facts, Refusal> {
        Ok(Facts::of(self.object))
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<String, Refusal> {
        access::codes::issue(act, self.object)
    }
}

/// Ends all slips of a thing.
#[derive(Serialize, Deserialize, JsonSchema)]
struct SlipRevoke {
    object: Uuid,
}

impl Action for SlipRevoke {
    const NAME: &'static str = "slip.revoke";
    const RESOURCE: &'static str = "Slip";
    type Done = u64;

    fn facts(&self, _: &mut Tx<'_>, _: &Actor) -> Result<Facts, Refusal> {
        Ok(Facts::of(self.object))
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<u64, Refusal> {
        access::codes::revoke(act, self.object)
    }
}

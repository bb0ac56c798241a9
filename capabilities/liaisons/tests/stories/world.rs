//! An invented community: two buildings of one compound, three reps, a grid head, a clerk and an
//! administrator, each with a token.

use std::sync::Arc;

use access::{Account, Role, Term};
use db::Tx;
use gate::{Chance, Identify, Refusal};
use harness::Rig;
use kernel::{AccountId, CommunityId, Instant};
use registry::{
    Building, BuildingId, Compound, CompoundId, Dwelling, DwellingId, Grid, GridId, Household,
    HouseholdId, Span, Stairwell, StairwellId, Tier, seed,
};
use uuid::Uuid;
use web::{Module, Secret};

pub const MODULES: &[&Module] = &[&registry::MODULE, &access::MODULE, &liaisons::MODULE];

pub const REP: u8 = 1;
pub const OTHER_REP: u8 = 2;
pub const HEAD: u8 = 3;
pub const CLERK: u8 = 4;
pub const ADMINISTRATOR: u8 = 5;
pub const THIRD_REP: u8 = 6;

const EVERYBODY: &[(u8, &str, Role)] = &[
    (REP, "夏桂英", Role::Liaison),
    (OTHER_REP, "罗明", Role::Liaison),
    (HEAD, "李建国", Role::GridHead),
    (CLERK, "王春梅", Role::Clerk),
    (ADMINISTRATOR, "周立", Role::Administrator),
    (THIRD_REP, "曾莲", Role::Liaison),
];

pub fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub fn community() -> CommunityId {
    CommunityId::from_uuid(id(0xC0))
}

pub fn account(who: u8) -> AccountId {
    AccountId::from_uuid(id(0xA00 + u128::from(who)))
}

/// The term of a person's one role.
pub fn term(who: u8) -> Uuid {
    id(0x7E00 + u128::from(who))
}

pub fn household(number: u128) -> HouseholdId {
    HouseholdId::from_uuid(id(0xB000 + number))
}

fn grid() -> GridId {
    GridId::from_uuid(id(0xD0))
}

fn secret(who: u8) -> Secret {
    Secret::new(community(), &Chance::from(move |bytes| bytes.fill(who)))
}

pub fn token(who: u8) -> String {
    secret(who).reveal()
}

pub fn identify() -> Arc<dyn Identify> {
    Arc::new(access::Access)
}

/// 3栋 with a stairwell of the households 0–3 lies in the head's grid, 12栋 with household 4 does
/// not. 0 and 1 are REP's, the others nobody's.
pub async fn settle(rig: &Rig) {
    let now = rig.now();
    rig.db.write(move |tx| build(tx, now)).await.unwrap();
    rig.at_home(community(), "龙山港社区");
}

fn build(tx: &mut Tx<'_>, now: Instant) -> Result<(), Refusal> {
    let here = community();
    seed::community(tx, here, "龙山港社区", "0737-4220000", now)?;
    let code = None;
    let name = "第一网格".to_owned();
    seed::grid(tx, here, &Grid { id: grid(), tier: Tier::Grid, within: None, name, code })?;
    for (who, name, role) in EVERYBODY {
        employ(tx, (*who, name, *role), now)?;
    }
    let compound = CompoundId::from_uuid(id(1));
    let name = "化肥厂小区".to_owned();
    seed::compound(tx, here, &Compound { id: compound, name, aliases: Vec::new() })?;
    let [third, twelfth] = [2, 3].map(|number| BuildingId::from_uuid(id(number)));
    for (id, name) in [(third, "3栋"), (twelfth, "12栋")] {
        let (name, aliases) = (name.to_owned(), Vec::new());
        let building = Building { id, compound, name, aliases, floors: Some(6), has_lift: false };
        seed::building(tx, here, &building)?;
    }
    let stairwell = StairwellId::from_uuid(id(4));
    let name = "2单元".to_owned();
    seed::stairwell(tx, here, &Stairwell { id: stairwell, building: third, name })?;
    for number in 0..4 {
        live(tx, number, (third, Some(stairwell)), now)?;
        let place = (grid(), Tier::Grid);
        seed::grid_membership(tx, here, household(number).into(), place, now)?;
    }
    live(tx, 4, (twelfth, None), now)?;
    seed::liaison(tx, here, household(0), account(REP), now)?;
    seed::liaison(tx, here, household(1), account(REP), now)
}

fn employ(
    tx: &mut Tx<'_>,
    (who, name, role): (u8, &str, Role),
    now: Instant,
) -> Result<(), Refusal> {
    let named = Account {
        id: account(who),
        name: name.to_owned(),
        sign_in_name: None,
        person: None,
        created_at: now,
    };
    access::seed::account(tx, community(), &named)?;
    let grid = (role == Role::GridHead).then(grid);
    let term = Term { id: term(who), role, grid, from: now, until: None };
    access::seed::role(tx, community(), account(who), &term)?;
    // Without a card somebody who holds a token would be taken for a program.
    let card = Secret::new(community(), &Chance::from(move |bytes| bytes.fill(who + 100)));
    access::seed::card(tx, account(who), id(0xCA00 + u128::from(who)), (&card, None), now)?;
    access::seed::token(tx, account(who), &secret(who), "test", now)
}

/// A household behind the door 401 and up.
pub fn live(
    tx: &mut Tx<'_>,
    number: u128,
    (building, stairwell): (BuildingId, Option<StairwellId>),
    now: Instant,
) -> Result<(), Refusal> {
    let dwelling = DwellingId::from_uuid(id(0xE000 + number));
    let room = (401 + number).to_string();
    let door = Dwelling { id: dwelling, building, stairwell, room, floor: Some(4) };
    seed::dwelling(tx, community(), &door)?;
    let span = Span::since(now);
    seed::household(tx, community(), &Household { id: household(number), dwelling, span })
}

//! A small invented community and the people who work in it. Who somebody is stands in their
//! token here: the tables of accounts belong to another capability.

use std::sync::Arc;

use db::Tx;
use gate::{Actor, Chance, Credential, Identify, Origin, Refusal};
use harness::Rig;
use kernel::{AccountId, CommunityId, Instant};
use registry::{
    Building, BuildingId, Compound, CompoundId, Dwelling, DwellingId, Grid, GridId, Household,
    HouseholdId, Person, PersonId, Place, PlaceId, PlaceKind, Sex, Span, Stairwell, StairwellId,
    Tier, seed,
};
use uuid::Uuid;
use web::Secret;

pub const MODULES: &[&web::Module] = &[&registry::MODULE];

/// Two reps, a grid head, two clerks, somebody of the system, and nobody.
pub const REP: u8 = 1;
pub const OTHER_REP: u8 = 2;
pub const HEAD: u8 = 3;
pub const CLERK: u8 = 4;
pub const ADMINISTRATOR: u8 = 5;
pub const OTHER_CLERK: u8 = 6;
const EVERYBODY: &[(u8, &str)] = &[
    (REP, "liaison"),
    (OTHER_REP, "liaison"),
    (HEAD, "grid_head"),
    (CLERK, "clerk"),
    (ADMINISTRATOR, "administrator"),
    (OTHER_CLERK, "clerk"),
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

pub fn household(number: u128) -> HouseholdId {
    HouseholdId::from_uuid(id(0xB000 + number))
}

/// The grid that [`HEAD`] heads.
pub fn grid() -> GridId {
    GridId::from_uuid(id(0xD0))
}

fn secret(community: CommunityId, who: u8) -> Secret {
    Secret::new(community, &Chance::from(move |bytes| bytes.fill(who)))
}

pub fn token(who: u8) -> String {
    secret(community(), who).reveal()
}

struct ByToken;

impl Identify for ByToken {
    fn identify(
        &self,
        _: &mut Tx<'_>,
        credential: &Credential,
        _: Instant,
    ) -> Result<Actor, Refusal> {
        let community = credential.community();
        if let Credential::System(community) = credential {
            return Ok(Actor::system(*community));
        }
        let Credential::Secret { hash, .. } = credential else {
            return Ok(Actor::nobody(community));
        };
        let found = EVERYBODY.iter().find(|(who, _)| secret(community, *who).hash() == *hash);
        let (who, role) = found.ok_or(Refusal::SignIn)?;
        Ok(Actor {
            origin: Origin::Account(account(*who)),
            roles: vec![role],
            grids: if *who == HEAD { vec![grid().uuid()] } else { Vec::new() },
            ..Actor::system(community)
        })
    }
}

pub fn by_token() -> Arc<dyn Identify> {
    Arc::new(ByToken)
}

/// One compound of two buildings: 3栋 with a stairwell and households 0–3, 12栋 without one and
/// household 4; a lane. 3栋 lies in the grid; household 0 is REP's, 1 is OTHER_REP's.
pub async fn settle(rig: &Rig) {
    let now = rig.now();
    rig.db.write(move |tx| build(tx, now)).await.unwrap();
}

fn build(tx: &mut Tx<'_>, now: Instant) -> Result<(), Refusal> {
    let here = community();
    seed::community(tx, here, "龙山港社区", "0737-4220000", now)?;
    let compound = CompoundId::from_uuid(id(1));
    let name = "化肥厂小区".to_owned();
    seed::compound(tx, here, &Compound { id: compound, name, aliases: vec!["氮肥厂".into()] })?;
    let [third, twelfth] = [2, 3].map(|number| BuildingId::from_uuid(id(number)));
    for (id, name, has_lift) in [(third, "3栋", false), (twelfth, "12栋", true)] {
        let floors = Some(6);
        let building =
            Building { id, compound, name: name.into(), aliases: vec![], floors, has_lift };
        seed::building(tx, here, &building)?;
    }
    let stairwell = StairwellId::from_uuid(id(4));
    let second = Stairwell { id: stairwell, building: third, name: "2单元".into() };
    seed::stairwell(tx, here, &second)?;
    let lane = PlaceId::from_uuid(id(5));
    let kind = PlaceKind::Lane;
    seed::place(tx, here, &Place { id: lane, kind, compound: None, name: "建设巷".into() })?;
    let code = None;
    let name = "第一网格".to_owned();
    seed::grid(tx, here, &Grid { id: grid(), tier: Tier::Grid, within: None, name, code })?;
    let mut doors = Vec::new();
    doors.extend((0..4).map(|number| (number, third, Some(stairwell), 401 + number)));
    doors.push((4, twelfth, None, 101));
    for (number, building, stairwell, room) in doors {
        settle_household(tx, number, (building, stairwell), &room.to_string(), now)?;
        if building == third {
            let place = (grid(), Tier::Grid);
            seed::grid_membership(tx, here, household(number).into(), place, now)?;
        }
    }
    seed::liaison(tx, here, household(0), account(REP), now)?;
    seed::liaison(tx, here, household(1), account(OTHER_REP), now)
}

/// A household with one person in it.
pub fn settle_household(
    tx: &mut Tx<'_>,
    number: u128,
    (building, stairwell): (BuildingId, Option<StairwellId>),
    room: &str,
    now: Instant,
) -> Result<(), Refusal> {
    let here = community();
    let dwelling = DwellingId::from_uuid(id(0xE000 + number));
    let door = Dwelling { id: dwelling, building, stairwell, room: room.into(), floor: None };
    seed::dwelling(tx, here, &door)?;
    let span = Span::since(now);
    seed::household(tx, here, &Household { id: household(number), dwelling, span })?;
    let person = PersonId::from_uuid(id(0xF000 + number));
    let person = Person {
        id: person,
        name: "夏𠮷生".into(),
        form_of_address: "夏爹".into(),
        phone: "13800000000".into(),
        born_on: None,
        sex: Sex::Male,
        created_at: now,
    };
    seed::person(tx, here, &person)?;
    seed::member(tx, here, household(number), person.id, span)
}

//! A small invented community with everybody who handles requests, and a second community that
//! must never be felt in the first.

use std::future::Future;
use std::sync::Arc;

use access::{Account, Role, Term};
use db::Tx;
use gate::left::Compared;
use gate::{Chance, Identify, Refusal};
use harness::{Reply, Rig, each_engine};
use kernel::{AccountId, CommunityId, Instant};
use registry::{
    Building, BuildingId, Compound, CompoundId, Dwelling, DwellingId, Grid, GridId, Household,
    HouseholdId, Place, PlaceId, PlaceKind, Span, Tier, seed,
};
use serde_json::{Value as Json, json};
use uuid::Uuid;
use web::Secret;

pub const MODULES: &[&web::Module] = &[&registry::MODULE, &access::MODULE, &requests::MODULE];

/// Somebody with an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// Rep of households 0 and 1.
    Rep,
    /// Rep of household 2.
    OtherRep,
    /// Head of the grid of households 0 to 2 and of the lane.
    Head,
    /// Head of the grid of household 3.
    OtherHead,
    Clerk,
    OtherClerk,
    Secretary,
    Administrator,
    Auditor,
    Department,
    /// Clerk of the other community.
    Foreigner,
}

use Who::{
    Administrator, Auditor, Clerk, Department, Foreigner, Head, OtherClerk, OtherHead, OtherRep,
    Rep, Secretary,
};

/// Everybody of the community.
pub const EVERYBODY: [Who; 10] = [
    Rep,
    OtherRep,
    Head,
    OtherHead,
    Clerk,
    OtherClerk,
    Secretary,
    Administrator,
    Auditor,
    Department,
];

impl Who {
    pub fn role(self) -> Role {
        match self {
            Rep | OtherRep => Role::Liaison,
            Head | OtherHead => Role::GridHead,
            Clerk | OtherClerk | Foreigner => Role::Clerk,
            Secretary => Role::Secretary,
            Administrator => Role::Administrator,
            Auditor => Role::Auditor,
            Department => Role::Department,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Rep => "夏爱国",
            OtherRep => "曾桂英",
            Head => "李建国",
            OtherHead => "刘志强",
            Clerk => "王春梅",
            OtherClerk => "陈静",
            Secretary => "周书记",
            Administrator => "吴工",
            Auditor => "郑审",
            Department => "城管中队",
            Foreigner => "外乡人",
        }
    }

    pub fn account(self) -> AccountId {
        AccountId::from_uuid(id(0xA00 + self as u128))
    }

    pub fn uuid(self) -> String {
        self.account().to_string()
    }

    fn community(self) -> CommunityId {
        if self == Foreigner { elsewhere() } else { here() }
    }

    fn secret(self) -> Secret {
        let byte = 1 + self as u8;
        Secret::new(self.community(), &Chance::from(move |bytes| bytes.fill(byte)))
    }

    pub fn token(self) -> String {
        self.secret().reveal()
    }

    /// The cookie of a signed-in browser.
    pub fn cookie(self) -> String {
        format!("{}={}", web::COOKIE, self.token())
    }
}

pub fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub fn here() -> CommunityId {
    CommunityId::from_uuid(id(0xC0))
}

pub fn elsewhere() -> CommunityId {
    CommunityId::from_uuid(id(0xC1))
}

/// Households 0 to 3 of the one community, 9 of the other.
pub fn household(number: u128) -> HouseholdId {
    HouseholdId::from_uuid(id(0xB000 + number))
}

/// A lane in [`Head`]'s grid.
pub fn lane() -> PlaceId {
    PlaceId::from_uuid(id(5))
}

pub fn grid(number: u128) -> GridId {
    GridId::from_uuid(id(0xD0 + number))
}

/// The world in which a story happens.
pub struct World {
    pub rig: Rig,
}

/// Tells a story on both engines, in a community that has just been settled. Whatever happened in
/// it, every request is in the end as its newest event left it.
pub fn tell<F, T>(story: F)
where
    F: Fn(World) -> T,
    T: Future<Output = ()>,
{
    tell_of_tampering(|world| {
        let (story, db) = (&story, world.rig.db.clone());
        async move {
            story(world).await;
            for community in [here(), elsewhere()] {
                let compared = compared(&db, community).await;
                assert_eq!((compared.unlike, compared.more), (vec![], 0));
            }
        }
    });
}

/// The same where rows are changed behind the program's back.
pub fn tell_of_tampering<F, T>(story: F)
where
    F: Fn(World) -> T,
    T: Future<Output = ()>,
{
    fn identify() -> Arc<dyn Identify> {
        Arc::new(access::Access)
    }
    each_engine(MODULES, identify, |rig| {
        let story = &story;
        async move {
            let now = rig.now();
            rig.db.write(move |tx| settle(tx, now)).await.unwrap();
            rig.at_home(here(), "龙山港社区");
            story(World { rig }).await;
        }
    });
}

/// How a community's rows differ from what its events say.
pub async fn compared(db: &db::Db, community: CommunityId) -> Compared {
    let db = db.clone();
    let comparing = tokio::task::spawn_blocking(move || {
        gate::left::compare(&db, community, &web::house::states(MODULES), |_| ()).unwrap()
    });
    comparing.await.unwrap()
}

impl World {
    pub async fn get(&self, who: Who, path: &str) -> Reply {
        self.rig.get(&who.token(), path).await
    }

    /// A moment passes, so that what is done next is later than what was done before.
    pub fn moment(&self) {
        self.rig.clock.advance(std::time::Duration::from_millis(1));
    }

    /// A form, sent by a signed-in browser or by one without a cookie.
    pub async fn form(&self, cookie: &str, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.moment();
        self.rig.form(cookie, path, fields).await
    }

    pub async fn post(&self, who: Who, path: &str, body: Json) -> Reply {
        self.moment();
        self.rig.post(&who.token(), path, body).await
    }

    /// A new request: the answer of 201.
    pub async fn file(&self, who: Who, body: Json) -> Json {
        self.post(who, "/api/requests", body).await.expect(201).json()
    }

    /// A new request with nothing but words: its id.
    pub async fn filed(&self, who: Who) -> String {
        text(&self.file(who, json!({ "text": "楼道灯坏了，晚上看不见" })).await["id"])
    }

    pub async fn act(&self, who: Who, request: &str, noun: &str, body: Json) -> Reply {
        self.post(who, &format!("/api/requests/{request}/{noun}"), body).await
    }

    /// An act that must be done: how the request stands then.
    pub async fn done(&self, who: Who, request: &str, noun: &str, body: Json) -> Json {
        let reply = self.act(who, request, noun, body).await;
        assert!(reply.status.is_success(), "{noun} by {who:?}: {}", reply.text());
        reply.json()
    }

    /// An act that a rule must refuse: the rule's key.
    pub async fn refused(&self, who: Who, request: &str, noun: &str, body: Json) -> String {
        let reply = self.act(who, request, noun, body).await.expect(409).json();
        text(&reply["key"])
    }

    pub async fn read(&self, who: Who, request: &str) -> Json {
        self.get(who, &format!("/api/requests/{request}")).await.expect(200).json()
    }

    pub async fn stage(&self, request: &str) -> String {
        text(&self.read(Secretary, request).await["stage"])
    }

    /// Brings a new request to a clerk's desk: recorded by the rep, handled by the clerk.
    pub async fn in_progress(&self) -> String {
        let request = self.filed(Rep).await;
        self.triaged(&request, Clerk).await;
        request
    }

    /// Sorts a request and takes it.
    pub async fn triaged(&self, request: &str, by: Who) {
        let body = json!({ "mode": "assisted", "assign_to": by.uuid() });
        let done = self.done(by, request, "triage", body).await;
        assert_eq!(done["stage"], "in_progress");
    }

    /// The same, answered by the clerk.
    pub async fn answered(&self) -> String {
        let request = self.in_progress().await;
        self.done(Clerk, &request, "answer", json!({ "text": "灯已换好" })).await;
        request
    }

    /// The same, verified and closed by the other clerk.
    pub async fn closed(&self) -> String {
        let request = self.answered().await;
        self.done(OtherClerk, &request, "verification", happy()).await;
        self.done(OtherClerk, &request, "closure", json!({})).await;
        request
    }

    pub fn advance(&self, days: u64) {
        self.rig.clock.advance(std::time::Duration::from_secs(days * 86_400));
    }

    /// One round of the job that runs by itself; how many things it changed.
    pub async fn round(&self) -> u64 {
        self.moment();
        let (job, gate) = (&requests::MODULE.jobs[0], self.rig.gate().clone());
        let run = job.run;
        tokio::task::spawn_blocking(move || run(&gate)).await.unwrap().unwrap()
    }
}

pub fn happy() -> Json {
    json!({ "contacted": true, "solved": true, "satisfied": true })
}

pub fn unhappy() -> Json {
    json!({ "contacted": true, "solved": false, "satisfied": false })
}

pub fn text(value: &Json) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// The names of the acts a reader is offered.
pub fn may(body: &Json) -> Vec<String> {
    body["may"].as_array().unwrap().iter().map(text).collect()
}

/// What happened, step by step.
pub fn steps(body: &Json) -> Vec<String> {
    body["timeline"].as_array().unwrap().iter().map(|step| text(&step["what"])).collect()
}

fn settle(tx: &mut Tx<'_>, now: Instant) -> Result<(), Refusal> {
    seed::community(tx, here(), "龙山港社区", "0737-4220000", now)?;
    seed::community(tx, elsewhere(), "邻社区", "0737-4220001", now)?;
    settle_ground(tx, now)?;
    for who in EVERYBODY.into_iter().chain([Foreigner]) {
        settle_account(tx, who, now)?;
    }
    for (number, rep) in [(0, Rep), (1, Rep), (2, OtherRep)] {
        seed::liaison(tx, here(), household(number), rep.account(), now)?;
    }
    Ok(())
}

fn settle_ground(tx: &mut Tx<'_>, now: Instant) -> Result<(), Refusal> {
    for (number, name) in [(0, "第一网格"), (1, "第二网格")] {
        let name = name.to_owned();
        let grid = Grid { id: grid(number), tier: Tier::Grid, within: None, name, code: None };
        seed::grid(tx, here(), &grid)?;
    }
    let kind = PlaceKind::Lane;
    seed::place(tx, here(), &Place { id: lane(), kind, compound: None, name: "建设巷".into() })?;
    seed::grid_membership(tx, here(), lane().into(), (grid(0), Tier::Grid), now)?;
    settle_building(tx, here(), id(1), "化肥厂小区", &[0, 1, 2, 3], now)?;
    settle_building(tx, elsewhere(), id(2), "外乡小区", &[9], now)?;
    for number in 0..4 {
        let within = (grid(u128::from(number == 3)), Tier::Grid);
        seed::grid_membership(tx, here(), household(number).into(), within, now)?;
    }
    Ok(())
}

fn settle_building(
    tx: &mut Tx<'_>,
    community: CommunityId,
    of: Uuid,
    name: &str,
    households: &[u128],
    now: Instant,
) -> Result<(), Refusal> {
    let compound = CompoundId::from_uuid(of);
    let name = name.to_owned();
    seed::compound(tx, community, &Compound { id: compound, name, aliases: vec![] })?;
    let building = BuildingId::from_uuid(id(of.as_u128() + 0x100));
    let third = Building {
        id: building,
        compound,
        name: "3栋".into(),
        aliases: vec![],
        floors: Some(6),
        has_lift: false,
    };
    seed::building(tx, community, &third)?;
    for number in households {
        let dwelling = DwellingId::from_uuid(id(0xE000 + number));
        let room = (401 + number).to_string();
        let door = Dwelling { id: dwelling, building, stairwell: None, room, floor: None };
        seed::dwelling(tx, community, &door)?;
        let span = Span::since(now);
        seed::household(tx, community, &Household { id: household(*number), dwelling, span })?;
    }
    Ok(())
}

fn settle_account(tx: &mut Tx<'_>, who: Who, now: Instant) -> Result<(), Refusal> {
    let community = who.community();
    let account = Account {
        id: who.account(),
        name: who.name().to_owned(),
        sign_in_name: None,
        person: None,
        created_at: now,
    };
    access::seed::account(tx, community, &account)?;
    let grid = match who {
        Head => Some(grid(0)),
        OtherHead => Some(grid(1)),
        Rep | OtherRep | Clerk | OtherClerk | Secretary | Administrator | Auditor | Department
        | Foreigner => None,
    };
    let term = id(0xF00 + who as u128);
    let term = Term { id: term, role: who.role(), grid, from: now, until: None };
    access::seed::role(tx, community, who.account(), &term)?;
    let card = Secret::new(community, &Chance::system());
    access::seed::card(tx, who.account(), id(0x1000 + who as u128), (&card, None), now)?;
    access::seed::token(tx, who.account(), &who.secret(), "test", now)
}

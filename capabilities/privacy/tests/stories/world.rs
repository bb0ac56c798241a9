//! An invented community: an elder and a child behind one door, their rep, and an office of three.

use std::future::Future;
use std::sync::Arc;

use access::{Account, Role, Term, seed as accounts};
use db::Tx;
use gate::{Chance, Identify, Refusal};
use harness::{Reply, Rig, each_engine};
use kernel::{AccountId, CommunityId, Day, Instant};
use registry::{
    Building, BuildingId, Compound, CompoundId, Dwelling, DwellingId, Grid, GridId, Household,
    HouseholdId, Person, PersonId, Sex, Span, Tier, seed,
};
use serde_json::{Value as Json, json};
use uuid::Uuid;
use web::Secret;

pub const MODULES: &[&web::Module] =
    &[&registry::MODULE, &access::MODULE, &requests::MODULE, &privacy::MODULE];

/// Somebody with an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Rep,
    Clerk,
    OtherClerk,
    Secretary,
    Auditor,
    Administrator,
}

use Who::{Administrator, Auditor, Clerk, OtherClerk, Rep, Secretary};

const EVERYBODY: [Who; 6] = [Rep, Clerk, OtherClerk, Secretary, Auditor, Administrator];

impl Who {
    fn role(self) -> Role {
        match self {
            Rep => Role::Liaison,
            Clerk | OtherClerk => Role::Clerk,
            Secretary => Role::Secretary,
            Auditor => Role::Auditor,
            Administrator => Role::Administrator,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Rep => "曾桂英",
            Clerk => "王春梅",
            OtherClerk => "陈静",
            Secretary => "周书记",
            Auditor => "郑审",
            Administrator => "吴工",
        }
    }

    pub fn account(self) -> AccountId {
        AccountId::from_uuid(id(0xA00 + self as u128))
    }

    fn secret(self) -> Secret {
        let byte = 1 + self as u8;
        Secret::new(here(), &Chance::from(move |bytes| bytes.fill(byte)))
    }

    pub fn cookie(self) -> String {
        format!("{}={}", web::COOKIE, self.secret().reveal())
    }
}

pub fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub fn here() -> CommunityId {
    CommunityId::from_uuid(id(0xC0))
}

pub fn household() -> HouseholdId {
    HouseholdId::from_uuid(id(0xB0))
}

/// What nobody else is called, and nothing else says.
pub const ELDER: &str = "夏木兰𠮷";
pub const ELDER_PHONE: &str = "0737-4221234";
pub const CHILD: &str = "夏小满";

pub fn elder() -> PersonId {
    PersonId::from_uuid(id(0xF0))
}

pub fn child() -> PersonId {
    PersonId::from_uuid(id(0xF1))
}

/// The world in which a story happens.
pub struct World {
    pub rig: Rig,
}

/// Tells a story on both engines.
pub fn tell<F, T>(story: F)
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

impl World {
    pub async fn get(&self, who: Who, path: &str) -> Reply {
        self.moment();
        self.rig.get(&who.secret().reveal(), path).await
    }

    pub async fn post(&self, who: Who, path: &str, body: Json) -> Reply {
        self.moment();
        self.rig.post(&who.secret().reveal(), path, body).await
    }

    pub async fn page(&self, who: Who, path: &str) -> Reply {
        self.moment();
        self.rig.page(&who.cookie(), path).await
    }

    /// So that what comes next is later.
    pub fn moment(&self) {
        self.rig.clock.advance(std::time::Duration::from_millis(5));
    }

    pub async fn privacy(&self, who: Who, person: PersonId) -> Json {
        self.get(who, &format!("/api/people/{person}/privacy")).await.expect(200).json()
    }

    /// A request of the elder's about the one behind the other desk; its id and code.
    pub async fn complaint(&self) -> (String, String) {
        let body = json!({
            "text": "那位干部态度不好", "household": household(), "petitioner": elder(),
            "accused": Clerk.account(),
        });
        let done = self.post(OtherClerk, "/api/requests", body).await.expect(201).json();
        let text = |name: &str| done[name].as_str().unwrap().to_owned();
        (text("id"), text("query_code"))
    }
}

fn settle(tx: &mut Tx<'_>, now: Instant) -> Result<(), Refusal> {
    seed::community(tx, here(), "龙山港社区", "0737-4220000", now)?;
    let (compound, building) = (CompoundId::from_uuid(id(0xB2)), BuildingId::from_uuid(id(0xB3)));
    let dwelling = DwellingId::from_uuid(id(0xB4));
    let (name, aliases) = ("化肥厂小区".to_owned(), Vec::new());
    seed::compound(tx, here(), &Compound { id: compound, name, aliases })?;
    let one = Building {
        id: building,
        compound,
        name: "3栋".to_owned(),
        aliases: Vec::new(),
        floors: None,
        has_lift: false,
    };
    seed::building(tx, here(), &one)?;
    let door =
        Dwelling { id: dwelling, building, stairwell: None, room: "401".to_owned(), floor: None };
    seed::dwelling(tx, here(), &door)?;
    let span = Span { from: now, until: None };
    seed::household(tx, here(), &Household { id: household(), dwelling, span })?;
    let grid = GridId::from_uuid(id(0xD0));
    let whole =
        Grid {
            id: grid, tier: Tier::Grid, within: None, name: "第一网格".to_owned(), code: None
        };
    seed::grid(tx, here(), &whole)?;
    for (person, name, phone, born_on) in
        [(elder(), ELDER, ELDER_PHONE, "1941-03-05"), (child(), CHILD, "", "2018-06-01")]
    {
        let person = Person {
            id: person,
            name: name.to_owned(),
            form_of_address: String::new(),
            phone: phone.to_owned(),
            born_on: Day::parse(born_on).ok(),
            sex: Sex::Female,
            created_at: now,
        };
        seed::person(tx, here(), &person)?;
        seed::member(tx, here(), household(), person.id, span)?;
    }
    for who in EVERYBODY {
        settle_account(tx, who, now)?;
    }
    seed::liaison(tx, here(), household(), Rep.account(), now)
}

fn settle_account(tx: &mut Tx<'_>, who: Who, now: Instant) -> Result<(), Refusal> {
    let account = Account {
        id: who.account(),
        name: who.name().to_owned(),
        sign_in_name: None,
        person: None,
        created_at: now,
    };
    accounts::account(tx, here(), &account)?;
    let term =
        Term { id: id(0xE00 + who as u128), role: who.role(), grid: None, from: now, until: None };
    accounts::role(tx, here(), who.account(), &term)?;
    // Who has a card is a person; who has tokens alone is a program.
    let byte = 0x80 + who as u8;
    let card = Secret::new(here(), &Chance::from(move |bytes| bytes.fill(byte)));
    accounts::card(tx, who.account(), id(0xE80 + who as u128), (&card, None), now)?;
    accounts::token(tx, who.account(), &who.secret(), "story", now)
}

//! What the register holds: places from the compound down to the household, the people in them,
//! the grids they lie in and the liaison reps who know them.
//!
//! Memberships and assignments hold for a [`Span`] of time and are never overwritten (G1), so
//! that the register can be read as it was on any day.

use kernel::codes::GridCode;
use kernel::{AccountId, CommunityId, Day, Fault, Instant};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

kernel::id! {
    /// A compound (小区): a group of buildings with one name.
    pub CompoundId
}

kernel::id! {
    /// A building (楼栋).
    pub BuildingId
}

kernel::id! {
    /// A stairwell (单元).
    pub StairwellId
}

kernel::id! {
    /// A dwelling (户室): one door.
    pub DwellingId
}

kernel::id! {
    /// A household (户): the people behind one door who keep house together.
    pub HouseholdId
}

kernel::id! {
    /// A person (居民).
    pub PersonId
}

kernel::id! {
    /// A grid or mini-grid (网格, 网小格).
    pub GridId
}

kernel::id! {
    /// A public place that is no building: a lane, a yard, a hall.
    pub PlaceId
}

kernel::id! {
    /// Anywhere a request can be about. The uuid is that of the household, building or place.
    pub SpotId
}

macro_rules! is_a_spot {
    ($($id:ty),*) => {
        $(impl From<$id> for SpotId {
            fn from(id: $id) -> SpotId {
                SpotId::from_uuid(id.uuid())
            }
        })*
    };
}
is_a_spot!(CompoundId, BuildingId, StairwellId, HouseholdId, PlaceId);

/// A community (社区), the tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Community {
    pub id: CommunityId,
    /// A small number, unique in the installation: prefix of query codes and of search terms.
    pub short_key: u32,
    pub name: String,
    /// The office's telephone, shown on every page.
    pub phone: String,
    /// County 6 + subdistrict 3 + community 3 digits, where it is known; never invented.
    pub official_code: Option<String>,
    pub created_at: Instant,
}

/// A stretch of time, half-open: it holds at `from` and no longer at `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub from: Instant,
    pub until: Option<Instant>,
}

impl Span {
    /// From then on.
    pub fn since(from: Instant) -> Span {
        Span { from, until: None }
    }

    /// Whether it holds at this moment.
    pub fn holds_at(&self, at: Instant) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }
}

/// A group of buildings with one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compound {
    pub id: CompoundId,
    pub name: String,
    /// What people also call it: 氮肥厂.
    pub aliases: Vec<String>,
}

/// A building of a compound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Building {
    pub id: BuildingId,
    pub compound: CompoundId,
    /// As on the wall: 3栋.
    pub name: String,
    pub aliases: Vec<String>,
    pub floors: Option<u16>,
    pub has_lift: bool,
}

/// A stairwell of a building.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stairwell {
    pub id: StairwellId,
    pub building: BuildingId,
    /// As on the door: 2单元.
    pub name: String,
}

/// One door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dwelling {
    pub id: DwellingId,
    pub building: BuildingId,
    /// Where the building has stairwells.
    pub stairwell: Option<StairwellId>,
    /// As on the door: 401.
    pub room: String,
    pub floor: Option<i16>,
}

impl Dwelling {
    /// The stairwell, or the building itself where it has none.
    pub fn entrance(&self) -> SpotId {
        self.stairwell.map_or(self.building.into(), SpotId::from)
    }
}

/// A household, as long as it lives behind its door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Household {
    pub id: HouseholdId,
    pub dwelling: DwellingId,
    pub span: Span,
}

/// A public place that is no building.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub id: PlaceId,
    pub kind: PlaceKind,
    pub compound: Option<CompoundId>,
    pub name: String,
}

/// No `Debug`, as for [`PersonBrief`]: names of residents do not belong in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    pub id: PersonId,
    /// Any character, 4-byte ones too.
    pub name: String,
    /// How neighbours call them: 夏爹, 曾娭毑.
    pub form_of_address: String,
    pub phone: String,
    pub born_on: Option<Day>,
    pub sex: Sex,
    pub created_at: Instant,
}

impl Person {
    /// Whether who they were was erased: nobody else is without a name.
    pub fn is_erased(&self) -> bool {
        self.name.is_empty()
    }
}

/// A grid, or a mini-grid within one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grid {
    pub id: GridId,
    pub tier: Tier,
    pub within: Option<GridId>,
    pub name: String,
    /// The official code, where one was given; never invented.
    pub code: Option<GridCode>,
}

/// A household as others need it: where it is, whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HouseholdBrief {
    pub id: HouseholdId,
    /// 化肥厂小区3栋2单元401
    pub label: String,
    pub grid: Option<GridId>,
    /// The account of its liaison rep.
    pub liaison: Option<AccountId>,
}

/// A public place as others need it: a compound, building, stairwell, lane, yard or hall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceBrief {
    pub id: SpotId,
    pub kind: SpotKind,
    pub label: String,
    pub grid: Option<GridId>,
}

/// Anywhere a request can be about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    pub id: SpotId,
    pub kind: SpotKind,
    pub label: String,
    /// The label's pinyin initials.
    pub py: String,
    pub grid: Option<GridId>,
    /// The account of its liaison rep; households only.
    pub liaison: Option<AccountId>,
    /// Who stands in for that rep while they are away.
    pub substitute: Option<AccountId>,
}

impl Spot {
    /// The household this is, if it is one.
    pub fn household(&self) -> Option<HouseholdId> {
        (self.kind == SpotKind::Household).then(|| HouseholdId::from_uuid(self.id.uuid()))
    }
}

/// A person as others need them: to be addressed and rung up.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonBrief {
    pub id: PersonId,
    pub name: String,
    pub form_of_address: String,
    pub phone: String,
}

impl PersonBrief {
    /// How to call them: the form of address, else the name.
    pub fn called(&self) -> &str {
        if self.form_of_address.is_empty() { &self.name } else { &self.form_of_address }
    }
}

/// Kinds that are kept as a word.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$doc])* $variant,)*
        }

        impl $name {
            /// All there are.
            pub const ALL: &[$name] = &[$($name::$variant),*];

            /// As it is kept and as the word keys end.
            pub fn word(self) -> &'static str {
                match self {
                    $($name::$variant => $word,)*
                }
            }

            /// The kind kept as this word.
            pub fn of(word: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|one| one.word() == word)
            }
        }
    };
}

words! {
    /// What a spot is.
    SpotKind {
        Compound = "compound",
        Building = "building",
        Stairwell = "stairwell",
        Household = "household",
        Lane = "lane",
        Yard = "yard",
        Hall = "hall",
        Other = "other",
    }
}

words! {
    /// What a public place is.
    PlaceKind {
        Lane = "lane",
        Yard = "yard",
        Hall = "hall",
        Other = "other",
    }
}

impl From<PlaceKind> for SpotKind {
    fn from(kind: PlaceKind) -> SpotKind {
        match kind {
            PlaceKind::Lane => SpotKind::Lane,
            PlaceKind::Yard => SpotKind::Yard,
            PlaceKind::Hall => SpotKind::Hall,
            PlaceKind::Other => SpotKind::Other,
        }
    }
}

words! {
    /// Whether a grid is a whole one or one of its parts.
    Tier {
        Grid = "grid",
        Mini = "mini",
    }
}

words! {
    /// Sex as in GB/T 2261.1.
    Sex {
        Unknown = "unknown",
        Male = "male",
        Female = "female",
        Unspecified = "unspecified",
    }
}

impl Sex {
    /// The code of GB/T 2261.1.
    pub fn code(self) -> i64 {
        match self {
            Sex::Unknown => 0,
            Sex::Male => 1,
            Sex::Female => 2,
            Sex::Unspecified => 9,
        }
    }

    /// The sex with this code of GB/T 2261.1.
    pub fn of_code(code: i64) -> Option<Sex> {
        Sex::ALL.iter().copied().find(|sex| sex.code() == code)
    }
}

/// Which households somebody may come upon in a list; the policy still decides each one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// The whole community's.
    Everyone,
    /// Those they are liaison rep of, and those in grids they head.
    Known { account: AccountId, grids: Vec<Uuid> },
}

/// A place in the order of households: the next page begins after it. `sort` and id, one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    pub sort: String,
    pub id: Uuid,
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}~{}", self.sort, self.id)
    }
}

impl std::str::FromStr for Cursor {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Cursor, Fault> {
        let fault = || Fault::new("registry.not_a_cursor");
        let (sort, id) = text.rsplit_once('~').ok_or_else(fault)?;
        let id = id.parse().map_err(|_| fault())?;
        Ok(Cursor { sort: sort.to_owned(), id })
    }
}

kernel::as_string!(Cursor, {});

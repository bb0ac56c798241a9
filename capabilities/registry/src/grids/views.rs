//! What is seen of grids: all of them, one as it was on a day, and the cards that everybody reads.

use askama::Template;
use gate::{Facts, Looking, Refusal, View};
use kernel::Day;
use kernel::codes::GridScheme;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Page, Shell};

use super::actions::{GRID, about};
use crate::model::{Grid, GridId, Tier};
use crate::store::grid_cards::{self, Card};
use crate::store::{communities, spots, tenure};

/// Places offered for a boundary: as many as for a rep's area.
const PLACES_MAX: usize = 2_000;

/// The grids of the community, with its official code.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GridList {}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Grids {
    /// County, subdistrict and community; none where nobody entered it.
    pub community_code: Option<String>,
    /// Whole grids, each with its mini-grids after it.
    pub grids: Vec<GridRow>,
    pub may_enter: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct GridRow {
    pub grid: GridId,
    pub tier: Tier,
    pub name: String,
    pub code: Option<String>,
    pub has_card: bool,
}

impl View for GridList {
    const NAME: &'static str = "grid.list";
    const RESOURCE: &'static str = GRID;
    type Body = Grids;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<Grids, Refusal> {
        let community = look.actor.community;
        let whole = Facts::of(community.uuid());
        look.permit(Self::NAME, &whole)?;
        let may_enter = look.allows("grid.enter", &whole);
        let cards = grid_cards::cards(look.tx, community)?;
        let mut all = tenure::grids(look.tx, community)?;
        // A mini-grid stands right after its grid.
        let names: Vec<(GridId, String)> =
            all.iter().map(|grid| (grid.id, grid.name.clone())).collect();
        all.sort_by_cached_key(|grid| {
            let whole = grid.within.unwrap_or(grid.id);
            let name = names.iter().find(|(id, _)| *id == whole).map(|(_, name)| name.clone());
            let natural = |name: &str| kernel::natural::key(name);
            (name.as_deref().map(natural), whole, grid.tier, natural(&grid.name))
        });
        let row = |grid: Grid| GridRow {
            grid: grid.id,
            tier: grid.tier,
            code: grid.code.map(|code| code.to_string()),
            has_card: cards.iter().any(|card| card.grid == grid.id),
            name: grid.name,
        };
        let own = communities::by_id(look.tx, community)?;
        let community_code = own.and_then(|own| own.official_code);
        Ok(Grids { community_code, grids: all.into_iter().map(row).collect(), may_enter })
    }
}

#[derive(Template)]
#[template(path = "grids.html")]
struct GridsPage<'a> {
    body: &'a Grids,
    shell: &'a Shell<'a>,
}

impl Page for GridList {
    fn render(body: &Grids, shell: &Shell<'_>) -> Result<String, askama::Error> {
        GridsPage { body, shell }.render()
    }
}

/// One grid, as it is or as it was on a day.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GridRead {
    pub grid: GridId,
    /// As it was when this day began; now without it.
    #[serde(default)]
    pub on: Option<Day>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct GridShown {
    pub grid: GridId,
    pub name: String,
    pub tier: Tier,
    pub scheme: &'static str,
    pub code: String,
    pub on: Option<Day>,
    pub households: u64,
    /// Stairwells and buildings, with how many of their households lie in it.
    pub within: Vec<PartShown>,
    pub card: Option<CardShown>,
    pub places: Vec<String>,
    /// `grid.amend`, `grid.draw`, `grid.post`.
    pub may: Vec<&'static str>,
}

impl GridShown {
    /// Whether the reader may do this here.
    pub fn may(&self, action: &str) -> bool {
        self.may.contains(&action)
    }

    /// The schemes, as a form offers them.
    pub fn schemes(&self) -> [&'static str; 3] {
        GridScheme::ALL.map(GridScheme::as_str)
    }

    /// What the card says now; nothing where there is none.
    pub fn posted(&self) -> CardShown {
        self.card.clone().unwrap_or_default()
    }
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct PartShown {
    pub place: String,
    pub households: u64,
}

/// A card, as everybody reads it.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct CardShown {
    pub name: String,
    pub bounds: String,
    pub worker: String,
    pub contact: String,
    pub supervision: String,
    /// When it was posted.
    pub changed_on: Option<Day>,
}

impl From<Card> for CardShown {
    fn from(card: Card) -> CardShown {
        CardShown {
            name: card.name,
            bounds: card.bounds,
            worker: card.worker,
            contact: card.contact,
            supervision: card.supervision,
            changed_on: Some(card.changed_at.day()),
        }
    }
}

impl View for GridRead {
    const NAME: &'static str = "grid.read";
    const RESOURCE: &'static str = GRID;
    type Body = GridShown;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<GridShown, Refusal> {
        let community = look.actor.community;
        look.permit(Self::NAME, &Facts::of(self.grid.uuid()))?;
        let grid = tenure::grid(look.tx, community, self.grid)?.ok_or(Refusal::NotFound)?;
        let facts = about(look.actor, &grid);
        let acts = ["grid.amend", "grid.draw", "grid.post"];
        let may: Vec<_> = acts.into_iter().filter(|act| look.allows(act, &facts)).collect();
        let places = match may.contains(&"grid.draw") {
            true => spots::places(look.tx, community, look.now, "", PLACES_MAX)?,
            false => Vec::new(),
        };
        let at = self.on.map_or(look.now, Day::start);
        let within = grid_cards::within(look.tx, community, grid.id, at)?;
        let cards = grid_cards::cards(look.tx, community)?;
        let card = cards.into_iter().find(|card| card.grid == grid.id);
        let code = grid.code.as_ref();
        Ok(GridShown {
            grid: grid.id,
            tier: grid.tier,
            scheme: code.map_or(GridScheme::Cn15, |code| code.scheme()).as_str(),
            code: code.map(ToString::to_string).unwrap_or_default(),
            name: grid.name,
            on: self.on,
            households: within.iter().map(|(_, households)| households).sum(),
            within: within
                .into_iter()
                .map(|(place, households)| PartShown { place, households })
                .collect(),
            card: card.map(CardShown::from),
            places: places.into_iter().map(|place| place.label).collect(),
            may,
        })
    }
}

#[derive(Template)]
#[template(path = "grid.html")]
struct GridPage<'a> {
    body: &'a GridShown,
    shell: &'a Shell<'a>,
}

impl Page for GridRead {
    fn render(body: &GridShown, shell: &Shell<'_>) -> Result<String, askama::Error> {
        GridPage { body, shell }.render()
    }
}

/// The cards of all grids, or of one, for everybody (G4).
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GridCards {
    #[serde(default)]
    pub grid: Option<GridId>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Posted {
    pub cards: Vec<CardShown>,
}

impl View for GridCards {
    const NAME: &'static str = "grid.cards";
    const RESOURCE: &'static str = GRID;
    type Body = Posted;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<Posted, Refusal> {
        let community = look.actor.community;
        look.permit(Self::NAME, &Facts::of(community.uuid()))?;
        let mut cards = grid_cards::cards(look.tx, community)?;
        cards.sort_by_cached_key(|card| kernel::natural::key(&card.name));
        cards.retain(|card| self.grid.is_none_or(|grid| grid == card.grid));
        Ok(Posted { cards: cards.into_iter().map(CardShown::from).collect() })
    }
}

#[derive(Template)]
#[template(path = "grid_cards.html")]
struct GridCardsPage<'a> {
    body: &'a Posted,
    shell: &'a Shell<'a>,
}

impl Page for GridCards {
    fn render(body: &Posted, shell: &Shell<'_>) -> Result<String, askama::Error> {
        GridCardsPage { body, shell }.render()
    }
}

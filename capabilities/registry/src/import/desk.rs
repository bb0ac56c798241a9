//! The clerk's pages around tables: the desk with the latest ones, and one that was brought in.

use askama::Template;
use gate::{Facts, Looking, Refusal, View};
use kernel::Instant;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use web::{Page, Shell};

use super::undo;
use crate::store::imports::{self, Import};
use crate::store::uploads;

/// People whose names a page lists.
const NAMED_MAX: usize = 50;

/// Where tables are brought in: the one that waits, and the latest that were.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ImportDesk {}

#[derive(Serialize, JsonSchema)]
pub struct Desk {
    /// The reader's own table that waits.
    pub waiting: Option<Uuid>,
    pub imports: Vec<ImportShown>,
}

/// A table that was brought in.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ImportShown {
    pub import: Uuid,
    pub at: Instant,
    pub add: u32,
    pub change: u32,
    pub leave: u32,
    pub undone_at: Option<Instant>,
}

impl From<Import> for ImportShown {
    fn from(import: Import) -> ImportShown {
        let Import { id, at, added, changed, left_alone, undone_at, salt: _ } = import;
        ImportShown { import: id, at, add: added, change: changed, leave: left_alone, undone_at }
    }
}

impl View for ImportDesk {
    const NAME: &'static str = "register.list_imports";
    const RESOURCE: &'static str = "Register";
    type Body = Desk;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<Desk, Refusal> {
        let community = look.actor.community;
        look.permit(Self::NAME, &Facts::of(community.uuid()))?;
        let account = look.actor.account();
        let waiting = account.map(|account| uploads::open(look.tx, community, account));
        let imports = imports::latest(look.tx, community)?;
        Ok(Desk {
            waiting: waiting.transpose()?.flatten(),
            imports: imports.into_iter().map(ImportShown::from).collect(),
        })
    }
}

#[derive(Template)]
#[template(path = "import_desk.html")]
struct DeskPage<'a> {
    body: &'a Desk,
    shell: &'a Shell<'a>,
}

impl Page for ImportDesk {
    fn render(body: &Desk, shell: &Shell<'_>) -> Result<String, askama::Error> {
        DeskPage { body, shell }.render()
    }
}

/// A table that was brought in, and what became of it since.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ImportRead {
    pub import: Uuid,
}

#[derive(Serialize, JsonSchema)]
pub struct ImportDetail {
    pub import: ImportShown,
    /// Whether it is young enough to be taken back.
    pub may_undo: bool,
    /// Who was changed since by somebody else, by name; at most fifty.
    pub changed_since: Vec<String>,
}

impl View for ImportRead {
    const NAME: &'static str = "register.read_import";
    const RESOURCE: &'static str = "Register";
    type Body = ImportDetail;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<ImportDetail, Refusal> {
        let (community, now) = (look.actor.community, look.now);
        look.permit(Self::NAME, &Facts::of(self.import))?;
        let import = imports::one(look.tx, community, self.import)?.ok_or(Refusal::NotFound)?;
        let may_undo = undo::check(&import, now).is_ok();
        let mut changed_since = Vec::new();
        if may_undo {
            let lines = imports::lines(look.tx, community, import.id)?;
            let changed = undo::changed_since(look.tx, community, &import, &lines)?;
            for (person, name) in changed.into_iter().take(NAMED_MAX) {
                look.saw(person, Self::NAME, import.id);
                changed_since.push(name);
            }
        }
        Ok(ImportDetail { import: import.into(), may_undo, changed_since })
    }
}

#[derive(Template)]
#[template(path = "import_done.html")]
struct ImportPage<'a> {
    body: &'a ImportDetail,
    shell: &'a Shell<'a>,
}

impl Page for ImportRead {
    fn render(body: &ImportDetail, shell: &Shell<'_>) -> Result<String, askama::Error> {
        ImportPage { body, shell }.render()
    }
}

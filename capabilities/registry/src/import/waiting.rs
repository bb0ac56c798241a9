//! A table that waits between its arrival and its end: kept, its columns chosen, dropped. It is
//! its clerk's own; nobody else finds it.

use std::collections::BTreeMap;

use db::Tx;
use gate::{Acting, Action, Actor, Facts, Looking, Refusal, View};
use kernel::{AccountId, Line};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::columns::{Choices, Field};
use super::preview::PreviewImport;
use crate::actions::NAME_MAX;
use crate::store::uploads;

/// Columns that a form chooses for; a table has no more.
const COLUMNS_MAX: usize = paper::table::COLUMNS_MAX as usize;

/// The word for a column that is nobody's.
pub const NOBODYS: &str = "nobodys";

/// Keeps a table until it is brought in, dropped, or a day old; one for each clerk.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct KeepTable {
    /// SHA-256 of the file, in hexadecimal.
    pub file: String,
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

/// The table that waits.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TableKept {
    pub upload: Uuid,
}

impl Action for KeepTable {
    const NAME: &'static str = "register.keep_table";
    const RESOURCE: &'static str = "Register";
    type Done = TableKept;

    fn facts(&self, _: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        Ok(Facts::of(actor.community.uuid()))
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<TableKept, Refusal> {
        let (account, upload) = (own(act.actor)?, act.new_id());
        let (community, now) = (act.community(), act.now);
        uploads::keep(act.tx, community, account, (upload, now), &self.bytes)?;
        Ok(TableKept { upload })
    }

    fn made(done: &TableKept) -> Option<Uuid> {
        Some(done.upload)
    }
}

/// What a clerk chose, in the order of the table's headings.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Chosen {
    compound: Option<String>,
    columns: Option<Vec<String>>,
}

/// Says what the columns of a table are.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChooseColumns {
    pub upload: Uuid,
    /// The compound of rows that name none.
    #[serde(default)]
    pub compound: Option<Line<NAME_MAX>>,
    /// For each heading, in order, the word of a field, or `nobodys`.
    pub columns: Vec<String>,
}

impl Action for ChooseColumns {
    const NAME: &'static str = "register.choose_columns";
    const RESOURCE: &'static str = "Register";
    type Done = TableKept;

    fn facts(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        own_upload(tx, actor, self.upload)
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<TableKept, Refusal> {
        let is_known = |word: &String| word == NOBODYS || Field::of(word).is_some();
        if self.columns.len() > COLUMNS_MAX || !self.columns.iter().all(is_known) {
            return Err(Refusal::field("columns", kernel::Fault::new("fault.unknown_choice")));
        }
        let compound = self.compound.as_ref().map(|name| name.as_str().to_owned());
        let chosen = Chosen { compound, columns: Some(self.columns.clone()) };
        let chosen = serde_json::to_string(&chosen)
            .map_err(|error| Refusal::Defect(format!("choices have no JSON: {error}")))?;
        let community = act.community();
        uploads::choose(act.tx, community, own(act.actor)?, self.upload, &chosen)?;
        Ok(TableKept { upload: self.upload })
    }
}

/// Drops a table that waits.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DropTable {
    pub upload: Uuid,
}

impl Action for DropTable {
    const NAME: &'static str = "register.drop_table";
    const RESOURCE: &'static str = "Register";
    type Done = TableKept;

    fn facts(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        own_upload(tx, actor, self.upload)
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<TableKept, Refusal> {
        let (community, account) = (act.community(), own(act.actor)?);
        uploads::drop(act.tx, community, account, self.upload)?;
        Ok(TableKept { upload: self.upload })
    }
}

/// Only an account has a table that waits.
fn own(actor: &Actor) -> Result<AccountId, Refusal> {
    actor.account().ok_or(Refusal::NotFound)
}

fn own_upload(tx: &mut Tx<'_>, actor: &Actor, upload: Uuid) -> Result<Facts, Refusal> {
    let waiting = uploads::waiting(tx, actor.community, own(actor)?, upload)?;
    waiting.map(|_| Facts::of(upload)).ok_or(Refusal::NotFound)
}

/// Asks what a table that waits would do to the register.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct ReadTable {
    pub upload: Uuid,
}

/// Its bytes and what was chosen for it. Never an answer by itself.
#[derive(Serialize, JsonSchema)]
pub(super) struct Table {
    #[serde(skip)]
    pub file: Vec<u8>,
    #[serde(skip)]
    choices: String,
}

impl View for ReadTable {
    const NAME: &'static str = PreviewImport::NAME;
    const RESOURCE: &'static str = PreviewImport::RESOURCE;
    type Body = Table;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<Table, Refusal> {
        look.permit(Self::NAME, &Facts::of(self.upload))?;
        let (community, account) = (look.actor.community, own(look.actor)?);
        let waiting = uploads::waiting(look.tx, community, account, self.upload)?;
        let waiting = waiting.ok_or(Refusal::NotFound)?;
        Ok(Table { file: waiting.file, choices: waiting.choices })
    }
}

impl Table {
    /// What was chosen for these headings; the proposal where nothing was.
    pub fn choices(&self, keys: &[String], proposed: Choices) -> Choices {
        // Whatever cannot be read was not chosen.
        let chosen: Chosen = serde_json::from_str(&self.choices).unwrap_or_default();
        let columns = match chosen.columns {
            Some(words) if words.len() == keys.len() => {
                let fields = words.iter().map(|word| Field::of(word));
                keys.iter().cloned().zip(fields).collect()
            }
            Some(_) | None => proposed.columns,
        };
        Choices { compound: chosen.compound, columns }
    }
}

/// What the columns of tables with these headings were taken for the last time.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct RememberedColumns {
    pub signature: String,
}

impl View for RememberedColumns {
    const NAME: &'static str = PreviewImport::NAME;
    const RESOURCE: &'static str = PreviewImport::RESOURCE;
    type Body = BTreeMap<String, String>;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<BTreeMap<String, String>, Refusal> {
        let community = look.actor.community;
        look.permit(Self::NAME, &Facts::of(community.uuid()))?;
        uploads::columns(look.tx, community, &self.signature)
    }
}

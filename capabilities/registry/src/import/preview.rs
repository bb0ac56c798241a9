//! What a table would do, before it does it.

use std::sync::Arc;

use gate::{Facts, Looking, Refusal, View};
use paper::table::column_name;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::words::{Catalogue, Lang};

use super::act;
use super::plan::{self, Act};
use super::problem::Problem;
use super::rows::Given;

/// Changes and problems that are shown; whoever has more goes through these first.
pub(super) const SHOWN_MAX: usize = 500;

/// What a table would do.
#[derive(Deserialize, JsonSchema)]
pub struct PreviewImport {
    #[serde(skip)]
    pub given: Arc<Given>,
}

/// The answer: how many rows do what, each change, each problem.
#[derive(Default, Serialize, JsonSchema)]
pub struct ImportPreview {
    pub add: u32,
    pub change: u32,
    pub leave: u32,
    /// Compounds, buildings, stairwells and doors that would be made.
    pub new_places: usize,
    pub changes: Vec<ChangeShown>,
    /// Whether something must be mended first.
    pub hindered: bool,
    /// In no language yet.
    #[serde(skip)]
    pub problems: Vec<Problem>,
}

/// One field that would be another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ChangeShown {
    pub sheet: String,
    pub row: u32,
    pub column: Option<String>,
    /// The word of the field.
    pub field: &'static str,
    pub name: String,
    pub old: String,
    pub new: String,
}

/// One problem in somebody's language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProblemShown {
    pub sheet: String,
    pub row: Option<u32>,
    /// As spreadsheets call it: `C`.
    pub column: Option<String>,
    pub message: String,
    /// Whether nothing can be brought in before it is mended.
    pub blocks: bool,
}

impl Problem {
    /// The problem in its reader's language.
    pub fn said(&self, words: &Catalogue, lang: Lang) -> ProblemShown {
        let mut message = words.fault(lang, &self.fault);
        if let Some(field) = self.field {
            let key = format!("import.field.{}", field.word());
            let label = words.get(lang, &key);
            let args = [("field", label), ("message", message.as_str())];
            message = words.fill(lang, "form.complaint", &args);
        }
        ProblemShown {
            sheet: self.sheet.to_string(),
            row: self.row,
            column: self.column.map(column_name),
            message,
            blocks: self.blocks,
        }
    }
}

impl View for PreviewImport {
    const NAME: &'static str = "register.preview_import";
    const RESOURCE: &'static str = "Register";
    type Body = ImportPreview;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<ImportPreview, Refusal> {
        let community = look.actor.community;
        look.permit(Self::NAME, &Facts::of(community.uuid()))?;
        let known = act::load(look.tx, community, look.now)?;
        let plan = plan::plan(&self.given, &known);
        let counts = plan.counts();
        let mut changes = Vec::new();
        for step in &plan.steps {
            let (Act::Change(person, differences), Some(entry)) =
                (&step.act, self.given.entries.get(step.entry))
            else {
                continue;
            };
            if changes.len() + differences.len() > SHOWN_MAX {
                break;
            }
            look.saw(person.id.uuid(), Self::NAME, community.uuid());
            for (field, old, new) in differences {
                let column = entry.columns.get(field).copied().map(column_name);
                changes.push(ChangeShown {
                    sheet: entry.sheet.to_string(),
                    row: entry.row,
                    column,
                    field: field.word(),
                    name: person.name.clone(),
                    old: old.clone(),
                    new: new.clone(),
                });
            }
        }
        let hindered = plan.is_hindered();
        let new_places = plan.doors.new_places();
        let mut problems = plan.problems;
        // What hinders stands first, each kind in the order of its sheet.
        problems.sort_by(|one, other| {
            let order = |it: &Problem| (!it.blocks, it.sheet.clone(), it.row, it.column);
            order(one).cmp(&order(other))
        });
        let (add, change, leave) = (counts.add, counts.change, counts.leave);
        Ok(ImportPreview { add, change, leave, new_places, changes, hindered, problems })
    }
}

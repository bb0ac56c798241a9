//! A register brought in as a table, and taken out as one.
//!
//! ```text
//! bytes ─ paper::table::read ─ Book
//!       ─ heading: where the columns are headed ─ columns: what each of them holds
//!       ─ rows: what each row says, and what is wrong with it ─ Given
//!       ─ plan: what that would add, change and leave, against the register as it stands
//!       ─ act: all of it or nothing, through the gate; or taken back within the day
//! ```
//! Everything up to the plan is pure. The plan is made anew inside the transaction that carries it
//! out, so nobody's change in between is written over.

mod act;
mod address;
mod book;
mod columns;
mod desk;
mod doors;
mod export;
mod forget;
mod heading;
mod numbers;
mod pages;
mod plan;
mod preview;
mod problem;
mod rows;
mod undo;
mod upload;
mod values;
mod waiting;

use gate::{Action, View};
use web::{Job, Routes};

pub use crate::store::imports::{Source, sources};
pub use act::{RegisterImport, RegisterImported};
pub use book::{Heading, headings, prepare, proposed, signature};
pub use columns::{Choices, Field};
pub use desk::ImportDesk;
pub use export::{ExportRegister, Exported};
pub use preview::{ChangeShown, ImportPreview, PreviewImport, ProblemShown};
pub use problem::Problem;
pub use rows::Given;
pub use undo::{UndoImport, Undone};
pub use waiting::{NOBODYS, RememberedColumns};

/// What is forgotten by itself, looked for once an hour.
pub(crate) const JOBS: &[Job] =
    &[Job { name: forget::ForgetTables::NAME, every_seconds: 3_600, run: forget::round }];

pub(crate) fn routes(routes: &mut Routes) {
    routes.declare(forget::ForgetTables::NAME, forget::ForgetTables::RESOURCE);
    routes.declare(ExportRegister::NAME, ExportRegister::RESOURCE);
    pages::routes(routes);
}

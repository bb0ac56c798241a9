//! A table on its way through the clerk's hands: sent, looked at, brought in.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::handler::Handler;
use axum::http::StatusCode;
use axum::response::Response;
use gate::{Action, Declared, Refusal, View};
use kernel::Fault;
use schemars::JsonSchema;
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use web::words::{Catalogue, Lang};
use web::{Answer, App, Caller, FormState, Given as Sent, Operation, Page, Routes, Shell};

use super::act::{RegisterImport, RegisterImported};
use super::book::{self, Heading};
use super::columns::{Choices, Field};
use super::desk::{ImportDesk, ImportRead};
use super::preview::{ChangeShown, ImportPreview, PreviewImport, ProblemShown, SHOWN_MAX};
use super::problem::Problem;
use super::rows::Given;
use super::undo::{UndoImport, Undone};
use super::upload::{self, FORM_MAX, Upload};
use super::waiting::{
    ChooseColumns, DropTable, KeepTable, NOBODYS, ReadTable, RememberedColumns, TableKept,
};

const DESK: &str = "/register/import";

pub(super) fn routes(routes: &mut Routes) {
    let keeps = [Declared { name: KeepTable::NAME, resource: KeepTable::RESOURCE }];
    let looks = [Declared { name: PreviewImport::NAME, resource: PreviewImport::RESOURCE }];
    let brings = [Declared { name: RegisterImport::NAME, resource: RegisterImport::RESOURCE }];
    let limit = DefaultBodyLimit::max(FORM_MAX);
    routes.page::<ImportDesk>(DESK);
    routes.raw("POST", DESK, &keeps, keep_form.layer(limit));
    routes.raw("POST", "/api/register/import", &keeps, keep_json.layer(limit));
    routes.describe(Operation::table::<TableKept>(DESK, KeepTable::NAME));
    let path = "/register/import/{upload}";
    routes.raw("GET", path, &looks, preview_page);
    routes.raw("GET", "/api/register/import/{upload}", &looks, preview_json);
    routes.describe(Operation::view_answering::<ReadTable, TableShown>(path));
    let path = "/register/import/{upload}/columns";
    routes.act::<ChooseColumns>(path, StatusCode::OK);
    routes.form::<ChooseColumns, ImportDesk>(path, |kept| format!("{DESK}/{}", kept.upload));
    let path = "/register/import/{upload}/dropping";
    routes.act::<DropTable>(path, StatusCode::OK);
    routes.form::<DropTable, ImportDesk>(path, |_: &TableKept| DESK.to_owned());
    let path = "/register/import/{upload}/application";
    let made = StatusCode::CREATED;
    routes.raw("POST", path, &brings, bring_in_form);
    routes.describe(Operation::act_answering::<RegisterImport, RegisterImported>(path, made));
    routes.raw("POST", "/api/register/import/{upload}/application", &brings, bring_in_json);
    routes.page::<ImportRead>("/register/imports/{import}");
    let path = "/register/imports/{import}/undoing";
    routes.act::<UndoImport>(path, StatusCode::OK);
    routes.form::<UndoImport, ImportRead>(path, |done: &Undone| address(done.import));
}

/// Where a table that was brought in is shown.
fn address(import: Uuid) -> String {
    format!("/register/imports/{import}")
}

async fn keep_form(State(app): State<App>, caller: Caller, request: Request) -> Response {
    let answer = Answer::new(&app, &caller);
    if let Err(refusal) = caller.same_origin() {
        return answer.refusal_page(&refusal);
    }
    let kept = async {
        // Whoever may not bring in tables is told so before theirs is read.
        app.gate().look(caller.credential(&app)?, ImportDesk {}).await?;
        keep(&app, &caller, request).await
    };
    match kept.await {
        Ok(kept) => answer.see_other(&format!("{DESK}/{}", kept.upload), KeepTable::NAME),
        Err(refusal) => {
            let form = FormState::refused(KeepTable::NAME, &sent(Vec::new()), refusal);
            show_desk(&app, &caller, form).await
        }
    }
}

async fn show_desk(app: &App, caller: &Caller, form: FormState) -> Response {
    let answer = Answer::new(app, caller);
    if !form.keeps_page() {
        return answer.refusal_page(form.refusal());
    }
    let looked = async { app.gate().look(caller.credential(app)?, ImportDesk {}).await };
    match looked.await {
        Ok(looked) => {
            let status = form.status();
            let shell = Shell::new(app, caller, Some(looked.actor), form);
            answer.html(ImportDesk::render(&looked.body, &shell), status)
        }
        Err(refusal) => answer.refusal_page(&refusal),
    }
}

async fn keep_json(State(app): State<App>, caller: Caller, request: Request) -> Response {
    let kept = async {
        app.gate().look(caller.credential(&app)?, ImportDesk {}).await?;
        keep(&app, &caller, request).await
    };
    let kept = kept.await;
    Answer::new(&app, &caller).json(kept, StatusCode::CREATED)
}

/// Keeps a table that can be read; one that cannot is not kept at all.
async fn keep(app: &App, caller: &Caller, request: Request) -> Result<TableKept, Refusal> {
    let upload = Upload::read(request).await?;
    let receipt = sent(upload.fields.clone()).receipt(caller, app.gate().chance())?;
    if let Err(unreadable) = upload::read(upload.file.clone()).await? {
        let problem = Problem::from(unreadable).said(app.words(), caller.preferences.lang);
        let place = place(app.words(), caller.preferences.lang, &problem);
        let fault = Fault::new("registry.import_unreadable").with("place", place);
        return Err(Refusal::field(upload::FIELD, fault.with("what", problem.message)));
    }
    let kept = KeepTable { file: digest(&upload.file), bytes: upload.file };
    app.gate().perform(caller.credential(app)?, receipt, kept).await
}

fn sent(fields: Vec<(String, String)>) -> Sent {
    Sent::of_pairs(BTreeMap::new(), fields)
}

fn digest(file: &[u8]) -> String {
    Sha256::digest(file).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Where a problem is, in words; nothing where it is everywhere.
fn place(words: &Catalogue, lang: Lang, problem: &ProblemShown) -> String {
    let mut parts = Vec::new();
    if !problem.sheet.is_empty() {
        parts.push(words.fill(lang, "import.in_sheet", &[("sheet", &problem.sheet)]));
    }
    if let Some(row) = problem.row {
        parts.push(words.fill(lang, "import.in_row", &[("row", &row.to_string())]));
    }
    if let Some(column) = &problem.column {
        parts.push(words.fill(lang, "import.in_column", &[("column", column)]));
    }
    parts.join(" ")
}

/// A table that waits, taken apart.
struct Examined {
    file: String,
    headings: Vec<Heading>,
    choices: Choices,
    given: Arc<Given>,
}

async fn examine(app: &App, caller: &Caller, upload: Uuid) -> Result<Examined, Refusal> {
    let gate = app.gate();
    let table = gate.look(caller.credential(app)?, ReadTable { upload }).await?.body;
    let _place = upload::place()?;
    let file = digest(&table.file);
    let book = upload::read(table.file.clone()).await?;
    let book = book.map_err(|unreadable| Refusal::Defect(unreadable.to_string()))?;
    let signature = book::signature(&book);
    let remembered = RememberedColumns { signature };
    let remembered = gate.look(caller.credential(app)?, remembered).await?.body;
    let headings = book::headings(&book);
    let keys: Vec<String> = headings.iter().map(|heading| heading.key.clone()).collect();
    let choices = table.choices(&keys, book::proposed(&book, &remembered));
    let given = book::prepare(&book, &choices, gate.now().day());
    Ok(Examined { file, headings, choices, given: Arc::new(given) })
}

/// What the API says of a table that waits.
#[derive(Serialize, JsonSchema)]
struct TableShown {
    /// Sent back when it is brought in.
    file: String,
    #[serde(flatten)]
    preview: ImportPreview,
    problems: Vec<ProblemShown>,
}

async fn preview_json(
    State(app): State<App>,
    Path(upload): Path<String>,
    caller: Caller,
) -> Response {
    let shown = async {
        let upload = upload.parse().map_err(|_| Refusal::NotFound)?;
        let examined = examine(&app, &caller, upload).await?;
        let view = PreviewImport { given: examined.given };
        let preview = app.gate().look(caller.credential(&app)?, view).await?.body;
        let say = |problem: &Problem| problem.said(app.words(), caller.preferences.lang);
        let problems = preview.problems.iter().map(say).collect();
        Ok(TableShown { file: examined.file, preview, problems })
    };
    let shown = shown.await;
    Answer::new(&app, &caller).json(shown, StatusCode::OK)
}

async fn preview_page(
    State(app): State<App>,
    Path(upload): Path<String>,
    caller: Caller,
) -> Response {
    show_preview(&app, &caller, &upload, FormState::none(), StatusCode::OK).await
}

async fn show_preview(
    app: &App,
    caller: &Caller,
    upload: &str,
    form: FormState,
    status: StatusCode,
) -> Response {
    let answer = Answer::new(app, caller);
    let shown = async {
        let upload: Uuid = upload.parse().map_err(|_| Refusal::NotFound)?;
        let examined = examine(app, caller, upload).await?;
        let view = PreviewImport { given: examined.given.clone() };
        let looked = app.gate().look(caller.credential(app)?, view).await?;
        Ok((upload, examined, looked))
    };
    match shown.await {
        Ok((upload, examined, looked)) => {
            let lang = caller.preferences.lang;
            let shell = Shell::new(app, caller, Some(looked.actor), form);
            let problems = looked.body.problems.iter().take(SHOWN_MAX);
            let problems = problems.map(|problem| {
                let said = problem.said(app.words(), lang);
                (place(app.words(), lang, &said), said)
            });
            let page = PreviewPage {
                upload,
                columns: columns(&examined),
                problems: problems.collect(),
                body: &looked.body,
                examined: &examined,
                shell: &shell,
            };
            answer.html(page.render(), status)
        }
        Err(refusal) => answer.refusal_page(&refusal),
    }
}

/// A heading with what its column is taken for: the word of a field.
struct ColumnShown<'a> {
    heading: &'a Heading,
    chosen: &'static str,
}

fn columns(examined: &Examined) -> Vec<ColumnShown<'_>> {
    let chosen = |heading: &Heading| {
        let field = examined.choices.columns.get(&heading.key).copied().flatten();
        field.map_or(NOBODYS, Field::word)
    };
    let shown = |heading| ColumnShown { heading, chosen: chosen(heading) };
    examined.headings.iter().map(shown).collect()
}

#[derive(Template)]
#[template(path = "import_preview.html")]
struct PreviewPage<'a> {
    upload: Uuid,
    columns: Vec<ColumnShown<'a>>,
    /// Where, and what.
    problems: Vec<(String, ProblemShown)>,
    body: &'a ImportPreview,
    examined: &'a Examined,
    shell: &'a Shell<'a>,
}

impl PreviewPage<'_> {
    /// Every field that a column may be taken for.
    fn fields(&self) -> impl Iterator<Item = &'static str> {
        Field::ALL.iter().map(|field| field.word())
    }

    /// Columns that are known and not kept, in one line.
    fn not_kept(&self) -> String {
        let is_chosen = |field: &&Field| {
            !field.is_kept() && self.columns.iter().any(|column| column.chosen == field.word())
        };
        let fields = Field::ALL.iter().filter(is_chosen);
        let labels = fields.map(|field| self.shell.tw("import.field", field.word()));
        labels.collect::<Vec<_>>().join(self.shell.t("import.and"))
    }

    /// Whether the answer to what hinders is in the form of the columns.
    fn asks_for_columns(&self) -> bool {
        const ASKING: [&str; 3] = [
            "registry.import_no_names",
            "registry.import_no_door",
            "registry.import_which_compound",
        ];
        self.body.problems.iter().any(|problem| ASKING.contains(&problem.fault.key))
    }

    fn before_and_after(&self, change: &ChangeShown) -> String {
        let nothing = self.shell.t("import.nothing");
        let old = if change.old.is_empty() { nothing } else { &change.old };
        self.shell.t2("import.before_and_after", "old", old, "new", &change.new)
    }

    fn change_place(&self, change: &ChangeShown) -> String {
        let mut parts = Vec::new();
        if !change.sheet.is_empty() {
            parts.push(self.shell.t1("import.in_sheet", "sheet", &change.sheet));
        }
        parts.push(self.shell.t1("import.in_row", "row", change.row));
        parts.join(" ")
    }
}

async fn bring_in_form(
    State(app): State<App>,
    Path(upload): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let answer = Answer::new(&app, &caller);
    let given = async {
        caller.same_origin()?;
        Sent::of_form(BTreeMap::new(), request).await
    };
    let given = match given.await {
        Ok(given) => given,
        Err(refusal) => return answer.refusal_page(&refusal),
    };
    match bring_in(&app, &caller, &upload, &given).await {
        Ok(done) => answer.see_other(&address(done.import), RegisterImport::NAME),
        Err(refusal) => {
            let form = FormState::refused(RegisterImport::NAME, &given, refusal);
            if !form.keeps_page() {
                return answer.refusal_page(form.refusal());
            }
            let status = form.status();
            show_preview(&app, &caller, &upload, form, status).await
        }
    }
}

async fn bring_in_json(
    State(app): State<App>,
    Path(upload): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let done = async {
        let given = Sent::of_json(BTreeMap::new(), request).await?;
        bring_in(&app, &caller, &upload, &given).await
    };
    let done = done.await;
    Answer::new(&app, &caller).json(done, StatusCode::CREATED)
}

/// Brings a table in as it was previewed. One that is gone was brought in by the same form before,
/// which its receipt shows.
async fn bring_in(
    app: &App,
    caller: &Caller,
    upload: &str,
    given: &Sent,
) -> Result<RegisterImported, Refusal> {
    let upload: Uuid = upload.parse().map_err(|_| Refusal::NotFound)?;
    let asked = web::parse::<RegisterImport>(given, &web::Coercion::of::<RegisterImport>())?;
    let receipt = given.receipt(caller, app.gate().chance())?;
    let rows = match examine(app, caller, upload).await {
        Ok(examined) if examined.file != asked.file => {
            return Err(Refusal::rule("registry.import_overtaken"));
        }
        Ok(examined) => examined.given,
        Err(Refusal::NotFound) => Arc::default(),
        Err(refusal) => return Err(refusal),
    };
    let action = RegisterImport { upload: Some(upload), given: rows, ..asked };
    app.gate().perform(caller.credential(app)?, receipt, action).await
}

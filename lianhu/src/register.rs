//! `lianhu register`: the register brought in from a table, and taken out as one, by whoever owns
//! the machine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Args, Subcommand, ValueEnum};
use db::Db;
use gate::{Credential, Gate, Looked, Receipt, Refusal, View};
use kernel::CommunityId;
use registry::import::{
    self, ExportRegister, Field, Given, ImportPreview, PreviewImport, Problem, ProblemShown,
    RegisterImport, RememberedColumns,
};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use web::words::Lang;

use crate::Where;
use crate::compose::{self, Edge};
use crate::serve::say;

/// One table is one transaction: a large one on a slow disk may take longer than a page may.
const TIME_MAX: Duration = Duration::from_secs(300);

#[derive(Subcommand)]
pub enum Register {
    /// Bring in a table of people and doors: .xlsx, .xls or CSV. All of it or nothing.
    ///
    /// Prints {add, change, leave, problems} as JSON. Where a problem blocks, nothing is written
    /// and the exit code is 2.
    Import(Import),
    /// Write the whole register as a table, in the layout that can be brought in again.
    Export(Export),
}

#[derive(Args)]
pub struct Import {
    /// The table.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    at: Where,
    /// Only say what it would do; the changes are listed then.
    #[arg(long)]
    preview: bool,
    /// The compound of rows that name none: 化肥厂小区
    #[arg(long, value_name = "NAME")]
    compound: Option<String>,
    /// Take a column for something else than its heading says: 备注电话=phone, 电话=nobodys.
    #[arg(long, value_name = "HEADING=FIELD")]
    column: Vec<String>,
    /// The language of the problems.
    #[arg(long, value_enum, default_value = "zh")]
    lang: Language,
}

#[derive(Args)]
pub struct Export {
    #[command(flatten)]
    at: Where,
    /// The table to write; its ending says which kind: .xlsx or .csv
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Language {
    Zh,
    En,
}

impl From<Language> for Lang {
    fn from(language: Language) -> Lang {
        match language {
            Language::Zh => Lang::Zh,
            Language::En => Lang::En,
        }
    }
}

/// The exit code of a table with problems that block.
const HINDERED: u8 = 2;

impl Register {
    pub fn run(self) -> Result<ExitCode> {
        match self {
            Register::Import(import) => import.run(),
            Register::Export(export) => export.run().map(|()| ExitCode::SUCCESS),
        }
    }
}

/// The program on the data, without a listener.
struct Desk {
    db: Db,
    gate: Gate,
    community: CommunityId,
    runtime: tokio::runtime::Runtime,
}

impl Desk {
    fn open(at: &Where) -> Result<Desk> {
        let db = at.open_existing_for(TIME_MAX)?;
        at.unlock(&db)?;
        let community = compose::only_community(&db)?;
        let gate = compose::house(db.clone(), Edge::default())?.gate;
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        Ok(Desk { db, gate, community, runtime: runtime.context("no runtime")? })
    }

    fn look<V: View>(&self, view: V) -> Result<V::Body, Refusal> {
        let looked = self.gate.look(Credential::System(self.community), view);
        self.runtime.block_on(looked).map(|Looked { body, .. }| body)
    }
}

impl Import {
    fn run(self) -> Result<ExitCode> {
        let words = compose::words()?;
        let bytes = read_file(&self.file)?;
        eprintln!("reading {} bytes", bytes.len());
        let book = match paper::table::read(&bytes) {
            Ok(book) => book,
            Err(unreadable) => {
                let problem = Problem::from(unreadable).said(&words, self.lang.into());
                return Ok(self.answer(&ImportPreview::default(), &[problem]));
            }
        };
        let desk = Desk::open(&self.at)?;
        let signature = import::signature(&book);
        let remembered = desk.look(RememberedColumns { signature })?;
        let mut choices = import::proposed(&book, &remembered);
        choices.compound = self.compound.clone();
        self.choose(&import::headings(&book), &mut choices.columns)?;
        let today = desk.gate.now().day();
        let given = Arc::new(import::prepare(&book, &choices, today));
        eprintln!("read {} rows of people, comparing them with the register", given.rows());
        let preview = desk.look(PreviewImport { given: given.clone() })?;
        let problems: Vec<ProblemShown> =
            preview.problems.iter().map(|one| one.said(&words, self.lang.into())).collect();
        if !self.preview && !preview.hindered {
            bring_in(&desk, &bytes, &preview, given)?;
        }
        desk.db.close();
        Ok(self.answer(&preview, &problems))
    }

    /// Prints the answer and says how it ends.
    fn answer(&self, preview: &ImportPreview, problems: &[ProblemShown]) -> ExitCode {
        let mut answer = json!({
            "add": preview.add,
            "change": preview.change,
            "leave": preview.leave,
            "problems": problems,
        });
        if self.preview {
            answer["changes"] = json!(preview.changes);
        }
        say(&format!("{answer:#}"));
        let hindered = problems.iter().any(|problem| problem.blocks);
        if hindered { ExitCode::from(HINDERED) } else { ExitCode::SUCCESS }
    }

    /// Takes columns for what was typed.
    fn choose(
        &self,
        headings: &[import::Heading],
        columns: &mut BTreeMap<String, Option<Field>>,
    ) -> Result<()> {
        for choice in &self.column {
            let (heading, word) = choice.split_once('=').context("--column: HEADING=FIELD")?;
            let named = headings.iter().find(|one| one.shown == heading || one.key == heading);
            let named =
                named.with_context(|| format!("--column: no column is headed {heading}"))?;
            let field = Field::of(word);
            let known: Vec<&str> = Field::ALL.iter().map(|field| field.word()).collect();
            anyhow::ensure!(
                field.is_some() || word == import::NOBODYS,
                "--column: {word} is none of {}, {}",
                known.join(", "),
                import::NOBODYS
            );
            if field.is_some() {
                // One column for each field: the one that was typed.
                columns.values_mut().filter(|other| **other == field).for_each(|it| *it = None);
            }
            columns.insert(named.key.clone(), field);
        }
        Ok(())
    }
}

fn bring_in(desk: &Desk, bytes: &[u8], preview: &ImportPreview, given: Arc<Given>) -> Result<()> {
    eprintln!("writing");
    let file = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let (add, change, upload) = (preview.add, preview.change, None);
    let action = RegisterImport { file, add, change, upload, given };
    let receipt = Receipt(Uuid::from_bytes(desk.gate.chance().bytes()));
    let done = desk.gate.perform_blocking(&Credential::System(desk.community), receipt, action);
    match done {
        Ok(_) => Ok(()),
        Err(Refusal::Rule(fault)) => Err(compose::told(&fault)),
        Err(refusal) => Err(refusal.into()),
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>> {
    let size =
        std::fs::metadata(path).with_context(|| format!("no file {}", path.display()))?.len();
    // Larger ones are refused by their first bytes; no more of them is needed.
    let most = paper::table::FILE_MAX as u64 + 1;
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).with_context(|| format!("{}", path.display()))?;
    std::io::Read::read_to_end(&mut std::io::Read::take(file, most.min(size)), &mut bytes)
        .with_context(|| format!("cannot read {}", path.display()))?;
    Ok(bytes)
}

impl Export {
    fn run(self) -> Result<()> {
        let ending = self.out.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let as_csv = match ending.to_ascii_lowercase().as_str() {
            "xlsx" => false,
            "csv" => true,
            _ => anyhow::bail!("--out: the file must end in .xlsx or .csv"),
        };
        let words = compose::words()?;
        let desk = Desk::open(&self.at)?;
        let rows = desk.look(ExportRegister {})?.rows;
        desk.db.close();
        let bytes = match as_csv {
            true => paper::table::csv(&rows),
            false => paper::table::xlsx(words.get(Lang::Zh, "import.sheet"), &rows)?,
        };
        write_private(&self.out, &bytes)?;
        let answer: Json = json!({ "rows": rows.len() - 1 });
        say(&answer.to_string());
        Ok(())
    }
}

/// Writes a file that its owner alone may read: it holds everybody.
fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    use std::io::Write;
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let mut options = std::fs::OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(path);
    let mut file = file.with_context(|| format!("cannot write {}", path.display()))?;
    // A file that was there keeps its mode when it is opened.
    file.set_permissions(std::fs::Permissions::from_mode(0o600))
        .with_context(|| format!("cannot keep {} to its owner", path.display()))?;
    file.write_all(bytes).with_context(|| format!("cannot write {}", path.display()))
}

//! `lianhu privacy`: what whoever runs the program could produce about people.

use ::privacy::report::{self, Report};
use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use registry::PersonId;

use crate::Where;
use crate::compose;
use crate::serve::say;

#[derive(Subcommand)]
pub enum Privacy {
    /// Say, table by table, what could be produced about one person and about all who complained, with
    /// the keys and without. A drill: it opens nothing, and shows counts and columns only.
    Report(Drill),
}

#[derive(Args)]
pub struct Drill {
    #[command(flatten)]
    at: Where,
    /// The person's id, from the address of their page.
    #[arg(long, value_name = "ID")]
    person: Option<PersonId>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Privacy {
    pub fn run(self) -> Result<()> {
        match self {
            Privacy::Report(drill) => drill.run(),
        }
    }
}

impl Drill {
    fn run(self) -> Result<()> {
        let db = self.at.open_existing()?;
        let has_keys = self.at.unlock(&db).is_ok();
        let community = compose::only_community(&db)?;
        let asked = (self.person, has_keys);
        let report = db.read_blocking(move |tx| report::produce(tx, community, asked));
        let report = report.context("the data cannot be counted")?;
        if self.json {
            say(&serde_json::to_string_pretty(&report)?);
        } else {
            tell(&report);
        }
        Ok(())
    }
}

fn tell(report: &Report) {
    say(if report.has_keys {
        "With the database and its keys, as here, this could be produced:"
    } else {
        "The keys are not here. With the database alone this could be produced:"
    });
    for table in &report.tables {
        let rows = table.rows.map(|rows| format!(", {rows} rows")).unwrap_or_default();
        let about = table.about_person.map(|rows| format!(", {rows} about this person"));
        say(&format!("\n{}{rows}{}", table.table, about.unwrap_or_default()));
        let sealed = if report.has_keys { "opens with the keys" } else { "stays shut" };
        for (what, columns) in [
            ("readable", table.readable),
            (sealed, table.sealed),
            ("finds a known value", table.hashed),
            ("tells who belongs to what", table.links),
        ] {
            if !columns.is_empty() {
                say(&format!("  {what}: {}", columns.join(", ")));
            }
        }
        if let Some(why) = table.why {
            say(&format!("  ({why})"));
        }
    }
    let all = &report.complainants;
    say(&format!(
        "\nAll who complained: {} requests, whose words are readable; {} name a registered person; \
         {} keep a name and {} a telephone of who asked, each under a key of its own.",
        all.requests, all.name_a_person, all.with_name, all.with_phone
    ));
}

//! The disclosure drill: what whoever runs the program could produce about one person, and about all
//! who complained, with the keys and without them. Counts and columns; it opens nothing itself.

use std::sync::LazyLock;

use db::Tx;
use gate::Refusal;
use kernel::CommunityId;
use registry::PersonId;
use serde::{Deserialize, Serialize};

use crate::store::produced;

/// The map of all tables.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Map {
    #[serde(rename = "table")]
    pub tables: Vec<Table>,
}

/// What one table holds of people.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    pub name: String,
    /// The column that names a registered person.
    pub person: Option<String>,
    /// What must be known besides.
    pub why: Option<String>,
    #[serde(default)]
    pub sealed: Vec<String>,
    #[serde(default)]
    pub hashed: Vec<String>,
    #[serde(default)]
    pub readable: Vec<String>,
    #[serde(default)]
    pub links: Vec<String>,
    #[serde(default)]
    pub neutral: Vec<String>,
}

impl Table {
    /// Whether the map says what this column holds.
    pub fn names(&self, column: &str) -> bool {
        let all = [&self.sealed, &self.hashed, &self.readable, &self.links, &self.neutral];
        column == "community_id" || all.iter().any(|columns| columns.iter().any(|it| it == column))
    }

    fn holds_something(&self) -> bool {
        let all = [&self.sealed, &self.hashed, &self.readable, &self.links];
        all.iter().any(|columns| !columns.is_empty())
    }
}

static MAP: LazyLock<Map> = LazyLock::new(|| {
    // A test reads the file, so a broken one never leaves the house.
    toml::from_str(include_str!("../data/map.toml")).expect("the map of the data is read")
});

/// The map of the data.
pub fn map() -> &'static Map {
    &MAP
}

/// What could be produced.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Whether whoever made this report holds the keys: without them what is sealed stays shut.
    pub has_keys: bool,
    pub tables: Vec<Produced>,
    pub complainants: Complainants,
}

/// Of one table.
#[derive(Debug, Serialize)]
pub struct Produced {
    pub table: &'static str,
    /// Rows of the community, where the table names people.
    pub rows: Option<i64>,
    /// Rows about the person asked for.
    pub about_person: Option<i64>,
    /// Opens with the keys alone.
    pub sealed: &'static [String],
    /// Finds a value that one already has.
    pub hashed: &'static [String],
    /// Whoever reads the database reads it.
    pub readable: &'static [String],
    /// Who or what belongs together.
    pub links: &'static [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<&'static str>,
}

/// Of everybody who ever complained.
#[derive(Debug, Serialize)]
pub struct Complainants {
    pub requests: i64,
    /// Requests that name a registered person: their id leads to household and entry.
    pub name_a_person: i64,
    /// Requests whose name of who asks is kept, under a key of their own.
    pub with_name: i64,
    pub with_phone: i64,
    /// What was said lies readable in the database, keys or not.
    pub words: &'static str,
}

/// What could be produced about a person, where one is asked for, and about all.
///
/// # Errors
/// Those of the database.
pub fn produce(
    tx: &mut Tx<'_>,
    community: CommunityId,
    (person, has_keys): (Option<PersonId>, bool),
) -> Result<Report, Refusal> {
    let counts = produced::counts(tx, community, person)?;
    let tables = map().tables.iter().filter(|table| table.holds_something());
    let tables = tables.map(|table| {
        let counted = counts.iter().find(|(name, _, _)| *name == table.name);
        Produced {
            table: &table.name,
            rows: counted.map(|(_, all, _)| *all),
            about_person: counted.and_then(|(_, _, one)| *one),
            sealed: &table.sealed,
            hashed: &table.hashed,
            readable: &table.readable,
            links: &table.links,
            why: table.why.as_deref(),
        }
    });
    let [requests, name_a_person, with_name, with_phone] = produced::asking(tx, community)?;
    Ok(Report {
        has_keys,
        tables: tables.collect(),
        complainants: Complainants {
            requests,
            name_a_person,
            with_name,
            with_phone,
            words: "readable",
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_that_names_a_person_is_counted_by_that_column() {
        let named: Vec<(&str, &str)> = map()
            .tables
            .iter()
            .filter_map(|table| Some((table.name.as_str(), table.person.as_deref()?)))
            .collect();
        assert_eq!(named, produced::TABLES);
    }

    #[test]
    fn a_column_is_one_thing() {
        for table in &map().tables {
            let all = [&table.sealed, &table.hashed, &table.readable, &table.links, &table.neutral];
            let mut columns: Vec<&String> = all.into_iter().flatten().collect();
            let before = columns.len();
            columns.sort_unstable();
            columns.dedup();
            assert_eq!(columns.len(), before, "{}", table.name);
        }
    }
}

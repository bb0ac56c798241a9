//! Tables that were brought in, and where each person's fields come from.

use db::{Row, Tx, Value};
use gate::Refusal;
use kernel::{CommunityId, Instant};
use uuid::Uuid;

use super::strange;
use crate::model::PersonId;

db::sql! { module "registry.imports";
    ADD = "insert into imports (community_id, id, at, actor_id, file_digest, added, changed, \
           left_alone, salt) values ($1,$2,$3,$4,$5,$6,$7,$8,$9)";
    LATEST = "select id, at, added, changed, left_alone, undone_at, salt from imports \
              where community_id = $1 order by at desc, id limit 20";
    ONE = "select id, at, added, changed, left_alone, undone_at, salt from imports \
           where community_id = $1 and id = $2";
    UNDO = "update imports set undone_at = $3, salt = null \
            where community_id = $1 and id = $2 and undone_at is null";
    LINES = "select person_id, is_new, before_values, digest from import_lines \
             where community_id = $1 and import_id = $2 order by line, person_id";
    SOURCES = "select l.fields, l.sheet, l.line, i.at from import_lines l \
               join imports i on i.community_id = l.community_id and i.id = l.import_id \
               where l.community_id = $1 and l.person_id = $2 and i.undone_at is null \
               order by i.at desc, i.id limit 50";
    PLACES = "select kind, object_id from import_places \
              where community_id = $1 and import_id = $2 order by number";
    FORGET_LINES = "update import_lines set before_values = null, digest = null \
                    where community_id = $1 and digest is not null and import_id in ( \
                      select id from imports where community_id = $1 \
                        and (at < $2 or undone_at is not null))";
    FORGET_SALTS = "update imports set salt = null \
                    where community_id = $1 and salt is not null and at < $2";
    COMMUNITIES = "select id from communities order by short_key limit 10000";
}

static LINES_ADD: db::Sql = db::Sql {
    name: "registry.imports.LINES_ADD",
    text: "insert into import_lines (community_id, import_id, person_id, is_new, sheet, line, \
           fields, before_values, digest) values",
};
static PLACES_ADD: db::Sql = db::Sql {
    name: "registry.imports.PLACES_ADD",
    text: "insert into import_places (community_id, import_id, number, kind, object_id) values",
};

/// A table that was brought in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    pub id: Uuid,
    pub at: Instant,
    pub added: u32,
    pub changed: u32,
    pub left_alone: u32,
    pub undone_at: Option<Instant>,
    /// Of its lines' digests; none when it can no longer be taken back.
    pub salt: Option<Vec<u8>>,
}

/// Where fields of a person come from.
pub struct NewLine {
    pub person: PersonId,
    pub is_new: bool,
    pub sheet: String,
    pub line: u32,
    /// Words of fields, with commas.
    pub fields: String,
    /// What stood there, from [`seal_before`]; nothing for somebody new.
    pub before: Option<Vec<u8>>,
    /// How the person was left.
    pub digest: Vec<u8>,
}

/// What is needed to take a line back.
pub struct Line {
    pub person: PersonId,
    pub is_new: bool,
    /// For [`open_before`].
    pub before: Option<Vec<u8>>,
    pub digest: Option<Vec<u8>>,
}

/// Where the seal of former values stands.
const BEFORE: (&str, &str) = ("import_lines", "before_values");

/// What stood there before, as JSON, under the person's own key.
///
/// # Errors
/// [`Refusal::NotFound`] after the person's erasure, and those of the database.
pub fn seal_before(
    tx: &mut Tx<'_>,
    community: CommunityId,
    person: PersonId,
    before: &str,
) -> Result<Vec<u8>, Refusal> {
    let key = vault::keys(tx, community)?.subject(tx, person.uuid())?.ok_or(Refusal::NotFound)?;
    Ok(key.seal(BEFORE.0, BEFORE.1, before)?)
}

/// What a line wrote over, as JSON; nothing where it wrote over nothing.
///
/// # Errors
/// [`Refusal::NotFound`] after the person's erasure, and those of the database.
pub fn open_before(
    tx: &mut Tx<'_>,
    community: CommunityId,
    line: &Line,
) -> Result<String, Refusal> {
    let Some(before) = &line.before else { return Ok("{}".to_owned()) };
    let key = vault::keys(tx, community)?.subject(tx, line.person.uuid())?;
    Ok(key.ok_or(Refusal::NotFound)?.open(BEFORE.0, BEFORE.1, before)?)
}

/// Where some fields of a person come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub fields: Vec<String>,
    pub sheet: String,
    pub line: u32,
    pub at: Instant,
}

/// What a table made or moved besides persons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    Compound(Uuid),
    Building(Uuid),
    Stairwell(Uuid),
    Dwelling(Uuid),
    Household(Uuid),
    /// A household that was known, and came into another grid.
    Moved(Uuid),
}

impl Made {
    fn parts(self) -> (&'static str, Uuid) {
        match self {
            Made::Compound(id) => ("compound", id),
            Made::Building(id) => ("building", id),
            Made::Stairwell(id) => ("stairwell", id),
            Made::Dwelling(id) => ("dwelling", id),
            Made::Household(id) => ("household", id),
            Made::Moved(id) => ("moved", id),
        }
    }

    fn of(kind: &str, id: Uuid) -> Option<Made> {
        let all = [
            Made::Compound(id),
            Made::Building(id),
            Made::Stairwell(id),
            Made::Dwelling(id),
            Made::Household(id),
            Made::Moved(id),
        ];
        all.into_iter().find(|made| made.parts().0 == kind)
    }
}

/// Keeps that a table was brought in, and what it did.
///
/// # Errors
/// Those of the database.
pub fn add(
    tx: &mut Tx<'_>,
    community: CommunityId,
    import: &Import,
    (actor, file): (Option<Uuid>, &str),
    (lines, places): (&[NewLine], &[Made]),
) -> Result<(), Refusal> {
    let (here, id) = (community.uuid(), import.id);
    tx.exec_one(
        &ADD,
        &db::params![
            here,
            id,
            import.at.micros(),
            actor,
            file,
            import.added,
            import.changed,
            import.left_alone,
            import.salt.clone()
        ],
    )?;
    let line = |line: &NewLine| -> Vec<Value> {
        let (sheet, fields) = (line.sheet.as_str(), line.fields.as_str());
        let place =
            db::params![here, id, line.person.uuid(), line.is_new, sheet, line.line, fields];
        [&place[..], &[line.before.clone().into(), line.digest.clone().into()]].concat()
    };
    tx.add_rows(&LINES_ADD, &lines.iter().map(line).collect::<Vec<_>>())?;
    let place = |(number, made): (u32, &Made)| {
        let (kind, object) = made.parts();
        db::params![here, id, number, kind, object].to_vec()
    };
    let places: Vec<Vec<Value>> = (0..).zip(places).map(place).collect();
    Ok(tx.add_rows(&PLACES_ADD, &places)?)
}

/// The latest twenty, the newest first.
///
/// # Errors
/// Those of the database.
pub fn latest(tx: &mut Tx<'_>, community: CommunityId) -> Result<Vec<Import>, Refusal> {
    tx.rows(&LATEST, &db::params![community.uuid()])?.iter().map(read).collect()
}

/// One of them.
///
/// # Errors
/// Those of the database.
pub fn one(tx: &mut Tx<'_>, community: CommunityId, id: Uuid) -> Result<Option<Import>, Refusal> {
    tx.row(&ONE, &db::params![community.uuid(), id])?.as_ref().map(read).transpose()
}

/// Its lines.
///
/// # Errors
/// Those of the database.
pub fn lines(tx: &mut Tx<'_>, community: CommunityId, id: Uuid) -> Result<Vec<Line>, Refusal> {
    let read = |row: &Row| {
        Ok(Line {
            person: PersonId::from_uuid(row.id(0)?),
            is_new: row.bool(1)?,
            before: row.opt_bytes(2)?.map(<[u8]>::to_vec),
            digest: row.opt_bytes(3)?.map(<[u8]>::to_vec),
        })
    };
    tx.rows(&LINES, &db::params![community.uuid(), id])?.iter().map(read).collect()
}

/// What it made, in that order.
///
/// # Errors
/// Those of the database.
pub fn made(tx: &mut Tx<'_>, community: CommunityId, id: Uuid) -> Result<Vec<Made>, Refusal> {
    let read = |row: &Row| Made::of(row.text(0)?, row.id(1)?).ok_or_else(|| strange("kind"));
    tx.rows(&PLACES, &db::params![community.uuid(), id])?.iter().map(read).collect()
}

/// Keeps that it was taken back.
///
/// # Errors
/// A conflict when it was already.
pub fn undo(tx: &mut Tx<'_>, community: CommunityId, id: Uuid, at: Instant) -> Result<(), Refusal> {
    Ok(tx.exec_one(&UNDO, &db::params![community.uuid(), id, at.micros()])?)
}

/// Where a person's fields come from, the latest first; what was taken back is no source.
///
/// # Errors
/// Those of the database.
pub fn sources(
    tx: &mut Tx<'_>,
    community: CommunityId,
    person: PersonId,
) -> Result<Vec<Source>, Refusal> {
    let read = |row: &Row| {
        Ok(Source {
            fields: row.text(0)?.split(',').map(str::to_owned).collect(),
            sheet: row.text(1)?.to_owned(),
            line: u32::try_from(row.int(2)?).map_err(|_| strange("line"))?,
            at: Instant::from_micros(row.int(3)?),
        })
    };
    tx.rows(&SOURCES, &db::params![community.uuid(), person.uuid()])?.iter().map(read).collect()
}

/// Forgets what stood where before, for tables that can no longer be taken back. How many lines.
///
/// # Errors
/// Those of the database.
pub fn forget(tx: &mut Tx<'_>, community: CommunityId, before: Instant) -> Result<u64, Refusal> {
    let given = db::params![community.uuid(), before.micros()];
    let lines = tx.exec(&FORGET_LINES, &given)?;
    tx.exec(&FORGET_SALTS, &given)?;
    Ok(lines)
}

/// Every community of this installation.
///
/// # Errors
/// Those of the database.
pub fn communities(tx: &mut Tx<'_>) -> Result<Vec<CommunityId>, Refusal> {
    let read = |row: &Row| Ok(CommunityId::from_uuid(row.id(0)?));
    tx.rows(&COMMUNITIES, &[])?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Import, Refusal> {
    let count = |column| u32::try_from(row.int(column)?).map_err(|_| strange("count"));
    Ok(Import {
        id: row.id(0)?,
        at: Instant::from_micros(row.int(1)?),
        added: count(2)?,
        changed: count(3)?,
        left_alone: count(4)?,
        undone_at: row.opt_int(5)?.map(Instant::from_micros),
        salt: row.opt_bytes(6)?.map(<[u8]>::to_vec),
    })
}

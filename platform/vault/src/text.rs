//! Sealed text in a column that holds text: what must be JSON, or may stand in the clear as well.
//!
//! `{"sealed_for": subject, "sealed": base64}` says itself whose key opens it. Whatever does not begin
//! so was never sealed and is taken as it is.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use db::Tx;
use kernel::CommunityId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::VaultError;
use crate::keys::{SubjectKey, keys};

/// How sealed text begins; no other JSON of ours does.
const BEGINS: &str = "{\"sealed_for\":";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    sealed_for: Uuid,
    sealed: String,
}

/// Where sealed text stands. Without a row it is the subject's own: a copy of it opens wherever it
/// is copied to, in the same column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    pub table: &'static str,
    pub column: &'static str,
    pub row: Option<Uuid>,
}

/// Seals a text for its column.
///
/// # Errors
/// When the text is too long for a field.
pub fn seal(key: &SubjectKey, at: Column, text: &str) -> Result<String, VaultError> {
    let Column { table, column, row } = at;
    let sealed_for = key.subject();
    let sealed = key.seal_at(table, column, row.unwrap_or(sealed_for), text)?;
    let sealed = Sealed { sealed_for, sealed: STANDARD.encode(sealed) };
    // Two strings, with no map whose key could be none.
    Ok(serde_json::to_string(&sealed).expect("an id and letters always have a JSON"))
}

/// What a text says: as it is if it was never sealed; none if its subject was erased.
///
/// # Errors
/// Those of the database, and when it does not open.
pub fn open(
    tx: &mut Tx<'_>,
    community: CommunityId,
    at: Column,
    text: &str,
) -> Result<Option<String>, VaultError> {
    if !is_sealed(text) {
        return Ok(Some(text.to_owned()));
    }
    let Column { table, column, row } = at;
    let strange = || VaultError::Unreadable { table, column, row: row.unwrap_or_default() };
    let Sealed { sealed_for, sealed } = serde_json::from_str(text).map_err(|_| strange())?;
    let sealed = STANDARD.decode(sealed).map_err(|_| strange())?;
    let key = keys(tx, community)?.subject(tx, sealed_for)?;
    let row = row.unwrap_or(sealed_for);
    key.map(|key| key.open_at(table, column, row, &sealed)).transpose()
}

/// Whether the text is sealed.
#[must_use]
pub fn is_sealed(text: &str) -> bool {
    text.starts_with(BEGINS)
}

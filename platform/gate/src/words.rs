//! The words of an event: the action as it was sent, in the clear or under a subject's key. The
//! journal commits to what is stored, so it verifies with the key and without.

use db::Tx;
use kernel::CommunityId;
use serde_json::Value as Json;
use uuid::Uuid;
use vault::text::{self, Column};

use crate::Refusal;

fn column(object: Uuid) -> Column {
    Column { table: "events", column: "detail", row: Some(object) }
}

/// The words of an event about `object`, sealed for the subject.
pub(crate) fn seal(
    tx: &mut Tx<'_>,
    community: CommunityId,
    (subject, object): (Uuid, Uuid),
    words: &str,
) -> Result<String, Refusal> {
    let key = vault::keys(tx, community)?.subject(tx, subject)?;
    let key = key.ok_or_else(|| Refusal::Defect("an act on somebody without a key".to_owned()))?;
    Ok(text::seal(&key, column(object), words)?)
}

/// What words stand for: those that were never sealed as they are, none where the subject was erased.
pub(crate) fn open(
    tx: &mut Tx<'_>,
    community: CommunityId,
    object: Uuid,
    words: &str,
) -> Result<Option<String>, Refusal> {
    Ok(text::open(tx, community, column(object), words)?)
}

/// The words as a value; null where the subject was erased.
pub(crate) fn value(
    tx: &mut Tx<'_>,
    community: CommunityId,
    object: Uuid,
    words: &str,
) -> Result<Json, Refusal> {
    let Some(words) = open(tx, community, object, words)? else { return Ok(Json::Null) };
    serde_json::from_str(&words)
        .map_err(|error| Refusal::Defect(format!("event holds no JSON: {error}")))
}

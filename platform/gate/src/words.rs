//! The words of an event: the action as it was sent, in the clear or under a subject's key.
//!
//! Sealed words are JSON too: `{"sealed_for": subject, "sealed": base64}`. The journal commits to
//! what is stored, so it verifies with the key and without.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use db::Tx;
use kernel::CommunityId;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::Refusal;

const TABLE: &str = "events";
const COLUMN: &str = "detail";

/// Words under a subject's key.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    sealed_for: Uuid,
    sealed: String,
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
    let sealed = STANDARD.encode(key.seal_at(TABLE, COLUMN, object, words)?);
    serde_json::to_string(&Sealed { sealed_for: subject, sealed })
        .map_err(|error| Refusal::Defect(format!("sealed words have no JSON: {error}")))
}

/// What words stand for: those that were never sealed as they are, sealed ones opened, none where
/// the subject was erased.
pub(crate) fn open(
    tx: &mut Tx<'_>,
    community: CommunityId,
    object: Uuid,
    words: &str,
) -> Result<Option<String>, Refusal> {
    let Some(Sealed { sealed_for, sealed }) = sealed(words) else {
        return Ok(Some(words.to_owned()));
    };
    let Some(key) = vault::keys(tx, community)?.subject(tx, sealed_for)? else { return Ok(None) };
    let sealed = STANDARD
        .decode(sealed)
        .map_err(|error| Refusal::Defect(format!("sealed words are no base64: {error}")))?;
    Ok(Some(key.open_at(TABLE, COLUMN, object, &sealed)?))
}

/// Whether the words are sealed.
pub(crate) fn are_sealed(words: &str) -> bool {
    sealed(words).is_some()
}

/// Sealed words; none if they stand in the clear, as nearly all do.
fn sealed(words: &str) -> Option<Sealed> {
    let begins = words.starts_with("{\"sealed_for\":");
    begins.then(|| serde_json::from_str(words).ok()).flatten()
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

//! What requests know of one registered person: for their copy of everything that is kept, and for
//! the end of it. Used by the capability that answers residents about their data.

use db::Tx;
use gate::{Looking, Refusal};
use kernel::{CommunityId, Instant};
use registry::PersonId;
use uuid::Uuid;

use crate::actions::facts_about;
use crate::model::{RequestId, Stage};
use crate::store::{contact, row};
use crate::views::read::ReadRequest;

/// A request in which somebody is the one who asks.
pub struct Asked {
    pub request: Uuid,
    /// `2026-000123`
    pub number: String,
    pub received_at: Instant,
    pub stage: Stage,
    /// What they said.
    pub words: String,
    pub answer: Option<String>,
    /// How they are called in it, how they are reached, and who spoke for them, where it was said.
    pub name: Option<String>,
    pub phone: Option<String>,
    pub behalf: Option<String>,
}

/// Requests of one person that are read at once: somebody with more is asked for the first ones.
pub const ASKED_MAX: usize = 500;

/// What a person asked for, the oldest first, at most [`ASKED_MAX`].
///
/// # Errors
/// Those of the database.
pub fn asked_by(
    tx: &mut Tx<'_>,
    community: CommunityId,
    person: PersonId,
) -> Result<Vec<Asked>, Refusal> {
    let mut all = Vec::new();
    for request in row::of_petitioner(tx, community, person.uuid())? {
        let contact = contact::open(tx, community, &request)?;
        all.push(Asked {
            request: request.id.uuid(),
            number: request.number(),
            received_at: request.received_at,
            stage: request.stage,
            answer: request.answer.as_ref().map(|answer| answer.words.clone()),
            words: request.words,
            name: contact.name,
            phone: contact.phone,
            behalf: contact.behalf,
        });
    }
    Ok(all)
}

/// Destroys the keys of what a person said of themselves in their requests; in how many. What was
/// asked, answered and decided stays.
///
/// # Errors
/// Those of the database.
pub fn forget_contact(
    tx: &mut Tx<'_>,
    community: CommunityId,
    person: PersonId,
    now: Instant,
) -> Result<usize, Refusal> {
    let mut forgotten = 0;
    for request in row::of_petitioner(tx, community, person.uuid())? {
        forgotten += usize::from(vault::destroy(tx, community, request.id.uuid(), now)?);
    }
    Ok(forgotten)
}

/// Whether the reader may read this request: who looked at somebody's data in a matter is not told
/// to those from whom the matter is kept.
///
/// # Errors
/// Those of the database.
pub fn may_read(look: &mut Looking<'_, '_>, request: Uuid) -> Result<bool, Refusal> {
    let community = look.actor.community;
    let Some(found) = row::find(look.tx, community, RequestId::from_uuid(request))? else {
        return Ok(false);
    };
    let facts = facts_about(look.tx, look.actor, &found)?;
    Ok(look.allows(<ReadRequest as gate::View>::NAME, &facts))
}

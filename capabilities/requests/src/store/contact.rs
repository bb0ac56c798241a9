//! Who asks and how to reach them, sealed under a key of the request's own: one request tells nothing
//! of another of the same person. A part carries its whole's, which the same key opens.

use db::Tx;
use gate::Refusal;
use kernel::CommunityId;
use vault::SubjectKey;
use vault::text::{self, Column};

use crate::model::{Petitioner, Request, RequestId};

/// What is said of who asks, in the clear.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Contact {
    pub name: Option<String>,
    pub phone: Option<String>,
    /// Who spoke for the petitioner and why.
    pub behalf: Option<String>,
}

impl Contact {
    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        *self == Contact::default()
    }
}

fn column(column: &'static str) -> Column {
    Column { table: "requests", column, row: None }
}

/// The petitioner and on whose behalf somebody spoke, as the request keeps them. Who says nothing of
/// themselves needs no key.
///
/// # Errors
/// Those of the database.
pub fn seal(
    tx: &mut Tx<'_>,
    community: CommunityId,
    request: RequestId,
    contact: &Contact,
) -> Result<(Petitioner, Option<String>), Refusal> {
    if contact.is_empty() {
        return Ok((Petitioner::default(), None));
    }
    let key: SubjectKey = vault::keys(tx, community)?.new_subject(tx, request.uuid())?;
    let seal = |name: &'static str, text: &Option<String>| {
        let sealed = text.as_ref().map(|text| text::seal(&key, column(name), text));
        sealed.transpose()
    };
    let petitioner = Petitioner {
        person: None,
        name: seal("petitioner_name", &contact.name)?,
        phone: seal("petitioner_phone", &contact.phone)?,
    };
    Ok((petitioner, seal("behalf", &contact.behalf)?))
}

/// What a request keeps, in the clear; nothing of a petitioner who was erased.
///
/// # Errors
/// Those of the database.
pub fn open(
    tx: &mut Tx<'_>,
    community: CommunityId,
    request: &Request,
) -> Result<Contact, Refusal> {
    let mut open = |name: &'static str, text: &Option<String>| match text {
        Some(text) => text::open(tx, community, column(name), text),
        None => Ok(None),
    };
    Ok(Contact {
        name: open("petitioner_name", &request.petitioner.name)?,
        phone: open("petitioner_phone", &request.petitioner.phone)?,
        behalf: open("behalf", &request.behalf)?,
    })
}

//! Photos as they are served: re-encoded pictures with their thumbnails.

use db::{Row, Sql, Tx};
use gate::Refusal;
use kernel::{CommunityId, Instant};
use uuid::Uuid;

use super::row::Columns;
use crate::model::RequestId;

db::sql! { module "requests.photos";
    ADD = "insert into photos (community_id, id, request_id, width, height, picture, thumbnail, \
           added_at) values ($1,$2,$3,$4,$5,$6,$7,$8)";
    OF = "select id, width, height, added_at from photos \
          where community_id = $1 and request_id = $2 order by id";
    PICTURE = "select picture from photos \
               where community_id = $1 and request_id = $2 and id = $3";
    THUMBNAIL = "select thumbnail from photos \
                 where community_id = $1 and request_id = $2 and id = $3";
}

/// A photo without its pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    pub id: Uuid,
    pub width: i64,
    pub height: i64,
    pub added_at: Instant,
}

/// The pixels: JPEG bytes.
pub struct Pixels<'a> {
    pub picture: &'a [u8],
    pub thumbnail: &'a [u8],
}

/// Which of the two is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    Whole,
    Thumbnail,
}

/// Adds a photo to a request.
///
/// # Errors
/// Those of the database.
pub fn add(
    tx: &mut Tx<'_>,
    community: CommunityId,
    request: RequestId,
    photo: &Photo,
    pixels: &Pixels<'_>,
) -> Result<(), Refusal> {
    Ok(tx.exec_one(
        &ADD,
        &db::params![
            community.uuid(),
            photo.id,
            request.uuid(),
            photo.width,
            photo.height,
            pixels.picture,
            pixels.thumbnail,
            photo.added_at.micros()
        ],
    )?)
}

/// The photos of a request, oldest first.
///
/// # Errors
/// Those of the database.
pub fn of(
    tx: &mut Tx<'_>,
    community: CommunityId,
    request: RequestId,
) -> Result<Vec<Photo>, Refusal> {
    tx.rows(&OF, &db::params![community.uuid(), request.uuid()])?.iter().map(read).collect()
}

/// The JPEG bytes of one photo of one request.
///
/// # Errors
/// Those of the database.
pub fn bytes(
    tx: &mut Tx<'_>,
    community: CommunityId,
    request: RequestId,
    photo: Uuid,
    size: Size,
) -> Result<Option<Vec<u8>>, Refusal> {
    let sql: &Sql = match size {
        Size::Whole => &PICTURE,
        Size::Thumbnail => &THUMBNAIL,
    };
    let row = tx.row(sql, &db::params![community.uuid(), request.uuid(), photo])?;
    Ok(row.map(|row| row.bytes(0).map(<[u8]>::to_vec)).transpose()?)
}

fn read(row: &Row) -> Result<Photo, Refusal> {
    let mut next = Columns::of(row);
    Ok(Photo { id: next.id()?, width: next.int()?, height: next.int()?, added_at: next.instant()? })
}

//! Adding a photo that was decoded and encoded anew; see [`crate::photos`].

use gate::{Acting, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Done, RESOURCE, about_request, decide};
use crate::model::RequestId;
use crate::rules::filing;
use crate::store::photos;

/// Adds a photo. The event keeps its measures and its digest; the pixels stand in their own row.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct AddPhoto {
    pub request: RequestId,
    pub width: i64,
    pub height: i64,
    /// SHA-256 of the file as it was sent, in hexadecimal: the same photo twice is one act.
    pub digest: String,
    pub version: Option<i64>,
    /// JPEG, at most 2,048 px a side.
    #[serde(skip)]
    pub picture: Vec<u8>,
    /// JPEG, at most 320 px a side.
    #[serde(skip)]
    pub thumbnail: Vec<u8>,
}

/// The request as it stands now, and its new photo.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct PhotoAdded {
    #[serde(flatten)]
    pub request: Done,
    pub photo: Uuid,
}

impl gate::Action for AddPhoto {
    const NAME: &'static str = "request.add_photo";
    const RESOURCE: &'static str = RESOURCE;
    type Done = PhotoAdded;

    about_request!();

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<PhotoAdded, Refusal> {
        let request = decide(act, self.request, self.version, |case| filing::add_photos(case, 1))?;
        let photo = photos::Photo {
            id: act.new_id(),
            width: self.width,
            height: self.height,
            added_at: act.now,
        };
        let pixels = photos::Pixels { picture: &self.picture, thumbnail: &self.thumbnail };
        let community = act.community();
        photos::add(act.tx, community, self.request, &photo, &pixels)?;
        Ok(PhotoAdded { request, photo: photo.id })
    }
}

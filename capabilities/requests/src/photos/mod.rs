//! Photos: taken in as files from strangers, kept as pixels, shown to who may read the request.
//!
//! A file is decoded and encoded anew in a child process of the same program ([`decode`]), which
//! takes all metadata away and keeps what a hostile file can do small: little memory, little
//! time, two at once. [`worker`] is the server's side of it.

mod decode;
mod frame;
mod upload;
mod whole;
mod worker;

use std::collections::BTreeMap;

use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::handler::Handler;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gate::{Action, Declared, Receipt, Refusal, View};
use kernel::Fault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use web::{Answer, App, Caller, Given, Operation, Routes};

use crate::actions::Done;
use crate::actions::photo::AddPhoto;
use crate::by_code;
use crate::forms;
use crate::model::{PHOTOS_MAX, RequestId};
use crate::views::progress::ShowProgress;
use crate::views::read::{ListPhotos, ReadRequest, ShowPhoto};

pub use decode::worker_main;
pub use upload::UPLOAD_MAX;
pub(crate) use upload::Upload;
pub use worker::Worker;

/// The hidden subcommand of the program under which [`worker_main`] runs.
pub const SUBCOMMAND: &str = "photo-worker";

/// The largest file: what a phone's camera makes.
pub const FILE_MAX: usize = 10 * 1024 * 1024;
/// Pixels of a photo, in millions.
pub const MEGAPIXELS_MAX: u64 = 20;
/// The name faults are shown under.
const FIELD: &str = "photos";

pub(crate) fn routes(routes: &mut Routes) {
    let adds = [Declared { name: AddPhoto::NAME, resource: AddPhoto::RESOURCE }];
    let shows = [Declared { name: ShowPhoto::NAME, resource: ShowPhoto::RESOURCE }];
    let limit = DefaultBodyLimit::max(UPLOAD_MAX);
    routes.raw("POST", "/api/requests/{request}/photos", &adds, add_json.layer(limit));
    routes.describe(Operation::upload::<PhotosAdded>("/requests/{request}/photos", AddPhoto::NAME));
    routes.raw("POST", "/requests/{request}/photos", &adds, add_form.layer(limit));
    routes.raw("POST", "/q/{code}/photos", &adds, add_by_code.layer(limit));
    for path in ["/requests/{request}/photos/{photo}", "/api/requests/{request}/photos/{photo}"] {
        routes.raw("GET", path, &shows, whole);
    }
    for path in [
        "/requests/{request}/photos/{photo}/thumbnail",
        "/api/requests/{request}/photos/{photo}/thumbnail",
    ] {
        routes.raw("GET", path, &shows, thumbnail);
    }
    routes.raw("GET", "/q/{code}/photos/{photo}", &shows, whole_by_code);
    routes.raw("GET", "/q/{code}/photos/{photo}/thumbnail", &shows, thumbnail_by_code);
}

/// Photos encoded anew, ready to be kept.
pub(crate) struct Prepared(Vec<AddPhoto>);

/// Decodes files and encodes them anew; nothing is kept yet.
///
/// # Errors
/// Those of a bad file, of too many files, and overload.
pub(crate) async fn prepare(upload: &Upload) -> Result<Prepared, Refusal> {
    let files = upload.files().map_err(|fault| Refusal::field(FIELD, fault))?;
    let most = usize::try_from(PHOTOS_MAX).unwrap_or_default();
    if files.len() > most {
        return Err(Refusal::field(FIELD, Fault::new("rule.too_many_photos").with("max", most)));
    }
    let mut prepared = Vec::with_capacity(files.len());
    for file in files {
        let drawn = worker::draw(file).await?;
        let digest = Sha256::digest(file);
        prepared.push(AddPhoto {
            request: RequestId::from_uuid(Uuid::nil()),
            width: drawn.width.into(),
            height: drawn.height.into(),
            digest: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
            version: None,
            picture: drawn.picture,
            thumbnail: drawn.thumbnail,
        });
    }
    Ok(Prepared(prepared))
}

/// How the request stands now, and its new photos.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct PhotosAdded {
    #[serde(flatten)]
    pub request: Done,
    pub photos: Vec<Uuid>,
}

/// Keeps photos with their request, each once however often the same form is sent.
///
/// # Errors
/// Those of the gate; photos before the one refused are kept.
pub(crate) async fn keep(
    app: &App,
    caller: &Caller,
    request: RequestId,
    prepared: Prepared,
    receipt: Receipt,
) -> Result<Option<PhotosAdded>, Refusal> {
    let mut added: Option<PhotosAdded> = None;
    for (place, photo) in prepared.0.into_iter().enumerate() {
        let (credential, receipt) = (caller.credential(app)?, numbered(receipt, place));
        let photo = AddPhoto { request, ..photo };
        let done = app.gate().perform(credential, receipt, photo).await?;
        let mut photos = added.map(|added| added.photos).unwrap_or_default();
        photos.push(done.photo);
        added = Some(PhotosAdded { request: done.request, photos });
    }
    Ok(added)
}

/// One receipt for each photo of one form; never the form's own, under which something else may
/// have been done.
fn numbered(receipt: Receipt, place: usize) -> Receipt {
    let mut hash = Sha256::new();
    hash.update(receipt.0.as_bytes());
    hash.update(place.to_le_bytes());
    let mut id = [0; 16];
    id.copy_from_slice(&hash.finalize()[..16]);
    Receipt(Uuid::from_bytes(id))
}

/// Takes the photos of one form: may the caller see the request at all, then the slow part, then
/// the gate decides and keeps.
async fn take(
    app: &App,
    caller: &Caller,
    request: RequestId,
    upload: &Upload,
    given: &Given,
) -> Result<PhotosAdded, Refusal> {
    app.gate().look(caller.credential(app)?, ListPhotos { request }).await?;
    let receipt = given.receipt(caller, app.gate().chance())?;
    let prepared = prepare(upload).await?;
    let added = keep(app, caller, request, prepared, receipt).await?;
    added.ok_or_else(|| Refusal::field(FIELD, Fault::new("fault.photo_missing")))
}

async fn add_json(
    State(app): State<App>,
    Path(request): Path<String>,
    caller: Caller,
    body: Request,
) -> Response {
    let added = async {
        let request = request.parse().map_err(|_| Refusal::NotFound)?;
        let upload = Upload::read(body).await?;
        let given = Given::of_pairs(BTreeMap::new(), upload.fields.clone());
        take(&app, &caller, request, &upload, &given).await
    };
    let added = added.await;
    Answer::new(&app, &caller).json(added, StatusCode::CREATED)
}

async fn add_form(
    State(app): State<App>,
    Path(request): Path<String>,
    caller: Caller,
    body: Request,
) -> Response {
    let form = async {
        caller.same_origin()?;
        let request: RequestId = request.parse().map_err(|_| Refusal::NotFound)?;
        Ok((request, Upload::read(body).await?))
    };
    let (request, upload) = match form.await {
        Ok(form) => form,
        Err(refusal) => return Answer::new(&app, &caller).refusal_page(&refusal),
    };
    let given = Given::of_pairs(BTreeMap::new(), upload.fields.clone());
    let added = take(&app, &caller, request, &upload, &given).await;
    let next = added.map(|added| crate::address(&added.request));
    forms::answer(&app, &caller, AddPhoto::NAME, &given, next, ReadRequest { request }).await
}

async fn add_by_code(
    State(app): State<App>,
    Path(code): Path<String>,
    caller: Caller,
    body: Request,
) -> Response {
    let form = async {
        caller.same_origin()?;
        let opened = by_code::open(&app, &caller, &code).await?;
        Ok((opened, Upload::read(body).await?))
    };
    let (opened, upload) = match form.await {
        Ok(form) => form,
        Err(refusal) => return Answer::new(&app, &caller).refusal_page(&refusal),
    };
    let given = Given::of_pairs(BTreeMap::new(), upload.fields.clone());
    let added = take(&app, &opened.caller, opened.request, &upload, &given).await;
    let next = added.map(|_| by_code::address(&code));
    let page = ShowProgress { code };
    forms::answer(&app, &opened.caller, AddPhoto::NAME, &given, next, page).await
}

async fn whole(
    State(app): State<App>,
    Path(place): Path<(String, String)>,
    caller: Caller,
) -> Response {
    let found = pixels(&app, &caller, place, false).await;
    served(&app, &caller, found)
}

async fn thumbnail(
    State(app): State<App>,
    Path(place): Path<(String, String)>,
    caller: Caller,
) -> Response {
    let found = pixels(&app, &caller, place, true).await;
    served(&app, &caller, found)
}

async fn whole_by_code(
    State(app): State<App>,
    Path(place): Path<(String, String)>,
    caller: Caller,
) -> Response {
    let found = pixels_by_code(&app, &caller, place, false).await;
    served(&app, &caller, found)
}

async fn thumbnail_by_code(
    State(app): State<App>,
    Path(place): Path<(String, String)>,
    caller: Caller,
) -> Response {
    let found = pixels_by_code(&app, &caller, place, true).await;
    served(&app, &caller, found)
}

async fn pixels(
    app: &App,
    caller: &Caller,
    (request, photo): (String, String),
    thumbnail: bool,
) -> Result<Vec<u8>, Refusal> {
    let request = request.parse().map_err(|_| Refusal::NotFound)?;
    let photo = Uuid::parse_str(&photo).map_err(|_| Refusal::NotFound)?;
    let view = ShowPhoto { request, photo, thumbnail };
    Ok(app.gate().look(caller.credential(app)?, view).await?.body)
}

async fn pixels_by_code(
    app: &App,
    caller: &Caller,
    (code, photo): (String, String),
    thumbnail: bool,
) -> Result<Vec<u8>, Refusal> {
    let opened = by_code::open(app, caller, &code).await?;
    pixels(app, &opened.caller, (opened.request.to_string(), photo), thumbnail).await
}

/// A picture that a browser shows and does nothing else with, kept by this reader alone.
fn served(app: &App, caller: &Caller, found: Result<Vec<u8>, Refusal>) -> Response {
    let bytes = match found {
        Ok(bytes) => bytes,
        Err(refusal) if caller.path.starts_with("/api/") => {
            return Answer::new(app, caller).refusal_json(&refusal);
        }
        Err(refusal) => return Answer::new(app, caller).refusal_page(&refusal),
    };
    let headers = [
        (header::CONTENT_TYPE, "image/jpeg"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // The same bytes for ever, but the right to see them may end: an hour, for this reader.
        (header::CACHE_CONTROL, "private, max-age=3600"),
    ];
    (headers.map(|(name, value)| (name, HeaderValue::from_static(value))), bytes).into_response()
}

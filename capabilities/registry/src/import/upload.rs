//! A table as it arrives in a form: one file, bounded while it comes.

use std::sync::Arc;

use axum::extract::{FromRequest, Multipart, Request};
use gate::Refusal;
use kernel::Fault;
use paper::table::{Book, FILE_MAX};
use tokio::sync::{Semaphore, SemaphorePermit};

/// The name of the file's field.
pub(super) const FIELD: &str = "file";

/// Bytes of a form around its file.
const WRAPPING_MAX: usize = 64 * 1024;

/// Bytes of one form. One that is larger breaks off, which is told as too large.
pub(super) const FORM_MAX: usize = FILE_MAX + WRAPPING_MAX;

/// Fields of the form; ours has two.
const FIELDS_MAX: usize = 8;

/// Tables that are read at once, each with its file and what is built of it. More are told to
/// come back.
const AT_ONCE: usize = 2;

static PLACES: Semaphore = Semaphore::const_new(AT_ONCE);

/// A form with a table.
pub(super) struct Upload {
    pub fields: Vec<(String, String)>,
    pub file: Vec<u8>,
    /// Held until the table is read.
    _place: SemaphorePermit<'static>,
}

impl Upload {
    /// Reads the form.
    ///
    /// # Errors
    /// When the body is no such form, is too large, or has no file; overload.
    pub async fn read(request: Request) -> Result<Upload, Refusal> {
        let place = place()?;
        let not_a_form = |_| Refusal::Unsupported(Fault::new("fault.not_a_form"));
        let too_large = |_| {
            let fault = Fault::new("fault.table_too_large").with("max", FILE_MAX / (1024 * 1024));
            Refusal::field(FIELD, fault)
        };
        let mut form = Multipart::from_request(request, &()).await.map_err(not_a_form)?;
        let mut upload = Upload { fields: Vec::new(), file: Vec::new(), _place: place };
        for _ in 0..FIELDS_MAX {
            let Some(field) = form.next_field().await.map_err(too_large)? else { break };
            let name = field.name().unwrap_or_default().to_owned();
            let bytes = field.bytes().await.map_err(too_large)?;
            if name == FIELD {
                upload.file = bytes.to_vec();
            } else if bytes.len() <= WRAPPING_MAX {
                upload.fields.push((name, String::from_utf8_lossy(&bytes).into_owned()));
            }
        }
        if upload.file.is_empty() {
            return Err(Refusal::field(FIELD, Fault::new("registry.import_no_file")));
        }
        Ok(upload)
    }
}

/// A place among those that read tables.
///
/// # Errors
/// Overload.
pub(super) fn place() -> Result<SemaphorePermit<'static>, Refusal> {
    PLACES.try_acquire().map_err(|_| Refusal::Db(db::Error::Overloaded))
}

/// Takes a table apart on a thread that may take its time.
///
/// # Errors
/// Why it cannot be read, as a problem with its place.
pub(super) async fn read(
    file: Vec<u8>,
) -> Result<Result<Arc<Book>, paper::table::Unreadable>, Refusal> {
    let read = tokio::task::spawn_blocking(move || paper::table::read(&file)).await;
    let read = read.map_err(|error| Refusal::Defect(format!("a table was not read: {error}")))?;
    Ok(read.map(Arc::new))
}

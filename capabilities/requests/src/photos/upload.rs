//! A form with files as it arrives. What is wrong with its files is no reason to lose its words:
//! files that cannot be taken are read past, and the fault is told once the whole form is there.

use axum::body::Bytes;
use axum::extract::multipart::Field;
use axum::extract::{FromRequest, Multipart, Request};
use gate::Refusal;
use kernel::Fault;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::FILE_MAX;

/// Bytes of one form that are read; what is too large is thrown away as it comes. Nine photos as
/// the largest phones make them.
pub const UPLOAD_MAX: usize = 160 * 1024 * 1024;

/// Bytes of one form's files that are kept: a page makes large photos small before it sends them,
/// so one file at its largest or nine of ordinary size.
const KEPT_MAX: usize = FILE_MAX;

/// Bytes of one form's words: those of a form without files.
const WORDS_MAX: usize = web::BODY_MAX;

/// Forms with files in work at once; more are told to come back, before a byte of theirs is
/// read. Together they hold at most 164 MB.
const UPLOADS_MAX: usize = 16;

static UPLOADS: Semaphore = Semaphore::const_new(UPLOADS_MAX);

/// Fields of one form that are read; no form of ours has more.
const FIELDS_MAX: usize = 64;

/// A form with files.
pub(crate) struct Upload {
    pub fields: Vec<(String, String)>,
    files: Vec<Bytes>,
    /// Why the files cannot be taken; then none of them is kept.
    bad: Option<Fault>,
    /// Held until the files are dropped.
    _place: Option<SemaphorePermit<'static>>,
}

impl Upload {
    /// A form that came without any.
    pub(crate) fn without_files(fields: Vec<(String, String)>) -> Upload {
        Upload { fields, files: Vec::new(), bad: None, _place: None }
    }

    /// Reads a form with files. A file field left empty is no file.
    ///
    /// # Errors
    /// When the body is no such form or has too many words; overload.
    pub(crate) async fn read(request: Request) -> Result<Upload, Refusal> {
        let place = UPLOADS.try_acquire().map_err(|_| Refusal::Db(db::Error::Overloaded))?;
        let not_a_form = |_| Refusal::Unsupported(Fault::new("fault.not_a_form"));
        let mut form = Multipart::from_request(request, &()).await.map_err(not_a_form)?;
        let mut upload = Upload { _place: Some(place), ..Upload::without_files(Vec::new()) };
        for _ in 0..FIELDS_MAX {
            let field = match form.next_field().await {
                Ok(Some(field)) => field,
                Ok(None) => return Ok(upload),
                // Cut off on its way, or beyond what is read: what arrived is not lost.
                Err(_) => {
                    upload.refuse(too_large());
                    return Ok(upload);
                }
            };
            if field.file_name().is_some() || field.content_type().is_some() {
                upload.take_file(field).await;
            } else {
                upload.take_words(field).await?;
            }
        }
        Err(Refusal::field("", Fault::new("fault.not_a_form")))
    }

    /// The files as they came.
    ///
    /// # Errors
    /// Why they cannot be taken: too large, or empty.
    pub(crate) fn files(&self) -> Result<&[Bytes], Fault> {
        self.bad.clone().map_or(Ok(&self.files), Err)
    }

    async fn take_file(&mut self, mut field: Field<'_>) {
        let is_named = field.file_name().is_some_and(|name| !name.is_empty());
        let room = KEPT_MAX - self.files.iter().map(Bytes::len).sum::<usize>();
        let mut file = Vec::new();
        // A file that breaks off is told by the next field.
        while let Ok(Some(chunk)) = field.chunk().await {
            if self.bad.is_some() {
                continue;
            }
            if file.len() + chunk.len() > room {
                let alone = self.files.is_empty();
                self.refuse(if alone { too_large() } else { too_large_together() });
                file = Vec::new();
                continue;
            }
            file.extend_from_slice(&chunk);
        }
        if self.bad.is_none() && !file.is_empty() {
            self.files.push(file.into());
        } else if is_named {
            self.refuse(Fault::new("fault.photo_empty"));
        }
    }

    async fn take_words(&mut self, mut field: Field<'_>) -> Result<(), Refusal> {
        let name = field.name().unwrap_or_default().to_owned();
        let room = WORDS_MAX - self.fields.iter().map(|(_, words)| words.len()).sum::<usize>();
        let mut words = Vec::new();
        while let Ok(Some(chunk)) = field.chunk().await {
            if words.len() + chunk.len() > room {
                let fault = Fault::new("fault.body_too_large").with("max", WORDS_MAX);
                return Err(Refusal::field("", fault));
            }
            words.extend_from_slice(&chunk);
        }
        self.fields.push((name, String::from_utf8_lossy(&words).into_owned()));
        Ok(())
    }

    /// The first fault is told; the files are dropped at once.
    fn refuse(&mut self, fault: Fault) {
        self.files = Vec::new();
        self.bad.get_or_insert(fault);
    }
}

fn too_large() -> Fault {
    Fault::new("fault.photo_too_large").with("max", FILE_MAX / (1024 * 1024))
}

fn too_large_together() -> Fault {
    Fault::new("fault.photos_too_large").with("max", KEPT_MAX / (1024 * 1024))
}

//! The parent's side: starts the child, feeds it, waits for it, and never trusts it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::OnceLock;
use std::time::Duration;

use gate::Refusal;
use kernel::Fault;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStdin, Command};
use tokio::sync::Semaphore;

use super::frame::{self, Broken, Drawn};
use super::{FIELD, FILE_MAX, MEGAPIXELS_MAX};

/// Children at work at once: one for each of two cores.
const CHILDREN_MAX: usize = 2;
/// What a child gets on the wall clock before it is killed.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longest frame that is read: two pictures of the sizes we encode never come near it.
const FRAME_MAX: u64 = 16 * 1024 * 1024;

static CHILDREN: Semaphore = Semaphore::const_new(CHILDREN_MAX);
static WORKER: OnceLock<Worker> = OnceLock::new();

/// The program that decodes photos.
#[derive(Debug, Clone)]
pub struct Worker {
    pub program: PathBuf,
    pub args: Vec<OsString>,
}

impl Worker {
    /// This very program under its hidden subcommand.
    fn own() -> std::io::Result<Worker> {
        let args = vec![OsString::from(super::SUBCOMMAND)];
        // The running program itself, also after an update has put another in its place.
        let running = PathBuf::from("/proc/self/exe");
        let program = if running.exists() { running } else { std::env::current_exe()? };
        Ok(Worker { program, args })
    }

    /// Takes this one from now on, in tests, whose own program has no subcommands. The first
    /// one named stays.
    pub fn install(self) {
        WORKER.get_or_init(|| self);
    }
}

/// Decodes a file and encodes it anew in a child process.
///
/// # Errors
/// [`Refusal::Unsupported`] for other kinds of files, [`Refusal::Invalid`] on the field for bad
/// ones.
pub(super) async fn draw(file: &[u8]) -> Result<Drawn, Refusal> {
    if file.len() > FILE_MAX {
        let fault = Fault::new("fault.photo_too_large").with("max", FILE_MAX / (1024 * 1024));
        return Err(Refusal::field(FIELD, fault));
    }
    if !looks_like_a_photo(file) {
        return Err(unsupported());
    }
    // The semaphore is a static that nobody closes.
    let _child = CHILDREN.acquire().await.map_err(|_| Refusal::Db(db::Error::Closed))?;
    let drawn = tokio::time::timeout(PATIENCE, ask(file)).await;
    match drawn {
        Ok(Ok(frame)) => frame::read(&frame).map_err(refusal),
        Ok(Err(error)) => Err(Refusal::Defect(format!("the photo worker does not start: {error}"))),
        // The child is killed as its handle is dropped.
        Err(_) => Err(refusal(Broken::Unreadable)),
    }
}

async fn ask(file: &[u8]) -> std::io::Result<Vec<u8>> {
    let worker = match WORKER.get() {
        Some(worker) => worker.clone(),
        None => Worker::own()?,
    };
    let mut child = Command::new(&worker.program)
        .args(&worker.args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let frame = async {
        let mut frame = Vec::new();
        if let Some(stdout) = stdout {
            stdout.take(FRAME_MAX).read_to_end(&mut frame).await?;
        }
        Ok::<_, std::io::Error>(frame)
    };
    let (_, frame) = tokio::join!(feed(stdin, file), frame);
    child.wait().await?;
    frame
}

/// A child that dies early closes its end; its silence is the verdict.
async fn feed(stdin: Option<ChildStdin>, file: &[u8]) {
    if let Some(mut stdin) = stdin {
        let _ = stdin.write_all(file).await;
        let _ = stdin.shutdown().await;
    }
}

/// The first bytes of JPEG, PNG and WebP: a text or a film does not even wake a child.
fn looks_like_a_photo(file: &[u8]) -> bool {
    let webp = file.starts_with(b"RIFF") && file.get(8..12) == Some(b"WEBP");
    webp || file.starts_with(&[0xFF, 0xD8, 0xFF]) || file.starts_with(b"\x89PNG\r\n\x1a\n")
}

fn refusal(broken: Broken) -> Refusal {
    match broken {
        Broken::Unsupported => unsupported(),
        Broken::TooManyPixels => {
            let fault = Fault::new("fault.photo_too_many_pixels").with("max", MEGAPIXELS_MAX);
            Refusal::field(FIELD, fault)
        }
        Broken::Unreadable => Refusal::field(FIELD, Fault::new("fault.photo_unreadable")),
    }
}

fn unsupported() -> Refusal {
    Refusal::Unsupported(Fault::new("fault.photo_kind").at("photos"))
}

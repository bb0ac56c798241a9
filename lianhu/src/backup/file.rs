//! The form of a backup: a line that says what it is, a line of JSON that names its files with
//! their lengths, the files one after the other, and the SHA-256 of all that.
//!
//! Encrypted, that whole is the content of an age file, which other programs open too:
//! `age -d -i key.txt backup | less`. Nothing of a backup is believed before its last byte fitted.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use age::x25519::{Identity, Recipient};
use age::{Decryptor, Encryptor};
use anyhow::{Context, Result, anyhow, bail, ensure};
use db::Engine;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Its number changes with the form.
const FIRST_LINE: &str = "lianhu-backup 1";

/// The copy of the database among the files.
pub const DATABASE: &str = "database";

/// How every age file begins.
const AGE: &[u8] = b"age-encryption.org/v1\n";

/// A few files, so a short line.
const LINE_MAX: usize = 64 * 1024;

/// Bytes on their way at once.
const PIECE: usize = 256 * 1024;

const DAMAGED: &str = "it is damaged or cut short; nothing was changed";

/// What a backup says of itself.
#[derive(Serialize, Deserialize)]
pub struct Manifest {
    engine: String,
    /// RFC 3339.
    pub made_at: String,
    files: Vec<Named>,
}

#[derive(Serialize, Deserialize)]
struct Named {
    name: String,
    bytes: u64,
}

impl Manifest {
    pub fn engine(&self) -> Result<Engine> {
        match self.engine.as_str() {
            "sqlite" => Ok(Engine::Sqlite),
            "postgres" => Ok(Engine::Postgres),
            other => bail!("the backup is of an engine that this program does not know: {other}"),
        }
    }

    pub fn has(&self, name: &str) -> bool {
        self.files.iter().any(|file| file.name == name)
    }
}

/// Writes a backup to `to`, which appears when it is whole and on the disk.
pub fn write(
    to: &Path,
    engine: Engine,
    made_at: String,
    files: &[(String, PathBuf)],
    recipient: Option<&Recipient>,
) -> Result<()> {
    let mut partial = to.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let written = write_partial(&partial, engine, made_at, files, recipient);
    let moved = written.and_then(|()| {
        std::fs::rename(&partial, to)?;
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
        Ok(File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?)
    });
    if moved.is_err() {
        // Of no use to anybody; the error says why.
        let _ = std::fs::remove_file(&partial);
    }
    moved.with_context(|| format!("cannot write {}", to.display()))
}

fn write_partial(
    partial: &Path,
    engine: Engine,
    made_at: String,
    files: &[(String, PathBuf)],
    recipient: Option<&Recipient>,
) -> Result<()> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(partial)?;
    let file = BufWriter::with_capacity(PIECE, file);
    let file = match recipient {
        Some(recipient) => {
            let encryptor = Encryptor::with_recipients(std::iter::once(recipient as _))?;
            let mut inside = encryptor.wrap_output(file)?;
            write_content(&mut inside, engine, made_at, files)?;
            inside.finish()?
        }
        None => {
            let mut file = file;
            write_content(&mut file, engine, made_at, files)?;
            file
        }
    };
    let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    Ok(file.sync_all()?)
}

fn write_content(
    out: &mut impl Write,
    engine: Engine,
    made_at: String,
    files: &[(String, PathBuf)],
) -> Result<()> {
    let engine = match engine {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    };
    let mut manifest = Manifest { engine: engine.to_owned(), made_at, files: Vec::new() };
    for (name, path) in files {
        let bytes = std::fs::metadata(path)?.len();
        manifest.files.push(Named { name: name.clone(), bytes });
    }
    let mut out = Hashed { inner: out, hash: Sha256::new() };
    writeln!(out, "{FIRST_LINE}\n{}", serde_json::to_string(&manifest)?)?;
    for ((_, path), file) in files.iter().zip(&manifest.files) {
        let copied = io::copy(&mut File::open(path)?, &mut out)?;
        ensure!(copied == file.bytes, "{} changed meanwhile", path.display());
    }
    let hash = out.hash.finalize();
    Ok(out.inner.write_all(&hash)?)
}

/// Unpacks a backup into `folder`. What was unpacked before an error is the caller's to sweep.
pub fn read(mut input: File, identity: Option<&Identity>, folder: &Path) -> Result<Manifest> {
    let mut start = Vec::new();
    (&mut input).take(AGE.len() as u64).read_to_end(&mut start).context(DAMAGED)?;
    let is_encrypted = start == AGE;
    let input = BufReader::with_capacity(PIECE, start.as_slice().chain(input));
    match (is_encrypted, identity) {
        (true, Some(identity)) => {
            let decryptor = Decryptor::new_buffered(input).map_err(|why| anyhow!("{why}"))?;
            let inside = decryptor
                .decrypt(std::iter::once(identity as _))
                .map_err(|why| anyhow!("it cannot be opened with this identity: {why}"))?;
            read_content(inside, folder)
        }
        (true, None) => bail!("it is encrypted: name the identity that opens it with --identity"),
        (false, _) => read_content(input, folder),
    }
}

fn read_content(input: impl Read, folder: &Path) -> Result<Manifest> {
    let mut input = Hashed { inner: input, hash: Sha256::new() };
    let first = read_line(&mut input)?;
    ensure!(first == FIRST_LINE, "it is no backup of this program");
    let manifest: Manifest = serde_json::from_str(&read_line(&mut input)?).context(DAMAGED)?;
    for file in &manifest.files {
        // A name is never a way out of the folder.
        let plain = file.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'.');
        ensure!(plain && !file.name.starts_with('.'), "{DAMAGED}");
        let mut options = OpenOptions::new();
        let path = folder.join(&file.name);
        let mut out = options.write(true).create_new(true).mode(0o600).open(&path)?;
        let copied = io::copy(&mut (&mut input).take(file.bytes), &mut out).context(DAMAGED)?;
        ensure!(copied == file.bytes, "{DAMAGED}");
        out.sync_all()?;
    }
    let mut said = Vec::new();
    let hash = input.hash.finalize();
    input.inner.take(LINE_MAX as u64).read_to_end(&mut said).context(DAMAGED)?;
    ensure!(said == hash.as_slice(), "{DAMAGED}");
    ensure!(manifest.has(DATABASE), "{DAMAGED}");
    Ok(manifest)
}

fn read_line(input: &mut impl Read) -> Result<String> {
    let mut line = Vec::new();
    let mut byte = [0];
    while line.len() < LINE_MAX {
        // An end before the end of the line is no line of ours.
        if input.read_exact(&mut byte).is_err() || byte == *b"\n" {
            break;
        }
        line.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&line).into_owned())
}

/// Hashes what goes through.
struct Hashed<T> {
    inner: T,
    hash: Sha256,
}

impl<T: Write> Write for Hashed<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<T: Read> Read for Hashed<T> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(bytes)?;
        self.hash.update(&bytes[..read]);
        Ok(read)
    }
}

//! The checkout: where it lies, where its by-products go, and all its text files read once.
//!
//! The checks of [`crate::tidy`] and [`crate::links`] work on this value, never on the disk, so
//! their tests hand them a tree of three lines.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// Folders that hold what is made, not what is written.
const NOT_OURS: &[&str] = &[".git", "target", "node_modules", ".artefacts"];

/// Longer files are data; none of the rules speaks of them.
const LONGEST_TEXT: u64 = 1 << 20;

/// The checkout on this machine.
pub struct Workplace {
    root: PathBuf,
}

impl Workplace {
    /// The checkout this program was started from.
    pub fn find() -> Result<Workplace> {
        let start = match std::env::var_os("CARGO_MANIFEST_DIR") {
            Some(manifest) => PathBuf::from(manifest),
            None => std::env::current_dir().context("no current folder")?,
        };
        match start.ancestors().find(|folder| folder.join("Cargo.lock").is_file()) {
            Some(root) => Ok(Workplace { root: root.to_path_buf() }),
            None => bail!("{} is not inside a checkout of Lianhu", start.display()),
        }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A path below the checkout.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// A folder for by-products, made if it is missing. Nothing in it is ever committed.
    pub fn artefacts(&self, relative: &str) -> Result<PathBuf> {
        let folder = self.root.join(".artefacts").join(relative);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(folder)
    }

    /// Where cargo puts what it builds.
    pub fn target(&self) -> PathBuf {
        match std::env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => self.root.join(folder),
            None => self.root.join("target"),
        }
    }

    /// Reads every text file of the checkout.
    pub fn read(&self) -> Result<Tree> {
        let mut files = Vec::new();
        gather(&self.root, &self.root, &mut files)?;
        files.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(Tree::new(files))
    }
}

/// All files of a checkout, in the order of their paths.
pub struct Tree {
    pub files: Vec<File>,
}

/// One file. What is not text is there by name only.
pub struct File {
    /// Relative to the checkout, with `/`.
    pub path: String,
    pub text: String,
    /// Declared by its parent as `#[cfg(test)] mod …;`.
    test_module: bool,
}

impl File {
    fn new(path: String, text: String) -> File {
        File { path, text, test_module: false }
    }

    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Whether the whole file is test code.
    pub fn is_test(&self) -> bool {
        self.path.contains("/tests/")
            || self.path.starts_with("tests/")
            || self.path.ends_with("/tests.rs")
            || self.path.starts_with("platform/harness/")
            || self.test_module
    }

    /// Lines with their numbers, from 1.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }
}

impl Tree {
    fn new(mut files: Vec<File>) -> Tree {
        let tests: Vec<String> = files.iter().flat_map(test_modules).collect();
        for file in &mut files {
            file.test_module = tests.contains(&file.path);
        }
        Tree { files }
    }

    pub fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.is_rust())
    }

    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Whether any file lies below this folder.
    pub fn has_folder(&self, folder: &str) -> bool {
        let inside = format!("{folder}/");
        self.files.iter().any(|file| file.path.starts_with(&inside))
    }

    /// The folders directly below `parent` that hold a `Cargo.toml`, by name.
    pub fn crates_in(&self, parent: &str) -> Vec<&str> {
        self.files
            .iter()
            .filter_map(|file| {
                let inside = file.path.strip_prefix(parent)?.strip_prefix('/')?;
                let name = inside.strip_suffix("/Cargo.toml")?;
                (!name.contains('/')).then_some(name)
            })
            .collect()
    }

    /// A tree for tests, from pairs of path and text.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Tree {
        let files =
            files.iter().map(|(path, text)| File::new((*path).to_owned(), (*text).to_owned()));
        Tree::new(files.collect())
    }
}

/// The files that this one declares as modules for tests alone.
fn test_modules(file: &File) -> Vec<String> {
    if !file.is_rust() {
        return Vec::new();
    }
    let folder = match file.path.strip_suffix("/mod.rs").or(file.path.strip_suffix("/lib.rs")) {
        Some(folder) => folder,
        None => file.path.trim_end_matches(".rs"),
    };
    let lines: Vec<&str> = file.text.lines().map(str::trim).collect();
    let declared = lines.windows(2).filter(|pair| pair[0] == "#[cfg(test)]");
    declared
        .filter_map(|pair| pair[1].strip_prefix("mod ")?.strip_suffix(';'))
        .map(|name| format!("{folder}/{name}.rs"))
        .collect()
}

fn gather(root: &Path, folder: &Path, files: &mut Vec<File>) -> Result<()> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            if !NOT_OURS.iter().any(|name| entry.file_name() == *name) {
                gather(root, &path, files)?;
            }
            continue;
        }
        let text = match entry.metadata()?.len() {
            length if length <= LONGEST_TEXT => {
                String::from_utf8(fs::read(&path)?).unwrap_or_default()
            }
            _ => String::new(),
        };
        let relative = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
        files.push(File::new(relative, text));
    }
    Ok(())
}

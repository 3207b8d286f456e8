//! Storing a golden snapshot in a folder, so that a reader finds all of it or the one that was there before.

use super::manifest::{self, Digest, FileRecord, Manifest};
use super::{Golden, SnapshotError, digest};
use crate::engine::CowEngine;
use cow_memory::Image;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(super) const IMAGE_FILE: &str = "image.bin";
pub(super) const MODULE_FILE: &str = "module.cwasm";

/// The manifest fields that say for which engine a snapshot was made.
pub(super) struct EngineIdentity {
    pub(super) engine: Digest,
    pub(super) interrupt: String,
    pub(super) page_bytes: u64,
}

impl EngineIdentity {
    pub(super) fn of(engine: &CowEngine) -> Self {
        Self {
            engine: Digest(engine.compatibility_hash()),
            interrupt: engine.interrupt_kind().to_string(),
            page_bytes: rustix::param::page_size() as u64,
        }
    }
}

/// Stores `golden` as the folder `path`, in place of whatever snapshot is there.
pub(super) fn save(golden: &Golden, path: &Path) -> Result<(), SnapshotError> {
    let scratch =
        Scratch::beside(path).map_err(SnapshotError::system("making a folder for the snapshot"))?;
    let module = golden.module().serialize().map_err(SnapshotError::Module)?;

    write_image(golden.image(), &scratch.path.join(IMAGE_FILE))
        .map_err(SnapshotError::system("writing the snapshot's image"))?;
    write_file(&scratch.path.join(MODULE_FILE), &module).map_err(SnapshotError::system(
        "writing the snapshot's compiled module",
    ))?;

    let EngineIdentity {
        engine,
        interrupt,
        page_bytes,
    } = EngineIdentity::of(golden.engine());
    let manifest = Manifest {
        hatchery: env!("CARGO_PKG_VERSION").into(),
        interrupt,
        engine,
        page_bytes,
        image: FileRecord {
            bytes: golden.image().len_bytes() as u64,
            hash: Digest(digest::image(golden.image())),
        },
        module: FileRecord {
            bytes: module.len() as u64,
            hash: Digest(blake3::hash(&module)),
        },
        state: golden.state().clone(),
    };
    write_file(&scratch.path.join(manifest::FILE), &manifest.to_bytes())
        .map_err(SnapshotError::system("writing the snapshot's manifest"))?;
    scratch
        .publish(path)
        .map_err(SnapshotError::system("putting the snapshot in its place"))
}

/// A folder that only its owner can enter, removed again unless it is published.
struct Scratch {
    path: PathBuf,
}

/// Scratch folders of processes that were killed are removed when they are this old.
const STALE_AFTER: Duration = Duration::from_secs(3600);

impl Scratch {
    /// A new folder beside `path`, under a name that nobody else has: other processes may have the same id, in containers
    /// that share the folder.
    fn beside(path: &Path) -> io::Result<Self> {
        let name = path.file_name().ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, "the path names no folder")
        })?;
        let parent = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        fs::create_dir_all(parent)?;
        let mut prefix = std::ffi::OsString::from(".");
        prefix.push(name);
        prefix.push(".new-");
        remove_stale(parent, &prefix);
        let folder = tempfile::Builder::new()
            .prefix(&prefix)
            .permissions(fs::Permissions::from_mode(0o700))
            .tempdir_in(parent)?;
        Ok(Self {
            path: folder.keep(),
        })
    }

    fn publish(self, path: &Path) -> io::Result<()> {
        File::open(&self.path)?.sync_all()?;
        match fs::rename(&self.path, path) {
            Ok(()) => {}
            // An older snapshot is there: swap the two, and let `drop` remove the older.
            Err(error) if matches!(error.raw_os_error(), Some(code) if is_occupied(code)) => {
                exchange(&self.path, path)?;
            }
            Err(error) => return Err(error),
        }
        if let Some(parent) = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
        {
            File::open(parent)?.sync_all()?;
        }
        Ok(())
    }
}

/// Removes what killed processes have left. One that is still at work is younger.
fn remove_stale(parent: &Path, prefix: &OsStr) {
    let Ok(entries) = fs::read_dir(parent) else {
        return;
    };
    for entry in entries.flatten() {
        let is_scratch = entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(prefix.as_encoded_bytes());
        let age = entry.metadata().and_then(|found| found.modified());
        let age = age.ok().and_then(|modified| modified.elapsed().ok());
        if is_scratch && age.is_some_and(|age| age > STALE_AFTER) {
            // It is of no use to anybody; that it stays is the lesser problem.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Gone already when it was renamed; otherwise of no use to anybody.
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn is_occupied(code: i32) -> bool {
    let occupied = [rustix::io::Errno::NOTEMPTY, rustix::io::Errno::EXIST];
    occupied.iter().any(|errno| errno.raw_os_error() == code)
}

#[cfg(target_os = "linux")]
fn exchange(ours: &Path, theirs: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, ours, CWD, theirs, RenameFlags::EXCHANGE) {
        // A file system that cannot swap.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => move_aside(ours, theirs),
        other => Ok(other?),
    }
}

#[cfg(not(target_os = "linux"))]
fn exchange(ours: &Path, theirs: &Path) -> io::Result<()> {
    move_aside(ours, theirs)
}

/// For a moment there is no snapshot; a reader then bakes one, which is slow and not wrong.
fn move_aside(ours: &Path, theirs: &Path) -> io::Result<()> {
    let mut aside = ours.as_os_str().to_owned();
    aside.push(".old");
    fs::rename(theirs, &aside)?;
    fs::rename(ours, theirs)?;
    fs::remove_dir_all(&aside)
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Writes the image's data pages and leaves the rest as holes.
fn write_image(image: &Image, path: &Path) -> io::Result<()> {
    let file = create(path)?;
    file.set_len(image.len_bytes() as u64)?;
    let page_bytes = rustix::param::page_size();
    for run in image.data_pages().runs() {
        let begin = run.start as usize * page_bytes;
        let bytes = &image.as_bytes()[begin..begin + run.len_pages() * page_bytes];
        file.write_all_at(bytes, begin as u64)?;
    }
    file.sync_all()
}

//! What has to outlast a loss of power: a stage that is marked complete is taken for whole for good.

use std::fs::File;
use std::io;
use std::path::Path;

/// The ways to the disk that a stage needs. A trait, so that a test sees in which order they are taken.
pub(crate) trait Disk {
    /// Writes everything below a folder to the disk, names and contents.
    fn sync_below(&self, dir: &Path) -> io::Result<()>;
    /// Makes an empty file.
    fn create(&self, path: &Path) -> io::Result<()>;
    /// Writes the names in a folder to the disk.
    fn sync_folder(&self, dir: &Path) -> io::Result<()>;
}

/// The file system.
pub(crate) struct FileSystem;

impl Disk for FileSystem {
    fn sync_below(&self, dir: &Path) -> io::Result<()> {
        sync_below(dir)
    }

    fn create(&self, path: &Path) -> io::Result<()> {
        File::create(path)?.sync_all()
    }

    fn sync_folder(&self, dir: &Path) -> io::Result<()> {
        // Other systems open no folders, and have no need to.
        if cfg!(unix) {
            File::open(dir)?.sync_all()?;
        }
        Ok(())
    }
}

/// One call for the whole file system: a stage has thousands of files.
#[cfg(target_os = "linux")]
fn sync_below(dir: &Path) -> io::Result<()> {
    Ok(rustix::fs::syncfs(File::open(dir)?)?)
}

/// File by file.
#[cfg(not(target_os = "linux"))]
fn sync_below(dir: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let (entry, path) = entry.map(|entry| (entry.file_type(), entry.path()))?;
        let kind = entry?;
        if kind.is_dir() {
            sync_below(&path)?;
        } else if kind.is_file() {
            // Systems that sync only what may be written to have their own ways to lose a build.
            File::options().append(true).open(&path)?.sync_all()?;
        }
    }
    FileSystem.sync_folder(dir)
}

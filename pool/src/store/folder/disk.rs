//! The changes that a folder store makes to the file system, one call each, so that a test can play all of them back and
//! lose those that were not synced.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

pub(super) trait Files: Send + Sync + 'static {
    type File;

    /// Makes one folder, for its owner alone.
    fn make_folder(&self, path: &Path) -> io::Result<()>;
    /// Writes a new file, for its owner alone.
    fn create(&self, path: &Path, parts: &[&[u8]]) -> io::Result<Self::File>;
    /// Makes what a file holds outlast a loss of power; its name is its folder's.
    fn sync_file(&self, file: &Self::File) -> io::Result<()>;
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Removes a folder that is empty.
    fn remove_folder(&self, path: &Path) -> io::Result<()>;
    /// Makes what was made, renamed or removed in a folder outlast a loss of power.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
}

/// The file system.
#[derive(Debug, Clone, Copy)]
pub(super) struct Disk;

impl Files for Disk {
    type File = File;

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path)
    }

    fn create(&self, path: &Path, parts: &[&[u8]]) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        for part in parts {
            file.write_all(part)?;
        }
        Ok(file)
    }

    fn sync_file(&self, file: &File) -> io::Result<()> {
        file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }
}

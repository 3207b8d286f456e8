//! The folder a snapshot lives in: opened once, trusted or refused, and from then on named by its descriptor.

use super::SnapshotError;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// An opened snapshot folder that nobody but its owner can write to.
pub(super) struct Folder {
    fd: OwnedFd,
    path: PathBuf,
}

/// An opened file of a snapshot, and what the kernel said of it when it was opened.
pub(super) struct SnapshotFile {
    pub(super) file: File,
    pub(super) stat: Stat,
}

impl Folder {
    /// Opens a folder for reading a snapshot from it.
    pub(super) fn open(path: &Path, first_file: &'static str) -> Result<Self, SnapshotError> {
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
        let fd = rustix::fs::open(path, flags, Mode::empty()).map_err(|error| match error {
            rustix::io::Errno::NOENT | rustix::io::Errno::NOTDIR => SnapshotError::Missing {
                folder: path.to_owned(),
                file: first_file,
            },
            error => SnapshotError::system("opening the snapshot's folder")(error.into()),
        })?;
        let stat = rustix::fs::fstat(&fd)
            .map_err(|e| SnapshotError::system("looking at the snapshot's folder")(e.into()))?;
        trust(&stat, path)?;
        Ok(Self {
            fd,
            path: path.to_owned(),
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens one file for reading. A symbolic link is not followed.
    pub(super) fn file(&self, name: &'static str) -> Result<SnapshotFile, SnapshotError> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let fd =
            rustix::fs::openat(&self.fd, name, flags, Mode::empty()).map_err(
                |error| match error {
                    rustix::io::Errno::NOENT => SnapshotError::Missing {
                        folder: self.path.clone(),
                        file: name,
                    },
                    rustix::io::Errno::LOOP => SnapshotError::Damaged {
                        file: name,
                        reason: "it is a symbolic link",
                    },
                    error => SnapshotError::system("opening a file of the snapshot")(error.into()),
                },
            )?;
        let stat = rustix::fs::fstat(&fd)
            .map_err(|e| SnapshotError::system("looking at a file of the snapshot")(e.into()))?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(SnapshotError::Damaged {
                file: name,
                reason: "it is not a regular file",
            });
        }
        trust(&stat, &self.path.join(name))?;
        Ok(SnapshotFile {
            file: File::from(fd),
            stat,
        })
    }

    /// Writes a small file in one step, so that a reader sees all of it or none.
    pub(super) fn replace_file(&self, name: &str, bytes: &[u8]) -> std::io::Result<()> {
        let scratch = format!("{name}.{}.new", std::process::id());
        let flags =
            OFlags::CREATE | OFlags::TRUNC | OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let fd = rustix::fs::openat(&self.fd, &scratch, flags, Mode::RUSR | Mode::WUSR)?;
        let written = File::from(fd)
            .write_all(bytes)
            .and_then(|()| Ok(rustix::fs::renameat(&self.fd, &scratch, &self.fd, name)?));
        if written.is_err() {
            // The file is of no use to anybody; that it stays is the lesser problem.
            let _ = rustix::fs::unlinkat(&self.fd, &scratch, AtFlags::empty());
        }
        written
    }
}

impl SnapshotFile {
    pub(super) fn len(&self) -> u64 {
        self.stat.st_size.cast_unsigned()
    }

    /// Reads all of it, if it has no more than `bytes_max`.
    pub(super) fn read(&self, bytes_max: u64) -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        (&self.file).take(bytes_max).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// Refuses what somebody other than us or the superuser could have written.
fn trust(stat: &Stat, path: &Path) -> Result<(), SnapshotError> {
    let refuse = |reason| {
        Err(SnapshotError::Untrusted {
            path: path.to_owned(),
            reason,
        })
    };
    let ours = rustix::process::geteuid().as_raw();
    if stat.st_uid != ours && stat.st_uid != 0 {
        return refuse("it belongs to another user");
    }
    let mode = Mode::from_raw_mode(stat.st_mode);
    if mode.intersects(Mode::WGRP | Mode::WOTH) {
        return refuse("its group or others can write to it (chmod go-w)");
    }
    Ok(())
}

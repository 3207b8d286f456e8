//! A folder of the host's, in and out of which files are copied.
//!
//! Every step goes from an open folder to a name in it and follows no link, so that whoever changes the folder meanwhile
//! cannot lead a copy anywhere else.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;

use super::listing::{Listing, Place};
use super::{CopyLimits, EntryKind, FileError};
use crate::Error;

#[derive(Debug)]
pub(crate) struct HostFolder {
    folder: OwnedFd,
    path: PathBuf,
}

impl HostFolder {
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let opened = rustix::fs::open(path, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty());
        match opened {
            Ok(folder) => Ok(Self {
                folder,
                path: path.to_owned(),
            }),
            Err(errno) => Err(Error::HostFile {
                path: path.to_owned(),
                source: errno.into(),
            }),
        }
    }

    /// Opens the folder and makes it first where it is missing.
    pub(crate) fn create(path: &Path) -> Result<Self, Error> {
        std::fs::create_dir_all(path).map_err(|source| Error::HostFile {
            path: path.to_owned(),
            source,
        })?;
        Self::open(path)
    }

    /// Everything in the folder, which must be folders and plain files within these limits.
    pub(crate) fn content(&self, limits: CopyLimits) -> Result<Listing, Error> {
        let mut listing = Listing::default();
        let mut bytes = 0u64;
        let mut waiting = vec![Place::TOP];
        while let Some(at) = waiting.pop() {
            let names = listing.names(at);
            let error = |names: &[&OsStr], errno: Errno| self.error(names, errno);
            let folder = self.folder(&names).map_err(|errno| error(&names, errno))?;
            let entries = Dir::read_from(&folder).map_err(|errno| error(&names, errno))?;
            let path = self.path_of(&names);
            for entry in entries {
                let entry = entry.map_err(|errno| io_error(&path, errno.into()))?;
                let name = entry.file_name().to_bytes();
                if matches!(name, b"." | b"..") {
                    continue;
                }
                let own_path = || path.join(OsStr::from_bytes(name));
                let stat =
                    rustix::fs::statat(&folder, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW)
                        .map_err(|errno| io_error(&own_path(), errno.into()))?;
                let kind = match FileType::from_raw_mode(stat.st_mode) {
                    FileType::Directory => EntryKind::Directory,
                    FileType::RegularFile => EntryKind::File,
                    _ => return Err(Error::HostLink { path: own_path() }),
                };
                let inner = listing.add(at, name, kind);
                let inner = inner.ok_or_else(|| refusal(&path, Listing::TOO_DEEP))?;
                match kind {
                    EntryKind::Directory => waiting.push(inner),
                    EntryKind::File => {
                        bytes = bytes.saturating_add(u64::try_from(stat.st_size).unwrap_or(0));
                    }
                    EntryKind::Link => unreachable!("refused above"),
                }
                if bytes > limits.bytes_max || listing.len() as u64 > limits.entries_max {
                    return Err(refusal(&self.path, FileError::Full));
                }
            }
        }
        Ok(listing)
    }

    /// The bytes of a plain file, `bytes_max` of them at most.
    pub(crate) fn read(&self, file: &[&OsStr], bytes_max: u64) -> Result<Vec<u8>, Error> {
        // Not to wait for ever where someone has put a pipe in the file's place.
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let opened = self.parent(file).and_then(|(folder, name)| {
            let opened = rustix::fs::openat(folder, name, flags, Mode::empty())?;
            let is_file = FileType::from_raw_mode(rustix::fs::fstat(&opened)?.st_mode);
            Ok((opened, is_file == FileType::RegularFile))
        });
        match opened {
            Ok((opened, true)) => {
                let mut bytes = Vec::new();
                let mut limited = File::from(opened).take(bytes_max.saturating_add(1));
                limited
                    .read_to_end(&mut bytes)
                    .map_err(|source| io_error(&self.path_of(file), source))?;
                if bytes.len() as u64 > bytes_max {
                    return Err(refusal(&self.path_of(file), FileError::Full));
                }
                Ok(bytes)
            }
            Ok((_, false)) | Err(Errno::LOOP) => Err(Error::HostLink {
                path: self.path_of(file),
            }),
            Err(errno) => Err(self.error(file, errno)),
        }
    }

    /// Makes a folder, unless there is one.
    pub(crate) fn create_dir(&self, at: &[&OsStr]) -> Result<(), Error> {
        let made = self.parent(at).and_then(|(folder, name)| {
            match rustix::fs::mkdirat(folder, name, Mode::from_raw_mode(0o777)) {
                Ok(()) | Err(Errno::EXIST) => Ok(()),
                Err(errno) => Err(errno),
            }
        });
        // A link in its place is no folder.
        made.and_then(|()| self.folder(at))
            .map(drop)
            .map_err(|errno| self.error(at, errno))
    }

    /// Writes a file. What has its name is removed first, unless it is a folder: writing into it could write anywhere.
    pub(crate) fn write(&self, file: &[&OsStr], bytes: &[u8]) -> Result<(), Error> {
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(0o666);
        let created = self.parent(file).and_then(|(folder, name)| {
            match rustix::fs::openat(&folder, name, flags, mode) {
                Err(Errno::EXIST) => {
                    rustix::fs::unlinkat(&folder, name, AtFlags::empty())?;
                    rustix::fs::openat(&folder, name, flags, mode)
                }
                created => created,
            }
        });
        let created = created.map_err(|errno| self.error(file, errno))?;
        File::from(created)
            .write_all(bytes)
            .map_err(|source| io_error(&self.path_of(file), source))
    }

    /// Opens a folder below this one, from name to name.
    fn folder(&self, at: &[&OsStr]) -> Result<OwnedFd, Errno> {
        let mut folder = open_dir(&self.folder, OsStr::new("."))?;
        for name in at {
            folder = open_dir(&folder, name)?;
        }
        Ok(folder)
    }

    /// The folder that something is in, and its name there.
    fn parent<'a>(&self, at: &[&'a OsStr]) -> Result<(OwnedFd, &'a OsStr), Errno> {
        let (name, above) = at.split_last().ok_or(Errno::ISDIR)?;
        Ok((self.folder(above)?, name))
    }

    fn path_of(&self, at: &[&OsStr]) -> PathBuf {
        let mut path = self.path.clone();
        path.extend(at);
        path
    }

    fn error(&self, at: &[&OsStr], errno: Errno) -> Error {
        io_error(&self.path_of(at), errno.into())
    }
}

fn io_error(path: &Path, source: io::Error) -> Error {
    Error::HostFile {
        path: path.to_owned(),
        source,
    }
}

fn refusal(path: &Path, reason: FileError) -> Error {
    Error::File {
        path: path.to_string_lossy().into_owned(),
        reason,
    }
}

fn open_dir(folder: impl AsFd, name: &OsStr) -> Result<OwnedFd, Errno> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(folder, name, flags, Mode::empty())
}

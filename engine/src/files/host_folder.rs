//! A folder of the host's, in and out of which files are copied.
//!
//! Every step goes from an open folder to a name in it and follows no link, so that whoever changes the folder meanwhile
//! cannot lead a copy anywhere else.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;

use super::{CopyLimits, FileError};
use crate::Error;

/// As many folders may lie in each other.
const DEPTH_MAX: usize = 128;

/// A path below the folder: names, none of which is `.` or `..`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Relative(Vec<OsString>);

impl Relative {
    /// The path of `name` in this folder; `None` when it is too deep.
    pub(crate) fn join(&self, name: &[u8]) -> Option<Self> {
        if self.0.len() >= DEPTH_MAX {
            return None;
        }
        let mut names = self.0.clone();
        names.push(OsStr::from_bytes(name).to_owned());
        Some(Self(names))
    }

    /// That a folder is too deep.
    pub(crate) const TOO_DEEP: FileError = FileError::CopyLimit {
        what: "levels of folders",
        max: DEPTH_MAX as u64,
    };

    /// The same path below a folder of the guest's.
    pub(crate) fn below(&self, guest_dir: &[u8]) -> Vec<u8> {
        let mut path = guest_dir.to_vec();
        for name in &self.0 {
            path.push(b'/');
            path.extend_from_slice(name.as_bytes());
        }
        path
    }

    pub(crate) fn is_top(&self) -> bool {
        self.0.is_empty()
    }

    fn to_path(&self) -> PathBuf {
        self.0.iter().collect()
    }
}

/// What a host's folder holds: its folders, outermost first, and its files.
#[derive(Debug, Default)]
pub(crate) struct Content {
    pub(crate) folders: Vec<Relative>,
    pub(crate) files: Vec<Relative>,
}

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
    pub(crate) fn content(&self, limits: CopyLimits) -> Result<Content, Error> {
        let mut content = Content::default();
        let mut bytes = 0u64;
        let mut waiting = vec![Relative::default()];
        while let Some(at) = waiting.pop() {
            let folder = self.folder(&at).map_err(|errno| self.error(&at, errno))?;
            let entries = Dir::read_from(&folder).map_err(|errno| self.error(&at, errno))?;
            for entry in entries {
                let entry = entry.map_err(|errno| self.error(&at, errno))?;
                let name = entry.file_name().to_bytes();
                if matches!(name, b"." | b"..") {
                    continue;
                }
                let Some(inner) = at.join(name) else {
                    return Err(self.refusal(&at, Relative::TOO_DEEP));
                };
                let stat =
                    rustix::fs::statat(&folder, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW)
                        .map_err(|errno| self.error(&inner, errno))?;
                match FileType::from_raw_mode(stat.st_mode) {
                    FileType::Directory => waiting.push(inner),
                    FileType::RegularFile => {
                        bytes = bytes.saturating_add(u64::try_from(stat.st_size).unwrap_or(0));
                        content.files.push(inner);
                    }
                    _ => {
                        let path = self.path.join(inner.to_path());
                        return Err(Error::HostLink { path });
                    }
                }
                let found = content.files.len() + content.folders.len() + waiting.len();
                if bytes > limits.bytes_max || found as u64 > limits.entries_max {
                    return Err(self.refusal(&Relative::default(), FileError::Full));
                }
            }
            if !at.is_top() {
                content.folders.push(at);
            }
        }
        Ok(content)
    }

    /// The bytes of a plain file, `bytes_max` of them at most.
    pub(crate) fn read(&self, file: &Relative, bytes_max: u64) -> Result<Vec<u8>, Error> {
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
                    .map_err(|source| self.io_error(file, source))?;
                if bytes.len() as u64 > bytes_max {
                    return Err(self.refusal(file, FileError::Full));
                }
                Ok(bytes)
            }
            Ok((_, false)) | Err(Errno::LOOP) => Err(Error::HostLink {
                path: self.path.join(file.to_path()),
            }),
            Err(errno) => Err(self.error(file, errno)),
        }
    }

    /// Makes a folder, unless there is one.
    pub(crate) fn create_dir(&self, at: &Relative) -> Result<(), Error> {
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
    pub(crate) fn write(&self, file: &Relative, bytes: &[u8]) -> Result<(), Error> {
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
            .map_err(|source| self.io_error(file, source))
    }

    /// Opens a folder below this one, from name to name.
    fn folder(&self, at: &Relative) -> Result<OwnedFd, Errno> {
        let mut folder = open_dir(&self.folder, OsStr::new("."))?;
        for name in &at.0 {
            folder = open_dir(&folder, name)?;
        }
        Ok(folder)
    }

    /// The folder that something is in, and its name there.
    fn parent<'a>(&self, at: &'a Relative) -> Result<(OwnedFd, &'a OsStr), Errno> {
        let (name, above) = at.0.split_last().ok_or(Errno::ISDIR)?;
        Ok((self.folder(&Relative(above.to_vec()))?, name))
    }

    fn error(&self, at: &Relative, errno: Errno) -> Error {
        self.io_error(at, errno.into())
    }

    fn io_error(&self, at: &Relative, source: io::Error) -> Error {
        Error::HostFile {
            path: self.path.join(at.to_path()),
            source,
        }
    }

    fn refusal(&self, at: &Relative, reason: FileError) -> Error {
        let path = self.path.join(at.to_path());
        Error::File {
            path: path.to_string_lossy().into_owned(),
            reason,
        }
    }
}

fn open_dir(folder: impl AsFd, name: &OsStr) -> Result<OwnedFd, Errno> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(folder, name, flags, Mode::empty())
}

//! One sandbox's mounted folders and files and what it has open of them.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::{Component, Path};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt};
use hatchery_abi::mount::open;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, Timespec, Timestamps, UTIME_OMIT};

use super::single::SingleFile;
use super::stat::wasi_file_type;
use super::{Change, Errno, FileId, Ledger, Mount, Removed, Stat};
use crate::Error;

/// As many files as the guest has descriptors for.
const OPEN_FILES_MAX: usize = 256;
/// How much one call reads or writes: what the host has to have room for, and what cannot be stopped half-way.
const MOVED_BYTES_MAX: usize = 256 << 10;
const LISTING_BYTES_MAX: usize = 16 << 20;

pub(super) type Done<T> = Result<T, Errno>;

/// How a file is to be opened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Open(pub(crate) i64);

impl Open {
    const READ: i64 = open::READ;
    pub(super) const WRITE: i64 = open::WRITE;
    pub(super) const CREATE: i64 = open::CREATE;
    pub(super) const EXCLUSIVE: i64 = open::EXCLUSIVE;
    pub(super) const TRUNCATE: i64 = open::TRUNCATE;

    pub(super) fn has(self, flag: i64) -> bool {
        self.0 & flag != 0
    }
}

/// The mounted folders and files, by number, and the open files, by handle.
///
/// A guest may come with handles of another time: after a rollback, in a fork, in a session that was woken. What they
/// were of is closed, and they must not be taken for anything that was opened since: handles are counted on from a
/// random number and never used again.
#[derive(Debug)]
pub(crate) struct Mounts {
    folders: Vec<Folder>,
    single_files: Vec<SingleFile>,
    files: HashMap<i64, OpenFile>,
    last_handle: i64,
    /// A listing or a link's target, until the guest takes it.
    parked: Vec<u8>,
    buffer: Vec<u8>,
}

#[derive(Debug)]
struct Folder {
    number: i32,
    dir: Dir,
    is_writable: bool,
    usage: Ledger,
}

#[derive(Debug)]
struct OpenFile {
    file: File,
    is_writable: bool,
    /// Whether the mount that it is in is.
    is_in_writable: bool,
    /// Of that mount.
    usage: Ledger,
    /// Which file it is, in a folder that may change: one whose names a program may remove.
    id: Option<FileId>,
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            let len = self.file.metadata().map_or(0, |found| found.len());
            self.usage.closed(id, len);
        }
    }
}

impl Mounts {
    /// Opens the folders and the files.
    pub(crate) fn open_all(mounts: &[Mount]) -> Result<Self, Error> {
        let (mut folders, mut single_files) = (Vec::new(), Vec::new());
        for mount in mounts {
            let opened = if mount.is_file() {
                SingleFile::open(mount).map(|file| single_files.push(file))
            } else {
                Dir::open_ambient_dir(mount.host_path(), ambient_authority()).map(|dir| {
                    folders.push(Folder {
                        number: mount.number(),
                        dir,
                        is_writable: mount.is_writable(),
                        usage: mount.usage().clone(),
                    });
                })
            };
            opened.map_err(|source| Error::HostFile {
                path: mount.host_path().to_owned(),
                source,
            })?;
        }
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|error| Error::Setting {
            name: "mount",
            what: error.to_string(),
        })?;
        Ok(Self {
            folders,
            single_files,
            files: HashMap::new(),
            last_handle: i64::from_le_bytes(random) & (i64::MAX >> 1),
            parked: Vec::new(),
            buffer: Vec::new(),
        })
    }

    /// Forgets what the guest has open.
    pub(crate) fn close_all(&mut self) {
        self.files = HashMap::new();
        self.parked = Vec::new();
    }

    pub(crate) fn open(&mut self, mount: i32, path: &Path, how: Open) -> Done<i64> {
        if self.files.len() >= OPEN_FILES_MAX {
            return Err(Errno::TOO_MANY_FILES);
        }
        if let Some(single) = self.single_file(mount) {
            let opened = OpenFile {
                file: single.open_again(path, how)?,
                is_writable: how.has(Open::WRITE),
                is_in_writable: single.is_writable,
                usage: single.usage.clone(),
                id: None,
            };
            return Ok(self.keep(opened));
        }
        let folder = self.folder(mount)?;
        let is_writing = how.has(Open::WRITE) || how.has(Open::TRUNCATE);
        if is_writing && !folder.is_writable {
            return Err(Errno::READ_ONLY);
        }
        // A look first, as to open a device may do something already; and after that, as it may not be the same file.
        match folder.dir.metadata(path) {
            Ok(found) if found.is_dir() => return Err(Errno::IS_DIRECTORY),
            Ok(found) if !found.is_file() => return Err(Errno::ACCESS),
            Err(error) if error.kind() == io::ErrorKind::NotFound && how.has(Open::CREATE) => {
                if !folder.is_writable {
                    return Err(Errno::READ_ONLY);
                }
            }
            Ok(_) => {}
            Err(error) => return Err(error.into()),
        }
        let mut options = OpenOptions::new();
        options
            .read(how.has(Open::READ) || !how.has(Open::WRITE))
            .write(how.has(Open::WRITE) || (how.has(Open::CREATE) && folder.is_writable))
            .create(how.has(Open::CREATE) && folder.is_writable)
            .create_new(how.has(Open::CREATE) && how.has(Open::EXCLUSIVE))
            .truncate(how.has(Open::TRUNCATE));
        // Nobody may wait for the other end of a pipe.
        let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
        options.custom_flags(flags.bits().cast_signed());
        let open = || {
            let file = folder.dir.open_with(path, &options)?.into_std();
            if !file.metadata()?.is_file() {
                return Err(Errno::ACCESS);
            }
            Ok(file)
        };
        let changes = folder.is_writable && (how.has(Open::CREATE) || how.has(Open::TRUNCATE));
        let file = if changes {
            // `None` for a file that will be made.
            let before = std::cell::Cell::new(None);
            folder.usage.step(
                || {
                    before.set(folder.dir.metadata(path).ok().map(|found| found.len()));
                    Ok(Change {
                        bytes: 0,
                        entries: i128::from(before.get().is_none()),
                    })
                },
                || {
                    let file = open()?;
                    let after = file.metadata()?.len();
                    let change = Change {
                        bytes: i128::from(after) - i128::from(before.get().unwrap_or(after)),
                        entries: i128::from(before.get().is_none()),
                    };
                    Ok((file, change))
                },
            )?
        } else {
            open()?
        };
        let (is_in_writable, usage) = (folder.is_writable, folder.usage.clone());
        let id = if is_in_writable {
            use std::os::unix::fs::MetadataExt;
            let found = file.metadata()?;
            let id = FileId::new(found.dev(), found.ino());
            usage.opened(id);
            Some(id)
        } else {
            None
        };
        Ok(self.keep(OpenFile {
            file,
            is_writable: how.has(Open::WRITE),
            is_in_writable,
            usage,
            id,
        }))
    }

    pub(crate) fn stat(&self, mount: i32, path: &Path, follow: bool) -> Done<Stat> {
        if let Some(single) = self.single_file(mount) {
            return single.stat(path);
        }
        let folder = self.folder(mount)?;
        let metadata = if follow {
            folder.dir.metadata(path)?
        } else {
            folder.dir.symlink_metadata(path)?
        };
        Ok(Stat::of_path(&metadata).read_only(!folder.is_writable))
    }

    /// Parks what is in a folder, and gives how long that is.
    pub(crate) fn list(&mut self, mount: i32, path: &Path) -> Done<u32> {
        let dir = open_dir(&self.folder(mount)?.dir, path)?;
        let mut listing = Vec::new();
        for entry in rustix::fs::Dir::read_from(&dir)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if matches!(name, b"." | b"..") {
                continue;
            }
            let file_type = match entry.file_type() {
                // Some file systems do not say.
                FileType::Unknown => {
                    let found =
                        rustix::fs::statat(&dir, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW);
                    found.map_or(FileType::Unknown, |stat| {
                        FileType::from_raw_mode(stat.st_mode)
                    })
                }
                known => known,
            };
            listing.extend(entry.ino().to_le_bytes());
            listing.extend(u32::try_from(name.len()).unwrap_or(0).to_le_bytes());
            listing.extend(wasi_file_type(file_type).to_le_bytes());
            listing.extend(name);
            if listing.len() > LISTING_BYTES_MAX {
                return Err(Errno::OVERFLOW);
            }
        }
        self.park(listing)
    }

    /// Parks where a link leads, unless that is out of the folder: such paths are the host's own.
    pub(crate) fn read_link(&mut self, mount: i32, path: &Path) -> Done<u32> {
        if self.single_file(mount).is_some() {
            return Err(Errno::INVALID);
        }
        let target = self.folder(mount)?.dir.read_link_contents(path)?;
        let mut depth = path.components().count().saturating_sub(1);
        for component in target.components() {
            match component {
                Component::Normal(_) => depth += 1,
                Component::CurDir => {}
                Component::ParentDir if depth > 0 => depth -= 1,
                _ => return Err(Errno::NOT_PERMITTED),
            }
        }
        self.park(target.as_os_str().as_bytes().to_vec())
    }

    pub(crate) fn create_dir(&self, mount: i32, path: &Path) -> Done<()> {
        let folder = self.writable(mount)?;
        let one = Change {
            bytes: 0,
            entries: 1,
        };
        folder
            .usage
            .step(|| Ok(one), || Ok((folder.dir.create_dir(path)?, one)))
    }

    pub(crate) fn unlink(&self, mount: i32, path: &Path) -> Done<()> {
        let folder = self.writable(mount)?;
        folder.usage.remove(
            || Self::removed(folder, path),
            || Ok(folder.dir.remove_file(path)?),
        )
    }

    pub(crate) fn remove_dir(&self, mount: i32, path: &Path) -> Done<()> {
        let folder = self.writable(mount)?;
        folder.usage.step(
            || Ok(Change::default()),
            || {
                folder.dir.remove_dir(path)?;
                let change = Change {
                    bytes: 0,
                    entries: -1,
                };
                Ok(((), change))
            },
        )
    }

    pub(crate) fn rename(&self, from: (i32, &Path), to: (i32, &Path)) -> Done<()> {
        let (from_folder, to_folder) = (self.writable(from.0)?, self.writable(to.0)?);
        if from.0 != to.0 {
            // As between any two mounts: a quota of its own holds for each.
            return Err(Errno::OTHER_DEVICE);
        }
        to_folder.usage.remove(
            || {
                // A rename to another name of the same file leaves both.
                if same_file(&from_folder.dir, from.1, to.1) {
                    Removed::NOTHING
                } else {
                    Self::removed(to_folder, to.1)
                }
            },
            || Ok(from_folder.dir.rename(from.1, &to_folder.dir, to.1)?),
        )
    }

    /// What goes with the name at `path`. The bytes of a file stay while it has another name.
    fn removed(folder: &Folder, path: &Path) -> Removed {
        use cap_std::fs::MetadataExt;
        let Ok(found) = folder.dir.symlink_metadata(path) else {
            return Removed::NOTHING;
        };
        let has_no_other_name = found.is_file() && found.nlink() == 1;
        Removed {
            entries: 1,
            file: has_no_other_name.then(|| FileId::new(found.dev(), found.ino())),
            bytes: found.len(),
        }
    }

    pub(crate) fn set_modified(&self, mount: i32, path: &Path, modified_ns: u64) -> Done<()> {
        if let Some(single) = self.single_file(mount) {
            return single.set_modified(path, modified_ns);
        }
        let dir = &self.writable(mount)?.dir;
        let found = dir.metadata(path)?;
        if found.is_dir() {
            return set_modified(open_dir(dir, path)?, modified_ns);
        }
        if !found.is_file() {
            return Err(Errno::ACCESS);
        }
        let mut options = OpenOptions::new();
        let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
        options.read(true).custom_flags(flags.bits().cast_signed());
        set_modified(dir.open_with(path, &options)?, modified_ns)
    }

    /// As much as there is at this offset, `len` bytes at most and no more than one call reads.
    pub(crate) fn read(&mut self, handle: i64, offset: u64, len: usize) -> Done<&[u8]> {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.resize(len.min(MOVED_BYTES_MAX), 0);
        let read = self.file(handle)?.file.read_at(&mut buffer, offset);
        self.buffer = buffer;
        Ok(&self.buffer[..read?])
    }

    /// Gives how much of `bytes` was written.
    pub(crate) fn write(&self, handle: i64, offset: u64, bytes: &[u8]) -> Done<usize> {
        let open = self.file(handle)?;
        if !open.is_writable {
            return Err(Errno::BAD_HANDLE);
        }
        let bytes = &bytes[..bytes.len().min(MOVED_BYTES_MAX)];
        let before = std::cell::Cell::new(0);
        open.usage.step(
            || {
                before.set(open.file.metadata()?.len());
                let end = offset.saturating_add(bytes.len() as u64);
                Ok(growth(before.get(), end.max(before.get())))
            },
            || {
                let written = open.file.write_at(bytes, offset)?;
                let end = offset.saturating_add(written as u64);
                Ok((written, growth(before.get(), end.max(before.get()))))
            },
        )
    }

    pub(crate) fn set_len(&self, handle: i64, len: u64) -> Done<()> {
        let open = self.file(handle)?;
        if !open.is_writable {
            return Err(Errno::INVALID);
        }
        let before = std::cell::Cell::new(0);
        open.usage.step(
            || {
                before.set(open.file.metadata()?.len());
                Ok(growth(before.get(), len))
            },
            || Ok((open.file.set_len(len)?, growth(before.get(), len))),
        )
    }

    pub(crate) fn stat_open(&self, handle: i64) -> Done<Stat> {
        let open = self.file(handle)?;
        Ok(Stat::of_file(&open.file.metadata()?).read_only(!open.is_in_writable))
    }

    pub(crate) fn sync(&self, handle: i64) -> Done<()> {
        Ok(self.file(handle)?.file.sync_all()?)
    }

    pub(crate) fn set_modified_open(&self, handle: i64, modified_ns: u64) -> Done<()> {
        let open = self.file(handle)?;
        if !open.is_in_writable {
            return Err(Errno::READ_ONLY);
        }
        set_modified(&open.file, modified_ns)
    }

    pub(crate) fn close(&mut self, handle: i64) -> Done<()> {
        let closed = self.files.remove(&handle);
        closed.map(drop).ok_or(Errno::BAD_HANDLE)
    }

    /// What was parked, if it is this long.
    pub(crate) fn take_parked(&mut self, len: usize) -> Done<Vec<u8>> {
        let parked = std::mem::take(&mut self.parked);
        if parked.len() == len {
            Ok(parked)
        } else {
            Err(Errno::INVALID)
        }
    }

    fn park(&mut self, bytes: Vec<u8>) -> Done<u32> {
        let len = u32::try_from(bytes.len()).map_err(|_| Errno::OVERFLOW)?;
        self.parked = bytes;
        Ok(len)
    }

    fn keep(&mut self, open: OpenFile) -> i64 {
        self.last_handle += 1;
        self.files.insert(self.last_handle, open);
        self.last_handle
    }

    fn single_file(&self, mount: i32) -> Option<&SingleFile> {
        self.single_files.iter().find(|file| file.number == mount)
    }

    fn folder(&self, mount: i32) -> Done<&Folder> {
        let folder = self.folders.iter().find(|folder| folder.number == mount);
        folder.ok_or_else(|| match self.single_file(mount) {
            Some(_) => Errno::NOT_DIRECTORY,
            None => Errno::NO_DEVICE,
        })
    }

    fn writable(&self, mount: i32) -> Done<&Folder> {
        let folder = self.folder(mount)?;
        if folder.is_writable {
            Ok(folder)
        } else {
            Err(Errno::READ_ONLY)
        }
    }

    fn file(&self, handle: i64) -> Done<&OpenFile> {
        self.files.get(&handle).ok_or(Errno::BAD_HANDLE)
    }
}

pub(super) fn growth(before: u64, after: u64) -> Change {
    Change {
        bytes: i128::from(after) - i128::from(before),
        entries: 0,
    }
}

/// Whether both paths lead to one file, which a rename then leaves as it is.
fn same_file(dir: &Dir, from: &Path, to: &Path) -> bool {
    use cap_std::fs::MetadataExt;
    let id = |path: &Path| {
        let found = dir.symlink_metadata(path).ok()?;
        Some((found.dev(), found.ino()))
    };
    id(from).is_some_and(|from| id(to) == Some(from))
}

/// The guest's bytes as a path in a mounted folder; the folder itself for none.
pub(crate) fn to_path(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(if bytes.is_empty() {
        b"."
    } else {
        bytes
    }))
}

/// A folder, opened for more than to begin paths there, which is all that cap-std opens it for.
fn open_dir(dir: &Dir, path: &Path) -> Done<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let found = dir.open_dir(path)?;
    Ok(rustix::fs::openat(found, c".", flags, Mode::empty())?)
}

pub(super) fn set_modified(file: impl AsFd, modified_ns: u64) -> Done<()> {
    let second = 1_000_000_000;
    let times = Timestamps {
        last_access: Timespec {
            tv_sec: 0,
            tv_nsec: UTIME_OMIT,
        },
        last_modification: Timespec {
            tv_sec: i64::try_from(modified_ns / second).map_err(|_| Errno::INVALID)?,
            tv_nsec: (modified_ns % second)
                .try_into()
                .map_err(|_| Errno::INVALID)?,
        },
    };
    Ok(rustix::fs::futimens(file, &times)?)
}

//! ```text
//!   folder/
//!     .lock                     held while a store is open
//!     .new/7.session            being written; removed when a store opens
//!     TENANT/SESSION.session    names percent-encoded; a tenant's folder goes with its last session
//! ```
//!
//! What outlasts a loss of power is what was synced, and a name only with the folder that it is in. So a session is
//! written in these steps, and when `store` returns all of them are on the disk:
//!
//! ```text
//!   once a process    make the folder and .new     sync each folder above it
//!   once a tenant     make TENANT/                 sync the folder
//!   each session      write .new/7.session, sync it, rename it into TENANT/, sync TENANT/
//! ```
//!
//! A folder that is there already may be one that a process has made that was killed before it could sync it. So the syncs
//! of the first two lines are made by each process, whether or not it has made the folders.

mod disk;
#[cfg(test)]
mod half_done;
#[cfg(test)]
mod power_loss;
mod trust;

use super::envelope::{self, HEADER_BYTES, Versions};
use super::{BlockingStore, NAME_BYTES_MAX, SessionKey, StoreError, Stored, Version};
use bytes::Bytes;
use disk::{Disk, Files};
use parking_lot::{Mutex, RwLock, RwLockReadGuard, RwLockWriteGuard};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::collections::HashSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What may stand in a file's name as it is. No dot: no name is `..` or hidden.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');
const EXTENSION: &str = ".session";
/// Of a file's name, on the file systems there are.
const FILE_NAME_BYTES_MAX: usize = 255;
const _: () = assert!(3 * NAME_BYTES_MAX + EXTENSION.len() <= FILE_NAME_BYTES_MAX);
const NEW: &str = ".new";
/// Tenants and sessions share this many locks, by their hashes.
const LOCKS: usize = 64;

/// Sleeping sessions in a folder, a file each. Cloning gives the same store.
///
/// They outlast the process and a loss of power. One process at a time uses a folder.
#[derive(Debug, Clone)]
pub struct FolderStore {
    folder: Arc<Folder<Disk>>,
}

impl FolderStore {
    /// Opens a folder, or makes it, for its owner alone.
    ///
    /// # Errors
    ///
    /// [`StoreError::InUse`]; [`StoreError::Untrusted`] for a folder that belongs to another user, or that its group or
    /// others can write to; and [`StoreError::Io`].
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, StoreError> {
        Ok(Self {
            folder: Arc::new(Folder::open(folder.into(), Disk)?),
        })
    }
}

impl BlockingStore for FolderStore {
    fn load(&self, key: &SessionKey) -> Result<Option<Stored>, StoreError> {
        self.folder.load(key)
    }

    fn store(
        &self,
        key: &SessionKey,
        session: Bytes,
        expected: Option<&Version>,
    ) -> Result<Version, StoreError> {
        self.folder.store(key, &session, expected)
    }

    fn remove(&self, key: &SessionKey) -> Result<bool, StoreError> {
        self.folder.remove(key)
    }

    fn sessions(&self, tenant: &str) -> Result<Vec<String>, StoreError> {
        self.folder.sessions(tenant)
    }

    fn len(&self) -> Result<usize, StoreError> {
        let count = self.folder.count();
        count.map_err(StoreError::io("count sessions"))
    }
}

/// The folder, and what writes to it.
#[derive(Debug)]
struct Folder<F> {
    path: PathBuf,
    files: F,
    next_new: AtomicU64,
    versions: Versions,
    hasher: RandomState,
    /// Tenants whose folders are there and on the disk. Who adds a session holds one for reading, who removes a folder
    /// for writing.
    tenants: [RwLock<HashSet<String>>; LOCKS],
    /// Held from the comparison of versions to the replacement. Taken before one of `tenants`.
    sessions: [Mutex<()>; LOCKS],
    /// Held for its lock.
    _lock: File,
}

impl<F: Files> Folder<F> {
    fn open(path: PathBuf, files: F) -> Result<Self, StoreError> {
        let path = std::path::absolute(path).map_err(StoreError::io("find its folder"))?;
        make_root(&path, &files).map_err(StoreError::io("make its folder"))?;
        trust::check(&path)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join(".lock"))
            .map_err(StoreError::io("open its lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::InUse { path }),
            Err(TryLockError::Error(source)) => {
                return Err(StoreError::io("take its lock")(source));
            }
        }
        let new = path.join(NEW);
        match fs::remove_dir_all(&new) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(StoreError::io("remove what was not finished")(error));
            }
            _ => {}
        }
        make_folder(&new, &files).map_err(StoreError::io("make its folder"))?;
        Ok(Self {
            path,
            files,
            next_new: AtomicU64::new(0),
            versions: Versions::new(),
            hasher: RandomState::new(),
            tenants: std::array::from_fn(|_| RwLock::default()),
            sessions: std::array::from_fn(|_| Mutex::default()),
            _lock: lock,
        })
    }

    fn load(&self, key: &SessionKey) -> Result<Option<Stored>, StoreError> {
        let path = self.session_path(key);
        let opened = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::io("open a session")(error)),
        };
        trust::check(&self.tenant_path(key.tenant()))?;
        trust::check_file(&opened, &path)?;
        let mut stored = Vec::new();
        (&opened)
            .read_to_end(&mut stored)
            .map_err(StoreError::io("read a session"))?;
        Ok(Some(envelope::opened(stored.into())))
    }

    fn store(
        &self,
        key: &SessionKey,
        session: &[u8],
        expected: Option<&Version>,
    ) -> Result<Version, StoreError> {
        let header = self.versions.header();
        let new = self.write_new(&header, session)?;
        let path = self.session_path(key);
        let _turn = self.sessions[self.lock_of(key)].lock();
        if version_at(&path)?.as_ref() != expected {
            self.discard(&new);
            return Err(StoreError::Conflict);
        }
        let placed = (|| {
            let _folder = self.tenant_folder(key.tenant())?;
            self.files.rename(&new, &path)?;
            self.files.sync_folder(&self.tenant_path(key.tenant()))
        })();
        if let Err(error) = placed {
            self.discard(&new);
            return Err(StoreError::io("place a session")(error));
        }
        Ok(envelope::version(&header))
    }

    fn remove(&self, key: &SessionKey) -> Result<bool, StoreError> {
        let _turn = self.sessions[self.lock_of(key)].lock();
        // Until the removal is on the disk nobody removes the folder that it is in.
        let known = self.tenants[self.lock_of(key.tenant())].read();
        match self.files.remove_file(&self.session_path(key)) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(StoreError::io("remove a session")(error)),
        }
        let tenant = self.tenant_path(key.tenant());
        self.files
            .sync_folder(&tenant)
            .map_err(StoreError::io("sync its folder"))?;
        drop(known);
        let mut known = self.tenants[self.lock_of(key.tenant())].write();
        // Refused as long as there is something in it, which is well.
        if self.files.remove_folder(&tenant).is_ok() {
            known.remove(key.tenant());
        }
        Ok(true)
    }

    fn sessions(&self, tenant: &str) -> Result<Vec<String>, StoreError> {
        let entries = match fs::read_dir(self.tenant_path(tenant)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(StoreError::io("list sessions")(error)),
        };
        let mut sessions = Vec::new();
        for entry in entries {
            let name = entry.map_err(StoreError::io("list sessions"))?.file_name();
            sessions.extend(name.to_str().and_then(decoded));
        }
        Ok(sessions)
    }

    fn count(&self) -> io::Result<usize> {
        let mut count = 0;
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            if entry.file_name() == NEW || !entry.file_type()?.is_dir() {
                continue;
            }
            let sessions = match fs::read_dir(entry.path()) {
                Ok(sessions) => sessions,
                // Its last session was removed meanwhile.
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            for session in sessions {
                let name = session?.file_name();
                count += usize::from(name.to_str().and_then(decoded).is_some());
            }
        }
        Ok(count)
    }

    /// Writes a session to where nobody looks for it, and to the disk.
    fn write_new(&self, header: &[u8], session: &[u8]) -> Result<PathBuf, StoreError> {
        let number = self.next_new.fetch_add(1, Ordering::Relaxed);
        let new = self.path.join(NEW).join(format!("{number}{EXTENSION}"));
        let written = self
            .files
            .create(&new, &[header, session])
            .and_then(|file| self.files.sync_file(&file));
        if let Err(error) = written {
            self.discard(&new);
            return Err(StoreError::io("write a session")(error));
        }
        Ok(new)
    }

    /// Removes what was written for nothing. If that fails it is removed when the folder is opened next.
    fn discard(&self, new: &Path) {
        let _ = self.files.remove_file(new);
    }

    /// Sees that a tenant's folder is there and on the disk, and stays as long as the guard does.
    fn tenant_folder(&self, tenant: &str) -> io::Result<RwLockReadGuard<'_, HashSet<String>>> {
        let lock = &self.tenants[self.lock_of(tenant)];
        let known = lock.read();
        if known.contains(tenant) {
            return Ok(known);
        }
        drop(known);
        let mut known = lock.write();
        let path = self.tenant_path(tenant);
        make_folder(&path, &self.files)?;
        trust::check(&path).map_err(io::Error::other)?;
        self.files.sync_folder(&self.path)?;
        known.insert(tenant.to_owned());
        Ok(RwLockWriteGuard::downgrade(known))
    }

    fn tenant_path(&self, tenant: &str) -> PathBuf {
        self.path.join(encoded(tenant, ""))
    }

    fn session_path(&self, key: &SessionKey) -> PathBuf {
        self.tenant_path(key.tenant())
            .join(encoded(key.session(), EXTENSION))
    }

    fn lock_of(&self, of: impl std::hash::Hash) -> usize {
        let hash = self.hasher.hash_one(of);
        usize::try_from(hash % LOCKS as u64).unwrap_or(0)
    }
}

/// Which version of a session is there.
fn version_at(path: &Path) -> Result<Option<Version>, StoreError> {
    let mut header = Vec::with_capacity(HEADER_BYTES);
    let read =
        File::open(path).and_then(|file| file.take(HEADER_BYTES as u64).read_to_end(&mut header));
    match read {
        Ok(_) => Ok(Some(envelope::version(&header))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::io("read a session's version")(error)),
    }
}

/// Makes the store's folder and those above it, and syncs each of them into the one above.
fn make_root(path: &Path, files: &impl Files) -> io::Result<()> {
    let missing: Vec<&Path> = path.ancestors().take_while(|path| !path.exists()).collect();
    for folder in missing.iter().rev() {
        make_folder(folder, files)?;
    }
    for (height, above) in path.ancestors().skip(1).enumerate() {
        let synced = files.sync_folder(above);
        // What was there before may be nothing that this user can open.
        if height < missing.len() {
            synced?;
        }
    }
    Ok(())
}

/// Makes a folder, unless it is there.
fn make_folder(path: &Path, files: &impl Files) -> io::Result<()> {
    match files.make_folder(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        made => made,
    }
}

/// A name as that of a file. No name is too long for it.
fn encoded(name: &str, extension: &str) -> String {
    format!("{}{extension}", utf8_percent_encode(name, ENCODED))
}

fn decoded(file_name: &str) -> Option<String> {
    let name = file_name.strip_suffix(EXTENSION)?;
    let name = percent_decode_str(name).decode_utf8().ok()?;
    Some(name.into_owned())
}

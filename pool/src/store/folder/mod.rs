//! ```text
//!   folder/
//!     .lock                     held while a store is open
//!     .new/7.session            being written; removed when a store opens
//!     TENANT/SESSION.session    names percent-encoded
//! ```
//!
//! A session is written beside its place, synced, and renamed into it; then the folder is synced. So a crash leaves the
//! old version or the new one, and when `put` has returned it is the new one.

use super::{NAME_BYTES_MAX, SessionKey, SessionStore, StoreError};
use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// What may stand in a file's name as it is. No dot: no name is `..` or hidden.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');
const EXTENSION: &str = ".session";
/// Of a file's name, on the file systems there are.
const FILE_NAME_BYTES_MAX: usize = 255;
const _: () = assert!(3 * NAME_BYTES_MAX + EXTENSION.len() <= FILE_NAME_BYTES_MAX);
const NEW: &str = ".new";

/// Sleeping sessions in a folder, a file each.
///
/// They outlast the process and a loss of power. One process at a time uses a folder.
#[derive(Debug)]
pub struct FolderStore {
    folder: PathBuf,
    next_new: AtomicU64,
    /// Held for its lock.
    _lock: File,
}

impl FolderStore {
    /// Opens a folder, or makes it, for its owner alone.
    ///
    /// # Errors
    ///
    /// [`StoreError::InUse`], and [`StoreError::Io`].
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let folder = folder.into();
        make_folder(&folder).map_err(StoreError::io("make its folder"))?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join(".lock"))
            .map_err(StoreError::io("open its lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::InUse { path: folder }),
            Err(TryLockError::Error(source)) => {
                return Err(StoreError::io("take its lock")(source));
            }
        }
        let new = folder.join(NEW);
        match fs::remove_dir_all(&new) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(StoreError::io("remove what was not finished")(error));
            }
            _ => {}
        }
        make_folder(&new).map_err(StoreError::io("make its folder"))?;
        Ok(Self {
            folder,
            next_new: AtomicU64::new(0),
            _lock: lock,
        })
    }

    fn tenant_folder(&self, tenant: &str) -> PathBuf {
        self.folder.join(encoded(tenant, ""))
    }

    fn path(&self, key: &SessionKey) -> PathBuf {
        self.tenant_folder(key.tenant())
            .join(encoded(key.session(), EXTENSION))
    }

    fn write(&self, path: &Path, session: &[u8]) -> io::Result<()> {
        let number = self.next_new.fetch_add(1, Ordering::Relaxed);
        let new = self.folder.join(NEW).join(format!("{number}{EXTENSION}"));
        let written = (|| {
            let mut file = OpenOptions::new().write(true).create_new(true).open(&new)?;
            file.write_all(session)?;
            file.sync_all()?;
            let tenant = path.parent().ok_or(ErrorKind::NotADirectory)?;
            if !tenant.is_dir() {
                make_folder(tenant)?;
                sync_folder(&self.folder)?;
            }
            fs::rename(&new, path)?;
            sync_folder(tenant)
        })();
        if written.is_err() {
            // Not there any more, or removed when the folder is opened next.
            let _ = fs::remove_file(&new);
        }
        written
    }
}

impl SessionStore for FolderStore {
    fn put(&self, key: &SessionKey, session: Bytes) -> Result<(), StoreError> {
        self.write(&self.path(key), &session)
            .map_err(StoreError::io("write a session"))
    }

    fn get(&self, key: &SessionKey) -> Result<Option<Bytes>, StoreError> {
        match fs::read(self.path(key)) {
            Ok(session) => Ok(Some(session.into())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::io("read a session")(error)),
        }
    }

    fn remove(&self, key: &SessionKey) -> Result<bool, StoreError> {
        let path = self.path(key);
        match fs::remove_file(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(StoreError::io("remove a session")(error)),
        }
        path.parent()
            .map_or(Ok(()), sync_folder)
            .map_err(StoreError::io("sync its folder"))?;
        Ok(true)
    }

    fn sessions(&self, tenant: &str) -> Result<Vec<String>, StoreError> {
        let entries = match fs::read_dir(self.tenant_folder(tenant)) {
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

    fn len(&self) -> Result<usize, StoreError> {
        let count = || {
            let mut count = 0;
            for entry in fs::read_dir(&self.folder)? {
                let entry = entry?;
                if entry.file_name() == NEW || !entry.file_type()?.is_dir() {
                    continue;
                }
                for entry in fs::read_dir(entry.path())? {
                    let name = entry?.file_name();
                    count += usize::from(name.to_str().and_then(decoded).is_some());
                }
            }
            Ok(count)
        };
        count().map_err(StoreError::io("count sessions"))
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

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Makes what was renamed or removed in a folder outlast a loss of power.
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

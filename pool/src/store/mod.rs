//! Where sleeping sessions are kept.

mod folder;
mod memory;
#[cfg(feature = "redb")]
mod redb;

pub use folder::FolderStore;
pub use memory::MemoryStore;
#[cfg(feature = "redb")]
pub use redb::RedbStore;

use bytes::Bytes;
use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Names of tenants and sessions may have so many bytes: as many as fit a file's name however they are encoded.
pub const NAME_BYTES_MAX: usize = 80;

/// Which session: its tenant's name and its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionKey {
    tenant: Arc<str>,
    session: Arc<str>,
}

impl SessionKey {
    /// The key of a tenant's session.
    ///
    /// # Errors
    ///
    /// [`BadName`] when a name is empty, longer than [`NAME_BYTES_MAX`] bytes, or holds a NUL.
    pub fn new(tenant: impl Into<Arc<str>>, session: impl Into<Arc<str>>) -> Result<Self, BadName> {
        let (tenant, session) = (tenant.into(), session.into());
        check_name(&tenant)?;
        check_name(&session)?;
        Ok(Self { tenant, session })
    }

    /// The tenant's name.
    #[must_use]
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// The session's name.
    #[must_use]
    pub fn session(&self) -> &str {
        &self.session
    }
}

impl fmt::Display for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} of {:?}", self.session, self.tenant)
    }
}

/// A name that no tenant and no session can have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} cannot be a name: one has 1 to {NAME_BYTES_MAX} bytes, none of them NUL")]
pub struct BadName {
    /// What it was to be, or how it begins.
    pub name: String,
}

/// A store that panics has failed: it may not take a session or the pool's own thread with it.
pub(crate) fn guarded<T>(call: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(call))
        .unwrap_or_else(|_| Err(StoreError::Other("it panicked".into())))
}

pub(crate) fn check_name(name: &str) -> Result<(), BadName> {
    if name.is_empty() || name.len() > NAME_BYTES_MAX || name.contains('\0') {
        let shown = name.chars().take(NAME_BYTES_MAX).collect();
        return Err(BadName { name: shown });
    }
    Ok(())
}

/// Why a store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Reading or writing failed.
    #[error("the store of sessions failed to {action}")]
    Io {
        /// What it was about to do.
        action: &'static str,
        /// The system's answer.
        source: io::Error,
    },
    /// Another process uses the store.
    #[error("another process uses the store {path}: give each its own, or end the other")]
    InUse {
        /// The store.
        path: std::path::PathBuf,
    },
    /// A database failed, or any other store behind the trait.
    #[error("the store of sessions failed")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl StoreError {
    fn io(action: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, source }
    }
}

/// A place for sleeping sessions.
///
/// The pool calls it from threads that may wait, unless it says that it [never does](Self::may_wait). What it holds is code: who can write to a store can have its sessions
/// do anything that a sandbox can do, unless the pool has a [`session_key`](crate::PoolBuilder::session_key).
pub trait SessionStore: Send + Sync + 'static {
    /// Stores a session, in place of what was stored under its key. When this returns the session has to be safe: a
    /// crash at any moment leaves the old version or the new one.
    ///
    /// # Errors
    ///
    /// [`StoreError`]: the old version, if any, is still there.
    fn put(&self, key: &SessionKey, session: Bytes) -> Result<(), StoreError>;

    /// The session as it was stored last; `None` if it was not.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn get(&self, key: &SessionKey) -> Result<Option<Bytes>, StoreError>;

    /// Forgets a session; says whether there was one.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn remove(&self, key: &SessionKey) -> Result<bool, StoreError>;

    /// The names of a tenant's sessions, in any order.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn sessions(&self, tenant: &str) -> Result<Vec<String>, StoreError>;

    /// Whether calls may wait for a disk or a network. Reads of one that never does are made where they are asked for,
    /// without another thread.
    fn may_wait(&self) -> bool {
        true
    }

    /// How many sessions there are. May count all of them.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn len(&self) -> Result<usize, StoreError>;

    /// Whether there are none.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn is_empty(&self) -> Result<bool, StoreError> {
        Ok(self.len()? == 0)
    }
}

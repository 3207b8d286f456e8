//! Where sleeping sessions are kept.

mod blocking;
mod envelope;
mod error;
mod folder;
mod key;
mod memory;
#[cfg(feature = "redb")]
mod redb;

pub use blocking::BlockingStore;
pub use error::StoreError;
pub use folder::FolderStore;
pub(crate) use key::check_name;
pub use key::{BadName, NAME_BYTES_MAX, SessionKey};
pub use memory::MemoryStore;
#[cfg(feature = "redb")]
pub use redb::RedbStore;

use bytes::Bytes;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

/// What a call of a store gives.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// A place for sleeping sessions, on this machine or behind a network.
///
/// A store that blocks, on a disk for example, is simpler to write as a [`BlockingStore`].
///
/// Several pools may use one store. Each version of a session has a [`Version`], and a pool replaces only the version
/// that it knows: of two pools that have gone on from the same version the second one to store is told so, by
/// [`StoreError::Conflict`], and overwrites nothing.
///
/// What a store holds is code: who can write to it can have its sessions do anything that a sandbox can do, unless the
/// pool has a [`session_key`](crate::PoolBuilder::session_key).
///
/// The pool awaits the futures in the caller's task, and on threads of `blocking` where no asynchronous runtime is. A
/// store that needs one brings it along: it spawns its work by a handle that it keeps. The futures may not wait for
/// threads of `blocking` themselves: what would is a [`BlockingStore`].
#[expect(clippy::len_without_is_empty, reason = "no pool asks that")]
pub trait SessionStore: Send + Sync + 'static {
    /// Reads a session as it was stored last; `None` if it is not there.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn load<'a>(&'a self, key: &'a SessionKey) -> StoreFuture<'a, Option<Stored>>;

    /// Stores a session in place of the version `expected`, or as a new one when that is `None`, and gives the new
    /// version. When the future is ready the session has to be safe: a crash at any moment leaves the old version or the
    /// new one. Comparing and replacing are one step for all who use the store.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`] when what is there is not `expected`, or is there although nothing was expected; any
    /// other [`StoreError`], and the old version or the new one is there then, whole. A pool that gets such an error loads
    /// the session before it stores it again, to see which.
    fn store<'a>(
        &'a self,
        key: &'a SessionKey,
        session: Bytes,
        expected: Option<&'a Version>,
    ) -> StoreFuture<'a, Version>;

    /// Forgets a session, whichever version is there; says whether there was one.
    ///
    /// # Errors
    ///
    /// [`StoreError`]. The session may be there then or not.
    fn remove<'a>(&'a self, key: &'a SessionKey) -> StoreFuture<'a, bool>;

    /// The names of a tenant's sessions, in any order.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn sessions<'a>(&'a self, tenant: &'a str) -> StoreFuture<'a, Vec<String>>;

    /// How many sessions there are. May count all of them.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn len(&self) -> StoreFuture<'_, usize>;

    /// The store itself, if its calls block: the pool then makes them where it may block anyway, and needs no second
    /// thread. [`BlockingStore`]s say so by themselves.
    fn as_blocking(&self) -> Option<&dyn BlockingStore> {
        None
    }
}

/// A session as a store has it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stored {
    /// What was stored.
    pub session: Bytes,
    /// Which version this is.
    pub version: Version,
}

impl Stored {
    /// A session and its version.
    pub fn new(session: impl Into<Bytes>, version: Version) -> Self {
        Self {
            session: session.into(),
            version,
        }
    }
}

/// Tells one version of a stored session from every other, as an ETag does. What is in it is the store's affair.
///
/// A store never gives two versions of a session the same one, not even when the session was removed in between.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Version(Bytes);

impl Version {
    /// A version of a store's own making.
    pub fn new(version: impl Into<Bytes>) -> Self {
        Self(version.into())
    }

    /// What the store has put into it.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Version({})", self.0.escape_ascii())
    }
}

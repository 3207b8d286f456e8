use super::{SessionKey, SessionStore, StoreError, StoreFuture, Stored, Version};
use crate::off_thread::Lane;
use bytes::Bytes;
use std::sync::{Arc, OnceLock};

/// A [`SessionStore`] whose calls block, on a disk for example.
///
/// One that can be cloned, as a handle to what the clones share, is a [`SessionStore`]: its calls are made on threads
/// of `blocking`, and those that change something are made even when nobody waits for them any more. An [`Arc`] of any
/// such store can be cloned.
///
/// ```
/// use bytes::Bytes;
/// use hatchery_pool::{BlockingStore, SessionKey, StoreError, Stored, Version};
///
/// /// A store that has nothing and takes nothing.
/// #[derive(Clone)]
/// struct Nowhere;
///
/// impl BlockingStore for Nowhere {
///     fn load(&self, _: &SessionKey) -> Result<Option<Stored>, StoreError> {
///         Ok(None)
///     }
///     fn store(&self, _: &SessionKey, _: Bytes, _: Option<&Version>) -> Result<Version, StoreError> {
///         Err(StoreError::other("there is no room"))
///     }
///     fn remove(&self, _: &SessionKey) -> Result<bool, StoreError> {
///         Ok(false)
///     }
///     fn sessions(&self, _: &str) -> Result<Vec<String>, StoreError> {
///         Ok(Vec::new())
///     }
///     fn len(&self) -> Result<usize, StoreError> {
///         Ok(0)
///     }
/// }
/// ```
#[expect(clippy::len_without_is_empty, reason = "no pool asks that")]
pub trait BlockingStore: Send + Sync + 'static {
    /// As [`SessionStore::load`].
    ///
    /// # Errors
    ///
    /// As [`SessionStore::load`].
    fn load(&self, key: &SessionKey) -> Result<Option<Stored>, StoreError>;

    /// As [`SessionStore::store`].
    ///
    /// # Errors
    ///
    /// As [`SessionStore::store`].
    fn store(
        &self,
        key: &SessionKey,
        session: Bytes,
        expected: Option<&Version>,
    ) -> Result<Version, StoreError>;

    /// As [`SessionStore::remove`].
    ///
    /// # Errors
    ///
    /// As [`SessionStore::remove`].
    fn remove(&self, key: &SessionKey) -> Result<bool, StoreError>;

    /// As [`SessionStore::sessions`].
    ///
    /// # Errors
    ///
    /// As [`SessionStore::sessions`].
    fn sessions(&self, tenant: &str) -> Result<Vec<String>, StoreError>;

    /// As [`SessionStore::len`].
    ///
    /// # Errors
    ///
    /// As [`SessionStore::len`].
    fn len(&self) -> Result<usize, StoreError>;
}

impl<S: BlockingStore> BlockingStore for Arc<S> {
    fn load(&self, key: &SessionKey) -> Result<Option<Stored>, StoreError> {
        (**self).load(key)
    }

    fn store(
        &self,
        key: &SessionKey,
        session: Bytes,
        expected: Option<&Version>,
    ) -> Result<Version, StoreError> {
        (**self).store(key, session, expected)
    }

    fn remove(&self, key: &SessionKey) -> Result<bool, StoreError> {
        (**self).remove(key)
    }

    fn sessions(&self, tenant: &str) -> Result<Vec<String>, StoreError> {
        (**self).sessions(tenant)
    }

    fn len(&self) -> Result<usize, StoreError> {
        (**self).len()
    }
}

impl<S: BlockingStore + Clone> SessionStore for S {
    fn load<'a>(&'a self, key: &'a SessionKey) -> StoreFuture<'a, Option<Stored>> {
        let (store, key) = (self.clone(), key.clone());
        Box::pin(lane().run_if_awaited(move || BlockingStore::load(&store, &key)))
    }

    fn store<'a>(
        &'a self,
        key: &'a SessionKey,
        session: Bytes,
        expected: Option<&'a Version>,
    ) -> StoreFuture<'a, Version> {
        let (store, key, expected) = (self.clone(), key.clone(), expected.cloned());
        Box::pin(lane().run(move || BlockingStore::store(&store, &key, session, expected.as_ref())))
    }

    fn remove<'a>(&'a self, key: &'a SessionKey) -> StoreFuture<'a, bool> {
        let (store, key) = (self.clone(), key.clone());
        Box::pin(lane().run(move || BlockingStore::remove(&store, &key)))
    }

    fn sessions<'a>(&'a self, tenant: &'a str) -> StoreFuture<'a, Vec<String>> {
        let (store, tenant) = (self.clone(), tenant.to_owned());
        Box::pin(lane().run_if_awaited(move || BlockingStore::sessions(&store, &tenant)))
    }

    fn len(&self) -> StoreFuture<'_, usize> {
        let store = self.clone();
        Box::pin(lane().run_if_awaited(move || BlockingStore::len(&store)))
    }

    fn as_blocking(&self) -> Option<&dyn BlockingStore> {
        Some(self)
    }
}

/// So many calls of such stores are under way at once where somebody else than a pool awaits them.
const THREADS_MAX: usize = 64;

/// The threads of those calls. Pools make theirs on threads of their own.
fn lane() -> &'static Lane {
    static LANE: OnceLock<Lane> = OnceLock::new();
    LANE.get_or_init(|| Lane::new(THREADS_MAX))
}

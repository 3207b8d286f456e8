use super::{SessionKey, SessionStore, StoreError, StoreFuture, Stored, Version};
use bytes::Bytes;
use dashmap::{DashMap, Entry};
use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Sleeping sessions in this process's memory, which end with it. Cloning gives the same store.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    sessions: DashMap<SessionKey, (Bytes, u64)>,
    next_version: AtomicU64,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes that its sessions have.
    #[must_use]
    pub fn len_bytes(&self) -> usize {
        let sessions = self.shared.sessions.iter();
        sessions.map(|session| session.0.len()).sum()
    }

    fn replace(
        &self,
        key: &SessionKey,
        session: Bytes,
        expected: Option<&Version>,
    ) -> Result<Version, StoreError> {
        let number = self.shared.next_version.fetch_add(1, Ordering::Relaxed);
        match (self.shared.sessions.entry(key.clone()), expected) {
            (Entry::Vacant(place), None) => {
                place.insert((session, number));
            }
            (Entry::Occupied(mut there), Some(expected)) if version(there.get().1) == *expected => {
                there.insert((session, number));
            }
            _ => return Err(StoreError::Conflict),
        }
        Ok(version(number))
    }
}

fn version(number: u64) -> Version {
    Version::new(Bytes::copy_from_slice(&number.to_le_bytes()))
}

impl SessionStore for MemoryStore {
    fn load<'a>(&'a self, key: &'a SessionKey) -> StoreFuture<'a, Option<Stored>> {
        let stored = self.shared.sessions.get(key);
        let stored = stored.map(|entry| Stored::new(entry.0.clone(), version(entry.1)));
        Box::pin(ready(Ok(stored)))
    }

    fn store<'a>(
        &'a self,
        key: &'a SessionKey,
        session: Bytes,
        expected: Option<&'a Version>,
    ) -> StoreFuture<'a, Version> {
        Box::pin(ready(self.replace(key, session, expected)))
    }

    fn remove<'a>(&'a self, key: &'a SessionKey) -> StoreFuture<'a, bool> {
        let removed = self.shared.sessions.remove(key);
        Box::pin(ready(Ok(removed.is_some())))
    }

    fn sessions<'a>(&'a self, tenant: &'a str) -> StoreFuture<'a, Vec<String>> {
        let sessions = self.shared.sessions.iter();
        let names = sessions
            .filter(|entry| entry.key().tenant() == tenant)
            .map(|entry| entry.key().session().to_owned())
            .collect();
        Box::pin(ready(Ok(names)))
    }

    fn len(&self) -> StoreFuture<'_, usize> {
        Box::pin(ready(Ok(self.shared.sessions.len())))
    }
}

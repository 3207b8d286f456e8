use super::{SessionKey, SessionStore, StoreError};
use bytes::Bytes;
use dashmap::DashMap;

/// Sleeping sessions in this process's memory, which end with it.
#[derive(Debug, Default)]
pub struct MemoryStore {
    sessions: DashMap<SessionKey, Bytes>,
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
        self.sessions.iter().map(|session| session.len()).sum()
    }
}

impl SessionStore for MemoryStore {
    fn put(&self, key: &SessionKey, session: Bytes) -> Result<(), StoreError> {
        self.sessions.insert(key.clone(), session);
        Ok(())
    }

    fn get(&self, key: &SessionKey) -> Result<Option<Bytes>, StoreError> {
        Ok(self.sessions.get(key).map(|session| session.clone()))
    }

    fn remove(&self, key: &SessionKey) -> Result<bool, StoreError> {
        Ok(self.sessions.remove(key).is_some())
    }

    fn sessions(&self, tenant: &str) -> Result<Vec<String>, StoreError> {
        let sessions = self.sessions.iter();
        Ok(sessions
            .filter(|entry| entry.key().tenant() == tenant)
            .map(|entry| entry.key().session().to_owned())
            .collect())
    }

    fn may_wait(&self) -> bool {
        false
    }

    fn len(&self) -> Result<usize, StoreError> {
        Ok(self.sessions.len())
    }
}

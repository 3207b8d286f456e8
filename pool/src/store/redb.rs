use super::envelope::{self, Versions};
use super::{BlockingStore, SessionKey, StoreError, Stored, Version};
use bytes::Bytes;
use redb::{
    Database, DatabaseError, ReadableDatabase, ReadableTable, ReadableTableMetadata,
    TableDefinition,
};
use std::path::Path;
use std::sync::Arc;

/// Keyed by tenant and session.
const SESSIONS: TableDefinition<'_, (&str, &str), &[u8]> = TableDefinition::new("sessions");

/// Sleeping sessions in one file, an embedded database of the crate redb. Cloning gives the same store.
///
/// They outlast the process and a loss of power. One process at a time uses a file.
#[derive(Debug, Clone)]
pub struct RedbStore {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    database: Database,
    versions: Versions,
}

impl RedbStore {
    /// Opens a database, or makes it.
    ///
    /// # Errors
    ///
    /// [`StoreError::InUse`], and [`StoreError::Other`] for a file that is something else or damaged.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        let database = Database::create(path).map_err(|error| match error {
            DatabaseError::DatabaseAlreadyOpen => StoreError::InUse { path: path.into() },
            error => other(error),
        })?;
        // Readers find no table in a new database otherwise.
        let transaction = database.begin_write().map_err(other)?;
        transaction.open_table(SESSIONS).map_err(other)?;
        transaction.commit().map_err(other)?;
        Ok(Self {
            shared: Arc::new(Shared {
                database,
                versions: Versions::new(),
            }),
        })
    }
}

fn other(error: impl Into<redb::Error>) -> StoreError {
    StoreError::Other(Box::new(error.into()))
}

fn columns(key: &SessionKey) -> (&str, &str) {
    (key.tenant(), key.session())
}

impl BlockingStore for RedbStore {
    fn load(&self, key: &SessionKey) -> Result<Option<Stored>, StoreError> {
        let transaction = self.shared.database.begin_read().map_err(other)?;
        let table = transaction.open_table(SESSIONS).map_err(other)?;
        let session = table.get(columns(key)).map_err(other)?;
        Ok(session.map(|session| envelope::opened(Bytes::copy_from_slice(session.value()))))
    }

    fn store(
        &self,
        key: &SessionKey,
        session: Bytes,
        expected: Option<&Version>,
    ) -> Result<Version, StoreError> {
        let header = self.shared.versions.header();
        let stored = [&header[..], &session].concat();
        // Transactions that write take turns: nobody comes between the comparison and the replacement.
        let transaction = self.shared.database.begin_write().map_err(other)?;
        {
            let mut table = transaction.open_table(SESSIONS).map_err(other)?;
            let there = table.get(columns(key)).map_err(other)?;
            let there = there.map(|stored| envelope::version(stored.value()));
            if there.as_ref() != expected {
                return Err(StoreError::Conflict);
            }
            table.insert(columns(key), &stored[..]).map_err(other)?;
        }
        // Synced, as transactions are unless told otherwise.
        transaction.commit().map_err(other)?;
        Ok(envelope::version(&header))
    }

    fn remove(&self, key: &SessionKey) -> Result<bool, StoreError> {
        let transaction = self.shared.database.begin_write().map_err(other)?;
        let was_there = {
            let mut table = transaction.open_table(SESSIONS).map_err(other)?;
            let removed = table.remove(columns(key)).map_err(other)?;
            removed.is_some()
        };
        transaction.commit().map_err(other)?;
        Ok(was_there)
    }

    fn sessions(&self, tenant: &str) -> Result<Vec<String>, StoreError> {
        let transaction = self.shared.database.begin_read().map_err(other)?;
        let table = transaction.open_table(SESSIONS).map_err(other)?;
        let mut sessions = Vec::new();
        for entry in table.range((tenant, "")..).map_err(other)? {
            let (key, _) = entry.map_err(other)?;
            let (of, session) = key.value();
            if of != tenant {
                break;
            }
            sessions.push(session.to_owned());
        }
        Ok(sessions)
    }

    fn len(&self) -> Result<usize, StoreError> {
        let transaction = self.shared.database.begin_read().map_err(other)?;
        let table = transaction.open_table(SESSIONS).map_err(other)?;
        let len = table.len().map_err(other)?;
        Ok(usize::try_from(len).unwrap_or(usize::MAX))
    }
}

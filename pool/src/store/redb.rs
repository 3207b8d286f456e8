use super::{SessionKey, SessionStore, StoreError};
use bytes::Bytes;
use redb::{Database, DatabaseError, ReadableDatabase, ReadableTableMetadata, TableDefinition};
use std::path::Path;

/// Keyed by tenant and session.
const SESSIONS: TableDefinition<'_, (&str, &str), &[u8]> = TableDefinition::new("sessions");

/// Sleeping sessions in one file, an embedded database of the crate redb.
///
/// They outlast the process and a loss of power. One process at a time uses a file.
#[derive(Debug)]
pub struct RedbStore {
    database: Database,
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
        Ok(Self { database })
    }
}

fn other(error: impl Into<redb::Error>) -> StoreError {
    StoreError::Other(Box::new(error.into()))
}

fn columns(key: &SessionKey) -> (&str, &str) {
    (key.tenant(), key.session())
}

impl SessionStore for RedbStore {
    fn put(&self, key: &SessionKey, session: Bytes) -> Result<(), StoreError> {
        let transaction = self.database.begin_write().map_err(other)?;
        {
            let mut table = transaction.open_table(SESSIONS).map_err(other)?;
            table.insert(columns(key), &session[..]).map_err(other)?;
        }
        // Synced, as transactions are unless told otherwise.
        transaction.commit().map_err(other)
    }

    fn get(&self, key: &SessionKey) -> Result<Option<Bytes>, StoreError> {
        let transaction = self.database.begin_read().map_err(other)?;
        let table = transaction.open_table(SESSIONS).map_err(other)?;
        let session = table.get(columns(key)).map_err(other)?;
        Ok(session.map(|session| Bytes::copy_from_slice(session.value())))
    }

    fn remove(&self, key: &SessionKey) -> Result<bool, StoreError> {
        let transaction = self.database.begin_write().map_err(other)?;
        let was_there = {
            let mut table = transaction.open_table(SESSIONS).map_err(other)?;
            let removed = table.remove(columns(key)).map_err(other)?;
            removed.is_some()
        };
        transaction.commit().map_err(other)?;
        Ok(was_there)
    }

    fn sessions(&self, tenant: &str) -> Result<Vec<String>, StoreError> {
        let transaction = self.database.begin_read().map_err(other)?;
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
        let transaction = self.database.begin_read().map_err(other)?;
        let table = transaction.open_table(SESSIONS).map_err(other)?;
        let len = table.len().map_err(other)?;
        Ok(usize::try_from(len).unwrap_or(usize::MAX))
    }
}

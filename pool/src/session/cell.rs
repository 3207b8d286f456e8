use crate::housed::Housed;
use crate::inventory::Ticket;
use crate::store::{SessionKey, Version};
use crate::tenant::Tenant;
use async_lock::{Mutex, MutexGuardArc};
use dashmap::DashMap;
use std::fmt;
use std::sync::Arc;

/// The sessions that are live or in use; the others are in the store, and cost nothing here. Cloning gives the same ones.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cells(Arc<DashMap<SessionKey, Arc<Cell>>>);

/// One session.
#[derive(Debug)]
pub(crate) struct Cell {
    pub(crate) key: SessionKey,
    /// Held by whoever has the session.
    pub(super) in_use: Arc<Mutex<()>>,
    /// Held by whoever moves or stores the session.
    pub(super) place: Arc<Mutex<Place>>,
}

/// Where a live session is, and what the store has of it.
#[derive(Debug, Default)]
pub(super) struct Place {
    /// Where it is parked, if it is.
    pub(super) ticket: Option<Ticket>,
    /// What the store has, as far as this pool knows.
    pub(super) version: Option<Version>,
    /// What the store was asked since and has said to have failed at. It may have done it.
    pub(super) in_doubt: Option<InDoubt>,
    /// Another pool has stored or removed the session: what is live here is out of date, and will never be stored.
    pub(super) is_superseded: bool,
}

/// What a store was asked to do with a session, and may or may not have done.
#[derive(Debug)]
pub(super) enum InDoubt {
    /// To store these bytes.
    Stored(blake3::Hash),
    Removed,
}

impl Cells {
    pub(super) fn cell(&self, key: SessionKey) -> Arc<Cell> {
        let entry = self.0.entry(key);
        let key = entry.key().clone();
        let cell = entry.or_insert_with(|| {
            Arc::new(Cell {
                key,
                in_use: Arc::default(),
                place: Arc::default(),
            })
        });
        cell.clone()
    }

    /// Forgets a cell that nobody has any more. Takes the caller's own reference.
    pub(super) fn tidy(&self, cell: Arc<Cell>) {
        let key = cell.key.clone();
        drop(cell);
        self.0
            .remove_if(&key, |_, cell| Arc::strong_count(cell) == 1);
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    pub(super) fn of_tenant(&self, tenant: &str) -> Vec<String> {
        let keys = self.0.iter();
        keys.filter(|cell| cell.key().tenant() == tenant)
            .map(|cell| cell.key().session().to_owned())
            .collect()
    }
}

/// A live session that nobody uses.
pub(crate) struct Parked {
    pub(crate) housed: Housed,
    pub(super) tenant: Arc<Tenant>,
    pub(super) cell: Arc<Cell>,
    pub(super) bytes: u64,
    /// Of the cell's place, once it is to be put to sleep.
    pub(super) moving: parking_lot::Mutex<Option<MutexGuardArc<Place>>>,
}

impl Parked {
    /// Whether it can be put to sleep right now: nobody else moves it, and from here on nobody else will.
    pub(crate) fn reserve(&self) -> bool {
        let Some(place) = self.cell.place.try_lock_arc() else {
            return false;
        };
        *self.moving.lock() = Some(place);
        true
    }
}

impl fmt::Debug for Parked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parked")
            .field("key", &self.cell.key)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

/// Whoever has a session, or waits for it. The cell is forgotten when nobody has it any more.
pub(super) struct Occupant {
    cells: Cells,
    /// Gone only in the middle of the drop.
    cell: Option<Arc<Cell>>,
    /// Once it is this one's turn.
    pub(super) in_use: Option<MutexGuardArc<()>>,
}

impl Occupant {
    pub(super) fn new(cells: &Cells, key: SessionKey) -> Self {
        Self {
            cells: cells.clone(),
            cell: Some(cells.cell(key)),
            in_use: None,
        }
    }

    pub(super) fn cell(&self) -> &Arc<Cell> {
        self.cell.as_ref().expect("it is there until the drop")
    }

    pub(super) fn key(&self) -> &SessionKey {
        &self.cell().key
    }
}

impl Drop for Occupant {
    fn drop(&mut self) {
        self.in_use = None;
        if let Some(cell) = self.cell.take() {
            self.cells.tidy(cell);
        }
    }
}

//! Named sessions: a tenant's live Python, found again under its name.
//!
//! ```text
//!                 session()                 return
//!   (new) ─────► in use ──────────────────────────► parked, live
//!                 ▲  ▲                                │    │
//!                 │  └────────── session() ───────────┘    │ memory is short, idle for long, room is needed
//!                 │ session(): wake                        ▼
//!                 └───────────────────────────────── asleep, in the store
//! ```
//!
//! A session's cell has two locks. `in_use` belongs to whoever has the session. `place` says where it is, and is held
//! while it moves or is stored, so that what is stored later is newer: whoever holds it has a permit, or is
//! [`Work`](crate::admission::Work), and waits for nothing but the store.

mod lease;
mod sleep;

pub use lease::Session;

use crate::error::Error;
use crate::housed::Housed;
use crate::inner::Inner;
use crate::inventory::Ticket;
use crate::lease::Leased;
use crate::off_the_executor;
use crate::store::{SessionKey, guarded};
use crate::tenant::Tenant;
use async_lock::{Mutex, MutexGuardArc};
use bytes::Bytes;
use dashmap::DashMap;
use hatchery::Checkpoint;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

/// The sessions that are live or in use; the others are in the store, and cost nothing here.
#[derive(Debug, Default)]
pub(crate) struct Cells(DashMap<SessionKey, Arc<Cell>>);

#[derive(Debug)]
pub(crate) struct Cell {
    pub(crate) key: SessionKey,
    in_use: Arc<Mutex<()>>,
    /// Where it is parked, if it is.
    place: Arc<Mutex<Option<Ticket>>>,
}

impl Cells {
    fn cell(&self, key: SessionKey) -> Arc<Cell> {
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

    /// Forgets a cell that nobody has any more. It is called with one's own.
    fn tidy(&self, cell: Arc<Cell>) {
        let key = cell.key.clone();
        drop(cell);
        self.0
            .remove_if(&key, |_, cell| Arc::strong_count(cell) == 1);
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    fn has(&self, key: &SessionKey) -> bool {
        self.0.contains_key(key)
    }

    fn of_tenant(&self, tenant: &str) -> Vec<String> {
        let keys = self.0.iter();
        keys.filter(|cell| cell.key().tenant() == tenant)
            .map(|cell| cell.key().session().to_owned())
            .collect()
    }
}

/// A live session that nobody uses.
pub(crate) struct Parked {
    pub(crate) housed: Housed,
    pub(crate) tenant: Arc<Tenant>,
    pub(crate) cell: Arc<Cell>,
    bytes: u64,
    /// Of the cell's place, once it is to be put to sleep.
    moving: parking_lot::Mutex<Option<MutexGuardArc<Option<Ticket>>>>,
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

/// Where a session came from when it was leased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// There was none: it is in the golden state.
    Fresh,
    /// It was live.
    Live,
    /// It slept in the store.
    Woken,
}

/// What a session goes back to when a run has left it in the middle.
enum Fallback {
    /// To nothing: it was new.
    Fresh,
    /// To what it was when it was leased.
    Checkpoint(Box<Checkpoint>),
    /// To what the store has.
    Stored,
}

impl Inner {
    /// The session of this name: the live one, or the one in the store, or a new one.
    pub(crate) async fn session(self: &Arc<Self>, key: SessionKey) -> Result<Session, Error> {
        let tenant = self.tenant(key.tenant())?;
        let until = self.deadline();
        let mut occupant = Occupant {
            pool: self.clone(),
            cell: Some(self.cells.cell(key)),
            in_use: None,
        };
        let turn = occupant.cell().in_use.lock_arc();
        let turn = self.within(until, "the session, which is in use", turn);
        occupant.in_use = Some(turn.await?);
        let permit = self.admit(&tenant, until).await?;

        let cell = occupant.cell();
        let mut place = cell.place.lock_arc().await;
        let live = place
            .take()
            .and_then(|ticket| self.inventory.unpark(ticket));
        let (housed, origin, fallback) = match live {
            None => self.wake_or_make(cell, &tenant).await?,
            Some(mut parked) => match parked.housed.sandbox.checkpoint() {
                Ok(checkpoint) => {
                    let fallback = Fallback::Checkpoint(Box::new(checkpoint));
                    (parked.housed.used_by(&tenant), Origin::Live, fallback)
                }
                Err(source) => {
                    self.park(parked.housed, &tenant, cell, &mut place);
                    let key = cell.key.clone();
                    return Err(Error::Hibernate { key, source });
                }
            },
        };
        drop(place);
        let leased = Leased::new(housed, permit, tenant, self.clone());
        Ok(Session::new(leased, occupant, origin, fallback))
    }

    async fn wake_or_make(
        self: &Arc<Self>,
        cell: &Cell,
        tenant: &Tenant,
    ) -> Result<(Housed, Origin, Fallback), Error> {
        let Some(session) = self.stored(&cell.key).await? else {
            let housed = self.sandbox_for(tenant).await?;
            return Ok((housed, Origin::Fresh, Fallback::Fresh));
        };
        let room = self.room_for(tenant).await?;
        let sandbox = self.wake(&cell.key, &tenant.kind, &session)?;
        let housed = Housed::new(&tenant.kind, sandbox, room).used_by(tenant);
        Ok((housed, Origin::Woken, Fallback::Stored))
    }

    async fn stored(self: &Arc<Self>, key: &SessionKey) -> Result<Option<Bytes>, Error> {
        let (store, wanted) = (self.store.clone(), key.clone());
        let stored = if store.may_wait() {
            off_the_executor(move || guarded(|| store.get(&wanted))).await
        } else {
            guarded(|| store.get(&wanted))
        };
        stored.map_err(|source| self.store_failed(key, "read", source))
    }

    /// Parks a live session. `place` is its cell's, if the caller holds that.
    fn park(
        &self,
        housed: Housed,
        tenant: &Arc<Tenant>,
        cell: &Arc<Cell>,
        place: &mut Option<Ticket>,
    ) {
        let now = Instant::now();
        let bytes = crate::lease::private_bytes(&housed.sandbox);
        let parked = Parked {
            housed,
            tenant: tenant.clone(),
            cell: cell.clone(),
            bytes,
            moving: parking_lot::Mutex::new(None),
        };
        *place = Some(self.inventory.park(parked, bytes, now));
        self.alarm.set(now);
    }
}

/// Whoever has a session, or waits for it. The cell is forgotten when nobody has it any more.
struct Occupant {
    pool: Arc<Inner>,
    /// Gone only in the middle of the drop.
    cell: Option<Arc<Cell>>,
    /// Once it is this one's turn.
    in_use: Option<MutexGuardArc<()>>,
}

impl Occupant {
    fn cell(&self) -> &Arc<Cell> {
        self.cell.as_ref().expect("it is there until the drop")
    }

    fn key(&self) -> &SessionKey {
        &self.cell().key
    }
}

impl Drop for Occupant {
    fn drop(&mut self) {
        self.in_use = None;
        if let Some(cell) = self.cell.take() {
            self.pool.cells.tidy(cell);
        }
    }
}

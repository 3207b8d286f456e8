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
//! A session's cell has two locks. `in_use` belongs to whoever has the session. `place` says where it is and which version
//! the store has, and is held while the session moves or is stored, so that what is stored later is newer. A store that
//! hangs may hold it for ever; whoever waits for it waits no longer than his deadline, and holds no permit if he has none.

mod cell;
mod ending;
mod keeper;
mod lease;
mod sleeper;

pub(crate) use cell::{Cells, Parked};
pub(crate) use keeper::Keeper;
pub use lease::Session;
pub(crate) use sleeper::Sleeper;

use crate::admission::Permit;
use crate::deadline::{Deadline, in_time};
use crate::error::Error;
use crate::finder::Finder;
use crate::housed::{Found, Housed, PAGES_HERE_MAX};
use crate::inventory::Room;
use crate::lease::Leased;
use crate::off_thread::off_the_executor;
use crate::shared::Shared;
use crate::store::{SessionKey, StoreError, Stored};
use crate::tenant::Visit;
use async_lock::MutexGuardArc;
use cell::{Occupant, Place};
use hatchery::Checkpoint;
use lease::Held;
use std::sync::Arc;

/// Where a session came from when it was leased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
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
    Checkpoint(Box<Kept>),
    /// To what the store has.
    Stored,
}

/// A checkpoint whose memory is counted.
struct Kept {
    checkpoint: Checkpoint,
    shared: Arc<Shared>,
}

impl Kept {
    fn new(checkpoint: Checkpoint, shared: Arc<Shared>) -> Self {
        let bytes = checkpoint.len_bytes() as u64;
        if shared.inventory.add_checkpoint(bytes) > shared.config.session_memory_bytes_max {
            shared.alarm.ring();
        }
        Self { checkpoint, shared }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let bytes = self.checkpoint.len_bytes() as u64;
        self.shared.inventory.remove_checkpoint(bytes);
    }
}

/// The service that finds sessions, wherever they are.
#[derive(Debug)]
pub(crate) struct Sessions {
    shared: Arc<Shared>,
    finder: Finder,
    sleeper: Arc<Sleeper>,
    cells: Cells,
}

impl Sessions {
    pub(crate) fn new(finder: Finder) -> Self {
        Self {
            shared: finder.housing.shared.clone(),
            sleeper: finder.sleeper.clone(),
            cells: finder.sleeper.cells.clone(),
            finder,
        }
    }

    /// The session of this name: the live one, or the one in the store, or a new one.
    pub(crate) async fn session(
        &self,
        key: SessionKey,
        tenant: Visit,
        deadline: Deadline,
    ) -> Result<Session, Error> {
        let meters = &self.shared.meters;
        let mut occupant = Occupant::new(&self.cells, key);
        let turn = occupant.cell().in_use.lock_arc();
        let turn = deadline.wait(meters, "the session, which is in use", turn);
        occupant.in_use = Some(turn.await?);
        let permit = self.finder.admit(&tenant, deadline).await?;
        let place = occupant.cell().place.lock_arc();
        let place = deadline.wait(meters, "the session, which is being stored", place);
        let mut place = place.await?;
        let live = place.ticket.take();
        let live = live.and_then(|ticket| self.shared.inventory.unpark(ticket));
        let arrival = Arrival {
            sleeper: self.sleeper.clone(),
            tenant,
            permit,
            place,
            occupant,
        };
        if let Some(parked) = live {
            let session = arrival.go_on_somewhere(parked);
            return deadline.wait(meters, "the session", session).await?;
        }
        let session = self.wake_or_make(arrival);
        deadline
            .wait(meters, "a sandbox for the session", session)
            .await?
    }

    /// As [`session`](Self::session), without waiting for anyone; only for the store, until the deadline.
    pub(crate) async fn try_session(
        &self,
        key: SessionKey,
        tenant: Visit,
        deadline: Deadline,
    ) -> Result<Session, Error> {
        let busy = || Error::Busy { key: key.clone() };
        let mut occupant = Occupant::new(&self.cells, key.clone());
        let turn = occupant.cell().in_use.try_lock_arc();
        occupant.in_use = Some(turn.ok_or_else(busy)?);
        let housing = &self.finder.housing;
        let permit = housing.permit_now(&tenant)?;
        let place = occupant.cell().place.try_lock_arc();
        let mut place = place.ok_or_else(busy)?;
        let live = place.ticket.take();
        let live = live.and_then(|ticket| self.shared.inventory.unpark(ticket));
        let arrival = Arrival {
            sleeper: self.sleeper.clone(),
            tenant,
            permit,
            place,
            occupant,
        };
        let meters = &self.shared.meters;
        if let Some(parked) = live {
            let session = arrival.go_on_somewhere(parked);
            return deadline.wait(meters, "the session", session).await?;
        }
        let stored = self.sleeper.keeper.load(&key);
        let stored = deadline.wait(meters, "the store", stored).await??;
        let Some(stored) = stored else {
            let housed = match housing.find(&arrival.tenant, |_| false)? {
                Found::Sandbox(housed) => Some(housed),
                Found::Soiled(housed, cleaning) => {
                    let cleaned = housing.clean_elsewhere(housed, cleaning);
                    let cleaned = deadline.wait(meters, "a sandbox", cleaned).await?;
                    cleaned.map(|housed| housed.used_by(&arrival.tenant))
                }
                Found::InTheWay(_) | Found::Nothing => None,
            };
            return Ok(arrival.begin(housed.ok_or_else(|| self.shared.full())?));
        };
        let room = housing.room(&arrival.tenant, |_| false).room();
        let room = room.ok_or_else(|| self.shared.full())?;
        let session = off_the_executor(move || arrival.wake(stored, room));
        deadline.wait(meters, "the session", session).await?
    }

    async fn wake_or_make(&self, arrival: Arrival) -> Result<Session, Error> {
        let stored = self.sleeper.keeper.load(arrival.occupant.key()).await?;
        let Some(stored) = stored else {
            let housed = self.finder.sandbox_for(&arrival.tenant).await?;
            return Ok(arrival.begin(housed));
        };
        let room = self.finder.room_for(&arrival.tenant).await?;
        off_the_executor(move || arrival.wake(stored, room)).await
    }

    /// Removes a stored session; says whether there was one.
    pub(crate) async fn forget(&self, key: SessionKey) -> Result<bool, Error> {
        let occupant = Occupant::new(&self.cells, key.clone());
        let forgotten = self.sleeper.clone().forget(occupant);
        match in_time(self.sleeper.keeper.timeout(), forgotten).await {
            Some(forgotten) => forgotten,
            None => Err(self.sleeper.late(&key, "removed")),
        }
    }

    /// The names of a tenant's sessions, live and stored.
    pub(crate) async fn list(&self, tenant: &str) -> Result<Vec<String>, Error> {
        let mut sessions = self.cells.of_tenant(tenant);
        sessions.extend(self.sleeper.keeper.list(tenant).await?);
        sessions.sort();
        sessions.dedup();
        Ok(sessions)
    }

    pub(crate) fn live(&self) -> usize {
        self.cells.count()
    }
}

impl Sleeper {
    /// Removes what the store has of a session, to the end even if nobody waits for it.
    async fn forget(self: Arc<Self>, occupant: Occupant) -> Result<bool, Error> {
        let mut place = occupant.cell().place.lock_arc().await;
        let is_used = occupant.cell().in_use.try_lock().is_none();
        let is_live = place.ticket.is_some() || is_used;
        let lane = self.lane.clone();
        lane.run(move || {
            let was_there = self.keeper.remove(occupant.key(), &mut place)?;
            if was_there && !is_live {
                self.keeper.add_asleep(-1);
            }
            drop((place, occupant));
            Ok(was_there)
        })
        .await
    }

    /// What to say when the store has taken too long.
    fn late(&self, key: &SessionKey, action: &'static str) -> Error {
        let waited = self.keeper.timeout();
        self.keeper
            .failed(key, action, StoreError::Timeout { waited })
    }
}

/// Someone who has a session's turn and a permit, on the way to its sandbox.
struct Arrival {
    sleeper: Arc<Sleeper>,
    tenant: Visit,
    permit: Permit,
    /// Dropped before the cell can go.
    place: MutexGuardArc<Place>,
    occupant: Occupant,
}

impl Arrival {
    /// Goes on with a live session: at once if it is small, and otherwise on another thread.
    async fn go_on_somewhere(self, parked: Parked) -> Result<Session, Error> {
        if parked.housed.pages <= PAGES_HERE_MAX {
            self.go_on(parked)
        } else {
            off_the_executor(move || self.go_on(parked)).await
        }
    }

    /// Goes on with a live session. Takes as long as it is large, to take the checkpoint that it can go back to.
    fn go_on(mut self, mut parked: Parked) -> Result<Session, Error> {
        match parked.housed.sandbox.checkpoint() {
            Ok(checkpoint) => {
                let shared = self.sleeper.housing.shared.clone();
                let fallback = Fallback::Checkpoint(Box::new(Kept::new(checkpoint, shared)));
                let housed = parked.housed.used_by(&self.tenant);
                Ok(self.session(housed, Origin::Live, fallback))
            }
            Err(source) => {
                let cell = self.occupant.cell();
                self.sleeper
                    .park(parked.housed, &parked.tenant, cell, &mut self.place);
                let key = cell.key.clone();
                Err(Error::Hibernate { key, source })
            }
        }
    }

    /// Begins a new session.
    fn begin(mut self, housed: Housed) -> Session {
        *self.place = Place::default();
        self.session(housed, Origin::Fresh, Fallback::Fresh)
    }

    /// Wakes a stored session.
    fn wake(mut self, stored: Stored, room: Room) -> Result<Session, Error> {
        let (key, kind) = (self.occupant.key(), &self.tenant.kind);
        let sandbox = self.sleeper.keeper.wake(key, kind, &stored.session)?;
        let housed = Housed::new(kind, sandbox, room).used_by(&self.tenant);
        *self.place = Place {
            version: Some(stored.version),
            ..Place::default()
        };
        Ok(self.session(housed, Origin::Woken, Fallback::Stored))
    }

    fn session(self, housed: Housed, origin: Origin, fallback: Fallback) -> Session {
        let Self {
            sleeper,
            tenant,
            permit,
            occupant,
            place,
        } = self;
        drop(place);
        let leased = Leased::new(
            housed,
            permit,
            tenant.clone(),
            Some(occupant.key().session_name()),
            sleeper.housing.clone(),
        );
        Session::new(Held {
            leased,
            sleeper,
            occupant,
            origin,
            fallback: Some(fallback),
        })
    }
}

/// Calls the hook for leases, on another thread if there is one: it may run Python.
pub(crate) async fn greeted<H: Send + 'static>(
    shared: &Shared,
    mut holder: H,
    greet: impl FnOnce(&mut H) -> Result<(), Error> + Send + 'static,
) -> Result<H, Error> {
    if shared.config.hooks.on_lease.is_none() {
        return Ok(holder);
    }
    let greeted = off_the_executor(move || {
        greet(&mut holder)?;
        Ok(holder)
    });
    greeted.await
}

//! How live sessions are parked and put to sleep.

use super::cell::{Cell, Cells, Parked, Place};
use super::keeper::Keeper;
use crate::deadline::Deadline;
use crate::error::Error;
use crate::housed::{Housed, Housing};
use crate::off_thread::Lane;
use crate::shared::Shared;
use crate::store::StoreError;
use crate::tenant::Tenant;
use futures_lite::future::block_on;
use parking_lot::Mutex;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// So many sessions are put to sleep at once where nobody waits for it, and when the pool is drained.
const AT_ONCE_MAX: usize = 4;
/// So many threads wait for the store at once, of the 500 that guests and all else have.
const STORE_THREADS_MAX: usize = 64;
/// After a failure of the store.
const RETRY_AFTER: Duration = Duration::from_millis(50);

/// The service that parks live sessions, and puts them to sleep.
#[derive(Debug)]
pub(crate) struct Sleeper {
    pub(super) housing: Housing,
    pub(crate) keeper: Arc<Keeper>,
    pub(super) cells: Cells,
    /// The threads of all work that may wait for the store.
    pub(super) lane: Lane,
    /// Sessions that are on their way to the store.
    moving: AtomicUsize,
    /// Sessions that were put to sleep since the pool is closed.
    stored_at_close: AtomicUsize,
    /// Until when the store is left alone in the background.
    retry_at: Mutex<Option<Instant>>,
    sweep: Mutex<Sweep>,
}

/// All live sessions are being put to sleep with nobody who waits for it.
#[derive(Debug, Default)]
struct Sweep {
    is_running: bool,
    /// More has come since it began.
    is_wanted: bool,
}

impl Sleeper {
    pub(crate) fn new(housing: Housing, keeper: Arc<Keeper>, cells: Cells) -> Self {
        Self {
            housing,
            keeper,
            cells,
            lane: Lane::new(STORE_THREADS_MAX),
            moving: AtomicUsize::new(0),
            stored_at_close: AtomicUsize::new(0),
            retry_at: Mutex::new(None),
            sweep: Mutex::default(),
        }
    }

    /// Parks a live session. `place` is its cell's.
    pub(super) fn park(
        &self,
        mut housed: Housed,
        tenant: &Arc<Tenant>,
        cell: &Arc<Cell>,
        place: &mut Place,
    ) {
        let now = Instant::now();
        let bytes = housed.weigh();
        let parked = Parked {
            housed,
            tenant: tenant.clone(),
            cell: cell.clone(),
            bytes,
            moving: Mutex::new(None),
        };
        let shared = &self.housing.shared;
        place.ticket = Some(shared.inventory.park(parked, bytes, now));
        shared.alarm.set(now);
    }

    /// Begins to put a live session to sleep, on another thread and to the end, even if nobody waits for it. Until then
    /// the pool is not at rest. No permit is held by it: a store that hangs keeps a session, and nobody's turn.
    pub(crate) fn put_to_sleep(
        self: &Arc<Self>,
        parked: Parked,
    ) -> impl Future<Output = Result<(), Error>> + Send + use<> {
        let moving = Moving::begin(self);
        let work = self.housing.shared.admission.begin_work();
        self.lane.run(move || {
            let sleeper = &moving.0;
            let done = sleeper.put_to_sleep_here(parked);
            if matches!(done, Err(Error::Store { .. } | Error::Hibernate { .. })) {
                *sleeper.retry_at.lock() = Some(Instant::now() + RETRY_AFTER);
            }
            drop(moving);
            drop(work);
            done
        })
    }

    /// Stores a live session and frees its sandbox. If it cannot be stored it stays live, unless another pool has it.
    fn put_to_sleep_here(&self, mut parked: Parked) -> Result<(), Error> {
        let place = parked.moving.get_mut().take();
        let mut place = place.expect("it is reserved by who takes it out of the inventory");
        place.ticket = None;
        let Parked {
            mut housed,
            tenant,
            cell,
            ..
        } = parked;
        let asleep = self.keeper.to_bytes(&cell.key, &mut housed.sandbox);
        let stored = asleep.and_then(|asleep| self.keeper.put(&cell.key, asleep, &mut place));
        let pool = &self.housing.shared.config.name;
        match &stored {
            Ok(()) => {
                if self.housing.shared.is_closed() {
                    self.stored_at_close.fetch_add(1, Ordering::SeqCst);
                }
                self.keeper.add_asleep(1);
                self.housing.shelve(housed);
                *place = Place::default();
                drop(place);
                self.cells.tidy(cell);
            }
            Err(error) if place.is_superseded => {
                tracing::error!(pool, %error, "a session that another pool has is given up");
                self.give_up(housed, &mut place);
                drop(place);
                self.cells.tidy(cell);
            }
            Err(error) => {
                tracing::warn!(pool, %error, "a session stays live");
                self.park(housed, &tenant, &cell, &mut place);
            }
        }
        stored
    }

    /// Ends a live session that another pool has: the next of its name is what the store has.
    pub(super) fn give_up(&self, housed: Housed, place: &mut Place) {
        self.housing.shelve(housed);
        *place = Place::default();
    }

    /// Begins to put sessions to sleep that are too many or idle for too long. Says when to come again, if that is not
    /// when one of them sleeps.
    pub(crate) fn put_sleepy_to_sleep(self: &Arc<Self>) -> Option<Instant> {
        let Shared {
            config, inventory, ..
        } = &*self.housing.shared;
        if let Some(retry_at) = *self.retry_at.lock()
            && retry_at > Instant::now()
        {
            return Some(retry_at);
        }
        while self.moving.load(Ordering::SeqCst) < AT_ONCE_MAX && !self.housing.shared.is_closed() {
            let before = (config.session_idle_timeout)
                .and_then(|timeout| Instant::now().checked_sub(timeout));
            let bytes_max = config.session_memory_bytes_max;
            let Some(parked) = inventory.take_sleepy(bytes_max, before, Parked::reserve) else {
                break;
            };
            drop(self.put_to_sleep(parked));
        }
        None
    }

    /// Stores all live sessions that nobody uses, and says what went wrong. Once the store has answered nothing for as
    /// long as it may take, the others stay live.
    pub(crate) async fn put_all_to_sleep(self: &Arc<Self>) -> Vec<Error> {
        let inventory = &self.housing.shared.inventory;
        let mut failures = Vec::new();
        // Those that cannot be stored are parked again, behind the others.
        let mut left = inventory.stock().parked;
        while left > 0 {
            let mut begun = Vec::new();
            while left > 0 && begun.len() < AT_ONCE_MAX {
                left -= 1;
                let Some(parked) = inventory.take_oldest(Parked::reserve) else {
                    left = 0;
                    break;
                };
                begun.push((parked.cell.key.clone(), self.put_to_sleep(parked)));
            }
            let mut is_any_in_time = begun.is_empty();
            // They are stored side by side: what has not come by then does not.
            let timeout = self.keeper.timeout();
            let deadline = Deadline::after(timeout);
            for (key, stored) in begun {
                let stored = deadline.limit(stored).await;
                is_any_in_time |= stored.is_some();
                match stored {
                    Some(Ok(())) => {}
                    Some(Err(error)) => failures.push(error),
                    None => {
                        let late = StoreError::Timeout { waited: timeout };
                        failures.push(self.keeper.failed(&key, "stored", late));
                    }
                }
            }
            if !is_any_in_time {
                break;
            }
        }
        failures
    }

    /// As [`put_all_to_sleep`](Self::put_all_to_sleep), with nobody who waits for it. However often this is asked for, one
    /// thread does it.
    pub(crate) fn put_all_to_sleep_later(self: &Arc<Self>) {
        let mut sweep = self.sweep.lock();
        sweep.is_wanted = true;
        if sweep.is_running {
            return;
        }
        sweep.is_running = true;
        drop(sweep);
        let sleeper = self.clone();
        let work = self.housing.shared.admission.begin_work();
        blocking::unblock(move || {
            while sleeper.is_to_sweep() {
                drop(block_on(sleeper.put_all_to_sleep()));
            }
            drop(work);
        })
        .detach();
    }

    /// Whether another sweep is wanted, which begins now; otherwise they are over.
    fn is_to_sweep(&self) -> bool {
        let mut sweep = self.sweep.lock();
        sweep.is_running = std::mem::take(&mut sweep.is_wanted);
        sweep.is_running
    }

    /// How many sessions have been put to sleep since the pool is closed.
    pub(crate) fn stored_at_close(&self) -> usize {
        self.stored_at_close.load(Ordering::SeqCst)
    }

    /// How many sessions are on their way to the store.
    pub(crate) fn moving(&self) -> usize {
        self.moving.load(Ordering::SeqCst)
    }
}

/// A session is on its way to the store.
pub(super) struct Moving(Arc<Sleeper>);

impl Moving {
    pub(super) fn begin(sleeper: &Arc<Sleeper>) -> Self {
        sleeper.moving.fetch_add(1, Ordering::SeqCst);
        Self(sleeper.clone())
    }
}

impl Drop for Moving {
    fn drop(&mut self) {
        self.0.moving.fetch_sub(1, Ordering::SeqCst);
        self.0.housing.shared.alarm.ring();
    }
}

use super::cell::{Occupant, Place};
use super::{Fallback, Origin, Sleeper};
use crate::deadline::in_time;
use crate::error::Error;
use crate::hooks::Lessee;
use crate::lease::methods::sandbox_methods;
use crate::lease::{Lease, Leased, Settled};
use crate::off_thread::off_the_executor;
use crate::shared::Shared;
use async_lock::MutexGuardArc;
use hatchery::{AsyncSandbox, Sandbox};
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// A named session on loan. Dropping it returns it, live.
///
/// It does what an [`AsyncSandbox`] does, and nobody else has it at the same time. If it comes back poisoned, stopped by
/// a time limit, a trap, or a run that was cancelled, it goes back to what it was when it was leased or last saved.
#[must_use]
pub struct Session {
    /// Gone only in the middle of being returned.
    held: Option<Held>,
}

pub(super) struct Held {
    pub(super) leased: Leased,
    pub(super) sleeper: Arc<Sleeper>,
    pub(super) occupant: Occupant,
    pub(super) origin: Origin,
    /// `None` once it is forgotten.
    pub(super) fallback: Option<Fallback>,
}

impl Session {
    pub(super) fn new(held: Held) -> Self {
        Self { held: Some(held) }
    }

    /// Whose session it is.
    #[must_use]
    pub fn tenant(&self) -> &str {
        self.held().occupant.key().tenant()
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.held().occupant.key().session()
    }

    /// Where it came from.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.held().origin
    }

    /// Stores the session as it is now. From here on a crash cannot take it further back than this.
    ///
    /// # Errors
    ///
    /// [`Error::Hibernate`] when it is poisoned, [`Error::Superseded`], and [`Error::Store`], where what was stored
    /// before is still there. A store that has not answered within the pool's
    /// [`store_timeout`](crate::PoolBuilder::store_timeout) may still store it.
    pub async fn save(&mut self) -> Result<(), Error> {
        let Held {
            leased,
            sleeper,
            occupant,
            fallback,
            ..
        } = self.held_mut();
        let (sleeper, key) = (sleeper.clone(), occupant.key().clone());
        let timeout = sleeper.keeper.timeout();
        let saved = async {
            // An earlier save that nobody waited for ends first: it is older.
            let mut place = occupant.cell().place.lock_arc().await;
            let sandbox = &mut leased.sandbox;
            let asleep = sleeper.keeper.to_bytes_awaited(&key, sandbox).await?;
            let (sleeper, key) = (sleeper.clone(), key.clone());
            off_the_executor(move || sleeper.keeper.put(&key, asleep, &mut place)).await
        };
        match in_time(timeout, saved).await {
            Some(saved) => saved?,
            None => return Err(sleeper.late(&key, "stored")),
        }
        *fallback = Some(Fallback::Stored);
        Ok(())
    }

    /// Ends the session for good: it is removed from the store, and the next of its name is a new one.
    ///
    /// # Errors
    ///
    /// [`Error::Store`]; the session then lives on.
    pub async fn forget(mut self) -> Result<(), Error> {
        let held = self.held_mut();
        let (sleeper, key) = (held.sleeper.clone(), held.occupant.key().clone());
        let timeout = sleeper.keeper.timeout();
        let place = held.occupant.cell().place.lock_arc();
        let forgotten = async {
            let mut place = place.await;
            let (sleeper, key) = (sleeper.clone(), key.clone());
            off_the_executor(move || sleeper.keeper.remove(&key, &mut place)).await
        };
        match in_time(timeout, forgotten).await {
            Some(forgotten) => drop(forgotten?),
            None => return Err(sleeper.late(&key, "removed")),
        }
        held.fallback = None;
        Ok(())
    }

    /// Makes `count` leases of the same tenant that go on from here; as [`Lease::fork`].
    ///
    /// # Errors
    ///
    /// As [`Lease::fork`].
    pub async fn fork(&mut self, count: usize) -> Result<Vec<Lease>, Error> {
        self.held_mut().leased.fork(count).await
    }

    /// Calls the hook for leases.
    pub(crate) fn call_on_lease(&mut self) -> Result<(), Error> {
        let Held {
            leased,
            occupant,
            origin,
            ..
        } = self.held_mut();
        let key = occupant.key();
        leased.call_on_lease(&Lessee {
            tenant: key.tenant(),
            session: Some((key.session(), *origin)),
        })
    }

    /// Calls the asynchronous hook for leases.
    pub(crate) async fn await_on_lease(&mut self) -> Result<(), Error> {
        let Held {
            leased,
            occupant,
            origin,
            ..
        } = self.held_mut();
        let key = occupant.key();
        let lessee = Lessee {
            tenant: key.tenant(),
            session: Some((key.session(), *origin)),
        };
        leased.await_on_lease(lessee).await
    }

    fn held(&self) -> &Held {
        self.held.as_ref().expect("it is returned by its drop")
    }

    fn held_mut(&mut self) -> &mut Held {
        self.held.as_mut().expect("it is returned by its drop")
    }

    fn sandbox_mut(&mut self) -> &mut AsyncSandbox {
        &mut self.held_mut().leased.sandbox
    }
}

sandbox_methods!(Session);

impl Deref for Session {
    type Target = AsyncSandbox;

    fn deref(&self) -> &AsyncSandbox {
        &self.held().leased.sandbox
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("key", self.held().occupant.key())
            .field("origin", &self.origin())
            .finish_non_exhaustive()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let Some(held) = self.held.take() else {
            return;
        };
        let Held {
            mut leased,
            sleeper,
            occupant,
            origin,
            fallback,
        } = held;
        let place = occupant.cell().place.try_lock_arc();
        let is_stopped = leased.is_poisoned();
        let config = &leased.housing.shared.config;
        // A rollback that fails stores what the session was.
        let waits_for_store = place.is_none() || config.store_on_return || is_stopped;
        let takes_long = config.hooks.on_return.is_some();
        let lane = sleeper.lane.clone();
        let end = Ending {
            place,
            sleeper,
            occupant,
            origin,
            fallback,
        };
        let end = move |settled| end.settle(settled);
        if waits_for_store {
            drop(lane.run(move || leased.settle_here(end)));
        } else if takes_long {
            leased.settle_elsewhere(end);
        } else {
            leased.settle(end);
        }
    }
}

/// What becomes of a session that comes back.
struct Ending {
    /// Of the session, unless it is being stored.
    place: Option<MutexGuardArc<Place>>,
    sleeper: Arc<Sleeper>,
    occupant: Occupant,
    origin: Origin,
    fallback: Option<Fallback>,
}

impl Ending {
    /// Parks the session, or takes it back to where it was when it cannot go on.
    fn settle(mut self, mut settled: Settled) {
        let key = self.occupant.key().clone();
        let lessee = Lessee {
            tenant: key.tenant(),
            session: Some((key.session(), self.origin)),
        };
        let returned = settled.take_leave(&lessee);
        let Settled {
            mut housed,
            tenant,
            housing,
            permit,
            ..
        } = settled;
        let Shared { config, meters, .. } = &*housing.shared;
        let Some(fallback) = &self.fallback else {
            housing.shelve(housed);
            drop(permit);
            return;
        };
        if let Err(problem) = &returned {
            tracing::warn!(pool = config.name, %key, %problem, "a session was refused");
        }
        let cell = self.occupant.cell().clone();
        // The store may take long, or for ever: it is nobody's turn that waits for it.
        let _work = housing.shared.admission.begin_work();
        let mut permit = Some(permit);
        let mut place = match self.place.take() {
            Some(place) => place,
            None => {
                permit = None;
                cell.place.lock_arc_blocking()
            }
        };
        let goes_on = if housed.sandbox.is_poisoned() || returned.is_err() {
            meters.sessions_rolled_back.increment(1);
            roll_back(&mut housed.sandbox, fallback)
        } else {
            Ok(true)
        };
        match goes_on {
            _ if place.is_superseded => self.sleeper.give_up(housed, &mut place),
            Ok(true) => {
                if config.store_on_return {
                    drop(permit.take());
                    self.store(&mut housed.sandbox, &mut place);
                }
                if place.is_superseded {
                    self.sleeper.give_up(housed, &mut place);
                } else {
                    self.sleeper.park(housed, &tenant, &cell, &mut place);
                }
            }
            Ok(false) => {
                if place.version.is_some() {
                    self.sleeper.keeper.add_asleep(1);
                }
                *place = Place::default();
                housing.shelve(housed);
            }
            Err(error) => {
                if let Fallback::Checkpoint(kept) = fallback {
                    let (keeper, sandbox) = (&self.sleeper.keeper, &housed.sandbox);
                    keeper.keep(&key, sandbox, &kept.checkpoint, &mut place);
                }
                *place = Place::default();
                housing.quarantine(housed, &error);
            }
        }
        let is_parked = place.ticket.is_some();
        drop(place);
        drop(permit);
        if is_parked && housing.shared.is_closed() {
            // Nobody asks for it any more, and nobody may be left to store it later.
            self.sleeper.put_all_to_sleep_later();
        }
    }

    fn store(&self, sandbox: &mut Sandbox, place: &mut MutexGuardArc<Place>) {
        let (keeper, key) = (&self.sleeper.keeper, self.occupant.key());
        let asleep = keeper.to_bytes(key, sandbox);
        if let Err(error) = asleep.and_then(|asleep| keeper.put(key, asleep, place)) {
            let pool = &self.sleeper.housing.shared.config.name;
            tracing::warn!(pool, %error, "a session is live only");
        }
    }
}

/// Takes a session back that cannot go on; says whether it goes on in this sandbox.
fn roll_back(sandbox: &mut Sandbox, fallback: &Fallback) -> Result<bool, hatchery::Error> {
    match fallback {
        Fallback::Checkpoint(kept) => {
            sandbox.rollback(&kept.checkpoint)?;
            Ok(true)
        }
        Fallback::Fresh | Fallback::Stored => Ok(false),
    }
}

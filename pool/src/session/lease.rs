use super::cell::Occupant;
use super::ending::Ending;
use super::{Fallback, Origin, Sleeper};
use crate::deadline::in_time;
use crate::error::Error;
use crate::hooks::Lessee;
use crate::lease::methods::sandbox_methods;
use crate::lease::{Lease, Leased};
use hatchery::AsyncSandbox;
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
            let (keeper, key) = (sleeper.keeper.clone(), key.clone());
            let lane = &sleeper.lane;
            lane.run(move || keeper.put(&key, asleep, &mut place)).await
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
            let (keeper, key) = (sleeper.keeper.clone(), key.clone());
            let lane = &sleeper.lane;
            lane.run(move || keeper.remove(&key, &mut place)).await
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
        // The hook may run Python, and to take a session back takes as long as it is large.
        let takes_long = leased.housing.shared.config.hooks.on_return.is_some();
        let takes_long = takes_long || leased.is_poisoned();
        let end = Ending {
            place,
            sleeper,
            occupant,
            origin,
            fallback,
        };
        let end = move |settled| end.settle(settled);
        if takes_long {
            leased.settle_elsewhere(end);
        } else {
            leased.settle(end);
        }
    }
}

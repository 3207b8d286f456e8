use super::{Fallback, Occupant, Origin};
use crate::error::Error;
use crate::lease::{Leased, Settled};
use crate::off_the_executor;
use hatchery::{AsyncSandbox, Sandbox};
use std::fmt;
use std::ops::{Deref, DerefMut};

/// A named session on loan. Dropping it returns it, live.
///
/// It is an [`AsyncSandbox`], and nobody else has it at the same time. If it comes back poisoned, stopped by a time
/// limit, a trap, or a run that was cancelled, it goes back to what it was when it was leased or last saved.
#[must_use]
pub struct Session {
    /// Gone only in the middle of being returned.
    held: Option<Held>,
}

struct Held {
    leased: Leased,
    occupant: Occupant,
    origin: Origin,
    /// `None` once it is forgotten.
    fallback: Option<Fallback>,
}

impl Session {
    pub(super) fn new(
        leased: Leased,
        occupant: Occupant,
        origin: Origin,
        fallback: Fallback,
    ) -> Self {
        Self {
            held: Some(Held {
                leased,
                occupant,
                origin,
                fallback: Some(fallback),
            }),
        }
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
    /// [`Error::Hibernate`] when it is poisoned, and [`Error::Store`]. What was stored before is still there.
    pub async fn save(&mut self) -> Result<(), Error> {
        let held = self.held_mut();
        let (pool, key) = (held.leased.pool.clone(), held.occupant.key().clone());
        // An earlier save that nobody waited for ends first: it is older.
        let place = held.occupant.cell().place.lock_arc().await;
        let asleep = pool
            .to_bytes_awaited(&key, &mut held.leased.sandbox)
            .await?;
        off_the_executor(move || {
            let stored = pool.put(&key, asleep);
            drop(place);
            stored
        })
        .await?;
        held.fallback = Some(Fallback::Stored);
        Ok(())
    }

    /// Ends the session for good: it is removed from the store, and the next of its name is a new one.
    ///
    /// # Errors
    ///
    /// [`Error::Store`]; the session then lives on.
    pub async fn forget(mut self) -> Result<(), Error> {
        let held = self.held_mut();
        let (pool, key) = (held.leased.pool.clone(), held.occupant.key().clone());
        let place = held.occupant.cell().place.lock_arc().await;
        off_the_executor(move || {
            let removed = pool.remove(&key);
            drop(place);
            removed
        })
        .await?;
        held.fallback = None;
        Ok(())
    }

    fn held(&self) -> &Held {
        self.held.as_ref().expect("it is returned by its drop")
    }

    fn held_mut(&mut self) -> &mut Held {
        self.held.as_mut().expect("it is returned by its drop")
    }
}

impl Deref for Session {
    type Target = AsyncSandbox;

    fn deref(&self) -> &AsyncSandbox {
        &self.held().leased.sandbox
    }
}

impl DerefMut for Session {
    fn deref_mut(&mut self) -> &mut AsyncSandbox {
        &mut self.held_mut().leased.sandbox
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
            leased,
            occupant,
            fallback,
            ..
        } = held;
        let is_being_stored = occupant.cell().place.try_lock().is_none();
        let stores = leased.pool.config.store_on_return && fallback.is_some();
        let end = move |settled: Settled| match fallback {
            Some(fallback) => settled.end_session(occupant, fallback),
            None => settled.shelve(),
        };
        if stores || is_being_stored {
            leased.settle_elsewhere(end);
        } else {
            leased.settle(end);
        }
    }
}

impl Settled {
    /// Parks the session, or takes it back to where it was when it cannot go on.
    fn end_session(mut self, occupant: Occupant, fallback: Fallback) {
        self.account();
        let Self {
            mut housed,
            tenant,
            pool,
            permit,
            ..
        } = self;
        let cell = occupant.cell();
        let mut place = cell.place.lock_arc_blocking();
        let sandbox = &mut housed.sandbox;
        let goes_on = if sandbox.is_poisoned() {
            pool.meters.sessions_rolled_back.increment(1);
            roll_back(sandbox, &fallback)
        } else {
            Ok(true)
        };
        match goes_on {
            Ok(true) => {
                if pool.config.store_on_return
                    && let Err(error) = pool.save(&cell.key, sandbox)
                {
                    tracing::warn!(pool = pool.config.name, %error, "a session is live only");
                }
                pool.park(housed, &tenant, cell, &mut place);
                drop(place);
                if pool.admission.load().is_closed {
                    // Nobody asks for it any more, and nobody may be left to store it later.
                    let (pool, work) = (pool.clone(), pool.admission.begin_work());
                    blocking::unblock(move || {
                        drop(pool.empty());
                        drop(work);
                    })
                    .detach();
                }
            }
            Ok(false) => {
                if matches!(fallback, Fallback::Stored) {
                    pool.add_asleep(1);
                }
                pool.shelve(housed);
            }
            Err(error) => {
                if let Fallback::Checkpoint(checkpoint) = &fallback {
                    pool.keep(&cell.key, checkpoint);
                }
                pool.quarantine(housed, &error);
            }
        }
        drop(permit);
    }
}

/// Takes a poisoned session back; says whether it goes on in this sandbox.
fn roll_back(sandbox: &mut Sandbox, fallback: &Fallback) -> Result<bool, hatchery::Error> {
    match fallback {
        Fallback::Checkpoint(checkpoint) => {
            sandbox.rollback(checkpoint)?;
            Ok(true)
        }
        Fallback::Fresh | Fallback::Stored => Ok(false),
    }
}

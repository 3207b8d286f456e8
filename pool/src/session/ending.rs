//! What becomes of a session that comes back.

use super::cell::{Occupant, Place};
use super::sleeper::Moving;
use super::{Fallback, Origin, Sleeper};
use crate::admission::Work;
use crate::hooks::Lessee;
use crate::housed::Housed;
use crate::lease::Settled;
use crate::off_thread::drive;
use crate::tenant::Tenant;
use async_lock::MutexGuardArc;
use hatchery::Sandbox;
use std::sync::Arc;

/// A session on its way back.
pub(super) struct Ending {
    /// Where the session is, unless it is being stored.
    pub(super) place: Option<MutexGuardArc<Place>>,
    pub(super) sleeper: Arc<Sleeper>,
    pub(super) occupant: Occupant,
    pub(super) origin: Origin,
    /// `None` for one that was forgotten.
    pub(super) fallback: Option<Fallback>,
}

/// A session that has come back, without a permit.
struct Returned {
    housed: Housed,
    tenant: Arc<Tenant>,
    /// It cannot go on: a run was stopped in the middle, or the hook refused it.
    is_stopped: bool,
    /// While it is on its way to the store.
    moving: Option<Moving>,
    /// Until it is parked the pool is not at rest. Last, as what is at rest moves no session.
    _work: Work,
}

impl Ending {
    /// Parks the session, or takes it back to where it was when it cannot go on. What has to wait for the store does so
    /// on the threads that are there for it, and without the permit: it is nobody's turn that waits. What has to wait for
    /// the session's place takes no thread.
    pub(super) fn settle(mut self, mut settled: Settled) {
        let key = self.occupant.key();
        let lessee = Lessee {
            tenant: key.tenant(),
            session: Some((key.session(), self.origin)),
        };
        let accepted = settled.take_leave(&lessee);
        let Settled {
            housed,
            tenant,
            housing,
            permit,
            ..
        } = settled;
        if self.fallback.is_none() {
            housing.shelve(housed);
            drop(permit);
            return;
        }
        let config = &housing.shared.config;
        if let Err(problem) = &accepted {
            tracing::warn!(pool = config.name, %key, %problem, "a session was refused");
        }
        let mut returned = Returned {
            is_stopped: housed.sandbox.is_poisoned() || accepted.is_err(),
            housed,
            tenant,
            moving: None,
            _work: housing.shared.admission.begin_work(),
        };
        match self.place.take() {
            Some(place) if !config.store_on_return => {
                self.end(returned, place);
                drop(permit);
            }
            place => {
                drop(permit);
                returned.moving = Some(Moving::begin(&self.sleeper));
                match place {
                    Some(place) => self.end_elsewhere(returned, place),
                    None => {
                        let place = self.occupant.cell().place.lock_arc();
                        drive(async move { self.end_elsewhere(returned, place.await) });
                    }
                }
            }
        }
    }

    /// As [`end`](Self::end), on the threads that wait for the store. No work there waits for a place: whoever holds the
    /// place may need one of those threads to let go of it.
    fn end_elsewhere(self, returned: Returned, place: MutexGuardArc<Place>) {
        let lane = self.sleeper.lane.clone();
        drop(lane.run(move || self.end(returned, place)));
    }

    fn end(self, mut returned: Returned, mut place: MutexGuardArc<Place>) {
        let sleeper = &self.sleeper;
        if place.is_superseded {
            sleeper.give_up(returned.housed, &mut place);
            return;
        }
        let goes_on = if returned.is_stopped {
            let meters = &sleeper.housing.shared.meters;
            meters.sessions_rolled_back.increment(1);
            self.roll_back(&mut returned.housed.sandbox)
        } else {
            Ok(true)
        };
        match goes_on {
            Ok(true) => self.park(returned, place),
            Ok(false) => {
                if place.version.is_some() {
                    sleeper.keeper.add_asleep(1);
                }
                *place = Place::default();
                sleeper.housing.shelve(returned.housed);
            }
            Err(error) => self.keep(returned, place, error),
        }
    }

    /// Takes a session back that cannot go on; says whether it goes on in this sandbox.
    fn roll_back(&self, sandbox: &mut Sandbox) -> Result<bool, hatchery::Error> {
        match &self.fallback {
            Some(Fallback::Checkpoint(kept)) => {
                sandbox.rollback(&kept.checkpoint)?;
                Ok(true)
            }
            Some(Fallback::Fresh | Fallback::Stored) | None => Ok(false),
        }
    }

    fn park(self, mut returned: Returned, mut place: MutexGuardArc<Place>) {
        let sleeper = &self.sleeper;
        let Returned { housed, tenant, .. } = &mut returned;
        let shared = &sleeper.housing.shared;
        if shared.config.store_on_return {
            let (keeper, key) = (&sleeper.keeper, self.occupant.key());
            let asleep = keeper.to_bytes(key, &mut housed.sandbox);
            if let Err(error) = asleep.and_then(|asleep| keeper.put(key, asleep, &mut place)) {
                tracing::warn!(pool = shared.config.name, %error, "a session is live only");
            }
        }
        let tenant = tenant.clone();
        if place.is_superseded {
            sleeper.give_up(returned.housed, &mut place);
            return;
        }
        sleeper.park(returned.housed, &tenant, self.occupant.cell(), &mut place);
        if shared.is_closed() {
            // Nobody asks for it any more, and nobody may be left to store it later.
            let parked = place.ticket.take();
            let parked = parked.and_then(|ticket| shared.inventory.unpark(ticket));
            if let Some(parked) = parked {
                *parked.moving.lock() = Some(place);
                drop(sleeper.put_to_sleep(parked));
            }
            // Those whose store failed before get another try.
            sleeper.put_all_to_sleep_later();
        }
    }

    /// Stores what a session was that this sandbox can be no more, on the threads that are there for it. Until then the
    /// pool is not at rest.
    fn keep(self, mut returned: Returned, place: MutexGuardArc<Place>, error: hatchery::Error) {
        let lane = self.sleeper.lane.clone();
        let begin = || Moving::begin(&self.sleeper);
        returned.moving.get_or_insert_with(begin);
        // The call takes all of `returned`: a closure that named its fields would take those alone.
        drop(lane.run(move || self.keep_here(returned, place, &error)));
    }

    fn keep_here(
        self,
        returned: Returned,
        mut place: MutexGuardArc<Place>,
        error: &hatchery::Error,
    ) {
        if let Some(Fallback::Checkpoint(kept)) = &self.fallback {
            let key = self.occupant.key();
            let keeper = &self.sleeper.keeper;
            keeper.keep(key, &kept.checkpoint, &mut place);
        }
        *place = Place::default();
        drop(place);
        self.sleeper.housing.quarantine(returned.housed, error);
    }
}

//! What the pool's own thread does: it makes sandboxes ahead, resets returned ones, gives up what nobody wants, and has
//! sessions put to sleep. It waits for no store.

use crate::housed::{Cleaning, Housing};
use crate::session::Sleeper;
use crate::shared::Shared;
use crate::tenant::Kind;
use hatchery::Sandbox;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

/// After a panic, or with all permits given away.
const RETRY_AFTER: Duration = Duration::from_millis(50);

/// The service behind the thread.
#[derive(Debug)]
pub(crate) struct Maintenance {
    housing: Housing,
    sleeper: Arc<Sleeper>,
    usual: Arc<Kind>,
}

/// Starts the thread, which ends when the pool is gone.
pub(crate) fn start(maintenance: &Arc<Maintenance>) -> io::Result<()> {
    let alarm = maintenance.shared().alarm.clone();
    let pool = Arc::downgrade(maintenance);
    thread::Builder::new()
        .name("hatchery-pool".to_owned())
        .spawn(move || {
            loop {
                alarm.begin_round();
                let Some(due) = round(&pool) else {
                    return;
                };
                alarm.sleep(due);
            }
        })
        .map(drop)
}

/// Does what is due, and says when to come again; `None` when the pool is gone.
fn round(pool: &Weak<Maintenance>) -> Option<Option<Instant>> {
    let maintenance = pool.upgrade()?;
    // A panic, of the owner's log perhaps, ends neither the thread nor what it does from now on.
    let due = catch_unwind(AssertUnwindSafe(|| maintenance.work()));
    Some(due.unwrap_or_else(|_panic| {
        let _ = catch_unwind(|| tracing::error!("the pool's own work panicked; it goes on"));
        Some(Instant::now() + RETRY_AFTER)
    }))
}

impl Maintenance {
    pub(crate) fn new(housing: Housing, sleeper: Arc<Sleeper>, usual: Arc<Kind>) -> Self {
        Self {
            housing,
            sleeper,
            usual,
        }
    }

    fn shared(&self) -> &Shared {
        &self.housing.shared
    }

    /// Does what is due, and says when to come again.
    fn work(&self) -> Option<Instant> {
        let mut is_held_up = self.recycle();
        is_held_up |= self.make_ahead();
        self.give_up_unwanted();
        let store_retry = self.sleeper.put_sleepy_to_sleep();
        self.shared().tell_gauges();
        let retry = is_held_up.then(|| Instant::now() + RETRY_AFTER);
        [self.next_due(store_retry), retry]
            .into_iter()
            .flatten()
            .min()
    }

    /// Resets what has waited long enough for its tenant. Says whether something has to wait for a permit.
    fn recycle(&self) -> bool {
        let shared = self.shared();
        let Some(before) = Instant::now().checked_sub(shared.config.recycle_after) else {
            return false;
        };
        // No permit is taken where there is nothing to do: meanwhile `try_get` would find the pool full.
        while shared.inventory.stock().soiled > 0 {
            let Some(permit) = shared.admission.try_acquire_spare() else {
                return true;
            };
            let Some((_, housed)) = shared.inventory.take_soiled(before) else {
                return false;
            };
            if let Some(housed) = self.housing.clean(housed, Cleaning::Strict) {
                self.housing.shelve_clean(housed);
            }
            drop(permit);
        }
        false
    }

    /// Makes sandboxes until as many are clean as there should be.
    fn make_ahead(&self) -> bool {
        let (shared, kind) = (self.shared(), &self.usual);
        while shared.inventory.clean(kind.id) < shared.config.idle_min && !shared.is_closed() {
            let Some(_permit) = shared.admission.try_acquire_spare() else {
                return true;
            };
            let Some(room) = shared.inventory.reserve() else {
                return false;
            };
            match self.housing.make(kind, room) {
                Ok(mut housed) => {
                    warm_up(&mut housed.sandbox);
                    let Some(housed) = self.housing.clean(housed, Cleaning::Strict) else {
                        return true;
                    };
                    self.housing.shelve_clean(housed);
                }
                Err(error) => {
                    tracing::warn!(pool = shared.config.name, %error, "no sandbox was made ahead");
                    return true;
                }
            }
        }
        false
    }

    /// Gives up what is idle for too long and what is too many, and the memory of the slots that they leave.
    fn give_up_unwanted(&self) {
        let Shared {
            config, inventory, ..
        } = self.shared();
        let mut kinds: Vec<Arc<Kind>> = Vec::new();
        let mut given_up = |kind: Arc<Kind>| {
            if kinds.iter().all(|other| other.id != kind.id) {
                kinds.push(kind);
            }
        };
        while let Some(housed) = inventory.take_over() {
            given_up(housed.kind);
        }
        let idle_min = |kind| match kind == self.usual.id {
            true => config.idle_min,
            false => 0,
        };
        if let Some(before) = Instant::now().checked_sub(config.idle_timeout) {
            while let Some(housed) = inventory.take_unwanted(before, idle_min) {
                given_up(housed.kind);
            }
        }
        for kind in kinds {
            kind.slots.trim();
        }
    }

    fn next_due(&self, store_retry: Option<Instant>) -> Option<Instant> {
        let Shared {
            config, inventory, ..
        } = self.shared();
        let [soiled, clean, parked] = inventory.oldest();
        let after = |since: Option<Instant>, wait: Duration| since?.checked_add(wait);
        let has_spare = inventory.clean(self.usual.id) > config.idle_min;
        let sleepy = config
            .session_idle_timeout
            .and_then(|timeout| after(parked, timeout));
        [
            after(soiled, config.recycle_after),
            after(clean.filter(|_| has_spare), config.idle_timeout),
            // One that sleeps rings the alarm; while as many as can are about to, nothing else is due.
            store_retry.or_else(|| sleepy.filter(|_| self.sleeper.moving() == 0)),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}

/// Has the slot's usual pages ready: they stay with the slot through the reset.
fn warm_up(sandbox: &mut Sandbox) {
    if let Err(error) = sandbox.execute("pass") {
        tracing::debug!(%error, "a sandbox was not warmed up");
    }
}

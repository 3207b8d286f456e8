//! What the pool's own thread does: it makes sandboxes ahead, resets returned ones, gives up what nobody wants, and puts
//! sessions to sleep.

use crate::housed::Cleaning;
use crate::inner::Inner;
use crate::session::Parked;
use crate::status::Drained;
use hatchery::Sandbox;
use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

/// After a failure of the store, or with all permits given away.
const RETRY_AFTER: Duration = Duration::from_millis(50);

/// Starts the thread, which ends when the pool is gone.
pub(crate) fn start(inner: &Arc<Inner>) -> io::Result<()> {
    let (pool, alarm) = (Arc::downgrade(inner), inner.alarm.clone());
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
fn round(pool: &Weak<Inner>) -> Option<Option<Instant>> {
    let inner = pool.upgrade()?;
    let mut is_held_up = false;
    is_held_up |= inner.recycle();
    is_held_up |= inner.make_ahead();
    inner.give_up_unwanted();
    is_held_up |= inner.put_sleepy_to_sleep();
    inner.tell_gauges();
    let retry = is_held_up.then(|| Instant::now() + RETRY_AFTER);
    Some([inner.next_due(), retry].into_iter().flatten().min())
}

impl Inner {
    /// Resets what has waited long enough for its tenant. Says whether something has to wait for a permit.
    fn recycle(&self) -> bool {
        let Some(before) = Instant::now().checked_sub(self.config.recycle_after) else {
            return false;
        };
        loop {
            let Some(permit) = self.admission.try_acquire_spare() else {
                return self.inventory.stock().soiled > 0;
            };
            let Some((kind, housed)) = self.inventory.take_soiled(before) else {
                return false;
            };
            if let Some(housed) = self.clean(housed, Cleaning::Strict) {
                self.inventory.put_clean(kind, housed, Instant::now());
            }
            drop(permit);
        }
    }

    /// Makes sandboxes until as many are clean as there should be.
    fn make_ahead(&self) -> bool {
        let kind = &self.usual;
        while self.inventory.clean(kind.id) < self.config.idle_min
            && !self.admission.load().is_closed
        {
            let Some(_permit) = self.admission.try_acquire_spare() else {
                return true;
            };
            let Some(room) = self.inventory.reserve() else {
                return false;
            };
            match self.make(kind, room) {
                Ok(mut housed) => {
                    warm_up(&mut housed.sandbox);
                    let Some(housed) = self.clean(housed, Cleaning::Strict) else {
                        return true;
                    };
                    self.inventory.put_clean(kind.id, housed, Instant::now());
                }
                Err(error) => {
                    tracing::warn!(pool = self.config.name, %error, "no sandbox was made ahead");
                    return true;
                }
            }
        }
        false
    }

    fn give_up_unwanted(&self) {
        let Some(before) = Instant::now().checked_sub(self.config.idle_timeout) else {
            return;
        };
        let idle_min = |kind| match kind == self.usual.id {
            true => self.config.idle_min,
            false => 0,
        };
        let mut given_up = 0;
        while let Some(housed) = self.inventory.take_unwanted(before, idle_min) {
            drop(housed);
            given_up += 1;
        }
        if given_up > 0 {
            // The memory of the slots that they leave, too.
            self.slots().trim();
        }
    }

    /// Puts sessions to sleep that are too many or idle for too long.
    fn put_sleepy_to_sleep(&self) -> bool {
        loop {
            let before = (self.config.session_idle_timeout)
                .and_then(|timeout| Instant::now().checked_sub(timeout));
            let bytes_max = self.config.session_memory_bytes_max;
            let Some(_permit) = self.admission.try_acquire_spare() else {
                return self.inventory.stock().parked_bytes > bytes_max;
            };
            let sleepy = self
                .inventory
                .take_sleepy(bytes_max, before, Parked::reserve);
            match sleepy {
                None => return false,
                Some(parked) => {
                    if self.put_to_sleep_here(parked).is_err() {
                        return true;
                    }
                }
            }
        }
    }

    fn next_due(&self) -> Option<Instant> {
        let [soiled, clean, parked] = self.inventory.oldest();
        let after = |since: Option<Instant>, wait: Duration| since?.checked_add(wait);
        let has_spare = self.inventory.clean(self.usual.id) > self.config.idle_min;
        [
            after(soiled, self.config.recycle_after),
            after(clean.filter(|_| has_spare), self.config.idle_timeout),
            self.config
                .session_idle_timeout
                .and_then(|timeout| after(parked, timeout)),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    fn slots(&self) -> &cow_memory::SlotPool {
        self.usual.builder.runtime().golden().engine().slots()
    }

    /// Waits until all leases are back, but no longer than `within`.
    pub(crate) async fn come_to_rest(&self, within: Duration) {
        let at_rest = self.admission.at_rest();
        let too_late = async {
            async_io::Timer::after(within).await;
        };
        futures_lite::future::or(at_rest, too_late).await;
    }

    /// Stores all live sessions and gives all idle sandboxes up.
    pub(crate) fn empty(&self) -> Drained {
        let mut drained = Drained {
            leases_out: self.admission.load().held,
            sessions_stored: 0,
            failures: Vec::new(),
        };
        // Those that cannot be stored are parked again, behind the others.
        for _ in 0..self.inventory.stock().parked {
            let Some(parked) = self.inventory.take_oldest(Parked::reserve) else {
                break;
            };
            match self.put_to_sleep_here(parked) {
                Ok(()) => {}
                Err(error) => drained.failures.push(error),
            }
        }
        drained.sessions_stored = self.stored_at_close.load(Ordering::SeqCst);
        drop(self.inventory.take_idle());
        self.slots().trim();
        self.tell_gauges();
        drained
    }
}

/// Has the slot's usual pages ready: they stay with the slot through the reset.
fn warm_up(sandbox: &mut Sandbox) {
    if let Err(error) = sandbox.execute("pass") {
        tracing::debug!(%error, "a sandbox was not warmed up");
    }
}

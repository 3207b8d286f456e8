//! Wakes the pool's own thread when something is due.

use parking_lot::{Condvar, Mutex};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// With nothing due, the thread looks around this often.
const ROUND_MAX: Duration = Duration::from_secs(5);
/// It looks around no oftener than this, so that what is due and cannot be done keeps no core busy.
const ROUND_MIN: Duration = Duration::from_micros(100);
/// The thread is at work, and looks what is due before it sleeps.
const AWAKE: u64 = 0;

#[derive(Debug)]
pub(crate) struct Alarm {
    base: Instant,
    /// Nanoseconds since `base` at which the thread wakes by itself.
    wakes_at: AtomicU64,
    /// Whether something has become due that is nearer.
    rung: Mutex<bool>,
    bell: Condvar,
}

impl Alarm {
    pub(crate) fn new() -> Self {
        Self {
            base: Instant::now(),
            wakes_at: AtomicU64::new(AWAKE),
            rung: Mutex::new(false),
            bell: Condvar::new(),
        }
    }

    /// Sees that the thread looks around at `due`, or soon after.
    pub(crate) fn set(&self, due: Instant) {
        // As it was before: whoever sleeps past `due` is woken, and anyone else looks for himself.
        if self.wakes_at.load(Ordering::SeqCst) > self.nanoseconds(due) {
            self.ring();
        }
    }

    /// Wakes the thread now.
    pub(crate) fn ring(&self) {
        *self.rung.lock() = true;
        self.bell.notify_one();
    }

    /// Before the thread looks what is due.
    pub(crate) fn begin_round(&self) {
        self.wakes_at.store(AWAKE, Ordering::SeqCst);
        *self.rung.lock() = false;
    }

    /// Sleeps until something is due: at `due`, as far as the last round has seen.
    pub(crate) fn sleep(&self, due: Option<Instant>) {
        let now = Instant::now();
        let latest = now + ROUND_MAX;
        let due = due.map_or(latest, |due| due.clamp(now + ROUND_MIN, latest));
        let mut rung = self.rung.lock();
        if !*rung {
            self.wakes_at.store(self.nanoseconds(due), Ordering::SeqCst);
            self.bell.wait_until(&mut rung, due);
        }
    }

    fn nanoseconds(&self, moment: Instant) -> u64 {
        let since = moment.saturating_duration_since(self.base).as_nanos();
        u64::try_from(since).unwrap_or(u64::MAX).max(AWAKE + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn a_sleeper_is_woken_for_what_is_due_before_it_would_wake() {
        let alarm = Arc::new(Alarm::new());
        let sleeper = std::thread::spawn({
            let alarm = alarm.clone();
            move || {
                alarm.begin_round();
                let begun = Instant::now();
                alarm.sleep(None);
                begun.elapsed()
            }
        });
        while alarm.wakes_at.load(Ordering::SeqCst) == AWAKE {
            std::thread::yield_now();
        }
        alarm.set(Instant::now() + ROUND_MAX * 2);
        alarm.set(Instant::now());
        assert!(sleeper.join().unwrap() < ROUND_MAX);
    }

    #[test]
    fn what_was_rung_during_a_round_is_not_slept_through() {
        let alarm = Alarm::new();
        alarm.begin_round();
        alarm.ring();
        let begun = Instant::now();
        alarm.sleep(None);
        assert!(begun.elapsed() < ROUND_MAX);
    }
}

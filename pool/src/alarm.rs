//! Wakes the pool's own thread when something is due.

use parking_lot::{Condvar, Mutex};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// With nothing due, the thread looks around this often.
const ROUND_MAX: Duration = Duration::from_secs(5);
/// It looks around no oftener than this, so that what is due and cannot be done keeps no core busy.
const ROUND_MIN: Duration = Duration::from_micros(100);
/// The thread is at work. What becomes due meanwhile it has to be told, as it may have looked already.
const AWAKE: u64 = u64::MAX;

#[derive(Debug)]
pub(crate) struct Alarm {
    base: Instant,
    /// Nanoseconds since `base` at which the thread wakes by itself.
    wakes_at: AtomicU64,
    /// The earliest moment that the thread was told of since its round began.
    told: Mutex<Option<Instant>>,
    bell: Condvar,
}

impl Alarm {
    pub(crate) fn new() -> Self {
        Self {
            base: Instant::now(),
            wakes_at: AtomicU64::new(AWAKE),
            told: Mutex::new(None),
            bell: Condvar::new(),
        }
    }

    /// Makes the thread look around at `due`, or soon after. Costs one load while the thread sleeps no longer than that.
    pub(crate) fn set(&self, due: Instant) {
        if self.wakes_at.load(Ordering::SeqCst) > self.nanoseconds(due) {
            self.tell(due);
        }
    }

    /// Makes the thread look around now.
    pub(crate) fn ring(&self) {
        self.tell(Instant::now());
    }

    fn tell(&self, due: Instant) {
        let mut told = self.told.lock();
        if told.is_none_or(|earlier| due < earlier) {
            *told = Some(due);
            self.bell.notify_one();
        }
    }

    /// Begins a round. The thread calls this before it looks what is due.
    pub(crate) fn begin_round(&self) {
        self.wakes_at.store(AWAKE, Ordering::SeqCst);
        *self.told.lock() = None;
    }

    /// Sleeps until `due`, which is what the round has found, or until an earlier moment that the thread is told of
    /// during the round or the sleep.
    pub(crate) fn sleep(&self, due: Option<Instant>) {
        let now = Instant::now();
        let latest = now + ROUND_MAX;
        let due = due.map_or(latest, |due| due.clamp(now + ROUND_MIN, latest));
        let mut told = self.told.lock();
        loop {
            let until = told.map_or(due, |told| told.min(due));
            if until <= Instant::now() {
                return;
            }
            self.wakes_at
                .store(self.nanoseconds(until), Ordering::SeqCst);
            self.bell.wait_until(&mut told, until);
        }
    }

    fn nanoseconds(&self, moment: Instant) -> u64 {
        let since = moment.saturating_duration_since(self.base).as_nanos();
        u64::try_from(since).unwrap_or(AWAKE).min(AWAKE - 1)
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

    #[test]
    fn what_became_due_during_a_round_is_not_slept_through() {
        for in_how_long in [Duration::ZERO, Duration::from_millis(5)] {
            let alarm = Alarm::new();
            alarm.begin_round();
            // The round has looked already, and has found nothing.
            let due = Instant::now() + in_how_long;
            alarm.set(due);
            let begun = Instant::now();
            alarm.sleep(None);
            assert!(begun.elapsed() < ROUND_MAX, "{in_how_long:?}");
            assert!(Instant::now() >= due, "it came too early");
        }
    }

    #[test]
    fn what_is_due_later_than_the_thread_wakes_does_not_wake_it() {
        let alarm = Alarm::new();
        alarm.begin_round();
        alarm.wakes_at.store(1, Ordering::SeqCst);
        alarm.set(Instant::now() + ROUND_MAX);
        assert_eq!(*alarm.told.lock(), None);
    }
}

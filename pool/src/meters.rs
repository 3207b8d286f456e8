//! What a pool tells the `metrics` facade. Names begin with `hatchery_pool_`; the label `pool` has the pool's name.

use metrics::{Counter, Gauge, Histogram, Label, counter, gauge, histogram};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// Handles of the recorder that was there when the pool was made.
pub(crate) struct Meters {
    pub(crate) leases: Count,
    pub(crate) timeouts: Count,
    pub(crate) quarantined: Count,
    pub(crate) sessions_rolled_back: Count,
    pub(crate) store_failures: Count,
    pub(crate) store_conflicts: Count,
    pub(crate) create: Timed,
    pub(crate) wait: Timed,
    pub(crate) lease: Timed,
    pub(crate) run: Timed,
    pub(crate) reset_in_place: Timed,
    pub(crate) reset_strict: Timed,
    pub(crate) hibernate: Timed,
    pub(crate) wake: Timed,
    pub(crate) live: Level,
    pub(crate) idle: Level,
    pub(crate) waiting: Level,
    pub(crate) sessions_live: Level,
    pub(crate) hibernated: Level,
    pub(crate) private_bytes: Level,
}

impl fmt::Debug for Meters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meters").finish_non_exhaustive()
    }
}

/// A recorder that panics records nothing: it may not take a sandbox, a session or the pool's own thread with it.
fn record(tell: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(tell));
}

/// How often something has happened.
pub(crate) struct Count(Counter);

impl Count {
    pub(crate) fn increment(&self, more: u64) {
        record(|| self.0.increment(more));
    }
}

/// How much of something there is.
pub(crate) struct Level(Gauge);

impl Level {
    pub(crate) fn set(&self, level: f64) {
        record(|| self.0.set(level));
    }

    pub(crate) fn increment(&self, more: f64) {
        record(|| self.0.increment(more));
    }
}

/// How long something takes, in seconds.
pub(crate) struct Timed(Histogram);

impl Timed {
    /// Times some work that can fail; what fails is not recorded.
    pub(crate) fn time<R, E>(&self, work: impl FnOnce() -> Result<R, E>) -> Result<R, E> {
        let begun = Instant::now();
        let result = work()?;
        self.record(begun.elapsed());
        Ok(result)
    }

    pub(crate) fn record(&self, time: Duration) {
        record(|| self.0.record(time));
    }
}

impl Meters {
    pub(crate) fn new(pool: &str) -> Self {
        let labels = vec![Label::new("pool", pool.to_owned())];
        macro_rules! meter {
            ($kind:ident $name:literal) => {
                $kind!(concat!("hatchery_pool_", $name), labels.clone())
            };
        }
        let reset = |kind: &'static str| {
            let labels = [labels[0].clone(), Label::new("kind", kind)].to_vec();
            Timed(histogram!("hatchery_pool_reset_seconds", labels))
        };
        Self {
            leases: Count(meter!(counter "leases_total")),
            timeouts: Count(meter!(counter "timeouts_total")),
            quarantined: Count(meter!(counter "quarantined_total")),
            sessions_rolled_back: Count(meter!(counter "sessions_rolled_back_total")),
            store_failures: Count(meter!(counter "store_failures_total")),
            store_conflicts: Count(meter!(counter "store_conflicts_total")),
            create: Timed(meter!(histogram "create_seconds")),
            wait: Timed(meter!(histogram "wait_seconds")),
            lease: Timed(meter!(histogram "lease_seconds")),
            run: Timed(meter!(histogram "run_seconds")),
            reset_in_place: reset("in_place"),
            reset_strict: reset("strict"),
            hibernate: Timed(meter!(histogram "hibernate_seconds")),
            wake: Timed(meter!(histogram "wake_seconds")),
            live: Level(meter!(gauge "live")),
            idle: Level(meter!(gauge "idle")),
            waiting: Level(meter!(gauge "waiting")),
            sessions_live: Level(meter!(gauge "sessions_live")),
            hibernated: Level(meter!(gauge "hibernated")),
            private_bytes: Level(meter!(gauge "private_bytes")),
        }
    }
}

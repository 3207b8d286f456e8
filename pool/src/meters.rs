//! What a pool tells the `metrics` facade. Names begin with `hatchery_pool_`; the label `pool` has the pool's name.

use metrics::{Counter, Gauge, Histogram, Label, counter, gauge, histogram};
use std::fmt;
use std::time::{Duration, Instant};

/// Handles of the recorder that was there when the pool was made.
pub(crate) struct Meters {
    pub(crate) leases: Counter,
    pub(crate) timeouts: Counter,
    pub(crate) quarantined: Counter,
    pub(crate) sessions_rolled_back: Counter,
    pub(crate) store_failures: Counter,
    pub(crate) create: Timed,
    pub(crate) wait: Timed,
    pub(crate) lease: Timed,
    pub(crate) run: Timed,
    pub(crate) reset_in_place: Timed,
    pub(crate) reset_strict: Timed,
    pub(crate) hibernate: Timed,
    pub(crate) wake: Timed,
    pub(crate) live: Gauge,
    pub(crate) idle: Gauge,
    pub(crate) waiting: Gauge,
    pub(crate) sessions_live: Gauge,
    pub(crate) hibernated: Gauge,
    pub(crate) private_bytes: Gauge,
}

impl fmt::Debug for Meters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meters").finish_non_exhaustive()
    }
}

/// How long something takes, in seconds.
pub(crate) struct Timed(Histogram);

impl Timed {
    /// Times some work that can fail; what fails is not recorded.
    pub(crate) fn time<R, E>(&self, work: impl FnOnce() -> Result<R, E>) -> Result<R, E> {
        let begun = Instant::now();
        let result = work()?;
        self.0.record(begun.elapsed());
        Ok(result)
    }

    pub(crate) fn record(&self, time: Duration) {
        self.0.record(time);
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
            leases: meter!(counter "leases_total"),
            timeouts: meter!(counter "timeouts_total"),
            quarantined: meter!(counter "quarantined_total"),
            sessions_rolled_back: meter!(counter "sessions_rolled_back_total"),
            store_failures: meter!(counter "store_failures_total"),
            create: Timed(meter!(histogram "create_seconds")),
            wait: Timed(meter!(histogram "wait_seconds")),
            lease: Timed(meter!(histogram "lease_seconds")),
            run: Timed(meter!(histogram "run_seconds")),
            reset_in_place: reset("in_place"),
            reset_strict: reset("strict"),
            hibernate: Timed(meter!(histogram "hibernate_seconds")),
            wake: Timed(meter!(histogram "wake_seconds")),
            live: meter!(gauge "live"),
            idle: meter!(gauge "idle"),
            waiting: meter!(gauge "waiting"),
            sessions_live: meter!(gauge "sessions_live"),
            hibernated: meter!(gauge "hibernated"),
            private_bytes: meter!(gauge "private_bytes"),
        }
    }
}

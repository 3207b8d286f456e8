use super::{eventually, pool};
use futures_lite::future::block_on;
use hatchery_pool::{Pool, PoolBuilder, TenantSettings};
use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// A pool, and what it tells the recorder.
fn metered(builder: PoolBuilder) -> (Pool, Snapshotter) {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let pool = metrics::with_local_recorder(&recorder, || builder.name("metered").build());
    (pool.unwrap(), snapshotter)
}

/// Counts of counters and histograms and values of gauges, by name and kind. Takes them.
fn values(snapshotter: &Snapshotter) -> HashMap<String, f64> {
    let mut values = HashMap::new();
    for (key, _, _, value) in snapshotter.snapshot().into_vec() {
        let (_, key) = key.into_parts();
        let mut name = key.name().trim_start_matches("hatchery_pool_").to_owned();
        let mut labels = key.labels();
        let pool = labels.next().unwrap();
        assert_eq!((pool.key(), pool.value()), ("pool", "metered"));
        if let Some(kind) = labels.next() {
            name = format!("{name} {}", kind.value());
        }
        let value = match value {
            DebugValue::Counter(count) => count as f64,
            DebugValue::Gauge(value) => value.into_inner(),
            DebugValue::Histogram(samples) => {
                assert!(samples.iter().all(|sample| sample.into_inner() < 60.0));
                samples.len() as f64
            }
        };
        values.insert(name, value);
    }
    values
}

/// How one sandbox that `first` has used reaches `second`: by resets in place, and by strict ones.
fn resets_between(group: Option<&str>, always_strict: bool, tenants: [&str; 2]) -> (f64, f64) {
    let (pool, snapshotter) = metered(
        pool()
            .max_size(1)
            .always_strict(always_strict)
            .recycle_after(Duration::from_secs(60)),
    );
    if let Some(group) = group {
        for tenant in tenants {
            let settings = TenantSettings::new().trust_group(group);
            pool.set_tenant(tenant, settings).unwrap();
        }
    }
    for tenant in tenants {
        drop(pool.get_blocking(tenant).unwrap());
    }
    let values = values(&snapshotter);
    (
        values["reset_seconds in_place"],
        values["reset_seconds strict"],
    )
}

#[test]
fn nothing_warm_passes_between_trust_groups() {
    assert_eq!(resets_between(None, false, ["ana", "ana"]), (1.0, 0.0));
    assert_eq!(resets_between(None, false, ["ana", "ben"]), (0.0, 1.0));
    assert_eq!(
        resets_between(Some("friends"), false, ["ana", "ben"]),
        (1.0, 0.0)
    );
    assert_eq!(resets_between(None, true, ["ana", "ana"]), (0.0, 1.0));
    assert_eq!(
        resets_between(Some("friends"), true, ["ana", "ben"]),
        (0.0, 1.0)
    );
}

#[test]
fn a_tenant_with_the_name_of_a_group_is_not_in_it() {
    let (pool, snapshotter) = metered(pool().max_size(1).recycle_after(Duration::from_secs(60)));
    let settings = TenantSettings::new().trust_group("friends");
    pool.set_tenant("ana", settings).unwrap();
    drop(pool.get_blocking("ana").unwrap());
    drop(pool.get_blocking("friends").unwrap());
    assert_eq!(values(&snapshotter)["reset_seconds strict"], 1.0);
}

#[test]
fn a_live_session_takes_nothing_warm_from_group_to_group() {
    let (pool, snapshotter) = metered(pool().max_size(1).recycle_after(Duration::from_secs(60)));
    let join = |tenant, group| {
        let settings = TenantSettings::new().trust_group(group);
        pool.set_tenant(tenant, settings).unwrap();
    };
    join("ana", "old friends");
    drop(pool.session_blocking("ana", "s").unwrap());
    join("ana", "new friends");
    block_on(pool.session_blocking("ana", "s").unwrap().forget()).unwrap();
    for (tenant, group, resets) in [
        ("ben", "new friends", (0.0, 1.0)),
        ("cleo", "new friends", (1.0, 0.0)),
        ("dora", "old friends", (0.0, 1.0)),
    ] {
        join(tenant, group);
        drop(pool.get_blocking(tenant).unwrap());
        let told = values(&snapshotter);
        let found = (told["reset_seconds in_place"], told["reset_seconds strict"]);
        assert_eq!(found, resets, "{tenant}");
    }
}

#[test]
fn what_a_pool_does_is_told() {
    let (pool, snapshotter) = metered(pool().max_size(2).max_session_memory_bytes(0));
    drop(pool.get_blocking("ana").unwrap());
    let mut session = pool.session_blocking("ana", "s").unwrap();
    session.blocking().unwrap().execute("x = 1").unwrap();
    drop(session);
    eventually(&pool, "sleep", |status| status.sessions_asleep == 1);
    let told = values(&snapshotter);
    for (name, count) in [
        ("leases_total", 2.0),
        ("lease_seconds", 2.0),
        ("run_seconds", 2.0),
        ("create_seconds", 1.0),
        ("hibernate_seconds", 1.0),
        ("wake_seconds", 0.0),
        ("hibernated", 1.0),
        ("sessions_live", 0.0),
        ("waiting", 0.0),
        ("live", 1.0),
        ("quarantined_total", 0.0),
    ] {
        assert_eq!(told[name], count, "{name}: {told:?}");
    }
    let session = pool.session_blocking("ana", "s").unwrap();
    let told = values(&snapshotter);
    assert_eq!((told["wake_seconds"], told["hibernated"]), (1.0, 0.0));
    drop(session);

    let held = [0, 1].map(|_| pool.get_blocking("ben").unwrap());
    let waits = pool.get("cleo");
    let mut waits = std::pin::pin!(waits);
    assert!(block_on(futures_lite::future::poll_once(waits.as_mut())).is_none());
    assert_eq!(values(&snapshotter)["waiting"], 1.0);
    drop(held);
    drop(block_on(waits).unwrap());
    let told = values(&snapshotter);
    // The recorder begins at 0 again whenever it is asked.
    assert_eq!((told["waiting"], told["wait_seconds"]), (-1.0, 1.0));
}

#[test]
fn a_lease_that_is_detached_is_paid_for() {
    let (pool, snapshotter) = metered(pool().max_size(1));
    let mut lease = pool.get_blocking("ana").unwrap();
    lease
        .blocking()
        .unwrap()
        .execute("x = b'x' * (1 << 20)")
        .unwrap();
    // A run that is cancelled has been paid for too.
    let begun = block_on(futures_lite::future::poll_once(
        lease.execute("while True: pass"),
    ));
    assert!(begun.is_none());
    let mut detached = lease.detach();
    let had = pool.tenant_status("ana").unwrap();
    assert_eq!((had.leases, had.runs, had.leased), (1, 2, 0));
    assert!(had.time > Duration::ZERO && had.cpu_time > Duration::ZERO);
    assert!(had.private_bytes_max >= 1 << 20, "{had:?}");
    let told = values(&snapshotter);
    for name in ["leases_total", "lease_seconds", "run_seconds"] {
        assert_eq!(told[name], 1.0, "{name}");
    }
    // What it does from now on is nobody's in the pool.
    block_on(detached.reset()).unwrap();
    block_on(detached.execute("x = 1")).unwrap();
    assert_eq!(pool.tenant_status("ana").unwrap(), had);
}

/// What a recorder does that has a fault: it panics whenever it is told something, on whichever thread.
struct Panics;

impl Panics {
    fn panic() -> ! {
        std::panic::resume_unwind(Box::new("the recorder's fault"))
    }
}

impl CounterFn for Panics {
    fn increment(&self, _: u64) {
        Self::panic()
    }
    fn absolute(&self, _: u64) {
        Self::panic()
    }
}

impl GaugeFn for Panics {
    fn increment(&self, _: f64) {
        Self::panic()
    }
    fn decrement(&self, _: f64) {
        Self::panic()
    }
    fn set(&self, _: f64) {
        Self::panic()
    }
}

impl HistogramFn for Panics {
    fn record(&self, _: f64) {
        Self::panic()
    }
}

impl Recorder for Panics {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(Arc::new(Panics))
    }
    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(Arc::new(Panics))
    }
    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(Arc::new(Panics))
    }
}

#[test]
fn a_recorder_that_panics_takes_neither_a_sandbox_nor_the_pools_thread_with_it() {
    let builder = pool().max_size(2).recycle_after(Duration::ZERO);
    let pool = metrics::with_local_recorder(&Panics, || builder.build()).unwrap();
    for _ in 0..3 {
        drop(pool.get_blocking("ana").unwrap());
        eventually(&pool, "a clean sandbox", |status| status.clean > 0);
    }
    let mut session = pool.session_blocking("ana", "s").unwrap();
    block_on(session.execute("x = 1")).unwrap();
    drop(session);
    assert!(pool.get_blocking("ben").is_ok() && pool.get_blocking("cleo").is_ok());
    let drained = block_on(pool.drain(Duration::from_secs(10)));
    assert!(drained.failures.is_empty(), "{drained:?}");
    assert_eq!(pool.status().quarantined, 0);
}

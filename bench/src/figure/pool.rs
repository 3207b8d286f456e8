//! The pool: leases, over and over, on one thread and on two; and a million sessions that sleep.

use super::threads::{Scaling, WINDOWS, arithmetic, on_threads, window};
use super::{Bench, PRINT};
use crate::Failure;
use crate::measure::{Effort, Samples, compare, rate, time};
use crate::report::{Figure, Target};
use hatchery::Runtime;
use hatchery_pool::{Origin, Pool};
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const LEASES: u64 = 1_000_000;
const SESSIONS: u64 = 1_000_000;
const WAKES: usize = 10_000;

/// A pool that resets strictly between any two leases, on the way of who leases next and not on another core: what a
/// lease costs in all is seen then.
///
/// # Errors
///
/// The pool's.
pub fn strict_pool(runtime: &Runtime, size: usize) -> Result<Pool, Failure> {
    Ok(Pool::builder(runtime.sandbox_builder())
        .max_size(size)
        .always_strict(true)
        .recycle_after(Duration::from_secs(60))
        .build()?)
}

/// A lease, a `print` and the return.
///
/// # Errors
///
/// The pool's, or the sandbox's.
pub fn cycle(pool: &Pool) -> Result<(), Failure> {
    cycle_of(pool, "tenant")
}

fn cycle_of(pool: &Pool, tenant: &str) -> Result<(), Failure> {
    let mut lease = pool.try_get(tenant)?;
    black_box(lease.blocking()?.execute(PRINT)?);
    Ok(())
}

/// What a lease, a `print`, the return and the strict reset take; and parts of that.
///
/// # Errors
///
/// What cannot be made.
pub fn lease_cycle(bench: &Bench) -> Result<(), Failure> {
    let runtime = bench.runtime()?;
    let strict = strict_pool(&runtime, 1)?;
    let usual = Pool::builder(runtime.sandbox_builder())
        .max_size(1)
        .recycle_after(Duration::from_secs(60))
        .build()?;
    let awaited = strict_pool(&runtime, 1)?;
    for _ in 0..100 {
        cycle(&strict)?;
        cycle(&usual)?;
        cycle(&awaited)?;
    }
    let effort = Effort {
        turns: bench.samples(200),
        samples_a_turn: 10,
    };
    let [cycles, in_place, returns, awaits] = compare(
        effort,
        [
            &mut || Ok(time(|| cycle(&strict))?.0),
            &mut || Ok(time(|| cycle(&usual))?.0),
            &mut || {
                let mut lease = strict.try_get("tenant")?;
                black_box(lease.blocking()?.execute(PRINT)?);
                let begun = Instant::now();
                drop(lease);
                Ok(begun.elapsed())
            },
            &mut || {
                Ok(time(|| {
                    futures_lite::future::block_on(async {
                        let mut lease = awaited.get("tenant").await?;
                        black_box(lease.execute(PRINT).await?);
                        Ok(())
                    })
                })?
                .0)
            },
        ],
    )?;
    for (name, samples) in [
        ("lease_cycle", cycles),
        ("lease_cycle_reset_in_place", in_place),
        ("lease_return", returns),
        ("lease_cycle_awaited", awaits),
    ] {
        Figure::new(name, samples.median_us(), "µs")
            .p99(samples.p99_us())
            .print();
    }
    Ok(())
}

/// Cycles a second of two threads that share a pool, beside one.
///
/// # Errors
///
/// What cannot be made.
pub fn lease_throughput(bench: &Bench) -> Result<(), Failure> {
    let runtime = bench.runtime()?;
    let pool = strict_pool(&runtime, 2)?;
    let length = window(bench);
    // Each thread serves a tenant of its own.
    let next_tenant = AtomicU64::new(0);
    let leases = || {
        let tenant = format!("tenant {}", next_tenant.fetch_add(1, Ordering::Relaxed) % 2);
        rate(length, || cycle_of(&pool, &tenant))
    };
    let [mut pooled, mut machine] = <[Scaling; 2]>::default();
    for _ in 0..WINDOWS {
        pooled.turn(leases)?;
        machine.turn(|| arithmetic(length))?;
    }
    pooled.figure("lease_throughput_2", Target::AtLeast(1.85));
    machine.ratio("lease_throughput_2_of_arithmetic");
    Ok(())
}

/// A million leases on two threads: whether memory grows, a sandbox is lost, or a descriptor is left open.
///
/// # Errors
///
/// What cannot be made, or was lost.
pub fn lease_million(bench: &Bench) -> Result<(), Failure> {
    let runtime = bench.runtime()?;
    let pool = Pool::builder(runtime.sandbox_builder())
        .max_size(8)
        .min_idle(2)
        .build()?;
    let leases = bench.samples(LEASES as usize) as u64;
    let next = AtomicU64::new(0);
    let work = |until: u64| {
        let done = || {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= until {
                    return Ok(0.0);
                }
                let mut lease = pool.get_blocking(["ana", "ben", "cleo"][number as usize % 3])?;
                black_box(lease.blocking()?.execute(PRINT)?);
            }
        };
        let finished = on_threads(2, done);
        // Each thread took one number too many.
        next.store(until, Ordering::Relaxed);
        finished
    };
    work(leases / 10)?;
    let (resident_before, open_before) = (resident_kib()?, open_files()?);
    let begun = Instant::now();
    work(leases)?;
    let each = begun.elapsed().as_secs_f64() * 1e6 / (leases - leases / 10) as f64;
    let (resident, open) = (resident_kib()?, open_files()?);
    Figure::new("lease_million_each", each, "µs").print();
    let growth = (resident as f64 - resident_before as f64) * 1024.0 / leases as f64;
    Figure::new("lease_million_growth", growth, "bytes a lease")
        .target(Target::AtMost(1.0))
        .print();
    Figure::new(
        "lease_million_open_files",
        open as f64 - open_before as f64,
        "files",
    )
    .target(Target::AtMost(0.0))
    .print();
    let held: Vec<_> = (0..8)
        .map(|_| pool.get_blocking("ana"))
        .collect::<Result<_, _>>()?;
    let status = pool.status();
    if (held.len(), status.size, status.quarantined) != (8, 8, 0) {
        return Err(format!("capacity was lost: {status:?}").into());
    }
    Figure::new(
        "lease_million_capacity",
        held.len() as f64,
        "of 8 sandboxes",
    )
    .print();
    Ok(())
}

/// A million sessions, each with something of its own, put to sleep in memory; some woken at random and looked at.
///
/// # Errors
///
/// What cannot be made, or was lost.
pub fn sessions_million(bench: &Bench) -> Result<(), Failure> {
    let runtime = bench.runtime()?;
    // Nothing stays live longer than the pool's thread needs to put it to sleep.
    let pool = Pool::builder(runtime.sandbox_builder())
        .max_size(64)
        .max_session_memory_bytes(0)
        .build()?;
    let sessions = bench.samples(SESSIONS as usize) as u64;
    let name = |number: u64| format!("session {number}");
    let next = AtomicU64::new(0);
    let before = resident_kib()?;
    let begun = Instant::now();
    on_threads(2, || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= sessions {
                return Ok(0.0);
            }
            let mut session = pool.session_blocking("tenant", &name(number))?;
            let program = format!("x = {number}; squares = (n * n for n in range(x, x + 9))");
            session.blocking()?.execute(&program)?;
        }
    })?;
    while pool.status().sessions_parked > 0 {
        std::thread::sleep(Duration::from_millis(10));
    }
    let asleep = pool.status().sessions_asleep as f64;
    let each = begun.elapsed().as_secs_f64() * 1e6 / sessions as f64;
    let kib = (resident_kib()? - before) as f64 / sessions as f64;
    Figure::new("sessions_million", asleep, "asleep").print();
    Figure::new("sessions_million_each", each, "µs").print();
    Figure::new("sessions_million_kb", kib, "KiB").print();

    let mut wakes = Vec::new();
    let mut number = 1_u64;
    for _ in 0..bench.samples(WAKES) {
        // A full period over the sessions is not needed, only that they are all over the place.
        number = number
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let chosen = (number >> 20) % sessions;
        let (woke, mut session) = time(|| Ok(pool.session_blocking("tenant", &name(chosen))?))?;
        if session.origin() == Origin::Woken {
            wakes.push(woke.as_secs_f64() * 1e6);
        }
        let found: (u64, u64) = session.blocking()?.eval("(x, next(squares))")?.value;
        if found.0 != chosen || found.1 < chosen * chosen {
            return Err(format!("session {chosen} has {found:?}").into());
        }
    }
    let wakes = Samples::new(wakes);
    Figure::new("sessions_million_wake", wakes.median_us(), "µs")
        .p99(wakes.p99_us())
        .print();
    Figure::new("sessions_million_wake_p99", wakes.p99_us(), "µs")
        .target(Target::AtMost(2000.0))
        .print();
    Ok(())
}

fn resident_kib() -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

fn open_files() -> Result<usize, Failure> {
    Ok(std::fs::read_dir("/proc/self/fd")?.count())
}

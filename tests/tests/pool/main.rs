//! The pool: leases and named sessions of many tenants.

mod crashes;
mod deadlines;
mod executors;
mod goldens;
mod handovers;
mod hooks;
mod kinds;
mod leases;
mod lost_answers;
mod meters;
mod returns;
mod sessions;
mod sizes;
mod stored;
mod stores;
mod tenants;
mod two_pools;
mod unfinished;

use hatchery::Runtime;
use hatchery_pool::{Lease, Pool, PoolBuilder, Status};
use hatchery_tests::runtime;
use std::time::{Duration, Instant};

/// A builder of small pools of the shared runtime.
fn pool() -> PoolBuilder {
    Pool::builder(runtime().sandbox_builder()).max_size(4)
}

/// A runtime of a test's own, whose slots nobody else uses.
fn own_runtime() -> Runtime {
    runtime();
    Runtime::new().unwrap()
}

/// What a program prints in a lease.
fn stdout(lease: &mut Lease, program: &str) -> String {
    let output = lease.blocking().unwrap().execute(program).unwrap();
    format!("{}{}", output.stdout_text(), output.stderr_text())
}

/// Waits until the pool's own thread has done its part.
fn eventually(pool: &Pool, what: &str, holds: impl Fn(&Status) -> bool) {
    let begun = Instant::now();
    while !holds(&pool.status()) {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "{what} never came: {:?}",
            pool.status()
        );
        std::thread::sleep(Duration::from_millis(1));
    }
}

//! Whoever waits for the pool on an executor's only thread keeps no other task from running.

use super::pool;
use hatchery_pool::{Origin, Pool};
use hatchery_tests::runtime;
use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Processor time that this thread has had. What others on a busy machine take of its time is not counted.
fn thread_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let nanoseconds = stat.split_whitespace().next().unwrap();
    Duration::from_nanos(nanoseconds.parse().unwrap())
}

/// Awaits some work beside a task that only notes how long the thread computed before it could go on; says for how long at
/// a time, and how long the work took.
async fn longest_stop<T>(work: impl Future<Output = T>) -> (T, Duration, Duration) {
    let (stop, longest) = (
        Rc::new(Cell::new(false)),
        Rc::new(Cell::new(Duration::ZERO)),
    );
    let ticker = tokio::task::spawn_local({
        let (stop, longest) = (stop.clone(), longest.clone());
        async move {
            while !stop.get() {
                let last = thread_time();
                tokio::task::yield_now().await;
                longest.set(longest.get().max(thread_time() - last));
            }
        }
    });
    tokio::task::yield_now().await;
    let begun = Instant::now();
    let output = work.await;
    let took = begun.elapsed();
    stop.set(true);
    ticker.await.unwrap();
    (output, longest.get(), took)
}

/// Work of which the most was done on another thread. What took hardly any time proves nothing, either way: the kernel
/// counts processor time by its ticks.
async fn elsewhere<T>(what: &str, work: impl Future<Output = T>) -> T {
    let (output, longest, took) = longest_stop(work).await;
    assert!(
        took < Duration::from_millis(40) || longest < took / 4,
        "{what} took {took:?}, of which the executor stood still for {longest:?}"
    );
    output
}

fn on_one_thread(test: impl Future<Output = ()>) {
    let executor = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    tokio::task::LocalSet::new().block_on(&executor, test);
}

const LARGE: &str = "import random\nblock = random.randbytes(1 << 20) * 180";

fn large_pool() -> Pool {
    let sandbox = runtime().sandbox_builder().max_memory_bytes(512 << 20);
    Pool::builder(sandbox.timeout(Duration::from_secs(60)))
        .max_size(1)
        .recycle_after(Duration::from_secs(60))
        .build()
        .unwrap()
}

#[test]
fn a_large_session_stops_no_executor() {
    on_one_thread(async {
        let pool = large_pool();
        let mut session = pool.session("ana", "s").await.unwrap();
        session.execute(LARGE).await.unwrap();
        drop(session);
        let live = elsewhere("a live session", pool.session("ana", "s")).await;
        let live = live.unwrap();
        assert_eq!(live.origin(), Origin::Live);
        assert!(pool.status().checkpoint_bytes > 180 << 20);
        drop(live);
        // It has to make room.
        drop(
            elsewhere("a session that sleeps", pool.get("ben"))
                .await
                .unwrap(),
        );
        let woken = elsewhere("a session that wakes", pool.session("ana", "s")).await;
        let mut woken = woken.unwrap();
        assert_eq!(woken.origin(), Origin::Woken);
        let len = woken.eval::<usize>("len(block)").await.unwrap();
        assert_eq!(len.value, 180 << 20);
    });
}

#[test]
fn a_reset_of_many_pages_stops_no_executor() {
    on_one_thread(async {
        let pool = large_pool();
        for tenant in ["ana", "ana", "ben"] {
            let lease = elsewhere("a lease", pool.get(tenant)).await;
            let mut lease = lease.unwrap();
            assert!(lease.execute(LARGE).await.unwrap().success());
        }
    });
}

#[test]
fn hooks_stop_no_executor() {
    const BUSY: &str =
        "import time\nend = time.monotonic() + 0.2\nwhile time.monotonic() < end: pass";
    on_one_thread(async {
        let pool = pool()
            .max_size(1)
            .on_lease(|_, sandbox| Ok(sandbox.execute(BUSY).map(drop)?))
            .on_return(|_, sandbox, _| Ok(sandbox.execute(BUSY).map(drop)?))
            .on_reset(|sandbox| Ok(sandbox.execute("pass").map(drop)?))
            .build()
            .unwrap();
        for tenant in ["ana", "ben"] {
            drop(elsewhere("a lease", pool.get(tenant)).await.unwrap());
            let session = elsewhere("a session", pool.session(tenant, "s")).await;
            let returned = async { drop(session.unwrap()) };
            elsewhere("the return of a session", returned).await;
        }
    });
}

use super::stored::Asked;
use super::{eventually, own_runtime, pool, stdout};
use futures_lite::future::{block_on, poll_once};
use hatchery::Error as SandboxError;
use hatchery_pool::{Error, MemoryStore, Pool, SessionKey, TenantSettings};
use hatchery_tests::runtime;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

#[test]
fn a_returned_sandbox_remembers_nothing_for_anyone() {
    for always_strict in [false, true] {
        let pool = pool().max_size(1).always_strict(always_strict).build();
        let pool = pool.unwrap();
        for tenant in ["ana", "ana", "ben", "ana", "ben", "ben"] {
            let mut lease = pool.get_blocking(tenant).unwrap();
            let found = stdout(
                &mut lease,
                "import os, sys\nprint('secret' in globals(), os.path.exists('/work/note'), hasattr(sys, 'mark'))",
            );
            assert_eq!(found, "False False False\n", "{tenant} {always_strict}");
            stdout(
                &mut lease,
                "secret = 1\nopen('/work/note', 'w').write('x')\nsys.mark = 1",
            );
        }
        let status = pool.status();
        assert_eq!((status.size, status.quarantined), (1, 0));
    }
}

#[test]
fn what_was_returned_is_reset_without_anyone_asking() {
    let pool = pool().recycle_after(Duration::ZERO).build().unwrap();
    let mut lease = pool.try_get("ana").unwrap();
    stdout(&mut lease, "x = 1");
    drop(lease);
    eventually(&pool, "a clean sandbox", |status| status.clean == 1);
}

#[test]
fn nobody_gets_more_than_there_is() {
    let pool = pool()
        .max_size(2)
        .acquire_timeout(Duration::from_millis(50))
        .build()
        .unwrap();
    let first = pool.try_get("ana").unwrap();
    let second = pool.try_get("ben").unwrap();
    assert!(matches!(
        pool.try_get("cleo"),
        Err(Error::Full { size_max: 2 })
    ));
    let late = block_on(pool.get("cleo"));
    assert!(matches!(late, Err(Error::Timeout { .. })), "{late:?}");
    assert_eq!(pool.status().waiting, 0, "it does not wait any more");
    drop(first);
    let third = block_on(pool.get("cleo")).unwrap();
    assert_eq!((third.tenant(), second.tenant()), ("cleo", "ben"));
    assert_eq!(pool.status().size, 2);
}

#[test]
fn a_tenant_at_its_cap_waits_while_others_do_not() {
    let pool = pool().build().unwrap();
    pool.set_tenant("small", TenantSettings::new().max_leases(1))
        .unwrap();
    let held = pool.try_get("small").unwrap();
    assert!(matches!(
        pool.try_get("small"),
        Err(Error::TenantFull { leases_max: 1, .. })
    ));
    let mut waits = pin!(pool.get("small"));
    assert!(block_on(poll_once(waits.as_mut())).is_none());
    assert_eq!(pool.tenant_status("small").unwrap().waiting, 1);
    drop(pool.try_get("other").unwrap());
    drop(held);
    drop(block_on(waits).unwrap());
}

#[test]
fn a_tenant_with_many_waiting_does_not_starve_another() {
    let pool = pool().max_size(1).build().unwrap();
    let held = pool.try_get("busy").unwrap();
    let order = Arc::new(parking_lot::Mutex::new(Vec::new()));
    let wait = |tenant: &'static str| {
        let (pool, order) = (pool.clone(), order.clone());
        std::thread::spawn(move || {
            let lease = block_on(pool.get(tenant)).unwrap();
            order.lock().push(tenant);
            drop(lease);
        })
    };
    let mut threads = Vec::new();
    for (count, tenant) in ["busy", "busy", "busy", "busy", "modest"]
        .iter()
        .enumerate()
    {
        threads.push(wait(tenant));
        eventually(&pool, "a waiter", |status| status.waiting == count + 1);
    }
    drop(held);
    for thread in threads {
        thread.join().unwrap();
    }
    let place = order.lock().iter().position(|name| *name == "modest");
    assert_eq!(place, Some(1), "{:?}", order.lock());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_cancelled_loses_no_slot() {
    let pool = pool().max_size(1).build().unwrap();
    for round in 0..5 {
        let mut lease = pool.get("ana").await.unwrap();
        let run = lease.execute("while True: pass");
        let stopped = tokio::time::timeout(Duration::from_millis(20), run).await;
        assert!(stopped.is_err(), "it ended by itself");
        drop(lease);
        let mut lease = pool.get("ben").await.unwrap();
        let output = lease.execute("print(6 * 7)").await.unwrap();
        assert_eq!(output.stdout_text(), "42\n", "round {round}");
    }
    drop(pool.get("ana").await.unwrap());
    assert_eq!(pool.status().quarantined, 0);
}

/// Polls a future so many times and drops it; gives what it gave, if it did.
async fn polled<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    for _ in 0..polls {
        if let Some(output) = poll_once(future.as_mut()).await {
            return Some(output);
        }
        tokio::time::sleep(Duration::from_micros(200)).await;
    }
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_that_is_given_up_anywhere_loses_no_slot() {
    let pool = pool().max_size(2).build().unwrap();
    // Sessions that are in the way, so that room has to be made.
    for round in 0..60_usize {
        let mut tasks = Vec::new();
        for number in 0..6_usize {
            let pool = pool.clone();
            tasks.push(tokio::spawn(async move {
                let polls = (round + number) % 7;
                let (tenant, session) = (format!("tenant {}", number % 3), format!("{number}"));
                if number % 2 == 0 {
                    if let Some(lease) = polled(pool.get(&tenant), polls).await {
                        drop(lease.unwrap());
                    }
                } else if let Some(leased) = polled(pool.session(&tenant, &session), polls).await {
                    let mut leased = leased.unwrap();
                    leased.blocking().unwrap().execute("x = 1").unwrap();
                }
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
    }
    // A session that was to make room is on its way to the store for a moment more.
    eventually(&pool, "rest", |status| {
        status.leased == 0 && status.idle + status.sessions_parked == status.size
    });
    let status = pool.status();
    assert_eq!((status.waiting, status.quarantined), (0, 0));
    let leases = [pool.get("a").await.unwrap(), pool.get("b").await.unwrap()];
    drop(leases);
    assert!(
        pool.drain(Duration::from_secs(10))
            .await
            .failures
            .is_empty()
    );
    assert_eq!((pool.status().size, pool.status().sessions_live), (0, 0));
}

#[test]
fn a_sandbox_that_is_not_well_is_replaced() {
    let bad = Arc::new(AtomicUsize::new(1));
    let counter = bad.clone();
    let pool = pool()
        .max_size(1)
        .on_reset(move |_| {
            if counter.fetch_sub(1, Ordering::SeqCst) == 1 {
                return Err("it smells".into());
            }
            Ok(())
        })
        .build()
        .unwrap();
    drop(pool.try_get("ana").unwrap());
    let mut lease = pool.get_blocking("ben").unwrap();
    assert_eq!(stdout(&mut lease, "print(1)"), "1\n");
    assert_eq!((pool.status().quarantined, pool.status().size), (1, 1));
}

#[test]
fn the_last_of_a_pool_leaves_nothing_behind() {
    let runtime = own_runtime();
    let slots = runtime.golden().engine().slots().clone();
    let pool = Pool::builder(runtime.sandbox_builder())
        .min_idle(2)
        .build()
        .unwrap();
    let lease = pool.get_blocking("ana").unwrap();
    let session = pool.session_blocking("ana", "s").unwrap();
    drop(session);
    drop(pool);
    assert!(slots.status().leased > 0, "a lease is out");
    drop(lease);
    let begun = std::time::Instant::now();
    while slots.status().leased > 0 {
        assert!(begun.elapsed() < Duration::from_secs(30), "{slots:?}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_pool_that_closes_turns_all_away_and_keeps_its_leases() {
    let pool = pool().max_size(1).build().unwrap();
    let mut lease = pool.get_blocking("ana").unwrap();
    let waiter = std::thread::spawn({
        let pool = pool.clone();
        move || block_on(pool.get("ben")).map(drop)
    });
    eventually(&pool, "a waiter", |status| status.waiting == 1);
    let drained = block_on(pool.drain(Duration::from_millis(10)));
    assert_eq!(drained.leases_out, 1);
    assert!(matches!(waiter.join().unwrap(), Err(Error::Closed)));
    assert!(matches!(pool.try_get("cleo"), Err(Error::Closed)));
    assert_eq!(stdout(&mut lease, "print('still here')"), "still here\n");
    drop(lease);
    assert_eq!(block_on(pool.drain(Duration::from_secs(10))).leases_out, 0);
    // What came back is given up by whoever keeps the pool, a moment later.
    eventually(&pool, "an empty pool", |status| status.size == 0);
}

#[test]
fn what_a_tenant_takes_is_counted_to_it_and_to_nobody_else() {
    let pool = pool().build().unwrap();
    let mut lease = pool.get_blocking("heavy").unwrap();
    stdout(
        &mut lease,
        "import time\nblock = b'x' * (8 << 20)\nend = time.process_time() + 0.05\nwhile time.process_time() < end: pass",
    );
    assert_eq!(pool.tenant_status("heavy").unwrap().leased, 1);
    drop(lease);
    let mut lease = pool.get_blocking("light").unwrap();
    let timed_out = {
        let mut sandbox = lease.blocking().unwrap();
        sandbox.execute("print(1)").unwrap();
        sandbox.execute("raise SystemExit(3)").unwrap();
        let interrupter = sandbox.interrupter();
        let run = interrupter.begin_run();
        interrupter.interrupt();
        let stopped = sandbox.execute("while True: pass");
        drop(run);
        stopped
    };
    assert!(matches!(timed_out, Err(SandboxError::Cancelled { .. })));
    drop(lease);
    let heavy = pool.tenant_status("heavy").unwrap();
    let light = pool.tenant_status("light").unwrap();
    assert_eq!((heavy.leases, heavy.runs, heavy.leased), (1, 1, 0));
    assert_eq!((light.leases, light.runs, light.leased), (1, 3, 0));
    assert!(heavy.private_bytes_max >= 8 << 20, "{heavy:?}");
    assert!(light.private_bytes_max < 4 << 20, "{light:?}");
    assert!(heavy.cpu_time >= Duration::from_millis(10), "{heavy:?}");
    assert!(heavy.cpu_time > light.cpu_time, "{heavy:?} {light:?}");
    assert!(heavy.time >= heavy.cpu_time, "{heavy:?}");
    let at_least = heavy.private_bytes_max as f64 * heavy.time.as_secs_f64();
    assert!(
        heavy.private_byte_seconds as f64 >= at_least * 0.99,
        "{heavy:?}"
    );
    assert_eq!(pool.forget_tenant("heavy"), Some(heavy));
    assert_eq!(pool.tenant_status("heavy"), None);
}

#[test]
fn a_tenants_own_golden_is_no_other_tenants() {
    let mut library = runtime().sandbox().unwrap();
    library
        .execute("def discount(price): return price * 0.9")
        .unwrap();
    let own = library.into_golden().unwrap();
    let pool = pool().max_size(2).build().unwrap();
    pool.set_tenant("shop", TenantSettings::new().sandbox(own.sandbox_builder()))
        .unwrap();
    for _ in 0..3 {
        // Two kinds share a pool of two; either makes room for the other.
        for tenant in ["shop", "bank"] {
            let leases = [0, 1].map(|_| pool.get_blocking(tenant).unwrap());
            for mut lease in leases {
                let knows = stdout(&mut lease, "print('discount' in globals())");
                let wanted = if tenant == "shop" {
                    "True\n"
                } else {
                    "False\n"
                };
                assert_eq!(knows, wanted, "{tenant}");
            }
        }
    }
}

#[test]
fn a_tenants_own_golden_stays_its_own_when_its_settings_change() {
    let mut library = runtime().sandbox().unwrap();
    library.execute("private = 'recipe'").unwrap();
    let own = library.into_golden().unwrap();
    let pool = pool().max_size(1).build().unwrap();
    let settings = TenantSettings::new().sandbox(own.sandbox_builder());
    pool.set_tenant("shop", settings).unwrap();
    drop(block_on(pool.session("shop", "till")).unwrap());
    pool.forget_tenant("shop");
    let mut session = block_on(pool.session("shop", "till")).unwrap();
    let output = session.blocking().unwrap().execute("print(private)");
    assert_eq!(
        output.unwrap().stdout_text(),
        "recipe\n",
        "it is still live"
    );
    block_on(session.forget()).unwrap();
    for tenant in ["bank", "shop"] {
        let mut lease = pool.get_blocking(tenant).unwrap();
        let knows = stdout(&mut lease, "print('private' in globals())");
        assert_eq!(knows, "False\n", "{tenant}");
    }
}

#[test]
fn a_tenant_that_may_have_none_is_told_so() {
    let pool = pool().build().unwrap();
    pool.set_tenant("none", TenantSettings::new().max_leases(0))
        .unwrap();
    assert!(matches!(
        pool.try_get("none"),
        Err(Error::TenantFull { leases_max: 0, .. })
    ));
}

#[test]
fn a_pool_that_cannot_work_is_refused_when_it_is_made() {
    let refused = |builder: hatchery_pool::PoolBuilder| builder.build().unwrap_err();
    assert!(matches!(
        refused(pool().max_size(0)),
        Error::Setting {
            name: "max_size",
            ..
        }
    ));
    assert!(matches!(
        refused(pool().min_idle(5)),
        Error::Setting {
            name: "min_idle",
            ..
        }
    ));
    assert!(matches!(
        refused(pool().tenant_max_leases(0)),
        Error::Setting {
            name: "tenant_max_leases",
            ..
        }
    ));
    assert!(matches!(
        refused(pool().acquire_timeout(Duration::ZERO)),
        Error::Setting {
            name: "acquire_timeout",
            ..
        }
    ));
    let no_sandbox = runtime().sandbox_builder().max_memory_bytes(1);
    assert!(matches!(
        refused(Pool::builder(no_sandbox)),
        Error::Sandbox(_)
    ));
    let pool = pool().build().unwrap();
    for name in ["", "nul\0", &"long".repeat(100)] {
        assert!(matches!(pool.try_get(name), Err(Error::Name(_))));
        let session = pool.session_blocking("ana", name);
        assert!(matches!(session, Err(Error::Name(_))));
    }
}

#[test]
fn a_tenant_whose_limit_is_raised_waits_no_longer() {
    let pool = pool().build().unwrap();
    let limit = |leases| {
        let settings = TenantSettings::new().max_leases(leases);
        pool.set_tenant("ana", settings).unwrap();
    };
    limit(1);
    let held = pool.try_get("ana").unwrap();
    let mut first = pin!(pool.get("ana"));
    let mut second = pin!(pool.get("ana"));
    assert!(block_on(poll_once(first.as_mut())).is_none());
    assert!(block_on(poll_once(second.as_mut())).is_none());
    limit(2);
    // Who asks now overtakes neither.
    assert!(matches!(pool.try_get("ana"), Err(Error::TenantFull { .. })));
    let first = block_on(first).unwrap();
    assert!(block_on(poll_once(second.as_mut())).is_none());
    // The usual limit is that of the pool.
    pool.forget_tenant("ana");
    drop((first, block_on(second).unwrap(), held));
}

#[test]
fn two_who_set_a_tenant_at_once_lose_nothing_it_has_had() {
    let pool = pool().build().unwrap();
    for round in 0..200 {
        let tenant = format!("tenant {round}");
        std::thread::scope(|scope| {
            for leases in 1..3 {
                let (pool, tenant) = (&pool, &tenant);
                scope.spawn(move || {
                    let settings = TenantSettings::new().max_leases(leases);
                    pool.set_tenant(tenant, settings).unwrap();
                });
            }
            drop(pool.get_blocking(&tenant).unwrap());
        });
        let status = pool.tenant_status(&tenant).unwrap();
        assert_eq!(status.leases, 1, "round {round}");
    }
}

#[test]
fn a_fork_of_a_lease_is_a_lease_and_counts_as_one() {
    let pool = pool().max_size(4).build().unwrap();
    pool.set_tenant("ana", TenantSettings::new().max_leases(3))
        .unwrap();
    let mut lease = pool.get_blocking("ana").unwrap();
    stdout(&mut lease, "x = 1");
    let refused = block_on(lease.fork(3)).unwrap_err();
    assert!(matches!(refused, Error::TenantFull { leases_max: 3, .. }));
    assert_eq!(pool.status().leased, 1, "none of them was made");
    let mut forks = block_on(lease.fork(2)).unwrap();
    let status = pool.status();
    assert_eq!((status.leased, status.size), (3, 3));
    for fork in &mut forks {
        assert_eq!(fork.tenant(), "ana");
        assert_eq!(stdout(fork, "print(x)"), "1\n");
    }
    let mut session = block_on(pool.session("ben", "s")).unwrap();
    let full = block_on(session.fork(1)).unwrap_err();
    assert!(matches!(full, Error::Full { size_max: 4 }), "{full:?}");
    drop(forks);
    let mut fork = block_on(session.fork(1)).unwrap();
    assert_eq!(stdout(&mut fork[0], "print('x' in globals())"), "False\n");
    drop((fork, session, lease));
    assert_eq!(pool.status().leased, 0);
    // Each of them is reset as any other lease is.
    let leases = [0; 3].map(|_| pool.get_blocking("ana").unwrap());
    for mut lease in leases {
        assert_eq!(stdout(&mut lease, "print('x' in globals())"), "False\n");
    }
}

#[test]
fn names_that_never_had_anything_are_not_remembered() {
    let store = Arc::new(super::stored::Moody::default());
    let pool = pool().max_size(1).acquire_timeout(Duration::from_millis(1));
    let pool = pool.store(store.clone()).build().unwrap();
    let held = pool.get_blocking("ana").unwrap();
    pool.set_tenant("ben", TenantSettings::new()).unwrap();
    for number in 0..100 {
        let name = format!("visitor {number}");
        assert!(matches!(pool.try_get(&name), Err(Error::Full { .. })));
        let tried = block_on(pool.try_session(&name, "s"));
        assert!(matches!(tried, Err(Error::Full { .. })));
    }
    let mut waits = std::pin::pin!(pool.get_timeout("cleo", Duration::from_secs(60)));
    assert!(block_on(poll_once(waits.as_mut())).is_none());
    assert!(pool.get_blocking("dora").is_err() && pool.session_blocking("dora", "s").is_err());
    assert!(pool.get_blocking("cleo").is_err(), "she waits elsewhere");
    // Those that have a lease, settings or a place in the line.
    assert_eq!(pool.tenants(), ["ana", "ben", "cleo"]);
    assert_eq!(pool.tenant_status("cleo").unwrap().waiting, 1);
    assert_eq!(pool.tenant_status("visitor 1"), None);
    drop(held);
    drop(block_on(waits).unwrap());
    store.loads(super::stored::Mood::Fails);
    assert!(pool.session_blocking("dora", "s").is_err());
    store.loads(super::stored::Mood::Works);
    // Those that have had one.
    assert_eq!(pool.tenants(), ["ana", "ben", "cleo"]);
    let session = pool.session_timeout("dora", "s", Duration::from_secs(60));
    drop(block_on(session).unwrap());
    pool.forget_tenant("ana");
    assert_eq!(pool.tenants(), ["ben", "cleo", "dora"]);
}

#[test]
fn a_name_whose_session_could_not_be_woken_is_not_remembered_though_nobody_waited_for_it() {
    let store = MemoryStore::new();
    let pool = pool().store(store.clone()).build().unwrap();
    for number in 0..50 {
        let name = format!("visitor {number}");
        let key = SessionKey::new(&*name, "s").unwrap();
        store.put(&key, "no session".into()).unwrap();
        // It is read at once, and woken on another thread.
        let mut session = Box::pin(pool.session(&name, "s"));
        drop(block_on(poll_once(session.as_mut())));
        drop(session);
        let mut tried = Box::pin(pool.try_session(&name, "s"));
        drop(block_on(poll_once(tried.as_mut())));
    }
    eventually(&pool, "the end of all", |_| pool.tenants().is_empty());
    assert_eq!(store.count(), 50, "they stay stored");
}

#[test]
fn threads_of_one_tenant_do_not_go_on_at_the_next() {
    let pool = pool().max_size(1).build().unwrap();
    let program = "
import threading, time
secret = 'of ana'
def tick():
    while True:
        time.sleep(0.001)
        print(secret)
threading.Thread(target=tick, daemon=True).start()
print(threading.active_count())";
    let mut lease = pool.get_blocking("ana").unwrap();
    assert_eq!(stdout(&mut lease, program), "2\n");
    drop(lease);
    let mut lease = pool.get_blocking("ben").unwrap();
    let program = "import threading, time; time.sleep(0.02); print(threading.active_count(), 'secret' in globals())";
    assert_eq!(stdout(&mut lease, program), "1 False\n");
}

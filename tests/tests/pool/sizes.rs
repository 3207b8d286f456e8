//! How many sandboxes there are, and which.

use super::{eventually, pool, stdout};
use futures_lite::future::{block_on, poll_once};
use hatchery_pool::{Error, TenantSettings};
use hatchery_tests::runtime;
use std::pin::pin;
use std::time::Duration;

#[test]
fn sandboxes_are_made_ahead_and_given_up() {
    let pool = pool()
        .max_size(10)
        .min_idle(3)
        .idle_timeout(Duration::from_millis(30))
        .build()
        .unwrap();
    eventually(&pool, "three ahead", |status| status.clean == 3);
    let leases: Vec<_> = (0..6).map(|_| pool.get_blocking("ana").unwrap()).collect();
    eventually(&pool, "three more", |status| {
        (status.leased, status.clean) == (6, 3)
    });
    drop(leases);
    eventually(&pool, "the rest given up", |status| {
        (status.size, status.clean) == (3, 3)
    });
}

#[test]
fn a_sandbox_that_is_taken_out_of_the_pool_leaves_its_place_to_another() {
    let pool = pool().max_size(1).build().unwrap();
    let mut lease = pool.get_blocking("ana").unwrap();
    stdout(&mut lease, "x = 1");
    let mut own = lease.detach();
    assert_eq!((pool.status().size, pool.status().leased), (0, 0));
    let mut other = pool.try_get("ben").unwrap();
    assert_eq!(stdout(&mut other, "print('x' in globals())"), "False\n");
    assert_eq!(block_on(own.eval::<i32>("x")).unwrap().value, 1);
    drop((own, other));
    assert_eq!(pool.status().size, 1);
}

#[test]
fn a_pool_that_is_resized_keeps_to_its_size() {
    let pool = pool().max_size(2).min_idle(1).build().unwrap();
    let held = [0; 2].map(|_| pool.get_blocking("ana").unwrap());
    let mut third = pin!(pool.get("ben"));
    assert!(block_on(poll_once(third.as_mut())).is_none());
    pool.resize(3).unwrap();
    let third = block_on(third).unwrap();
    assert_eq!(pool.status().size, 3);
    block_on(pool.session_timeout("cleo", "s", Duration::from_millis(1))).unwrap_err();
    pool.resize(1).unwrap();
    drop((held, third));
    eventually(&pool, "one only", |status| status.size == 1);
    let one = pool.get_blocking("ana").unwrap();
    assert!(matches!(
        pool.try_get("ben"),
        Err(Error::Full { size_max: 1 })
    ));
    drop(one);
    // A live session is too many as well.
    pool.resize(2).unwrap();
    drop(pool.session_blocking("ana", "s").unwrap());
    let held = pool.get_blocking("ana").unwrap();
    pool.resize(1).unwrap();
    eventually(&pool, "sleep", |status| status.sessions_asleep == 1);
    drop(held);
    for size in [0, 1] {
        let resized = pool.resize(size);
        assert_eq!(resized.is_ok(), size == 1, "{resized:?}");
    }
}

#[test]
fn who_sifts_the_idle_sandboxes_gets_rid_of_those_that_are_not_to_stay() {
    let wait = Duration::from_secs(60);
    let pool = pool().recycle_after(wait).build().unwrap();
    let leases = [0; 3].map(|_| pool.get_blocking("ana").unwrap());
    let held = pool.get_blocking("ana").unwrap();
    drop(leases);
    assert_eq!(pool.retain(|_, idle_for| idle_for < wait), 0);
    let mut seen = 0;
    let given_up = pool.retain(|sandbox, _| {
        seen += 1;
        !sandbox.is_poisoned() && seen > 1
    });
    assert_eq!((given_up, seen), (1, 3));
    eventually(&pool, "the end of the one given up", |status| {
        status.size == 3
    });
    drop(held);
    assert_eq!(pool.tenants(), ["ana"]);
    pool.set_tenant("a", TenantSettings::new()).unwrap();
    assert_eq!(pool.tenants(), ["a", "ana"]);
    pool.forget_tenant("ana");
    assert_eq!(pool.tenants(), ["a"]);
}

#[test]
fn sandboxes_that_a_tenants_new_settings_make_useless_do_not_stay() {
    let pool = pool().recycle_after(Duration::ZERO).build().unwrap();
    let set = || {
        let sandbox = runtime().sandbox_builder();
        pool.set_tenant("ana", TenantSettings::new().sandbox(sandbox))
            .unwrap();
    };
    set();
    let held = pool.get_blocking("ana").unwrap();
    drop(pool.get_blocking("ana").unwrap());
    let size = pool.status().size;
    set();
    // The idle one at once, and the other when it comes back.
    eventually(&pool, "one less", |status| status.size == size - 1);
    drop(held);
    eventually(&pool, "two less", |status| status.size == size - 2);
    drop(pool.get_blocking("ana").unwrap());
    pool.forget_tenant("ana");
    eventually(&pool, "three less", |status| status.size == size - 2);
}

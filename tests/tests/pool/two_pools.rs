//! Two pools on one store, as two processes would be, never overwrite each other's sessions unnoticed.

use super::pool;
use super::stored::Asked;
use futures_lite::future::block_on;
use hatchery_pool::{Error, MemoryStore, Origin, Pool, Session, SessionKey};
use std::time::Duration;

struct Pools {
    store: MemoryStore,
    first: Pool,
    second: Pool,
}

fn pools() -> Pools {
    let store = MemoryStore::new();
    let make = || pool().max_size(1).store(store.clone()).build().unwrap();
    Pools {
        first: make(),
        second: make(),
        store,
    }
}

fn set(session: &mut Session, x: i32) {
    block_on(session.execute(format!("x = {x}"))).unwrap();
}

fn found(pool: &Pool) -> (i32, Origin) {
    let mut session = pool.session_blocking("ana", "s").unwrap();
    let x = block_on(session.eval("x")).unwrap().value;
    (x, session.origin())
}

/// Both pools have the session, and the second one has stored it since.
fn gone_on_in_the_second() -> Pools {
    let pools = pools();
    let mut session = pools.first.session_blocking("ana", "s").unwrap();
    set(&mut session, 1);
    block_on(session.save()).unwrap();
    drop(session);
    let mut session = pools.second.session_blocking("ana", "s").unwrap();
    assert_eq!(session.origin(), Origin::Woken);
    set(&mut session, 2);
    block_on(session.save()).unwrap();
    pools
}

#[test]
fn a_save_does_not_overwrite_what_another_pool_has_stored() {
    let pools = gone_on_in_the_second();
    let mut stale = pools.first.session_blocking("ana", "s").unwrap();
    set(&mut stale, 3);
    let refused = block_on(stale.save());
    assert!(
        matches!(refused, Err(Error::Superseded { .. })),
        "{refused:?}"
    );
    drop(stale);
    // What it had is out of date.
    assert_eq!(found(&pools.first), (2, Origin::Woken));
}

#[test]
fn a_session_that_is_put_to_sleep_does_not_overwrite_what_another_pool_has_stored() {
    let pools = gone_on_in_the_second();
    // It makes room, although it cannot be stored.
    drop(pools.first.get_blocking("ben").unwrap());
    assert_eq!(found(&pools.first), (2, Origin::Woken));
}

#[test]
fn a_drain_says_which_sessions_another_pool_has() {
    let pools = gone_on_in_the_second();
    let drained = block_on(pools.first.drain(Duration::from_secs(10)));
    assert!(matches!(drained.failures[..], [Error::Superseded { .. }]));
    let drained = block_on(pools.second.drain(Duration::from_secs(10)));
    assert_eq!((drained.sessions_stored, drained.failures.len()), (1, 0));
    let third = pool().store(pools.store.clone()).build().unwrap();
    assert_eq!(found(&third), (2, Origin::Woken));
}

#[test]
fn two_new_sessions_of_one_name_are_not_taken_for_one() {
    let pools = pools();
    for (pool, x) in [(&pools.first, 1), (&pools.second, 2)] {
        let mut session = pool.session_blocking("ana", "s").unwrap();
        assert_eq!(session.origin(), Origin::Fresh);
        set(&mut session, x);
    }
    let saved = |pool: &Pool| block_on(pool.session_blocking("ana", "s").unwrap().save());
    saved(&pools.second).unwrap();
    assert!(matches!(saved(&pools.first), Err(Error::Superseded { .. })));
    assert_eq!(found(&pools.first), (2, Origin::Woken));
}

#[test]
fn a_session_that_another_pool_has_forgotten_does_not_come_back() {
    let pools = gone_on_in_the_second();
    let session = pools.second.session_blocking("ana", "s").unwrap();
    block_on(session.forget()).unwrap();
    drop(pools.first.get_blocking("ben").unwrap());
    let key = SessionKey::new("ana", "s").unwrap();
    assert_eq!(pools.store.found(&key), None);
    let session = pools.first.session_blocking("ana", "s").unwrap();
    assert_eq!(session.origin(), Origin::Fresh);
    assert_eq!(pools.first.status().sessions_asleep, 0);
}

//! Work with the store that nobody waits for any more.

use super::stored::{Mood, Moody};
use super::{eventually, pool};
use futures_lite::future::{block_on, poll_once};
use hatchery_pool::{Pool, Session};
use hatchery_tests::runtime;
use parking_lot::Mutex;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

/// A pool whose store hangs as soon as something is stored.
fn slow_pool() -> (Pool, Arc<Moody>) {
    let store = Arc::new(Moody::default());
    store.stores(Mood::Hangs);
    let pool = pool().max_size(1).store(store.clone()).build();
    (pool.unwrap(), store)
}

/// What another pool finds of it in the store.
fn stored(store: &Arc<Moody>) -> i32 {
    let pool = pool().store(store.clone()).build().unwrap();
    let mut session = block_on(pool.session("ana", "s")).unwrap();
    block_on(session.eval::<i32>("x")).unwrap().value
}

/// Waits for a save until the store has it, and no longer.
fn give_a_save_up(session: &mut Session, store: &Moody) {
    block_on(async {
        let mut save = pin!(session.save());
        while store.hanging() == 0 {
            assert!(poll_once(save.as_mut()).await.is_none());
        }
    });
}

#[test]
fn a_save_that_nobody_waited_for_does_not_undo_a_later_one() {
    let (pool, store) = slow_pool();
    let mut session = block_on(pool.session("ana", "s")).unwrap();
    block_on(session.execute("x = 1")).unwrap();
    give_a_save_up(&mut session, &store);
    block_on(session.execute("x = 2")).unwrap();
    let opener = std::thread::spawn({
        let store = store.clone();
        move || {
            std::thread::sleep(Duration::from_millis(50));
            store.stores(Mood::Works);
        }
    });
    block_on(session.save()).unwrap();
    opener.join().unwrap();
    drop(session);
    eventually(&pool, "the end of both", |status| status.leased == 0);
    assert_eq!(stored(&store), 2);
}

#[test]
fn a_session_comes_back_while_it_is_still_being_stored() {
    let (pool, store) = slow_pool();
    let mut session = block_on(pool.session("ana", "s")).unwrap();
    block_on(session.execute("x = 1")).unwrap();
    give_a_save_up(&mut session, &store);
    // Does not hold up who returns it.
    drop(session);
    store.stores(Mood::Works);
    let mut session = block_on(pool.session("ana", "s")).unwrap();
    assert_eq!(block_on(session.eval::<i32>("x")).unwrap().value, 1);
}

#[test]
fn a_drain_waits_for_a_session_that_is_being_stored() {
    let (pool, store) = slow_pool();
    let mut session = block_on(pool.session("ana", "s")).unwrap();
    block_on(session.execute("x = 3")).unwrap();
    drop(session);
    // Someone wants the room, and gives up when the session is on its way to the store.
    block_on(async {
        let mut wanted = pin!(pool.get("ben"));
        assert!(poll_once(wanted.as_mut()).await.is_none());
    });
    store.wait_until_hanging(1);
    let drain = pool.drain(Duration::from_secs(30));
    let mut drain = pin!(drain);
    assert!(block_on(poll_once(drain.as_mut())).is_none());
    std::thread::sleep(Duration::from_millis(50));
    assert!(block_on(poll_once(drain.as_mut())).is_none(), "it waits");
    store.stores(Mood::Works);
    let drained = block_on(drain);
    assert_eq!((drained.sessions_stored, drained.failures.len()), (1, 0));
    assert_eq!(stored(&store), 3);
}

#[test]
fn a_drain_waits_for_a_checkpoint_that_is_stored_as_no_sandbox_can_be_it() {
    let spare = Arc::new(Mutex::new(None));
    let store = Arc::new(Moody::default());
    let pool = pool().store(store.clone()).on_return({
        let spare = spare.clone();
        move |_, sandbox, _| match spare.lock().take() {
            // One of another golden snapshot, which cannot go back to the session's checkpoint.
            Some(other) => {
                *sandbox = other;
                Err("it is refused".into())
            }
            None => Ok(()),
        }
    });
    let pool = pool.build().unwrap();
    let mut session = pool.session_blocking("ana", "s").unwrap();
    block_on(session.execute("x = 1")).unwrap();
    drop(session);
    let mut session = pool.session_blocking("ana", "s").unwrap();
    block_on(session.execute("x = 2")).unwrap();
    store.stores(Mood::Hangs);
    let mut other = runtime().sandbox_builder().build().unwrap();
    other.execute("y = 1").unwrap();
    let other = other.into_golden().unwrap();
    *spare.lock() = Some(other.sandbox_builder().build().unwrap());
    drop(session);
    store.wait_until_hanging(1);
    let drained = block_on(pool.drain(Duration::from_millis(100)));
    assert_eq!(drained.sessions_pending, 1, "{drained:?}");
    let mut drain = pin!(pool.drain(Duration::from_secs(30)));
    assert!(block_on(poll_once(drain.as_mut())).is_none(), "it waits");
    store.stores(Mood::Works);
    assert_eq!(block_on(drain).sessions_pending, 0);
    assert_eq!(stored(&store), 1);
}

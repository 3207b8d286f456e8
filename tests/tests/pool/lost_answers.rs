//! A store that does what it is asked and says that it has failed: the answer was lost on its way, or what failed came after
//! the change.

use super::pool;
use super::stored::{Mood, Moody};
use futures_lite::future::block_on;
use hatchery_pool::{Error, Origin, Pool, Session};
use std::sync::Arc;

fn small_pool() -> (Pool, Arc<Moody>) {
    let store = Arc::new(Moody::default());
    let pool = pool().max_size(1).store(store.clone());
    (pool.build().unwrap(), store)
}

fn set(session: &mut Session, value: i32) {
    block_on(session.execute(format!("x = {value}"))).unwrap();
}

/// What a pool of its own finds in the store.
fn stored(store: &Arc<Moody>) -> (i32, Origin) {
    let pool = pool().store(store.clone()).build().unwrap();
    let mut session = pool.session_blocking("ana", "s").unwrap();
    let x = block_on(session.eval("x")).unwrap().value;
    (x, session.origin())
}

fn assert_failed<T>(result: Result<T, Error>) {
    match result {
        Err(Error::Store { .. }) => {}
        Err(error) => panic!("{error:?}"),
        Ok(_) => panic!("the answer came"),
    }
}

#[test]
fn a_session_whose_save_was_done_and_not_answered_is_not_taken_for_another_pools() {
    let (pool, store) = small_pool();
    let mut session = pool.session_blocking("ana", "s").unwrap();
    // The first version, and one in place of another.
    for round in 0..2 {
        store.stores(Mood::LosesAnswers);
        set(&mut session, 10 * round + 1);
        assert_failed(block_on(session.save()));
        set(&mut session, 10 * round + 2);
        // Nor can the store say at once what it has.
        store.loads(Mood::Fails);
        assert_failed(block_on(session.save()));
        store.loads(Mood::Works);
        assert_failed(block_on(session.save()));
        store.stores(Mood::Works);
        set(&mut session, 10 * round + 3);
        block_on(session.save()).unwrap();
    }
    assert_eq!(stored(&store), (13, Origin::Woken));
}

#[test]
fn a_session_that_sleeps_without_an_answer_is_put_to_sleep_again() {
    let (pool, store) = small_pool();
    set(&mut pool.session_blocking("ana", "s").unwrap(), 1);
    store.stores(Mood::LosesAnswers);
    assert_failed(pool.get_blocking("ben"));
    let mut session = pool.session_blocking("ana", "s").unwrap();
    assert_eq!(session.origin(), Origin::Live);
    set(&mut session, 2);
    drop(session);
    store.stores(Mood::Works);
    drop(pool.get_blocking("ben").unwrap());
    assert_eq!(stored(&store), (2, Origin::Woken));
}

#[test]
fn a_session_whose_removal_was_done_and_not_answered_is_stored_as_a_new_one() {
    let (pool, store) = small_pool();
    let mut session = pool.session_blocking("ana", "s").unwrap();
    set(&mut session, 1);
    block_on(session.save()).unwrap();
    store.stores(Mood::LosesAnswers);
    assert_failed(block_on(pool.forget_session("ana", "s")));
    store.stores(Mood::Works);
    set(&mut session, 2);
    block_on(session.save()).unwrap();
    assert_eq!(stored(&store), (2, Origin::Woken));
}

#[test]
fn what_another_pool_has_stored_after_a_lost_answer_is_not_overwritten() {
    let (pool, store) = small_pool();
    let mut session = pool.session_blocking("ana", "s").unwrap();
    set(&mut session, 1);
    store.stores(Mood::LosesAnswers);
    assert_failed(block_on(session.save()));
    store.stores(Mood::Works);
    let other = super::pool().store(store.clone()).build().unwrap();
    let mut theirs = other.session_blocking("ana", "s").unwrap();
    set(&mut theirs, 7);
    block_on(theirs.save()).unwrap();
    set(&mut session, 2);
    let saved = block_on(session.save());
    assert!(matches!(saved, Err(Error::Superseded { .. })), "{saved:?}");
    assert_eq!(stored(&store), (7, Origin::Woken));
}

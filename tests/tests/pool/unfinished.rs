//! Work with the store that nobody waits for any more.

use super::{eventually, pool};
use bytes::Bytes;
use futures_lite::future::{block_on, poll_once};
use hatchery_pool::{MemoryStore, Pool, Session, SessionKey, SessionStore, StoreError};
use parking_lot::{Condvar, Mutex};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

/// A store whose first `put` hangs until it is told to go on.
#[derive(Default)]
struct Slow {
    sessions: MemoryStore,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default, Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    #[default]
    Waiting,
    Hanging,
    Open,
}

impl Slow {
    fn open(&self) {
        *self.state.lock() = State::Open;
        self.changed.notify_all();
    }

    fn wait_until_it_hangs(&self) {
        let mut state = self.state.lock();
        let hangs = |state: &mut State| *state != State::Hanging;
        let timeout = self
            .changed
            .wait_while_for(&mut state, hangs, Duration::from_secs(30));
        assert!(!timeout.timed_out(), "nothing was put");
    }
}

impl SessionStore for Slow {
    fn put(&self, key: &SessionKey, session: Bytes) -> Result<(), StoreError> {
        let mut state = self.state.lock();
        if *state == State::Waiting {
            *state = State::Hanging;
            self.changed.notify_all();
            let hangs = |state: &mut State| *state == State::Hanging;
            self.changed.wait_while(&mut state, hangs);
        }
        drop(state);
        self.sessions.put(key, session)
    }
    fn get(&self, key: &SessionKey) -> Result<Option<Bytes>, StoreError> {
        self.sessions.get(key)
    }
    fn remove(&self, key: &SessionKey) -> Result<bool, StoreError> {
        self.sessions.remove(key)
    }
    fn sessions(&self, tenant: &str) -> Result<Vec<String>, StoreError> {
        self.sessions.sessions(tenant)
    }
    fn len(&self) -> Result<usize, StoreError> {
        self.sessions.len()
    }
}

fn slow_pool() -> (Pool, Arc<Slow>) {
    let store = Arc::new(Slow::default());
    let pool = pool().max_size(1).shared_store(store.clone()).build();
    (pool.unwrap(), store)
}

/// What another pool finds of it in the store.
fn stored(store: &Arc<Slow>) -> i32 {
    let pool = pool().shared_store(store.clone()).build().unwrap();
    let mut session = block_on(pool.session("ana", "s")).unwrap();
    block_on(session.eval::<i32>("x")).unwrap().value
}

/// Waits for a save until the store has it, and no longer.
fn give_a_save_up(session: &mut Session, store: &Slow) {
    block_on(async {
        let mut save = pin!(session.save());
        while *store.state.lock() == State::Waiting {
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
            store.open();
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
    store.open();
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
    store.wait_until_it_hangs();
    let drain = pool.drain(Duration::from_secs(30));
    let mut drain = pin!(drain);
    assert!(block_on(poll_once(drain.as_mut())).is_none());
    std::thread::sleep(Duration::from_millis(50));
    assert!(block_on(poll_once(drain.as_mut())).is_none(), "it waits");
    store.open();
    let drained = block_on(drain);
    assert_eq!((drained.sessions_stored, drained.failures.len()), (1, 0));
    assert_eq!(stored(&store), 3);
}

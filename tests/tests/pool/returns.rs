//! Sessions that come back while something else is under way with them, or to a pool that is closed.

use super::stored::{Mood, Moody};
use super::{eventually, pool};
use futures_lite::future::{block_on, poll_once};
use hatchery_pool::{
    BlockingStore, MemoryStore, Pool, SessionKey, SessionStore, StoreError, Stored, Version,
};
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::time::Duration;

/// So many calls of one pool's store may wait for it at once.
const HANGING_MAX: usize = 64;

/// A store in which removals wait until their tenant is let through.
#[derive(Default)]
struct Gated {
    sessions: MemoryStore,
    state: Mutex<Gates>,
    changed: Condvar,
}

#[derive(Default)]
struct Gates {
    open: Vec<&'static str>,
    /// Whose removals wait.
    waiting: Vec<String>,
}

impl Gated {
    fn let_through(&self, tenant: &'static str) {
        self.state.lock().open.push(tenant);
        self.changed.notify_all();
    }

    fn wait_until_waiting(&self, tenant: &str, calls: usize) {
        let mut state = self.state.lock();
        let not_yet =
            |state: &mut Gates| state.waiting.iter().filter(|who| *who == tenant).count() < calls;
        let timeout = Duration::from_secs(30);
        let waited = self.changed.wait_while_for(&mut state, not_yet, timeout);
        assert!(!waited.timed_out(), "{tenant}'s removals never began");
    }
}

impl BlockingStore for Gated {
    fn load(&self, key: &SessionKey) -> Result<Option<Stored>, StoreError> {
        block_on(self.sessions.load(key))
    }

    fn store(
        &self,
        key: &SessionKey,
        session: bytes::Bytes,
        expected: Option<&Version>,
    ) -> Result<Version, StoreError> {
        block_on(self.sessions.store(key, session, expected))
    }

    fn remove(&self, key: &SessionKey) -> Result<bool, StoreError> {
        let mut state = self.state.lock();
        state.waiting.push(key.tenant().to_owned());
        self.changed.notify_all();
        let is_shut = |state: &mut Gates| !state.open.contains(&key.tenant());
        self.changed.wait_while(&mut state, is_shut);
        let who = state.waiting.iter().position(|who| who == key.tenant());
        state.waiting.swap_remove(who.expect("it was put there"));
        drop(state);
        block_on(self.sessions.remove(key))
    }

    fn sessions(&self, tenant: &str) -> Result<Vec<String>, StoreError> {
        block_on(self.sessions.sessions(tenant))
    }

    fn len(&self) -> Result<usize, StoreError> {
        block_on(self.sessions.len())
    }
}

/// Whoever comes back waits for his session's place, and whoever has the place waits for a thread. Were it one of those
/// threads that the first waits on, neither would ever go on.
#[test]
fn sessions_that_wait_for_their_places_keep_no_thread_from_who_holds_them() {
    let store = Arc::new(Gated::default());
    let pool = pool().max_size(HANGING_MAX).store(store.clone());
    let pool = pool.store_timeout(Duration::from_secs(3600));
    let pool = pool.build().unwrap();
    let names: Vec<_> = (0..HANGING_MAX).map(|number| number.to_string()).collect();
    let sessions: Vec<_> = names
        .iter()
        .map(|name| pool.session_blocking("ana", name).unwrap())
        .collect();
    // What can be begun of it is begun in the order in which it is asked for.
    let ask = |tenant: &'static str| -> Vec<_> {
        let removals = names.iter();
        let mut removals: Vec<_> = removals
            .map(|name| Box::pin(pool.forget_session(tenant, name)))
            .collect();
        for removal in &mut removals {
            assert!(block_on(poll_once(removal.as_mut())).is_none(), "it waits");
        }
        removals
    };
    // These hold the places and all threads; the next wait for threads; the last wait for the places.
    let first = ask("ana");
    store.wait_until_waiting("ana", HANGING_MAX);
    let in_between = ask("ben");
    let mut last = ask("ana");
    drop(sessions);
    eventually(&pool, "all turns", |status| status.leased == 0);
    store.let_through("ana");
    store.wait_until_waiting("ben", HANGING_MAX);
    // The places are free, and the last take them. They need a thread now.
    for removal in &mut last {
        drop(block_on(poll_once(removal.as_mut())));
    }
    store.let_through("ben");
    eventually(&pool, "all sessions", |status| {
        status.sessions_parked == HANGING_MAX
    });
    for removal in [first, in_between, last].into_iter().flatten() {
        assert!(!block_on(removal).unwrap(), "there was nothing to remove");
    }
}

#[test]
fn a_session_that_comes_back_to_a_closed_pool_is_stored_however_many_wait_before_it() {
    // So many are put to sleep at once where nobody waits for it.
    const AT_ONCE_MAX: usize = 4;
    let store = Arc::new(Moody::default());
    let pool = pool().max_size(AT_ONCE_MAX + 3).store(store.clone());
    let pool = pool.store_timeout(Duration::from_millis(50));
    let pool: Pool = pool.build().unwrap();
    let mut sessions: Vec<_> = (0..AT_ONCE_MAX + 3)
        .map(|number| pool.session_blocking("ana", &number.to_string()).unwrap())
        .collect();
    let late = sessions.pop();
    drop(sessions);
    store.stores(Mood::Hangs);
    pool.close();
    drop(late);
    store.wait_until_hanging(AT_ONCE_MAX + 1);
    store.stores(Mood::Works);
    eventually(&pool, "the late one's sleep", |status| {
        status.sessions_asleep > AT_ONCE_MAX
    });
}

//! Short words for what tests ask a store, and a store that does as it is told.

use bytes::Bytes;
use futures_lite::future::block_on;
use hatchery_pool::{
    BlockingStore, MemoryStore, SessionKey, SessionStore, StoreError, Stored, Version,
};
use parking_lot::{Condvar, Mutex};
use std::time::Duration;

/// A store's calls, awaited.
pub(crate) trait Asked {
    fn found(&self, key: &SessionKey) -> Option<Bytes>;
    /// Stores a session in place of whatever is there.
    fn put(&self, key: &SessionKey, session: Bytes) -> Result<Version, StoreError>;
    fn removed(&self, key: &SessionKey) -> bool;
    fn names(&self, tenant: &str) -> Vec<String>;
    fn count(&self) -> usize;
}

impl<S: SessionStore + ?Sized> Asked for S {
    fn found(&self, key: &SessionKey) -> Option<Bytes> {
        block_on(self.load(key))
            .unwrap()
            .map(|stored| stored.session)
    }

    fn put(&self, key: &SessionKey, session: Bytes) -> Result<Version, StoreError> {
        let there = block_on(self.load(key))?.map(|stored| stored.version);
        block_on(self.store(key, session, there.as_ref()))
    }

    fn removed(&self, key: &SessionKey) -> bool {
        block_on(self.remove(key)).unwrap()
    }

    fn names(&self, tenant: &str) -> Vec<String> {
        block_on(self.sessions(tenant)).unwrap()
    }

    fn count(&self) -> usize {
        block_on(self.len()).unwrap()
    }
}

/// What a call of the store does.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    #[default]
    Works,
    /// The disk is full.
    Fails,
    Panics,
    /// It is done, and the answer is lost.
    LosesAnswers,
    /// The call waits until the store does something else.
    Hangs,
}

/// A store that works, fails, panics or hangs, as it is told, in the calls that it is told of.
#[derive(Default)]
pub(crate) struct Moody {
    sessions: MemoryStore,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    loads: Mood,
    stores: Mood,
    /// How many calls hang.
    hanging: usize,
}

impl Moody {
    /// How reads go from now on.
    pub(crate) fn loads(&self, mood: Mood) {
        self.state.lock().loads = mood;
        self.changed.notify_all();
    }

    /// How writes and removals go from now on.
    pub(crate) fn stores(&self, mood: Mood) {
        self.state.lock().stores = mood;
        self.changed.notify_all();
    }

    /// Waits until so many calls hang.
    pub(crate) fn wait_until_hanging(&self, calls: usize) {
        let mut state = self.state.lock();
        let not_yet = |state: &mut State| state.hanging < calls;
        let timeout = self
            .changed
            .wait_while_for(&mut state, not_yet, Duration::from_secs(30));
        assert!(!timeout.timed_out(), "nothing hangs");
    }

    pub(crate) fn hanging(&self) -> usize {
        self.state.lock().hanging
    }

    fn obey(&self, mood: impl Fn(&State) -> Mood) -> Result<(), StoreError> {
        let mut state = self.state.lock();
        if mood(&state) == Mood::Hangs {
            state.hanging += 1;
            self.changed.notify_all();
            let hangs = |state: &mut State| mood(state) == Mood::Hangs;
            self.changed.wait_while(&mut state, hangs);
            state.hanging -= 1;
        }
        match mood(&state) {
            Mood::Works | Mood::Hangs | Mood::LosesAnswers => Ok(()),
            Mood::Fails => Err(StoreError::other("the disk is full")),
            Mood::Panics => std::panic::resume_unwind(Box::new("the store's fault")),
        }
    }
}

impl Moody {
    /// What is said of a write or a removal that was done.
    fn answer<T>(&self, done: Result<T, StoreError>) -> Result<T, StoreError> {
        match self.state.lock().stores {
            Mood::LosesAnswers => Err(StoreError::other("the connection was reset")),
            _ => done,
        }
    }
}

impl BlockingStore for Moody {
    fn load(&self, key: &SessionKey) -> Result<Option<Stored>, StoreError> {
        self.obey(|state| state.loads)?;
        block_on(self.sessions.load(key))
    }

    fn store(
        &self,
        key: &SessionKey,
        session: Bytes,
        expected: Option<&Version>,
    ) -> Result<Version, StoreError> {
        self.obey(|state| state.stores)?;
        self.answer(block_on(self.sessions.store(key, session, expected)))
    }

    fn remove(&self, key: &SessionKey) -> Result<bool, StoreError> {
        self.obey(|state| state.stores)?;
        self.answer(block_on(self.sessions.remove(key)))
    }

    fn sessions(&self, tenant: &str) -> Result<Vec<String>, StoreError> {
        block_on(self.sessions.sessions(tenant))
    }

    fn len(&self) -> Result<usize, StoreError> {
        block_on(self.sessions.len())
    }
}

//! What goes to the store and comes from it.

use super::cell::{InDoubt, Place};
use crate::deadline::in_time;
use crate::error::Error;
use crate::off_thread::Lane;
use crate::shared::Shared;
use crate::store::{BlockingStore, SessionKey, SessionStore, StoreError, StoreFuture, Stored};
use crate::tenant::Kind;
use bytes::Bytes;
use futures_lite::FutureExt;
use futures_lite::future::{block_on, poll_once};
use hatchery::{AsyncSandbox, Checkpoint, Sandbox, SealingKey};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

/// Of the derivation of sessions' keys from the pool's. Never to be changed: what is stored depends on it.
const KEY_CONTEXT: &str = "hatchery-pool 2026-11 key of a stored session";

/// So many reads from a store that blocks are under way at once. Those of one that hangs take no more threads.
const READS_MAX: usize = 64;

/// The service that turns sessions into bytes and back, and keeps the bytes in the store.
pub(crate) struct Keeper {
    shared: Arc<Shared>,
    store: Arc<dyn SessionStore>,
    /// The threads of reads from a store that blocks.
    reads: Lane,
    /// Sessions in the store that are not live.
    asleep: AtomicI64,
}

impl Keeper {
    pub(crate) fn new(shared: Arc<Shared>, store: Arc<dyn SessionStore>) -> Self {
        Self {
            shared,
            store,
            reads: Lane::new(READS_MAX),
            asleep: AtomicI64::new(0),
        }
    }

    /// The most that anyone waits for one call of the store.
    pub(crate) fn timeout(&self) -> Duration {
        self.shared.config.store_timeout
    }

    /// What the store answers in time when it is asked what it has. The call is dropped if it does not. One that blocks is
    /// asked on a thread of the pool's reads, by `blocking`.
    async fn ask<'a, T: Send + 'static>(
        &'a self,
        call: impl FnOnce(&'a dyn SessionStore) -> StoreFuture<'a, T>,
        blocking: impl FnOnce(&dyn BlockingStore) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let answer = async {
            if self.store.as_blocking().is_none() {
                return call(&*self.store).await;
            }
            let store = self.store.clone();
            let read = move || match store.as_blocking() {
                Some(store) => blocking(store),
                None => Err(StoreError::other("the store has become another kind")),
            };
            self.reads.run_if_awaited(read).await
        };
        // A store that panics has failed: it may not take a session or the pool's own thread with it.
        let answer = AssertUnwindSafe(answer).catch_unwind();
        match in_time(self.timeout(), answer).await {
            Some(Ok(answer)) => answer,
            Some(Err(_panic)) => Err(StoreError::Panicked),
            None => Err(StoreError::Timeout {
                waited: self.timeout(),
            }),
        }
    }

    /// What the store has of a session.
    pub(super) async fn load(&self, key: &SessionKey) -> Result<Option<Stored>, Error> {
        let owned = key.clone();
        let stored = self.ask(|store| store.load(key), move |store| store.load(&owned));
        let stored = stored.await;
        stored.map_err(|source| self.failed(key, "read", source))
    }

    /// Stores a session in place of the version that is known, once that is known. Waits for the store however long it
    /// takes, as what it has been asked it may still do: while it might, nobody else may store the session.
    pub(super) fn put(
        &self,
        key: &SessionKey,
        asleep: Bytes,
        place: &mut Place,
    ) -> Result<(), Error> {
        let known = self.resolve_doubt(key, place);
        known.map_err(|source| self.failed(key, "stored", source))?;
        let (expected, sent) = (place.version.as_ref(), asleep.clone());
        let stored = unless_it_panics(|| match self.store.as_blocking() {
            Some(store) => store.store(key, asleep, expected),
            None => block_on(self.store.store(key, asleep, expected)),
        });
        match stored {
            Ok(version) => {
                place.version = Some(version);
                Ok(())
            }
            Err(source) => {
                match source {
                    StoreError::Conflict => place.is_superseded = true,
                    _ => place.in_doubt = Some(InDoubt::Stored(blake3::hash(&sent))),
                }
                Err(self.failed(key, "stored", source))
            }
        }
    }

    /// Removes a stored session; says whether there was one. Waits for the store as [`put`](Self::put) does.
    pub(super) fn remove(&self, key: &SessionKey, place: &mut Place) -> Result<bool, Error> {
        let removed = unless_it_panics(|| match self.store.as_blocking() {
            Some(store) => store.remove(key),
            None => block_on(self.store.remove(key)),
        });
        let was_there = removed.map_err(|source| {
            place.in_doubt = Some(InDoubt::Removed);
            self.failed(key, "removed", source)
        })?;
        place.version = None;
        place.in_doubt = None;
        Ok(was_there)
    }

    /// Asks the store what it has, if it may have done what it has said to have failed at. A version that is neither the
    /// one of before nor what this pool has sent is another pool's, and stays unknown: the store says so by a conflict.
    fn resolve_doubt(&self, key: &SessionKey, place: &mut Place) -> Result<(), StoreError> {
        let Some(in_doubt) = &place.in_doubt else {
            return Ok(());
        };
        let there = unless_it_panics(|| match self.store.as_blocking() {
            Some(store) => store.load(key),
            None => block_on(self.store.load(key)),
        })?;
        match (in_doubt, there) {
            (InDoubt::Stored(sent), Some(there)) if blake3::hash(&there.session) == *sent => {
                place.version = Some(there.version);
            }
            (InDoubt::Removed, None) => place.version = None,
            (InDoubt::Stored(_) | InDoubt::Removed, _) => {}
        }
        place.in_doubt = None;
        Ok(())
    }

    /// The names of a tenant's stored sessions.
    pub(super) async fn list(&self, tenant: &str) -> Result<Vec<String>, Error> {
        let owned = tenant.to_owned();
        let names = self.ask(
            |store| store.sessions(tenant),
            move |store| store.sessions(&owned),
        );
        names.await.map_err(|source| {
            self.shared.meters.store_failures.increment(1);
            Error::List {
                tenant: tenant.to_owned(),
                source,
            }
        })
    }

    /// Asks the store how many sessions it has: at once if it knows, and otherwise without anyone who waits. A store that
    /// cannot say is asked no more.
    pub(crate) fn count_stored(self: &Arc<Self>) {
        let keeper = self.clone();
        let mut count = Box::pin(async move {
            if let Ok(asleep) = keeper.ask(|store| store.len(), |store| store.len()).await {
                keeper.add_asleep(i64::try_from(asleep).unwrap_or(i64::MAX));
            }
        });
        if block_on(poll_once(count.as_mut())).is_none() {
            blocking::unblock(move || block_on(count)).detach();
        }
    }

    /// A session as it is now.
    pub(super) fn to_bytes(&self, key: &SessionKey, sandbox: &mut Sandbox) -> Result<Bytes, Error> {
        let (pool, tenant, session) = (&self.shared.config.name, key.tenant(), key.session());
        let _span = tracing::debug_span!("hibernate", pool, tenant, session).entered();
        let asleep = self
            .shared
            .meters
            .hibernate
            .time(|| sandbox.checkpoint()?.hibernate(self.key_of(key).as_ref()));
        asleep
            .map(Bytes::from)
            .map_err(|source| hibernate_failed(key, source))
    }

    /// As [`to_bytes`](Self::to_bytes), for a session in use.
    pub(super) async fn to_bytes_awaited(
        &self,
        key: &SessionKey,
        sandbox: &mut AsyncSandbox,
    ) -> Result<Bytes, Error> {
        let begun = Instant::now();
        let secret = self.key_of(key);
        let asleep = match sandbox.checkpoint().await {
            Ok(checkpoint) => {
                blocking::unblock(move || checkpoint.hibernate(secret.as_ref())).await
            }
            Err(error) => Err(error),
        };
        let asleep = asleep.map_err(|source| hibernate_failed(key, source))?;
        self.shared.meters.hibernate.record(begun.elapsed());
        Ok(asleep.into())
    }

    /// Stores what a session was, as no sandbox can be that any more.
    pub(super) fn keep(&self, key: &SessionKey, checkpoint: &Checkpoint, place: &mut Place) {
        let asleep = checkpoint.hibernate(self.key_of(key).as_ref());
        let stored = asleep
            .map_err(|source| hibernate_failed(key, source))
            .and_then(|asleep| self.put(key, asleep.into(), place));
        match stored {
            Ok(()) => self.add_asleep(1),
            Err(error) => {
                tracing::error!(pool = self.shared.config.name, %error, "a session is lost");
            }
        }
    }

    /// A sandbox that goes on from what was stored. Takes as long as that is large.
    pub(super) fn wake(
        &self,
        key: &SessionKey,
        kind: &Kind,
        asleep: &[u8],
    ) -> Result<Sandbox, Error> {
        let (pool, tenant, session) = (&self.shared.config.name, key.tenant(), key.session());
        let _span = tracing::debug_span!("wake", pool, tenant, session).entered();
        let woken = self.shared.meters.wake.time(|| match self.key_of(key) {
            Some(secret) => kind.builder.resume_with(asleep, Some(&secret)),
            None => kind.builder.resume(asleep),
        });
        let sandbox = woken.map_err(|source| Error::Wake {
            key: key.clone(),
            source,
        })?;
        self.add_asleep(-1);
        Ok(sandbox)
    }

    pub(super) fn failed(
        &self,
        key: &SessionKey,
        action: &'static str,
        source: StoreError,
    ) -> Error {
        let key = key.clone();
        if matches!(source, StoreError::Conflict) {
            self.shared.meters.store_conflicts.increment(1);
            return Error::Superseded { key };
        }
        self.shared.meters.store_failures.increment(1);
        Error::Store {
            key,
            action,
            source,
        }
    }

    pub(crate) fn asleep(&self) -> usize {
        usize::try_from(self.asleep.load(Ordering::Relaxed)).unwrap_or(0)
    }

    /// So many more sessions sleep.
    pub(super) fn add_asleep(&self, more: i64) {
        // What other pools store and remove is not known here: there are never fewer than none.
        let added = |asleep: i64| Some((asleep + more).max(0));
        let before = self
            .asleep
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, added);
        let asleep = before.ok().and_then(added).unwrap_or(0);
        self.shared.meters.hibernated.set(asleep as f64);
    }

    /// The key that vouches for one session and for no other.
    fn key_of(&self, key: &SessionKey) -> Option<SealingKey> {
        let secret = self.shared.config.session_key.as_ref()?;
        Some(secret.derive(KEY_CONTEXT, &[key.tenant(), key.session()]))
    }
}

/// A store that panics has failed: it may not take a session with it.
fn unless_it_panics<T>(call: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or(Err(StoreError::Panicked))
}

fn hibernate_failed(key: &SessionKey, source: hatchery::Error) -> Error {
    Error::Hibernate {
        key: key.clone(),
        source,
    }
}

impl std::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keeper")
            .field("asleep", &self.asleep())
            .finish_non_exhaustive()
    }
}

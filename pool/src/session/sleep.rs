//! Between the inventory and the store.

use super::Parked;
use crate::error::Error;
use crate::inner::Inner;
use crate::off_the_executor;
use crate::store::{SessionKey, StoreError, guarded};
use crate::tenant::Kind;
use bytes::Bytes;
use hatchery::{AsyncSandbox, Checkpoint, Sandbox, SealingKey};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// Of the derivation of sessions' keys from the pool's. Never to be changed: what is stored depends on it.
const KEY_CONTEXT: &str = "hatchery-pool 2026-11 key of a stored session";

impl Inner {
    /// Puts a live session to sleep, to the end even if nobody waits for it any more.
    pub(crate) async fn put_to_sleep(self: &Arc<Self>, parked: Parked) -> Result<(), Error> {
        let (pool, work) = (self.clone(), self.admission.begin_work());
        off_the_executor(move || {
            let done = pool.put_to_sleep_here(parked);
            drop(work);
            done
        })
        .await
    }

    /// Stores a live session and frees its sandbox. If it cannot be stored it stays live.
    pub(crate) fn put_to_sleep_here(&self, mut parked: Parked) -> Result<(), Error> {
        let place = parked.moving.get_mut().take();
        let mut place = place.unwrap_or_else(|| parked.cell.place.lock_arc_blocking());
        *place = None;
        let Parked {
            mut housed,
            tenant,
            cell,
            ..
        } = parked;
        match self.save(&cell.key, &mut housed.sandbox) {
            Ok(()) => {
                if self.admission.load().is_closed {
                    self.stored_at_close.fetch_add(1, Ordering::SeqCst);
                }
                self.shelve(housed);
                self.add_asleep(1);
                drop(place);
                self.cells.tidy(cell);
                Ok(())
            }
            Err(error) => {
                tracing::warn!(pool = self.config.name, %error, "a session stays live");
                self.park(housed, &tenant, &cell, &mut place);
                Err(error)
            }
        }
    }

    /// Stores a session as it is now. May wait for the disk.
    pub(super) fn save(&self, key: &SessionKey, sandbox: &mut Sandbox) -> Result<(), Error> {
        let asleep = self.to_bytes(key, sandbox)?;
        self.put(key, asleep)
    }

    /// Stores what a session was, as no sandbox can be that any more.
    pub(super) fn keep(&self, key: &SessionKey, checkpoint: &Checkpoint) {
        let asleep = checkpoint.hibernate(self.key_of(key).as_ref());
        let stored = asleep
            .map_err(|source| Error::Hibernate {
                key: key.clone(),
                source,
            })
            .and_then(|asleep| self.put(key, asleep.into()));
        match stored {
            Ok(()) => self.add_asleep(1),
            Err(error) => {
                tracing::error!(pool = self.config.name, %error, "a session is lost");
            }
        }
    }

    pub(super) fn to_bytes(&self, key: &SessionKey, sandbox: &mut Sandbox) -> Result<Bytes, Error> {
        let (pool, tenant, session) = (&self.config.name, key.tenant(), key.session());
        let _span = tracing::debug_span!("hibernate", pool, tenant, session).entered();
        let asleep = self.meters.hibernate.time(|| {
            let checkpoint = sandbox.checkpoint()?;
            checkpoint.hibernate(self.key_of(key).as_ref())
        });
        asleep.map(Bytes::from).map_err(|source| Error::Hibernate {
            key: key.clone(),
            source,
        })
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
            Ok(checkpoint) => off_the_executor(move || checkpoint.hibernate(secret.as_ref())).await,
            Err(error) => Err(error),
        };
        let asleep = asleep.map_err(|source| Error::Hibernate {
            key: key.clone(),
            source,
        })?;
        self.meters.hibernate.record(begun.elapsed());
        Ok(asleep.into())
    }

    pub(super) fn put(&self, key: &SessionKey, asleep: Bytes) -> Result<(), Error> {
        guarded(|| self.store.put(key, asleep))
            .map_err(|source| self.store_failed(key, "stored", source))
    }

    /// A sandbox that goes on from what was stored.
    pub(super) fn wake(
        &self,
        key: &SessionKey,
        kind: &Kind,
        asleep: &[u8],
    ) -> Result<Sandbox, Error> {
        let (pool, tenant, session) = (&self.config.name, key.tenant(), key.session());
        let _span = tracing::debug_span!("wake", pool, tenant, session).entered();
        let woken = self.meters.wake.time(|| match self.key_of(key) {
            Some(secret) => kind.builder.clone().sealing_key(secret).resume(asleep),
            None => kind.builder.resume(asleep),
        });
        let sandbox = woken.map_err(|source| Error::Wake {
            key: key.clone(),
            source,
        })?;
        self.add_asleep(-1);
        Ok(sandbox)
    }

    /// Removes a stored session; says whether there was one.
    pub(crate) fn remove(&self, key: &SessionKey) -> Result<bool, Error> {
        guarded(|| self.store.remove(key))
            .map_err(|source| self.store_failed(key, "removed", source))
    }

    /// As [`remove`](Self::remove), for a session that nobody has.
    pub(crate) fn forget(&self, key: &SessionKey) -> Result<bool, Error> {
        let was_there = self.remove(key)?;
        if was_there && !self.cells.has(key) {
            self.add_asleep(-1);
        }
        Ok(was_there)
    }

    /// The names of a tenant's sessions, live and stored.
    pub(crate) fn list(&self, tenant: &str) -> Result<Vec<String>, Error> {
        let stored = guarded(|| self.store.sessions(tenant)).map_err(|source| {
            self.meters.store_failures.increment(1);
            Error::List {
                tenant: tenant.to_owned(),
                source,
            }
        })?;
        let mut sessions = self.cells.of_tenant(tenant);
        sessions.extend(stored);
        sessions.sort();
        sessions.dedup();
        Ok(sessions)
    }

    pub(crate) fn store_failed(
        &self,
        key: &SessionKey,
        action: &'static str,
        source: StoreError,
    ) -> Error {
        self.meters.store_failures.increment(1);
        Error::Store {
            key: key.clone(),
            action,
            source,
        }
    }

    /// So many more sessions sleep.
    pub(crate) fn add_asleep(&self, more: i64) {
        let before = self.asleep.fetch_add(more, Ordering::Relaxed);
        self.meters.hibernated.set((before + more) as f64);
    }

    /// The key that vouches for one session and for no other.
    fn key_of(&self, key: &SessionKey) -> Option<SealingKey> {
        let secret = self.config.session_key.as_ref()?;
        Some(secret.derive(KEY_CONTEXT, &[key.tenant(), key.session()]))
    }
}

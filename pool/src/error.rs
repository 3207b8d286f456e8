use std::time::Duration;

use crate::store::{BadName, SessionKey, StoreError};

/// Why there is no lease or no session.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The pool is being shut down.
    #[error("the pool is closed")]
    Closed,
    /// All sandboxes are leased.
    #[error(
        "all {size_max} sandboxes are leased: raise max_size, wait with get instead of try_get, or try again later"
    )]
    Full {
        /// How many there may be.
        size_max: usize,
    },
    /// The tenant has as many sandboxes as it may have.
    #[error("{tenant:?} has the {leases_max} sandboxes that it may have at once")]
    TenantFull {
        /// The tenant.
        tenant: String,
        /// What it may have.
        leases_max: usize,
    },
    /// No sandbox was free in time, or the session was in use all the time.
    #[error("waited {waited:?} for {what}: raise acquire_timeout, max_size or the tenant's limit")]
    Timeout {
        /// How long.
        waited: Duration,
        /// What for.
        what: &'static str,
    },
    /// Such a name cannot be used.
    #[error(transparent)]
    Name(#[from] BadName),
    /// A sandbox could not be made, reset, or woken.
    #[error("no sandbox could be had")]
    Sandbox(#[from] hatchery::Error),
    /// A hook refused.
    #[error("the hook {hook} refused")]
    Hook {
        /// Which.
        hook: &'static str,
        /// Its reason.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The store of sessions failed.
    #[error("the session {key} could not be {action}; it is as it was")]
    Store {
        /// Which session.
        key: SessionKey,
        /// What was to be done with it.
        action: &'static str,
        /// The store's reason.
        source: StoreError,
    },
    /// Another pool has stored or removed the session since this one has it. What this pool has of it is out of date and
    /// is given up when it comes back; the next of its name is what the store has.
    #[error("the session {key} has gone on in another pool: get it again")]
    Superseded {
        /// Which session.
        key: SessionKey,
    },
    /// Someone else has the session, or it is being stored.
    #[error(
        "the session {key} is in use: wait with session instead of try_session, or try again later"
    )]
    Busy {
        /// Which session.
        key: SessionKey,
    },
    /// The store of sessions could not say which there are.
    #[error("the sessions of {tenant:?} could not be listed")]
    List {
        /// Whose sessions.
        tenant: String,
        /// The store's reason.
        source: StoreError,
    },
    /// A stored session cannot be woken. It is still in the store.
    #[error(
        "the session {key} cannot be woken; it is still stored: Pool::forget_session removes it"
    )]
    Wake {
        /// Which session.
        key: SessionKey,
        /// Why.
        source: hatchery::Error,
    },
    /// A session cannot be put to sleep.
    #[error("the session {key} cannot be put to sleep")]
    Hibernate {
        /// Which session.
        key: SessionKey,
        /// Why.
        source: hatchery::Error,
    },
    /// No pool can be made with this setting.
    #[error("the setting {name} cannot be used: {what}")]
    Setting {
        /// The builder's method.
        name: &'static str,
        /// What is wrong with it.
        what: String,
    },
    /// The system has no thread for the pool's own work.
    #[error("the pool's own thread did not start")]
    Thread(#[source] std::io::Error),
}

//! A pool of [Hatchery](hatchery) sandboxes for services with many tenants.
//!
//! [`Pool::get`] leases a sandbox in the golden state; dropping the [`Lease`] returns it, and it is reset in the
//! background. [`Pool::session`] finds a tenant's named session: live, or woken from a [`SessionStore`], or new. Tenants
//! take turns, have caps, and are accounted for; what one has touched reaches another through a strict reset only.
//!
//! ```text
//!   get ──► admission ──► inventory ──► Lease ──► (used) ──► inventory
//!           whose turn    clean, or                          soiled, until the pool's thread
//!           it is         reset now                          or the next lease resets it
//! ```
//!
//! # Metrics and spans
//!
//! The [`metrics`] facade's recorder that is installed when a pool is made gets, under `hatchery_pool_`: counters
//! `leases_total`, `timeouts_total`, `quarantined_total`, `sessions_rolled_back_total`, `store_failures_total`,
//! `store_conflicts_total`;
//! histograms in seconds `create_seconds`, `wait_seconds`, `lease_seconds`, `run_seconds`, `reset_seconds`,
//! `hibernate_seconds`, `wake_seconds`; gauges `live`, `idle`, `waiting`, `sessions_live`, `hibernated`,
//! `private_bytes`. The label `pool` has the pool's name; `reset_seconds` has a label `kind` too, `in_place` or
//! `strict`. The gauges `sessions_live` and `private_bytes` are of live sessions that nobody uses, which is
//! [`Status::sessions_parked`]; [`Status::sessions_live`] counts those in use too, and `private_bytes` the checkpoints
//! that those can go back to.
//!
//! Spans of [`tracing`] have the same names: `create`, `lease`, `run`, `reset`, `hibernate`, `wake`.

#![forbid(unsafe_code)]

#[cfg_attr(shuttle, allow(dead_code))]
mod admission;
#[cfg_attr(shuttle, allow(dead_code))]
mod inventory;
mod sync;

// All but the above need sandboxes, which builds for shuttle do without.
#[cfg(not(shuttle))]
mod alarm;
#[cfg(not(shuttle))]
mod builder;
#[cfg(not(shuttle))]
mod deadline;
#[cfg(not(shuttle))]
mod error;
#[cfg(not(shuttle))]
mod finder;
#[cfg(not(shuttle))]
mod hooks;
#[cfg(not(shuttle))]
mod housed;
#[cfg(not(shuttle))]
mod lease;
#[cfg(not(shuttle))]
mod maintenance;
#[cfg(not(shuttle))]
mod meters;
#[cfg(not(shuttle))]
mod off_thread;
#[cfg(not(shuttle))]
mod pool;
#[cfg(not(shuttle))]
mod session;
#[cfg(not(shuttle))]
mod shared;
#[cfg(not(shuttle))]
mod status;
#[cfg(not(shuttle))]
mod store;
#[cfg(not(shuttle))]
mod tenant;

#[cfg(not(shuttle))]
pub use self::{
    builder::{
        ACQUIRE_TIMEOUT_DEFAULT, IDLE_TIMEOUT_DEFAULT, PoolBuilder, RECYCLE_AFTER_DEFAULT,
        SESSION_MEMORY_BYTES_MAX_DEFAULT, SIZE_MAX_DEFAULT, STORE_TIMEOUT_DEFAULT,
    },
    error::Error,
    hooks::{HookError, HookFuture, Lessee},
    lease::{Lease, LeasedSandbox},
    pool::Pool,
    session::{Origin, Session},
    status::{Drained, Status},
    store::{
        BadName, BlockingStore, FolderStore, MemoryStore, NAME_BYTES_MAX, SessionKey, SessionStore,
        StoreError, StoreFuture, Stored, Version,
    },
    tenant::{LeaseUsage, TenantSettings, TenantStatus},
};
#[cfg(all(not(shuttle), feature = "redb"))]
pub use store::RedbStore;

//! What the pool's owner does at the turns of a sandbox's life.

use crate::session::Origin;
use crate::tenant::LeaseUsage;
use futures_lite::FutureExt;
use hatchery::{AsyncSandbox, Sandbox};
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;

/// A hook's reason to refuse.
pub type HookError = Box<dyn std::error::Error + Send + Sync>;

/// What an asynchronous hook gives.
pub type HookFuture<'a> = Pin<Box<dyn Future<Output = Result<(), HookError>> + Send + 'a>>;

/// Who leases a sandbox or has leased it, for the hooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lessee<'a> {
    /// The tenant's name.
    pub tenant: &'a str,
    /// The session's name and where it came from; `None` for a lease.
    pub session: Option<(&'a str, Origin)>,
}

type OnLease = dyn Fn(&Lessee<'_>, &mut Sandbox) -> Result<(), HookError> + Send + Sync;
type OnLeaseAsync =
    dyn for<'a> Fn(Lessee<'a>, &'a mut AsyncSandbox) -> HookFuture<'a> + Send + Sync;
type OnReturn =
    dyn Fn(&Lessee<'_>, &mut Sandbox, &LeaseUsage) -> Result<(), HookError> + Send + Sync;
type OnReset = dyn Fn(&mut Sandbox) -> Result<(), HookError> + Send + Sync;

#[derive(Clone, Default)]
pub(crate) struct Hooks {
    pub(crate) on_lease: Option<Arc<OnLease>>,
    pub(crate) on_lease_async: Option<Arc<OnLeaseAsync>>,
    pub(crate) on_return: Option<Arc<OnReturn>>,
    pub(crate) on_reset: Option<Arc<OnReset>>,
}

impl Hooks {
    pub(crate) fn lease(
        &self,
        lessee: &Lessee<'_>,
        sandbox: &mut Sandbox,
    ) -> Result<(), HookError> {
        let Some(hook) = &self.on_lease else {
            return Ok(());
        };
        guarded(|| hook(lessee, sandbox))
    }

    pub(crate) async fn lease_async(
        &self,
        lessee: Lessee<'_>,
        sandbox: &mut AsyncSandbox,
    ) -> Result<(), HookError> {
        let Some(hook) = &self.on_lease_async else {
            return Ok(());
        };
        let called = AssertUnwindSafe(async { hook(lessee, sandbox).await });
        let called = called.catch_unwind().await;
        called.unwrap_or_else(|_| Err("it panicked".into()))
    }

    pub(crate) fn returned(
        &self,
        lessee: &Lessee<'_>,
        sandbox: &mut Sandbox,
        usage: &LeaseUsage,
    ) -> Result<(), HookError> {
        let Some(hook) = &self.on_return else {
            return Ok(());
        };
        guarded(|| hook(lessee, sandbox, usage))
    }

    pub(crate) fn reset(&self, sandbox: &mut Sandbox) -> Result<(), HookError> {
        let Some(hook) = &self.on_reset else {
            return Ok(());
        };
        guarded(|| hook(sandbox))
    }
}

/// A hook that panics refuses: it may not take a slot or the pool's own thread with it.
fn guarded(hook: impl FnOnce() -> Result<(), HookError>) -> Result<(), HookError> {
    catch_unwind(AssertUnwindSafe(hook)).unwrap_or_else(|_| Err("it panicked".into()))
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks")
            .field("on_lease", &self.on_lease.is_some())
            .field("on_lease_async", &self.on_lease_async.is_some())
            .field("on_return", &self.on_return.is_some())
            .field("on_reset", &self.on_reset.is_some())
            .finish()
    }
}

use super::Lease;
use crate::Error;
use crate::admission::{Permit, Refusal};
use crate::hooks::{HookError, Lessee};
use crate::housed::{Housed, Housing, Users, taken_bytes};
use crate::inventory::Room;
use crate::tenant::{Kind, LeaseUsage, Tenant};
use hatchery::{AsyncSandbox, Sandbox, Usage};
use std::sync::Arc;
use std::time::Instant;

/// What every lease consists of.
pub(crate) struct Leased {
    pub(crate) sandbox: AsyncSandbox,
    kind: Arc<Kind>,
    users: Users,
    room: Room,
    pub(crate) tenant: Arc<Tenant>,
    pub(crate) housing: Housing,
    /// What the sandbox had been used before.
    before: Usage,
    since: Instant,
    span: tracing::Span,
    /// Last: the others are dropped before it lets another have a sandbox.
    permit: Permit,
}

impl Leased {
    pub(crate) fn new(
        housed: Housed,
        permit: Permit,
        tenant: Arc<Tenant>,
        session: Option<Arc<str>>,
        housing: Housing,
    ) -> Self {
        let Housed {
            kind,
            users,
            mut sandbox,
            room,
            ..
        } = housed;
        // The hook for resets may have given it something too.
        let_go(&mut sandbox);
        sandbox.set_identity(Some(tenant.name.clone()), session);
        let pool = &housing.shared.config.name;
        Self {
            before: sandbox.usage(),
            sandbox: sandbox.into(),
            kind,
            users,
            room,
            since: Instant::now(),
            span: tracing::debug_span!("lease", pool, tenant = &*tenant.name),
            tenant,
            housing,
            permit,
        }
    }

    /// Calls the hook for leases, which may run Python.
    pub(crate) fn call_on_lease(&mut self, lessee: &Lessee<'_>) -> Result<(), Error> {
        let sandbox = self.sandbox.blocking()?;
        let hooks = &self.housing.shared.config.hooks;
        let called = hooks.lease(lessee, sandbox);
        called.map_err(|source| Error::Hook {
            hook: "on_lease",
            source,
        })
    }

    /// Calls the asynchronous hook for leases.
    pub(crate) async fn await_on_lease(&mut self, lessee: Lessee<'_>) -> Result<(), Error> {
        let hooks = &self.housing.shared.config.hooks;
        let called = hooks.lease_async(lessee, &mut self.sandbox).await;
        called.map_err(|source| Error::Hook {
            hook: "on_lease_async",
            source,
        })
    }

    pub(crate) async fn fork(&mut self, count: usize) -> Result<Vec<Lease>, Error> {
        let Self {
            housing, tenant, ..
        } = self;
        let mut places = Vec::new();
        for _ in 0..count {
            let permit = housing.permit_now(tenant)?;
            let room = housing.room(tenant, |_| false).room();
            places.push((permit, room.ok_or_else(|| housing.shared.full())?));
        }
        let forks = self.sandbox.fork(count).await?;
        let mut leases = Vec::new();
        for (sandbox, (permit, room)) in forks.into_iter().zip(places) {
            let mut housed = Housed::new(&self.kind, sandbox.into_sync().await?, room);
            housed.users = self.users.clone();
            let (tenant, housing) = (self.tenant.clone(), self.housing.clone());
            leases.push(Lease::new(Self::new(housed, permit, tenant, None, housing)));
        }
        Ok(leases)
    }

    /// Whether a run was stopped in the middle, or is about to be.
    pub(crate) fn is_poisoned(&mut self) -> bool {
        self.sandbox.is_away()
            || self
                .sandbox
                .blocking()
                .is_ok_and(|sandbox| sandbox.is_poisoned())
    }

    /// Gives the sandbox away, once a run that was cancelled has ended. Frees its place and its permit.
    pub(crate) fn detach(mut self) -> AsyncSandbox {
        let mut usage = LeaseUsage {
            leased_for: self.since.elapsed(),
            ..LeaseUsage::default()
        };
        if let Ok(sandbox) = self.sandbox.blocking() {
            let bytes = taken_bytes(sandbox);
            usage = LeaseUsage::between(self.before, sandbox.usage(), usage.leased_for, bytes);
            sandbox.set_identity(None, None);
            sandbox.set_user_data(None);
        }
        let Self {
            sandbox,
            tenant,
            housing,
            ..
        } = self;
        housing.charge(&tenant, usage);
        housing.shared.alarm.set(Instant::now());
        sandbox
    }

    /// Hands the sandbox on once nothing runs in it: right away, or from another thread when a run that was cancelled
    /// has ended. A sandbox that was lost to a panic leaves its room to another.
    pub(crate) fn settle(self, then: impl FnOnce(Settled) + Send + 'static) {
        if self.sandbox.is_away() {
            self.settle_elsewhere(then);
        } else {
            self.settle_here(then);
        }
    }

    /// As [`settle`](Self::settle), from another thread in any case, which may wait.
    pub(crate) fn settle_elsewhere(self, then: impl FnOnce(Settled) + Send + 'static) {
        blocking::unblock(move || self.settle_here(then)).detach();
    }

    fn settle_here(self, then: impl FnOnce(Settled)) {
        let (before, since, _span) = (self.before, self.since, self.span.entered());
        let (tenant, housing, permit) = (self.tenant, self.housing, self.permit);
        let (kind, users, room) = (self.kind, self.users, self.room);
        match futures_lite::future::block_on(self.sandbox.into_sync()) {
            Ok(sandbox) => then(Settled {
                housed: Housed {
                    kind,
                    users,
                    sandbox,
                    pages: 0,
                    room,
                },
                tenant,
                housing,
                before,
                since,
                permit,
            }),
            Err(error) => {
                drop(room);
                let usage = LeaseUsage {
                    leased_for: since.elapsed(),
                    ..LeaseUsage::default()
                };
                housing.charge(&tenant, usage);
                let pool = &housing.shared.config.name;
                tracing::warn!(pool, %error, "a sandbox was lost");
                housing.one_less();
            }
        }
    }
}

impl Housing {
    /// Writes down what a lease has taken that has ended.
    fn charge(&self, tenant: &Tenant, usage: LeaseUsage) {
        tenant.account.add(usage);
        let meters = &self.shared.meters;
        meters.leases.increment(1);
        meters.lease.record(usage.leased_for);
        meters.run.record(usage.time);
    }

    /// A permit for the tenant right now.
    pub(crate) fn permit_now(&self, tenant: &Tenant) -> Result<Permit, Error> {
        let permit = self.shared.admission.try_acquire(&tenant.name);
        permit.map_err(|refusal| match refusal {
            Refusal::Closed => Error::Closed,
            Refusal::Full => self.shared.full(),
            Refusal::TenantFull { held_max } => Error::TenantFull {
                tenant: tenant.name.to_string(),
                leases_max: held_max,
            },
        })
    }
}

/// A lease that has ended, with nothing running any more.
pub(crate) struct Settled {
    pub(crate) housed: Housed,
    pub(crate) tenant: Arc<Tenant>,
    pub(crate) housing: Housing,
    before: Usage,
    since: Instant,
    pub(crate) permit: Permit,
}

impl Settled {
    /// Puts the sandbox where the next one finds it.
    pub(crate) fn shelve(mut self) {
        let tenant = self.tenant.clone();
        let lessee = Lessee {
            tenant: &tenant.name,
            session: None,
        };
        let returned = self.take_leave(&lessee);
        let Self {
            housed,
            housing,
            permit,
            ..
        } = self;
        match returned {
            Ok(()) => housing.shelve(housed),
            Err(problem) => housing.quarantine(housed, &*problem),
        }
        drop(permit);
    }

    /// Writes down what the lease has taken, calls the hook for returned sandboxes, and takes from the sandbox what it was
    /// given for the lease.
    pub(crate) fn take_leave(&mut self, lessee: &Lessee<'_>) -> Result<(), HookError> {
        let bytes = self.housed.weigh_for_account();
        let sandbox: &mut Sandbox = &mut self.housed.sandbox;
        let usage = LeaseUsage::between(self.before, sandbox.usage(), self.since.elapsed(), bytes);
        self.housing.charge(&self.tenant, usage);
        let hooks = &self.housing.shared.config.hooks;
        let returned = hooks.returned(lessee, sandbox, &usage);
        let_go(sandbox);
        returned
    }
}

/// Takes from a sandbox what its holder has given it from outside, and the holder's means to stop it.
fn let_go(sandbox: &mut Sandbox) {
    sandbox.renew_interrupter();
    sandbox.set_identity(None, None);
    sandbox.set_user_data(None);
    sandbox.clear_stdin();
}

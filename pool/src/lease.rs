use crate::admission::Permit;
use crate::housed::{Housed, Users};
use crate::inner::Inner;
use crate::inventory::{KindId, Room};
use crate::tenant::{LeaseUsage, Tenant};
use hatchery::{AsyncSandbox, Error as SandboxError, Sandbox, Usage};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Instant;

/// A sandbox on loan, in the golden state at first. Dropping it returns it.
///
/// It is an [`AsyncSandbox`]; [`blocking`](AsyncSandbox::blocking) gives the [`Sandbox`] to blocking code. What is
/// returned is reset before anyone has it again, off the way of who returns it. A run that was cancelled ends first.
#[must_use]
pub struct Lease {
    /// Gone only in the middle of being returned.
    leased: Option<Leased>,
}

impl Lease {
    pub(crate) fn new(leased: Leased) -> Self {
        Self {
            leased: Some(leased),
        }
    }

    /// Whose lease it is.
    #[must_use]
    pub fn tenant(&self) -> &str {
        &self.leased().tenant.name
    }

    fn leased(&self) -> &Leased {
        self.leased.as_ref().expect("it is returned by its drop")
    }
}

impl Deref for Lease {
    type Target = AsyncSandbox;

    fn deref(&self) -> &AsyncSandbox {
        &self.leased().sandbox
    }
}

impl DerefMut for Lease {
    fn deref_mut(&mut self) -> &mut AsyncSandbox {
        let leased = self.leased.as_mut().expect("it is returned by its drop");
        &mut leased.sandbox
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease")
            .field("tenant", &self.tenant())
            .finish_non_exhaustive()
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(leased) = self.leased.take() {
            leased.settle(Settled::shelve);
        }
    }
}

/// What every lease consists of.
pub(crate) struct Leased {
    pub(crate) sandbox: AsyncSandbox,
    kind: KindId,
    users: Users,
    room: Room,
    pub(crate) tenant: Arc<Tenant>,
    pub(crate) pool: Arc<Inner>,
    /// What the sandbox had been used before.
    before: Usage,
    since: Instant,
    span: tracing::Span,
    /// Last, so that it is given back when all else is.
    permit: Permit,
}

impl Leased {
    pub(crate) fn new(
        housed: Housed,
        permit: Permit,
        tenant: Arc<Tenant>,
        pool: Arc<Inner>,
    ) -> Self {
        let Housed {
            kind,
            users,
            mut sandbox,
            room,
        } = housed;
        // What others do with theirs is nothing to this one.
        sandbox.renew_interrupter();
        Self {
            before: sandbox.usage(),
            sandbox: sandbox.into(),
            kind,
            users,
            room,
            since: Instant::now(),
            span: tracing::debug_span!("lease", pool = pool.config.name, tenant = &*tenant.name),
            tenant,
            pool,
            permit,
        }
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
        let (tenant, pool, permit) = (self.tenant, self.pool, self.permit);
        let (kind, users, room) = (self.kind, self.users, self.room);
        match futures_lite::future::block_on(self.sandbox.into_sync()) {
            Ok(sandbox) => then(Settled {
                housed: Housed {
                    kind,
                    users,
                    sandbox,
                    room,
                },
                tenant,
                pool,
                before,
                since,
                permit,
            }),
            Err(error) => {
                drop(room);
                pool.lost(&error);
            }
        }
    }
}

impl Inner {
    fn lost(&self, error: &SandboxError) {
        tracing::warn!(pool = self.config.name, %error, "a sandbox was lost");
        self.meters.quarantined.increment(1);
        self.quarantined
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        self.alarm.set(Instant::now());
    }
}

/// A lease that has ended, with nothing running any more.
pub(crate) struct Settled {
    pub(crate) housed: Housed,
    pub(crate) tenant: Arc<Tenant>,
    pub(crate) pool: Arc<Inner>,
    before: Usage,
    since: Instant,
    pub(crate) permit: Permit,
}

impl Settled {
    /// Puts the sandbox where the next one finds it.
    pub(crate) fn shelve(mut self) {
        let usage = self.account();
        let returned =
            self.pool
                .config
                .hooks
                .returned(&self.tenant.name, &mut self.housed.sandbox, &usage);
        let Self {
            housed,
            pool,
            permit,
            ..
        } = self;
        match returned {
            Ok(()) => pool.shelve(housed),
            Err(problem) => pool.quarantine(housed, &*problem),
        }
        drop(permit);
    }

    /// Writes down what the lease has taken.
    pub(crate) fn account(&mut self) -> LeaseUsage {
        let bytes = private_bytes(&self.housed.sandbox);
        let usage = LeaseUsage::between(
            self.before,
            self.housed.sandbox.usage(),
            self.since.elapsed(),
            bytes,
        );
        self.tenant.account.add(usage);
        let meters = &self.pool.meters;
        meters.leases.increment(1);
        meters.lease.record(usage.leased_for);
        meters.run.record(usage.time);
        usage
    }
}

impl Inner {
    /// Puts a used sandbox where those of its users' group find it, and the pool's thread. A pool that is closed has no
    /// use for it.
    pub(crate) fn shelve(&self, housed: Housed) {
        if self.admission.load().is_closed {
            return;
        }
        let now = Instant::now();
        let group = match &housed.users {
            Users::Group(group) => Some(group.clone()),
            Users::Nobody | Users::Several => None,
        };
        self.inventory.put_soiled(housed.kind, housed, group, now);
        self.alarm.set(now + self.config.recycle_after);
    }
}

/// What a sandbox does not share with the golden snapshot. A kernel that does not say counts it for nothing.
pub(crate) fn private_bytes(sandbox: &Sandbox) -> u64 {
    let pages = sandbox.written_pages().unwrap_or(0);
    (pages * cow_memory::page_bytes()) as u64
}

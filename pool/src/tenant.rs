//! Tenants: who leases, what they may have, and what they have had.

use crate::error::Error;
use crate::housed::Housing;
use crate::inventory::{Group, KindId};
use crate::store::check_name;
use cow_memory::SlotPool;
use dashmap::{DashMap, Entry};
use hatchery::{SandboxBuilder, Usage};
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

/// What a tenant may have, and how its sandboxes are made.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct TenantSettings {
    pub(crate) leases_max: Option<usize>,
    pub(crate) trust_group: Option<Arc<str>>,
    pub(crate) sandbox: Option<SandboxBuilder>,
}

impl TenantSettings {
    /// What every tenant has unless said otherwise.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many sandboxes it may have at once, sessions in use included; the pool's
    /// [`tenant_max_leases`](crate::PoolBuilder::tenant_max_leases) unless set.
    pub fn max_leases(mut self, leases: usize) -> Self {
        self.leases_max = Some(leases);
        self
    }

    /// The group of tenants that it shares warm sandboxes with after a reset in place; a group of its own unless set.
    /// Between groups a sandbox is reset strictly: nothing but its memory mapping, put back to golden, is used again.
    pub fn trust_group(mut self, group: impl Into<Arc<str>>) -> Self {
        self.trust_group = Some(group.into());
        self
    }

    /// How its sandboxes are made; as the pool's others unless set. It may be a builder of another runtime, such as one
    /// that [`Sandbox::into_golden`](hatchery::Sandbox::into_golden) has made with the tenant's libraries in it. Those
    /// sandboxes are no other tenant's.
    pub fn sandbox(mut self, builder: SandboxBuilder) -> Self {
        self.sandbox = Some(builder);
        self
    }
}

/// Sandboxes that are made alike.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) id: KindId,
    pub(crate) builder: SandboxBuilder,
    /// Of the engine that its sandboxes run in.
    pub(crate) slots: SlotPool,
    is_retired: AtomicBool,
}

impl Kind {
    pub(crate) fn new(id: KindId, builder: SandboxBuilder) -> Self {
        let builder = builder.count_cpu_time(true);
        Self {
            id,
            slots: builder.runtime().slots().clone(),
            builder,
            is_retired: AtomicBool::new(false),
        }
    }

    /// Whether no tenant's sandboxes are made like this any more.
    pub(crate) fn is_retired(&self) -> bool {
        self.is_retired.load(Ordering::SeqCst)
    }

    fn retire(&self) {
        self.is_retired.store(true, Ordering::SeqCst);
    }
}

type Known = DashMap<Arc<str>, Arc<Tenant>>;

/// The service that knows the tenants.
#[derive(Debug)]
pub(crate) struct Tenants {
    housing: Housing,
    known: Arc<Known>,
    /// The kind of those that have none of their own.
    pub(crate) usual: Arc<Kind>,
    next_kind: AtomicUsize,
}

impl Tenants {
    pub(crate) fn new(housing: Housing, usual: SandboxBuilder) -> Self {
        Self {
            housing,
            known: Arc::default(),
            usual: Arc::new(Kind::new(0, usual)),
            next_kind: AtomicUsize::new(1),
        }
    }

    /// The tenant of this name; one with the usual settings, if it is not known yet.
    pub(crate) fn find(&self, name: &str) -> Result<Visit, Error> {
        if let Some(tenant) = self.known.get(name) {
            return Ok(self.visit(tenant.clone()));
        }
        check_name(name)?;
        let name: Arc<str> = name.into();
        let entry = self.known.entry(name.clone());
        let make = || Tenant {
            has_settings: false,
            ..self.make(name, TenantSettings::new())
        };
        let tenant = entry.or_insert_with(|| Arc::new(make()));
        Ok(self.visit(tenant.clone()))
    }

    fn visit(&self, tenant: Arc<Tenant>) -> Visit {
        Visit {
            known: self.known.clone(),
            tenant: Some(tenant),
        }
    }

    /// What a tenant has had; `None` for one that is not known.
    pub(crate) fn account(&self, name: &str) -> Option<Arc<Account>> {
        Some(self.known.get(name)?.account.clone())
    }

    /// The names of those that are known, in the order of the alphabet.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self
            .known
            .iter()
            .map(|known| known.key().to_string())
            .collect();
        names.sort();
        names
    }

    /// Gives the memory of slots that nobody uses back, of all kinds.
    pub(crate) fn trim(&self) {
        self.usual.slots.trim();
        for tenant in &*self.known {
            tenant.kind.slots.trim();
        }
    }

    /// Gives a tenant new settings; its account goes on.
    pub(crate) fn set(&self, name: &str, settings: TenantSettings) -> Result<(), Error> {
        check_name(name)?;
        let name: Arc<str> = name.into();
        let leases_max = settings.leases_max;
        let mut tenant = self.make(name.clone(), settings);
        let admission = &self.housing.shared.admission;
        // One entry, locked: of two who set at once the settings and the limit of one hold, and no account is lost.
        let (before, served) = match self.known.entry(name.clone()) {
            Entry::Occupied(mut known) => {
                tenant.account = known.get().account.clone();
                let before = known.insert(Arc::new(tenant));
                (Some(before), admission.set_limit(&name, leases_max))
            }
            Entry::Vacant(place) => {
                let _entry = place.insert(Arc::new(tenant));
                (None, admission.set_limit(&name, leases_max))
            }
        };
        drop(served);
        if let Some(before) = before {
            self.retire_kind_of(&before);
        }
        Ok(())
    }

    /// Forgets a tenant's settings and its account.
    pub(crate) fn forget(&self, name: &str) {
        let admission = &self.housing.shared.admission;
        let (before, served) = match self.known.entry(name.into()) {
            Entry::Occupied(known) => {
                let served = admission.set_limit(known.key(), None);
                (known.remove(), served)
            }
            Entry::Vacant(_) => return,
        };
        drop(served);
        self.retire_kind_of(&before);
    }

    /// A kind is one tenant's, except for the usual one: nobody wants its idle sandboxes any more.
    fn retire_kind_of(&self, tenant: &Tenant) {
        if !Arc::ptr_eq(&tenant.kind, &self.usual) {
            tenant.kind.retire();
            self.housing.give_kind_up(&tenant.kind);
        }
    }

    fn make(&self, name: Arc<str>, settings: TenantSettings) -> Tenant {
        Tenant {
            group: match settings.trust_group {
                Some(group) => Group::Named(group),
                None => Group::Tenant(name.clone()),
            },
            kind: match settings.sandbox {
                None => self.usual.clone(),
                Some(builder) => {
                    let id = self.next_kind.fetch_add(1, Ordering::Relaxed);
                    Arc::new(Kind::new(id, builder))
                }
            },
            name,
            has_settings: true,
            account: Arc::default(),
        }
    }
}

/// A tenant for whom something is asked. A name for which nothing was had is forgotten when all who ask are gone: anybody
/// can ask under any name. What goes on when its caller has given up has the visit with it.
pub(crate) struct Visit {
    known: Arc<Known>,
    /// Gone only in the middle of the drop.
    tenant: Option<Arc<Tenant>>,
}

impl Deref for Visit {
    type Target = Arc<Tenant>;

    fn deref(&self) -> &Arc<Tenant> {
        self.tenant.as_ref().expect("it is there until the drop")
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let Some(tenant) = self.tenant.take() else {
            return;
        };
        if tenant.is_noted() {
            return;
        }
        let name = tenant.name.clone();
        drop(tenant);
        // Who has a lease or a live session, or asks too, has the tenant as well.
        self.known.remove_if_mut(&name, |_, tenant| {
            Arc::get_mut(tenant).is_some_and(|tenant| !tenant.is_noted())
        });
    }
}

#[derive(Debug)]
pub(crate) struct Tenant {
    pub(crate) name: Arc<str>,
    /// Whether somebody has said what it may have.
    has_settings: bool,
    pub(crate) group: Group,
    pub(crate) kind: Arc<Kind>,
    pub(crate) account: Arc<Account>,
}

impl Tenant {
    /// Whether there is something to remember of it.
    fn is_noted(&self) -> bool {
        self.has_settings || self.account.leases.load(Ordering::Relaxed) > 0
    }
}

/// What a tenant has had.
#[derive(Debug, Default)]
pub(crate) struct Account {
    leases: AtomicU64,
    runs: AtomicU64,
    time_ns: AtomicU64,
    cpu_time_ns: AtomicU64,
    private_bytes_max: AtomicU64,
    private_kib_ms: AtomicU64,
}

/// What a tenant has had since the pool knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TenantStatus {
    /// Sandboxes that it has now, sessions in use included.
    pub leased: usize,
    /// Sandboxes that it waits for.
    pub waiting: usize,
    /// Leases that have ended.
    pub leases: u64,
    /// Runs in those leases.
    pub runs: u64,
    /// Wall-clock time of those runs.
    pub time: Duration,
    /// Processor time of those runs.
    pub cpu_time: Duration,
    /// The most memory of its own that a sandbox of the tenant's has had at the end of a lease, in bytes. What it shares
    /// with the golden snapshot is not counted; from 2 MiB on, neither is what has the same bytes as there.
    pub private_bytes_max: u64,
    /// That memory, taken times how long it was leased, in byte-seconds: what a bill for memory goes by.
    pub private_byte_seconds: u64,
}

impl Account {
    /// A lease has ended.
    pub(crate) fn add(&self, usage: LeaseUsage) {
        let add = |counter: &AtomicU64, more: u64| counter.fetch_add(more, Ordering::Relaxed);
        add(&self.leases, 1);
        add(&self.runs, usage.runs);
        add(&self.time_ns, nanoseconds(usage.time));
        add(&self.cpu_time_ns, nanoseconds(usage.cpu_time));
        self.private_bytes_max
            .fetch_max(usage.private_bytes, Ordering::Relaxed);
        let kib_us = u128::from(usage.private_bytes >> 10) * usage.leased_for.as_micros();
        add(
            &self.private_kib_ms,
            u64::try_from(kib_us / 1000).unwrap_or(u64::MAX),
        );
    }

    pub(crate) fn status(&self, leased: usize, waiting: usize) -> TenantStatus {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        TenantStatus {
            leased,
            waiting,
            leases: get(&self.leases),
            runs: get(&self.runs),
            time: Duration::from_nanos(get(&self.time_ns)),
            cpu_time: Duration::from_nanos(get(&self.cpu_time_ns)),
            private_bytes_max: get(&self.private_bytes_max),
            private_byte_seconds: u64::try_from(
                u128::from(get(&self.private_kib_ms)) * 1024 / 1000,
            )
            .unwrap_or(u64::MAX),
        }
    }
}

/// What one lease has taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeaseUsage {
    /// From the grant to the return.
    pub leased_for: Duration,
    /// Runs that were begun.
    pub runs: u64,
    /// Wall-clock time of the runs.
    pub time: Duration,
    /// Processor time of the runs.
    pub cpu_time: Duration,
    /// Memory of the sandbox's own at the end, in bytes: what it does not share with the golden snapshot. From 2 MiB on,
    /// what has the same bytes as there is not counted either.
    pub private_bytes: u64,
}

impl LeaseUsage {
    pub(crate) fn between(before: Usage, after: Usage, leased_for: Duration, bytes: u64) -> Self {
        Self {
            leased_for,
            runs: after.runs - before.runs,
            time: after.time.saturating_sub(before.time),
            cpu_time: after.cpu_time.saturating_sub(before.cpu_time),
            private_bytes: bytes,
        }
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

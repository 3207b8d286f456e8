//! Tenants: who leases, what they may have, and what they have had.

use crate::inventory::{Group, KindId};
use hatchery::{SandboxBuilder, Usage};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
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
}

#[derive(Debug)]
pub(crate) struct Tenant {
    pub(crate) name: Arc<str>,
    pub(crate) leases_max: usize,
    pub(crate) group: Group,
    pub(crate) kind: Arc<Kind>,
    pub(crate) account: Arc<Account>,
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
    /// with the golden snapshot is not counted.
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
    /// Memory of the sandbox's own at the end, in bytes: what it does not share with the golden snapshot.
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

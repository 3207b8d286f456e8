//! What the parts of a pool share.

use crate::admission::{Admission, Permit, Refusal};
use crate::alarm::Alarm;
use crate::builder::Config;
use crate::error::Error;
use crate::housed::Shelves;
use crate::inventory::Group;
use crate::meters::Meters;
use crate::session::Cells;
use crate::store::{SessionStore, check_name};
use crate::tenant::{Kind, Tenant, TenantSettings};
use async_io::Timer;
use dashmap::DashMap;
use futures_lite::FutureExt;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

pub(crate) struct Inner {
    pub(crate) config: Config,
    pub(crate) admission: Admission,
    pub(crate) inventory: Shelves,
    pub(crate) tenants: DashMap<Arc<str>, Arc<Tenant>>,
    pub(crate) usual: Arc<Kind>,
    next_kind: AtomicUsize,
    pub(crate) cells: Cells,
    pub(crate) store: Arc<dyn SessionStore>,
    pub(crate) meters: Meters,
    pub(crate) alarm: Arc<Alarm>,
    pub(crate) quarantined: AtomicU64,
    /// Sessions that were put to sleep since the pool is closed.
    pub(crate) stored_at_close: AtomicUsize,
    /// Sessions in the store that are not live.
    pub(crate) asleep: AtomicI64,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner")
            .field("config", &self.config)
            .field("load", &self.admission.load())
            .field("stock", &self.inventory.stock())
            .finish_non_exhaustive()
    }
}

impl Inner {
    pub(crate) fn new(
        config: Config,
        sandbox: hatchery::SandboxBuilder,
        store: Arc<dyn SessionStore>,
    ) -> Self {
        Self {
            admission: Admission::new(config.size_max),
            inventory: Shelves::new(config.size_max),
            tenants: DashMap::new(),
            usual: Arc::new(Kind {
                id: 0,
                builder: sandbox.count_cpu_time(true),
            }),
            next_kind: AtomicUsize::new(1),
            cells: Cells::default(),
            store,
            meters: Meters::new(&config.name),
            alarm: Arc::new(Alarm::new()),
            quarantined: AtomicU64::new(0),
            stored_at_close: AtomicUsize::new(0),
            asleep: AtomicI64::new(0),
            config,
        }
    }

    /// The tenant of this name; one with the usual settings, if it is not known yet.
    pub(crate) fn tenant(&self, name: &str) -> Result<Arc<Tenant>, Error> {
        if let Some(tenant) = self.tenants.get(name) {
            return Ok(tenant.clone());
        }
        check_name(name)?;
        let name: Arc<str> = name.into();
        let entry = self.tenants.entry(name.clone());
        let tenant =
            entry.or_insert_with(|| Arc::new(self.new_tenant(name, TenantSettings::new())));
        Ok(tenant.clone())
    }

    pub(crate) fn new_tenant(&self, name: Arc<str>, settings: TenantSettings) -> Tenant {
        let size_max = self.config.size_max;
        let usual_leases_max = self.config.tenant_leases_max.unwrap_or(size_max);
        Tenant {
            leases_max: settings.leases_max.unwrap_or(usual_leases_max),
            group: match settings.trust_group {
                Some(group) => Group::Named(group),
                None => Group::Tenant(name.clone()),
            },
            kind: match settings.sandbox {
                None => self.usual.clone(),
                Some(builder) => Arc::new(Kind {
                    id: self.next_kind.fetch_add(1, Ordering::Relaxed),
                    builder: builder.count_cpu_time(true),
                }),
            },
            name,
            account: Arc::default(),
        }
    }

    /// A permit for the tenant when it is its turn.
    pub(crate) async fn admit(&self, tenant: &Tenant, until: Instant) -> Result<Permit, Error> {
        // Most do not have to wait, and need no timer.
        match self.admission.try_acquire(&tenant.name, tenant.leases_max) {
            Ok(permit) => return Ok(permit),
            Err(Refusal::Closed) => return Err(Error::Closed),
            Err(Refusal::Full | Refusal::TenantFull) => {}
        }
        let begun = Instant::now();
        let _waiting = Waiting::begin(&self.meters);
        let acquired = self.admission.acquire(&tenant.name, tenant.leases_max);
        let permit = self.within(until, "a sandbox", acquired).await?;
        self.meters.wait.record(begun.elapsed());
        permit.map_err(|_| Error::Closed)
    }

    /// A permit right now.
    pub(crate) fn admit_now(&self, tenant: &Tenant) -> Result<Permit, Error> {
        self.admission
            .try_acquire(&tenant.name, tenant.leases_max)
            .map_err(|refusal| match refusal {
                Refusal::Closed => Error::Closed,
                Refusal::Full => self.full(),
                Refusal::TenantFull => Error::TenantFull {
                    tenant: tenant.name.to_string(),
                    leases_max: tenant.leases_max,
                },
            })
    }

    pub(crate) fn full(&self) -> Error {
        Error::Full {
            size_max: self.config.size_max,
        }
    }

    /// What `work` gives, if it does until then.
    pub(crate) async fn within<T>(
        &self,
        until: Instant,
        what: &'static str,
        work: impl Future<Output = T>,
    ) -> Result<T, Error> {
        let in_time = async { Some(work.await) };
        let too_late = async {
            Timer::at(until).await;
            None
        };
        in_time.or(too_late).await.ok_or_else(|| {
            self.meters.timeouts.increment(1);
            Error::Timeout {
                waited: self.config.acquire_timeout,
                what,
            }
        })
    }

    /// When who asks now has waited long enough.
    pub(crate) fn deadline(&self) -> Instant {
        let now = Instant::now();
        // One too far to express is far enough.
        now.checked_add(self.config.acquire_timeout)
            .unwrap_or(now + Duration::from_secs(365 * 24 * 3600))
    }

    /// Tells the gauges what is there.
    pub(crate) fn tell_gauges(&self) {
        let stock = self.inventory.stock();
        self.meters.live.set(stock.size as f64);
        self.meters.idle.set((stock.clean + stock.soiled) as f64);
        self.meters.sessions_live.set(stock.parked as f64);
        self.meters.private_bytes.set(stock.parked_bytes as f64);
    }
}

/// Someone waits for a sandbox.
struct Waiting<'a>(&'a Meters);

impl<'a> Waiting<'a> {
    fn begin(meters: &'a Meters) -> Self {
        meters.waiting.increment(1);
        Self(meters)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.decrement(1);
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Its thread ends.
        self.alarm.ring();
    }
}

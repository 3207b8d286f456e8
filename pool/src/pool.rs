use crate::builder::{Config, PoolBuilder};
use crate::error::Error;
use crate::inner::Inner;
use crate::lease::{Lease, Leased};
use crate::maintenance;
use crate::off_the_executor;
use crate::session::Session;
use crate::status::{Drained, Status};
use crate::store::{SessionKey, SessionStore, check_name};
use crate::tenant::{TenantSettings, TenantStatus};
use hatchery::SandboxBuilder;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Sandboxes for many tenants, who never meet.
///
/// Cloning gives the same pool. When the last clone is dropped, leases that are out go on, nobody gets a new one, and
/// live sessions are stored in the background; [`drain`](Self::drain) does that in order, and waits.
///
/// ```no_run
/// use hatchery_pool::Pool;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let runtime = hatchery::Runtime::new()?;
/// let pool = Pool::builder(runtime.sandbox_builder()).max_size(500).min_idle(8).build()?;
///
/// let mut sandbox = pool.get("ana").await?;
/// assert_eq!(sandbox.execute("print('hello')").await?.stdout_text(), "hello\n");
/// drop(sandbox); // It is reset in the background.
///
/// let mut notebook = pool.session("ana", "notebook 1").await?;
/// notebook.execute("x = 1").await?;
/// drop(notebook); // It stays live, or sleeps when memory is short.
/// let mut notebook = pool.session("ana", "notebook 1").await?;
/// assert_eq!(notebook.eval::<i32>("x + 1").await?.value, 2);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Pool {
    handle: Arc<Handle>,
}

/// What all clones of a pool have in common, and leases have not.
struct Handle {
    inner: Arc<Inner>,
}

impl Pool {
    /// A builder of pools whose sandboxes are made like this.
    pub fn builder(sandbox: SandboxBuilder) -> PoolBuilder {
        PoolBuilder::new(sandbox)
    }

    pub(crate) fn start(
        config: Config,
        sandbox: SandboxBuilder,
        store: Arc<dyn SessionStore>,
    ) -> Result<Self, Error> {
        let inner = Arc::new(Inner::new(config, sandbox, store));
        // Settings that no sandbox can have are better known now.
        if let Some(room) = inner.inventory.reserve() {
            let housed = inner.make(&inner.usual, room)?;
            let now = std::time::Instant::now();
            inner.inventory.put_clean(inner.usual.id, housed, now);
        }
        if let Ok(asleep) = inner.store.len() {
            inner.add_asleep(i64::try_from(asleep).unwrap_or(i64::MAX));
        }
        maintenance::start(&inner).map_err(Error::Thread)?;
        Ok(Self {
            handle: Arc::new(Handle { inner }),
        })
    }

    /// Says what a tenant may have and how its sandboxes are made. Holds for what it is leased from now on: a live session
    /// keeps its sandbox, and one that sleeps wakes only where its golden snapshot is still the tenant's. What the tenant
    /// has had so far is counted on.
    ///
    /// # Errors
    ///
    /// [`Error::Name`] for a name that no tenant can have.
    pub fn set_tenant(&self, tenant: &str, settings: TenantSettings) -> Result<(), Error> {
        check_name(tenant)?;
        let inner = &self.handle.inner;
        let before = inner.tenants.get(tenant).map(|tenant| tenant.clone());
        let mut tenant = inner.new_tenant(tenant.into(), settings);
        if let Some(before) = before {
            tenant.account = before.account.clone();
        }
        inner.tenants.insert(tenant.name.clone(), Arc::new(tenant));
        Ok(())
    }

    /// Forgets a tenant's settings and what it has had, and says what that was; `None` for one that is not known.
    /// Tenants that are not known have the usual settings.
    pub fn forget_tenant(&self, tenant: &str) -> Option<TenantStatus> {
        let status = self.tenant_status(tenant);
        self.handle.inner.tenants.remove(tenant);
        status
    }

    /// A sandbox for a tenant, in the golden state. Waits for its turn.
    ///
    /// Dropping the future gives up the wait.
    ///
    /// # Errors
    ///
    /// - [`Error::Timeout`] after the pool's [`acquire_timeout`](PoolBuilder::acquire_timeout).
    /// - [`Error::Closed`], [`Error::Name`], and [`Error::Hook`] when the hook refuses.
    /// - [`Error::Sandbox`] when none can be made, and [`Error::Store`] when a session had to make room and could not be
    ///   stored.
    pub async fn get(&self, tenant: &str) -> Result<Lease, Error> {
        let inner = &self.handle.inner;
        let tenant = inner.tenant(tenant)?;
        let permit = inner.admit(&tenant, inner.deadline()).await?;
        let housed = inner.sandbox_for(&tenant).await?;
        self.lease(Leased::new(housed, permit, tenant, inner.clone()))
    }

    /// As [`get`](Self::get), from blocking code.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub fn get_blocking(&self, tenant: &str) -> Result<Lease, Error> {
        match self.try_get(tenant) {
            Err(Error::Full { .. } | Error::TenantFull { .. }) => {
                futures_lite::future::block_on(self.get(tenant))
            }
            done => done,
        }
    }

    /// A sandbox for a tenant, if one can be had right now. No session is put to sleep for it.
    ///
    /// # Errors
    ///
    /// [`Error::Full`] and [`Error::TenantFull`] when it would have to wait, and those of [`get`](Self::get).
    pub fn try_get(&self, tenant: &str) -> Result<Lease, Error> {
        let inner = &self.handle.inner;
        let tenant = inner.tenant(tenant)?;
        let permit = inner.admit_now(&tenant)?;
        let housed = inner.sandbox_now(&tenant)?.ok_or_else(|| inner.full())?;
        self.lease(Leased::new(housed, permit, tenant, inner.clone()))
    }

    fn lease(&self, leased: Leased) -> Result<Lease, Error> {
        let mut lease = Lease::new(leased);
        let hooks = &self.handle.inner.config.hooks;
        if hooks.on_lease.is_some() {
            let tenant = lease.tenant().to_owned();
            hooks
                .lease(&tenant, lease.blocking()?)
                .map_err(|source| Error::Hook {
                    hook: "on_lease",
                    source,
                })?;
        }
        Ok(lease)
    }

    /// The session of a tenant's that has this name: the live one, or it is woken from the store, or it begins now, in
    /// the golden state. Waits while someone else has it.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get), and [`Error::Wake`] when what is stored cannot be woken; it stays stored.
    pub async fn session(&self, tenant: &str, session: &str) -> Result<Session, Error> {
        let key = SessionKey::new(tenant, session)?;
        self.handle.inner.session(key).await
    }

    /// As [`session`](Self::session), from blocking code.
    ///
    /// # Errors
    ///
    /// As [`session`](Self::session).
    pub fn session_blocking(&self, tenant: &str, session: &str) -> Result<Session, Error> {
        futures_lite::future::block_on(self.session(tenant, session))
    }

    /// Removes a stored session; says whether there was one. One that is live is not touched:
    /// [`Session::forget`] ends it.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] and [`Error::Name`].
    pub async fn forget_session(&self, tenant: &str, session: &str) -> Result<bool, Error> {
        let key = SessionKey::new(tenant, session)?;
        let inner = self.handle.inner.clone();
        off_the_executor(move || inner.forget(&key)).await
    }

    /// The names of a tenant's sessions, live and stored, in the order of the alphabet.
    ///
    /// # Errors
    ///
    /// [`Error::Name`], and [`Error::List`] when the store fails.
    pub async fn sessions(&self, tenant: &str) -> Result<Vec<String>, Error> {
        check_name(tenant)?;
        let (inner, tenant) = (self.handle.inner.clone(), tenant.to_owned());
        off_the_executor(move || inner.list(&tenant)).await
    }

    /// What the pool has at the moment.
    #[must_use]
    pub fn status(&self) -> Status {
        let inner = &self.handle.inner;
        inner.tell_gauges();
        let (load, stock) = (inner.admission.load(), inner.inventory.stock());
        Status {
            size: stock.size,
            size_max: inner.config.size_max,
            leased: load.held,
            idle: stock.clean + stock.soiled,
            clean: stock.clean,
            waiting: load.waiting,
            sessions_live: inner.cells.count(),
            sessions_parked: stock.parked,
            session_bytes: stock.parked_bytes,
            sessions_asleep: usize::try_from(inner.asleep.load(Ordering::Relaxed)).unwrap_or(0),
            quarantined: inner.quarantined.load(Ordering::Relaxed),
            is_closed: load.is_closed,
        }
    }

    /// What a tenant has and has had; `None` for one that the pool does not know.
    #[must_use]
    pub fn tenant_status(&self, tenant: &str) -> Option<TenantStatus> {
        let inner = &self.handle.inner;
        let (leased, waiting) = inner.admission.of_tenant(tenant);
        let known = inner.tenants.get(tenant)?;
        Some(known.account.status(leased, waiting))
    }

    /// Lets nobody in any more: who waits and who comes gets [`Error::Closed`]. Leases that are out go on.
    pub fn close(&self) {
        self.handle.inner.admission.close();
        self.handle.inner.alarm.ring();
    }

    /// Shuts the pool down: [closes](Self::close) it, waits until all leases are back, but no longer than `within`,
    /// stores all sessions and gives the sandboxes up. Leases that come back later are stored in the background.
    pub async fn drain(&self, within: Duration) -> Drained {
        self.close();
        let inner = self.handle.inner.clone();
        inner.come_to_rest(within).await;
        off_the_executor(move || inner.empty()).await
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("name", &self.handle.inner.config.name)
            .field("status", &self.status())
            .finish()
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.inner.admission.close();
        if self.inner.inventory.stock().parked > 0 {
            let inner = self.inner.clone();
            blocking::unblock(move || drop(inner.empty())).detach();
        }
        self.inner.alarm.ring();
    }
}

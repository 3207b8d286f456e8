use crate::builder::{Config, PoolBuilder, check_size};
use crate::deadline::{Deadline, in_time};
use crate::error::Error;
use crate::finder::Finder;
use crate::hooks::Lessee;
use crate::housed::Housing;
use crate::lease::{Lease, Leased};
use crate::maintenance::{self, Maintenance};
use crate::off_thread::off_the_executor;
use crate::session::{Cells, Keeper, Session, Sessions, Sleeper, greeted};
use crate::shared::Shared;
use crate::status::{Drained, Status};
use crate::store::{SessionKey, SessionStore, check_name};
use crate::tenant::{TenantSettings, TenantStatus, Tenants};
use hatchery::{Sandbox, SandboxBuilder};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

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

/// What all clones of a pool have in common, and leases have not: the services.
struct Handle {
    shared: Arc<Shared>,
    housing: Housing,
    tenants: Tenants,
    finder: Finder,
    sleeper: Arc<Sleeper>,
    sessions: Sessions,
    /// Held for its thread, which ends with it.
    maintenance: Option<Arc<Maintenance>>,
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
        let shared = Arc::new(Shared::new(config));
        let housing = Housing {
            shared: shared.clone(),
        };
        let tenants = Tenants::new(housing.clone(), sandbox);
        let usual = tenants.usual.clone();
        // Settings that no sandbox can have are better known now.
        if let Some(room) = shared.inventory.reserve() {
            let housed = housing.make(&usual, room)?;
            shared.inventory.put_clean(usual.id, housed, Instant::now());
        }
        let keeper = Arc::new(Keeper::new(shared.clone(), store));
        keeper.count_stored();
        let sleeper = Arc::new(Sleeper::new(housing.clone(), keeper, Cells::default()));
        let maintenance = Maintenance::new(housing.clone(), sleeper.clone(), usual);
        let maintenance = Arc::new(maintenance);
        maintenance::start(&maintenance).map_err(Error::Thread)?;
        let finder = Finder {
            housing: housing.clone(),
            sleeper: sleeper.clone(),
        };
        Ok(Self {
            handle: Arc::new(Handle {
                shared,
                housing,
                tenants,
                sessions: Sessions::new(finder.clone()),
                finder,
                sleeper,
                maintenance: Some(maintenance),
            }),
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
        self.handle.tenants.set(tenant, settings)
    }

    /// Forgets a tenant's settings and what it has had, and says what that was; `None` for one that is not known.
    /// Tenants that are not known have the usual settings.
    pub fn forget_tenant(&self, tenant: &str) -> Option<TenantStatus> {
        let status = self.tenant_status(tenant);
        self.handle.tenants.forget(tenant);
        status
    }

    /// The names of the tenants that the pool knows, in the order of the alphabet: those that have or have had a lease,
    /// wait for one, or have settings, and were not forgotten since.
    #[must_use]
    pub fn tenants(&self) -> Vec<String> {
        self.handle.tenants.names()
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
        let timeout = self.handle.shared.config.acquire_timeout;
        self.get_timeout(tenant, timeout).await
    }

    /// As [`get`](Self::get), and takes no longer than `timeout`, whatever the pool's is.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub async fn get_timeout(&self, tenant: &str, timeout: Duration) -> Result<Lease, Error> {
        let Handle {
            shared,
            housing,
            tenants,
            finder,
            ..
        } = &*self.handle;
        let tenant = tenants.find(tenant)?;
        let deadline = Deadline::after(timeout);
        let permit = finder.admit(&tenant, deadline).await?;
        let sandbox = finder.sandbox_for(&tenant);
        let housed = deadline
            .wait(&shared.meters, "a sandbox", sandbox)
            .await??;
        let leased = Leased::new(housed, permit, tenant.clone(), None, housing.clone());
        let lease = greeted(shared, Lease::new(leased), greet);
        let mut lease = deadline.wait(&shared.meters, "the hook", lease).await??;
        let greeted = await_greeting(&mut lease);
        deadline.wait(&shared.meters, "the hook", greeted).await??;
        Ok(lease)
    }

    /// As [`get`](Self::get), from blocking code.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub fn get_blocking(&self, tenant: &str) -> Result<Lease, Error> {
        futures_lite::future::block_on(self.get(tenant))
    }

    /// A sandbox for a tenant, if one can be had right now. No session is put to sleep for it. A reset that takes long, and
    /// the hook, take their time.
    ///
    /// # Errors
    ///
    /// [`Error::Full`] and [`Error::TenantFull`] when it would have to wait, and those of [`get`](Self::get).
    pub fn try_get(&self, tenant: &str) -> Result<Lease, Error> {
        let Handle {
            shared,
            housing,
            tenants,
            ..
        } = &*self.handle;
        let tenant = tenants.find(tenant)?;
        let permit = housing.permit_now(&tenant)?;
        let housed = housing.find_blocking(&tenant)?;
        let housed = housed.ok_or_else(|| shared.full())?;
        let leased = Leased::new(housed, permit, tenant.clone(), None, housing.clone());
        let mut lease = Lease::new(leased);
        let hooks = &shared.config.hooks;
        if hooks.on_lease.is_some() {
            greet(&mut lease)?;
        }
        if hooks.on_lease_async.is_some() {
            futures_lite::future::block_on(await_greeting(&mut lease))?;
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
        let timeout = self.handle.shared.config.acquire_timeout;
        self.session_timeout(tenant, session, timeout).await
    }

    /// As [`session`](Self::session), and takes no longer than `timeout`, whatever the pool's is.
    ///
    /// # Errors
    ///
    /// As [`session`](Self::session).
    pub async fn session_timeout(
        &self,
        tenant: &str,
        session: &str,
        timeout: Duration,
    ) -> Result<Session, Error> {
        let key = SessionKey::new(tenant, session)?;
        let tenant = self.handle.tenants.find(tenant)?;
        let deadline = Deadline::after(timeout);
        let sessions = &self.handle.sessions;
        let session = sessions.session(key, tenant, deadline).await?;
        self.greet_session(session, deadline).await
    }

    /// As [`session`](Self::session), if nobody has it and a sandbox is free for it right now. Only the store is waited for.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] when someone has the session, [`Error::Full`] and [`Error::TenantFull`], and those of
    /// [`session`](Self::session).
    pub async fn try_session(&self, tenant: &str, session: &str) -> Result<Session, Error> {
        let key = SessionKey::new(tenant, session)?;
        let tenant = self.handle.tenants.find(tenant)?;
        let deadline = Deadline::after(self.handle.shared.config.acquire_timeout);
        let sessions = &self.handle.sessions;
        let session = sessions.try_session(key, tenant, deadline).await?;
        self.greet_session(session, deadline).await
    }

    async fn greet_session(&self, session: Session, deadline: Deadline) -> Result<Session, Error> {
        let shared = &self.handle.shared;
        let session = greeted(shared, session, Session::call_on_lease);
        let mut session = deadline.wait(&shared.meters, "the hook", session).await??;
        let greeted = session.await_on_lease();
        deadline.wait(&shared.meters, "the hook", greeted).await??;
        Ok(session)
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
        self.handle.sessions.forget(key).await
    }

    /// The names of a tenant's sessions, live and stored, in the order of the alphabet.
    ///
    /// # Errors
    ///
    /// [`Error::Name`], and [`Error::List`] when the store fails.
    pub async fn sessions(&self, tenant: &str) -> Result<Vec<String>, Error> {
        check_name(tenant)?;
        self.handle.sessions.list(tenant).await
    }

    /// Says how many sandboxes there may be from now on: leased, idle, and live sessions. Who waits gets those that are
    /// more. When they become fewer, leases that are out go on; idle sandboxes are given up and sessions put to sleep
    /// until the rest fits.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] for 0, and for less than [`min_idle`](PoolBuilder::min_idle).
    pub fn resize(&self, sandboxes: usize) -> Result<(), Error> {
        let shared = &self.handle.shared;
        check_size(sandboxes, shared.config.idle_min, "resize")?;
        shared.size_max.store(sandboxes, Ordering::Relaxed);
        shared.inventory.resize(sandboxes);
        shared.admission.resize(sandboxes);
        shared.alarm.ring();
        Ok(())
    }

    /// Gives those idle sandboxes up that are not to stay, and says how many those were. `stays` is told how long each has
    /// been idle. Sessions are not asked for.
    pub fn retain(&self, mut stays: impl FnMut(&Sandbox, Duration) -> bool) -> usize {
        let Handle {
            shared, housing, ..
        } = &*self.handle;
        let now = Instant::now();
        let given_up = shared.inventory.take_unless(|housed, since| {
            stays(&housed.sandbox, now.saturating_duration_since(since))
        });
        let count = given_up.len();
        for housed in given_up {
            housing.give_up(housed);
        }
        shared.alarm.ring();
        count
    }

    /// What the pool has at the moment.
    #[must_use]
    pub fn status(&self) -> Status {
        let Handle {
            shared,
            sleeper,
            sessions,
            ..
        } = &*self.handle;
        shared.tell_gauges();
        let (load, stock) = (shared.admission.load(), shared.inventory.stock());
        Status {
            size: stock.size,
            size_max: shared.size_max.load(Ordering::Relaxed),
            leased: load.held,
            idle: stock.clean + stock.soiled,
            clean: stock.clean,
            waiting: load.waiting,
            sessions_live: sessions.live(),
            sessions_parked: stock.parked,
            session_bytes: stock.parked_bytes,
            checkpoint_bytes: stock.checkpoint_bytes,
            sessions_asleep: sleeper.keeper.asleep(),
            quarantined: shared.quarantined.load(Ordering::Relaxed),
            is_closed: load.is_closed,
        }
    }

    /// What a tenant has and has had; `None` for one that the pool does not know.
    #[must_use]
    pub fn tenant_status(&self, tenant: &str) -> Option<TenantStatus> {
        let account = self.handle.tenants.account(tenant)?;
        let (leased, waiting) = self.handle.shared.admission.of_tenant(tenant);
        Some(account.status(leased, waiting))
    }

    /// Lets nobody in any more: who waits and who comes gets [`Error::Closed`]. Leases that are out go on.
    pub fn close(&self) {
        self.handle.shared.admission.close();
        self.handle.shared.alarm.ring();
    }

    /// Shuts the pool down: [closes](Self::close) it, waits until all leases are back, but no longer than `within`,
    /// stores all sessions and gives the sandboxes up. Leases that come back later are stored in the background. A store
    /// that answers nothing for the pool's [`store_timeout`](PoolBuilder::store_timeout) is waited for no longer.
    pub async fn drain(&self, within: Duration) -> Drained {
        self.close();
        let Handle {
            shared, sleeper, ..
        } = &*self.handle;
        in_time(within, shared.admission.at_rest()).await;
        let leases_out = shared.admission.load().held;
        let failures = sleeper.put_all_to_sleep().await;
        let idle = shared.inventory.take_idle();
        let tenants = self.handle.clone();
        off_the_executor(move || {
            drop(idle);
            tenants.tenants.trim();
        })
        .await;
        shared.tell_gauges();
        Drained {
            leases_out,
            sessions_stored: sleeper.stored_at_close(),
            sessions_pending: sleeper.moving(),
            failures,
        }
    }
}

fn greet(lease: &mut Lease) -> Result<(), Error> {
    let tenant = lease.tenant().to_owned();
    let lessee = Lessee {
        tenant: &tenant,
        session: None,
    };
    lease.leased_mut().call_on_lease(&lessee)
}

async fn await_greeting(lease: &mut Lease) -> Result<(), Error> {
    let leased = lease.leased_mut();
    let tenant = leased.tenant.clone();
    let lessee = Lessee {
        tenant: &tenant.name,
        session: None,
    };
    leased.await_on_lease(lessee).await
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("name", &self.handle.shared.config.name)
            .field("status", &self.status())
            .finish()
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.admission.close();
        self.maintenance = None;
        if self.shared.inventory.stock().parked > 0 {
            self.sleeper.put_all_to_sleep_later();
        }
        let shared = self.shared.clone();
        blocking::unblock(move || drop(shared.inventory.take_idle())).detach();
        self.shared.alarm.ring();
    }
}

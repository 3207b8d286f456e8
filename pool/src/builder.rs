use crate::error::Error;
use crate::hooks::{HookError, HookFuture, Hooks, Lessee};
use crate::pool::Pool;
use crate::store::{MemoryStore, SessionStore};
use crate::tenant::LeaseUsage;
use hatchery::{AsyncSandbox, Sandbox, SandboxBuilder, SealingKey};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How many sandboxes a pool may have unless said otherwise.
pub const SIZE_MAX_DEFAULT: usize = 256;
/// How long a sandbox may be wanted by nobody unless said otherwise.
pub const IDLE_TIMEOUT_DEFAULT: Duration = Duration::from_secs(60);
/// How long a lease may be waited for unless said otherwise.
pub const ACQUIRE_TIMEOUT_DEFAULT: Duration = Duration::from_secs(30);
/// How long a call of the store is waited for unless said otherwise.
pub const STORE_TIMEOUT_DEFAULT: Duration = Duration::from_secs(30);
/// How long a returned sandbox waits for its tenant to come again unless said otherwise.
pub const RECYCLE_AFTER_DEFAULT: Duration = Duration::from_millis(2);
/// How much memory of their own live sessions may have that nobody uses, unless said otherwise.
pub const SESSION_MEMORY_BYTES_MAX_DEFAULT: u64 = 1 << 30;

/// How a [`Pool`] is made.
#[derive(Clone)]
#[must_use]
pub struct PoolBuilder {
    pub(crate) config: Config,
    pub(crate) sandbox: SandboxBuilder,
    pub(crate) store: Option<Arc<dyn SessionStore>>,
}

#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) name: String,
    pub(crate) size_max: usize,
    pub(crate) idle_min: usize,
    pub(crate) idle_timeout: Duration,
    pub(crate) acquire_timeout: Duration,
    pub(crate) store_timeout: Duration,
    pub(crate) recycle_after: Duration,
    pub(crate) always_strict: bool,
    pub(crate) tenant_leases_max: Option<usize>,
    pub(crate) session_memory_bytes_max: u64,
    pub(crate) session_idle_timeout: Option<Duration>,
    pub(crate) store_on_return: bool,
    pub(crate) session_key: Option<SealingKey>,
    pub(crate) hooks: Hooks,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // All but the key.
        f.debug_struct("Config")
            .field("name", &self.name)
            .field("size_max", &self.size_max)
            .field("idle_min", &self.idle_min)
            .field("idle_timeout", &self.idle_timeout)
            .field("acquire_timeout", &self.acquire_timeout)
            .field("store_timeout", &self.store_timeout)
            .field("recycle_after", &self.recycle_after)
            .field("always_strict", &self.always_strict)
            .field("tenant_leases_max", &self.tenant_leases_max)
            .field("session_memory_bytes_max", &self.session_memory_bytes_max)
            .field("session_idle_timeout", &self.session_idle_timeout)
            .field("store_on_return", &self.store_on_return)
            .field("has_session_key", &self.session_key.is_some())
            .field("hooks", &self.hooks)
            .finish()
    }
}

impl fmt::Debug for PoolBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PoolBuilder")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl PoolBuilder {
    pub(crate) fn new(sandbox: SandboxBuilder) -> Self {
        Self {
            config: Config {
                name: "default".to_owned(),
                size_max: SIZE_MAX_DEFAULT,
                idle_min: 0,
                idle_timeout: IDLE_TIMEOUT_DEFAULT,
                acquire_timeout: ACQUIRE_TIMEOUT_DEFAULT,
                store_timeout: STORE_TIMEOUT_DEFAULT,
                recycle_after: RECYCLE_AFTER_DEFAULT,
                always_strict: false,
                tenant_leases_max: None,
                session_memory_bytes_max: SESSION_MEMORY_BYTES_MAX_DEFAULT,
                session_idle_timeout: None,
                store_on_return: false,
                session_key: None,
                hooks: Hooks::default(),
            },
            sandbox,
            store: None,
        }
    }

    /// The pool's name in metrics and spans; `default` unless set.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.config.name = name.into();
        self
    }

    /// How many sandboxes there may be: leased, idle, and live sessions. [`SIZE_MAX_DEFAULT`] unless set.
    pub fn max_size(mut self, sandboxes: usize) -> Self {
        self.config.size_max = sandboxes;
        self
    }

    /// How many clean sandboxes are kept ready, made in the background; none unless set.
    pub fn min_idle(mut self, sandboxes: usize) -> Self {
        self.config.idle_min = sandboxes;
        self
    }

    /// How long a sandbox may be idle before it is given up, down to [`min_idle`](Self::min_idle);
    /// [`IDLE_TIMEOUT_DEFAULT`] unless set.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.config.idle_timeout = timeout;
        self
    }

    /// How long [`Pool::get`] and [`Pool::session`] take at most: the wait for a turn, a session that is put to sleep to
    /// make room, what the store has to read, and the hook. [`ACQUIRE_TIMEOUT_DEFAULT`] unless set.
    pub fn acquire_timeout(mut self, timeout: Duration) -> Self {
        self.config.acquire_timeout = timeout;
        self
    }

    /// How long a call of the store is waited for; [`STORE_TIMEOUT_DEFAULT`] unless set. A store may take longer to store a
    /// session: it goes on, and that session can neither be leased nor stored again before it has ended.
    pub fn store_timeout(mut self, timeout: Duration) -> Self {
        self.config.store_timeout = timeout;
        self
    }

    /// How long a returned sandbox waits, as its tenant left it, for someone to want it right away; then it is reset
    /// strictly in the background. [`RECYCLE_AFTER_DEFAULT`] unless set.
    pub fn recycle_after(mut self, wait: Duration) -> Self {
        self.config.recycle_after = wait;
        self
    }

    /// Resets strictly between any two leases, those of one tenant too.
    pub fn always_strict(mut self, always: bool) -> Self {
        self.config.always_strict = always;
        self
    }

    /// How many sandboxes a tenant may have at once; all of them unless set. See
    /// [`TenantSettings::max_leases`](crate::TenantSettings::max_leases).
    pub fn tenant_max_leases(mut self, leases: usize) -> Self {
        self.config.tenant_leases_max = Some(leases);
        self
    }

    /// Where sleeping sessions are kept; in a [`MemoryStore`] unless set.
    pub fn store(mut self, store: impl SessionStore) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// As [`store`](Self::store), for one that others use too.
    pub fn shared_store(mut self, store: Arc<dyn SessionStore>) -> Self {
        self.store = Some(store);
        self
    }

    /// A key that vouches for stored sessions: one that was written without it, damaged, or moved to another tenant's
    /// or session's name is refused.
    pub fn session_key(mut self, key: impl Into<SealingKey>) -> Self {
        self.config.session_key = Some(key.into());
        self
    }

    /// How much memory of their own live sessions may have that nobody uses, in bytes, together with the checkpoints that
    /// those in use can go back to; past it the least recently used are put to sleep. [`SESSION_MEMORY_BYTES_MAX_DEFAULT`] unless set.
    pub fn max_session_memory_bytes(mut self, bytes: u64) -> Self {
        self.config.session_memory_bytes_max = bytes;
        self
    }

    /// How long a live session may be used by nobody before it is put to sleep; for ever, while memory is not short,
    /// unless set.
    pub fn session_idle_timeout(mut self, timeout: Duration) -> Self {
        self.config.session_idle_timeout = Some(timeout);
        self
    }

    /// Stores a session each time that it is returned, before anyone can have it again. Otherwise it is stored when it
    /// is put to sleep, at [`Session::save`](crate::Session::save), and when the pool is drained, and a crash before
    /// that loses what happened since.
    pub fn store_on_return(mut self, store: bool) -> Self {
        self.config.store_on_return = store;
        self
    }

    /// Called before a sandbox or a session is leased. If it refuses, so does [`Pool::get`] or [`Pool::session`].
    ///
    /// All hooks may run Python: they are called on threads that may wait, except by [`Pool::try_get`], which calls them
    /// where it is called.
    pub fn on_lease(
        mut self,
        hook: impl Fn(&Lessee<'_>, &mut Sandbox) -> Result<(), HookError> + Send + Sync + 'static,
    ) -> Self {
        self.config.hooks.on_lease = Some(Arc::new(hook));
        self
    }

    /// As [`on_lease`](Self::on_lease), awaited in the task that waits for the lease, after the other one. It counts
    /// towards the same deadline. [`Pool::try_get`] blocks on it.
    ///
    /// ```no_run
    /// # fn example(sandbox: hatchery::SandboxBuilder) -> hatchery_pool::PoolBuilder {
    /// hatchery_pool::Pool::builder(sandbox).on_lease_async(|lessee, sandbox| {
    ///     Box::pin(async move {
    ///         sandbox.execute(format!("tenant = {:?}", lessee.tenant)).await?;
    ///         Ok(())
    ///     })
    /// })
    /// # }
    /// ```
    pub fn on_lease_async(
        mut self,
        hook: impl for<'a> Fn(Lessee<'a>, &'a mut AsyncSandbox) -> HookFuture<'a>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        self.config.hooks.on_lease_async = Some(Arc::new(hook));
        self
    }

    /// Called when a sandbox or a session comes back. If it refuses, a sandbox is given up, and a session goes back to what
    /// it was when it was leased or last saved.
    pub fn on_return(
        mut self,
        hook: impl Fn(&Lessee<'_>, &mut Sandbox, &LeaseUsage) -> Result<(), HookError>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        self.config.hooks.on_return = Some(Arc::new(hook));
        self
    }

    /// Called after each reset, to see that the sandbox is well. If it refuses, the sandbox is given up and replaced.
    pub fn on_reset(
        mut self,
        hook: impl Fn(&mut Sandbox) -> Result<(), HookError> + Send + Sync + 'static,
    ) -> Self {
        self.config.hooks.on_reset = Some(Arc::new(hook));
        self
    }

    /// Makes the pool and starts its own thread, which makes, resets and puts to sleep.
    ///
    /// # Errors
    ///
    /// - [`Error::Setting`] for what no pool can be made with.
    /// - [`Error::Sandbox`] when no sandbox can be made: one is, to see.
    /// - [`Error::Thread`] when the thread does not start.
    pub fn build(self) -> Result<Pool, Error> {
        self.check()?;
        let Self {
            config,
            sandbox,
            store,
        } = self;
        let store = store.unwrap_or_else(|| Arc::new(MemoryStore::new()));
        Pool::start(config, sandbox, store)
    }

    fn check(&self) -> Result<(), Error> {
        let config = &self.config;
        let refuse = |name, what: &str| {
            Err(Error::Setting {
                name,
                what: what.to_owned(),
            })
        };
        check_size(config.size_max, config.idle_min, "max_size")?;
        if config.tenant_leases_max == Some(0) {
            return refuse("tenant_max_leases", "it is 0: no tenant could have any");
        }
        if config.store_timeout.is_zero() {
            return refuse("store_timeout", "it is 0: no session could be stored");
        }
        if config.acquire_timeout.is_zero() {
            return refuse("acquire_timeout", "it is 0: use try_get");
        }
        Ok(())
    }
}

/// Refuses a size that no pool can have. `name` is the method that sets it.
pub(crate) fn check_size(
    size_max: usize,
    idle_min: usize,
    name: &'static str,
) -> Result<(), Error> {
    let refuse = |name, what: &str| {
        Err(Error::Setting {
            name,
            what: what.to_owned(),
        })
    };
    if size_max == 0 {
        return refuse(name, "it is 0");
    }
    if idle_min > size_max {
        return refuse("min_idle", "it is more than the pool's size");
    }
    Ok(())
}

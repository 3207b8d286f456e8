//! Who calls a host function or writes a line: which sandbox, for whom.

use hatchery_engine::Interrupter;
use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

/// The sandbox whose program calls a host function, or writes to an output or log handler.
///
/// Forks, leases and sessions share the closures that they are made with; this tells them apart. It is there while such
/// a closure is called, on the thread that calls it. An asynchronous host function asks for it before its future:
///
/// ```
/// use hatchery::{Caller, HostError, HostFunctions};
///
/// let functions = HostFunctions::new()
///     .function("whoami", |(): ()| {
///         let caller = Caller::current().expect("a program calls");
///         Ok::<_, HostError>(caller.tenant().map(str::to_owned))
///     })
///     .async_function("fetch", |(url,): (String,)| {
///         let caller = Caller::current().expect("a program calls");
///         async move { Ok::<_, HostError>(format!("{url} for {:?}", caller.tenant())) }
///     });
/// # assert_eq!(functions.names().count(), 2);
/// ```
#[derive(Clone)]
pub struct Caller {
    identity: Identity,
    run: u64,
    interrupter: Interrupter,
}

/// Whom a sandbox is for, as its owner has said.
#[derive(Clone, Default)]
pub(crate) struct Identity {
    pub(crate) tenant: Option<Arc<str>>,
    pub(crate) session: Option<Arc<str>>,
    pub(crate) data: Option<Arc<dyn Any + Send + Sync>>,
}

thread_local! {
    static CURRENT: RefCell<Option<Caller>> = const { RefCell::new(None) };
}

impl Caller {
    pub(crate) fn new(identity: Identity, run: u64, interrupter: Interrupter) -> Self {
        Self {
            identity,
            run,
            interrupter,
        }
    }

    /// Whose program has called the host function or handler that this thread is in; `None` outside of one.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.with_borrow(Clone::clone)
    }

    /// The tenant of a pool's lease or session, or what [`Sandbox::set_identity`](crate::Sandbox::set_identity) said.
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        self.identity.tenant.as_deref()
    }

    /// The name of a pool's session, or what [`Sandbox::set_identity`](crate::Sandbox::set_identity) said.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        self.identity.session.as_deref()
    }

    /// Which run of the sandbox it is, counted from 1; resets do not begin anew.
    #[must_use]
    pub fn run(&self) -> u64 {
        self.run
    }

    /// What [`Sandbox::set_user_data`](crate::Sandbox::set_user_data) has left, if it is a `T`.
    #[must_use]
    pub fn data<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.identity.data.clone()?.downcast().ok()
    }

    /// Ends the run that calls, from within it too.
    #[must_use]
    pub fn interrupter(&self) -> &Interrupter {
        &self.interrupter
    }

    /// Calls `f` with this as the current caller.
    pub(crate) fn scope<R>(self, f: impl FnOnce() -> R) -> R {
        Self::set_while(Some(self), f)
    }

    /// Calls `f` with no current caller: a host function that runs another sandbox lends it nothing.
    pub(crate) fn outside<R>(f: impl FnOnce() -> R) -> R {
        Self::set_while(None, f)
    }

    fn set_while<R>(current: Option<Self>, f: impl FnOnce() -> R) -> R {
        /// Puts the outer caller back, also after a panic.
        struct Leave(Option<Caller>);
        impl Drop for Leave {
            fn drop(&mut self) {
                CURRENT.set(self.0.take());
            }
        }
        let _leave = Leave(CURRENT.replace(current));
        f()
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("tenant", &self.tenant())
            .field("session", &self.session())
            .field("run", &self.run)
            .finish_non_exhaustive()
    }
}

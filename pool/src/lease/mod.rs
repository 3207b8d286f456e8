//! Sandboxes on loan.

mod leased;
pub(crate) mod methods;

pub(crate) use leased::{Leased, Settled};
pub use methods::LeasedSandbox;

use crate::Error;
use hatchery::AsyncSandbox;
use std::fmt;
use std::ops::Deref;

/// A sandbox on loan, in the golden state at first. Dropping it returns it.
///
/// It does what an [`AsyncSandbox`] does; [`blocking`](Self::blocking) gives the same to blocking code. What is returned
/// is reset before anyone has it again, off the way of who returns it. A run that was cancelled ends first.
///
/// A lease keeps its sandbox: nobody can exchange those of two leases, which are of two tenants perhaps.
///
/// ```compile_fail
/// # fn example(mut ana: hatchery_pool::Lease, mut ben: hatchery_pool::Lease) {
/// std::mem::swap(&mut *ana, &mut *ben);
/// # }
/// ```
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

    /// Makes `count` leases of the same tenant that go on from here, as [`AsyncSandbox::fork`] does. Each counts as a
    /// lease of its own, and does not wait for its turn: who holds one lease and waits for more could wait for ever.
    ///
    /// # Errors
    ///
    /// [`Error::Full`] and [`Error::TenantFull`] when there is no room for so many, [`Error::Closed`], and
    /// [`Error::Sandbox`]; none is made then.
    pub async fn fork(&mut self, count: usize) -> Result<Vec<Self>, Error> {
        self.leased_mut().fork(count).await
    }

    /// Takes the sandbox out of the pool for good. The pool may make another in its place.
    ///
    /// The lease ends here, after a run that was cancelled: the tenant's account has what was used until now, and nothing
    /// of what the sandbox does later. The hook for returned sandboxes is not called. Host functions see no tenant and no
    /// user data any more, unless the sandbox is given them again.
    #[must_use]
    pub fn detach(mut self) -> AsyncSandbox {
        let leased = self.leased.take().expect("it is returned by its drop");
        leased.detach()
    }

    fn leased(&self) -> &Leased {
        self.leased.as_ref().expect("it is returned by its drop")
    }

    pub(crate) fn leased_mut(&mut self) -> &mut Leased {
        self.leased.as_mut().expect("it is returned by its drop")
    }

    fn sandbox_mut(&mut self) -> &mut AsyncSandbox {
        &mut self.leased_mut().sandbox
    }
}

methods::sandbox_methods!(Lease);

impl Deref for Lease {
    type Target = AsyncSandbox;

    fn deref(&self) -> &AsyncSandbox {
        &self.leased().sandbox
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
        let Some(leased) = self.leased.take() else {
            return;
        };
        // The hook may run Python.
        if leased.housing.shared.config.hooks.on_return.is_some() {
            leased.settle_elsewhere(Settled::shelve);
        } else {
            leased.settle(Settled::shelve);
        }
    }
}

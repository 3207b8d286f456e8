//! Permits: the right to have one of the pool's sandboxes.

#[cfg(all(test, shuttle))]
mod interleavings;
mod queue;

pub(crate) use queue::{Name, Outcome, Refusal};

use crate::sync::Mutex;
use queue::Queue;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// Hands out a fixed number of permits, in turn among tenants. Cloning gives the same one.
#[derive(Debug, Clone)]
pub(crate) struct Admission {
    queue: Arc<Mutex<Queue>>,
}

/// How many permits there are and who waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Load {
    /// By tenants.
    pub(crate) held: usize,
    pub(crate) waiting: usize,
    pub(crate) is_closed: bool,
}

impl Admission {
    /// So many permits, of which a tenant may have `limit_usual` unless something else is said of it.
    pub(crate) fn new(permits: usize, limit_usual: Option<usize>) -> Self {
        Self {
            queue: Arc::new(Mutex::new(Queue::new(permits, limit_usual))),
        }
    }

    /// A permit at once, or why there is none.
    pub(crate) fn try_acquire(&self, name: &Name) -> Result<Permit, Refusal> {
        self.queue.lock().try_take(name)?;
        Ok(self.permit(Some(name.clone())))
    }

    /// Says how many permits a tenant may have, or that it may have as many as any other. Those of it who wait and may
    /// have one now get it, and are woken when what is returned is dropped.
    pub(crate) fn set_limit(&self, name: &Name, limit: Option<usize>) -> Served {
        Served(self.queue.lock().set_limit(name, limit))
    }

    /// Says how many permits there may be from now on.
    pub(crate) fn resize(&self, permits: usize) {
        let served = self.queue.lock().resize(permits);
        wake_all(served);
    }

    /// A permit for the pool's own work, if nobody else has a use for it.
    pub(crate) fn try_acquire_spare(&self) -> Option<Permit> {
        let taken = self.queue.lock().try_take_spare();
        taken.then(|| self.permit(None))
    }

    /// A permit when it is the tenant's turn. Dropping the future gives up the wait, and loses nothing.
    pub(crate) fn acquire(&self, name: &Name) -> Acquire {
        Acquire {
            admission: self.clone(),
            name: name.clone(),
            number: None,
        }
    }

    /// Lets nobody in any more; tells those who wait.
    pub(crate) fn close(&self) {
        let told = self.queue.lock().close();
        wake_all(told);
    }

    pub(crate) fn load(&self) -> Load {
        let queue = self.queue.lock();
        Load {
            held: queue.held(),
            waiting: queue.waiting(),
            is_closed: queue.is_closed(),
        }
    }

    /// How many permits a tenant has, and how many it waits for.
    pub(crate) fn of_tenant(&self, name: &str) -> (usize, usize) {
        self.queue.lock().of_tenant(name)
    }

    /// Work that may outlive whoever has begun it, and his permit: until it is dropped, nothing is at rest.
    pub(crate) fn begin_work(&self) -> Work {
        self.queue.lock().begin_work();
        Work(self.clone())
    }

    /// Waits until all permits are back, and no work goes on.
    pub(crate) async fn at_rest(&self) {
        poll_fn(
            |context| match self.queue.lock().is_at_rest(context.waker()) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            },
        )
        .await;
    }

    fn permit(&self, name: Option<Name>) -> Permit {
        Permit {
            admission: self.clone(),
            name,
        }
    }
}

/// Tasks that have what they waited for. Dropping it wakes them.
#[derive(Debug)]
#[must_use = "drop it when no lock is held"]
pub(crate) struct Served(Vec<Waker>);

impl Drop for Served {
    fn drop(&mut self) {
        wake_all(self.0.drain(..));
    }
}

/// Wakes tasks, with no lock held: a waker runs code that is not the pool's.
fn wake_all(wakers: impl IntoIterator<Item = Waker>) {
    for waker in wakers {
        waker.wake();
    }
}

/// The right to have a sandbox. Dropping it passes it on.
#[derive(Debug)]
pub(crate) struct Permit {
    admission: Admission,
    /// `None` for the pool itself.
    name: Option<Name>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut queue = self.admission.queue.lock();
        let next = queue.release(self.name.as_ref());
        let resting = queue.take_resting();
        drop(queue);
        wake_all(next.into_iter().chain(resting));
    }
}

/// Something goes on.
#[derive(Debug)]
pub(crate) struct Work(Admission);

impl Drop for Work {
    fn drop(&mut self) {
        let mut queue = self.0.queue.lock();
        queue.end_work();
        let resting = queue.take_resting();
        drop(queue);
        wake_all(resting);
    }
}

/// A wait for a permit.
#[derive(Debug)]
pub(crate) struct Acquire {
    admission: Admission,
    name: Name,
    /// In the queue, once it waits there.
    number: Option<usize>,
}

impl Future for Acquire {
    type Output = Result<Permit, Refusal>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let mut queue = this.admission.queue.lock();
        let outcome = match this.number {
            Some(number) => queue.outcome(number, context.waker()),
            None => match queue.try_take(&this.name) {
                Ok(()) => {
                    drop(queue);
                    return Poll::Ready(Ok(this.admission.permit(Some(this.name.clone()))));
                }
                Err(Refusal::Closed) => return Poll::Ready(Err(Refusal::Closed)),
                Err(Refusal::Full | Refusal::TenantFull { .. }) => {
                    let waker = context.waker().clone();
                    this.number = Some(queue.join(&this.name, waker));
                    return Poll::Pending;
                }
            },
        };
        let (Some(outcome), Some(number)) = (outcome, this.number) else {
            return Poll::Pending;
        };
        queue.served(number);
        drop(queue);
        this.number = None;
        Poll::Ready(match outcome {
            Outcome::Granted => Ok(this.admission.permit(Some(this.name.clone()))),
            Outcome::Closed => Err(Refusal::Closed),
        })
    }
}

impl Drop for Acquire {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            let waker = self.admission.queue.lock().leave(number);
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }
}

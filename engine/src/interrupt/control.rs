//! What an instance, its interrupters, its host functions and the watchdog share.

use super::Watchdog;
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

/// Why a call was interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InterruptCause {
    /// Its deadline passed.
    Deadline,
    /// It had all the processor time that it may have.
    CpuTime,
    /// Someone called [`Interrupter::interrupt`].
    Cancelled,
}

/// The call was interrupted. A host function returns this to end the guest that called it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the guest was interrupted: {}", match .cause {
    InterruptCause::Deadline => "its deadline passed",
    InterruptCause::CpuTime => "its processor time was spent",
    InterruptCause::Cancelled => "it was cancelled",
})]
pub struct Interrupted {
    /// Why.
    pub cause: InterruptCause,
}

/// A call may go on.
const CLEAR: u8 = 0;
/// The deadline of the call in progress has passed.
const EXPIRED: u8 = 1;
/// The call in progress, or else the next one, is cancelled.
const CANCELLED: u8 = 2;
/// The processor time of the call in progress is spent.
const CPU_SPENT: u8 = 3;

/// The state of one instance's interrupts.
#[derive(Debug, Default)]
pub(crate) struct Control {
    request: AtomicU8,
    deadline: Mutex<Option<Instant>>,
    requested: Condvar,
}

impl Control {
    /// Why the guest has to end, if it has to.
    pub(crate) fn cause(&self) -> Option<InterruptCause> {
        match self.request.load(Ordering::Acquire) {
            EXPIRED => Some(InterruptCause::Deadline),
            CANCELLED => Some(InterruptCause::Cancelled),
            CPU_SPENT => Some(InterruptCause::CpuTime),
            _ => None,
        }
    }

    /// A limit of the call in progress is reached.
    pub(super) fn expire(&self, cause: InterruptCause) {
        let request = match cause {
            InterruptCause::Deadline => EXPIRED,
            InterruptCause::CpuTime => CPU_SPENT,
            InterruptCause::Cancelled => CANCELLED,
        };
        // A cancellation is not overwritten: it outlives the call, an expired deadline does not.
        let _ = self
            .request
            .compare_exchange(CLEAR, request, Ordering::AcqRel, Ordering::Acquire);
        self.wake();
    }

    pub(super) fn cancel(&self) {
        self.request.store(CANCELLED, Ordering::Release);
        self.wake();
    }

    pub(crate) fn wake(&self) {
        // The lock is taken so that a sleeper is either not yet checking the request or already waiting.
        drop(self.deadline.lock());
        self.requested.notify_all();
    }

    /// Notes the deadline of a call that begins, for host functions to see.
    pub(super) fn begin(&self, deadline: Option<Instant>) {
        *self.deadline.lock() = deadline;
    }

    /// Forgets the deadline of a call that has ended, whether it passed or not.
    pub(super) fn end(&self) {
        *self.deadline.lock() = None;
        for request in [EXPIRED, CPU_SPENT] {
            let _ =
                self.request
                    .compare_exchange(request, CLEAR, Ordering::AcqRel, Ordering::Acquire);
        }
    }

    /// Forgets every request.
    pub(crate) fn clear(&self) {
        self.request.store(CLEAR, Ordering::Release);
    }
}

/// Interrupts one instance, from any thread, and lets its host functions notice.
///
/// Cloning is cheap. An interrupter outlives its instance without harm.
#[derive(Debug, Clone)]
pub struct Interrupter {
    control: Arc<Control>,
    watchdog: Arc<Watchdog>,
}

impl Interrupter {
    pub(crate) fn new(control: Arc<Control>, watchdog: Arc<Watchdog>) -> Self {
        Self { control, watchdog }
    }

    pub(crate) fn control(&self) -> &Arc<Control> {
        &self.control
    }

    pub(crate) fn watchdog(&self) -> &Arc<Watchdog> {
        &self.watchdog
    }

    /// Ends the call in progress, or else the next one.
    ///
    /// The request stays until a call has been ended by it or the instance is reset. Returns at once; the guest stops
    /// within about a millisecond.
    pub fn interrupt(&self) {
        self.watchdog.cancel(&self.control);
    }

    /// Fails when the guest has to end; to be asked by host functions between steps of long work.
    ///
    /// # Errors
    ///
    /// [`Interrupted`], which the host function should return.
    pub fn check(&self) -> Result<(), Interrupted> {
        self.control
            .cause()
            .map_or(Ok(()), |cause| Err(Interrupted { cause }))
    }

    /// When the call in progress will be interrupted, if it has a deadline.
    pub fn deadline(&self) -> Option<Instant> {
        *self.control.deadline.lock()
    }

    /// Sleeps in a host function, no longer than the guest may run.
    ///
    /// # Errors
    ///
    /// [`Interrupted`], as soon as the guest has to end.
    pub fn sleep(&self, duration: Duration) -> Result<(), Interrupted> {
        let until = Instant::now().checked_add(duration);
        self.wait_until(until, || false).map(drop)
    }

    /// Waits in a host function until something `is_ready`, for ever or `until` at the latest. Whoever makes it ready
    /// calls [`wake`](Self::wake) afterwards. Says whether it was ready.
    ///
    /// # Errors
    ///
    /// [`Interrupted`], as soon as the guest has to end.
    pub(crate) fn wait_until(
        &self,
        until: Option<Instant>,
        is_ready: impl Fn() -> bool,
    ) -> Result<bool, Interrupted> {
        let mut deadline = self.control.deadline.lock();
        let requested = &self.control.requested;
        loop {
            self.check()?;
            if is_ready() {
                return Ok(true);
            }
            match until {
                Some(until) => {
                    if requested.wait_until(&mut deadline, until).timed_out() {
                        return self.check().map(|()| is_ready());
                    }
                }
                None => requested.wait(&mut deadline),
            }
        }
    }

    /// Has [`wait_until`](Self::wait_until) look again.
    pub(crate) fn wake(&self) {
        self.control.wake();
    }
}

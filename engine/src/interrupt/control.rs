//! What an instance, its interrupters, its host functions and the watchdog share.

use super::Watchdog;
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

/// Why a call was interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InterruptCause {
    /// Its deadline passed.
    Deadline,
    /// It had all the processor time that it may have.
    CpuTime,
    /// Someone called [`Interrupter::interrupt`], for this guest or for one whose host function runs it.
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
/// The run in progress is cancelled.
const CANCELLED: u8 = 2;
/// The processor time of the call in progress is spent.
const CPU_SPENT: u8 = 3;

/// The state of one instance's interrupts.
#[derive(Debug, Default)]
pub(crate) struct Control {
    request: AtomicU8,
    progress: Mutex<Progress>,
    requested: Condvar,
}

#[derive(Debug, Default)]
struct Progress {
    /// Runs and calls in progress, one within the other. A cancellation ends with the outermost.
    runs: u32,
    deadline: Option<Instant>,
    /// The guest that a host function of this one runs: it is cancelled with this one.
    inner: Option<Interrupter>,
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

    /// Cancels the run in progress. `Err` when there is none; else the guest that runs within it, if any.
    pub(super) fn cancel(&self) -> Result<Option<Interrupter>, ()> {
        let progress = self.progress.lock();
        if progress.runs == 0 {
            return Err(());
        }
        self.request.store(CANCELLED, Ordering::Release);
        self.requested.notify_all();
        Ok(progress.inner.clone())
    }

    pub(crate) fn wake(&self) {
        // The lock is taken so that a sleeper is either not yet checking the request or already waiting.
        drop(self.progress.lock());
        self.requested.notify_all();
    }

    /// A call begins. Its deadline is for host functions to see.
    pub(super) fn begin(&self, deadline: Option<Instant>) {
        let mut progress = self.progress.lock();
        progress.runs += 1;
        progress.deadline = deadline;
    }

    /// A call has ended, whether its deadline passed or not.
    pub(super) fn end(&self) {
        let mut progress = self.progress.lock();
        progress.deadline = None;
        for request in [EXPIRED, CPU_SPENT] {
            let _ =
                self.request
                    .compare_exchange(request, CLEAR, Ordering::AcqRel, Ordering::Acquire);
        }
        self.leave(&mut progress);
    }

    fn leave(&self, progress: &mut Progress) {
        progress.runs -= 1;
        if progress.runs == 0 {
            self.request.store(CLEAR, Ordering::Release);
        }
    }

    /// Notes the guest that a host function of this one runs from now on, or that it runs none any more.
    pub(super) fn set_inner(&self, inner: Option<Interrupter>) {
        self.progress.lock().inner = inner;
    }
}

/// A run in progress: from when it is wanted to when its last call has returned. See [`Interrupter::begin_run`].
#[derive(Debug)]
#[must_use = "the run is over when this is dropped"]
pub struct RunInProgress(Arc<Control>);

impl Drop for RunInProgress {
    fn drop(&mut self) {
        let mut progress = self.0.progress.lock();
        self.0.leave(&mut progress);
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
    pub(super) fn new(control: Arc<Control>, watchdog: Arc<Watchdog>) -> Self {
        Self { control, watchdog }
    }

    pub(super) fn control(&self) -> &Arc<Control> {
        &self.control
    }

    pub(super) fn watchdog(&self) -> &Arc<Watchdog> {
        &self.watchdog
    }

    /// Ends the run in progress, and the guests that its host functions run. Says whether there was one.
    ///
    /// Returns at once; the guest stops within about a millisecond. With no run in progress nothing happens: an
    /// interrupt never reaches a later run.
    #[expect(
        clippy::must_use_candidate,
        reason = "most callers cannot do more about it"
    )]
    pub fn interrupt(&self) -> bool {
        match self.control.cancel() {
            Err(()) => false,
            Ok(inner) => {
                self.watchdog.kick(&self.control);
                if let Some(inner) = inner {
                    inner.interrupt();
                }
                true
            }
        }
    }

    /// Says that a run is in progress until the result is dropped, of which calls of the instance are parts: one that is
    /// interrupted between two calls, or before the first, does not get to its next call.
    pub fn begin_run(&self) -> RunInProgress {
        self.control.progress.lock().runs += 1;
        RunInProgress(self.control.clone())
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
        self.control.progress.lock().deadline
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
    pub fn wait_until(
        &self,
        until: Option<Instant>,
        is_ready: impl Fn() -> bool,
    ) -> Result<bool, Interrupted> {
        let mut progress = self.control.progress.lock();
        let requested = &self.control.requested;
        loop {
            self.check()?;
            if is_ready() {
                return Ok(true);
            }
            match until {
                Some(until) => {
                    if requested.wait_until(&mut progress, until).timed_out() {
                        return self.check().map(|()| is_ready());
                    }
                }
                None => requested.wait(&mut progress),
            }
        }
    }

    /// Has [`wait_until`](Self::wait_until) look again.
    pub fn wake(&self) {
        self.control.wake();
    }
}

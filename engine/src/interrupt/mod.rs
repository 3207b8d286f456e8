//! Interrupts: a deadline or another thread ends a guest call.
//!
//! One interface over two mechanisms. [`InterruptKind::Signal`] costs the guest nothing: the watchdog signals the
//! guest's thread and the handler moves it to a trapping instruction. [`InterruptKind::Epoch`] is portable and has
//! the compiler put a check into every loop and function.
//!
//! ```text
//!   call ──begin──► Watchdog (a thread that sleeps until the nearest deadline)
//!    │               │ deadline passed, or Interrupter::interrupt
//!    │               ▼
//!    │            Control.expire ──► host functions see it, sleeping ones wake
//!    │               │
//!    │               ▼  again and again until the call has ended
//!    ◄─────────── kick: bump the epoch, or signal the thread
//! ```

mod code;
mod control;
mod epoch;
mod watchdog;

pub(crate) use code::{CodeRange, find_trap_site};
pub(crate) use control::Control;
pub use control::{InterruptCause, Interrupted, Interrupter};
pub(crate) use watchdog::{Kick, Watchdog};

use crate::store::StoreData;
use epoch::EpochKick;
use std::sync::Arc;
use std::time::Instant;
use wasmtime::{Engine, Store};

/// How a running guest is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InterruptKind {
    /// A signal to the guest's thread; no cost in the guest's code. x86-64 Linux.
    Signal,
    /// Checks compiled into the guest's code. Everywhere.
    Epoch,
}

impl InterruptKind {
    /// The best one on this machine.
    pub fn best_available() -> Self {
        if Self::Signal.prepare().is_ok() {
            Self::Signal
        } else {
            Self::Epoch
        }
    }

    /// Makes the process ready for this kind, once.
    pub(crate) fn prepare(self) -> Result<(), ()> {
        match self {
            Self::Signal => Err(()),
            Self::Epoch => Ok(()),
        }
    }
}

impl std::fmt::Display for InterruptKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Signal => "signal",
            Self::Epoch => "epoch",
        })
    }
}

/// One instance's way of being stopped.
#[derive(Clone)]
pub(crate) struct Stopper {
    interrupter: Interrupter,
    mechanism: Mechanism,
}

#[derive(Clone)]
enum Mechanism {
    Epoch(Arc<EpochKick>),
}

/// How a call that was watched over has ended.
pub(crate) struct Watched<R> {
    pub(crate) value: R,
    /// Why it should have ended, if it should.
    pub(crate) cause: Option<InterruptCause>,
    /// Whether a trap at `unreachable` was the interrupt's doing.
    pub(crate) landed: bool,
}

impl Stopper {
    pub(crate) fn new(
        kind: InterruptKind,
        engine: &Engine,
        watchdog: &Arc<Watchdog>,
        _code: Option<CodeRange>,
    ) -> Self {
        let control = Arc::new(Control::default());
        let mechanism = match kind {
            InterruptKind::Epoch | InterruptKind::Signal => {
                Mechanism::Epoch(Arc::new(EpochKick(engine.clone())))
            }
        };
        Self {
            interrupter: Interrupter::new(control, watchdog.clone()),
            mechanism,
        }
    }

    pub(crate) fn interrupter(&self) -> &Interrupter {
        &self.interrupter
    }

    pub(crate) fn control(&self) -> &Control {
        self.interrupter.control()
    }

    /// Prepares a store whose guest is to be stopped this way.
    pub(crate) fn attend<T: 'static>(&self, store: &mut Store<StoreData<T>>) {
        match &self.mechanism {
            Mechanism::Epoch(_) => epoch::attend(store),
        }
    }

    /// Runs a guest call under watch. The call does not begin if the guest has to end already.
    ///
    /// # Errors
    ///
    /// The watchdog's thread cannot be started; the call has not begun.
    pub(crate) fn watch<R>(
        &self,
        deadline: Option<Instant>,
        call: impl FnOnce() -> R,
    ) -> std::io::Result<Result<Watched<R>, Interrupted>> {
        let control = self.interrupter.control();
        let kick: Arc<dyn Kick> = match &self.mechanism {
            Mechanism::Epoch(kick) => kick.clone(),
        };
        let running = self.interrupter.watchdog().begin(control, deadline, kick)?;
        if let Err(interrupted) = self.interrupter.check() {
            drop(running);
            control.clear();
            return Ok(Err(interrupted));
        }
        let (value, landed) = match &self.mechanism {
            Mechanism::Epoch(_) => (call(), false),
        };
        let cause = control.cause();
        drop(running);
        Ok(Ok(Watched {
            value,
            cause,
            landed,
        }))
    }
}

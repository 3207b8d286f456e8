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

mod budget;
mod code;
mod control;
mod epoch;
mod watchdog;

use budget::Budget;
pub use budget::CallLimits;
pub(crate) use code::{TrapSite, code_range, find_trap_site};
pub(crate) use control::Control;
pub use control::{InterruptCause, Interrupted, Interrupter, RunInProgress};
pub(crate) use watchdog::Watchdog;

use crate::store::StoreData;
use crate::sys::code::CodeRange;
use crate::sys::exit::ExitState;
use crate::sys::signal::{self, Target};
use epoch::EpochKick;
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use wasmtime::{Engine, Func, Store};
use watchdog::Kick;

/// How a running guest is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
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
            Self::Signal => signal::prepare(),
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

thread_local! {
    /// What the call in progress on this thread may take: a call made by its host functions gets no more.
    static BUDGET: Cell<Budget> = const { Cell::new(Budget::NONE) };
    /// The interrupter of the call in progress on this thread, with which calls made by its host functions end too.
    static CURRENT: RefCell<Option<Interrupter>> = const { RefCell::new(None) };
}

/// One instance's way of being stopped.
pub(crate) struct Stopper {
    interrupter: Interrupter,
    mechanism: Mechanism,
}

enum Mechanism {
    Signal(Arc<Target>),
    Epoch(Arc<EpochKick>),
}

/// How a call that was watched over has ended.
pub(crate) struct Watched<R> {
    pub(crate) value: R,
    /// Why the guest was moved to its trap, if it was: a trap at `unreachable` is the interrupt's doing then.
    pub(crate) landed: Option<InterruptCause>,
}

impl Stopper {
    /// The way for one instance. `code` is there for engines that interrupt by signal, and for those only.
    pub(crate) fn new(engine: &Engine, watchdog: &Arc<Watchdog>, code: Option<CodeRange>) -> Self {
        let mechanism = match code {
            Some(code) => Mechanism::Signal(Arc::new(Target::new(code))),
            None => Mechanism::Epoch(Arc::new(EpochKick(engine.clone()))),
        };
        let control = Arc::new(Control::default());
        Self {
            interrupter: Interrupter::new(control, watchdog.clone()),
            mechanism,
        }
    }

    pub(crate) fn interrupter(&self) -> &Interrupter {
        &self.interrupter
    }

    /// Interrupters that were handed out before reach this instance no more. Not during a call.
    pub(crate) fn renew(&mut self) {
        let watchdog = self.interrupter.watchdog().clone();
        self.interrupter = Interrupter::new(Arc::default(), watchdog);
    }

    /// Connects `store` to this stopper, so that its guest can be interrupted. `function` is any function of the
    /// guest's module.
    pub(crate) fn attend<T: 'static>(&self, store: &mut Store<StoreData<T>>, function: &Func) {
        match &self.mechanism {
            Mechanism::Signal(target) => target.attach(ExitState::of(store, function)),
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
        limits: CallLimits,
        call: impl FnOnce() -> R,
    ) -> std::io::Result<Result<Watched<R>, Interrupted>> {
        let outer = BUDGET.get();
        let budget = Budget::begin(limits, outer);
        let _scope = BudgetScope(outer);
        BUDGET.set(budget);
        match &self.mechanism {
            Mechanism::Signal(target) => {
                target.enter(|| self.watch_with(target.clone(), budget, call, || target.landed()))
            }
            Mechanism::Epoch(kick) => self.watch_with(kick.clone(), budget, call, || false),
        }
    }

    fn watch_with<R>(
        &self,
        kick: Arc<dyn Kick>,
        budget: Budget,
        call: impl FnOnce() -> R,
        landed: impl FnOnce() -> bool,
    ) -> std::io::Result<Result<Watched<R>, Interrupted>> {
        let control = self.interrupter.control();
        let running = self.interrupter.watchdog().begin(control, budget, kick)?;
        let _nesting = Nesting::enter(&self.interrupter);
        if let Err(interrupted) = self.interrupter.check() {
            return Ok(Err(interrupted));
        }
        let value = call();
        let cause = control.cause();
        drop(running);
        let landed = if landed() { cause } else { None };
        Ok(Ok(Watched { value, landed }))
    }
}

impl Kick for Target {
    fn kick(&self) {
        self.kick();
    }

    fn settle(&self) {
        self.settle();
    }
}

/// A call's place among the calls of its thread: its host functions' calls are within it, and it may be within another.
struct Nesting {
    outer: Option<Interrupter>,
}

impl Nesting {
    fn enter(interrupter: &Interrupter) -> Self {
        let outer = CURRENT.replace(Some(interrupter.clone()));
        if let Some(outer) = &outer {
            outer.control().set_inner(Some(interrupter.clone()));
            // A cancellation of the outer one that came before this line did not reach the inner one.
            if outer.control().cause() == Some(InterruptCause::Cancelled) {
                interrupter.interrupt();
            }
        }
        Self { outer }
    }
}

impl Drop for Nesting {
    fn drop(&mut self) {
        if let Some(outer) = &self.outer {
            outer.control().set_inner(None);
        }
        CURRENT.set(self.outer.take());
    }
}

/// Puts the outer call's limits back, also after a panic.
struct BudgetScope(Budget);

impl Drop for BudgetScope {
    fn drop(&mut self) {
        BUDGET.set(self.0);
    }
}

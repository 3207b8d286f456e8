//! Instances: running guests, each a copy-on-write view of one golden snapshot.
//!
//! ```text
//!                 ┌──────────── call returns ────────────┐
//!                 ▼                                      │
//!   instantiate ► Ready ── call ─► (running) ────────────┤
//!                 ▲                                      │ trap, interrupt, host error or panic
//!                 └───────── reset ◄── Poisoned ◄────────┘
//! ```
//!
//! A guest that was stopped in the middle has its memory in some state of its own making and its stack pointer
//! anywhere, so nothing but a reset is allowed then.

mod error;
mod live;
mod pages;
mod state;
mod status;

pub use error::{CallError, InstanceError, OutOfBounds};
pub use state::State;
pub use status::{PoisonReason, Status};

use crate::freeze::ResetKind;
use crate::golden::Golden;
use crate::interrupt::{CallLimits, InterruptCause, Interrupted, Interrupter, Stopper};
use crate::limits::Limits;
use crate::stack::on_guest_stack;
use crate::store::StoreData;
use cow_memory::{ResetMode, ResetPolicy};
use live::Live;
use std::fmt;
use wasmtime::{InstancePre, Linker, Store, Trap, Val, WasmParams, WasmResults};

/// What an instance is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct InstanceConfig {
    /// What the guest may take.
    pub limits: Limits,
    /// How its memory is reset.
    ///
    /// The default counts page faults and so trusts that nothing writes to the guest's memory except the guest, the
    /// host functions it calls *on its own thread*, and [`Instance::write`]. Where a host function lets other threads
    /// or the kernel's asynchronous input and output write there, choose [`ResetMode::Scan`].
    pub reset: ResetPolicy,
}

impl Default for InstanceConfig {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            reset: ResetPolicy::with_mode(ResetMode::Counted),
        }
    }
}

impl InstanceConfig {
    /// The same with other limits.
    #[must_use]
    pub const fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The same with another way to reset memory.
    #[must_use]
    pub const fn with_reset(self, reset: ResetPolicy) -> Self {
        Self { reset, ..self }
    }
}

/// What a reset did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reset {
    /// Whether the store was kept.
    pub kind: ResetKind,
    /// What happened to the memory, if the store was kept. Otherwise the pool's release policy applied.
    pub memory: Option<cow_memory::ResetReport>,
}

/// A golden snapshot with its imports resolved: instances are made from this.
///
/// Cloning is cheap.
pub struct Prepared<T: 'static> {
    golden: Golden,
    pre: InstancePre<StoreData<T>>,
}

impl<T: 'static> Clone for Prepared<T> {
    fn clone(&self) -> Self {
        Self {
            golden: self.golden.clone(),
            pre: self.pre.clone(),
        }
    }
}

impl Golden {
    /// Resolves the module's imports, once for all instances.
    ///
    /// # Errors
    ///
    /// [`InstanceError::Link`] names the import that the linker lacks.
    pub fn prepare<T: 'static>(
        &self,
        linker: &Linker<StoreData<T>>,
    ) -> Result<Prepared<T>, InstanceError> {
        let pre = linker
            .instantiate_pre(self.module())
            .map_err(InstanceError::Link)?;
        Ok(Prepared {
            golden: self.clone(),
            pre,
        })
    }
}

impl<T: 'static> Prepared<T> {
    /// The snapshot.
    pub fn golden(&self) -> &Golden {
        &self.golden
    }

    fn pre(&self) -> &InstancePre<StoreData<T>> {
        &self.pre
    }

    /// Makes an instance in the golden state. Takes microseconds, whatever the size of the image.
    ///
    /// # Errors
    ///
    /// [`InstanceError::Memory`] when there is no slot, and says which limit to raise.
    pub fn instantiate(
        &self,
        data: T,
        config: InstanceConfig,
    ) -> Result<Instance<T>, InstanceError> {
        let engine = self.golden.engine();
        let stopper = Stopper::new(engine.engine(), engine.watchdog(), self.golden.code());
        let live = Live::new(self, &config, &stopper, data).map_err(|(error, _)| error)?;
        let (prepared, status) = (self.clone(), Status::Ready);
        Ok(Instance {
            prepared,
            config,
            stopper,
            status,
            body: Body::Live(Box::new(live)),
        })
    }
}

impl<T: 'static> fmt::Debug for Prepared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared")
            .field("golden", &self.golden)
            .finish_non_exhaustive()
    }
}

/// A guest: one instance of a golden snapshot, with a store of its own.
pub struct Instance<T: 'static> {
    prepared: Prepared<T>,
    config: InstanceConfig,
    stopper: Stopper,
    status: Status,
    body: Body<T>,
}

/// What can be done in the middle of [`Instance::calls`].
pub struct Calls<'a, T: 'static> {
    live: &'a mut Live<T>,
}

/// Why a call did not return.
pub enum Stopped {
    /// The guest has not been entered.
    Before(CallError),
    /// The guest was left in the middle.
    Within(wasmtime::Error),
}

impl<T: 'static> Calls<'_, T> {
    /// Calls an exported function.
    pub fn call<P, R>(&mut self, name: &str, params: P) -> Result<R, Stopped>
    where
        P: WasmParams + 'static,
        R: WasmResults + 'static,
    {
        self.live
            .check_type::<P, R>(name)
            .map_err(Stopped::Before)?;
        self.live.call(name, params).map_err(Stopped::Within)
    }

    /// As [`Instance::read`].
    pub fn read(&self, address: u32, len_bytes: usize) -> Result<&[u8], OutOfBounds> {
        self.live.bytes(address, len_bytes)
    }

    /// As [`Instance::write`].
    pub fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), OutOfBounds> {
        self.live.write_in_run(address, bytes)
    }
}

enum Body<T: 'static> {
    Live(Box<Live<T>>),
    /// The caller's data, after a reset that could not make a new store.
    Parked(T),
    /// Between two stores.
    Moving,
}

impl<T: 'static> Instance<T> {
    /// What the guest may take.
    pub fn limits(&self) -> Limits {
        self.config.limits
    }

    /// Whether it can be called.
    pub fn status(&self) -> Status {
        self.status
    }

    /// The snapshot that it was made from.
    pub fn golden(&self) -> &Golden {
        self.prepared.golden()
    }

    /// A handle with which other threads interrupt this instance.
    pub fn interrupter(&self) -> &Interrupter {
        self.stopper.interrupter()
    }

    /// Makes a new interrupter: those handed out before reach this instance no more. For an instance that gets another
    /// user.
    pub fn renew_interrupter(&mut self) {
        self.stopper.renew();
        if let Body::Live(live) = &mut self.body {
            let interrupter = self.stopper.interrupter().clone();
            live.store.data_mut().set_interrupter(interrupter);
        }
    }

    /// The guest was left in the middle of something.
    pub fn abandon(&mut self) {
        self.status = Status::Poisoned {
            reason: PoisonReason::Panic,
        };
    }

    /// The caller's own data.
    ///
    /// # Panics
    ///
    /// After an earlier panic in the middle of a reset.
    pub fn data(&self) -> &T {
        match &self.body {
            Body::Live(live) => &live.store.data().data,
            Body::Parked(data) => data,
            Body::Moving => unreachable!("a reset panicked"),
        }
    }

    /// The caller's own data. See [`Instance::data`].
    ///
    /// # Panics
    ///
    /// After an earlier panic in the middle of a reset.
    pub fn data_mut(&mut self) -> &mut T {
        match &mut self.body {
            Body::Live(live) => &mut live.store.data_mut().data,
            Body::Parked(data) => data,
            Body::Moving => unreachable!("a reset panicked"),
        }
    }

    /// Calls an exported function, and interrupts it at the limits: a [`CallLimits`], or just the deadline as an
    /// `Option<Instant>`.
    ///
    /// The guest runs on a stack of its own, so the calling thread's may be small. A host function may call other
    /// instances.
    ///
    /// # Errors
    ///
    /// [`CallError`] says whether anything has run; if so the instance is [`Status::Poisoned`].
    ///
    /// # Panics
    ///
    /// When a host function does. The instance is then poisoned.
    pub fn call<P, R>(
        &mut self,
        name: &str,
        params: P,
        limits: impl Into<CallLimits>,
    ) -> Result<R, CallError>
    where
        P: WasmParams + 'static,
        R: WasmResults + 'static,
    {
        self.ready()?.check_type::<P, R>(name)?;
        self.run(limits.into(), |live| {
            live.call(name, params).map_err(Stopped::Within)
        })
    }

    /// [`Instance::call`] for a function whose type is not known when the caller is compiled.
    ///
    /// Gives as many values as the function has results.
    ///
    /// # Errors
    ///
    /// As [`Instance::call`]. A reference other than null is not accepted: it would be another instance's.
    ///
    /// # Panics
    ///
    /// As [`Instance::call`].
    pub fn call_values(
        &mut self,
        name: &str,
        params: &[Val],
        limits: impl Into<CallLimits>,
    ) -> Result<Vec<Val>, CallError> {
        let live = self.ready()?;
        let function = live.function(name)?;
        let mut results = live.results_for(name, function, params)?;
        self.run(limits.into(), |live| {
            function
                .call(&mut live.store, params, &mut results)
                .map_err(Stopped::Within)
        })?;
        Ok(results)
    }

    /// Makes several calls under one deadline, for the price of one: watched over, counted and on the guest's stack from
    /// the first to the last.
    pub fn calls<R>(
        &mut self,
        limits: CallLimits,
        make: impl FnOnce(&mut Calls<'_, T>) -> Result<R, Stopped>,
    ) -> Result<R, CallError> {
        self.ready()?;
        self.run(limits, |live| make(&mut Calls { live }))
    }

    /// What can be called, unless an earlier call has ended badly.
    fn ready(&mut self) -> Result<&mut Live<T>, CallError> {
        match (self.status, &mut self.body) {
            (Status::Poisoned { reason }, _) => Err(CallError::Poisoned { reason }),
            (Status::Ready, Body::Live(live)) => Ok(live),
            (Status::Ready, Body::Parked(_) | Body::Moving) => Err(CallError::Poisoned {
                reason: PoisonReason::ResetFailed,
            }),
        }
    }

    /// Runs guest code on a stack of its own, within `limits`.
    fn run<R>(
        &mut self,
        limits: CallLimits,
        guest: impl FnOnce(&mut Live<T>) -> Result<R, Stopped>,
    ) -> Result<R, CallError> {
        let Body::Live(live) = &mut self.body else {
            return Err(CallError::Poisoned {
                reason: PoisonReason::ResetFailed,
            });
        };
        let status = &mut self.status;
        let watched = self.stopper.watch(limits, || {
            let _run = live.slot.enter();
            on_guest_stack(|| {
                // Holds until the calls have returned, so that it does after a panic.
                *status = Status::Poisoned {
                    reason: PoisonReason::Panic,
                };
                guest(live)
            })
        })?;
        let watched = match watched {
            Ok(watched) => watched,
            Err(Interrupted { cause }) => return Err(CallError::Interrupted { cause }),
        };
        match watched.value? {
            Ok(value) => {
                self.status = Status::Ready;
                Ok(value)
            }
            Err(Stopped::Before(error)) => {
                self.status = Status::Ready;
                Err(error)
            }
            Err(Stopped::Within(error)) => Err(self.poison(error, watched.landed)),
        }
    }

    fn poison(&mut self, error: wasmtime::Error, landed: Option<InterruptCause>) -> CallError {
        let interrupted = match (
            error.downcast_ref::<Interrupted>(),
            error.downcast_ref::<Trap>(),
        ) {
            (Some(interrupted), _) => Some(interrupted.cause),
            (_, Some(Trap::UnreachableCodeReached)) => landed,
            _ => None,
        };
        let (reason, error) = match (interrupted, error.downcast_ref::<Trap>()) {
            (Some(cause), _) => (
                PoisonReason::Interrupted { cause },
                CallError::Interrupted { cause },
            ),
            (None, Some(trap)) => (PoisonReason::Trap, CallError::Trap { trap: *trap }),
            (None, None) => (PoisonReason::HostError, CallError::Host(error)),
        };
        self.status = Status::Poisoned { reason };
        error
    }

    /// Returns to the golden state in the fastest way that is complete.
    ///
    /// Memory, its length, globals and, where the module can change them, tables and data segments are what they were
    /// after [`Prepared::instantiate`]. The caller's data stays.
    ///
    /// # Errors
    ///
    /// [`InstanceError`]; the instance is then poisoned and another reset can be tried.
    pub fn reset(&mut self) -> Result<Reset, InstanceError> {
        let panicked = self.status
            == Status::Poisoned {
                reason: PoisonReason::Panic,
            };
        match &mut self.body {
            Body::Live(live)
                if self.prepared.golden.reset_kind() == ResetKind::InPlace && !panicked =>
            {
                self.status = Status::Poisoned {
                    reason: PoisonReason::ResetFailed,
                };
                let report = live.reset(&self.config)?;
                self.status = Status::Ready;
                Ok(Reset {
                    kind: ResetKind::InPlace,
                    memory: Some(report),
                })
            }
            _ => self.reset_strict(),
        }
    }

    /// Returns to the golden state with a new store: nothing that the old one held survives, except the caller's data.
    ///
    /// # Errors
    ///
    /// As [`Instance::reset`].
    pub fn reset_strict(&mut self) -> Result<Reset, InstanceError> {
        self.status = Status::Poisoned {
            reason: PoisonReason::ResetFailed,
        };
        let data = match std::mem::replace(&mut self.body, Body::Moving) {
            Body::Live(live) => live.store.into_data().data,
            Body::Parked(data) => data,
            Body::Moving => unreachable!("a reset panicked"),
        };
        match Live::new(&self.prepared, &self.config, &self.stopper, data) {
            Ok(live) => {
                self.body = Body::Live(Box::new(live));
                self.status = Status::Ready;
                Ok(Reset {
                    kind: ResetKind::FreshStore,
                    memory: None,
                })
            }
            Err((error, data)) => {
                self.body = Body::Parked(data);
                Err(error)
            }
        }
    }

    /// Linear memory: none, after a reset that failed.
    pub fn memory(&self) -> &[u8] {
        match &self.body {
            Body::Live(live) => live.memory.data(&live.store),
            Body::Parked(_) | Body::Moving => &[],
        }
    }

    /// The bytes of linear memory at `address`.
    ///
    /// # Errors
    ///
    /// [`OutOfBounds`] when not all of them are in the memory.
    pub fn read(&self, address: u32, len_bytes: usize) -> Result<&[u8], OutOfBounds> {
        match &self.body {
            Body::Live(live) => live.bytes(address, len_bytes),
            Body::Parked(_) | Body::Moving => Err(OutOfBounds {
                address,
                len_bytes,
                memory_bytes: 0,
            }),
        }
    }

    /// Writes `bytes` to linear memory at `address`.
    ///
    /// # Errors
    ///
    /// [`OutOfBounds`] when they do not all fit; nothing is written then.
    pub fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), OutOfBounds> {
        match &mut self.body {
            Body::Live(live) => live.write(address, bytes),
            Body::Parked(_) | Body::Moving => Err(OutOfBounds {
                address,
                len_bytes: bytes.len(),
                memory_bytes: 0,
            }),
        }
    }

    /// Values of the module's mutable globals, in the order of their indexes.
    pub fn globals(&mut self) -> Vec<Val> {
        match &mut self.body {
            Body::Live(live) => live.globals(),
            Body::Parked(_) | Body::Moving => Vec::new(),
        }
    }

    /// Value of an exported global, if there is one of this name.
    pub fn global(&mut self, name: &str) -> Option<Val> {
        self.with_export(name, |store, export| {
            Some(export?.into_global()?.get(store))
        })?
    }

    /// Length of linear memory in bytes.
    pub fn memory_bytes(&self) -> usize {
        self.memory().len()
    }

    /// The largest length that linear memory has had since the last reset, in bytes.
    pub fn memory_bytes_peak(&self) -> u64 {
        match &self.body {
            Body::Live(live) => live.store.data().limiter.memory_bytes_peak,
            Body::Parked(_) | Body::Moving => 0,
        }
    }

    /// How often the guest was refused memory since the last reset.
    pub fn memory_refusals(&self) -> u64 {
        match &self.body {
            Body::Live(live) => live.store.data().limiter.refusals,
            Body::Parked(_) | Body::Moving => 0,
        }
    }

    /// Ends the instance and gives the caller's data back.
    ///
    /// # Panics
    ///
    /// After an earlier panic in the middle of a reset.
    pub fn into_data(self) -> T {
        match self.body {
            Body::Live(live) => live.store.into_data().data,
            Body::Parked(data) => data,
            Body::Moving => unreachable!("a reset panicked"),
        }
    }

    /// An export of the frozen module.
    pub(crate) fn with_export<R>(
        &mut self,
        name: &str,
        look: impl FnOnce(&mut Store<StoreData<T>>, Option<wasmtime::Extern>) -> R,
    ) -> Option<R> {
        match &mut self.body {
            Body::Live(live) => {
                let export = live.export(name);
                Some(look(&mut live.store, export))
            }
            Body::Parked(_) | Body::Moving => None,
        }
    }
}

impl<T: 'static> fmt::Debug for Instance<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instance")
            .field("status", &self.status)
            .field("memory_bytes", &self.memory_bytes())
            .finish_non_exhaustive()
    }
}

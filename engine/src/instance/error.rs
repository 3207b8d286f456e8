//! What can go wrong with an instance.

use super::PoisonReason;
use crate::interrupt::InterruptCause;
use std::io;
use wasmtime::Trap;

/// An instance cannot be made or reset.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InstanceError {
    /// The linker lacks an import, or has it with another type.
    #[error("the module's imports cannot be linked: {0:#}; define them in the linker")]
    Link(wasmtime::Error),

    /// There is no slot, or the image could not be put into it.
    #[error("no memory for an instance")]
    Memory(#[from] cow_memory::Error),

    /// The limit is so low that the golden state itself exceeds it.
    #[error(
        "the memory limit of {limit_bytes} bytes is below the golden image's {image_bytes}; raise \
         Limits::memory_bytes_max"
    )]
    LimitBelowImage {
        /// The limit.
        limit_bytes: u64,
        /// The image's length.
        image_bytes: u64,
    },

    /// The instance was stopped in the middle of a call.
    #[error("the instance is poisoned: {reason}; reset it")]
    Poisoned {
        /// What happened.
        reason: PoisonReason,
    },

    /// The module keeps state in tables, in segments or in references, which is not a value.
    #[error(
        "the module's state is more than its memory and globals, and cannot be taken or put back"
    )]
    NotAValue,

    /// The state is not one that an instance of this snapshot can have.
    #[error("the state belongs to another golden snapshot, or is damaged")]
    ForeignState,

    /// wasmtime refused something that the frozen module allows.
    #[error("wasmtime refused to restore the instance: {0:#}")]
    Restore(wasmtime::Error),
}

/// A call did not return.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// An earlier call ended badly. Nothing has run; reset the instance.
    #[error("the instance is poisoned: {reason}; reset it")]
    Poisoned {
        /// What happened.
        reason: PoisonReason,
    },

    /// The module exports no function of this name. Nothing has run.
    #[error("the module exports no function `{name}`")]
    NoFunction {
        /// The name.
        name: String,
    },

    /// The function has another type. Nothing has run.
    #[error("`{name}` has another type: {source:#}")]
    WrongType {
        /// The function's name.
        name: String,
        /// What differs.
        source: wasmtime::Error,
    },

    /// A limit was reached or the call was cancelled. The instance is poisoned if the guest had begun.
    #[error("the call was interrupted: {}", match .cause {
        InterruptCause::Deadline => "its deadline passed",
        InterruptCause::CpuTime => "its processor time was spent",
        InterruptCause::Cancelled => "it was cancelled",
    })]
    Interrupted {
        /// Why.
        cause: InterruptCause,
    },

    /// The guest trapped. The instance is poisoned.
    #[error("the guest trapped: {trap}")]
    Trap {
        /// What the guest did.
        trap: Trap,
    },

    /// A host function failed, a WASI exit included. The instance is poisoned. `wasmtime::Error::downcast` gives the
    /// host function's own error.
    #[error("a host function ended the call: {0:#}")]
    Host(wasmtime::Error),

    /// No stack could be mapped, or the watchdog's thread not started. Nothing has run.
    #[error("the system refused what a call needs")]
    System(#[from] io::Error),
}

/// An access to linear memory that is not all inside of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{len_bytes} bytes at {address:#x} are not in a memory of {memory_bytes}")]
pub struct OutOfBounds {
    /// First byte of the access.
    pub address: u32,
    /// Length of the access in bytes.
    pub len_bytes: usize,
    /// Length of the memory in bytes.
    pub memory_bytes: usize,
}

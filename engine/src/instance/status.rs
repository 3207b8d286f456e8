//! Whether an instance can be called, and if not, why.

use crate::interrupt::InterruptCause;
use std::fmt;

/// Whether an instance can be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// Its state is golden, or what calls that returned have made of it.
    Ready,
    /// Its state is undefined; a reset makes it [`Status::Ready`].
    Poisoned {
        /// What happened.
        reason: PoisonReason,
    },
}

/// What poisoned an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PoisonReason {
    /// The guest trapped.
    Trap,
    /// The guest was interrupted.
    Interrupted {
        /// By what.
        cause: InterruptCause,
    },
    /// A host function failed, or the guest exited.
    HostError,
    /// A host function panicked.
    Panic,
    /// A reset failed half-way.
    ResetFailed,
}

impl fmt::Display for PoisonReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Trap => "its guest trapped",
            Self::Interrupted {
                cause: InterruptCause::Deadline,
            } => "its guest was stopped at a deadline",
            Self::Interrupted {
                cause: InterruptCause::CpuTime,
            } => "its guest had spent its processor time",
            Self::Interrupted {
                cause: InterruptCause::Cancelled,
            } => "its guest was cancelled",
            Self::HostError => "a host function ended a call",
            Self::Panic => "a host function panicked",
            Self::ResetFailed => "a reset failed",
        })
    }
}

//! What the guest's host functions work on: one sandbox's settings and what belongs to its run.

use std::sync::Arc;
use std::time::Instant;

use super::calls::Calls;
use crate::ambient::{Clock, Entropy, GuestClock};
use crate::host_functions::HostFunctions;
use crate::settings::{HostCallLimits, OutputHandler};

/// What a host function finds in the store.
#[derive(Default)]
pub(crate) struct Host {
    pub(crate) clock: GuestClock,
    pub(crate) entropy: Entropy,
    pub(crate) functions: Option<Arc<HostFunctions>>,
    pub(crate) call_limits: HostCallLimits,
    pub(crate) calls: Calls,
    /// For standard output and standard error.
    pub(crate) handlers: [Option<OutputHandler>; 2],
}

impl Host {
    /// Of a guest that has nothing but the machine's clock and entropy.
    pub(crate) fn plain(clock_start: Instant) -> Self {
        Self {
            clock: GuestClock::new(Clock::System, clock_start),
            ..Self::default()
        }
    }

    /// As it was before the guest ran.
    pub(crate) fn reset(&mut self) {
        self.clock.reset();
        self.entropy.reset();
        self.calls.clear();
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").finish_non_exhaustive()
    }
}

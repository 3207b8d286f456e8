//! What the guest's host functions work on: one sandbox's settings and what belongs to its run.

use hatchery_engine::Interrupter;
use std::sync::Arc;
use std::time::Instant;

use super::calls::Calls;
use crate::ambient::{Clock, Entropy, GuestClock};
use crate::caller::{Caller, Identity};
use crate::host_functions::HostFunctions;
#[cfg(feature = "mounts")]
use crate::mount::Mounts;
use crate::settings::{HostCallLimits, LogSink, OutputHandler};

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
    pub(crate) log: LogBudget,
    #[cfg(feature = "mounts")]
    pub(crate) mounts: Option<Box<Mounts>>,
    pub(crate) log_sink: Option<LogSink>,
    pub(crate) identity: Identity,
    /// How many runs there have been, the one in progress included.
    pub(crate) runs: u64,
}

/// How much a run may still write to the host's log.
#[derive(Debug, Default)]
pub(crate) struct LogBudget {
    left: usize,
    is_spent: bool,
}

/// What becomes of a line for the log.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Logged {
    Written,
    /// The first that is dropped.
    LimitReached,
    Dropped,
}

impl LogBudget {
    /// What a line takes besides its text.
    const LINE_BYTES: usize = 64;

    /// Of a run that may write this much.
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self {
            left: bytes_max,
            is_spent: false,
        }
    }

    pub(crate) fn take(&mut self, text_len: usize) -> Logged {
        match self.left.checked_sub(text_len + Self::LINE_BYTES) {
            Some(left) if !self.is_spent => {
                self.left = left;
                Logged::Written
            }
            _ if !self.is_spent => {
                self.is_spent = true;
                Logged::LimitReached
            }
            _ => Logged::Dropped,
        }
    }
}

impl Host {
    /// Who calls a host function or a handler now.
    pub(crate) fn caller(&self, interrupter: &Interrupter) -> Caller {
        Caller::new(self.identity.clone(), self.runs, interrupter.clone())
    }

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
        #[cfg(feature = "mounts")]
        if let Some(mounts) = &mut self.mounts {
            mounts.close_all();
        }
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{LogBudget, Logged};

    #[test]
    fn a_flood_of_lines_is_cut_and_said_once() {
        let mut budget = LogBudget::new(1000);
        let lines: Vec<Logged> = (0..100).map(|_| budget.take(36)).collect();
        assert!(lines[..10].iter().all(|line| *line == Logged::Written));
        assert_eq!(lines[10], Logged::LimitReached);
        assert!(lines[11..].iter().all(|line| *line == Logged::Dropped));
        assert_eq!(budget.take(0), Logged::Dropped, "nothing after a gap");
    }
}

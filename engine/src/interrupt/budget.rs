//! How much time a call may take.

use crate::sys::thread::CpuClock;
use std::time::{Duration, Instant};

/// What a guest call may take: until a moment, and of the processor's time. Nothing bounds what is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallLimits {
    /// When the call is interrupted.
    pub deadline: Option<Instant>,
    /// Processor time of the calling thread after which the call is interrupted. Waiting takes none. Where the machine
    /// cannot tell, it is taken for wall-clock time.
    pub cpu_time: Option<Duration>,
}

impl CallLimits {
    /// The same, until this moment.
    #[must_use]
    pub const fn with_deadline(self, deadline: Instant) -> Self {
        Self {
            deadline: Some(deadline),
            ..self
        }
    }

    /// The same, with so much of the processor's time.
    #[must_use]
    pub const fn with_cpu_time(self, cpu_time: Duration) -> Self {
        Self {
            cpu_time: Some(cpu_time),
            ..self
        }
    }
}

impl From<Option<Instant>> for CallLimits {
    fn from(deadline: Option<Instant>) -> Self {
        Self {
            deadline,
            cpu_time: None,
        }
    }
}

/// The limits of a call in progress, on the clocks that they are measured with.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Budget {
    deadline: Option<Instant>,
    /// The calling thread's clock, and what it shows when the time is spent.
    cpu: Option<(CpuClock, Duration)>,
}

/// Where a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nothing has to be looked at before this moment.
    Within(Option<Instant>),
    PastDeadline,
    CpuSpent,
}

impl Budget {
    pub(super) const NONE: Self = Self {
        deadline: None,
        cpu: None,
    };

    /// Of a call that begins now on this thread, within the limits of the one that has called it.
    pub(super) fn begin(limits: CallLimits, outer: Self) -> Self {
        let cpu = limits
            .cpu_time
            .map(|time| (CpuClock::of_this_thread(), time));
        let (mut deadline, mut own_cpu) = (limits.deadline, None);
        match cpu {
            Some((Some(clock), time)) => {
                own_cpu = clock.now().map(|used| (clock, used.saturating_add(time)));
            }
            // Processor time is never more than what has passed.
            Some((None, time)) => deadline = nearer(deadline, Instant::now().checked_add(time)),
            None => {}
        }
        Self {
            deadline: nearer(deadline, outer.deadline),
            cpu: match (own_cpu, outer.cpu) {
                (Some(own), Some(outer)) => Some(if own.1 <= outer.1 { own } else { outer }),
                (own, outer) => own.or(outer),
            },
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// When to look at a call that has just begun.
    pub(super) fn first_look(&self) -> Option<Instant> {
        match self.cpu {
            None => self.deadline,
            Some(_) => match self.standing(Instant::now()) {
                Standing::Within(due) => due,
                Standing::PastDeadline | Standing::CpuSpent => Some(Instant::now()),
            },
        }
    }

    /// The thread whose call it is must be alive.
    pub(super) fn standing(&self, now: Instant) -> Standing {
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            return Standing::PastDeadline;
        }
        let Some((clock, until)) = self.cpu else {
            return Standing::Within(self.deadline);
        };
        match clock.now().map(|used| until.saturating_sub(used)) {
            Some(Duration::ZERO) => Standing::CpuSpent,
            // Not before as much time has passed, if the thread runs all the while.
            Some(rest) => Standing::Within(nearer(self.deadline, now.checked_add(rest))),
            None => Standing::Within(self.deadline),
        }
    }
}

fn nearer(a: Option<Instant>, b: Option<Instant>) -> Option<Instant> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spin(time: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < time {
            std::hint::spin_loop();
        }
    }

    #[test]
    fn waiting_takes_no_processor_time_and_computing_does() {
        let limits = CallLimits {
            deadline: None,
            cpu_time: Some(Duration::from_millis(30)),
        };
        let budget = Budget::begin(limits, Budget::default());
        if budget.cpu.is_none() {
            return;
        }
        std::thread::sleep(Duration::from_millis(60));
        assert!(matches!(
            budget.standing(Instant::now()),
            Standing::Within(Some(_))
        ));
        let patience = Instant::now();
        while budget.standing(Instant::now()) != Standing::CpuSpent {
            spin(Duration::from_millis(5));
            assert!(patience.elapsed() < Duration::from_secs(20));
        }
    }

    #[test]
    fn a_call_within_a_call_has_no_more_than_the_outer() {
        let soon = Instant::now() + Duration::from_secs(1);
        let outer = CallLimits {
            deadline: Some(soon),
            cpu_time: Some(Duration::from_secs(1)),
        };
        let outer = Budget::begin(outer, Budget::default());
        let inner = CallLimits {
            deadline: Some(soon + Duration::from_secs(9)),
            cpu_time: Some(Duration::from_secs(10)),
        };
        let inner = Budget::begin(inner, outer);
        assert_eq!(inner.deadline, Some(soon));
        assert_eq!(inner.cpu.map(|cpu| cpu.1), outer.cpu.map(|cpu| cpu.1));
        let free = Budget::begin(CallLimits::default(), outer);
        assert_eq!(free.deadline, Some(soon));
        assert!(matches!(free.standing(soon), Standing::PastDeadline));
    }
}

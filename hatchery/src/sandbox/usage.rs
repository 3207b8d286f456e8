use std::time::{Duration, Instant};

use crate::output::as_seconds;
use hatchery_engine::CpuClock;
use serde::Serialize;

/// What the runs of a sandbox have taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Usage {
    /// Runs that were begun.
    pub runs: u64,
    /// Wall-clock time of the runs.
    #[serde(serialize_with = "as_seconds", rename = "time_seconds")]
    pub time: Duration,
    /// Processor time of the threads that ran them; zero unless the sandbox was built with
    /// [`count_cpu_time`](crate::SandboxBuilder::count_cpu_time).
    #[serde(serialize_with = "as_seconds", rename = "cpu_time_seconds")]
    pub cpu_time: Duration,
}

/// A run in progress, on this thread.
pub(super) struct Measured {
    begun: Instant,
    /// The thread's clock, and what it showed.
    cpu: Option<(CpuClock, Duration)>,
}

impl Measured {
    pub(super) fn begin(begun: Instant, with_cpu_time: bool) -> Self {
        let clock = if with_cpu_time {
            CpuClock::of_this_thread()
        } else {
            None
        };
        Self {
            begun,
            cpu: clock.and_then(|clock| Some((clock, clock.now()?))),
        }
    }

    /// Adds the run to `usage`; gives how long it took.
    pub(super) fn end(self, usage: &mut Usage) -> Duration {
        let time = self.begun.elapsed();
        let cpu_time = self
            .cpu
            .and_then(|(clock, before)| Some(clock.now()?.saturating_sub(before)));
        usage.runs += 1;
        usage.time += time;
        usage.cpu_time += cpu_time.unwrap_or_default();
        time
    }
}

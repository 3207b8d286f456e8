//! The scheduler, where nothing can be asked of it: the twin of `thread.rs`.

use std::time::Duration;

/// Does nothing: the thread wakes when it wakes.
pub(crate) fn wake_on_time() {}

/// There is none.
#[derive(Debug, Clone, Copy)]
pub enum CpuClock {}

impl CpuClock {
    pub fn of_this_thread() -> Option<Self> {
        None
    }

    pub fn now(self) -> Option<Duration> {
        match self {}
    }
}

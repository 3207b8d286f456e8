use crate::error::Error;
use crate::meters::Meters;
use async_io::Timer;
use futures_lite::FutureExt;
use std::future::Future;
use std::time::{Duration, Instant};

/// What is as good as never.
const FAR: Duration = Duration::from_secs(365 * 24 * 3600);

/// Until when someone waits for a lease or a session, with all that it takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    until: Instant,
    timeout: Duration,
}

impl Deadline {
    /// So long from now.
    pub(crate) fn after(timeout: Duration) -> Self {
        let now = Instant::now();
        Self {
            until: now.checked_add(timeout).unwrap_or(now + FAR),
            timeout,
        }
    }

    /// What `work` gives, if it does in time; otherwise it is dropped. Work that is ready at once needs no timer.
    pub(crate) async fn wait<T>(
        &self,
        meters: &Meters,
        what: &'static str,
        work: impl Future<Output = T>,
    ) -> Result<T, Error> {
        self.limit(work).await.ok_or_else(|| {
            meters.timeouts.increment(1);
            Error::Timeout {
                waited: self.timeout,
                what,
            }
        })
    }

    /// What `work` gives, if it does in time; otherwise it is dropped.
    pub(crate) async fn limit<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let in_time = async { Some(work.await) };
        let too_late = async {
            Timer::at(self.until).await;
            None
        };
        in_time.or(too_late).await
    }
}

/// What `work` gives if it does within a time; otherwise it is dropped.
pub(crate) async fn in_time<T>(timeout: Duration, work: impl Future<Output = T>) -> Option<T> {
    Deadline::after(timeout).limit(work).await
}

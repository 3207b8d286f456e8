use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Begins work that blocks or computes, on a thread that may, and gives a wait for its end.
///
/// The work goes on to its end if nobody waits for it any more, and what it gives is dropped then: work that gives a
/// lease returns it so. If the work panics, so does who waits.
pub(crate) fn off_the_executor<R: Send + 'static>(
    work: impl FnOnce() -> R + Send + 'static,
) -> impl Future<Output = R> + Send + 'static {
    let (done, result) = futures_channel::oneshot::channel();
    let span = tracing::Span::current();
    blocking::unblock(move || {
        let _span = span.enter();
        let outcome = catch_unwind(AssertUnwindSafe(work));
        // Nobody takes it when the wait was given up.
        drop(done.send(outcome));
    })
    .detach();
    async move {
        match result.await {
            Ok(Ok(value)) => value,
            Ok(Err(panic)) => resume_unwind(panic),
            Err(futures_channel::oneshot::Canceled) => unreachable!("it is sent in any case"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_lite::future::block_on;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::{Duration, Instant};

    #[test]
    fn what_nobody_waits_for_is_done_and_dropped() {
        static DROPPED: AtomicUsize = AtomicUsize::new(0);
        struct Leased;
        impl Drop for Leased {
            fn drop(&mut self) {
                DROPPED.fetch_add(1, Ordering::SeqCst);
            }
        }
        drop(off_the_executor(|| Leased));
        let mut begun = Box::pin(off_the_executor(|| Leased));
        let polled = block_on(futures_lite::future::poll_once(begun.as_mut()));
        drop((begun, polled));
        let begun = Instant::now();
        while DROPPED.load(Ordering::SeqCst) < 2 {
            assert!(begun.elapsed() < Duration::from_secs(30), "one is lost");
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_panic_is_that_of_who_waits() {
        let panicked = catch_unwind(|| {
            block_on(off_the_executor(|| {
                resume_unwind(Box::new("as it was told"));
            }));
        });
        let payload = panicked.unwrap_err();
        assert_eq!(payload.downcast_ref(), Some(&"as it was told"));
    }
}

use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

/// Begins work that blocks or computes, on a thread that may, and gives a wait for its end.
///
/// The work goes on to its end if nobody waits for it any more, and what it gives is dropped then: work that gives a
/// lease returns it so. If the work panics, so does who waits.
pub(crate) fn off_the_executor<R: Send + 'static>(
    work: impl FnOnce() -> R + Send + 'static,
) -> impl Future<Output = R> + Send + 'static {
    let (job, result) = job(work);
    blocking::unblock(job).detach();
    result
}

/// Drives a future to its end that nobody waits for. It has a thread only while it makes a step, and may wait for ever.
pub(crate) fn drive(future: impl Future<Output = ()> + Send + 'static) {
    let schedule = |step: async_task::Runnable| blocking::unblock(move || step.run()).detach();
    let (step, task) = async_task::spawn(future, schedule);
    task.detach();
    step.run();
}

/// The work as something to call on another thread, and a wait for what it gives.
fn job<R: Send + 'static>(
    work: impl FnOnce() -> R + Send + 'static,
) -> (
    impl FnOnce() + Send + 'static,
    impl Future<Output = R> + Send + 'static,
) {
    let (done, result) = futures_channel::oneshot::channel();
    let span = tracing::Span::current();
    let job = move || {
        let _span = span.enter();
        let outcome = catch_unwind(AssertUnwindSafe(work));
        // Nobody takes it when the wait was given up.
        drop(done.send(outcome));
    };
    let result = async move {
        match result.await {
            Ok(Ok(value)) => value,
            Ok(Err(panic)) => resume_unwind(panic),
            Err(futures_channel::oneshot::Canceled) => unreachable!("it is sent in any case"),
        }
    };
    (job, result)
}

/// A few of the threads that may wait, for work that may wait for ever: the others stay free for guests. Cloning gives
/// the same ones.
#[derive(Clone)]
pub(crate) struct Lane {
    state: Arc<Mutex<LaneState>>,
    threads_max: usize,
}

#[derive(Default)]
struct LaneState {
    threads: usize,
    next_number: u64,
    /// By their numbers, which is the order in which they came.
    waiting: BTreeMap<u64, Box<dyn FnOnce() + Send>>,
}

impl Lane {
    pub(crate) fn new(threads_max: usize) -> Self {
        Self {
            state: Arc::default(),
            threads_max,
        }
    }

    /// As [`off_the_executor`], on one of these threads, when one is free.
    pub(crate) fn run<R, W>(&self, work: W) -> impl Future<Output = R> + Send + use<R, W>
    where
        R: Send + 'static,
        W: FnOnce() -> R + Send + 'static,
    {
        let (job, result) = job(work);
        let _number = self.push(job);
        result
    }

    /// As [`run`](Self::run), for work that changes nothing: it is not begun if nobody waits for it any more.
    pub(crate) fn run_if_awaited<R, W>(&self, work: W) -> impl Future<Output = R> + Send + use<R, W>
    where
        R: Send + 'static,
        W: FnOnce() -> R + Send + 'static,
    {
        let (job, result) = job(work);
        let awaited = Awaited {
            number: self.push(job),
            lane: self.clone(),
        };
        async move {
            let result = result.await;
            drop(awaited);
            result
        }
    }

    /// Has a job done when it is its turn. Gives its number.
    fn push(&self, job: impl FnOnce() + Send + 'static) -> u64 {
        let mut state = self.state.lock();
        let number = state.next_number;
        state.next_number += 1;
        state.waiting.insert(number, Box::new(job));
        if state.threads < self.threads_max {
            state.threads += 1;
            let lane = self.clone();
            blocking::unblock(move || lane.serve()).detach();
        }
        number
    }

    /// Does what waits. No job panics.
    fn serve(&self) {
        loop {
            let mut state = self.state.lock();
            let Some((_, job)) = state.waiting.pop_first() else {
                state.threads -= 1;
                return;
            };
            drop(state);
            job();
        }
    }
}

/// A job that is taken out of the lane when nobody waits for it, unless it has begun.
struct Awaited {
    lane: Lane,
    number: u64,
}

impl Drop for Awaited {
    fn drop(&mut self) {
        let job = self.lane.state.lock().waiting.remove(&self.number);
        // What it holds is dropped with no lock held.
        drop(job);
    }
}

impl fmt::Debug for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.lock();
        f.debug_struct("Lane")
            .field("threads", &state.threads)
            .field("waiting", &state.waiting.len())
            .finish()
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

    #[test]
    fn work_that_waits_for_ever_takes_no_more_threads_than_it_may() {
        let lane = Lane::new(2);
        let (running, release) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(())));
        let held = release.lock();
        let mut waits: Vec<_> = (0..10)
            .map(|number| {
                let (running, release) = (running.clone(), release.clone());
                Box::pin(lane.run(move || {
                    running.fetch_add(1, Ordering::SeqCst);
                    drop(release.lock());
                    number
                }))
            })
            .collect();
        // Nobody waits for one of them, and one panics.
        drop(waits.pop());
        let panics = lane.run(|| resume_unwind(Box::new("as it was told")));
        let begun = Instant::now();
        while running.load(Ordering::SeqCst) < 2 {
            assert!(begun.elapsed() < Duration::from_secs(30), "none runs");
            std::thread::yield_now();
        }
        std::thread::sleep(Duration::from_millis(20));
        assert_eq!(running.load(Ordering::SeqCst), 2);
        drop(held);
        for (number, wait) in waits.into_iter().enumerate() {
            assert_eq!(block_on(wait), number);
        }
        let panicked: Result<(), _> = catch_unwind(AssertUnwindSafe(|| block_on(panics)));
        assert!(panicked.is_err());
        assert_eq!(running.load(Ordering::SeqCst), 10);
        assert_eq!(block_on(lane.run(|| 7)), 7, "it goes on after a panic");
    }
}

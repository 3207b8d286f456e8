//! The thread that notices that a deadline has passed.
//!
//! It sleeps until the nearest deadline, and for good when there is none. Beginning a call wakes it only if the call's
//! deadline is nearer than what it sleeps for; ending a call never does.
//!
//! Calls are registered in shards, one a thread where there are few threads, so that beginning and ending one waits for
//! nobody. No deadline is missed between a look at the shards and the sleep that follows:
//!
//! ```text
//!   watchdog                                  call
//!   sleeps_until := ANY                       registered in its shard
//!   looks at every shard                      deadline < sleeps_until?  rings
//!   sleeps_until := the nearest deadline
//!   rung meanwhile? looks again, else sleeps
//! ```
//!
//! A call that is registered behind the watchdog's back finds `ANY`, or what the watchdog is about to sleep for.

use super::budget::{Budget, Standing};
use super::{Control, InterruptCause};
use crate::sys::thread::wake_on_time;
use parking_lot::{Condvar, Mutex};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long to wait before kicking again a guest that was not caught in its own code.
const RETRY_MIN: Duration = Duration::from_micros(50);
/// The longest such wait. With it goes the promise of two milliseconds from deadline to interrupt.
const RETRY_MAX: Duration = Duration::from_millis(1);

/// A way to push a guest whose call has to end.
pub(super) trait Kick: Send + Sync {
    /// Pushes. Called with the lock of the call's shard held and only while the call is in progress.
    fn kick(&self);

    /// Waits for the effects of earlier kicks. Called by the thread that made the call, after the last kick.
    fn settle(&self) {}
}

/// A guest call in progress.
struct Run {
    control: Arc<Control>,
    kick: Arc<dyn Kick>,
    budget: Budget,
    /// When the watchdog has to look at this run next.
    due: Option<Instant>,
    retry: Duration,
}

impl Run {
    /// Kicks the guest if it has to end.
    fn look(&mut self, now: Instant) {
        if self.control.cause().is_none() {
            match self.budget.standing(now) {
                Standing::Within(due) => {
                    self.due = due;
                    return;
                }
                Standing::PastDeadline => self.control.expire(InterruptCause::Deadline),
                Standing::CpuSpent => self.control.expire(InterruptCause::CpuTime),
            }
        }
        self.kick.kick();
        self.due = Some(now + self.retry);
        self.retry = (self.retry * 2).min(RETRY_MAX);
    }
}

const SHARDS: usize = 16;
/// Any deadline is nearer.
const ANY: u64 = u64::MAX;

/// The calls of some threads, on a cache line of their own.
#[repr(align(128))]
#[derive(Default)]
struct Shard {
    /// As long as the most calls that were in progress at once; free places are filled first.
    runs: Mutex<Vec<Option<Run>>>,
}

impl Shard {
    fn of_this_thread() -> usize {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        thread_local! {
            static NUMBER: usize = NEXT.fetch_add(1, Ordering::Relaxed);
        }
        NUMBER.try_with(|number| *number).unwrap_or(0) % SHARDS
    }

    fn insert(&self, run: Run) -> usize {
        let mut runs = self.runs.lock();
        match runs.iter().position(Option::is_none) {
            Some(place) => {
                runs[place] = Some(run);
                place
            }
            None => {
                runs.push(Some(run));
                runs.len() - 1
            }
        }
    }

    /// Kicks the calls that are due. When the next one will be.
    fn kick_due(&self, now: Instant) -> Option<Instant> {
        let mut nearest = None;
        for run in self.runs.lock().iter_mut().flatten() {
            if run.due.is_some_and(|due| due <= now) {
                run.look(now);
            }
            nearest = match (nearest, run.due) {
                (Some(nearest), Some(due)) => Some(due.min(nearest)),
                (nearest, due) => nearest.or(due),
            };
        }
        nearest
    }
}

struct Shared {
    shards: [Shard; SHARDS],
    /// What the thread sleeps for, in nanoseconds from `origin`, or [`ANY`].
    sleeps_until: AtomicU64,
    origin: Instant,
    alarm: Mutex<Alarm>,
    changed: Condvar,
}

#[derive(Default)]
struct Alarm {
    rung: bool,
    stopping: bool,
}

impl Shared {
    fn new() -> Self {
        Self {
            shards: Default::default(),
            sleeps_until: AtomicU64::new(ANY),
            origin: Instant::now(),
            alarm: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    fn nanoseconds(&self, at: Instant) -> u64 {
        let since = at.saturating_duration_since(self.origin);
        u64::try_from(since.as_nanos()).unwrap_or(ANY - 1)
    }

    /// Wakes the watchdog if it would sleep past `at`.
    fn wake_for(&self, at: Instant) {
        if self.nanoseconds(at) < self.sleeps_until.load(Ordering::SeqCst) {
            self.alarm.lock().rung = true;
            self.changed.notify_one();
        }
    }
}

/// Watches over the deadlines of guest calls. Its thread starts with the first call that needs it.
pub(crate) struct Watchdog {
    shared: Arc<Shared>,
    thread: OnceLock<JoinHandle<()>>,
    starting: Mutex<()>,
}

impl std::fmt::Debug for Watchdog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shards = self.shared.shards.iter();
        let runs: usize = shards
            .map(|shard| shard.runs.lock().iter().flatten().count())
            .sum();
        f.debug_struct("Watchdog").field("runs", &runs).finish()
    }
}

impl Watchdog {
    pub(crate) fn new() -> Self {
        Self {
            shared: Arc::new(Shared::new()),
            thread: OnceLock::new(),
            starting: Mutex::new(()),
        }
    }

    /// Registers a call that begins. It is over when the returned guard is dropped.
    ///
    /// A request that came before the call is registered kicks nobody: the caller looks at [`Control::cause`] then.
    ///
    /// # Errors
    ///
    /// The watchdog's thread cannot be started.
    pub(super) fn begin(
        &self,
        control: &Arc<Control>,
        budget: Budget,
        kick: Arc<dyn Kick>,
    ) -> std::io::Result<Running<'_>> {
        self.ensure_thread()?;
        control.begin(budget.deadline());
        let due = budget.first_look();
        let shard = &self.shared.shards[Shard::of_this_thread()];
        let place = shard.insert(Run {
            control: control.clone(),
            kick: kick.clone(),
            budget,
            due,
            retry: RETRY_MIN,
        });
        if let Some(due) = due {
            self.shared.wake_for(due);
        }
        Ok(Running {
            shard,
            control: control.clone(),
            place,
            kick,
        })
    }

    /// Kicks the call that `control` belongs to, if one is registered.
    pub(super) fn kick(&self, control: &Arc<Control>) {
        let now = Instant::now();
        for shard in &self.shared.shards {
            let mut runs = shard.runs.lock();
            let mut running = runs.iter_mut().flatten();
            if let Some(run) = running.find(|run| Arc::ptr_eq(&run.control, control)) {
                run.due = Some(now);
                drop(runs);
                self.shared.wake_for(now);
                return;
            }
        }
    }

    fn ensure_thread(&self) -> std::io::Result<()> {
        if self.thread.get().is_some() {
            return Ok(());
        }
        let _starting = self.starting.lock();
        if self.thread.get().is_none() {
            let shared = self.shared.clone();
            let builder = thread::Builder::new()
                .name("hatchery-watchdog".into())
                .stack_size(128 << 10);
            let thread = builder.spawn(move || watch(&shared))?;
            // Nobody else sets it: the lock is held.
            let _ = self.thread.set(thread);
        }
        Ok(())
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.shared.alarm.lock().stopping = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            // It only panics where an assertion of ours is wrong, and there is nobody left to tell.
            let _ = thread.join();
        }
    }
}

fn watch(shared: &Shared) {
    wake_on_time();
    loop {
        shared.sleeps_until.store(ANY, Ordering::SeqCst);
        let mut alarm = shared.alarm.lock();
        if alarm.stopping {
            return;
        }
        alarm.rung = false;
        drop(alarm);

        let now = Instant::now();
        let shards = shared.shards.iter();
        let nearest = shards.filter_map(|shard| shard.kick_due(now)).min();
        let until = nearest.map_or(ANY, |nearest| shared.nanoseconds(nearest));
        shared.sleeps_until.store(until, Ordering::SeqCst);

        let mut alarm = shared.alarm.lock();
        while !alarm.rung && !alarm.stopping {
            match nearest {
                Some(nearest) => {
                    if shared.changed.wait_until(&mut alarm, nearest).timed_out() {
                        break;
                    }
                }
                None => shared.changed.wait(&mut alarm),
            }
        }
    }
}

/// A call in progress. Once this is dropped the call's thread is never kicked again.
pub(crate) struct Running<'a> {
    shard: &'a Shard,
    control: Arc<Control>,
    place: usize,
    kick: Arc<dyn Kick>,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let run = self.shard.runs.lock()[self.place].take();
        // Outside the lock: it may be the last to hold what it refers to.
        drop(run);
        self.kick.settle();
        self.control.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interrupt::{InterruptCause, Interrupter};
    use std::sync::atomic::{AtomicU32, Ordering};

    #[derive(Default)]
    struct Count(AtomicU32);

    impl Kick for Count {
        fn kick(&self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn until(deadline: Instant) -> Budget {
        Budget::begin(Some(deadline).into(), Budget::default())
    }

    fn wait_for(mut condition: impl FnMut() -> bool) -> Duration {
        let begun = Instant::now();
        while !condition() {
            assert!(begun.elapsed() < Duration::from_secs(5), "nothing happened");
            thread::sleep(Duration::from_micros(50));
        }
        begun.elapsed()
    }

    #[test]
    fn a_call_that_ended_is_never_kicked() {
        let watchdog = Watchdog::new();
        let (control, kick) = (Arc::new(Control::default()), Arc::new(Count::default()));
        let soon = Instant::now() + Duration::from_millis(20);
        drop(watchdog.begin(&control, until(soon), kick.clone()).unwrap());
        thread::sleep(Duration::from_millis(40));
        assert_eq!(kick.0.load(Ordering::SeqCst), 0);
        assert_eq!(control.cause(), None);
    }

    #[test]
    fn a_guest_that_was_not_caught_is_kicked_again() {
        let watchdog = Watchdog::new();
        let (control, kick) = (Arc::new(Control::default()), Arc::new(Count::default()));
        let running = watchdog
            .begin(&control, until(Instant::now()), kick.clone())
            .unwrap();
        wait_for(|| kick.0.load(Ordering::SeqCst) >= 5);
        assert_eq!(control.cause(), Some(InterruptCause::Deadline));
        drop(running);
        assert_eq!(
            control.cause(),
            None,
            "an expired deadline does not outlive its call"
        );
    }

    #[test]
    fn a_near_deadline_is_not_missed_behind_a_far_one() {
        let watchdog = Watchdog::new();
        let far = Arc::new(Control::default());
        let hour = Instant::now() + Duration::from_secs(3600);
        let _far = watchdog
            .begin(&far, until(hour), Arc::new(Count::default()))
            .unwrap();
        thread::sleep(Duration::from_millis(10));
        let near = Arc::new(Control::default());
        let soon = Instant::now() + Duration::from_millis(5);
        let _near = watchdog
            .begin(&near, until(soon), Arc::new(Count::default()))
            .unwrap();
        wait_for(|| near.cause().is_some());
        assert!(soon.elapsed() < Duration::from_millis(500));
        assert_eq!(far.cause(), None);
    }

    #[test]
    fn a_cancellation_between_two_calls_of_a_run_is_not_lost() {
        let watchdog = Arc::new(Watchdog::new());
        let control = Arc::new(Control::default());
        let interrupter = Interrupter::new(control.clone(), watchdog.clone());
        let run = interrupter.begin_run();
        assert!(interrupter.interrupt());
        let kick = Arc::new(Count::default());
        drop(
            watchdog
                .begin(&control, Budget::default(), kick.clone())
                .unwrap(),
        );
        assert_eq!(control.cause(), Some(InterruptCause::Cancelled));
        assert_eq!(kick.0.load(Ordering::SeqCst), 0);
        drop(run);
        assert!(interrupter.check().is_ok(), "it ends with the run");
    }

    #[test]
    fn a_cancellation_with_no_run_in_progress_is_for_nobody() {
        let watchdog = Arc::new(Watchdog::new());
        let control = Arc::new(Control::default());
        let interrupter = Interrupter::new(control.clone(), watchdog.clone());
        assert!(!interrupter.interrupt());
        let _running = watchdog
            .begin(&control, Budget::default(), Arc::new(Count::default()))
            .unwrap();
        assert!(interrupter.check().is_ok());
        assert!(interrupter.interrupt());
        assert!(interrupter.check().is_err());
    }

    #[test]
    fn a_sleeping_host_function_wakes_when_its_guest_has_to_end() {
        let watchdog = Arc::new(Watchdog::new());
        let control = Arc::new(Control::default());
        let interrupter = Interrupter::new(control.clone(), watchdog.clone());
        let soon = Instant::now() + Duration::from_millis(5);
        let _running = watchdog
            .begin(&control, until(soon), Arc::new(Count::default()))
            .unwrap();
        let woken = interrupter.sleep(Duration::MAX).unwrap_err();
        assert_eq!(woken.cause, InterruptCause::Deadline);
        assert!(soon.elapsed() < Duration::from_millis(500));
    }
}

//! The thread that notices that a deadline has passed.
//!
//! It sleeps until the nearest deadline, and for good when there is none. Beginning a call wakes it only if the call's
//! deadline is nearer than what it sleeps for; ending a call never does.

use super::Control;
use parking_lot::{Condvar, Mutex};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long to wait before kicking again a guest that was not caught in its own code.
const RETRY_MIN: Duration = Duration::from_micros(50);
/// The longest such wait. With it goes the promise of two milliseconds from deadline to interrupt.
const RETRY_MAX: Duration = Duration::from_millis(1);

/// A way to push a guest whose call has to end.
pub(crate) trait Kick: Send + Sync {
    /// Pushes. Called with the watchdog's lock held and only while the call is in progress.
    fn kick(&self);

    /// Waits for the effects of earlier kicks. Called by the thread that made the call, after the last kick.
    fn settle(&self) {}
}

/// A guest call in progress.
struct Run {
    control: Arc<Control>,
    kick: Arc<dyn Kick>,
    /// When the watchdog has to look at this run next.
    due: Option<Instant>,
    retry: Duration,
}

#[derive(Default)]
struct State {
    runs: HashMap<u64, Run>,
    due: BTreeSet<(Instant, u64)>,
    next_id: u64,
    /// What the thread sleeps for; `None` when it sleeps for good or does not sleep.
    sleeps_until: Option<Instant>,
    stopping: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// Watches over the deadlines of guest calls. Its thread starts with the first call that needs it.
pub(crate) struct Watchdog {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl std::fmt::Debug for Watchdog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watchdog")
            .field("runs", &self.shared.state.lock().runs.len())
            .finish()
    }
}

impl Watchdog {
    pub(crate) fn new() -> Self {
        Self {
            shared: Arc::default(),
            thread: Mutex::new(None),
        }
    }

    /// Registers a call that begins. It is over when the returned guard is dropped.
    ///
    /// A request that came before is not carried out: the caller looks at [`Control::cause`] once registered.
    ///
    /// # Errors
    ///
    /// The watchdog's thread cannot be started.
    pub(crate) fn begin(
        &self,
        control: &Arc<Control>,
        deadline: Option<Instant>,
        kick: Arc<dyn Kick>,
    ) -> std::io::Result<Running<'_>> {
        self.ensure_thread()?;
        control.begin(deadline);
        let mut state = self.shared.state.lock();
        let id = state.next_id;
        state.next_id += 1;
        let run = Run {
            control: control.clone(),
            kick: kick.clone(),
            due: None,
            retry: RETRY_MIN,
        };
        state.runs.insert(id, run);
        if let Some(deadline) = deadline {
            self.schedule(&mut state, id, deadline);
        }
        Ok(Running {
            watchdog: self,
            control: control.clone(),
            id,
            kick,
        })
    }

    /// Cancels the call that `control` belongs to.
    pub(super) fn cancel(&self, control: &Arc<Control>) {
        control.cancel();
        let mut state = self.shared.state.lock();
        let id = state
            .runs
            .iter()
            .find(|(_, run)| Arc::ptr_eq(&run.control, control))
            .map(|(id, _)| *id);
        if let Some(id) = id {
            self.schedule(&mut state, id, Instant::now());
        }
    }

    fn schedule(&self, state: &mut State, id: u64, at: Instant) {
        if let Some(run) = state.runs.get_mut(&id) {
            let before = run.due.replace(at);
            if let Some(before) = before {
                state.due.remove(&(before, id));
            }
            state.due.insert((at, id));
            if state.sleeps_until.is_none_or(|until| at < until) {
                self.shared.changed.notify_one();
            }
        }
    }

    fn ensure_thread(&self) -> std::io::Result<()> {
        let mut thread = self.thread.lock();
        if thread.is_none() {
            let shared = self.shared.clone();
            let builder = thread::Builder::new()
                .name("hatchery-watchdog".into())
                .stack_size(128 << 10);
            *thread = Some(builder.spawn(move || watch(&shared))?);
        }
        Ok(())
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.shared.state.lock().stopping = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.get_mut().take() {
            // It only panics where an assertion of ours is wrong, and there is nobody left to tell.
            let _ = thread.join();
        }
    }
}

fn watch(shared: &Shared) {
    let mut state = shared.state.lock();
    while !state.stopping {
        let now = Instant::now();
        while let Some(&(due, id)) = state.due.first()
            && due <= now
        {
            state.due.pop_first();
            let Some(run) = state.runs.get_mut(&id) else {
                continue;
            };
            run.control.expire();
            run.kick.kick();
            let again = now + run.retry;
            run.due = Some(again);
            run.retry = (run.retry * 2).min(RETRY_MAX);
            state.due.insert((again, id));
        }
        state.sleeps_until = state.due.first().map(|(due, _)| *due);
        match state.sleeps_until {
            Some(until) => {
                shared.changed.wait_until(&mut state, until);
            }
            None => shared.changed.wait(&mut state),
        }
        state.sleeps_until = None;
    }
}

/// A call in progress. Once this is dropped the call's thread is never kicked again.
pub(crate) struct Running<'a> {
    watchdog: &'a Watchdog,
    control: Arc<Control>,
    id: u64,
    kick: Arc<dyn Kick>,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let mut state = self.watchdog.shared.state.lock();
        if let Some(run) = state.runs.remove(&self.id)
            && let Some(due) = run.due
        {
            state.due.remove(&(due, self.id));
        }
        drop(state);
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
        drop(watchdog.begin(&control, Some(soon), kick.clone()).unwrap());
        thread::sleep(Duration::from_millis(40));
        assert_eq!(kick.0.load(Ordering::SeqCst), 0);
        assert_eq!(control.cause(), None);
    }

    #[test]
    fn a_guest_that_was_not_caught_is_kicked_again() {
        let watchdog = Watchdog::new();
        let (control, kick) = (Arc::new(Control::default()), Arc::new(Count::default()));
        let running = watchdog
            .begin(&control, Some(Instant::now()), kick.clone())
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
            .begin(&far, Some(hour), Arc::new(Count::default()))
            .unwrap();
        thread::sleep(Duration::from_millis(10));
        let near = Arc::new(Control::default());
        let soon = Instant::now() + Duration::from_millis(5);
        let _near = watchdog
            .begin(&near, Some(soon), Arc::new(Count::default()))
            .unwrap();
        wait_for(|| near.cause().is_some());
        assert!(soon.elapsed() < Duration::from_millis(500));
        assert_eq!(far.cause(), None);
    }

    #[test]
    fn a_cancellation_is_not_lost_between_calls() {
        let watchdog = Arc::new(Watchdog::new());
        let control = Arc::new(Control::default());
        let interrupter = Interrupter::new(control.clone(), watchdog.clone());
        interrupter.interrupt();
        let kick = Arc::new(Count::default());
        drop(watchdog.begin(&control, None, kick.clone()).unwrap());
        assert_eq!(control.cause(), Some(InterruptCause::Cancelled));
        assert_eq!(kick.0.load(Ordering::SeqCst), 0);
        control.clear();
        assert!(interrupter.check().is_ok());
    }

    #[test]
    fn a_sleeping_host_function_wakes_when_its_guest_has_to_end() {
        let watchdog = Arc::new(Watchdog::new());
        let control = Arc::new(Control::default());
        let interrupter = Interrupter::new(control.clone(), watchdog.clone());
        let soon = Instant::now() + Duration::from_millis(5);
        let _running = watchdog
            .begin(&control, Some(soon), Arc::new(Count::default()))
            .unwrap();
        let woken = interrupter.sleep(Duration::MAX).unwrap_err();
        assert_eq!(woken.cause, InterruptCause::Deadline);
        assert!(soon.elapsed() < Duration::from_millis(500));
    }
}

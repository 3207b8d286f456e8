//! What ends a program before its own end: Ctrl-C, the time limit, and output that nobody reads.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Condvar, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use hatchery::{Interrupted, Interrupter};
use signal_hook::consts::SIGINT;
use signal_hook::iterator::Signals;

const STOP_INTERVAL: Duration = Duration::from_millis(10);

/// Why the command line stopped a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StopReason {
    CtrlC,
    TimeLimit,
    BrokenPipe,
    /// The output cannot be written, and somebody has been told.
    OutputLost,
}

const REASONS: [StopReason; 4] = [
    StopReason::CtrlC,
    StopReason::TimeLimit,
    StopReason::BrokenPipe,
    StopReason::OutputLost,
];

/// Stops one program; the first reason is the one that counts.
#[derive(Debug, Default)]
pub(super) struct Stop {
    interrupter: OnceLock<Interrupter>,
    /// 0, or one more than an index of `REASONS`.
    reason: AtomicU8,
    pauses: Mutex<Pauses>,
    pause_ended: Condvar,
}

#[derive(Debug, Default)]
struct Pauses {
    is_paused: bool,
    /// Of the pauses that are over.
    total: Duration,
}

impl Stop {
    /// The sandbox is there: what was asked for before is done now.
    pub(super) fn arm(&self, interrupter: Interrupter) {
        let _ = self.interrupter.set(interrupter);
        if self.reason().is_some() {
            self.interrupt();
        }
    }

    fn interrupt(&self) {
        if let Some(interrupter) = self.interrupter.get() {
            interrupter.interrupt();
        }
    }

    pub(super) fn stop(&self, reason: StopReason) {
        let code = 1 + REASONS.iter().position(|&each| each == reason).unwrap_or(0) as u8;
        let _ = self
            .reason
            .compare_exchange(0, code, Ordering::SeqCst, Ordering::SeqCst);
        self.interrupt();
    }

    pub(super) fn reason(&self) -> Option<StopReason> {
        let code = self.reason.load(Ordering::SeqCst);
        REASONS.get(usize::from(code).checked_sub(1)?).copied()
    }

    /// Fails when the program has to end.
    pub(super) fn check(&self) -> Result<(), Interrupted> {
        self.interrupter.get().map_or(Ok(()), Interrupter::check)
    }

    /// From here to the drop of what it returns no time passes for the time limit of [`limit`](Self::limit).
    pub(super) fn pause(&self) -> Pause<'_> {
        self.pauses().is_paused = true;
        Pause {
            stop: self,
            begun: Instant::now(),
        }
    }

    /// Stops the program when it has run for `limit`, pauses apart. Returns then only: for a thread of its own.
    pub(super) fn limit(&self, limit: Duration) {
        let begun = Instant::now();
        let mut pauses = self.pauses();
        loop {
            if pauses.is_paused {
                pauses = self
                    .pause_ended
                    .wait(pauses)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let run = begun.elapsed().saturating_sub(pauses.total);
            let Some(left) = limit.checked_sub(run).filter(|left| !left.is_zero()) else {
                break;
            };
            pauses = self
                .pause_ended
                .wait_timeout(pauses, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        drop(pauses);
        self.stop(StopReason::TimeLimit);
    }

    fn pauses(&self) -> std::sync::MutexGuard<'_, Pauses> {
        self.pauses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct Pause<'a> {
    stop: &'a Stop,
    begun: Instant,
}

impl Drop for Pause<'_> {
    fn drop(&mut self) {
        let mut pauses = self.stop.pauses();
        pauses.is_paused = false;
        pauses.total += self.begun.elapsed();
        self.stop.pause_ended.notify_all();
    }
}

/// From now on the first Ctrl-C stops the program, and the second ends this process as it would any other.
pub(super) fn on_ctrl_c(stop: std::sync::Arc<Stop>) -> std::io::Result<()> {
    let mut signals = Signals::new([SIGINT])?;
    std::thread::spawn(move || {
        signals.forever().next();
        let again = stop.clone();
        std::thread::spawn(move || {
            // A program that has not begun yet is stopped when it has.
            loop {
                again.stop(StopReason::CtrlC);
                std::thread::sleep(STOP_INTERVAL);
            }
        });
        signals.forever().next();
        let _ = signal_hook::low_level::emulate_default_handler(SIGINT);
    });
    Ok(())
}

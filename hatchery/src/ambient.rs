//! What a guest takes from the world around it without asking a host function: time and chance.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::time::{Duration, Instant, SystemTime};

use hatchery_engine::CpuClock;

/// The time that programs see.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Clock {
    /// The machine's.
    #[default]
    System,
    /// It is this time, and stays so. Sleeping takes no time, but moves the clock on by as much.
    Fixed(SystemTime),
}

/// One sandbox's clock.
#[derive(Debug, Clone)]
pub(crate) struct GuestClock {
    clock: Clock,
    /// Where the guest's monotonic clock begins: how long the host has been up is not the guest's to know.
    start: Instant,
    /// How far a fixed clock was moved on.
    passed: Duration,
    /// What the monotonic clock of a session that has woken here says beyond this process's.
    ahead: Duration,
    used: UsedTime,
}

/// What a guest takes for the processor time of its process. Nothing is measured until a program asks.
#[derive(Debug, Clone, Default)]
struct UsedTime {
    /// What a program was told last: it never sees less.
    told: Duration,
    run: Option<RunTime>,
}

/// Of the run in progress.
#[derive(Debug, Clone)]
struct RunTime {
    begun: Instant,
    slept: Duration,
    /// Since the program asked first: the thread's clock, what it showed then, and what the program was told.
    counted: Option<(CpuClock, Duration, Duration)>,
}

impl UsedTime {
    fn now(&mut self) -> Duration {
        let Some(run) = &mut self.run else {
            return self.told;
        };
        let cpu = CpuClock::of_this_thread().and_then(|clock| Some((clock, clock.now()?)));
        let used = match (cpu, &run.counted) {
            (Some((_, now)), Some((_, before, told))) => *told + now.saturating_sub(*before),
            // Up to the first question the program has computed, as far as is known, unless it slept.
            _ => self.told + run.begun.elapsed().saturating_sub(run.slept),
        };
        if let (Some((clock, now)), None) = (cpu, &run.counted) {
            run.counted = Some((clock, now, used));
        }
        self.told = self.told.max(used);
        self.told
    }
}

impl Default for GuestClock {
    fn default() -> Self {
        Self::new(Clock::System, Instant::now())
    }
}

impl GuestClock {
    pub(crate) fn new(clock: Clock, start: Instant) -> Self {
        Self {
            clock,
            start,
            passed: Duration::ZERO,
            ahead: Duration::ZERO,
            used: UsedTime::default(),
        }
    }

    pub(crate) fn reset(&mut self) {
        self.passed = Duration::ZERO;
        self.ahead = Duration::ZERO;
        self.used = UsedTime::default();
    }

    /// Becomes the clock of a session that has slept: a fixed one goes on from where it was, and the monotonic one never
    /// goes back, wherever the session slept.
    pub(crate) fn resume(&mut self, passed: Duration, monotonic: Duration) {
        self.pass(passed);
        self.ahead = Duration::ZERO;
        self.ahead = monotonic.min(AHEAD_MAX).saturating_sub(self.monotonic());
        // How much of its time the session had used was not kept, but it was no more than that.
        self.used.told = monotonic.min(AHEAD_MAX);
    }

    /// A run begins, on this thread.
    pub(crate) fn begin_run(&mut self, begun: Instant) {
        self.used.run = Some(RunTime {
            begun,
            slept: Duration::ZERO,
            counted: None,
        });
    }

    /// The run in progress has slept so long.
    pub(crate) fn sleep(&mut self, time: Duration) {
        if let Some(run) = &mut self.used.run {
            run.slept += time;
        }
    }

    /// The processor time that the guest has used, from zero. A fixed clock counts what was slept.
    pub(crate) fn used(&mut self) -> Duration {
        if self.is_fixed() {
            return self.monotonic();
        }
        self.used.now()
    }

    /// How far a fixed clock was moved on.
    pub(crate) fn passed(&self) -> Duration {
        self.passed
    }

    pub(crate) fn is_fixed(&self) -> bool {
        self.clock != Clock::System
    }

    /// Since the Unix epoch.
    pub(crate) fn realtime(&self) -> Duration {
        let now = match self.clock {
            Clock::System => SystemTime::now(),
            Clock::Fixed(time) => time.checked_add(self.passed).unwrap_or(time),
        };
        now.duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default()
    }

    /// Since some moment before the guest ran.
    pub(crate) fn monotonic(&self) -> Duration {
        self.ahead
            + match self.clock {
                Clock::System => self.start.elapsed(),
                Clock::Fixed(_) => self.passed,
            }
    }

    /// The guest has slept: a fixed clock moves on.
    pub(crate) fn pass(&mut self, time: Duration) {
        if self.is_fixed() {
            self.passed = self.passed.saturating_add(time).min(PASSED_MAX);
        }
    }
}

/// As far as a fixed clock goes: a hundred years, which Python's nanoseconds of 63 bits can bear.
const PASSED_MAX: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
/// As far as a session's monotonic clock can be ahead.
const AHEAD_MAX: Duration = PASSED_MAX;

/// Where a sandbox's random bytes come from.
#[derive(Debug, Clone, Default)]
pub(crate) enum Entropy {
    /// The machine.
    #[default]
    System,
    /// A generator, so that a run can be had again.
    Seeded { seed: u64, stream: Box<ChaCha20Rng> },
}

impl Entropy {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self::Seeded {
            seed,
            stream: Box::new(ChaCha20Rng::seed_from_u64(seed)),
        }
    }

    pub(crate) fn reset(&mut self) {
        if let Self::Seeded { seed, .. } = self {
            *self = Self::seeded(*seed);
        }
    }

    /// Seed and position of a generator of its own.
    pub(crate) fn position(&self) -> Option<(u64, u128)> {
        match self {
            Self::System => None,
            Self::Seeded { seed, stream } => Some((*seed, stream.get_word_pos())),
        }
    }

    /// A generator where another has stopped.
    pub(crate) fn at_position(seed: u64, position: u128) -> Self {
        let mut entropy = Self::seeded(seed);
        if let Self::Seeded { stream, .. } = &mut entropy {
            stream.set_word_pos(position);
        }
        entropy
    }

    /// # Errors
    ///
    /// The machine has none to give.
    pub(crate) fn fill(&mut self, bytes: &mut [u8]) -> Result<(), getrandom::Error> {
        match self {
            Self::System => getrandom::fill(bytes),
            Self::Seeded { stream, .. } => {
                stream.fill_bytes(bytes);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_bytes_also_after_a_reset() {
        let draw = |entropy: &mut Entropy| {
            let mut bytes = [0; 32];
            entropy.fill(&mut bytes).unwrap();
            bytes
        };
        let (mut a, mut b) = (Entropy::seeded(7), Entropy::seeded(7));
        let first = draw(&mut a);
        assert_eq!(draw(&mut b), first);
        assert_ne!(draw(&mut a), first);
        a.reset();
        assert_eq!(draw(&mut a), first);
        assert_ne!(draw(&mut Entropy::seeded(8)), first);
    }

    #[test]
    fn a_fixed_clock_moves_by_what_is_slept() {
        let epoch = SystemTime::UNIX_EPOCH + Duration::from_secs(5);
        let mut clock = GuestClock::new(Clock::Fixed(epoch), Instant::now());
        clock.pass(Duration::from_secs(2));
        assert_eq!(clock.realtime(), Duration::from_secs(7));
        assert_eq!(clock.monotonic(), Duration::from_secs(2));
        clock.pass(Duration::MAX);
        assert_eq!(clock.monotonic(), PASSED_MAX);
    }

    #[test]
    fn a_monotonic_clock_does_not_go_back_where_a_session_wakes() {
        let day = Duration::from_secs(24 * 3600);
        let fixed = Clock::Fixed(SystemTime::UNIX_EPOCH);
        for kind in [Clock::System, fixed] {
            let mut clock = GuestClock::new(kind, Instant::now());
            clock.resume(Duration::from_secs(1), day);
            let woken = clock.monotonic();
            assert!((day..day * 2).contains(&woken), "{woken:?}");
            // And where this process is ahead of it, no time is made up.
            clock.resume(Duration::ZERO, Duration::ZERO);
            assert!(clock.monotonic() < day);
        }
        let mut clock = GuestClock::new(Clock::System, Instant::now());
        clock.resume(Duration::MAX, Duration::MAX);
        assert!(clock.monotonic() < AHEAD_MAX * 2);
    }
}

//! What a guest takes from the world around it without asking a host function: time and chance.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::time::{Duration, Instant, SystemTime};

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
        }
    }

    pub(crate) fn reset(&mut self) {
        self.passed = Duration::ZERO;
        self.ahead = Duration::ZERO;
    }

    /// Becomes the clock of a session that has slept: a fixed one goes on from where it was, and the monotonic one never
    /// goes back, wherever the session slept.
    pub(crate) fn resume(&mut self, passed: Duration, monotonic: Duration) {
        self.pass(passed);
        self.ahead = Duration::ZERO;
        self.ahead = monotonic.min(AHEAD_MAX).saturating_sub(self.monotonic());
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

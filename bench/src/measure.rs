//! Timings that can be compared: taken in turn in one process, reported as medians.

use crate::Failure;
use std::time::{Duration, Instant};

/// Times of one contender, in microseconds, ascending.
#[derive(Debug, Clone)]
pub struct Samples(Vec<f64>);

impl Samples {
    /// Sorts the times.
    ///
    /// # Panics
    ///
    /// When there are none.
    #[must_use]
    pub fn new(mut times_us: Vec<f64>) -> Self {
        assert!(!times_us.is_empty(), "nothing was measured");
        times_us.sort_by(f64::total_cmp);
        Self(times_us)
    }

    /// The time that a part of all samples stays below.
    #[must_use]
    pub fn quantile_us(&self, part: f64) -> f64 {
        self.0[(((self.0.len() - 1) as f64) * part).round() as usize]
    }

    /// The middle one.
    #[must_use]
    pub fn median_us(&self) -> f64 {
        self.quantile_us(0.5)
    }

    /// The one that 99 of 100 stay below.
    #[must_use]
    pub fn p99_us(&self) -> f64 {
        self.quantile_us(0.99)
    }
}

/// How often something is measured.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Times each contender has its turn.
    pub turns: usize,
    /// Samples taken in one turn, after one that is thrown away: the contender before has emptied the caches.
    pub samples_a_turn: usize,
}

/// One who competes: does its work once and says how long the part that counts has taken.
pub type Contender<'a> = &'a mut dyn FnMut() -> Result<Duration, Failure>;

/// Lets the contenders work in turn, so that whatever else the machine does hits all of them.
///
/// # Errors
///
/// The first contender's.
pub fn compare<const N: usize>(
    effort: Effort,
    mut contenders: [Contender<'_>; N],
) -> Result<[Samples; N], Failure> {
    let mut times: [Vec<f64>; N] = std::array::from_fn(|_| Vec::new());
    for turn in 0..=effort.turns {
        for (contender, times) in contenders.iter_mut().zip(&mut times) {
            contender()?;
            for _ in 0..effort.samples_a_turn {
                let time = contender()?;
                // The first turn warms up.
                if turn > 0 {
                    times.push(time.as_secs_f64() * 1e6);
                }
            }
        }
    }
    Ok(times.map(Samples::new))
}

/// How long `work` takes.
///
/// # Errors
///
/// Its own.
pub fn time<R>(work: impl FnOnce() -> Result<R, Failure>) -> Result<(Duration, R), Failure> {
    let begun = Instant::now();
    let result = work()?;
    Ok((begun.elapsed(), result))
}

/// How often `work` is done in a second, when it is done for `length`.
///
/// # Errors
///
/// Its own.
pub fn rate(
    length: Duration,
    mut work: impl FnMut() -> Result<(), Failure>,
) -> Result<f64, Failure> {
    let begun = Instant::now();
    let mut count = 0_u64;
    while begun.elapsed() < length {
        for _ in 0..16 {
            work()?;
        }
        count += 16;
    }
    Ok(count as f64 / begun.elapsed().as_secs_f64())
}

/// The middle one of `values`.
///
/// # Panics
///
/// When there are none.
#[must_use]
pub fn median(values: Vec<f64>) -> f64 {
    Samples::new(values).median_us()
}

//! Two threads, each with a sandbox of its own.

use super::print::{cycle, warm_sandbox};
use super::{Bench, PRINT};
use crate::Failure;
use crate::measure::{median, rate};
use crate::report::{Figure, Target};
use hatchery::Runtime;
use std::hint::black_box;
use std::sync::Barrier;
use std::time::Duration;

/// One thread and two take turns so often, so that a machine which is slower for a while is so for both.
pub(super) const WINDOWS: usize = 61;

/// The same work on one thread and on two, in turns: how much of it is done in a second.
#[derive(Default)]
pub(super) struct Scaling {
    ones: Vec<f64>,
    twos: Vec<f64>,
}

impl Scaling {
    pub(super) fn turn(
        &mut self,
        work: impl Fn() -> Result<f64, Failure> + Sync,
    ) -> Result<(), Failure> {
        self.ones.push(on_threads(1, &work)?);
        self.twos.push(on_threads(2, &work)?);
        Ok(())
    }

    pub(super) fn figure(self, name: &'static str, target: Target) {
        Figure::new(name, median(self.twos), "1/s")
            .against("one thread", median(self.ones))
            .target(target)
            .print();
    }

    /// The median of what two did over what one did just before.
    pub(super) fn ratio(self, name: &'static str) {
        let ratios = self.twos.iter().zip(&self.ones).map(|(two, one)| two / one);
        Figure::new(name, median(ratios.collect()), "ratio").print();
    }
}

/// How long one turn of one of them is.
pub(super) fn window(bench: &Bench) -> Duration {
    Duration::from_millis(bench.samples(60) as u64)
}

/// Cycles a second on two threads, beside one; with strict resets; and the same of plain arithmetic, which says what the
/// machine gives.
///
/// # Errors
///
/// What cannot be made.
pub fn two(bench: &Bench) -> Result<(), Failure> {
    let runtime = bench.runtime()?;
    let length = window(bench);
    let [mut usual, mut strict, mut machine] = <[Scaling; 3]>::default();
    for _ in 0..WINDOWS {
        usual.turn(|| prints(&runtime, length))?;
        strict.turn(|| strict_prints(&runtime, length))?;
        machine.turn(|| arithmetic(length))?;
    }
    usual.figure("threads_2", Target::AtLeast(1.9));
    strict.ratio("threads_2_strict");
    machine.ratio("threads_2_of_arithmetic");
    Ok(())
}

/// The sum of what `count` threads say, which begin together.
///
/// # Errors
///
/// That of the first which fails.
pub fn on_threads(
    count: usize,
    work: impl Fn() -> Result<f64, Failure> + Sync,
) -> Result<f64, Failure> {
    let barrier = Barrier::new(count);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..count)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    work().map_err(|error| error.to_string())
                })
            })
            .collect();
        threads.into_iter().try_fold(0.0, |sum, thread| {
            let rate = thread.join().map_err(|_| "a thread panicked")??;
            Ok(sum + rate)
        })
    })
}

fn prints(runtime: &Runtime, length: Duration) -> Result<f64, Failure> {
    let mut sandbox = warm_sandbox(runtime)?;
    rate(length, || cycle(&mut sandbox).map(drop))
}

fn strict_prints(runtime: &Runtime, length: Duration) -> Result<f64, Failure> {
    let mut sandbox = warm_sandbox(runtime)?;
    rate(length, || {
        black_box(sandbox.execute(PRINT)?);
        sandbox.reset_strict()?;
        Ok(())
    })
}

pub(super) fn arithmetic(length: Duration) -> Result<f64, Failure> {
    rate(length, || {
        let mut sum = 0_u64;
        for number in 0..10_000_u64 {
            sum = black_box(sum.wrapping_mul(31).wrapping_add(number));
        }
        black_box(sum);
        Ok(())
    })
}

//! Two threads, each with a sandbox of its own.

use super::Bench;
use super::print::{cycle, warm_sandbox};
use crate::Failure;
use crate::measure::{median, rate};
use crate::report::{Figure, Target};
use hatchery::Runtime;
use std::hint::black_box;
use std::sync::Barrier;
use std::time::Duration;

const WINDOWS: usize = 9;

/// Cycles a second on two threads, beside one; and the same of plain arithmetic, which says what the machine gives.
///
/// # Errors
///
/// What cannot be made.
pub fn two(bench: &Bench) -> Result<(), Failure> {
    let runtime = bench.runtime()?;
    let length = Duration::from_millis(bench.samples(400) as u64);
    let (mut ones, mut twos, mut ratios, mut machine) = (vec![], vec![], vec![], vec![]);
    for _ in 0..WINDOWS {
        let one = on_threads(1, || prints(&runtime, length))?;
        let two = on_threads(2, || prints(&runtime, length))?;
        let spin_one = on_threads(1, || arithmetic(length))?;
        let spin_two = on_threads(2, || arithmetic(length))?;
        ones.push(one);
        twos.push(two);
        ratios.push(two / one);
        machine.push(spin_two / spin_one);
    }
    Figure::new("threads_2", median(twos), "1/s")
        .against("one thread", median(ones))
        .target(Target::AtLeast(1.9))
        .print();
    Figure::new(
        "threads_2_best_window",
        ratios.iter().copied().fold(0.0, f64::max),
        "ratio",
    )
    .print();
    Figure::new("threads_2_of_arithmetic", median(machine), "ratio").print();
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

//! CPython printing a word.

use super::{Bench, PRINT};
use crate::Failure;
use crate::baseline::stock::{Stock, beside_pooling};
use crate::measure::{Effort, Samples, compare, median, rate};
use crate::report::{Figure, Target};
use hatchery::{Runtime, Sandbox};
use std::time::{Duration, Instant};

const FRESH_SANDBOXES: usize = 200;

/// A sandbox that has run the program, so that its pages are private already.
///
/// # Errors
///
/// The sandbox's.
pub fn warm_sandbox(runtime: &Runtime) -> Result<Sandbox, Failure> {
    let mut sandbox = runtime.sandbox()?;
    for _ in 0..10 {
        cycle(&mut sandbox)?;
    }
    Ok(sandbox)
}

/// How long `print` and a reset take.
///
/// # Errors
///
/// The sandbox's.
pub fn cycle(sandbox: &mut Sandbox) -> Result<Duration, Failure> {
    let begun = Instant::now();
    std::hint::black_box(sandbox.execute(PRINT)?);
    sandbox.reset()?;
    Ok(begun.elapsed())
}

/// `print` and a reset, beside the pooling allocator and on-demand; and what the reset adds.
///
/// # Errors
///
/// What cannot be made.
pub fn cycles(bench: &Bench) -> Result<(), Failure> {
    let runtime = bench.runtime()?;
    let stock = bench.stock_python()?;
    let mut sandbox = warm_sandbox(&runtime)?;
    let effort = Effort {
        turns: bench.samples(200),
        samples_a_turn: 10,
    };
    let theirs = stock.engine(Stock::OnDemand)?.instance()?.execute(PRINT)?;
    if theirs != sandbox.execute(PRINT)?.stdout {
        return Err("the baseline prints something else".into());
    }
    let (ours, name, best) = beside_pooling(
        effort,
        &mut || cycle(&mut sandbox),
        |settings| stock.engine(settings),
        |engine| engine.cycle(PRINT),
    )?;
    Figure::new("print_cycle", ours.median_us(), "µs")
        .p99(ours.p99_us())
        .against(name, best.median_us())
        .target(Target::AtMost(0.2))
        .print();
    let mut on_demand = stock.engine(Stock::OnDemand)?;
    let [ours, theirs] = compare(
        effort,
        [&mut || cycle(&mut sandbox), &mut || on_demand.cycle(PRINT)],
    )?;
    Figure::new("print_cycle_vs_on_demand", ours.median_us(), "µs")
        .p99(ours.p99_us())
        .against(Stock::OnDemand.to_string(), theirs.median_us())
        .print();
    overhead(bench)
}

/// What the reset adds to a `print`.
///
/// # Errors
///
/// What cannot be made.
pub fn overhead(bench: &Bench) -> Result<(), Failure> {
    let runtime = bench.runtime()?;
    let (mut reset, mut kept) = (warm_sandbox(&runtime)?, warm_sandbox(&runtime)?);
    let effort = Effort {
        turns: bench.samples(300),
        samples_a_turn: 20,
    };
    let [with, without] = compare(
        effort,
        [&mut || cycle(&mut reset), &mut || {
            let begun = Instant::now();
            std::hint::black_box(kept.execute(PRINT)?);
            Ok(begun.elapsed())
        }],
    )?;
    Figure::new("print_overhead", with.median_us(), "µs")
        .p99(with.p99_us())
        .against("print without a reset", without.median_us())
        .target(Target::AtMost(1.35))
        .print();
    after_large(bench)
}

/// `print` and a reset, some runs after one that has written to most of the pages that a slot keeps, beside a slot that
/// knows no such run.
fn after_large(bench: &Bench) -> Result<(), Failure> {
    const LARGE: &str = "block = b'x' * (6 << 20)";
    const RUNS_BETWEEN: usize = 10;
    let runtime = bench.runtime()?;
    let (mut large, mut small) = (warm_sandbox(&runtime)?, warm_sandbox(&runtime)?);
    let effort = Effort {
        turns: bench.samples(100),
        samples_a_turn: 10,
    };
    large.execute(LARGE)?;
    large.reset()?;
    for _ in 0..RUNS_BETWEEN {
        cycle(&mut large)?;
    }
    let [after, without] = compare(
        effort,
        [&mut || cycle(&mut large), &mut || cycle(&mut small)],
    )?;
    Figure::new("print_cycle_after_6mb", after.median_us(), "µs")
        .p99(after.p99_us())
        .against("no such run before", without.median_us())
        .target(Target::AtMost(1.1))
        .print();
    Ok(())
}

/// What a first `print` writes to and takes, in sandboxes that nobody has used.
///
/// # Errors
///
/// What cannot be made.
pub fn fresh(bench: &Bench) -> Result<(), Failure> {
    // One of its own: the slots of the other are warm.
    let runtime = Runtime::new()?;
    // Held, so that each has a slot of its own.
    let mut held = Vec::new();
    let (mut times_us, mut pages, mut runs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.samples(FRESH_SANDBOXES) {
        let mut sandbox = runtime.sandbox()?;
        let begun = Instant::now();
        sandbox.execute(PRINT)?;
        times_us.push(begun.elapsed().as_secs_f64() * 1e6);
        let dirty = sandbox.dirty_pages()?;
        pages.push(dirty.len_pages() as f64);
        runs.push(dirty.run_count() as f64);
        held.push(sandbox);
    }
    let times = Samples::new(times_us);
    Figure::new("dirty_pages_print", median(pages), "pages")
        .target(Target::AtMost(40.0))
        .print();
    Figure::new("dirty_runs_print", median(runs), "runs")
        .target(Target::AtMost(25.0))
        .print();
    Figure::new("first_print", times.median_us(), "µs")
        .p99(times.p99_us())
        .target(Target::AtMost(200.0))
        .print();
    Ok(())
}

/// `print`s a second, each with a reset, on one thread.
///
/// # Errors
///
/// What cannot be made.
pub fn throughput(bench: &Bench) -> Result<(), Failure> {
    let mut sandbox = warm_sandbox(&bench.runtime()?)?;
    let length = Duration::from_millis(bench.samples(500) as u64);
    let rates: Result<Vec<f64>, Failure> = (0..7)
        .map(|_| rate(length, || cycle(&mut sandbox).map(drop)))
        .collect();
    Figure::new("prints_per_second", median(rates?), "1/s").print();
    Ok(())
}

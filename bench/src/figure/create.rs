//! Making instances.

use super::Bench;
use crate::Failure;
use crate::baseline::stock::{Stock, beside_pooling};
use crate::guest::{CowGuest, StockGuest};
use crate::measure::{Effort, compare};
use crate::report::{Figure, Target};
use std::time::Instant;

const MIB: usize = 1 << 20;
/// As many as CPython has.
const FUNCTIONS: usize = 12_000;

fn effort(bench: &Bench) -> Effort {
    Effort {
        turns: bench.samples(200),
        samples_a_turn: 20,
    }
}

/// An image of a gigabyte beside one of a megabyte.
///
/// # Errors
///
/// What cannot be made.
pub fn flat(bench: &Bench) -> Result<(), Failure> {
    let guest = CowGuest::new(0)?;
    let (small, large) = (CowGuest::image(MIB)?, CowGuest::image(1024 * MIB)?);
    let [of_large, of_small, large_churn, small_churn] = compare(
        effort(bench),
        [
            &mut || guest.create(&large),
            &mut || guest.create(&small),
            &mut || guest.churn(&large),
            &mut || guest.churn(&small),
        ],
    )?;
    Figure::new("create_flat", of_large.median_us(), "µs")
        .p99(of_large.p99_us())
        .against("image of 1 MiB", of_small.median_us())
        .target(Target::AtMost(1.1))
        .print();
    Figure::new("create_and_drop_flat", large_churn.median_us(), "µs")
        .p99(large_churn.p99_us())
        .against("image of 1 MiB", small_churn.median_us())
        .print();
    Ok(())
}

/// A module as large as CPython, beside the pooling allocator.
///
/// # Errors
///
/// What cannot be made.
pub fn vs_pooling(bench: &Bench) -> Result<(), Failure> {
    let guest = CowGuest::new(FUNCTIONS)?;
    let image = CowGuest::image(MIB)?;
    let stock = StockGuest::new(FUNCTIONS, MIB)?;
    let (ours, name, best) = beside_pooling(
        effort(bench),
        &mut || guest.create(&image),
        |settings| stock.engine(settings),
        |engine| engine.create(),
    )?;
    Figure::new("create_vs_pooling", ours.median_us(), "µs")
        .p99(ours.p99_us())
        .against(name, best.median_us())
        .target(Target::AtMost(1.5))
        .print();
    let (ours, name, best) = beside_pooling(
        effort(bench),
        &mut || guest.churn(&image),
        |settings| stock.engine(settings),
        |engine| engine.churn(),
    )?;
    Figure::new("create_and_drop_vs_pooling", ours.median_us(), "µs")
        .p99(ours.p99_us())
        .against(name, best.median_us())
        .print();
    let mut on_demand = stock.engine(Stock::OnDemand)?;
    let [ours, theirs] = compare(
        effort(bench),
        [&mut || guest.churn(&image), &mut || on_demand.churn()],
    )?;
    Figure::new("create_and_drop_vs_on_demand", ours.median_us(), "µs")
        .p99(ours.p99_us())
        .against(Stock::OnDemand.to_string(), theirs.median_us())
        .print();
    Ok(())
}

/// A sandbox with CPython in it, beside the pooling allocator.
///
/// # Errors
///
/// What cannot be made.
pub fn cpython(bench: &Bench) -> Result<(), Failure> {
    let runtime = bench.runtime()?;
    let stock = bench.stock_python()?;
    let (ours, name, best) = beside_pooling(
        effort(bench),
        &mut || {
            let begun = Instant::now();
            let made = std::hint::black_box(runtime.sandbox()?);
            let time = begun.elapsed();
            drop(made);
            Ok(time)
        },
        |settings| stock.engine(settings),
        |engine| {
            let begun = Instant::now();
            let made = std::hint::black_box(engine.instance()?);
            let time = begun.elapsed();
            drop(made);
            Ok(time)
        },
    )?;
    Figure::new("create_cpython", ours.median_us(), "µs")
        .p99(ours.p99_us())
        .against(name, best.median_us())
        .print();
    Ok(())
}

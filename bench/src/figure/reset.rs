//! Resets of a guest whose writes are scattered evenly.

use super::Bench;
use crate::Failure;
use crate::baseline::memcpy::{copy_pages, touch_pages};
use crate::baseline::stock::beside_pooling;
use crate::guest::{CowGuest, StockGuest, scattered};
use crate::measure::{Effort, compare};
use crate::report::{Figure, Target};
use std::time::Instant;

/// Large enough that no two of 10,000 pages touch.
const IMAGE_BYTES: usize = 128 << 20;
const CYCLES: [(usize, f64); 4] = [(10, 0.5), (100, 0.15), (1000, 0.15), (10_000, 0.25)];
const RESET_VS_MEMCPY_MAX: f64 = 1.5;

/// A reset and the next run, beside the pooling allocator.
///
/// # Errors
///
/// What cannot be made.
pub fn cycle(bench: &Bench) -> Result<(), Failure> {
    let guest = CowGuest::new(0)?;
    let image = CowGuest::image(IMAGE_BYTES)?;
    let stock = StockGuest::new(0, IMAGE_BYTES)?;
    for (count, most) in CYCLES {
        let mut instance = guest.runner(&image)?;
        instance.touch(count)?;
        instance.reset()?;
        if !instance.is_golden() {
            return Err("a reset has left something behind".into());
        }
        let effort = Effort {
            turns: bench.samples((20_000 / count).clamp(20, 200)),
            samples_a_turn: (2000 / count).clamp(1, 20),
        };
        let (ours, name, best) = beside_pooling(
            effort,
            &mut || instance.cycle(count),
            |settings| stock.engine(settings),
            |engine| engine.cycle(count),
        )?;
        Figure::new(format!("reset_cycle_{count}"), ours.median_us(), "µs")
            .p99(ours.p99_us())
            .against(name, best.median_us())
            .target(Target::AtMost(most))
            .print();
    }
    Ok(())
}

/// A reset alone, beside copying the same pages.
///
/// # Errors
///
/// What cannot be made.
pub fn vs_memcpy(bench: &Bench) -> Result<(), Failure> {
    let guest = CowGuest::new(0)?;
    let image = CowGuest::image(IMAGE_BYTES)?;
    for count in [100, 1000] {
        let mut instance = guest.runner(&image)?;
        let pages = scattered(count, IMAGE_BYTES);
        let mut target = vec![0; IMAGE_BYTES];
        touch_pages(&mut target, &pages);
        let [reset, copy] = compare(
            Effort {
                turns: bench.samples(200),
                samples_a_turn: (2000 / count).clamp(1, 20),
            },
            [
                &mut || {
                    instance.touch(count)?;
                    let begun = Instant::now();
                    instance.reset()?;
                    Ok(begun.elapsed())
                },
                &mut || {
                    touch_pages(&mut target, &pages);
                    let begun = Instant::now();
                    copy_pages(image.as_bytes(), std::hint::black_box(&mut target), &pages);
                    Ok(begun.elapsed())
                },
            ],
        )?;
        Figure::new(format!("reset_vs_memcpy_{count}"), reset.median_us(), "µs")
            .p99(reset.p99_us())
            .against("memcpy of the same pages", copy.median_us())
            .target(Target::AtMost(RESET_VS_MEMCPY_MAX))
            .print();
    }
    Ok(())
}

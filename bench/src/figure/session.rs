//! Live sessions as values: forks and sleep.

use super::Bench;
use crate::Failure;
use crate::measure::{Effort, compare, time};
use crate::report::{Figure, Target};
use hatchery::Sandbox;
use std::hint::black_box;
use std::time::Instant;

const SMALL: &str = "x = 42; print(x)";

/// A function, a class, 20 instances, a dict of 50, a generator half-way and a small file.
const USUAL: &str = "
def area(width, height=1):
    return width * height
class Item:
    def __init__(self, name, size):
        self.name, self.size = name, size
    def grow(self, by):
        self.size += by
        return self
items = [Item(f'item {i}', i) for i in range(20)]
table = {f'key {i}': i * 1.5 for i in range(50)}
squares = (n * n for n in range(1000))
for _ in range(10): next(squares)
with open('/work/notes.txt', 'w') as file:
    file.write('a line of notes\\n' * 20)
";

/// Sessions that write to this many pages of new memory, beside the few that any program writes to: `fork_1` is of a small
/// one, the next of almost as many as a slot keeps, and the last of more than a slot keeps.
const FORKED: [(&str, usize); 3] = [("fork_1", 100), ("fork_1_6mb", 1536), ("fork_1_16mb", 4096)];

/// A fork, beside what cannot be saved: a new sandbox and a copy of the pages.
///
/// # Errors
///
/// What cannot be made.
pub fn fork(bench: &Bench) -> Result<(), Failure> {
    for (name, pages) in FORKED {
        fork_of(bench, name, pages)?;
    }
    Ok(())
}

fn fork_of(bench: &Bench, name: &str, block_pages: usize) -> Result<(), Failure> {
    let runtime = bench.runtime()?;
    let mut parent = runtime.sandbox()?;
    parent.execute(&format!(
        "block = bytearray({block_pages} * 4096)
for at in range(0, len(block), 4096): block[at] = 1
"
    ))?;
    let pages = parent.changed_pages()?.len_pages();
    if pages < block_pages {
        return Err(format!("the session has changed {pages} pages only").into());
    }
    let page_bytes = cow_memory::page_bytes();
    let from = vec![7_u8; pages * page_bytes];
    let mut into = vec![0_u8; pages * page_bytes];
    let effort = Effort {
        turns: bench.samples(200),
        samples_a_turn: 5,
    };
    let [ours, floor] = compare(
        effort,
        [
            &mut || {
                let begun = Instant::now();
                let forks = parent.fork(1)?;
                let elapsed = begun.elapsed();
                drop(black_box(forks));
                Ok(elapsed)
            },
            &mut || {
                let begun = Instant::now();
                let sandbox = runtime.sandbox()?;
                into.copy_from_slice(black_box(&from));
                let elapsed = begun.elapsed();
                drop(black_box(sandbox));
                Ok(elapsed)
            },
        ],
    )?;
    let figure = Figure::new(name, ours.median_us(), "µs")
        .p99(ours.p99_us())
        .against(
            format!("create and a copy of {pages} pages"),
            floor.median_us(),
        );
    if name == FORKED[2].0 {
        figure.print();
    } else {
        figure.target(Target::AtMost(1.5)).print();
    }
    Ok(())
}

/// How large sleeping sessions are, and how long it takes to put them to sleep and to wake them.
///
/// # Errors
///
/// What cannot be made.
pub fn hibernate(bench: &Bench) -> Result<(), Failure> {
    let runtime = bench.runtime()?;
    let session = |program: &str| -> Result<Sandbox, Failure> {
        let mut sandbox = runtime.sandbox()?;
        let output = sandbox.execute(program)?;
        if output.success() {
            Ok(sandbox)
        } else {
            Err(output.stderr_text().into())
        }
    };
    let kilobytes = |sandbox: &mut Sandbox| -> Result<f64, Failure> {
        Ok(sandbox.hibernate()?.len_bytes() as f64 / 1024.0)
    };
    Figure::new(
        "hibernated_small_kb",
        kilobytes(&mut session(SMALL)?)?,
        "KiB",
    )
    .target(Target::AtMost(8.0))
    .print();
    let mut usual = session(USUAL)?;
    Figure::new("hibernated_kb", kilobytes(&mut usual)?, "KiB")
        .target(Target::AtMost(40.0))
        .print();
    let asleep = usual.hibernate()?;
    let effort = Effort {
        turns: bench.samples(200),
        samples_a_turn: 5,
    };
    let [slept, woken] = compare(
        effort,
        [
            &mut || Ok(time(|| Ok(black_box(usual.hibernate()?)))?.0),
            &mut || {
                let (elapsed, awake) = time(|| Ok(runtime.resume(&asleep)?))?;
                drop(black_box(awake));
                Ok(elapsed)
            },
        ],
    )?;
    Figure::new("hibernate_us", slept.median_us(), "µs")
        .p99(slept.p99_us())
        .target(Target::AtMost(500.0))
        .print();
    Figure::new("resume_us", woken.median_us(), "µs")
        .p99(woken.p99_us())
        .target(Target::AtMost(300.0))
        .print();
    Ok(())
}

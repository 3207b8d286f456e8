//! How fast the compiler of CPython reads a program.

use super::Bench;
use crate::Failure;
use crate::measure::{Effort, compare};
use crate::report::{Figure, Target};
use std::process::Command;
use std::time::Duration;

/// Compiles 20,000 lines of rows in a list, and prints how many bytes they are and how many seconds it takes.
const PROGRAM: &str = r#"
import time
lines = [f"    ({i}, 'name {i}', {i / 7:.3f})," for i in range(20_000)]
source = "rows = [\n" + "\n".join(lines) + "\n]\n"
begun = time.perf_counter()
compile(source, "rows", "exec")
print(len(source), time.perf_counter() - begun)
"#;

/// A long program, beside the machine's own `python3`.
///
/// # Errors
///
/// What cannot be made, and a machine without `python3`.
pub fn long_program(bench: &Bench) -> Result<(), Failure> {
    let mut sandbox = bench.runtime()?.sandbox()?;
    let mut len = 0;
    let [ours, native] = compare(
        Effort {
            turns: bench.samples(20),
            samples_a_turn: 1,
        },
        [
            &mut || {
                let output = sandbox.execute(PROGRAM)?;
                sandbox.reset()?;
                let (bytes, took) = printed(&output.stdout)?;
                len = bytes;
                Ok(took)
            },
            &mut || {
                let output = Command::new("python3")
                    .args(["-S", "-c", PROGRAM])
                    .output()?;
                Ok(printed(&output.stdout)?.1)
            },
        ],
    )?;
    let mib_per_second = |median_us: f64| f64::from(len) / f64::from(1 << 20) / (median_us / 1e6);
    Figure::new(
        "compile_mib_per_second",
        mib_per_second(ours.median_us()),
        "MiB/s",
    )
    .against("python3 -S", mib_per_second(native.median_us()))
    .target(Target::AtLeast(0.5))
    .print();
    Ok(())
}

fn printed(stdout: &[u8]) -> Result<(u32, Duration), Failure> {
    let text = std::str::from_utf8(stdout)?;
    let (bytes, seconds) = text.trim().split_once(' ').ok_or("nothing was compiled")?;
    Ok((bytes.parse()?, Duration::from_secs_f64(seconds.parse()?)))
}

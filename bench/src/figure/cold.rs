//! A process from its start to its first result.

use super::{Bench, PRINT};
use crate::Failure;
use crate::measure::{Effort, compare, time};
use crate::report::{Figure, Target};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The command line, beside the machine's own Python.
///
/// # Errors
///
/// When either cannot be run.
pub fn process(bench: &Bench) -> Result<(), Failure> {
    // The snapshot is baked where it has not been.
    bench.runtime()?;
    let hatchery = command_line()?;
    let python = native_python()?;
    let effort = Effort {
        turns: bench.samples(100),
        samples_a_turn: 2,
    };
    let [ours, native] = compare(
        effort,
        [
            &mut || spawn(Command::new(&hatchery).args(["run", "-c", PRINT])),
            &mut || spawn(Command::new(&python).args(["-S", "-c", PRINT])),
        ],
    )?;
    Figure::new("cold_process", ours.median_us() / 1e3, "ms")
        .p99(ours.p99_us() / 1e3)
        .against("python3 -S -c", native.median_us() / 1e3)
        .target(Target::AtMost(0.6))
        .print();
    Ok(())
}

fn spawn(command: &mut Command) -> Result<Duration, Failure> {
    let (elapsed, output) = time(|| Ok(command.output()?))?;
    if output.stdout != b"hello\n" {
        return Err(format!("{command:?}: {output:?}").into());
    }
    Ok(elapsed)
}

/// Beside this program: `cargo build --profile dist -p hatchery-cli` puts it there.
fn command_line() -> Result<PathBuf, Failure> {
    let here = std::env::current_exe()?;
    let path = here
        .ancestors()
        .map(|folder| folder.join("hatchery"))
        .find(|path| path.is_file());
    path.ok_or_else(|| {
        "no `hatchery` beside this program: cargo build --profile dist -p hatchery-cli".into()
    })
}

/// The interpreter itself: what is called `python3` may be a script that looks for it.
fn native_python() -> Result<PathBuf, Failure> {
    let output = Command::new("python3")
        .args(["-c", "import sys; print(sys.executable)"])
        .output()?;
    Ok(Path::new(std::str::from_utf8(&output.stdout)?.trim()).to_owned())
}

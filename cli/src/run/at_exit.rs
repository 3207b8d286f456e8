//! What a `python3` process does at its end, and a sandbox, which lives on, does not.

use hatchery::{Error, Output, Sandbox};

const FUNCTIONS: &str = include_str!("at_exit.py");

/// Calls the program's `atexit` functions and, if it may have files of the host's open, writes what they have not
/// written yet. What that prints is added to the output.
pub(super) fn run(
    sandbox: &mut Sandbox,
    mut output: Output,
    has_mounts: bool,
) -> Result<Output, Error> {
    if sandbox.is_poisoned() {
        return Ok(output);
    }
    let mut calls = vec!["__at_exit()"];
    if has_mounts {
        calls.push("__flush_files()");
    }
    for (at, call) in calls.into_iter().enumerate() {
        let functions = if at == 0 { FUNCTIONS } else { "" };
        let more = sandbox.execute(&format!("{functions}\n{call}"))?;
        output.stdout = [output.stdout, more.stdout].concat().into();
        output.stderr = [output.stderr, more.stderr].concat().into();
        output.stdout_dropped_bytes += more.stdout_dropped_bytes;
        output.stderr_dropped_bytes += more.stderr_dropped_bytes;
        output.duration += more.duration;
    }
    Ok(output)
}

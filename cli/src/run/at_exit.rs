//! What a `python3` process does at its end, and a sandbox, which lives on, does not.

use std::time::Duration;

use hatchery::{Error, Output, RunOptions, Sandbox};

/// A program that has ended, and what was done after it.
pub(super) struct Ended {
    /// What the program has printed, and what was printed at the end.
    pub(super) output: Output,
    /// Why what is done at the end was stopped, if it was.
    pub(super) stopped: Option<Error>,
}

/// Does what is done at the end of a process. `left` is what the program has left of its limits.
pub(super) fn run(sandbox: &mut Sandbox, mut output: Output, left: &RunOptions) -> Ended {
    if sandbox.is_poisoned() {
        return Ended {
            output,
            stopped: None,
        };
    }
    let ended = sandbox
        .with(left)
        .and_then(|mut sandbox| sandbox.finalize());
    let more = match &ended {
        Ok(more) => Some(more),
        Err(error) => error.output(),
    };
    if let Some(more) = more {
        output.stdout = [&output.stdout[..], &more.stdout].concat().into();
        output.stderr = [&output.stderr[..], &more.stderr].concat().into();
        output.stdout_dropped_bytes += more.stdout_dropped_bytes;
        output.stderr_dropped_bytes += more.stderr_dropped_bytes;
        output.duration += more.duration;
    }
    // Only `os._exit` ends a process in another way than the program has ended.
    if let Ok(more) = &ended
        && sandbox.is_poisoned()
    {
        output.exit_code = more.exit_code;
    }
    let stopped = ended.err().filter(Error::is_poisoning);
    Ended { output, stopped }
}

/// What a program with this output has left of its limits; no time limit is counted here without `timeout`.
pub(super) fn left(
    output: &Output,
    output_bytes_max: u32,
    timeout: Option<Duration>,
) -> RunOptions {
    let printed = output.stdout.len().max(output.stderr.len());
    let printed = u32::try_from(printed).unwrap_or(u32::MAX);
    // No run can have a limit of nothing at all.
    let options =
        RunOptions::new().max_output_bytes(output_bytes_max.saturating_sub(printed).max(1));
    match timeout {
        Some(timeout) => {
            let left = timeout.saturating_sub(output.duration);
            options.timeout(left.max(Duration::from_millis(1)))
        }
        None => options,
    }
}

//! What the command line says of how a program ended.

use std::fs::File;
use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::time::Duration;

use hatchery::{Error, Output};
use serde_json::json;

use super::stop::StopReason;
use crate::complain;
use crate::exit::{EXIT_BROKEN_PIPE, EXIT_HOST_ERROR, EXIT_INTERRUPTED, EXIT_TIMEOUT, EXIT_TRAP};

/// How a program ended.
pub(super) struct Ending {
    pub(super) result: Result<Output, Error>,
    /// What was printed, where it is more than what `result` knows of.
    pub(super) printed: Option<Output>,
    /// Why the command line stopped it, if it did.
    pub(super) stopped: Option<StopReason>,
    pub(super) time_limit: Duration,
}

/// The kinds of endings that are no exit of the program's own.
#[derive(Clone, Copy)]
enum Failure {
    Interrupted,
    BrokenPipe,
    OutputLost,
    Timeout,
    Trap,
    Host,
}

impl Ending {
    fn failure(&self) -> Option<Failure> {
        Some(match (&self.result, self.stopped) {
            (Ok(_), _) => return None,
            (Err(Error::Cancelled { .. }), Some(reason)) => match reason {
                StopReason::CtrlC => Failure::Interrupted,
                StopReason::TimeLimit => Failure::Timeout,
                StopReason::BrokenPipe => Failure::BrokenPipe,
                StopReason::OutputLost => Failure::OutputLost,
            },
            (Err(Error::Timeout { .. }), _) => Failure::Timeout,
            (Err(Error::Trap { .. }), _) => Failure::Trap,
            (Err(_), _) => Failure::Host,
        })
    }

    pub(super) fn exit_code(&self) -> u8 {
        match (self.failure(), &self.result) {
            // As the operating system does with an exit status.
            (None, Ok(output)) => (output.exit_code & 0xff) as u8,
            (Some(Failure::Interrupted), _) => EXIT_INTERRUPTED,
            (Some(Failure::BrokenPipe), _) => EXIT_BROKEN_PIPE,
            (Some(Failure::Timeout), _) => EXIT_TIMEOUT,
            (Some(Failure::Trap), _) => EXIT_TRAP,
            (Some(Failure::Host | Failure::OutputLost) | None, _) => EXIT_HOST_ERROR,
        }
    }

    /// What there is of output, for a program that was stopped too.
    fn output(&self) -> Option<&Output> {
        match &self.result {
            Ok(output) => Some(output),
            Err(error) => self.printed.as_ref().or_else(|| error.output()),
        }
    }

    /// Why there is no exit code of the program's own, and what to do about it.
    fn message(&self) -> Option<String> {
        let error = self.result.as_ref().err()?;
        Some(match (self.failure()?, error) {
            (Failure::Interrupted, _) => "the program was stopped by Ctrl-C".to_owned(),
            (Failure::BrokenPipe, _) => {
                "the program was stopped: nobody reads its output any more".to_owned()
            }
            (Failure::OutputLost, _) => {
                "the program was stopped: its output cannot be written".to_owned()
            }
            (Failure::Timeout, _) => format!(
                "the program was stopped at its time limit of {:?}; --timeout SECONDS sets another",
                self.time_limit
            ),
            (Failure::Trap, Error::Trap { reason, .. }) => {
                format!("the program broke its sandbox, which ended it ({reason})")
            }
            (_, Error::NoMemory) => {
                "the program does not fit into its sandbox's memory; --max-memory BYTES gives it more"
                    .to_owned()
            }
            (_, Error::MemoryLimitTooLow { .. }) => format!("--max-memory: {error}"),
            (_, Error::Setting { name, what }) => format!("{}: {what}", option_of(name)),
            (_, Error::HostFile { path, source }) => {
                format!("--mount: {}: {source}", path.display())
            }
            _ => error.to_string(),
        })
    }

    /// What to do about the exception that ended the program, on one line.
    fn hint(&self) -> Option<String> {
        let last = self.output()?.exception.as_ref();
        let mut chain = std::iter::successors(last, |exception| exception.cause.as_deref());
        let hint = chain.find_map(|exception| exception.hint.as_ref())?;
        // The guest's memory is the program's, and a terminal obeys control characters.
        let line: String = hint.chars().filter(|c| !c.is_control()).collect();
        Some(line)
    }

    /// Whether what the program has written where this is read does not end with a line break.
    fn ends_within_a_line(&self) -> bool {
        let is_begun = |bytes: &[u8]| bytes.last().is_some_and(|last| *last != b'\n');
        self.output().is_some_and(|output| {
            is_begun(&output.stderr) || (is_begun(&output.stdout) && streams_go_to_one_place())
        })
    }

    /// To standard error: what was left out of the output, and why the program was stopped.
    pub(super) fn explain(&self) {
        let dropped = self
            .output()
            .is_some_and(|output| output.stdout_dropped_bytes + output.stderr_dropped_bytes > 0);
        let is_silent = matches!(
            self.failure(),
            Some(Failure::BrokenPipe | Failure::OutputLost)
        );
        if (dropped || self.failure().is_some()) && !is_silent && self.ends_within_a_line() {
            eprintln!();
        }
        if let Some(output) = self.output()
            && output.stdout_dropped_bytes + output.stderr_dropped_bytes > 0
        {
            eprintln!(
                "hatchery: output past the limit was dropped: {} bytes of stdout, {} of stderr; \
                 --max-output BYTES sets another limit",
                output.stdout_dropped_bytes, output.stderr_dropped_bytes
            );
        }
        if let Some(hint) = self.hint() {
            if self.ends_within_a_line() {
                eprintln!();
            }
            eprintln!("hatchery: hint: {hint}");
        }
        match (self.failure(), &self.result, self.message()) {
            // Whoever closed the pipe does not want to hear of it, and of output that is lost it was said at once.
            (Some(Failure::BrokenPipe | Failure::OutputLost), _, _) => {}
            (Some(Failure::Host), Err(error), Some(message)) if message == error.to_string() => {
                complain(error);
            }
            (_, _, Some(message)) => eprintln!("hatchery: {message}"),
            _ => {}
        }
    }

    pub(super) fn print_json(&self) -> std::io::Result<()> {
        let error = self.failure().map(|failure| {
            let kind = match failure {
                Failure::Interrupted => "interrupted",
                Failure::Timeout => "timeout",
                Failure::Trap => "trap",
                Failure::BrokenPipe | Failure::OutputLost | Failure::Host => "host",
            };
            (kind, self.message().unwrap_or_default())
        });
        print_json(self.output(), self.exit_code(), error)
    }
}

/// Whether what is written to standard output is read where standard error is: a terminal, or a file or pipe of both.
fn streams_go_to_one_place() -> bool {
    let place = |stream: &dyn AsFd| {
        let file = File::from(stream.as_fd().try_clone_to_owned().ok()?);
        let found = file.metadata().ok()?;
        Some((found.dev(), found.ino()))
    };
    let stdout = place(&std::io::stdout());
    stdout.is_some() && stdout == place(&std::io::stderr())
}

/// One object: what there is of output, and the kind and the text of what kept the program from its own end.
pub(super) fn print_json(
    output: Option<&Output>,
    exit_code: u8,
    error: Option<(&str, String)>,
) -> std::io::Result<()> {
    let object = json!({
        "stdout": output.map(Output::stdout_text),
        "stderr": output.map(Output::stderr_text),
        "exit_code": exit_code,
        "duration_ms": output.map(|output| output.duration.as_secs_f64() * 1e3),
        "stdout_dropped_bytes": output.map(|output| output.stdout_dropped_bytes),
        "stderr_dropped_bytes": output.map(|output| output.stderr_dropped_bytes),
        "exception": output.and_then(|output| output.exception.as_ref()),
        "error": error.map(|(kind, message)| json!({ "kind": kind, "message": message })),
    });
    let mut stdout = std::io::stdout().lock();
    serde_json::to_writer(&mut stdout, &object)?;
    stdout.write_all(b"\n")?;
    stdout.flush()
}

/// The option that a setting of the sandbox's comes from.
fn option_of(setting: &'static str) -> &'static str {
    match setting {
        "env" => "-e",
        "mount" => "--mount",
        "timeout" => "--timeout",
        "max_memory_bytes" => "--max-memory",
        "max_output_bytes" => "--max-output",
        other => other,
    }
}

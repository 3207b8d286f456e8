//! One run, from the request to what came of it.

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::Sandbox;
use super::usage::Measured;
use crate::instance::{CallError, Status};
use crate::interrupt::{CallLimits, InterruptCause};
use crate::python::{LogBudget, Run, Step, TEXT_BYTES_MAX};
use crate::settings::OUTPUT_BYTES_MAX_DEFAULT;
use crate::{Error, Exception, Output};

/// Settings that tell a guest that it is a fork.
const FORKED: &[u8] = br#"{"forked":true}"#;

/// What a run left: its output and, if it gave one, a value.
pub(super) struct Ran {
    pub(super) output: Output,
    pub(super) value: Bytes,
}

impl Ran {
    /// An exception or an exit is an error, for those who wanted something done.
    pub(super) fn succeeded(self) -> Result<Self, Error> {
        if self.output.success() {
            return Ok(self);
        }
        let mut output = Box::new(self.output);
        Err(match output.exception.take() {
            Some(exception) => {
                output.exception = Some(exception.clone());
                Error::Python {
                    exception: Box::new(exception),
                    output,
                }
            }
            None => Error::Exited {
                code: output.exit_code,
                output,
            },
        })
    }
}

/// A text that the guest can take.
pub(super) fn checked(text: &str) -> Result<&[u8], Error> {
    let bytes = text.as_bytes();
    if let Some(offset) = bytes.iter().position(|&byte| byte == 0) {
        return Err(Error::NulByte { offset });
    }
    checked_bytes(bytes)
}

pub(super) fn checked_bytes(bytes: &[u8]) -> Result<&[u8], Error> {
    if bytes.len() > TEXT_BYTES_MAX {
        return Err(Error::TooLong {
            len: bytes.len(),
            max: TEXT_BYTES_MAX,
        });
    }
    Ok(bytes)
}

impl Sandbox {
    /// Prepares the guest if that has not been done, and takes `step`.
    pub(super) fn run(&mut self, step: Step<'_>) -> Result<Ran, Error> {
        if let Status::Poisoned { reason } = self.guest.instance.status() {
            return Err(Error::Poisoned {
                reason: reason.to_string(),
            });
        }
        let _span = tracing::debug_span!("run", step = step.export).entered();
        let settings = self.settings.clone();
        let config = if self.setup.is_done {
            None
        } else {
            settings.to_guest()
        };
        // What only prepares a program leaves its input to it.
        let stdin = if step.runs_a_program() {
            self.stdin.take()
        } else {
            None
        };
        let mut steps = Vec::new();
        let mut output_limit = None;
        if !self.setup.is_done {
            output_limit = Some(settings.output_bytes_max)
                .filter(|&bytes_max| bytes_max != OUTPUT_BYTES_MAX_DEFAULT);
            if let Some(config) = &config {
                steps.push(Step::new("configure", checked(config)?));
            }
            for (name, source) in &settings.modules {
                let (name, source) = (checked(name)?, checked(source)?);
                steps.push(Step::with_two("install_module", name, source));
            }
        }
        if self.setup.is_forked {
            steps.push(Step::new("configure", FORKED));
        }
        // What an earlier run left of its input is not this one's.
        match &stdin {
            Some(bytes) => steps.push(Step::new("set_stdin", checked_bytes(bytes)?)),
            None if self.setup.has_stdin => steps.push(Step::new("set_stdin", b"")),
            None => {}
        }
        self.setup.has_stdin = stdin.is_some();
        steps.push(step);

        let begun = Instant::now();
        let measured = Measured::begin(begun, settings.count_cpu_time);
        if let Some(pages) = self.cold.take() {
            // Without it the run takes longer, and that is all.
            let _ = self.guest.instance.prefault(&pages);
        }
        self.guest.instance.data_mut().calls.clear();
        let limits = self.call_limits(begun);
        self.place_files(limits)?;
        for handler in self.guest.instance.data().handlers.iter().flatten() {
            handler.begin(settings.output_bytes_max as usize);
        }
        self.guest.instance.data_mut().log = LogBudget::new(settings.output_bytes_max as usize);
        let run = self.guest.run(output_limit, &steps, limits);
        let duration = measured.end(&mut self.usage);
        for handler in self.guest.instance.data().handlers.iter().flatten() {
            handler.finish();
        }
        if let Err(error) = &run {
            tracing::debug!(%error, ?duration, "the sandbox was stopped");
        }
        if matches!(run, Ok(Run::Finished)) {
            self.setup.is_done = true;
            self.setup.is_forked = false;
        }
        let ran = self.outcome(run, duration);
        // Futures of host functions that nobody waits for any more.
        self.guest.instance.data_mut().calls.clear();
        ran
    }

    /// What calls of the guest's that begin now may take.
    pub(super) fn call_limits(&self, begun: Instant) -> CallLimits {
        CallLimits {
            // A deadline too far to express is none.
            deadline: begun.checked_add(self.settings.timeout),
            cpu_time: self.settings.cpu_time,
        }
    }

    fn outcome(&self, run: Result<Run, CallError>, duration: Duration) -> Result<Ran, Error> {
        match run {
            Ok(Run::Finished) => Ok(self.ran(None, duration)),
            Ok(Run::Exited(status)) => Ok(self.ran(Some(status), duration)),
            Ok(Run::NotPrepared) => match self.ran(None, duration).succeeded() {
                Err(error) => Err(error),
                Ok(_) => Err(Error::Abi {
                    what: "a preparation failed without a reason".to_owned(),
                }),
            },
            Ok(Run::NoMemory) => Err(Error::NoMemory),
            Ok(Run::ForeignBytecode) => Err(Error::ForeignBytecode),
            Ok(Run::Refused(code)) => Err(Error::Abi {
                what: format!("the guest refused valid input with code {code}"),
            }),
            Err(error) => Err(self.failure(error, duration)),
        }
    }

    /// Why a call of the guest's did not return.
    pub(super) fn failure(&self, error: CallError, duration: Duration) -> Error {
        let output = || {
            let mut output = self.ran(None, duration).output;
            if !self.is_poisoned() {
                // The run has not begun, and what there is to read is an earlier one's.
                output.stdout = Bytes::new();
                output.stderr = Bytes::new();
                output.exception = None;
                (output.stdout_dropped_bytes, output.stderr_dropped_bytes) = (0, 0);
            }
            Box::new(output)
        };
        match error {
            CallError::Interrupted {
                cause: InterruptCause::Deadline,
            } => Error::Timeout {
                limit: self.settings.timeout,
                output: output(),
            },
            CallError::Interrupted {
                cause: InterruptCause::CpuTime,
            } => Error::CpuTime {
                limit: self.settings.cpu_time.unwrap_or_default(),
                output: output(),
            },
            CallError::Interrupted {
                cause: InterruptCause::Cancelled,
            } => Error::Cancelled { output: output() },
            CallError::Poisoned { reason } => Error::Poisoned {
                reason: reason.to_string(),
            },
            CallError::NoFunction { .. } | CallError::WrongType { .. } => Error::Abi {
                what: error.to_string(),
            },
            CallError::System(_) => Error::Call(error),
            error => Error::Trap {
                reason: error.to_string(),
                output: output(),
            },
        }
    }

    fn ran(&self, exit_code: Option<i32>, duration: Duration) -> Ran {
        let report = self.guest.report(self.settings.output_bytes_max as usize);
        let instance = &self.guest.instance;
        let output = Output {
            stdout: report.stdout,
            stderr: report.stderr,
            exit_code: exit_code.unwrap_or(report.exit_code),
            exception: Exception::from_json(&report.exception),
            duration,
            peak_memory_bytes: instance
                .memory_bytes_peak()
                .max(instance.memory_bytes() as u64),
            // The kernel's refusal to say is nothing to lose a program's output for.
            pages_dirtied: (self.settings.count_pages)
                .then(|| instance.changed_pages().ok())
                .flatten()
                .map(|pages| pages.len_pages()),
            host_calls: instance.data().calls.made,
            stdout_dropped_bytes: report.stdout_dropped,
            stderr_dropped_bytes: report.stderr_dropped,
        };
        Ran {
            output,
            value: report.value,
        }
    }
}

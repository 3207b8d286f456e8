//! One run, from the request to what came of it.

use hatchery_abi::names::exports;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::Sandbox;
use super::usage::Measured;
use crate::caller::Caller;
use crate::json::decoded_bytes;
use crate::python::{Gives, LogBudget, Run, Step, TEXT_BYTES_MAX};
use crate::settings::Told;
use crate::{Error, Exception, Output};
use hatchery_engine::{CallError, Status};
use hatchery_engine::{CallLimits, InterruptCause};

/// What tracebacks call the prelude.
const PRELUDE: &[u8] = b"<prelude>";
/// Settings that tell a guest that it is a fork.
const FORKED: &[u8] = br#"{"forked":true}"#;

/// What a run left: its output and, if it gave one, a value.
pub(super) struct Ran {
    pub(super) output: Output,
    pub(super) value: Bytes,
}

impl Ran {
    /// Makes an error of an exception or an exit, for callers to whom the program is a means.
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
pub(super) fn checked<'a>(what: &'static str, text: &'a str) -> Result<&'a [u8], Error> {
    without_nul(what, text.as_bytes())
}

/// Whether one of the first two lines of a program is a comment that says how it is encoded (PEP 263).
pub(super) fn names_its_encoding(source: &[u8]) -> bool {
    let names = |after: &[u8]| {
        let Some((b':' | b'=', name)) = after.split_first() else {
            return false;
        };
        let first = name.iter().find(|byte| !matches!(byte, b' ' | b'\t'));
        first.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
    };
    source.split(|byte| *byte == b'\n').take(2).any(|line| {
        line.trim_ascii_start().starts_with(b"#")
            && memchr::memmem::find_iter(line, b"coding").any(|at| names(&line[at + 6..]))
    })
}

pub(super) fn without_nul<'a>(what: &'static str, bytes: &'a [u8]) -> Result<&'a [u8], Error> {
    if let Some(offset) = memchr::memchr(0, bytes) {
        return Err(Error::NulByte { what, offset });
    }
    checked_bytes(what, bytes)
}

pub(super) fn checked_bytes<'a>(what: &'static str, bytes: &'a [u8]) -> Result<&'a [u8], Error> {
    if bytes.len() > TEXT_BYTES_MAX {
        return Err(Error::TooLong {
            what,
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
            return Err(Error::Poisoned { reason });
        }
        let _span = tracing::debug_span!("run", step = step.export).entered();
        let _in_progress = self.guest.instance.interrupter().begin_run();
        let settings = self.settings.clone();
        let imposed = settings.imposed();
        // `compile` and `install_module` do not consume standard input.
        let takes_stdin = step.runs_a_program();
        let stdin = self.stdin.clone().filter(|_| takes_stdin);

        let told = if self.told.settings {
            None
        } else {
            settings.to_program()
        };
        let offered = (self.told.functions != settings.offered.digest || self.told.ended)
            .then_some(settings.offered.json.as_str());
        let mut steps = Vec::new();
        if let Some(told) = &told {
            steps.push(Step::new(exports::CONFIGURE, told.as_bytes()));
        }
        if let Some(offered) = offered {
            steps.push(Step::new(exports::CONFIGURE, offered.as_bytes()));
        }
        if !self.told.settings {
            for (name, source) in &settings.modules {
                let (name, source) = (name.as_bytes(), source.as_bytes());
                steps.push(Step::with_two(exports::INSTALL_MODULE, name, source));
            }
        }
        if let Some(prelude) = &settings.prelude
            && (!self.told.settings || self.told.ended)
        {
            steps.push(Step::with_two(
                exports::EXECUTE_NAMED,
                PRELUDE,
                prelude.as_bytes(),
            ));
        }
        if self.told.forked {
            steps.push(Step::new(exports::CONFIGURE, FORKED));
        }
        // What an earlier run left of its input is not this one's.
        match &stdin {
            Some(bytes) => steps.push(Step::new(
                exports::SET_STDIN,
                checked_bytes("standard input", bytes)?,
            )),
            None if self.told.stdin => steps.push(Step::new(exports::SET_STDIN, b"")),
            None => {}
        }
        let (gives, ends) = (step.gives(), step.export == exports::FINALIZE);
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
        let output_bytes_max = settings.output_bytes_max as usize;
        for handler in self.guest.instance.data().handlers.iter().flatten() {
            handler.begin(output_bytes_max);
        }
        let host = self.guest.instance.data_mut();
        host.log = LogBudget::new(output_bytes_max);
        host.runs += 1;
        host.clock.begin_run(begun);
        let to_impose = (self.imposed != Some(imposed)).then_some(imposed);
        let run = Caller::outside(|| self.guest.run(to_impose, &steps, limits));
        let duration = measured.end(&mut self.usage);
        for handler in self.guest.instance.data().handlers.iter().flatten() {
            handler.finish();
        }
        if let Err(error) = &run {
            tracing::debug!(%error, ?duration, "the sandbox was stopped");
        }
        if matches!(run, Ok(Run::Finished)) {
            self.imposed = Some(imposed);
            self.told = Told {
                settings: true,
                forked: false,
                ended: ends,
                functions: settings.offered.digest,
                // What prepares a program leaves the input of an earlier one to be taken away later.
                stdin: stdin.is_some(),
                ..self.told
            };
            if takes_stdin {
                self.stdin = None;
            }
        } else {
            // The input stays for the next run, which also takes away whatever has reached the guest.
            self.imposed = None;
            self.told.stdin |= stdin.is_some();
        }
        let ran = self.outcome(run, gives, duration);
        // Futures of host functions that nobody waits for any more.
        self.guest.instance.data_mut().calls.clear();
        ran
    }

    /// What calls of the guest's that begin now may take.
    pub(super) fn call_limits(&self, begun: Instant) -> CallLimits {
        // A deadline too far to be expressed is none.
        let mut limits = CallLimits::from(begun.checked_add(self.settings.timeout));
        limits.cpu_time = self.settings.cpu_time;
        limits
    }

    fn outcome(
        &self,
        run: Result<Run, CallError>,
        gives: Gives,
        duration: Duration,
    ) -> Result<Ran, Error> {
        match run {
            Ok(Run::Finished) => {
                let mut ran = self.ran(None, duration);
                if gives == Gives::Value && ran.output.success() {
                    ran.value = self.value(&ran.output)?;
                }
                Ok(ran)
            }
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
        let has_begun = self.is_poisoned();
        match error {
            CallError::Interrupted { cause } => match cause {
                InterruptCause::CpuTime => Error::CpuTime {
                    limit: self.settings.cpu_time.unwrap_or_default(),
                    has_begun,
                    output: output(),
                },
                InterruptCause::Cancelled => Error::Cancelled {
                    has_begun,
                    output: output(),
                },
                _ => Error::Timeout {
                    limit: self.settings.timeout,
                    has_begun,
                    output: output(),
                },
            },
            CallError::Poisoned { reason } => Error::Poisoned { reason },
            CallError::NoFunction { .. } | CallError::WrongType { .. } => Error::Abi {
                what: error.to_string(),
            },
            CallError::System(_) => Error::Call(error),
            error => Error::Trap {
                trap: match &error {
                    CallError::Trap { trap } => Some(*trap),
                    _ => None,
                },
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
            value: Bytes::new(),
        }
    }

    /// The value that the last run left, if it is one that the host can bear: the guest chooses its length.
    fn value(&self, output: &Output) -> Result<Bytes, Error> {
        let settings = &self.settings;
        let too_large = |bytes: u64, max: u64| Error::ValueTooLarge {
            bytes,
            max,
            output: Box::new(output.clone()),
        };
        let (len, max) = (self.guest.value_place().len(), settings.value_bytes_max);
        if len > max {
            return Err(too_large(len as u64, max as u64));
        }
        let value = self.guest.value();
        // A value takes many times its JSON in the host's memory, and the guest chooses how many.
        let decoded = decoded_bytes(&value) as u64;
        if decoded > settings.memory_bytes_max {
            return Err(too_large(decoded, settings.memory_bytes_max));
        }
        Ok(value)
    }
}

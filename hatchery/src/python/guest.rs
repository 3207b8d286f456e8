//! An instance of the CPython guest, spoken to by its ABI (`docs/guest-abi.md`).

use hatchery_abi::codes;
use hatchery_abi::layout::{capture, report};
use hatchery_abi::names::exports;
use std::ops::Range;

use bytes::Bytes;

use super::Host;
use super::bake::FREE_HEAP_BYTES;
use super::wasi::ProcessExit;
use crate::settings::Imposed;
use hatchery_engine::CallLimits;
use hatchery_engine::{CallError, Calls, Instance, Stopped};

/// The longest text that the guest takes, in bytes.
pub(crate) const TEXT_BYTES_MAX: usize = codes::INPUT_BYTES_MAX as usize;

/// Where in the report all captures are.
const CAPTURES: [usize; 4] = [
    report::STDOUT,
    report::STDERR,
    report::VALUE,
    report::EXCEPTION,
];
/// As much of an exception as the guest keeps.
const EXCEPTION_BYTES_MAX: usize = 1 << 20;

/// A call of one of the guest's functions, which take up to two texts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step<'a> {
    pub(crate) export: &'static str,
    pub(crate) first: Option<&'a [u8]>,
    pub(crate) second: Option<&'a [u8]>,
}

impl<'a> Step<'a> {
    pub(crate) fn bare(export: &'static str) -> Self {
        Self {
            export,
            first: None,
            second: None,
        }
    }

    pub(crate) fn new(export: &'static str, text: &'a [u8]) -> Self {
        Self {
            export,
            first: Some(text),
            second: None,
        }
    }

    /// Whether this is what standard input was set for.
    pub(crate) fn runs_a_program(&self) -> bool {
        [
            exports::EXECUTE,
            exports::EXECUTE_NAMED,
            exports::EXECUTE_CELL,
            exports::EVALUATE,
            exports::EXECUTE_FUNCTION,
            exports::CALL_FUNCTION,
            exports::LOAD_BYTECODE,
        ]
        .contains(&self.export)
    }

    /// What it leaves for the host beside what was printed.
    pub(crate) fn gives(&self) -> Gives {
        let values = [
            exports::EXECUTE_CELL,
            exports::EVALUATE,
            exports::CALL_FUNCTION,
            exports::COMPILE,
        ];
        if values.contains(&self.export) {
            Gives::Value
        } else {
            Gives::Nothing
        }
    }

    pub(crate) fn with_two(export: &'static str, first: &'a [u8], second: &'a [u8]) -> Self {
        Self {
            export,
            first: Some(first),
            second: Some(second),
        }
    }
}

/// What a step leaves for the host beside what was printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gives {
    Nothing,
    /// JSON or bytecode.
    Value,
}

/// How a run ended, when the guest itself ended it.
pub(crate) enum Run {
    /// All steps were done, the last of them perhaps with a Python exception; the report says how.
    Finished,
    /// A step before the last ended with a Python exception.
    NotPrepared,
    /// The guest refused a step with this code, before any program began.
    Refused(i32),
    /// The guest refused bytecode of another build.
    ForeignBytecode,
    /// The guest's allocator had no room for a text.
    NoMemory,
    /// The program ended the process itself; the instance is poisoned.
    Exited(i32),
}

/// What an execution left in the guest's memory.
#[derive(Debug, Default)]
pub(crate) struct RunReport {
    pub(crate) stdout: Bytes,
    pub(crate) stderr: Bytes,
    pub(crate) stdout_dropped: u64,
    pub(crate) stderr_dropped: u64,
    /// The exception that ended the run, as JSON. Empty if none.
    pub(crate) exception: Bytes,
    pub(crate) exit_code: i32,
}

/// A guest instance and the address of its run report.
#[derive(Debug)]
pub(crate) struct PythonGuest {
    pub(crate) instance: Instance<Host>,
    report_address: u32,
}

impl PythonGuest {
    pub(crate) fn new(instance: Instance<Host>, report_address: u32) -> Self {
        Self {
            instance,
            report_address,
        }
    }

    pub(super) fn report_address(&self) -> u32 {
        self.report_address
    }

    /// The value that the last call left: that part of the report, and no more is copied.
    pub(crate) fn value(&self) -> Bytes {
        let place = self.value_place();
        self.instance
            .read(place.start, place.len())
            .map(Bytes::copy_from_slice)
            .unwrap_or_default()
    }

    /// Where that value lies, if the guest is right.
    pub(crate) fn value_place(&self) -> Range<u32> {
        let Ok(capture) = self
            .instance
            .read(self.report_address + report::VALUE as u32, 8)
        else {
            return 0..0;
        };
        let u32_at =
            |at: usize| u32::from_le_bytes(capture[at..at + 4].try_into().expect("four bytes"));
        u32_at(0)..u32_at(0).saturating_add(u32_at(4))
    }

    /// Where the last run's output is kept: the guest says so, and it may say anything.
    pub(crate) fn output_buffers(&self) -> impl Iterator<Item = Range<u32>> + '_ {
        let captures = CAPTURES.iter().filter_map(|at| {
            let at = self.report_address.checked_add(*at as u32)?;
            let words = self.instance.read(at, capture::CAPACITY + 4).ok()?;
            let word =
                |at: usize| u32::from_le_bytes(words[at..at + 4].try_into().expect("four bytes"));
            Some([word(0), word(8)])
        });
        captures.map(|[address, room]| address..address.saturating_add(room))
    }

    /// Has the guest keep to what the host imposes, if that is new, and does the steps in turn until one fails.
    pub(crate) fn run(
        &mut self,
        imposed: Option<Imposed>,
        steps: &[Step<'_>],
        limits: CallLimits,
    ) -> Result<Run, CallError> {
        let run = run(&mut self.instance, imposed, steps, limits);
        match run {
            Err(CallError::Host(error)) => match error.downcast::<ProcessExit>() {
                Ok(exit) => Ok(Run::Exited(exit.status)),
                Err(error) => Err(CallError::Host(error)),
            },
            run => run,
        }
    }

    /// Leaves free heap at the end of memory, before that becomes a golden image.
    pub(crate) fn make_room(&mut self, limits: CallLimits) -> Result<(), CallError> {
        self.instance.calls(limits, |calls| {
            let room: i32 = calls.call(exports::ALLOC, (FREE_HEAP_BYTES,))?;
            calls.call(exports::DEALLOC, (room, FREE_HEAP_BYTES))
        })
    }

    /// Reads what the last execution left, at most `bytes_max` of each stream. The
    /// guest may have written anything over its report: nothing there is trusted.
    pub(crate) fn report(&self, bytes_max: usize) -> RunReport {
        Self::read_report(&self.instance, self.report_address, bytes_max)
    }

    pub(super) fn read_report(
        instance: &Instance<Host>,
        address: u32,
        bytes_max: usize,
    ) -> RunReport {
        let Ok(bytes) = instance.read(address, report::BYTES) else {
            return RunReport::default();
        };
        let u32_at =
            |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
        let u64_at =
            |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"));
        let captured = |at: usize, bytes_max: usize| {
            let len = (u32_at(at + capture::LEN) as usize).min(bytes_max);
            instance
                .read(u32_at(at), len)
                .map(Bytes::copy_from_slice)
                .unwrap_or_default()
        };
        RunReport {
            stdout: captured(report::STDOUT, bytes_max),
            stderr: captured(report::STDERR, bytes_max),
            exception: captured(report::EXCEPTION, EXCEPTION_BYTES_MAX),
            stdout_dropped: u64_at(report::STDOUT + capture::DROPPED),
            stderr_dropped: u64_at(report::STDERR + capture::DROPPED),
            exit_code: u32_at(report::EXIT_CODE).cast_signed(),
        }
    }
}

pub(super) fn run(
    instance: &mut Instance<Host>,
    imposed: Option<Imposed>,
    steps: &[Step<'_>],
    limits: CallLimits,
) -> Result<Run, CallError> {
    instance.calls(limits, |calls| {
        if let Some(imposed) = imposed {
            let () = calls.call(exports::IMPOSE, imposed.to_guest())?;
        }
        let last = steps.len().saturating_sub(1);
        for (index, step) in steps.iter().enumerate() {
            match do_step(calls, step)? {
                Some(codes::OK) => {}
                Some(codes::PYTHON_ERROR) if index < last => return Ok(Run::NotPrepared),
                Some(codes::PYTHON_ERROR) => {}
                None | Some(codes::NO_MEMORY) => return Ok(Run::NoMemory),
                Some(codes::FOREIGN_BYTECODE) => return Ok(Run::ForeignBytecode),
                Some(code) => return Ok(Run::Refused(code)),
            }
        }
        Ok(Run::Finished)
    })
}

/// The guest's answer; `None` if it had no room for the texts.
fn do_step(calls: &mut Calls<'_, Host>, step: &Step<'_>) -> Result<Option<i32>, Stopped> {
    let Some(first) = step.first else {
        return calls.call(step.export, ()).map(Some);
    };
    let Some((first, first_len)) = lend(calls, first)? else {
        return Ok(None);
    };
    let code = match step.second {
        None => calls.call(step.export, (first, first_len))?,
        Some(second) => {
            let Some((second, second_len)) = lend(calls, second)? else {
                let () = calls.call(exports::DEALLOC, (first, first_len))?;
                return Ok(None);
            };
            let code = calls.call(step.export, (first, first_len, second, second_len))?;
            let () = calls.call(exports::DEALLOC, (second, second_len))?;
            code
        }
    };
    let () = calls.call(exports::DEALLOC, (first, first_len))?;
    Ok(Some(code))
}

/// Copies `text` into a buffer of the guest's; its address and length.
pub(super) fn lend(
    calls: &mut Calls<'_, Host>,
    text: &[u8],
) -> Result<Option<(i32, i32)>, Stopped> {
    let len = i32::try_from(text.len()).expect("callers refuse longer texts");
    let address: i32 = calls.call(exports::ALLOC, (len,))?;
    if address == 0 {
        return Ok(None);
    }
    if calls.write(address.cast_unsigned(), text).is_err() {
        // Only a guest that has broken its allocator gives such an address.
        return Ok(None);
    }
    Ok(Some((address, len)))
}

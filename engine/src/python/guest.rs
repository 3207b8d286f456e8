//! An instance of the CPython guest, spoken to by its ABI (`docs/guest-abi.md`).

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::Host;
use super::wasi::ProcessExit;
use crate::instance::{CallError, Instance};

/// The ABI version this engine speaks.
pub(super) const ABI_VERSION: i32 = 1;

/// The longest program that the guest takes, in bytes.
pub(crate) const SOURCE_BYTES_MAX: usize = 64 << 20;

const CODE_OK: i32 = 0;
const CODE_PYTHON_ERROR: i32 = 1;

/// How long giving back a buffer may take: the guest's allocator is the guest's, and may be broken.
const HOUSEKEEPING: Duration = Duration::from_secs(1);

const REPORT_BYTES: usize = 56;
const EXIT_CODE_OFFSET: usize = 48;

/// How an execution ended, when the guest itself ended it.
pub(crate) enum Run {
    /// The program ran to its end; the report says how.
    Finished,
    /// The guest refused the call with this code, before the program began.
    Refused(i32),
    /// The guest's allocator had no room for the program's text.
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

    /// Runs Python source in `__main__`.
    pub(crate) fn execute(
        &mut self,
        source: &[u8],
        deadline: Option<Instant>,
    ) -> Result<Run, CallError> {
        let run = execute(&mut self.instance, source, deadline);
        match run {
            Err(CallError::Host(error)) => match error.downcast::<ProcessExit>() {
                Ok(exit) => Ok(Run::Exited(exit.status)),
                Err(error) => Err(CallError::Host(error)),
            },
            run => run,
        }
    }

    /// How many bytes of each output stream the guest keeps, until the next reset.
    pub(crate) fn set_output_limit(&mut self, bytes_max: u32) -> Result<(), CallError> {
        let deadline = Some(Instant::now() + HOUSEKEEPING);
        self.instance
            .call("set_output_limit", (bytes_max.cast_signed(),), deadline)
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
        let Ok(report) = instance.read(address, REPORT_BYTES) else {
            return RunReport::default();
        };
        let u32_at =
            |at: usize| u32::from_le_bytes(report[at..at + 4].try_into().expect("four bytes"));
        let u64_at =
            |at: usize| u64::from_le_bytes(report[at..at + 8].try_into().expect("eight bytes"));
        let captured = |at: usize| {
            let len = (u32_at(at + 4) as usize).min(bytes_max);
            instance
                .read(u32_at(at), len)
                .map(Bytes::copy_from_slice)
                .unwrap_or_default()
        };
        RunReport {
            stdout: captured(0),
            stderr: captured(24),
            stdout_dropped: u64_at(16),
            stderr_dropped: u64_at(40),
            exit_code: u32_at(EXIT_CODE_OFFSET).cast_signed(),
        }
    }
}

/// Passes `source` to the guest's `execute`.
pub(super) fn execute(
    instance: &mut Instance<Host>,
    source: &[u8],
    deadline: Option<Instant>,
) -> Result<Run, CallError> {
    let len = i32::try_from(source.len()).expect("callers refuse longer programs");
    let code = instance.calls(deadline, |calls| {
        let address: i32 = calls.call("alloc", (len,))?;
        if address == 0 || calls.write(address.cast_unsigned(), source).is_err() {
            return Ok(None);
        }
        let code: i32 = calls.call("execute", (address, len))?;
        let () = calls.call("dealloc", (address, len))?;
        Ok(Some(code))
    })?;
    let Some(code) = code else {
        return Ok(Run::NoMemory);
    };
    Ok(match code {
        CODE_OK | CODE_PYTHON_ERROR => Run::Finished,
        code => Run::Refused(code),
    })
}

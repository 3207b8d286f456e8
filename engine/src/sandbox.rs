use std::sync::Arc;
use std::time::{Duration, Instant};

use cow_memory::PageSet;
use wasmtime::Val;

use crate::instance::{CallError, InstanceConfig, Reset, Status};
use crate::interrupt::{InterruptCause, Interrupter};
use crate::limits::Limits;
use crate::python::{PythonGuest, Run, SOURCE_BYTES_MAX};
use crate::runtime::Runtime;
use crate::{Error, Output};

/// How long an execution may take unless said otherwise.
pub const TIMEOUT_DEFAULT: Duration = Duration::from_secs(30);
/// How much memory a sandbox may have unless said otherwise, the golden snapshot included.
pub const MEMORY_BYTES_MAX_DEFAULT: u64 = 256 << 20;
/// How much of each output stream is kept unless said otherwise.
pub const OUTPUT_BYTES_MAX_DEFAULT: u32 = 10 << 20;

/// A Python interpreter of its own, isolated from the host and from every other.
///
/// State persists from one [`execute`](Self::execute) to the next;
/// [`reset`](Self::reset) returns to the golden state. A sandbox that was stopped by
/// its time limit or a trap is poisoned: it refuses to run until it is reset.
#[derive(Debug)]
pub struct Sandbox {
    guest: PythonGuest,
    limits: SandboxLimits,
    /// Pages to make ready before the first run.
    cold: Option<Arc<PageSet>>,
}

#[derive(Debug, Clone, Copy)]
struct SandboxLimits {
    timeout: Duration,
    memory_bytes_max: u64,
    output_bytes_max: u32,
}

/// Limits for a sandbox to be made.
#[derive(Debug)]
#[must_use]
pub struct SandboxBuilder {
    runtime: Runtime,
    limits: SandboxLimits,
}

impl SandboxBuilder {
    pub(crate) fn new(runtime: Runtime) -> Self {
        let limits = SandboxLimits {
            timeout: TIMEOUT_DEFAULT,
            memory_bytes_max: MEMORY_BYTES_MAX_DEFAULT,
            output_bytes_max: OUTPUT_BYTES_MAX_DEFAULT,
        };
        Self { runtime, limits }
    }

    /// Wall-clock time that one execution may take; [`TIMEOUT_DEFAULT`] unless set.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.limits.timeout = timeout;
        self
    }

    /// Memory the sandbox may have in bytes, the golden snapshot included. Past it the
    /// program gets a `MemoryError`. [`MEMORY_BYTES_MAX_DEFAULT`] unless set.
    pub fn max_memory_bytes(mut self, bytes: u64) -> Self {
        self.limits.memory_bytes_max = bytes;
        self
    }

    /// Bytes kept of each output stream; what comes after is counted and dropped while
    /// the program runs on. [`OUTPUT_BYTES_MAX_DEFAULT`] unless set.
    pub fn max_output_bytes(mut self, bytes: u32) -> Self {
        self.limits.output_bytes_max = bytes;
        self
    }

    /// Makes the sandbox, in the golden state.
    ///
    /// # Errors
    ///
    /// - [`Error::MemoryLimitTooLow`] when the golden snapshot alone needs more.
    /// - [`Error::Instance`] when there is no room for another instance.
    pub fn build(self) -> Result<Sandbox, Error> {
        let golden_bytes = self.runtime.golden().image().len_bytes() as u64;
        let limit_bytes = self.limits.memory_bytes_max;
        if limit_bytes < golden_bytes {
            return Err(Error::MemoryLimitTooLow {
                limit_bytes,
                golden_bytes,
            });
        }
        let config = InstanceConfig {
            limits: Limits {
                memory_bytes_max: limit_bytes,
                ..Limits::default()
            },
            ..InstanceConfig::default()
        };
        let instance = self
            .runtime
            .prepared()
            .instantiate(self.runtime.host(), config)?;
        let guest = PythonGuest::new(instance, self.runtime.report_address());
        let cold = Some(self.runtime.write_set().clone());
        let mut sandbox = Sandbox {
            guest,
            limits: self.limits,
            cold,
        };
        sandbox.apply_output_limit()?;
        Ok(sandbox)
    }
}

impl Sandbox {
    /// Runs a Python program in `__main__`.
    ///
    /// A Python exception, an exit by `sys.exit` and one by `os._exit` are results, not
    /// errors. The last of them poisons the sandbox, as it leaves the interpreter in
    /// the middle of what it did.
    ///
    /// # Errors
    ///
    /// - [`Error::Timeout`] and [`Error::Trap`] carry what was printed; the sandbox is
    ///   poisoned.
    /// - [`Error::Poisoned`], [`Error::NulByte`], [`Error::TooLong`] and
    ///   [`Error::NoMemory`]: nothing has run.
    pub fn execute(&mut self, source: &str) -> Result<Output, Error> {
        if let Some(offset) = source.bytes().position(|byte| byte == 0) {
            return Err(Error::NulByte { offset });
        }
        if source.len() > SOURCE_BYTES_MAX {
            return Err(Error::TooLong {
                len: source.len(),
                max: SOURCE_BYTES_MAX,
            });
        }
        if let Some(reason) = self.poison() {
            return Err(Error::Poisoned { reason });
        }
        let begun = Instant::now();
        if let Some(pages) = self.cold.take() {
            // Without it the run takes longer, and that is all.
            let _ = self.guest.instance.prefault(&pages);
        }
        // A deadline too far to express is none.
        let deadline = begun.checked_add(self.limits.timeout);
        let run = self.guest.execute(source.as_bytes(), deadline);
        let duration = begun.elapsed();
        if let Err(error) = &run {
            tracing::debug!(%error, ?duration, "the sandbox was stopped");
        }
        match run {
            Ok(Run::Finished) => Ok(self.output(None, duration)),
            Ok(Run::Exited(status)) => Ok(self.output(Some(status), duration)),
            Ok(Run::NoMemory) => Err(Error::NoMemory),
            Ok(Run::Refused(code)) => Err(Error::Abi {
                what: format!("execute refused a valid program with code {code}"),
            }),
            Err(CallError::Interrupted {
                cause: InterruptCause::Deadline,
            }) => Err(Error::Timeout {
                limit: self.limits.timeout,
                output: Box::new(self.output(None, duration)),
            }),
            Err(CallError::Interrupted {
                cause: InterruptCause::Cancelled,
            }) => Err(Error::Cancelled {
                output: Box::new(self.output(None, duration)),
            }),
            Err(CallError::Poisoned { reason }) => Err(Error::Poisoned {
                reason: reason.to_string(),
            }),
            Err(error @ (CallError::NoFunction { .. } | CallError::WrongType { .. })) => {
                Err(Error::Abi {
                    what: error.to_string(),
                })
            }
            Err(error @ CallError::System(_)) => Err(Error::Call(error)),
            Err(error) => Err(Error::Trap {
                reason: error.to_string(),
                output: Box::new(self.output(None, duration)),
            }),
        }
    }

    /// As [`execute`](Self::execute), for a program read from somewhere.
    ///
    /// # Errors
    ///
    /// [`Error::NotUtf8`], and those of [`execute`](Self::execute).
    pub fn execute_bytes(&mut self, source: &[u8]) -> Result<Output, Error> {
        let text = std::str::from_utf8(source).map_err(|error| Error::NotUtf8 {
            offset: error.valid_up_to(),
        })?;
        self.execute(text)
    }

    /// Returns to the golden state: memory, its length and all globals are what they
    /// were when the sandbox was made. Revives a poisoned sandbox.
    ///
    /// # Errors
    ///
    /// [`Error::Instance`]; the sandbox stays poisoned and the reset can be tried again.
    pub fn reset(&mut self) -> Result<Reset, Error> {
        let reset = self.guest.instance.reset()?;
        self.apply_output_limit()?;
        Ok(reset)
    }

    /// Returns to the golden state with a new wasmtime store: nothing of the old
    /// instance is used again.
    ///
    /// # Errors
    ///
    /// As [`reset`](Self::reset).
    pub fn reset_strict(&mut self) -> Result<Reset, Error> {
        let reset = self.guest.instance.reset_strict()?;
        self.apply_output_limit()?;
        Ok(reset)
    }

    /// Whether the sandbox has to be reset before it runs anything.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.poison().is_some()
    }

    /// A handle that stops the execution in progress, or the next, from any thread.
    #[must_use]
    pub fn interrupter(&self) -> Interrupter {
        self.guest.instance.interrupter().clone()
    }

    /// The guest's whole memory, to inspect.
    #[must_use]
    pub fn memory(&self) -> &[u8] {
        self.guest.instance.memory()
    }

    /// The guest module's mutable globals, to inspect.
    pub fn globals(&mut self) -> Vec<Val> {
        self.guest.instance.globals()
    }

    /// Pages of memory that are this sandbox's own and not shared with the golden snapshot.
    ///
    /// # Errors
    ///
    /// [`Error::Memory`] when the kernel does not say.
    pub fn private_dirty_pages(&self) -> Result<usize, Error> {
        Ok(self.guest.instance.private_dirty_pages()?)
    }

    /// Which pages of memory those are.
    ///
    /// # Errors
    ///
    /// [`Error::Memory`] when the kernel does not say.
    pub fn dirty_pages(&self) -> Result<PageSet, Error> {
        Ok(self.guest.instance.dirty_pages()?)
    }

    fn poison(&self) -> Option<String> {
        match self.guest.instance.status() {
            Status::Ready => None,
            Status::Poisoned { reason } => Some(reason.to_string()),
        }
    }

    /// The limit is state of the guest's, so a reset forgets it.
    fn apply_output_limit(&mut self) -> Result<(), Error> {
        if self.limits.output_bytes_max == OUTPUT_BYTES_MAX_DEFAULT {
            return Ok(());
        }
        self.guest
            .set_output_limit(self.limits.output_bytes_max)
            .map_err(Error::Call)
    }

    fn output(&self, exit_status: Option<i32>, duration: Duration) -> Output {
        let report = self.guest.report(self.limits.output_bytes_max as usize);
        Output {
            stdout: report.stdout,
            stderr: report.stderr,
            exit_code: exit_status.unwrap_or(report.exit_code),
            duration,
            stdout_dropped_bytes: report.stdout_dropped,
            stderr_dropped_bytes: report.stderr_dropped,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Sandbox, SandboxBuilder};
    use crate::Runtime;

    #[test]
    fn no_sandbox_is_bound_to_a_thread() {
        fn is_send<T: Send>() {}
        fn is_sync<T: Sync>() {}
        is_send::<Sandbox>();
        is_send::<SandboxBuilder>();
        is_send::<Runtime>();
        is_sync::<Runtime>();
    }
}

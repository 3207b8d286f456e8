//! One run of tests in a sandbox, whose driver tells of each test as it begins and ends.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use hatchery::{Error, HostError, HostFunctions, SandboxBuilder};

use super::{Events, Outcome};

/// What one run of tests may take.
#[derive(Debug, Clone, Copy)]
pub struct SuiteLimits {
    /// Of the processor's time: the same on a busy machine and on an idle one.
    pub cpu_time: Duration,
    /// Of the clock's, for tests that wait.
    pub timeout: Duration,
    /// Of memory.
    pub memory_bytes_max: u64,
    /// Of what is printed.
    pub output_bytes_max: u32,
}

impl SuiteLimits {
    /// Runs `program` in a sandbox of `builder`'s. It calls `tell_the_runner` with what happens, the test, its status and
    /// a detail; `prefix` is taken off the tests' names.
    ///
    /// # Errors
    ///
    /// When no sandbox can be made. What stops a sandbox is part of the outcome.
    pub(crate) fn run(
        self,
        builder: SandboxBuilder,
        program: &str,
        prefix: &str,
    ) -> Result<Outcome, Error> {
        let events = Arc::new(Mutex::new(Events::default()));
        let functions = HostFunctions::new().function("tell_the_runner", {
            let events = Arc::clone(&events);
            move |(what, test, status, detail): (String, String, String, String)| {
                let mut events = events.lock().expect("no one panics with the lock held");
                events.take(&what, &test, &status, &detail);
                Ok::<_, HostError>(())
            }
        });
        let mut sandbox = builder
            .functions(functions)
            .cpu_time(self.cpu_time)
            .count_cpu_time(true)
            .timeout(self.timeout)
            .max_memory_bytes(self.memory_bytes_max)
            .max_output_bytes(self.output_bytes_max)
            .max_host_calls(u64::MAX)
            .seed(0)
            .build()?;
        let stop = match sandbox.execute(program) {
            Ok(output) if output.success() => None,
            Ok(output) => Some(format!(
                "exit code {}: {}",
                output.exit_code,
                output.stderr_text().trim_end()
            )),
            Err(error) => Some(error.to_string()),
        };
        let seconds = sandbox.usage().cpu_time.as_secs_f64();
        drop(sandbox);
        let mut events = events.lock().expect("no one panics with the lock held");
        Ok(std::mem::take(&mut *events).finish(prefix, stop, seconds))
    }
}

//! Settings for one run, or for some runs, in place of the builder's.

use super::Sandbox;
use super::run::checked_bytes;
use crate::Error;
use crate::host_functions::HostFunctions;
use crate::settings::{LogSink, OutputSink, Settings};
use bytes::Bytes;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

/// What some runs are to have in place of what their sandbox was built with: see [`Sandbox::with`].
///
/// What is not set stays as the builder has it, and so does what has no method here: memory, open files, the depth of
/// recursion, environment, arguments, modules, files, mounts, seed and clock. Cloning is cheap.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct RunOptions {
    timeout: Option<Duration>,
    cpu_time: Option<Duration>,
    output_bytes_max: Option<u32>,
    value_bytes_max: Option<usize>,
    host_calls_max: Option<u64>,
    host_call_bytes_max: Option<usize>,
    host_call_timeout: Option<Duration>,
    functions: Option<Arc<HostFunctions>>,
    sinks: [Option<OutputSink>; 2],
    log: Option<LogSink>,
    stdin: Option<Bytes>,
}

impl RunOptions {
    /// Nothing is changed.
    pub fn new() -> Self {
        Self::default()
    }

    /// As [`SandboxBuilder::timeout`](crate::SandboxBuilder::timeout).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// As [`SandboxBuilder::cpu_time`](crate::SandboxBuilder::cpu_time).
    pub fn cpu_time(mut self, time: Duration) -> Self {
        self.cpu_time = Some(time);
        self
    }

    /// As [`SandboxBuilder::max_output_bytes`](crate::SandboxBuilder::max_output_bytes).
    pub fn max_output_bytes(mut self, bytes: u32) -> Self {
        self.output_bytes_max = Some(bytes);
        self
    }

    /// As [`SandboxBuilder::max_value_bytes`](crate::SandboxBuilder::max_value_bytes).
    pub fn max_value_bytes(mut self, bytes: usize) -> Self {
        self.value_bytes_max = Some(bytes);
        self
    }

    /// As [`SandboxBuilder::max_host_calls`](crate::SandboxBuilder::max_host_calls).
    pub fn max_host_calls(mut self, calls: u64) -> Self {
        self.host_calls_max = Some(calls);
        self
    }

    /// As [`SandboxBuilder::max_host_call_bytes`](crate::SandboxBuilder::max_host_call_bytes).
    pub fn max_host_call_bytes(mut self, bytes: usize) -> Self {
        self.host_call_bytes_max = Some(bytes);
        self
    }

    /// As [`SandboxBuilder::host_call_timeout`](crate::SandboxBuilder::host_call_timeout).
    pub fn host_call_timeout(mut self, timeout: Duration) -> Self {
        self.host_call_timeout = Some(timeout);
        self
    }

    /// As [`SandboxBuilder::functions`](crate::SandboxBuilder::functions): these are offered in place of the builder's,
    /// which are offered again afterwards. Each change costs the guest a call.
    pub fn functions(mut self, functions: impl Into<Arc<HostFunctions>>) -> Self {
        self.functions = Some(functions.into());
        self
    }

    /// As [`SandboxBuilder::on_stdout`](crate::SandboxBuilder::on_stdout).
    pub fn on_stdout(mut self, take: impl Fn(&[u8]) + Send + Sync + 'static) -> Self {
        self.sinks[0] = Some(OutputSink::Chunks(Arc::new(take)));
        self
    }

    /// As [`SandboxBuilder::on_stdout_line`](crate::SandboxBuilder::on_stdout_line).
    pub fn on_stdout_line(mut self, take: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.sinks[0] = Some(OutputSink::Lines(Arc::new(take)));
        self
    }

    /// As [`SandboxBuilder::on_stderr`](crate::SandboxBuilder::on_stderr).
    pub fn on_stderr(mut self, take: impl Fn(&[u8]) + Send + Sync + 'static) -> Self {
        self.sinks[1] = Some(OutputSink::Chunks(Arc::new(take)));
        self
    }

    /// As [`SandboxBuilder::on_stderr_line`](crate::SandboxBuilder::on_stderr_line).
    pub fn on_stderr_line(mut self, take: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.sinks[1] = Some(OutputSink::Lines(Arc::new(take)));
        self
    }

    /// As [`SandboxBuilder::on_log`](crate::SandboxBuilder::on_log).
    pub fn on_log(mut self, take: impl Fn(i32, &str) + Send + Sync + 'static) -> Self {
        self.log = Some(LogSink::new(take));
        self
    }

    /// As [`Sandbox::set_stdin`], for the first of these runs.
    pub fn stdin(mut self, input: impl Into<Bytes>) -> Self {
        self.stdin = Some(input.into());
        self
    }

    fn applied_to(&self, settings: &Settings) -> Settings {
        let mut settings = settings.clone();
        settings.timeout = self.timeout.unwrap_or(settings.timeout);
        settings.cpu_time = self.cpu_time.or(settings.cpu_time);
        settings.output_bytes_max = self.output_bytes_max.unwrap_or(settings.output_bytes_max);
        settings.value_bytes_max = self.value_bytes_max.unwrap_or(settings.value_bytes_max);
        let calls = &mut settings.host_calls;
        calls.count_max = self.host_calls_max.unwrap_or(calls.count_max);
        calls.bytes_max = self.host_call_bytes_max.unwrap_or(calls.bytes_max);
        calls.time_max = self.host_call_timeout.unwrap_or(calls.time_max);
        if let Some(functions) = &self.functions {
            settings.offer(functions.clone());
        }
        for (own, sink) in settings.sinks.iter_mut().zip(&self.sinks) {
            if sink.is_some() {
                own.clone_from(sink);
            }
        }
        if self.log.is_some() {
            settings.log.clone_from(&self.log);
        }
        settings
    }
}

/// A [`Sandbox`] with other settings for a while: see [`Sandbox::with`].
#[derive(Debug)]
#[must_use = "the settings hold until this is dropped"]
pub struct WithOptions<'a> {
    sandbox: &'a mut Sandbox,
    /// The settings that come back.
    before: Arc<Settings>,
    /// The standard input that comes back, if the options have some of their own.
    stdin: Option<Option<Bytes>>,
}

impl WithOptions<'_> {
    /// Whether a run has had the options' standard input.
    #[cfg(feature = "async")]
    pub(super) fn stdin_is_taken(&self) -> bool {
        self.sandbox.stdin.is_none()
    }
}

impl Sandbox {
    /// The sandbox with other limits, host functions and handlers, until the result is dropped.
    ///
    /// ```no_run
    /// # let runtime = hatchery::Runtime::new()?;
    /// # let mut sandbox = runtime.sandbox()?;
    /// use hatchery::RunOptions;
    /// use std::time::Duration;
    ///
    /// let options = RunOptions::new().timeout(Duration::from_millis(50)).stdin("a line\n");
    /// sandbox.with(&options)?.execute("print(input())")?;
    /// # Ok::<(), hatchery::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] and [`Error::HostFunctions`] for options that no run can have.
    pub fn with(&mut self, options: &RunOptions) -> Result<WithOptions<'_>, Error> {
        let settings = options.applied_to(&self.settings);
        settings.check()?;
        if let Some(input) = &options.stdin {
            checked_bytes("standard input", input)?;
        }
        let before = self.replace_settings(Arc::new(settings));
        let stdin = options
            .stdin
            .as_ref()
            .map(|input| self.stdin.replace(input.clone()));
        Ok(WithOptions {
            sandbox: self,
            before,
            stdin,
        })
    }

    fn replace_settings(&mut self, settings: Arc<Settings>) -> Arc<Settings> {
        settings.equip(self.guest.instance.data_mut());
        std::mem::replace(&mut self.settings, settings)
    }
}

impl Deref for WithOptions<'_> {
    type Target = Sandbox;

    fn deref(&self) -> &Sandbox {
        self.sandbox
    }
}

impl DerefMut for WithOptions<'_> {
    fn deref_mut(&mut self) -> &mut Sandbox {
        self.sandbox
    }
}

impl Drop for WithOptions<'_> {
    fn drop(&mut self) {
        self.sandbox.replace_settings(self.before.clone());
        if let Some(stdin) = self.stdin.take() {
            self.sandbox.stdin = stdin;
        }
    }
}

#[cfg(feature = "async")]
impl RunOptions {
    /// The options for the runs after the one that has had the standard input.
    pub(super) fn later(&self) -> Self {
        Self {
            stdin: None,
            ..self.clone()
        }
    }
}

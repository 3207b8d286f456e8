use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::Sandbox;
#[cfg(feature = "async")]
use crate::AsyncSandbox;
use crate::ambient::Clock;
use crate::host_functions::HostFunctions;
#[cfg(feature = "mounts")]
use crate::mount::{Mount, Mounts};
use crate::python::{Host, PythonGuest};
use crate::runtime::Runtime;
use crate::settings::{LogSink, OutputSink, Settings};
use crate::{Error, SealingKey};
use hatchery_engine::InstanceConfig;
use hatchery_engine::Limits;

/// A sandbox to be made: its limits, and what is in it.
///
/// Cloning is cheap; a builder can make any number of sandboxes.
#[derive(Clone)]
#[must_use]
pub struct SandboxBuilder {
    pub(super) runtime: Runtime,
    pub(super) settings: Arc<Settings>,
}

impl SandboxBuilder {
    pub(crate) fn new(runtime: Runtime) -> Self {
        Self {
            runtime,
            settings: Arc::default(),
        }
    }

    pub(super) fn of(runtime: Runtime, settings: Arc<Settings>) -> Self {
        Self { runtime, settings }
    }

    /// The runtime whose sandboxes it makes.
    #[must_use]
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Wall-clock time that one execution may take; [`TIMEOUT_DEFAULT`](crate::TIMEOUT_DEFAULT) unless set.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.edit().timeout = timeout;
        self
    }

    /// Processor time that one execution may take; unlimited unless set. Sleeping, and waiting for host functions or for
    /// a free processor, takes none: on a busy machine it is fairer than [`timeout`](Self::timeout), which holds
    /// beside it.
    pub fn cpu_time(mut self, time: Duration) -> Self {
        self.edit().cpu_time = Some(time);
        self
    }

    /// Memory the sandbox may have in bytes, the golden snapshot included. Past it the
    /// program gets a `MemoryError`. [`MEMORY_BYTES_MAX_DEFAULT`](crate::MEMORY_BYTES_MAX_DEFAULT) unless set.
    pub fn max_memory_bytes(mut self, bytes: u64) -> Self {
        self.edit().memory_bytes_max = bytes;
        self
    }

    /// Bytes kept of each output stream; what comes after is counted and dropped while
    /// the program runs on. [`OUTPUT_BYTES_MAX_DEFAULT`](crate::OUTPUT_BYTES_MAX_DEFAULT) unless set.
    pub fn max_output_bytes(mut self, bytes: u32) -> Self {
        self.edit().output_bytes_max = bytes;
        self
    }

    /// How much JSON the value of [`eval`](Sandbox::eval) or [`call`](Sandbox::call) may be in bytes; more is an
    /// [`Error::ValueTooLarge`]. Decoded it may not be larger than [`max_memory_bytes`](Self::max_memory_bytes) either.
    /// [`VALUE_BYTES_MAX_DEFAULT`](crate::VALUE_BYTES_MAX_DEFAULT) unless set. The same holds for the bytecode of
    /// [`compile`](Sandbox::compile).
    pub fn max_value_bytes(mut self, bytes: usize) -> Self {
        self.edit().value_bytes_max = bytes;
        self
    }

    /// How many host functions one execution may call; more raise a `RuntimeError` in the program.
    /// [`HOST_CALLS_MAX_DEFAULT`](crate::HOST_CALLS_MAX_DEFAULT) unless set.
    pub fn max_host_calls(mut self, calls: u64) -> Self {
        self.edit().host_calls.count_max = calls;
        self
    }

    /// How much JSON a host call may carry each way; more raises a `ValueError` in the program.
    /// [`HOST_CALL_BYTES_MAX_DEFAULT`](crate::HOST_CALL_BYTES_MAX_DEFAULT) unless set.
    pub fn max_host_call_bytes(mut self, bytes: usize) -> Self {
        self.edit().host_calls.bytes_max = bytes;
        self
    }

    /// How long an asynchronous host function may take; then it is dropped and the program gets a `TimeoutError`.
    /// [`HOST_CALL_TIMEOUT_DEFAULT`](crate::HOST_CALL_TIMEOUT_DEFAULT) unless set. A plain function is not stopped:
    /// it runs on the sandbox's thread.
    pub fn host_call_timeout(mut self, timeout: Duration) -> Self {
        self.edit().host_calls.time_max = timeout;
        self
    }

    /// Has every [`Output`](crate::Output) say how many pages of memory differ from the golden snapshot after the run.
    /// That costs a look at the page map and at those pages, some tens of microseconds.
    pub fn count_pages(mut self, count: bool) -> Self {
        self.edit().count_pages = count;
        self
    }

    /// Has [`Sandbox::usage`] tell the processor time of runs, which costs two looks at the thread's clock a run.
    pub fn count_cpu_time(mut self, count: bool) -> Self {
        self.edit().count_cpu_time = count;
        self
    }

    /// How many files the program may have open at once; 252 is the most, and the default.
    pub fn max_open_files(mut self, files: u32) -> Self {
        self.edit().open_files_max = Some(files);
        self
    }

    /// How deep Python functions may call each other; 1,000 unless set. The stack sets a limit of its own.
    pub fn recursion_limit(mut self, depth: u32) -> Self {
        self.edit().recursion_max = Some(depth);
        self
    }

    /// Functions of the host's that programs can call.
    pub fn functions(mut self, functions: impl Into<Arc<HostFunctions>>) -> Self {
        self.edit().offer(functions.into());
        self
    }

    /// A variable of `os.environ`, which is empty otherwise: nothing of the host's is in it.
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.edit().env.push((name.into(), value.into()));
        self
    }

    /// `sys.argv`, which is `['']` unless set.
    pub fn args<S: Into<String>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.edit().argv = Some(args.into_iter().map(Into::into).collect());
        self
    }

    /// A module that programs can import, as [`Sandbox::install_module`] installs it; after a reset it is there again.
    pub fn module(mut self, name: impl Into<String>, source: impl Into<String>) -> Self {
        self.edit().modules.push((name.into(), source.into()));
        self
    }

    /// A program that runs in `__main__` before the first program after each build and reset: what it defines and imports
    /// is there for all of them. What it prints is dropped, and it has no standard input.
    ///
    /// [`Error::Python`] of the first run when it fails. What takes its time is better put into a golden snapshot by
    /// [`Sandbox::into_golden`].
    pub fn prelude(mut self, source: impl Into<String>) -> Self {
        self.edit().prelude = Some(source.into());
        self
    }

    /// A folder of the sandbox's from which programs import, behind those of the standard library: an entry of
    /// `sys.path`. A mounted folder can be one.
    pub fn python_path(mut self, folder: impl Into<String>) -> Self {
        self.edit().python_path.push(folder.into());
        self
    }

    /// A file, there from the first run on and again after a reset, and the folders above it. A relative path is
    /// below `/work`.
    pub fn file(mut self, path: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        self.edit().files.push((path.into(), bytes.into()));
        self
    }

    /// Lets programs use a folder of the host's. It is opened when the sandbox is made; what it holds is not the
    /// sandbox's: it counts against no limit, and no reset brings it back.
    #[cfg(feature = "mounts")]
    pub fn mount(mut self, mount: Mount) -> Self {
        self.edit().mounts.push(mount);
        self
    }

    /// Seeds `random`, `uuid`, `secrets` and all else that asks for entropy, so that a run can be had again. After a
    /// reset the same numbers come again. Unless set they are the machine's, and differ everywhere.
    pub fn seed(mut self, seed: u64) -> Self {
        self.edit().seed = Some(seed);
        self
    }

    /// The time that programs see; the machine's unless set.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.edit().clock = clock;
        self
    }

    /// Sees standard output while it is written, in whatever pieces it is written. [`Output`](crate::Output) has it
    /// all the same. Called on the thread that runs the guest, which waits meanwhile.
    pub fn on_stdout(self, take: impl Fn(&[u8]) + Send + Sync + 'static) -> Self {
        self.sink(0, OutputSink::Chunks(Arc::new(take)))
    }

    /// As [`on_stdout`](Self::on_stdout), line by line, without the ends of lines.
    pub fn on_stdout_line(self, take: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.sink(0, OutputSink::Lines(Arc::new(take)))
    }

    /// As [`on_stdout`](Self::on_stdout), for standard error.
    pub fn on_stderr(self, take: impl Fn(&[u8]) + Send + Sync + 'static) -> Self {
        self.sink(1, OutputSink::Chunks(Arc::new(take)))
    }

    /// As [`on_stdout_line`](Self::on_stdout_line), for standard error.
    pub fn on_stderr_line(self, take: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.sink(1, OutputSink::Lines(Arc::new(take)))
    }

    /// Sees what programs write to the host's log by `hatchery.log`, with Python's level (10 for debug to 50 for
    /// critical), in place of `tracing`, which has it otherwise. Called on the thread that runs the guest, which waits
    /// meanwhile. A run may write as much as [`max_output_bytes`](Self::max_output_bytes).
    pub fn on_log(mut self, take: impl Fn(i32, &str) + Send + Sync + 'static) -> Self {
        self.edit().log = Some(LogSink::new(take));
        self
    }

    /// A key that vouches for the sessions of these sandboxes: [`Sandbox::hibernate`] seals with it, and
    /// [`resume`](Self::resume) refuses what it does not vouch for. Without one, bytes are protected against accidents
    /// only: a resumed session is code, and who can write bytes that are resumed can have it do anything that a sandbox
    /// can do.
    pub fn sealing_key(mut self, key: impl Into<SealingKey>) -> Self {
        self.edit().sealing_key = Some(key.into());
        self
    }

    fn edit(&mut self) -> &mut Settings {
        Arc::make_mut(&mut self.settings)
    }

    fn sink(mut self, stream: usize, sink: OutputSink) -> Self {
        self.edit().sinks[stream] = Some(sink);
        self
    }

    /// Makes the sandbox, in the golden state.
    ///
    /// # Errors
    ///
    /// - [`Error::Setting`] and [`Error::HostFunctions`] for what no sandbox can be made with.
    /// - [`Error::HostFile`] when a folder to mount cannot be opened.
    /// - [`Error::MemoryLimitTooLow`] when the golden snapshot alone needs more.
    /// - [`Error::Instance`] when there is no room for another instance.
    pub fn build(&self) -> Result<Sandbox, Error> {
        self.check()?;
        let settings = &self.settings;
        let limits = Limits::default().with_memory_bytes_max(settings.memory_bytes_max);
        let config = InstanceConfig::default().with_limits(limits);
        let mut host = Host {
            clock: self.runtime.new_clock(settings.clock),
            entropy: settings.new_entropy(),
            #[cfg(feature = "mounts")]
            mounts: match settings.mounts.as_slice() {
                [] => None,
                mounts => Some(Box::new(Mounts::open_all(mounts)?)),
            },
            ..Host::default()
        };
        settings.equip(&mut host);
        let instance = self.runtime.prepared().instantiate(host, config)?;
        let guest = PythonGuest::new(instance, self.runtime.report_address());
        Ok(Sandbox::new(
            guest,
            self.runtime.clone(),
            self.settings.clone(),
        ))
    }

    /// Makes the sandbox for use in asynchronous code.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build).
    #[cfg(feature = "async")]
    pub fn build_async(&self) -> Result<AsyncSandbox, Error> {
        Ok(AsyncSandbox::new(self.build()?))
    }

    fn check(&self) -> Result<(), Error> {
        self.settings.check()?;
        let golden_bytes = self.runtime.golden().image().len_bytes() as u64;
        let limit_bytes = self.settings.memory_bytes_max;
        if limit_bytes < golden_bytes {
            return Err(Error::MemoryLimitTooLow {
                limit_bytes,
                golden_bytes,
            });
        }
        Ok(())
    }
}

impl fmt::Debug for SandboxBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxBuilder")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

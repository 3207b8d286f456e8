//! What a sandbox is made with.

mod check;
mod output;
mod told;

pub(crate) use output::{LogSink, OutputHandler, OutputSink};
pub(crate) use told::{FunctionsDigest, Imposed, Told};

use crate::ambient::{Clock, Entropy};
use crate::host_functions::{HostFunctions, Offered};
#[cfg(feature = "mounts")]
use crate::mount::Mount;
use crate::python::Host;
use bytes::Bytes;
use hatchery_engine::SealingKey;
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;

/// How long an execution may take unless said otherwise.
pub const TIMEOUT_DEFAULT: Duration = Duration::from_secs(30);
/// How much memory a sandbox may have unless said otherwise, the golden snapshot included.
pub const MEMORY_BYTES_MAX_DEFAULT: u64 = 256 << 20;
/// How much of each output stream is kept unless said otherwise.
pub const OUTPUT_BYTES_MAX_DEFAULT: u32 = 10 << 20;
/// How much JSON the value of `eval` or `call` may be unless said otherwise.
pub const VALUE_BYTES_MAX_DEFAULT: usize = 64 << 20;
/// How many host functions a run may call unless said otherwise.
pub const HOST_CALLS_MAX_DEFAULT: u64 = 1_000;
/// How long an asynchronous host function may take unless said otherwise.
pub const HOST_CALL_TIMEOUT_DEFAULT: Duration = Duration::from_secs(10);
/// How much JSON may cross in a host call, each way, unless said otherwise.
pub const HOST_CALL_BYTES_MAX_DEFAULT: usize = 16 << 20;

/// Everything about a sandbox that a reset keeps.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) timeout: Duration,
    pub(crate) cpu_time: Option<Duration>,
    pub(crate) memory_bytes_max: u64,
    pub(crate) output_bytes_max: u32,
    /// Of JSON or bytecode that a run may give.
    pub(crate) value_bytes_max: usize,
    pub(crate) host_calls: HostCallLimits,
    pub(crate) count_pages: bool,
    pub(crate) count_cpu_time: bool,
    pub(crate) open_files_max: Option<u32>,
    pub(crate) recursion_max: Option<u32>,
    pub(crate) functions: Option<Arc<HostFunctions>>,
    /// What programs are told of those.
    pub(crate) offered: Arc<Offered>,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) argv: Option<Vec<String>>,
    /// Names and sources, in the order in which they are installed.
    pub(crate) modules: Vec<(String, String)>,
    /// Folders for `sys.path`.
    pub(crate) python_path: Vec<String>,
    /// Run in `__main__` before the first program.
    pub(crate) prelude: Option<String>,
    /// Paths and contents.
    pub(crate) files: Vec<(String, Bytes)>,
    #[cfg(feature = "mounts")]
    pub(crate) mounts: Vec<Mount>,
    pub(crate) seed: Option<u64>,
    pub(crate) clock: Clock,
    /// For standard output and standard error.
    pub(crate) sinks: [Option<OutputSink>; 2],
    /// For what programs write to the host's log.
    pub(crate) log: Option<LogSink>,
    /// Vouches for sessions that are put to sleep and woken.
    pub(crate) sealing_key: Option<SealingKey>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            timeout: TIMEOUT_DEFAULT,
            cpu_time: None,
            memory_bytes_max: MEMORY_BYTES_MAX_DEFAULT,
            output_bytes_max: OUTPUT_BYTES_MAX_DEFAULT,
            value_bytes_max: VALUE_BYTES_MAX_DEFAULT,
            host_calls: HostCallLimits::default(),
            count_pages: false,
            count_cpu_time: false,
            open_files_max: None,
            recursion_max: None,
            functions: None,
            offered: Arc::default(),
            env: Vec::new(),
            argv: None,
            modules: Vec::new(),
            python_path: Vec::new(),
            prelude: None,
            files: Vec::new(),
            #[cfg(feature = "mounts")]
            mounts: Vec::new(),
            seed: None,
            clock: Clock::default(),
            sinks: [None, None],
            log: None,
            sealing_key: None,
        }
    }
}

impl Settings {
    /// The random bytes of a guest that has not run.
    pub(crate) fn new_entropy(&self) -> Entropy {
        self.seed.map_or_else(Entropy::default, Entropy::seeded)
    }

    /// What the program is told once, before its first run; `None` if nothing.
    pub(crate) fn to_program(&self) -> Option<String> {
        let mut told = Map::new();
        if !self.env.is_empty() {
            let env = self.env.iter();
            let env: Map<String, Value> = env
                .map(|(name, value)| (name.clone(), value.as_str().into()))
                .collect();
            told.insert("env".to_owned(), env.into());
        }
        if let Some(argv) = &self.argv {
            told.insert("argv".to_owned(), argv.as_slice().into());
        }
        if !self.python_path.is_empty() {
            told.insert("path".to_owned(), self.python_path.as_slice().into());
        }
        (!told.is_empty()).then(|| Value::Object(told).to_string())
    }

    /// Offers these functions to programs.
    pub(crate) fn offer(&mut self, functions: Arc<HostFunctions>) {
        self.offered = Arc::new(functions.offered());
        self.functions = Some(functions);
    }

    /// Has a guest's host answer by these settings.
    pub(crate) fn equip(&self, host: &mut Host) {
        host.functions.clone_from(&self.functions);
        host.call_limits = HostCallLimits {
            held_bytes_max: usize::try_from(self.memory_bytes_max).unwrap_or(usize::MAX),
            ..self.host_calls
        };
        host.handlers = self
            .sinks
            .each_ref()
            .map(|sink| sink.clone().map(OutputHandler::new));
        host.log_sink.clone_from(&self.log);
    }

    /// What the guest has to keep to from now on.
    pub(crate) fn imposed(&self) -> Imposed {
        Imposed {
            output_bytes_max: self.output_bytes_max,
            open_files_max: self.open_files_max,
            recursion_max: self.recursion_max,
            streams: self.sinks.each_ref().map(Option::is_some),
        }
    }
}

/// What a run may ask of host functions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HostCallLimits {
    pub(crate) count_max: u64,
    pub(crate) time_max: Duration,
    /// Of JSON, each way.
    pub(crate) bytes_max: usize,
    /// Of arguments and replies that the host holds at one time: the sandbox's memory, on top of what that itself is.
    pub(crate) held_bytes_max: usize,
}

impl Default for HostCallLimits {
    fn default() -> Self {
        Self {
            count_max: HOST_CALLS_MAX_DEFAULT,
            time_max: HOST_CALL_TIMEOUT_DEFAULT,
            bytes_max: HOST_CALL_BYTES_MAX_DEFAULT,
            held_bytes_max: usize::MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_with_default_settings_is_told_nothing() {
        assert_eq!(Settings::default().to_program(), None);
        assert_eq!(Settings::default().imposed(), Imposed::golden());
    }
}

//! What a sandbox is made with.

use crate::ambient::{Clock, Entropy, GuestClock};
use crate::host_functions::HostFunctions;
use crate::mount::Mount;
use bytes::Bytes;
use parking_lot::Mutex;
use serde_json::{Map, Value};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long an execution may take unless said otherwise.
pub const TIMEOUT_DEFAULT: Duration = Duration::from_secs(30);
/// How much memory a sandbox may have unless said otherwise, the golden snapshot included.
pub const MEMORY_BYTES_MAX_DEFAULT: u64 = 256 << 20;
/// How much of each output stream is kept unless said otherwise.
pub const OUTPUT_BYTES_MAX_DEFAULT: u32 = 10 << 20;
/// How many host functions a run may call unless said otherwise.
pub const HOST_CALLS_MAX_DEFAULT: u64 = 1_000;
/// How long an asynchronous host function may take unless said otherwise.
pub const HOST_CALL_TIMEOUT_DEFAULT: Duration = Duration::from_secs(10);
/// How much JSON may cross in a host call, each way, unless said otherwise.
pub const HOST_CALL_BYTES_MAX_DEFAULT: usize = 16 << 20;

/// A line may be this long before it is handed on in pieces.
const LINE_BYTES_MAX: usize = 64 << 10;

/// Everything about a sandbox that a reset keeps.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) timeout: Duration,
    pub(crate) cpu_time: Option<Duration>,
    pub(crate) memory_bytes_max: u64,
    pub(crate) output_bytes_max: u32,
    pub(crate) host_calls: HostCallLimits,
    pub(crate) count_pages: bool,
    pub(crate) count_cpu_time: bool,
    pub(crate) open_files_max: Option<u32>,
    pub(crate) recursion_max: Option<u32>,
    pub(crate) functions: Option<Arc<HostFunctions>>,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) argv: Option<Vec<String>>,
    /// Names and sources, in the order in which they are installed.
    pub(crate) modules: Vec<(String, String)>,
    /// Paths and contents.
    pub(crate) files: Vec<(String, Bytes)>,
    pub(crate) mounts: Vec<Mount>,
    pub(crate) seed: Option<u64>,
    pub(crate) clock: Clock,
    /// For standard output and standard error.
    pub(crate) sinks: [Option<OutputSink>; 2],
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            timeout: TIMEOUT_DEFAULT,
            cpu_time: None,
            memory_bytes_max: MEMORY_BYTES_MAX_DEFAULT,
            output_bytes_max: OUTPUT_BYTES_MAX_DEFAULT,
            host_calls: HostCallLimits::default(),
            count_pages: false,
            count_cpu_time: false,
            open_files_max: None,
            recursion_max: None,
            functions: None,
            env: Vec::new(),
            argv: None,
            modules: Vec::new(),
            files: Vec::new(),
            mounts: Vec::new(),
            seed: None,
            clock: Clock::default(),
            sinks: [None, None],
        }
    }
}

impl Settings {
    /// The clock of a guest that has not run.
    pub(crate) fn new_clock(&self, start: Instant) -> GuestClock {
        GuestClock::new(self.clock, start)
    }

    /// The random bytes of a guest that has not run.
    pub(crate) fn new_entropy(&self) -> Entropy {
        self.seed.map_or_else(Entropy::default, Entropy::seeded)
    }

    /// What the guest has to be told before its first run; `None` if nothing.
    pub(crate) fn to_guest(&self) -> Option<String> {
        let mut guest = Map::new();
        if !self.env.is_empty() {
            let env = self.env.iter();
            let env: Map<String, Value> = env
                .map(|(name, value)| (name.clone(), value.as_str().into()))
                .collect();
            guest.insert("env".to_owned(), env.into());
        }
        if let Some(argv) = &self.argv {
            guest.insert("argv".to_owned(), argv.as_slice().into());
        }
        if let Some(most) = self.recursion_max {
            guest.insert("recursion_limit".to_owned(), most.into());
        }
        if let Some(most) = self.open_files_max {
            guest.insert("open_files_max".to_owned(), most.into());
        }
        if let Some(functions) = &self.functions {
            guest.insert("functions".to_owned(), functions.to_description());
        }
        let streams = ["stdout", "stderr"].into_iter().zip(&self.sinks);
        let streams: Vec<&str> = streams
            .filter_map(|(name, sink)| sink.as_ref().map(|_| name))
            .collect();
        if !streams.is_empty() {
            guest.insert("streams".to_owned(), streams.into());
        }
        (!guest.is_empty()).then(|| Value::Object(guest).to_string())
    }
}

/// How far a guest is from its golden state to one that programs can run in. Part of a session: what has been done is
/// not done again when it is rolled back to, forked or woken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Setup {
    /// The guest knows its settings and has its modules.
    pub(crate) is_done: bool,
    /// The files that the sandbox was made with are there, and its folders mounted.
    pub(crate) has_files: bool,
    /// The last run had standard input, of which something may be left.
    pub(crate) has_stdin: bool,
    /// The guest shares the state of its random generators with the one that it is a fork of.
    pub(crate) is_forked: bool,
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

type TakeChunk = dyn Fn(&[u8]) + Send + Sync;
type TakeLine = dyn Fn(&str) + Send + Sync;

/// Who sees a stream while it is written.
#[derive(Clone)]
pub(crate) enum OutputSink {
    Chunks(Arc<TakeChunk>),
    Lines(Arc<TakeLine>),
}

impl fmt::Debug for OutputSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Chunks(_) => "Chunks",
            Self::Lines(_) => "Lines",
        })
    }
}

/// A sink, and the line that one sandbox has begun to write to it.
#[derive(Debug, Clone)]
pub(crate) struct OutputHandler {
    sink: OutputSink,
    stream: Arc<Mutex<Stream>>,
}

#[derive(Debug, Default)]
struct Stream {
    line: Vec<u8>,
    /// Bytes that the run in progress may still hand on. The guest keeps count too, but a guest can be made to lie.
    left: usize,
}

impl OutputHandler {
    pub(crate) fn new(sink: OutputSink) -> Self {
        Self {
            sink,
            stream: Arc::default(),
        }
    }

    /// A run begins, which may hand on this much.
    pub(crate) fn begin(&self, bytes_max: usize) {
        let mut stream = self.stream.lock();
        stream.left = bytes_max;
        // A handler that panicked has left what came before to nobody.
        stream.line.clear();
    }

    pub(crate) fn write(&self, bytes: &[u8]) {
        let mut stream = self.stream.lock();
        let bytes = &bytes[..bytes.len().min(stream.left)];
        stream.left -= bytes.len();
        match &self.sink {
            OutputSink::Chunks(take) => {
                drop(stream);
                if !bytes.is_empty() {
                    take(bytes);
                }
            }
            OutputSink::Lines(take) => {
                let begun = &mut stream.line;
                for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
                    begun.extend_from_slice(piece);
                    if piece.ends_with(b"\n") || begun.len() >= LINE_BYTES_MAX {
                        hand_on(begun, &**take);
                    }
                }
            }
        }
    }

    /// The run is over: what has no end of line is a line too.
    pub(crate) fn finish(&self) {
        let begun = &mut self.stream.lock().line;
        if let (OutputSink::Lines(take), false) = (&self.sink, begun.is_empty()) {
            hand_on(begun, &**take);
        }
    }
}

fn hand_on(begun: &mut Vec<u8>, take: &TakeLine) {
    let line = std::mem::take(begun);
    let line = line.strip_suffix(b"\n").unwrap_or(&line);
    take(&String::from_utf8_lossy(line));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_handed_on_whole_however_they_arrive() {
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let lines = seen.clone();
        let handler = OutputHandler::new(OutputSink::Lines(Arc::new(move |line: &str| {
            lines.lock().push(line.to_owned());
        })));
        handler.begin(100);
        for piece in ["a", "b\nc\n\nd", "e"] {
            handler.write(piece.as_bytes());
        }
        assert_eq!(*seen.lock(), ["ab", "c", ""]);
        handler.finish();
        handler.finish();
        assert_eq!(*seen.lock(), ["ab", "c", "", "de"]);
    }

    #[test]
    fn a_line_that_was_never_finished_is_not_the_next_runs() {
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let lines = seen.clone();
        let handler = OutputHandler::new(OutputSink::Lines(Arc::new(move |line: &str| {
            lines.lock().push(line.to_owned());
        })));
        handler.begin(100);
        handler.write(b"secret");
        handler.begin(100);
        handler.write(b"x\n");
        assert_eq!(*seen.lock(), ["x"]);
    }

    #[test]
    fn a_line_without_end_does_not_gather_without_end() {
        let longest: Arc<Mutex<usize>> = Arc::default();
        let length = longest.clone();
        let handler = OutputHandler::new(OutputSink::Lines(Arc::new(move |line: &str| {
            let mut longest = length.lock();
            *longest = longest.max(line.len());
        })));
        handler.begin(usize::MAX);
        for _ in 0..1000 {
            handler.write(&[b'x'; 1000]);
        }
        assert!((LINE_BYTES_MAX..LINE_BYTES_MAX + 1000).contains(&*longest.lock()));
    }

    #[test]
    fn a_guest_with_default_settings_is_told_nothing() {
        assert_eq!(Settings::default().to_guest(), None);
    }
}

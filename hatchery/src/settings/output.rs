//! Output handlers: who sees a stream while it is written.

use parking_lot::Mutex;
use std::fmt;
use std::sync::Arc;

/// A line may be this long before it is handed on in pieces.
const LINE_BYTES_MAX: usize = 64 << 10;

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

type TakeLog = dyn Fn(i32, &str) + Send + Sync;

/// Who sees what programs write to the host's log.
#[derive(Clone)]
pub(crate) struct LogSink(Arc<TakeLog>);

impl LogSink {
    pub(crate) fn new(take: impl Fn(i32, &str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(take))
    }

    pub(crate) fn write(&self, level: i32, text: &str) {
        (self.0)(level, text);
    }
}

impl fmt::Debug for LogSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LogSink")
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
        // A handler that panicked may have left half a line behind.
        stream.line.clear();
    }

    /// The part of `bytes` that the run in progress may still hand on.
    pub(crate) fn allowed<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        let mut stream = self.stream.lock();
        let bytes = &bytes[..bytes.len().min(stream.left)];
        stream.left -= bytes.len();
        bytes
    }

    /// Hands on what is [`allowed`](Self::allowed). Between two lines it asks whether the run may go on: there can be
    /// very many.
    pub(crate) fn write<E>(
        &self,
        bytes: &[u8],
        mut may_go_on: impl FnMut() -> Result<(), E>,
    ) -> Result<(), E> {
        match &self.sink {
            OutputSink::Chunks(take) => {
                if !bytes.is_empty() {
                    take(bytes);
                }
            }
            OutputSink::Lines(take) => {
                for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
                    may_go_on()?;
                    // The handler is called without the lock.
                    let line = {
                        let begun = &mut self.stream.lock().line;
                        begun.extend_from_slice(piece);
                        let is_whole = piece.ends_with(b"\n") || begun.len() >= LINE_BYTES_MAX;
                        is_whole.then(|| std::mem::take(begun))
                    };
                    if let Some(line) = line {
                        hand_on(&line, &**take);
                    }
                }
            }
        }
        Ok(())
    }

    /// The run is over: what has no end of line is a line too.
    pub(crate) fn finish(&self) {
        let begun = std::mem::take(&mut self.stream.lock().line);
        if let (OutputSink::Lines(take), false) = (&self.sink, begun.is_empty()) {
            hand_on(&begun, &**take);
        }
    }
}

fn hand_on(line: &[u8], take: &TakeLine) {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    take(&String::from_utf8_lossy(line));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(handler: &OutputHandler, bytes: &[u8]) {
        let allowed = handler.allowed(bytes);
        handler.write(allowed, || Ok::<(), ()>(())).unwrap();
    }

    #[test]
    fn lines_are_handed_on_whole_however_they_arrive() {
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let lines = seen.clone();
        let handler = OutputHandler::new(OutputSink::Lines(Arc::new(move |line: &str| {
            lines.lock().push(line.to_owned());
        })));
        handler.begin(100);
        for piece in ["a", "b\nc\n\nd", "e"] {
            write(&handler, piece.as_bytes());
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
        write(&handler, b"secret");
        handler.begin(100);
        write(&handler, b"x\n");
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
            write(&handler, &[b'x'; 1000]);
        }
        assert!((LINE_BYTES_MAX..LINE_BYTES_MAX + 1000).contains(&*longest.lock()));
    }

    #[test]
    fn very_many_lines_do_not_keep_a_run_that_has_to_end() {
        let count: Arc<Mutex<usize>> = Arc::default();
        let lines = count.clone();
        let handler = OutputHandler::new(OutputSink::Lines(Arc::new(move |_: &str| {
            *lines.lock() += 1;
        })));
        handler.begin(usize::MAX);
        let mut left = 10;
        let stopped = handler.write(&[b'\n'; 1000], || {
            left -= 1;
            if left > 0 { Ok(()) } else { Err(()) }
        });
        assert_eq!((stopped, *count.lock()), (Err(()), 9));
    }
}

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;

use crate::Exception;
use serde::{Serialize, Serializer};

fn as_text<S: Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&String::from_utf8_lossy(bytes))
}

pub(crate) fn as_seconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}

/// What one execution printed and how it ended.
///
/// A Python exception is an ordinary result: its traceback is in `stderr` and
/// `exit_code` is 1, as it would be for a `python3` process.
///
/// It serialises with its streams as text and its duration in seconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Output {
    /// What went to standard output, as bytes: a guest may write anything.
    #[serde(serialize_with = "as_text")]
    pub stdout: Bytes,
    /// What went to standard error.
    #[serde(serialize_with = "as_text")]
    pub stderr: Bytes,
    /// 0; 1 after an exception; or what `sys.exit` was given.
    pub exit_code: i32,
    /// The exception that ended the program, if one did.
    pub exception: Option<Exception>,
    /// Wall-clock time from the call to its end.
    #[serde(serialize_with = "as_seconds", rename = "duration_seconds")]
    pub duration: Duration,
    /// The most linear memory that the sandbox has had so far, in bytes, the golden snapshot included.
    pub peak_memory_bytes: u64,
    /// Pages of memory (4 KiB on most machines) that differ from the golden snapshot after the run, if the sandbox was
    /// built with [`count_pages`](crate::SandboxBuilder::count_pages).
    pub pages_dirtied: Option<usize>,
    /// Calls of host functions.
    pub host_calls: u64,
    /// Bytes written to standard output past the limit. They were dropped.
    pub stdout_dropped_bytes: u64,
    /// Bytes written to standard error past the limit.
    pub stderr_dropped_bytes: u64,
}

impl Output {
    /// Whether the program ended by itself, with exit code 0.
    #[must_use]
    pub fn success(&self) -> bool {
        self.exit_code == 0
    }

    /// Whether something that was printed is missing, as it went past the limit.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.stdout_dropped_bytes > 0 || self.stderr_dropped_bytes > 0
    }

    /// Standard output as text; what is not UTF-8 becomes U+FFFD.
    #[must_use]
    pub fn stdout_text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.stdout)
    }

    /// Standard error as text; what is not UTF-8 becomes U+FFFD.
    #[must_use]
    pub fn stderr_text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.stderr)
    }
}

/// A value that Python gave, and what was printed meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Returned<T> {
    /// The value.
    pub value: T,
    /// What was printed and used.
    pub output: Output,
}

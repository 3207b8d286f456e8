use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;

/// What one execution printed and how it ended.
///
/// A Python exception is an ordinary result: its traceback is in `stderr` and
/// `exit_code` is 1, as it would be for a `python3` process.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Output {
    /// What went to standard output, as bytes: a guest may write anything.
    pub stdout: Bytes,
    /// What went to standard error.
    pub stderr: Bytes,
    /// 0; 1 after an exception; or what `sys.exit` was given.
    pub exit_code: i32,
    /// Wall-clock time from the call to its end.
    pub duration: Duration,
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

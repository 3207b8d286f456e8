//! A Python exception as data.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The exception that ended a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Exception {
    /// Its type: `ValueError`, `json.decoder.JSONDecodeError`.
    #[serde(rename = "type")]
    pub type_name: String,
    /// What `str()` gives of it.
    pub message: String,
    /// The line of the run in progress, counted from 1, that is wrong or that led there; of all that was run, where a
    /// function was called. `None` where no such line is involved.
    #[serde(default)]
    pub line: Option<u32>,
    /// The calls that led there, outermost first; of very many the first and the last.
    #[serde(default)]
    pub frames: Vec<Frame>,
    /// How many calls there were.
    #[serde(default)]
    pub frames_total: u32,
    /// What `add_note()` added.
    #[serde(default)]
    pub notes: Vec<String>,
    /// What to do about it, in plain words, for the usual mistakes.
    #[serde(default)]
    pub hint: Option<String>,
    /// The exception that this one was raised from, or while handling.
    #[serde(default)]
    pub cause: Option<Box<Exception>>,
}

/// One call in a traceback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Frame {
    /// The name of a run, such as `<script>`; `<memory>/name.py` for an installed module; or the path of a file.
    pub file: String,
    /// Counted from 1.
    #[serde(default)]
    pub line: Option<u32>,
    /// `<module>` for the top level.
    pub function: String,
    /// The line itself, where it is known.
    #[serde(default)]
    pub source: Option<String>,
}

impl Exception {
    /// From what the guest left, which it may have written anything over.
    pub(crate) fn from_json(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }
}

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.type_name)?;
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        if let Some(line) = self.line {
            write!(f, " (line {line})")?;
        }
        Ok(())
    }
}

//! Settings that no sandbox can have, found before one is made.

use super::Settings;
use crate::Error;
use crate::files::check_path;
use crate::python::TEXT_BYTES_MAX;

/// With less than this not even an exception can be reported.
const RECURSION_MIN: u32 = 50;
/// CPython keeps its limit in a C `int`.
const RECURSION_MAX: u32 = i32::MAX.cast_unsigned();
/// As many descriptors as the guest's table has beside the standard streams and the root.
const OPEN_FILES_MAX: u32 = 252;

fn refuse(name: &'static str, what: impl Into<String>) -> Result<(), Error> {
    let what = what.into();
    Err(Error::Setting { name, what })
}

/// A text that the guest can be told.
fn check_text(name: &'static str, which: &str, text: &str) -> Result<(), Error> {
    if let Some(offset) = memchr::memchr(0, text.as_bytes()) {
        return refuse(name, format!("{which} holds a NUL byte at offset {offset}"));
    }
    if text.len() > TEXT_BYTES_MAX {
        let len = text.len();
        return refuse(
            name,
            format!("{which} has {len} bytes, more than the {TEXT_BYTES_MAX} that the guest takes"),
        );
    }
    Ok(())
}

impl Settings {
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.check_limits()?;
        for (name, value) in &self.env {
            if name.is_empty() || name.contains(['=', '\0']) {
                refuse("env", format!("{name:?} is not a variable's name"))?;
            }
            check_text("env", &format!("the value of {name}"), value)?;
        }
        for (index, argument) in self.argv.iter().flatten().enumerate() {
            check_text("args", &format!("argument {index}"), argument)?;
        }
        if let Some(told) = self.to_program() {
            check_text("env and args", "what they make together", &told)?;
        }
        for (name, source) in &self.modules {
            if !name.split('.').all(is_identifier) {
                refuse("module", format!("{name:?} is not a dotted Python name"))?;
            }
            check_text("module", &format!("the source of {name}"), source)?;
        }
        for path in &self.python_path {
            check_text("python_path", "a folder", path)?;
        }
        if let Some(prelude) = &self.prelude {
            check_text("prelude", "it", prelude)?;
        }
        #[cfg(feature = "mounts")]
        for (index, mount) in self.mounts.iter().enumerate() {
            if let Some(problem) = mount.problem(&self.mounts[..index]) {
                refuse("mount", problem)?;
            }
        }
        for (path, _) in &self.files {
            if let Err(reason) = check_path(path.as_bytes()) {
                refuse("file", format!("{path:?}: {reason}"))?;
            }
        }
        if let Some(functions) = &self.functions {
            functions.check()?;
            check_text("functions", "their description", &self.offered.json)?;
        }
        Ok(())
    }

    fn check_limits(&self) -> Result<(), Error> {
        if self.timeout.is_zero() {
            refuse("timeout", "no program ends in no time")?;
        }
        if self.cpu_time.is_some_and(|time| time.is_zero()) {
            refuse("cpu_time", "no program ends in no time")?;
        }
        if self.host_calls.time_max.is_zero() {
            refuse("host_call_timeout", "no function ends in no time")?;
        }
        if self.output_bytes_max == 0 {
            refuse("max_output_bytes", "it is 0")?;
        }
        if let Some(depth) = self.recursion_max
            && !(RECURSION_MIN..=RECURSION_MAX).contains(&depth)
        {
            refuse(
                "recursion_limit",
                format!(
                    "{depth} is not between {RECURSION_MIN}, which CPython itself needs, and {RECURSION_MAX}"
                ),
            )?;
        }
        if let Some(files) = self.open_files_max
            && files > OPEN_FILES_MAX
        {
            refuse(
                "max_open_files",
                format!("{files} is more than the {OPEN_FILES_MAX} that a sandbox can have"),
            )?;
        }
        Ok(())
    }
}

fn is_identifier(part: &str) -> bool {
    let mut chars = part.chars();
    chars
        .next()
        .is_some_and(|first| first == '_' || first.is_alphabetic())
        && chars.all(|c| c == '_' || c.is_alphanumeric())
}

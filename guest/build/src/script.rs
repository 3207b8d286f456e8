//! Running a script of the recipe.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::Error;

const TAIL_LINES: usize = 20;

const NOT_INHERITED: &[&str] = &[
    "CFLAGS",
    "CPPFLAGS",
    "LDFLAGS",
    "CC",
    "AR",
    "LIBS",
    "MAKEFLAGS",
    "CONFIG_SITE",
    "PYTHONPATH",
    "PYTHONHOME",
    "PKG_CONFIG_PATH",
    "CARGO_TARGET_DIR",
    "DESTDIR",
];

/// A shell script of the recipe, its output kept in a log beside the stage.
pub(crate) struct Script<'a> {
    pub(crate) stage: &'static str,
    pub(crate) path: PathBuf,
    pub(crate) variables: &'a [(&'a str, PathBuf)],
    pub(crate) settings: &'a [(&'a str, String)],
    pub(crate) log: PathBuf,
}

impl Script<'_> {
    /// Runs to the end; `line` is called for every line of output.
    pub(crate) fn run(&self, mut line: impl FnMut()) -> Result<(), Error> {
        let mut log = File::create(&self.log).map_err(Error::io("creating", &self.log))?;
        let mut command = Command::new("sh");
        command
            .arg("-c")
            .arg("exec sh \"$0\" 2>&1")
            .arg(&self.path)
            .stdin(Stdio::null());
        // What the caller's shell happens to hold must not change what is built.
        for name in NOT_INHERITED {
            command.env_remove(name);
        }
        command.envs(self.variables.iter().map(|(name, path)| (name, path)));
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .map_err(Error::io("starting sh for", &self.path))?;
        let mut tail = VecDeque::new();
        let output = child.stdout.take().expect("stdout was piped");
        for text in BufReader::new(output).split(b'\n') {
            let text = text.map_err(Error::io("reading the output of", &self.path))?;
            log.write_all(&text)
                .and_then(|()| log.write_all(b"\n"))
                .map_err(Error::io("writing", &self.log))?;
            if tail.len() == TAIL_LINES {
                tail.pop_front();
            }
            tail.push_back(String::from_utf8_lossy(&text).into_owned());
            line();
        }
        let status = child.wait().map_err(Error::io("waiting for", &self.path))?;
        if status.success() {
            return Ok(());
        }
        Err(Error::StageFailed {
            stage: self.stage,
            log: self.log.clone(),
            tail: Vec::from(tail).join("\n"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_failing_script_reports_its_last_lines_and_its_log() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("fail.sh");
        fs::write(
            &path,
            "for i in $(seq 50); do echo line $i; done\necho why >&2\nexit 3\n",
        )
        .unwrap();
        let script = Script {
            stage: "test",
            path,
            variables: &[],
            settings: &[],
            log: dir.path().join("log"),
        };
        let mut lines = 0;
        let error = script.run(|| lines += 1).unwrap_err();
        assert_eq!(lines, 51);
        let Error::StageFailed { tail, log, .. } = error else {
            panic!("{error}")
        };
        assert!(
            tail.ends_with("why") && !tail.contains("line 5\n"),
            "{tail}"
        );
        assert!(fs::read_to_string(log).unwrap().starts_with("line 1\n"));
    }
}

//! Running one stage: a folder that counts only once its marker is there.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Error;
use crate::durable::{Disk, FileSystem};

const MARKER: &str = ".complete";
const TAIL_LINES: usize = 20;

/// Whether the stage that fills `dir` has run to its end.
pub(crate) fn is_complete(dir: &Path) -> bool {
    dir.join(MARKER).is_file()
}

/// Fills `dir` by `work`, unless that was done before. What an interrupted run
/// left is wiped first; the marker comes last, after all else reached the disk.
pub(crate) fn ensure(
    dir: &Path,
    work: impl FnOnce(&Path) -> Result<(), Error>,
) -> Result<(), Error> {
    ensure_on(&FileSystem, dir, work)
}

fn ensure_on(
    disk: &impl Disk,
    dir: &Path,
    work: impl FnOnce(&Path) -> Result<(), Error>,
) -> Result<(), Error> {
    if is_complete(dir) {
        return Ok(());
    }
    if dir.exists() {
        fs::remove_dir_all(dir).map_err(Error::io("removing the unfinished", dir))?;
    }
    fs::create_dir_all(dir).map_err(Error::io("creating", dir))?;
    work(dir)?;
    disk.sync_below(dir)
        .map_err(Error::io("writing to the disk", dir))?;
    let marker = dir.join(MARKER);
    disk.create(&marker)
        .and_then(|()| disk.sync_folder(dir))
        .map_err(Error::io("creating", &marker))
}

/// Held while stages are built, so that two processes do not build one folder.
pub(crate) struct BuildLock(#[expect(dead_code, reason = "held for its lock")] File);

impl BuildLock {
    /// Waits for another process that is building.
    pub(crate) fn acquire(cache: &Path) -> Result<Self, Error> {
        let dir = cache.join("guest");
        fs::create_dir_all(&dir).map_err(Error::io("creating", &dir))?;
        let path = dir.join("build.lock");
        let file = File::create(&path).map_err(Error::io("creating", &path))?;
        file.lock().map_err(Error::io("locking", &path))?;
        Ok(Self(file))
    }
}

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
        for name in [
            "CFLAGS",
            "CPPFLAGS",
            "LDFLAGS",
            "CC",
            "AR",
            "LIBS",
            "MAKEFLAGS",
            "CONFIG_SITE",
        ] {
            command.env_remove(name);
        }
        for name in [
            "PYTHONPATH",
            "PYTHONHOME",
            "PKG_CONFIG_PATH",
            "CARGO_TARGET_DIR",
            "DESTDIR",
        ] {
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
    use std::cell::RefCell;
    use std::io;

    #[test]
    fn an_interrupted_stage_is_wiped_and_run_again() {
        let dir = tempfile::tempdir().unwrap();
        let stage = dir.path().join("stage-1");
        let interrupted = ensure(&stage, |out| {
            fs::write(out.join("half"), "written").unwrap();
            Err(Error::NoCacheDir)
        });
        assert!(interrupted.is_err() && !is_complete(&stage));
        ensure(&stage, |out| {
            assert!(
                !out.join("half").exists(),
                "the first attempt's file is still there"
            );
            fs::write(out.join("whole"), "written").unwrap();
            Ok(())
        })
        .unwrap();
        assert!(is_complete(&stage));
        ensure(&stage, |_| panic!("a finished stage ran again")).unwrap();
    }

    /// Notes what is done to the disk, and what of the stage was there by then.
    struct Watched {
        work: &'static str,
        seen: RefCell<Vec<(&'static str, bool, bool)>>,
    }

    impl Watched {
        fn note(&self, what: &'static str, dir: &Path) -> io::Result<()> {
            let has_work = dir.join(self.work).is_file();
            let seen = (what, has_work, is_complete(dir));
            self.seen.borrow_mut().push(seen);
            Ok(())
        }
    }

    impl Disk for Watched {
        fn sync_below(&self, dir: &Path) -> io::Result<()> {
            self.note("sync below", dir)?;
            FileSystem.sync_below(dir)
        }

        fn create(&self, path: &Path) -> io::Result<()> {
            self.note("create", path.parent().unwrap())?;
            FileSystem.create(path)
        }

        fn sync_folder(&self, dir: &Path) -> io::Result<()> {
            self.note("sync folder", dir)?;
            FileSystem.sync_folder(dir)
        }
    }

    #[test]
    fn no_loss_of_power_leaves_a_marker_beside_a_half_written_stage() {
        let dir = tempfile::tempdir().unwrap();
        let stage = dir.path().join("stage-1");
        let disk = Watched {
            work: "lib/python.wasm",
            seen: RefCell::default(),
        };
        ensure_on(&disk, &stage, |out| {
            fs::create_dir(out.join("lib")).unwrap();
            fs::write(out.join(disk.work), "module").unwrap();
            Ok(())
        })
        .unwrap();
        // All of the work is on the disk before the marker can be.
        let wanted = [
            ("sync below", true, false),
            ("create", true, false),
            ("sync folder", true, true),
        ];
        assert_eq!(*disk.seen.borrow(), wanted);
    }

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

//! The same tests with a native CPython of the guest's version.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use hatchery_guest::pins::CPYTHON_VERSION;
use serde_json::json;

use super::cache::{Cache, Folders};
use super::suite::copy_tree;
use super::table::Package;
use crate::outcomes::{Events, Outcome, Status, TestEnd};

const BUILD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/packages/native.sh");
const DRIVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/packages/driver.py");
const TIMEOUT: Duration = Duration::from_secs(150);

/// A native CPython, and pytest for it.
#[derive(Debug)]
pub struct Native {
    python: PathBuf,
    tools: PathBuf,
}

impl Native {
    /// Finds it in the cache, or builds it, which takes minutes.
    ///
    /// # Errors
    ///
    /// When it cannot be built: what the script says.
    pub fn find(cache: &Cache, tools: &Path) -> io::Result<Self> {
        let out = cache.dir().join(format!("native-{CPYTHON_VERSION}"));
        let python = out.join("bin/python3.14");
        if !python.is_file() {
            eprintln!("building a native CPython {CPYTHON_VERSION}: some minutes");
            let downloads = cache.dir().with_file_name("downloads");
            let tarball = downloads.join(format!("Python-{CPYTHON_VERSION}.tar.xz"));
            if !tarball.is_file() {
                return Err(io::Error::other(format!(
                    "{} is missing: build the guest with `hatchery build` first, which downloads it",
                    tarball.display()
                )));
            }
            let output = Command::new("sh")
                .arg(BUILD)
                .arg(&tarball)
                .arg(&out)
                .output()?;
            if !output.status.success() {
                let said = String::from_utf8_lossy(&output.stderr);
                return Err(io::Error::other(format!("native.sh: {}", said.trim())));
            }
        }
        Ok(Self {
            python,
            tools: tools.to_owned(),
        })
    }

    /// Runs a package's tests, except for those in `left_out`.
    ///
    /// # Errors
    ///
    /// When there is no place for its files.
    pub fn run(
        &self,
        package: &Package,
        folders: &Folders,
        left_out: &[String],
    ) -> io::Result<Outcome> {
        let work = tempfile::tempdir()?;
        let (source, home) = (work.path().join("src"), work.path().join("home"));
        copy_tree(&folders.source, &source)?;
        std::fs::create_dir_all(&home)?;
        let events_path = work.path().join("events");
        let path = std::env::join_paths([&folders.site, &self.tools]).map_err(io::Error::other)?;
        let began = Instant::now();
        let mut child = Command::new(&self.python)
            .args(["-B", "-P", DRIVER])
            .arg(json!(events_path.to_string_lossy()).to_string())
            .arg(json!(left_out).to_string())
            .arg(json!(package.arguments).to_string())
            .current_dir(source.join(&package.start_in))
            .env_clear()
            .env("HOME", &home)
            .env("LANG", "C.UTF-8")
            .env("PATH", "/usr/bin:/bin")
            .env("PYTHONHASHSEED", "0")
            .env("PYTHONPATH", path)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut stop = None;
        while child.try_wait()?.is_none() {
            if began.elapsed() > TIMEOUT {
                child.kill()?;
                child.wait()?;
                stop = Some("out of time, natively".to_owned());
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let mut events = Events::default();
        let file = std::fs::File::open(&events_path)?;
        for line in BufReader::new(file).lines() {
            let Ok([what, test, status, detail]) = serde_json::from_str::<[String; 4]>(&line?)
            else {
                break;
            };
            events.take(&what, &test, &status, &detail);
        }
        Ok(events.finish("", stop, began.elapsed().as_secs_f64()))
    }
}

/// How two outcomes of the same tests differ: by test, what came natively and what came here.
#[must_use]
pub fn compare(native: &Outcome, here: &Outcome) -> BTreeMap<String, String> {
    let status = |end: Option<&TestEnd>| match end.map(|end| end.status) {
        None => "is not there",
        Some(Status::Passed) => "passes",
        Some(Status::Skipped) => "is skipped",
        Some(Status::ExpectedFailure) => "fails as expected",
        Some(Status::Failed) => "fails",
        Some(Status::Stopped) => "does not end",
    };
    let mut differing = BTreeMap::new();
    for name in native.tests.keys().chain(here.tests.keys()) {
        let (there, now) = (status(native.tests.get(name)), status(here.tests.get(name)));
        if there != now {
            differing.insert(name.clone(), format!("natively it {there}, here it {now}"));
        }
    }
    differing
}

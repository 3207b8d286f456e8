//! The golden snapshot that tests begin from, and the run of one module.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hatchery::{Error, HostError, HostFunctions, Mount, Runtime, SandboxBuilder};
use serde_json::Value;

use crate::outcomes::{Events, Outcome};

const DRIVER: &str = include_str!("../../cpython/driver.py");
const TESTS_IN_GUEST: &str = "/lib/test";

/// Packages whose modules are run one by one, as CPython's own runner does.
const SPLIT_PACKAGES: &[&str] = &[
    "test_asyncio",
    "test_concurrent_futures",
    "test_doctests",
    "test_future_stmt",
    "test_gdb",
    "test_inspect",
    "test_pydoc",
    "test_multiprocessing_fork",
    "test_multiprocessing_forkserver",
    "test_multiprocessing_spawn",
];

/// What a module may take.
#[derive(Debug, Clone, Copy)]
pub struct SuiteLimits {
    /// Of the processor's time: the same on a busy machine and on an idle one.
    pub cpu_time: Duration,
    /// Of the clock's, for tests that wait.
    pub timeout: Duration,
    /// Of memory.
    pub memory_bytes_max: u64,
}

impl Default for SuiteLimits {
    fn default() -> Self {
        Self {
            cpu_time: Duration::from_secs(60),
            timeout: Duration::from_secs(400),
            memory_bytes_max: 512 << 20,
        }
    }
}

/// CPython's tests, ready to run.
#[derive(Debug)]
pub struct Suite {
    runtime: Runtime,
    tests_dir: PathBuf,
    limits: SuiteLimits,
}

impl Suite {
    /// Imports what most tests need into a golden snapshot of its own. `source_dir` is CPython's source tree.
    ///
    /// # Errors
    ///
    /// Those of [`hatchery::Sandbox::execute`] and [`hatchery::Sandbox::into_golden`].
    pub fn prepare(
        runtime: &Runtime,
        source_dir: &Path,
        limits: SuiteLimits,
    ) -> Result<Self, Error> {
        let tests_dir = source_dir.join("Lib/test");
        let mut sandbox = runtime
            .sandbox_builder()
            .mount(Mount::new(&tests_dir, TESTS_IN_GUEST))
            .build()?;
        sandbox.install_module("_cpython_tests", DRIVER)?;
        Ok(Self {
            runtime: sandbox.into_golden()?,
            tests_dir,
            limits,
        })
    }

    /// The names of all modules and packages of tests that the source has, sorted.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read.
    pub fn modules(&self) -> std::io::Result<Vec<String>> {
        let mut names = Vec::new();
        let mut folders = vec![(self.tests_dir.clone(), String::new())];
        while let Some((folder, prefix)) = folders.pop() {
            for entry in std::fs::read_dir(folder)? {
                let entry = entry?;
                let file_name = entry.file_name().to_string_lossy().into_owned();
                let name = file_name.strip_suffix(".py").unwrap_or(&file_name);
                if !name.starts_with("test_") || name.contains('.') {
                    continue;
                }
                let full_name = format!("{prefix}{name}");
                if SPLIT_PACKAGES.contains(&full_name.as_str()) {
                    folders.push((entry.path(), format!("{full_name}.")));
                } else if file_name != name || entry.path().join("__init__.py").is_file() {
                    names.push(full_name);
                }
            }
        }
        names.sort();
        Ok(names)
    }

    /// Runs one module in a sandbox of its own, except for the tests in `left_out`.
    ///
    /// # Errors
    ///
    /// When no sandbox can be made. What stops a sandbox is part of the outcome.
    pub fn run(&self, module: &str, left_out: &[String]) -> Result<Outcome, Error> {
        let events = Arc::new(Mutex::new(Events::default()));
        let functions = HostFunctions::new().function("tell_the_runner", {
            let events = Arc::clone(&events);
            move |(what, test, status, detail): (String, String, String, String)| {
                let mut events = events.lock().expect("no one panics with the lock held");
                events.take(&what, &test, &status, &detail);
                Ok::<_, HostError>(())
            }
        });
        let mut sandbox = self.builder().functions(functions).build()?;
        let left_out = left_out
            .iter()
            .map(|test| format!("test.{module}.{test}"))
            .collect();
        let (name, left_out): (Value, Value) = (module.into(), left_out);
        let program = format!(
            "import _cpython_tests; _cpython_tests.run({name}, {left_out}, tell_the_runner)"
        );
        let stop = match sandbox.execute(&program) {
            Ok(output) if output.success() => None,
            Ok(output) => Some(format!(
                "exit code {}: {}",
                output.exit_code,
                output.stderr_text().trim_end()
            )),
            Err(error) => Some(error.to_string()),
        };
        let seconds = sandbox.usage().cpu_time.as_secs_f64();
        drop(sandbox);
        let mut events = events.lock().expect("no one panics with the lock held");
        Ok(std::mem::take(&mut *events).finish(&format!("test.{module}."), stop, seconds))
    }

    fn builder(&self) -> SandboxBuilder {
        self.runtime
            .sandbox_builder()
            .mount(Mount::new(&self.tests_dir, TESTS_IN_GUEST))
            .cpu_time(self.limits.cpu_time)
            .count_cpu_time(true)
            .timeout(self.limits.timeout)
            .max_memory_bytes(self.limits.memory_bytes_max)
            .max_output_bytes(1 << 20)
            .max_host_calls(u64::MAX)
            .seed(0)
    }
}

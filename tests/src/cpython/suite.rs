//! The golden snapshot that tests begin from, and the run of one module.

use std::path::{Path, PathBuf};
use std::time::Duration;

use hatchery::{Error, Mount, Runtime};
use serde_json::Value;

use crate::outcomes::{Outcome, SuiteLimits};

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
pub const LIMITS: SuiteLimits = SuiteLimits {
    cpu_time: Duration::from_secs(60),
    timeout: Duration::from_secs(400),
    memory_bytes_max: 512 << 20,
    output_bytes_max: 1 << 20,
};

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
        let left_out = left_out
            .iter()
            .map(|test| format!("test.{module}.{test}"))
            .collect();
        let (name, left_out): (Value, Value) = (module.into(), left_out);
        let program = format!(
            "import _cpython_tests; _cpython_tests.run({name}, {left_out}, tell_the_runner)"
        );
        let builder = self
            .runtime
            .sandbox_builder()
            .mount(Mount::new(&self.tests_dir, TESTS_IN_GUEST));
        self.limits
            .run(builder, &program, &format!("test.{module}."))
    }
}

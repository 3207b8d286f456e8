//! The golden snapshot with pytest in it, and the run of one package's tests.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hatchery::{Error, Mount, MountQuota, Runtime};
use serde_json::json;

use super::cache::Folders;
use super::table::Package;
use crate::outcomes::{Outcome, SuiteLimits};

const DRIVER: &str = include_str!("../../packages/driver.py");
const TOOLS_IN_GUEST: &str = "/tools";
const SOURCE_IN_GUEST: &str = "/src";

/// What a package's tests may take.
pub const LIMITS: SuiteLimits = SuiteLimits {
    cpu_time: Duration::from_secs(120),
    timeout: Duration::from_secs(240),
    memory_bytes_max: 1 << 30,
    output_bytes_max: 1 << 26,
};

/// pytest, ready to run tests.
#[derive(Debug)]
pub struct Suite {
    runtime: Runtime,
    tools: PathBuf,
    limits: SuiteLimits,
}

impl Suite {
    /// Imports pytest from the folder `tools` into a golden snapshot of its own.
    ///
    /// # Errors
    ///
    /// Those of [`hatchery::Sandbox::execute`] and [`hatchery::Sandbox::into_golden`].
    pub fn prepare(runtime: &Runtime, tools: &Path, limits: SuiteLimits) -> Result<Self, Error> {
        let mut sandbox = runtime
            .sandbox_builder()
            .mount(Mount::new(tools, TOOLS_IN_GUEST))
            .build()?;
        sandbox.execute(&format!(
            "import sys; sys.path.append('{TOOLS_IN_GUEST}'); sys.dont_write_bytecode = True"
        ))?;
        sandbox.install_module("_package_tests", DRIVER)?;
        Ok(Self {
            runtime: sandbox.into_golden()?,
            tools: tools.to_owned(),
            limits,
        })
    }

    /// Runs a package's tests in a sandbox of their own, except for those in `left_out`.
    ///
    /// # Errors
    ///
    /// When no sandbox can be made. What stops a sandbox is part of the outcome.
    pub fn run(
        &self,
        package: &Package,
        folders: &Folders,
        left_out: &[String],
    ) -> Result<Outcome, Box<dyn std::error::Error + Send + Sync>> {
        let work = tempfile::tempdir()?;
        let source = work.path().join("src");
        copy_tree(&folders.source, &source)?;
        let builder = self
            .runtime
            .sandbox_builder()
            .mount(Mount::new(&self.tools, TOOLS_IN_GUEST))
            .mount(Mount::new(&folders.site, "/lib"))
            .mount(
                Mount::new(&source, SOURCE_IN_GUEST)
                    .writable()
                    .quota(MountQuota::new(1 << 28, 100_000)),
            );
        let (arguments, left_out) = (json!(package.arguments), json!(left_out));
        let program = format!(
            "import os, _package_tests; os.chdir('{SOURCE_IN_GUEST}/{}'); \
             _package_tests.run({arguments}, {left_out}, tell_the_runner)",
            package.start_in
        );
        Ok(self.limits.run(builder, &program, "")?)
    }
}

/// Copies a folder, so that tests which write beside themselves do it in a copy.
pub(super) fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

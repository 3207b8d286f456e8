//! What the whole-system tests share: one runtime, built when it is missing, and what runs the specification's own
//! tests.

#![deny(unsafe_code)]

pub mod cpython;
pub mod outcomes;
pub mod packages;
pub mod spec;

use std::sync::OnceLock;

use hatchery::{Output, Runtime, Sandbox};
use hatchery_guest::Guest;
use hatchery_guest_build::Progress;

/// The guest of this checkout; builds it first, which takes minutes, on a machine that
/// does not have it.
///
/// # Panics
///
/// When it cannot be built.
pub fn guest() -> Guest {
    static GUEST: OnceLock<Guest> = OnceLock::new();
    GUEST
        .get_or_init(|| {
            let located = hatchery_guest::locate().unwrap_or_else(|e| panic!("{e}"));
            located.unwrap_or_else(|| {
                hatchery_guest_build::build(&mut Lines::default()).unwrap_or_else(|e| panic!("{e}"))
            })
        })
        .clone()
}

/// The runtime that all tests of one process share.
///
/// # Panics
///
/// When the guest cannot be built or baked.
pub fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        guest();
        Runtime::new().unwrap_or_else(|error| panic!("{error:?}"))
    })
}

/// Runs a program that must end by itself with exit code 0; gives what it printed.
///
/// # Panics
///
/// When it does not.
pub fn stdout(sandbox: &mut Sandbox, source: &str) -> String {
    let output: Output = sandbox
        .execute(source)
        .unwrap_or_else(|error| panic!("{source}: {error}"));
    assert!(
        output.success(),
        "{source}: exit code {}: {}",
        output.exit_code,
        output.stderr_text()
    );
    output.stdout_text().into_owned()
}

/// Holds a sandbox that was reset against one that has run nothing: memory, its length and the globals.
///
/// # Panics
///
/// When they differ; `after` says what ran before.
pub fn assert_same_state(sandbox: &mut Sandbox, fresh: &mut Sandbox, after: &str) {
    assert_eq!(
        sandbox.memory().len(),
        fresh.memory().len(),
        "length of memory after {after}"
    );
    if sandbox.memory() != fresh.memory() {
        let differs = sandbox
            .memory()
            .iter()
            .zip(fresh.memory())
            .position(|(a, b)| a != b);
        panic!("memory differs from a fresh instance's at {differs:?} after {after}");
    }
    let text = |sandbox: &mut Sandbox| format!("{:?}", sandbox.globals());
    assert_eq!(text(sandbox), text(fresh), "globals after {after}");
}

/// How often a repeated test repeats: the number in `variable`, or `usual`.
#[must_use]
pub fn repetitions(variable: &str, usual: usize) -> usize {
    std::env::var(variable)
        .ok()
        .and_then(|number| number.parse().ok())
        .unwrap_or(usual)
}

/// Says on standard error how a build goes on, a line a stage.
#[derive(Default)]
struct Lines(String);

impl Progress for Lines {
    fn update(&mut self, fraction: f64, stage: &str) {
        if self.0 != stage {
            stage.clone_into(&mut self.0);
            eprintln!("building the guest: {:3.0} %: {stage}", fraction * 100.0);
        }
    }
}

/// The README's example and the guide's, run as tests. The whole-system tests come before them and have built the guest
/// by then.
#[cfg(doctest)]
mod documents {
    #[doc = include_str!("../../README.md")]
    pub struct Readme;
    #[doc = include_str!("../../docs/start.md")]
    pub struct Start;
    #[doc = include_str!("../../docs/guide/running.md")]
    pub struct Running;
    #[doc = include_str!("../../docs/guide/python.md")]
    pub struct Python;
    #[doc = include_str!("../../docs/guide/output.md")]
    pub struct Output;
    #[doc = include_str!("../../docs/guide/errors.md")]
    pub struct Errors;
    #[doc = include_str!("../../docs/guide/limits.md")]
    pub struct Limits;
    #[doc = include_str!("../../docs/guide/files.md")]
    pub struct Files;
    #[doc = include_str!("../../docs/guide/host-functions.md")]
    pub struct HostFunctions;
    #[doc = include_str!("../../docs/guide/async.md")]
    pub struct Async;
    #[doc = include_str!("../../docs/guide/reproducible.md")]
    pub struct Reproducible;
    #[doc = include_str!("../../docs/guide/sessions.md")]
    pub struct Sessions;
    #[doc = include_str!("../../docs/guide/pool.md")]
    pub struct Pool;
}

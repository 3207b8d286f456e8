//! What the facade promises, and what the field's users expect of the same words.

mod async_state;
mod asynchronous;
mod crossing;
mod determinism;
mod dirty;
mod ending;
mod errors;
mod execution;
mod files;
mod folders;
mod hibernation;
mod host_functions;
mod imposed;
mod limits;
mod modules;
mod mount_quotas;
mod mounts;
mod options;
mod output;
mod single_files;
mod state;
mod stdin;
mod stored_golden;
mod values;

use hatchery::{HostError, HostFunctions, Sandbox, SandboxBuilder};
use hatchery_tests::runtime;

fn builder() -> SandboxBuilder {
    runtime().sandbox_builder()
}

fn sandbox() -> Sandbox {
    builder().build().expect("a sandbox")
}

fn with_functions(functions: HostFunctions) -> Sandbox {
    builder().functions(functions).build().expect("a sandbox")
}

type Outcome<T> = Result<T, HostError>;

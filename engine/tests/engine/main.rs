//! The lower half as a whole, on small modules. Each test is named after the failure it forbids.

mod bake;
mod canary;
mod instance;
mod interrupt;
mod session;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod shared_signal;
mod snapshot;
mod support;
#[cfg(target_os = "linux")]
mod sys;

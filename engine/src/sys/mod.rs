//! Everything that is `unsafe` or talks to the kernel directly.
//!
//! Each file wraps one thing in an interface that safe code cannot misuse; the rest of the crate denies `unsafe_code`.
#![allow(unsafe_code)]

pub(crate) mod code;
pub(crate) mod exit;
#[cfg_attr(
    not(all(target_os = "linux", target_arch = "x86_64")),
    path = "signal_unsupported.rs"
)]
pub(crate) mod signal;
pub(crate) mod snapshot;
pub(crate) mod stack;
#[cfg_attr(not(target_os = "linux"), path = "thread_unsupported.rs")]
pub(crate) mod thread;

/// The twins of other platforms, compiled by the tests here too, so that they do not fall behind unseen.
#[cfg(all(test, target_os = "linux", target_arch = "x86_64"))]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "only the platforms that they are for use them"
)]
#[path = "."]
mod twins {
    use super::{code, exit};

    #[path = "signal_unsupported.rs"]
    mod signal;
    #[path = "thread_unsupported.rs"]
    mod thread;
}

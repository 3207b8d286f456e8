//! What is the guest's own: its files, devices and streams, its event loop, its words about errors.

mod devices;
mod event_loop;
mod hints;
mod keys;
mod libc;
mod many_files;
mod memory;
mod recursion;
mod settling;
mod sources;
mod streams;
mod threads;

use hatchery::Sandbox;
use hatchery_tests::runtime;

fn sandbox() -> Sandbox {
    runtime().sandbox().expect("a sandbox")
}

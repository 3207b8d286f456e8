//! What is the guest's own: its files, devices and streams, its event loop, its words about errors.

mod addresses;
mod devices;
mod event_loop;
mod hints;
mod keys;
mod libc;
mod links;
mod many_files;
mod mappings;
mod memory;
mod modes;
mod pipes;
mod recursion;
mod settling;
mod signals;
mod sources;
mod standins;
mod streams;
mod threads;
mod times;
mod users;

use hatchery::Sandbox;
use hatchery_tests::runtime;

fn sandbox() -> Sandbox {
    runtime().sandbox().expect("a sandbox")
}

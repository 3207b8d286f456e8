//! What the guest and its hosts have agreed on, once: `docs/guest-abi.md` in numbers and names.
//!
//! Hosts in Rust take the constants from here. The guest's C takes them from a header that [`header()`] writes:
//!
//! ```sh
//! cargo run -p hatchery-abi --example header > guest/c/abi_constants.h
//! ```

#![forbid(unsafe_code)]
#![no_std]

extern crate alloc;

mod header;
mod table;

pub mod codes;
pub mod errno;
pub mod layout;
pub mod mount;
pub mod names;

pub use header::header;
pub use table::Group;

/// Of this ABI; what `abi_version` returns.
pub const VERSION: i32 = 3;

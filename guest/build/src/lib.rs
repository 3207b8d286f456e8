//! Builds the CPython guest of Hatchery from source.
//!
//! The recipe (shell scripts, C glue, patches, Python support code) is embedded in
//! this library, so that an installed binary can build the guest without a checkout.
//!
//! ```no_run
//! let guest = match hatchery_guest::locate()? {
//!     Some(guest) => guest,
//!     None => hatchery_guest_build::build(&mut hatchery_guest_build::Silent)?,
//! };
//! println!("{} ({})", guest.wasm_path.display(), guest.build_id);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod board;
mod build;
mod durable;
mod embedded;
mod error;
mod fetch;
mod prerequisites;
mod progress;
mod script;
mod stage;

pub use build::build;
pub use error::Error;
pub use prerequisites::{Prerequisite, missing_prerequisites};
pub use progress::{Progress, Silent};

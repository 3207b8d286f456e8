//! The CPython guest of Hatchery: where a built one is found, and the recipe that
//! builds one from source.
//!
//! The recipe (shell scripts, C glue, patches, Python support code) is embedded in
//! this library, so an installed binary can build the guest without a checkout.
//! [`locate`] finds the guest that this very recipe makes; [`build()`] makes it.
//!
//! ```no_run
//! let guest = match hatchery_guest::locate()? {
//!     Some(guest) => guest,
//!     None => hatchery_guest::build(&mut hatchery_guest::Silent)?,
//! };
//! println!("{} ({})", guest.wasm_path.display(), guest.build_id);
//! # Ok::<(), hatchery_guest::Error>(())
//! ```

#![forbid(unsafe_code)]

mod build;
mod durable;
mod error;
mod fetch;
mod locate;
mod prerequisites;
mod progress;
mod recipe;
mod stage;

pub use build::build;
pub use error::Error;
pub use locate::{Guest, cache_dir, locate, source_dir};
pub use prerequisites::{Prerequisite, missing_prerequisites};
pub use progress::{Progress, Silent};

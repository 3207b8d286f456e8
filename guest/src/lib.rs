//! The CPython guest of Hatchery: what it is made from, and where a built one is found.
//!
//! [`locate`] finds the guest that the recipe of this very version makes; `hatchery_guest_build::build` makes it. This
//! crate knows the hashes of the recipe's files and not the files, so that a program that runs a guest carries nothing
//! along of what builds one.
//!
//! ```no_run
//! match hatchery_guest::locate()? {
//!     Some(guest) => println!("{} ({})", guest.wasm_path.display(), guest.build_id),
//!     None => println!("not built yet"),
//! }
//! # Ok::<(), hatchery_guest::Error>(())
//! ```

#![forbid(unsafe_code)]

mod error;
mod locate;
pub mod pins;
pub mod recipe;
pub mod stages;

pub use error::Error;
pub use locate::{Guest, cache_dir, locate, named_source, source_dir};

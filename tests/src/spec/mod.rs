//! The WebAssembly specification's own tests, run on memories of ours.
//!
//! ```text
//!   .wast ─► Script ─► Machine ─► a Verdict a directive ─► Tally
//!                        │
//!                        ├ Stock    wasmtime as it comes
//!                        ├ Slots    every memory a slot
//!                        └ Frozen   frozen, baked, soiled and reset before the first assertion
//! ```

mod baked;
mod machine;
mod script;
mod spectest;
#[allow(unsafe_code)]
mod sys;
mod tally;
mod value;

pub use machine::{Machine, Mode, Verdict};
pub use script::Script;
pub use tally::Tally;

//! Hatchery: full CPython in a WebAssembly sandbox, thousands at once, each started from one golden snapshot.
//!
//! # Any module, from a snapshot
//!
//! The lower half of this crate runs any large pre-initialised WebAssembly module and knows no Python.
//! [`freeze`] rewrites the module once so that its state is its memory and its globals, and nothing else.

#![deny(unsafe_code)]

mod freeze;

pub use freeze::{
    DataSegment, FreezeError, FreezeReport, Frozen, Offset, RESERVED_PREFIX, ResetKind, freeze,
};

//! What the fuzz targets do with their bytes. One module a target.

#![forbid(unsafe_code)]

pub mod freeze;
pub mod memory;
pub mod session;
pub mod snapshot;

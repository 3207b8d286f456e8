//! What Hatchery is compared with: wasmtime as it comes.

pub mod image_module;
pub mod memcpy;
pub mod python;
pub mod stock;

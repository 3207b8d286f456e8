//! Mapping a stored snapshot's files.
//!
//! Both functions rest on the same promise, which `golden::folder` checks before they are called: the files lie in a
//! folder that only we or the superuser can write to, are opened once, and are named by their descriptors from then
//! on. Hatchery itself never writes to a stored file again; it replaces whole folders.

use cow_memory::Image;
use std::fs::File;
use wasmtime::{Engine, Module};

/// Maps an image file.
pub(crate) fn image(file: &File, len_bytes: u64) -> Result<Image, cow_memory::Error> {
    let len_bytes = usize::try_from(len_bytes).unwrap_or(usize::MAX);
    // SAFETY: nobody else can open the file for writing (see above), and we never do. Its owner changing it on
    // purpose while it is mapped is outside what a snapshot cache can guard against, as it is for an executable.
    unsafe { Image::map_file(file, 0, len_bytes) }
}

/// Maps a compiled module.
pub(crate) fn module(engine: &Engine, file: File) -> wasmtime::Result<Module> {
    // SAFETY: the file's bytes are those that `Module::serialize` gave when the snapshot was saved: `golden::load` has
    // compared their hash with the manifest's, or found the stamp of an earlier comparison on files unchanged since,
    // and the manifest lies in the same folder that nobody else can write to. Shown by `tests/snapshot_damage.rs`.
    unsafe { Module::deserialize_open_file(engine, file) }
}

//! The one error type of the crate.

use std::io;

/// Why an image, a slot or a reset could not be had.
///
/// Each message says what to do about it. After any of them everything that
/// was alive is alive, and no slot has been handed out with foreign bytes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An image's length is not a multiple of the page size.
    #[error(
        "an image of {len_bytes} bytes is not a multiple of the page size, {page_size} bytes; \
         pad it with zeros"
    )]
    ImageLength {
        /// The length asked for.
        len_bytes: usize,
        /// The machine's page size.
        page_size: usize,
    },

    /// An image's place in a file is not a multiple of the page size.
    #[error(
        "an image cannot start at byte {offset} of a file: not a multiple of the page size, \
         {page_size} bytes; align it, or copy it with Image::copy_from_file"
    )]
    ImageOffset {
        /// The offset asked for.
        offset: u64,
        /// The machine's page size.
        page_size: usize,
    },

    /// A file ends before the image in it does.
    #[error(
        "the file has {file_len_bytes} bytes and the image needs {needed_bytes}: it was cut \
         short; make it again"
    )]
    ImageFileTooShort {
        /// Length of the file.
        file_len_bytes: u64,
        /// Where the image would end.
        needed_bytes: u64,
    },

    /// An image does not fit a slot of the pool.
    #[error(
        "an image of {len_bytes} bytes does not fit a slot of {reservation_bytes}; raise \
         SlotPoolConfig::reservation_bytes"
    )]
    ImageTooLarge {
        /// Length of the image.
        len_bytes: usize,
        /// Bytes a slot of this pool can hold.
        reservation_bytes: usize,
    },

    /// A pool was configured with sizes that make no slot.
    #[error("the slot pool cannot be made: {reason}")]
    PoolConfig {
        /// Which setting is wrong, and what it must be.
        reason: &'static str,
    },

    /// The pool's own limit on slots is reached.
    #[error(
        "all {slots_max} slots of the pool are leased; release one, or raise \
         SlotPoolConfig::slots_max"
    )]
    SlotLimit {
        /// The limit.
        slots_max: usize,
    },

    /// One more mapping could push the process past `vm.max_map_count`, and
    /// then `malloc` aborts it.
    #[error(
        "{needed} more memory mappings do not fit: {in_use} of {mappings_max} are taken; release \
         slots, raise vm.max_map_count (sysctl -w vm.max_map_count=...), or use another process"
    )]
    MappingBudget {
        /// Mappings asked for.
        needed: usize,
        /// Mappings slots hold already, in the whole process.
        in_use: usize,
        /// Mappings slots may hold.
        mappings_max: usize,
    },

    /// The process has no address space left for one more slot.
    #[error(
        "{needed_bytes} bytes more of address space do not fit: {in_use_bytes} of {max_bytes} are \
         reserved; release slots, lower SlotPoolConfig::reservation_bytes, raise the limit on \
         address space (ulimit -v), or use another process"
    )]
    AddressSpaceBudget {
        /// Bytes asked for.
        needed_bytes: u64,
        /// Bytes slots reserve already, in the whole process.
        in_use_bytes: u64,
        /// Bytes slots may reserve.
        max_bytes: u64,
    },

    /// A memory was to grow past what its slot can hold.
    #[error(
        "a memory of {requested_bytes} bytes does not fit its slot of {reservation_bytes}; raise \
         SlotPoolConfig::reservation_bytes"
    )]
    GrowthLimit {
        /// Length asked for.
        requested_bytes: usize,
        /// Bytes the slot can hold.
        reservation_bytes: usize,
    },

    /// A memory was to become smaller by growing.
    #[error(
        "a memory of {len_bytes} bytes cannot grow to {requested_bytes}; reset it to make it \
         smaller"
    )]
    GrowthShrinks {
        /// Length now.
        len_bytes: usize,
        /// Length asked for.
        requested_bytes: usize,
    },

    /// Pages were named that the memory does not have.
    #[error("page {page} is past the end of a memory of {len_pages} pages")]
    PageOutOfRange {
        /// The highest page named.
        page: u32,
        /// Pages of the memory.
        len_pages: usize,
    },

    /// Bytes to be written to pages do not fill them.
    #[error("{bytes} bytes do not fill {pages} pages")]
    PageBytes {
        /// Bytes given.
        bytes: usize,
        /// Pages named.
        pages: usize,
    },

    /// A reset that trusts counted runs has found a page that no counted run
    /// wrote. Only debug builds look.
    #[error(
        "{pages} pages were written outside a counted run; write within SlotHandle::enter, or \
         reset with ResetMode::Scan"
    )]
    UncountedWrite {
        /// Pages written unseen.
        pages: usize,
    },

    /// The operating system has no support for slots here.
    #[error("copy-on-write slots need Linux on a 64-bit machine")]
    Unsupported,

    /// The kernel refused a call.
    #[error("{action} failed: {source}")]
    System {
        /// What was being done.
        action: &'static str,
        /// The kernel's answer.
        source: io::Error,
    },

    /// A memory's type and the image handed over for it do not go together.
    #[cfg(feature = "wasmtime")]
    #[error("the golden image of {image_bytes} bytes does not fit the module's memory: {reason}")]
    MemoryMismatch {
        /// Length of the image.
        image_bytes: usize,
        /// What does not fit.
        reason: String,
    },

    /// The instantiation did not ask for a memory, so the slot went back.
    #[cfg(feature = "wasmtime")]
    #[error(
        "the instantiation made no memory through this creator: the module must define one, and \
         its engine be configured with CowMemoryCreator::configure"
    )]
    SlotNotUsed,

    /// wasmtime could not instantiate the module.
    #[cfg(feature = "wasmtime")]
    #[error("the module could not be instantiated: {source}")]
    Instantiate {
        /// wasmtime's reason, with its context.
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// A memory was passed with a handle that belongs to another.
    #[cfg(feature = "wasmtime")]
    #[error("the memory given is not the one in this slot; pass the instance's own memory")]
    ForeignMemory,

    /// wasmtime refused to take note of the memory's new length.
    #[cfg(feature = "wasmtime")]
    #[error(
        "wasmtime did not take note of the memory's new length: {source}; a store with an async \
         resource limiter cannot be reset, drop it"
    )]
    LengthNotTaken {
        /// wasmtime's reason.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    /// For `map_err`: the kernel refused to do `action`.
    pub(crate) fn system(action: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::System { action, source }
    }
}

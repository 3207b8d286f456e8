//! Why a module cannot be frozen.

/// A module that cannot be frozen, and what to do about it.
///
/// Nothing has been changed when one of these is returned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FreezeError {
    /// The bytes are not a valid core WebAssembly module.
    #[error(
        "not a valid WebAssembly module: {0} (a component has to be unpacked to its core module first)"
    )]
    Invalid(#[from] wasmparser::BinaryReaderError),

    /// A snapshot is a picture of memory, and the module has none.
    #[error(
        "the module defines no memory, so there is nothing to snapshot; run it without Hatchery"
    )]
    NoMemory,

    /// Only one memory can be backed by the golden image.
    #[error("the module has {count} memories; link it so that it has exactly one")]
    ManyMemories {
        /// How many memories the module imports and defines.
        count: u32,
    },

    /// An imported memory belongs to the host, and cannot be a view of the image.
    #[error("the module imports its memory as `{module}.{name}`; link it without --import-memory")]
    ImportedMemory {
        /// The import's module name.
        module: String,
        /// The import's field name.
        name: String,
    },

    /// 64-bit memories cannot be reserved whole.
    #[error("the module's memory is 64-bit; build it for wasm32")]
    Memory64,

    /// A shared memory can be written by threads that a reset does not know of.
    #[error("the module's memory is shared between threads; link it without --shared-memory")]
    SharedMemory,

    /// The memory's page size is not 64 KiB.
    #[error(
        "the module's memory has pages of 2^{page_size_log2} bytes; use the standard page size of 64 KiB"
    )]
    PageSize {
        /// Base-2 logarithm of the declared page size.
        page_size_log2: u32,
    },

    /// The value of an imported mutable global lives outside the instance, so it cannot be put back.
    #[error(
        "the module imports the mutable global `{module}.{name}`; define it in the module, or make it immutable"
    )]
    ImportedMutableGlobal {
        /// The import's module name.
        module: String,
        /// The import's field name.
        name: String,
    },

    /// A mutable global that can never be null holds a reference, which a snapshot cannot store.
    #[error(
        "mutable global {index} holds a non-nullable reference, which cannot be stored; keep an index into a table instead"
    )]
    ReferenceGlobal {
        /// The global's index in the module.
        index: u32,
    },

    /// The module exports a name that the freeze needs for itself.
    #[error("the module already exports `{name}`; names that begin with `{prefix}` are reserved", prefix = super::RESERVED_PREFIX)]
    ReservedExport {
        /// The offending export.
        name: String,
    },

    /// A data segment's offset uses an instruction that the host cannot evaluate.
    #[error(
        "data segment {segment} computes its offset with an instruction other than const, global.get, add, sub and mul"
    )]
    OffsetExpression {
        /// The segment's index in the module.
        segment: u32,
    },
}

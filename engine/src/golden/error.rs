//! Why a snapshot cannot be stored or loaded.

use std::io;
use std::path::PathBuf;

/// A snapshot that cannot be stored or loaded, and why.
///
/// A snapshot is checked in full before anything is made of it, so nothing has been changed when one of these is
/// returned. [`SnapshotError::is_rebuildable`] says whether baking again would help.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// There is no snapshot in the folder.
    #[error("no snapshot in {}: {file} is missing; bake one", .folder.display())]
    Missing {
        /// The folder that was looked in.
        folder: PathBuf,
        /// The first file that is not there.
        file: &'static str,
    },

    /// The manifest is something else.
    #[error("{} is not a Hatchery snapshot: its manifest does not say so", .folder.display())]
    NotASnapshot {
        /// The folder that was looked in.
        folder: PathBuf,
    },

    /// The snapshot was stored by an older or newer format.
    #[error(
        "the snapshot has format {found} and this build reads format {expected}; bake it again"
    )]
    Format {
        /// The snapshot's format version.
        found: u64,
        /// The format version of this build.
        expected: u64,
    },

    /// The snapshot was made by a different engine.
    #[error("the snapshot was made for {what} {found} and this is {expected}; bake it again")]
    Incompatible {
        /// What differs.
        what: &'static str,
        /// The snapshot's value.
        found: String,
        /// The value here.
        expected: String,
    },

    /// A file is not what the manifest, or the manifest's own checksum, says it is.
    #[error("the snapshot is damaged: {file}: {reason}; bake it again")]
    Damaged {
        /// The file concerned.
        file: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },

    /// Somebody else could change the snapshot, which holds native code.
    #[error(
        "{} is not trusted: {reason}; a snapshot holds native code, so keep it where only its owner can write",
        .path.display()
    )]
    Untrusted {
        /// The file or folder concerned.
        path: PathBuf,
        /// Who else could write to it.
        reason: &'static str,
    },

    /// wasmtime refused the compiled module.
    #[error("wasmtime refused the snapshot's compiled module: {0:#}; bake it again")]
    Module(wasmtime::Error),

    /// The image could not be mapped.
    #[error("the snapshot's memory image cannot be mapped")]
    Image(#[from] cow_memory::Error),

    /// The operating system refused something.
    #[error("{doing}")]
    System {
        /// What was being done.
        doing: &'static str,
        /// The refusal.
        source: io::Error,
    },
}

impl SnapshotError {
    pub(super) fn system(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::System { doing, source }
    }

    /// Whether a new bake would put this right: the snapshot is missing, old, foreign or damaged.
    pub fn is_rebuildable(&self) -> bool {
        match self {
            Self::Missing { .. }
            | Self::NotASnapshot { .. }
            | Self::Format { .. }
            | Self::Incompatible { .. }
            | Self::Damaged { .. }
            | Self::Module(_) => true,
            Self::Untrusted { .. } | Self::Image(_) | Self::System { .. } => false,
        }
    }
}

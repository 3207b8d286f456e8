//! What the host says and learns about the files of a sandbox.

mod entry;
mod error;
mod host_folder;
mod listing;

pub use entry::{Copied, CopyLimits, DirEntry, EntryKind};
pub(crate) use entry::{check_name, entries};
pub use error::FileError;
pub(crate) use host_folder::HostFolder;
pub(crate) use listing::{Listing, Place};

/// As the guest's: no path has more.
pub(crate) const PATH_BYTES_MAX: usize = 4096;

/// A path that the guest can take.
pub(crate) fn check_path(path: &[u8]) -> Result<(), FileError> {
    if path.is_empty() || path.contains(&0) {
        Err(FileError::InvalidPath)
    } else if path.len() > PATH_BYTES_MAX {
        Err(FileError::PathTooLong)
    } else {
        Ok(())
    }
}

//! What the host says and learns about the files of a sandbox.

mod entry;
mod error;
mod host_folder;

pub use entry::{Copied, CopyLimits, DirEntry, EntryKind};
pub(crate) use entry::{check_name, parse_entries};
pub use error::FileError;
pub(crate) use host_folder::{HostFolder, Relative};

/// As the guest's: no path has more.
pub(crate) const PATH_BYTES_MAX: usize = 4096;

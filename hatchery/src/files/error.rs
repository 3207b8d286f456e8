use hatchery_abi::errno;

/// Why a file of a sandbox's could not be had or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// Nothing has this name.
    #[error("there is no such file or folder")]
    NotFound,
    /// The standard library stays as it is.
    #[error("it is part of the read-only standard library; write below /work, /lib or /tmp")]
    ReadOnly,
    /// A folder, where a file was wanted.
    #[error("it is a folder; name a file in it, or use list_dir, create_dir or remove")]
    IsDirectory,
    /// A file, where a folder was wanted.
    #[error("it is a file, or a part of the path is one; name a folder")]
    NotDirectory,
    /// A folder that every sandbox has.
    #[error("every sandbox has this folder; remove what is in it instead")]
    Busy,
    /// Too many bytes in the path, or in a name in it.
    #[error("the path has more than 4096 bytes, or a name in it more than 255; shorten it")]
    PathTooLong,
    /// The path is empty or holds a NUL byte.
    #[error("a path is not empty and has no NUL byte")]
    InvalidPath,
    /// A folder of the host's is mounted there.
    #[error("it is in a mounted folder; use the host's own")]
    Mounted,
    /// A mount cannot hide what is in a folder.
    #[error(
        "the folder is not empty; mount in another, or write the files into the mounted folder"
    )]
    NotEmpty,
    /// The sandbox's memory has no room for it.
    #[error("the sandbox has no memory left; raise max_memory_bytes, remove files or reset it")]
    Full,
    /// More than a file may have.
    #[error("a file has at most 1 GiB; split it")]
    TooLarge,
    /// More to copy than allowed.
    #[error("there are more than {max} {what} to copy; raise CopyLimits, or copy parts")]
    CopyLimit {
        /// What there is too much of: bytes, entries, or levels of folders, whose limit is fixed.
        what: &'static str,
        /// The most there may be.
        max: u64,
    },
    /// The guest has a file with a name that no file of the host's can have.
    #[error("a file in it has a name that the host cannot have; rename it in the sandbox")]
    UnsafeName,
    /// The guest answered with an error number that none of the others stands for.
    #[error("the guest answered with the WASI errno {0}")]
    Other(u16),
}

impl FileError {
    /// What a WASI errno of the guest's file tree means.
    pub(crate) fn from_errno(errno: u16) -> Self {
        match i32::from(errno) {
            errno::BUSY => Self::Busy,
            errno::FBIG => Self::TooLarge,
            errno::INVAL => Self::InvalidPath,
            errno::ISDIR => Self::IsDirectory,
            errno::NAMETOOLONG => Self::PathTooLong,
            errno::NOENT => Self::NotFound,
            errno::NOSPC => Self::Full,
            errno::NOTDIR => Self::NotDirectory,
            errno::NOTEMPTY => Self::NotEmpty,
            errno::ROFS => Self::ReadOnly,
            errno::XDEV => Self::Mounted,
            _ => Self::Other(errno),
        }
    }
}

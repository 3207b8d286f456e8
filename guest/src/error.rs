use std::path::PathBuf;

/// Why it cannot be said whether there is a guest.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Neither `HATCHERY_CACHE_DIR` nor a home folder says where to keep what is built.
    #[error(
        "no folder to keep the guest in: set HATCHERY_CACHE_DIR (or XDG_CACHE_HOME, or HOME) to a folder that can be written"
    )]
    NoCacheDir,
    /// `HATCHERY_GUEST` or `HATCHERY_CPYTHON_SOURCE` names a file that is not there.
    #[error("{variable} names {path}, which is not a file: correct it or unset it")]
    NoSuchFile {
        /// The environment variable.
        variable: &'static str,
        /// What it holds.
        path: PathBuf,
    },
    /// A file could not be read.
    #[error("reading {path}: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
}

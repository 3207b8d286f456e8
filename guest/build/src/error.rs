use std::path::PathBuf;

/// Why there is no guest.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It cannot be said where a guest is or where one should be kept.
    #[error(transparent)]
    Locate(#[from] hatchery_guest::Error),
    /// The machine lacks what the build needs.
    #[error("the guest cannot be built on this machine yet: {missing}")]
    MissingPrerequisites {
        /// What is missing and how to get it, one line each.
        missing: String,
    },
    /// No compiler wheel is known for this operating system and processor.
    #[error(
        "no C compiler package is known for {os} on {arch}: build the guest on another machine and set HATCHERY_GUEST to its python.wasm"
    )]
    UnsupportedBuildMachine {
        /// The operating system.
        os: &'static str,
        /// The processor architecture.
        arch: &'static str,
    },
    /// CPython's source could not be had from anywhere.
    #[error(
        "CPython's source could not be downloaded; set HATCHERY_CPYTHON_SOURCE to a Python-{version}.tar.xz. Tried:\n{attempts}"
    )]
    NoSource {
        /// The version wanted.
        version: &'static str,
        /// Each place and what it answered.
        attempts: String,
    },
    /// A wheel could not be downloaded.
    #[error("pip could not download {package}; its whole output is {log}. Its end:\n{tail}")]
    NoWheel {
        /// The package.
        package: &'static str,
        /// Where its output is kept.
        log: PathBuf,
        /// The last lines of it.
        tail: String,
    },
    /// A download is not the file that the recipe was written for.
    #[error(
        "{what} has SHA-256 {found}, not the expected {expected}: it is damaged or another version; it was deleted"
    )]
    Checksum {
        /// What was downloaded.
        what: String,
        /// SHA-256 by the recipe, in hexadecimal.
        expected: String,
        /// SHA-256 of what came.
        found: String,
    },
    /// One stage of the build failed.
    #[error(
        "building the guest failed in stage `{stage}`; the whole log is {log}. Its end:\n{tail}"
    )]
    StageFailed {
        /// The stage.
        stage: &'static str,
        /// Where its output is kept.
        log: PathBuf,
        /// The last lines of it.
        tail: String,
    },
    /// A tarball holds what it should not.
    #[error("{path}: {message}")]
    BadArchive {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// Reading or writing failed.
    #[error("{what} {path}: {source}")]
    Io {
        /// What was attempted.
        what: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
}

impl Error {
    pub(crate) fn io(
        what: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { what, path, source }
    }
}

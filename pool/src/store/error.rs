use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Why a store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another pool has stored or removed the session since the version that the caller knows.
    #[error("the session was stored or removed by another pool meanwhile")]
    Conflict,
    /// Reading or writing failed.
    #[error("the store of sessions failed to {action}")]
    #[non_exhaustive]
    Io {
        /// What it was about to do.
        action: &'static str,
        /// The system's answer.
        source: io::Error,
    },
    /// Another process uses the store.
    #[error("another process uses the store {path}: give each its own, or end the other")]
    #[non_exhaustive]
    InUse {
        /// The store.
        path: PathBuf,
    },
    /// Somebody else could have written to the store, and what is stored is code.
    #[error("the store {path} cannot be trusted: {reason}")]
    #[non_exhaustive]
    Untrusted {
        /// The store.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The store has not answered in time. It may still do what it was asked.
    #[error("the store of sessions has not answered within {waited:?}")]
    #[non_exhaustive]
    Timeout {
        /// How long the pool has waited.
        waited: Duration,
    },
    /// The store panicked.
    #[error("the store of sessions panicked")]
    Panicked,
    /// A database failed, or any other store behind the trait.
    #[error("the store of sessions failed")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl StoreError {
    /// An error of a store of one's own.
    pub fn other(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Other(error.into())
    }

    pub(crate) fn io(action: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, source }
    }
}

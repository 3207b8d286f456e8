//! A stored session with its version, for stores that keep bytes.
//!
//! ```text
//!   offset  bytes
//!   0       8      "HTCHSTR" and 1, the version of this format
//!   8       8      which opening of a store has written this, a random number
//!   16      8      how many sessions that had written before
//!   24      …      the session
//! ```
//!
//! What begins otherwise was written before sessions had versions: it is a session from its first byte on, and its version
//! is empty.

use super::{Stored, Version};
use bytes::Bytes;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

const MAGIC: [u8; 8] = *b"HTCHSTR\x01";
/// Of what stands in front of a session.
pub(super) const HEADER_BYTES: usize = 24;

/// Versions that nobody else gives, as long as random numbers of 64 bits differ.
#[derive(Debug)]
pub(super) struct Versions {
    opening: u64,
    next: AtomicU64,
}

impl Versions {
    pub(super) fn new() -> Self {
        // The standard library's source of randomness: hash keys that differ from process to process and each time.
        let random = RandomState::new().hash_one(std::time::SystemTime::now());
        Self {
            opening: random,
            next: AtomicU64::new(0),
        }
    }

    /// What stands in front of a new version.
    pub(super) fn header(&self) -> [u8; HEADER_BYTES] {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut header = [0; HEADER_BYTES];
        header[..8].copy_from_slice(&MAGIC);
        header[8..16].copy_from_slice(&self.opening.to_le_bytes());
        header[16..].copy_from_slice(&number.to_le_bytes());
        header
    }
}

/// The version that a header, or the whole of what was stored, begins with.
pub(super) fn version(stored: &[u8]) -> Version {
    match stored.get(..HEADER_BYTES) {
        Some(header) if header.starts_with(&MAGIC) => {
            Version::new(Bytes::copy_from_slice(&header[MAGIC.len()..]))
        }
        _ => Version::new(Bytes::new()),
    }
}

/// What was stored, without what stands in front of it.
pub(super) fn opened(mut stored: Bytes) -> Stored {
    let version = version(&stored);
    if !version.as_bytes().is_empty() {
        stored = stored.slice(HEADER_BYTES..);
    }
    Stored::new(stored, version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_versions_are_the_same_and_a_session_of_before_has_one_too() {
        let (first, second) = (Versions::new(), Versions::new());
        let headers = [first.header(), first.header(), second.header()];
        let versions = headers.map(|header| {
            let stored = [&header[..], b"session"].concat();
            let opened = opened(stored.into());
            assert_eq!(&opened.session[..], b"session");
            opened.version
        });
        assert!(versions[0] != versions[1] && versions[0] != versions[2]);
        for old in [&b"session"[..], b"", &[7; 100]] {
            let opened = opened(Bytes::from_static(old));
            assert_eq!(&opened.session[..], old);
            assert_eq!(opened.version, version(old));
            assert!(!versions.contains(&opened.version));
        }
    }
}

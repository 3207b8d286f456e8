//! The secret that vouches for sleeping sessions.

use std::fmt;
use zeroize::Zeroizing;

/// A secret key that vouches for the bytes of sleeping sessions.
///
/// Whoever can write bytes that are resumed can have a guest do anything that a guest may do. A session that was sealed
/// with a key is resumed only with the same key. The key is erased from memory when it is dropped, and is not shown by
/// `Debug`.
///
/// ```
/// let key = hatchery_engine::SealingKey::new([7; 32]);
/// assert_eq!(format!("{key:?}"), "SealingKey(..)");
/// ```
#[derive(Clone)]
pub struct SealingKey(Zeroizing<[u8; Self::LEN_BYTES]>);

impl SealingKey {
    /// Length of a key in bytes.
    pub const LEN_BYTES: usize = 32;

    /// The key of these bytes, which should come from a generator of secrets.
    #[must_use]
    pub fn new(bytes: [u8; Self::LEN_BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The key for one of many things that this one vouches for, told apart by their names; `context` says what for, and
    /// is the application's own.
    #[must_use]
    pub fn derive(&self, context: &str, names: &[&str]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key(context);
        hasher.update(self.as_bytes());
        for name in names {
            hasher.update(&(name.len() as u64).to_le_bytes());
            hasher.update(name.as_bytes());
        }
        Self::new(*hasher.finalize().as_bytes())
    }

    pub(super) fn as_bytes(&self) -> &[u8; Self::LEN_BYTES] {
        &self.0
    }
}

impl From<[u8; Self::LEN_BYTES]> for SealingKey {
    fn from(bytes: [u8; Self::LEN_BYTES]) -> Self {
        Self::new(bytes)
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey(..)")
    }
}

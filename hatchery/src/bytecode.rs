//! Compiled programs.

use crate::Error;
use bytes::Bytes;

/// How bytecode of any build begins; the build follows.
const MAGIC: &[u8] = b"HPYC";
const HEADER_BYTES: usize = MAGIC.len() + 16;

/// A program as CPython's own bytecode, made by [`Sandbox::compile`](crate::Sandbox::compile).
///
/// It runs in every sandbox whose guest is of the same build, and is refused by any other. It is not checked further:
/// bytecode that was tampered with can crash the sandbox that runs it, though not the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bytecode(Bytes);

impl Bytecode {
    /// Takes up bytecode that was stored.
    ///
    /// # Errors
    ///
    /// [`Error::NotBytecode`] for bytes that never were any.
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Result<Self, Error> {
        let bytes = bytes.into();
        if bytes.len() < HEADER_BYTES || !bytes.starts_with(MAGIC) {
            return Err(Error::NotBytecode);
        }
        Ok(Self(bytes))
    }

    /// The bytes, to store them.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The build that made it.
    #[must_use]
    pub fn build_id(&self) -> String {
        String::from_utf8_lossy(&self.0[MAGIC.len()..HEADER_BYTES]).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_bytecode_is_not_taken_for_it() {
        for bytes in [&b""[..], b"HPYC", b"HPYC0123", b"print(1)0123456789abcdef"] {
            assert!(Bytecode::from_bytes(bytes.to_vec()).is_err());
        }
        let bytecode = Bytecode::from_bytes(b"HPYC0123456789abcdef...".to_vec()).unwrap();
        assert_eq!(bytecode.build_id(), "0123456789abcdef");
    }
}

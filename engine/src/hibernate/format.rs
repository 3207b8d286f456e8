//! The bytes of a sleeping session. `docs/hibernation-format.md` draws them.
//!
//! Everything is little-endian. Whatever the bytes are, reading gives a value or an error: each length is checked
//! against what is there before anything is made of it.

use super::ResumeError;
use crate::golden::{GlobalValue, GoldenId};
use cow_memory::PageSet;

pub(super) const MAGIC: &[u8; 8] = b"HATCHSES";
pub(super) const VERSION: u32 = 2;
/// Of the hash or the authentication code at the end.
pub(super) const SEAL_BYTES: usize = 32;

const FLAG_AUTHENTICATED: u32 = 1;
const FLAGS: u32 = FLAG_AUTHENTICATED;

const GLOBAL_I32: u8 = 0;
const GLOBAL_I64: u8 = 1;
const GLOBAL_F32: u8 = 2;
const GLOBAL_F64: u8 = 3;
const GLOBAL_V128: u8 = 4;
const GLOBAL_NULL: u8 = 5;

/// A state as it is stored: the pages' bytes still compressed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Session<'a> {
    pub(super) golden: GoldenId,
    pub(super) page_bytes: u32,
    pub(super) memory_bytes: u64,
    pub(super) pages: PageSet,
    pub(super) globals: Vec<GlobalValue>,
    /// What whoever put the state to sleep keeps beside it.
    pub(super) note: &'a [u8],
    pub(super) compressed: &'a [u8],
}

/// How the bytes are vouched for.
#[derive(Clone, Copy)]
pub(super) enum Seal<'a> {
    /// Against accidents.
    Hash,
    /// Against people: only who has the key can make it.
    Key(&'a [u8; 32]),
}

impl Seal<'_> {
    fn of(self, bytes: &[u8]) -> blake3::Hash {
        match self {
            Self::Hash => blake3::hash(bytes),
            Self::Key(key) => blake3::keyed_hash(key, bytes),
        }
    }
}

impl Session<'_> {
    pub(super) fn write(&self, seal: Seal<'_>) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.compressed.len() + self.note.len() + 512);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        let flags = match seal {
            Seal::Hash => 0,
            Seal::Key(_) => FLAG_AUTHENTICATED,
        };
        bytes.extend_from_slice(&flags.to_le_bytes());
        bytes.extend_from_slice(self.golden.as_bytes());
        bytes.extend_from_slice(&self.memory_bytes.to_le_bytes());
        bytes.extend_from_slice(&self.page_bytes.to_le_bytes());
        put_count(&mut bytes, self.pages.run_count());
        put_count(&mut bytes, self.globals.len());
        put_count(&mut bytes, self.note.len());
        bytes.extend_from_slice(&(self.compressed.len() as u64).to_le_bytes());
        for run in self.pages.runs() {
            bytes.extend_from_slice(&run.start.to_le_bytes());
            bytes.extend_from_slice(&run.end.to_le_bytes());
        }
        for global in &self.globals {
            put_global(&mut bytes, *global);
        }
        bytes.extend_from_slice(self.note);
        bytes.extend_from_slice(self.compressed);
        let seal = seal.of(&bytes);
        bytes.extend_from_slice(seal.as_bytes());
        bytes
    }
}

impl<'a> Session<'a> {
    pub(super) fn read(bytes: &'a [u8], seal: Seal<'_>) -> Result<Self, ResumeError> {
        let mut reader = Reader(bytes);
        if reader.take(MAGIC.len())? != MAGIC {
            return Err(ResumeError::NotASession);
        }
        let version = reader.u32()?;
        if version != VERSION {
            return Err(ResumeError::Version { found: version });
        }
        let flags = reader.u32()?;
        let is_authenticated = flags & FLAG_AUTHENTICATED != 0;
        match seal {
            Seal::Hash if is_authenticated => return Err(ResumeError::KeyNeeded),
            Seal::Key(_) if !is_authenticated => return Err(ResumeError::NotAuthenticated),
            _ => {}
        }
        let body = bytes
            .len()
            .checked_sub(SEAL_BYTES)
            .ok_or(ResumeError::Damaged)?;
        let (sealed, given) = bytes.split_at(body);
        let given: [u8; SEAL_BYTES] = given.try_into().map_err(|_| ResumeError::Damaged)?;
        // Compared in constant time. Nothing behind this line was written by anyone else.
        if seal.of(sealed) != given {
            return Err(ResumeError::Damaged);
        }
        if flags & !FLAGS != 0 {
            return Err(ResumeError::Damaged);
        }
        let golden = GoldenId::from_bytes(reader.array()?);
        let memory_bytes = reader.u64()?;
        let page_bytes = reader.u32()?;
        let (runs, globals, note) = (reader.u32()?, reader.u32()?, reader.u32()?);
        let compressed = usize::try_from(reader.u64()?).map_err(|_| ResumeError::Damaged)?;
        let mut pages = PageSet::new();
        for _ in 0..runs {
            let (start, end) = (reader.u32()?, reader.u32()?);
            if start >= end || start < pages.end() {
                return Err(ResumeError::Damaged);
            }
            pages.insert_run(start..end);
        }
        let globals: Result<Vec<_>, _> = (0..globals).map(|_| reader.global()).collect();
        let globals = globals?;
        let note = reader.take(note as usize)?;
        let compressed = reader.take(compressed)?;
        if reader.0.len() != SEAL_BYTES {
            return Err(ResumeError::Damaged);
        }
        Ok(Self {
            golden,
            page_bytes,
            memory_bytes,
            pages,
            globals,
            note,
            compressed,
        })
    }
}

fn put_count(bytes: &mut Vec<u8>, len: usize) {
    let len =
        u32::try_from(len).expect("a memory of 4 GiB has fewer pages, a module fewer globals");
    bytes.extend_from_slice(&len.to_le_bytes());
}

fn put_global(bytes: &mut Vec<u8>, global: GlobalValue) {
    let (kind, low, high) = match global {
        GlobalValue::I32(value) => (GLOBAL_I32, u64::from(value.cast_unsigned()), 0),
        GlobalValue::I64(value) => (GLOBAL_I64, value.cast_unsigned(), 0),
        GlobalValue::F32(bits) => (GLOBAL_F32, bits.into(), 0),
        GlobalValue::F64(bits) => (GLOBAL_F64, bits, 0),
        GlobalValue::V128(low, high) => (GLOBAL_V128, low, high),
        GlobalValue::Null => (GLOBAL_NULL, 0, 0),
    };
    bytes.push(kind);
    bytes.extend_from_slice(&low.to_le_bytes());
    bytes.extend_from_slice(&high.to_le_bytes());
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], ResumeError> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or(ResumeError::Damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ResumeError> {
        let taken = self.take(N)?;
        Ok(taken.try_into().expect("as many bytes as were asked for"))
    }

    fn u32(&mut self) -> Result<u32, ResumeError> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, ResumeError> {
        self.array().map(u64::from_le_bytes)
    }

    fn global(&mut self) -> Result<GlobalValue, ResumeError> {
        let [kind] = self.array()?;
        let (low, high) = (self.u64()?, self.u64()?);
        Ok(match kind {
            GLOBAL_I32 => GlobalValue::I32((low as u32).cast_signed()),
            GLOBAL_I64 => GlobalValue::I64(low.cast_signed()),
            GLOBAL_F32 => GlobalValue::F32(low as u32),
            GLOBAL_F64 => GlobalValue::F64(low),
            GLOBAL_V128 => GlobalValue::V128(low, high),
            GLOBAL_NULL => GlobalValue::Null,
            _ => return Err(ResumeError::Damaged),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(compressed: &[u8]) -> Session<'_> {
        let mut pages = PageSet::new();
        pages.insert_run(3..5);
        pages.insert_run(9..10);
        Session {
            golden: GoldenId::from_bytes([7; 32]),
            page_bytes: 4096,
            memory_bytes: 40 << 20,
            pages,
            globals: vec![
                GlobalValue::I32(-1),
                GlobalValue::I64(i64::MIN),
                GlobalValue::F32(0x7fc0_0001),
                GlobalValue::F64(u64::MAX),
                GlobalValue::V128(1, 2),
                GlobalValue::Null,
            ],
            note: b"beside it",
            compressed,
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let written = session(b"compressed");
        let bytes = written.write(Seal::Hash);
        assert_eq!(Session::read(&bytes, Seal::Hash).unwrap(), written);
        let empty = Session {
            pages: PageSet::new(),
            note: b"",
            globals: Vec::new(),
            ..session(b"")
        };
        let bytes = empty.write(Seal::Hash);
        assert_eq!(Session::read(&bytes, Seal::Hash).unwrap(), empty);
    }

    #[test]
    fn every_flip_and_every_cut_is_an_error() {
        let key = [1; 32];
        for seal in [Seal::Hash, Seal::Key(&key)] {
            let bytes = session(b"compressed").write(seal);
            for at in 0..bytes.len() {
                for bit in 0..8 {
                    let mut damaged = bytes.clone();
                    damaged[at] ^= 1 << bit;
                    assert!(
                        Session::read(&damaged, seal).is_err(),
                        "byte {at}, bit {bit}"
                    );
                }
                assert!(Session::read(&bytes[..at], seal).is_err(), "cut at {at}");
            }
            let longer = [&bytes[..], b"x"].concat();
            assert!(Session::read(&longer, seal).is_err());
        }
    }

    #[test]
    fn bytes_that_are_sealed_and_wrong_are_errors_too() {
        // Whoever has the key can seal anything: reading has to bear it.
        let bytes = session(b"compressed").write(Seal::Hash);
        let body = bytes.len() - SEAL_BYTES;
        for at in 0..body {
            for value in [0, 1, 0x7f, 0xff] {
                let mut sealed = bytes[..body].to_vec();
                sealed[at] = value;
                let seal = blake3::hash(&sealed);
                sealed.extend_from_slice(seal.as_bytes());
                if let Ok(session) = Session::read(&sealed, Seal::Hash) {
                    assert!(session.pages.runs().all(|run| run.start < run.end));
                }
            }
        }
    }

    #[test]
    fn keys_are_asked_for_and_told_apart() {
        let (key, other) = ([1; 32], [2; 32]);
        let (plain, sealed) = (
            session(b"").write(Seal::Hash),
            session(b"").write(Seal::Key(&key)),
        );
        let read = |bytes: &[u8], seal| Session::read(bytes, seal).map(|_| ()).unwrap_err();
        assert!(Session::read(&sealed, Seal::Key(&key)).is_ok());
        assert!(matches!(
            read(&sealed, Seal::Key(&other)),
            ResumeError::Damaged
        ));
        assert!(matches!(read(&sealed, Seal::Hash), ResumeError::KeyNeeded));
        assert!(matches!(
            read(&plain, Seal::Key(&key)),
            ResumeError::NotAuthenticated
        ));
        // Without its flag an authenticated session passes for none: the seal is not the plain hash.
        let mut stripped = sealed;
        stripped[12] &= !(FLAG_AUTHENTICATED as u8);
        assert!(matches!(read(&stripped, Seal::Hash), ResumeError::Damaged));
    }
}

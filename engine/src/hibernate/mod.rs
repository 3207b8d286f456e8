//! States put to sleep: all that an instance is, in some kilobytes, to be woken anywhere that has its golden snapshot.

mod format;
mod instance;
mod key;

pub use key::SealingKey;

use crate::golden::Golden;
use crate::instance::{InstanceError, State};
use bytes::Bytes;
use cow_memory::{Image, PageSet};
use format::{Seal, Session};
use std::cell::RefCell;
use std::io;
use zstd::bulk::Compressor;

/// Good enough, and a millisecond is much: the pages hold mostly zeros after the comparison with the golden ones.
const COMPRESSION_LEVEL: i32 = 1;

/// A state that was put to sleep.
///
/// Its bytes can be stored, and sent to another process or machine with the same golden snapshot. They hold everything
/// the instance held, unencrypted.
#[derive(Clone, PartialEq, Eq)]
pub struct Hibernated(Bytes);

impl std::fmt::Debug for Hibernated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Not the bytes: they hold what the instance held.
        f.debug_struct("Hibernated")
            .field("len_bytes", &self.len_bytes())
            .finish()
    }
}

impl Hibernated {
    /// The bytes, in the format of `docs/hibernation-format.md`.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// How many there are.
    #[must_use]
    pub fn len_bytes(&self) -> usize {
        self.0.len()
    }
}

impl From<Hibernated> for Bytes {
    fn from(session: Hibernated) -> Self {
        session.0
    }
}

/// Takes bytes that were stored. Whether they are a session shows when they are resumed.
impl From<Bytes> for Hibernated {
    fn from(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl From<Vec<u8>> for Hibernated {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl AsRef<[u8]> for Hibernated {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Why a session could not be woken. Nothing of it has run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResumeError {
    /// The bytes are something else.
    #[error("these bytes are not a hibernated session")]
    NotASession,
    /// They are of another version of the format.
    #[error(
        "the session has format {found}, this library reads format {}: wake it with the version that wrote it",
        format::VERSION
    )]
    Version {
        /// What the bytes say.
        found: u32,
    },
    /// They are not what was written, or the key is not the one that they were written with.
    #[error("the session is damaged, or another key vouches for it")]
    Damaged,
    /// They were written with a key.
    #[error("a key vouches for the session: resume it with that key")]
    KeyNeeded,
    /// They were written without a key, and one was asked for.
    #[error("no key vouches for the session, and one was asked for: it may come from anyone")]
    NotAuthenticated,
    /// They belong to another golden snapshot.
    #[error(
        "the session belongs to another golden snapshot: wake it with the snapshot that it was made with"
    )]
    ForeignGolden,
    /// The machine that wrote them has pages of another size.
    #[error("the session was written on a machine with pages of {found} bytes")]
    PageSize {
        /// The page size there.
        found: u32,
    },
    /// It needs more memory than the sandbox may have.
    #[error(
        "the session has {needed_bytes} bytes of memory, more than the limit of {limit_bytes}; raise max_memory_bytes"
    )]
    TooLarge {
        /// Its memory.
        needed_bytes: u64,
        /// The limit.
        limit_bytes: u64,
    },
    /// The note beside the state is not one that this library wrote.
    #[error(
        "the session's note is of another version of the library: wake it with the version that wrote it"
    )]
    Note,
    /// The instance cannot become what the bytes say.
    #[error("the state cannot be put into an instance")]
    Instance(#[from] InstanceError),
}

/// Why a state could not be put to sleep. The instance is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HibernateError {
    /// The instance has no state that could be taken.
    #[error("the instance's state cannot be taken")]
    Instance(#[from] InstanceError),
    /// The compressor failed.
    #[error("the state could not be compressed")]
    Compress(#[source] io::Error),
}

impl State {
    /// Puts the state into bytes, with a `note` of the caller's beside it. `golden` is the snapshot that it is a state
    /// of. With a key, that vouches for the bytes.
    ///
    /// # Errors
    ///
    /// [`InstanceError::ForeignState`] for another snapshot's state, and [`HibernateError::Compress`].
    pub fn hibernate(
        &self,
        golden: &Golden,
        note: &[u8],
        key: Option<&SealingKey>,
    ) -> Result<Hibernated, HibernateError> {
        self.check(golden)?;
        let mut difference = self.bytes.to_vec();
        xor_with_image(&mut difference, &self.pages, golden.image());
        let compressed = compress(&difference).map_err(HibernateError::Compress)?;
        let session = Session {
            golden: self.golden,
            page_bytes: page_bytes(),
            memory_bytes: self.memory_bytes as u64,
            pages: self.pages.clone(),
            globals: self.globals.clone(),
            note,
            compressed: &compressed,
        };
        Ok(Hibernated(session.write(seal(key)).into()))
    }

    /// Takes a state of `golden` out of bytes, and the note beside it. No more memory is taken for it than
    /// `memory_bytes_max`.
    ///
    /// # Errors
    ///
    /// [`ResumeError`] when the bytes are not such a state, or not vouched for by `key`.
    pub fn resume(
        bytes: &[u8],
        golden: &Golden,
        memory_bytes_max: u64,
        key: Option<&SealingKey>,
    ) -> Result<(Self, Bytes), ResumeError> {
        let session = Session::read(bytes, seal(key))?;
        if session.golden != golden.id() {
            return Err(ResumeError::ForeignGolden);
        }
        if session.page_bytes != page_bytes() {
            return Err(ResumeError::PageSize {
                found: session.page_bytes,
            });
        }
        if session.memory_bytes > memory_bytes_max {
            return Err(ResumeError::TooLarge {
                needed_bytes: session.memory_bytes,
                limit_bytes: memory_bytes_max,
            });
        }
        let memory_bytes =
            usize::try_from(session.memory_bytes).map_err(|_| ResumeError::Damaged)?;
        let page = page_bytes() as usize;
        // All pages are within the memory, so this is no more than it.
        if session.pages.end() as usize > memory_bytes / page {
            return Err(ResumeError::Damaged);
        }
        let len = session.pages.len_pages() * page;
        let mut pages =
            zstd::bulk::decompress(session.compressed, len).map_err(|_| ResumeError::Damaged)?;
        if pages.len() != len {
            return Err(ResumeError::Damaged);
        }
        xor_with_image(&mut pages, &session.pages, golden.image());
        let state = Self {
            golden: session.golden,
            memory_bytes,
            pages: session.pages,
            bytes: pages.into(),
            globals: session.globals,
        };
        Ok((state, Bytes::copy_from_slice(session.note)))
    }
}

/// With the thread's own compressor: to make one for each session takes longer than a small session does.
fn compress(bytes: &[u8]) -> io::Result<Vec<u8>> {
    thread_local! {
        static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    }
    COMPRESSOR.with_borrow_mut(|compressor| match compressor {
        Some(compressor) => compressor.compress(bytes),
        none => none
            .insert(Compressor::new(COMPRESSION_LEVEL)?)
            .compress(bytes),
    })
}

fn seal(key: Option<&SealingKey>) -> Seal<'_> {
    key.map_or(Seal::Hash, |key| Seal::Key(key.as_bytes()))
}

fn page_bytes() -> u32 {
    u32::try_from(cow_memory::page_bytes()).expect("pages are small")
}

/// Turns pages into their difference from the image, and back. Past the image's end a page is its own difference.
fn xor_with_image(bytes: &mut [u8], pages: &PageSet, image: &Image) {
    let page = cow_memory::page_bytes();
    for (own, index) in bytes.chunks_exact_mut(page).zip(pages.iter()) {
        // A page that the image does not store is all zeros: reading it would make the image store it.
        let Some(golden) = image.page_data(index) else {
            continue;
        };
        for (own, golden) in own.iter_mut().zip(golden) {
            *own ^= golden;
        }
    }
}

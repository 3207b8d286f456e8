//! Sessions put to sleep: a sandbox's whole state in some kilobytes, to be woken anywhere that has its golden snapshot.

mod format;
mod instance;

use crate::ambient::Entropy;
use crate::golden::GoldenId;
use crate::instance::State;
use crate::settings::Setup;
use cow_memory::{Image, PageSet};
use format::{Seal, Session};
use std::cell::RefCell;
use std::io;
use std::time::Duration;
use zstd::bulk::Compressor;

/// Good enough, and a millisecond is much: the pages hold mostly zeros after the comparison with the golden ones.
const COMPRESSION_LEVEL: i32 = 1;

/// Keys that vouch for sleeping sessions have this length, in bytes.
pub const SESSION_KEY_BYTES: usize = 32;

/// A sandbox that was put to sleep.
///
/// Its bytes can be stored, and sent to another process or machine with the same golden snapshot. They hold everything
/// the session held, unencrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hibernated(bytes::Bytes);

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

impl From<Hibernated> for bytes::Bytes {
    fn from(session: Hibernated) -> Self {
        session.0
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
        "the session belongs to another golden snapshot: wake it with the guest, the prewarmed modules and the hash \
         seed that it was made with"
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
}

/// What a session is beside its guest's state.
#[derive(Debug, Clone, Default)]
pub(crate) struct Surroundings {
    pub(crate) setup: Setup,
    pub(crate) clock_passed: Duration,
    pub(crate) entropy: Entropy,
}

/// Puts a state into bytes.
pub(crate) fn hibernate(
    state: &State,
    surroundings: &Surroundings,
    image: &Image,
    key: Option<&[u8; SESSION_KEY_BYTES]>,
) -> io::Result<Hibernated> {
    let mut difference = state.bytes.to_vec();
    xor_with_image(&mut difference, &state.pages, image);
    let compressed = compress(&difference)?;
    let session = Session {
        setup: surroundings.setup,
        is_authenticated: key.is_some(),
        golden: state.golden,
        page_bytes: page_bytes(),
        memory_bytes: state.memory_bytes as u64,
        clock_passed_ns: u64::try_from(surroundings.clock_passed.as_nanos()).unwrap_or(u64::MAX),
        entropy: surroundings.entropy.position(),
        pages: state.pages.clone(),
        globals: state.globals.clone(),
        compressed: &compressed,
    };
    Ok(Hibernated(session.write(seal(key)).into()))
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

/// Takes a state out of bytes.
pub(crate) fn resume(
    bytes: &[u8],
    golden: GoldenId,
    image: &Image,
    memory_bytes_max: u64,
    key: Option<&[u8; SESSION_KEY_BYTES]>,
) -> Result<(State, Surroundings), ResumeError> {
    let session = Session::read(bytes, seal(key))?;
    if session.golden != golden {
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
    let memory_bytes = usize::try_from(session.memory_bytes).map_err(|_| ResumeError::Damaged)?;
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
    xor_with_image(&mut pages, &session.pages, image);
    let surroundings = Surroundings {
        setup: session.setup,
        clock_passed: Duration::from_nanos(session.clock_passed_ns),
        entropy: session
            .entropy
            .map_or_else(Entropy::default, |(seed, position)| {
                Entropy::at_position(seed, position)
            }),
    };
    let state = State {
        golden: session.golden,
        memory_bytes,
        pages: session.pages,
        bytes: pages.into(),
        globals: session.globals,
    };
    Ok((state, surroundings))
}

fn seal(key: Option<&[u8; SESSION_KEY_BYTES]>) -> Seal<'_> {
    key.map_or(Seal::Hash, Seal::Key)
}

fn page_bytes() -> u32 {
    u32::try_from(cow_memory::page_bytes()).expect("pages are small")
}

/// Turns pages into their difference from the image, and back. Past the image's end a page is its own difference.
fn xor_with_image(bytes: &mut [u8], pages: &PageSet, image: &Image) {
    let page = cow_memory::page_bytes();
    let golden = image.as_bytes();
    for (own, index) in bytes.chunks_exact_mut(page).zip(pages.iter()) {
        let at = index as usize * page;
        let Some(golden) = golden.get(at..at + page) else {
            continue;
        };
        for (own, golden) in own.iter_mut().zip(golden) {
            *own ^= golden;
        }
    }
}

//! Memory files: made, filled, sealed, viewed.

use crate::sys::ByteRange;
use crate::sys::seam::{Site, check};
use rustix::fs::{MemfdFlags, SealFlags, SeekFrom};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// What an image's memfd is sealed with: no byte and no length can change any
/// more, and the seals cannot be taken off.
const SEALS: SealFlags = SealFlags::SEAL
    .union(SealFlags::SHRINK)
    .union(SealFlags::GROW)
    .union(SealFlags::WRITE);

/// A memory file being filled. Starts as one hole.
#[derive(Debug)]
pub(crate) struct Memfd {
    file: File,
}

impl Memfd {
    /// Makes an unnamed, close-on-exec, non-executable file of `len` zeros.
    pub(crate) fn new(len: usize) -> io::Result<Self> {
        check(Site::MemfdCreate)?;
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        let fd = match rustix::fs::memfd_create("golden", flags | MemfdFlags::NOEXEC_SEAL) {
            // Before Linux 6.3 the flag is not known.
            Err(rustix::io::Errno::INVAL) => rustix::fs::memfd_create("golden", flags)?,
            other => other?,
        };
        check(Site::MemfdTruncate)?;
        rustix::fs::ftruncate(&fd, len as u64)?;
        Ok(Self { file: fd.into() })
    }

    /// Writes `bytes` at `offset`.
    pub(crate) fn write(&self, offset: usize, bytes: &[u8]) -> io::Result<()> {
        check(Site::MemfdWrite)?;
        self.file.write_all_at(bytes, offset as u64)
    }

    /// Seals the file for good.
    pub(crate) fn seal(self) -> io::Result<File> {
        check(Site::MemfdSeal)?;
        rustix::fs::fcntl_add_seals(&self.file, SEALS)?;
        Ok(self.file)
    }
}

/// Whether `file` can no longer change, and is not passed on to programs that
/// this process starts.
pub(crate) fn seals(file: &File) -> io::Result<(bool, bool)> {
    let seals = rustix::fs::fcntl_get_seals(file)?;
    let flags = rustix::io::fcntl_getfd(file)?;
    Ok((
        seals.contains(SEALS),
        flags.contains(rustix::io::FdFlags::CLOEXEC),
    ))
}

/// Fills `buffer` from `offset` on, without moving the read position.
pub(crate) fn read_exact_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    file.read_exact_at(buffer, offset)
}

/// The parts of `len` bytes from `offset` on that are not holes, relative to
/// `offset`, as the file system tells it. The read position is put back.
pub(crate) fn data_ranges(file: &File, offset: u64, len: usize) -> io::Result<Vec<ByteRange>> {
    let position = rustix::fs::seek(file, SeekFrom::Current(0))?;
    let ranges = find_data(file, offset, len);
    rustix::fs::seek(file, SeekFrom::Start(position))?;
    ranges
}

fn find_data(file: &File, offset: u64, len: usize) -> io::Result<Vec<ByteRange>> {
    let end = offset + len as u64;
    let relative = |position: u64| (position.clamp(offset, end) - offset) as usize;
    let mut ranges = Vec::new();
    let mut position = offset;
    while position < end {
        check(Site::SeekData)?;
        let data = match rustix::fs::seek(file, SeekFrom::Data(position)) {
            // No data from here to the end of the file.
            Err(rustix::io::Errno::NXIO) => break,
            other => other?,
        };
        if data >= end {
            break;
        }
        check(Site::SeekData)?;
        let hole = rustix::fs::seek(file, SeekFrom::Hole(data))?;
        ranges.push(relative(data)..relative(hole));
        position = hole;
    }
    Ok(ranges)
}

/// A shared, read-only mapping of a part of a file.
#[derive(Debug)]
pub(crate) struct FileView {
    map: Option<memmap2::MmapRaw>,
}

impl FileView {
    /// Maps `len` bytes from `offset` on.
    ///
    /// Safe because the mapping is handed out only through
    /// [`FileView::bytes`], whose soundness rests on the file not changing: the
    /// file is a sealed memfd, or the caller of `Image::map_file` vouched.
    pub(crate) fn new(file: &File, offset: u64, len: usize) -> io::Result<Self> {
        if len == 0 {
            return Ok(Self { map: None });
        }
        check(Site::MapView)?;
        let map = memmap2::MmapOptions::new()
            .offset(offset)
            .len(len)
            .map_raw_read_only(file)?;
        Ok(Self { map: Some(map) })
    }

    /// The bytes of the file.
    pub(crate) fn bytes(&self) -> &[u8] {
        match &self.map {
            None => &[],
            // SAFETY: the mapping is readable, as long as `self`, and its bytes
            // do not change: see `FileView::new`.
            Some(map) => unsafe { std::slice::from_raw_parts(map.as_ptr(), map.len()) },
        }
    }
}

//! Every other operating system: the same functions, and a refusal.
//!
//! A [`Region`] cannot exist here, which its methods say by matching on a type
//! without values.

use crate::dirty::PageSet;
use crate::sys::ByteRange;
use std::convert::Infallible;
use std::fs::File;
use std::io;
use std::sync::Arc;

/// Whether this platform has copy-on-write slots at all.
pub(crate) const SUPPORTED: bool = false;

fn refuse<T>() -> io::Result<T> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(crate) fn page_size() -> usize {
    4096
}

pub(crate) fn thread_faults() -> Option<u64> {
    None
}

pub(crate) fn process_madvise_works() -> bool {
    false
}

pub(crate) fn populate_write_works() -> bool {
    false
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SystemLimits {
    pub(crate) mappings_max: Option<usize>,
    pub(crate) mappings_in_use: usize,
    pub(crate) address_space_limit_bytes: Option<u64>,
    pub(crate) address_space_in_use_bytes: u64,
    pub(crate) address_bits: u32,
    pub(crate) swap_total_bytes: u64,
}

impl SystemLimits {
    pub(crate) fn read() -> Self {
        Self::default()
    }
}

#[derive(Debug)]
pub(crate) struct Memfd(Infallible);

impl Memfd {
    pub(crate) fn new(_len: usize) -> io::Result<Self> {
        refuse()
    }

    pub(crate) fn write(&self, _offset: usize, _bytes: &[u8]) -> io::Result<()> {
        match self.0 {}
    }

    pub(crate) fn seal(self) -> io::Result<File> {
        match self.0 {}
    }
}

pub(crate) fn seals(_file: &File) -> io::Result<(bool, bool)> {
    refuse()
}

pub(crate) fn data_ranges(_file: &File, _offset: u64, _len: usize) -> io::Result<Vec<ByteRange>> {
    refuse()
}

pub(crate) fn read_exact_at(_file: &File, _buffer: &mut [u8], _offset: u64) -> io::Result<()> {
    refuse()
}

#[derive(Debug)]
pub(crate) struct MapFailure {
    pub(crate) source: io::Error,
    pub(crate) region: Option<Region>,
}

#[derive(Debug)]
pub(crate) struct FileView(Infallible);

impl FileView {
    pub(crate) fn new(_file: &File, _offset: u64, _len: usize) -> io::Result<Self> {
        refuse()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        match self.0 {}
    }
}

#[derive(Debug)]
pub(crate) struct Pagemap(Infallible);

impl Pagemap {
    pub(crate) fn open() -> io::Result<Self> {
        refuse()
    }

    pub(crate) fn can_scan(&self) -> bool {
        match self.0 {}
    }

    pub(crate) fn scan(&self, _base: usize, _range: ByteRange) -> io::Result<PageSet> {
        match self.0 {}
    }

    pub(crate) fn read(&self, _base: usize, _range: ByteRange) -> io::Result<PageSet> {
        match self.0 {}
    }
}

#[derive(Debug)]
pub(crate) struct Reservation(Infallible);

impl Reservation {
    pub(crate) fn new(_len: usize, _front_guard: usize) -> io::Result<Arc<Self>> {
        refuse()
    }

    pub(crate) fn carve(self: &Arc<Self>, _len: usize, _back_guard: usize) -> Option<Region> {
        match self.0 {}
    }
}

#[derive(Debug)]
pub(crate) struct Region(Infallible);

impl Region {
    pub(crate) fn base(&self) -> usize {
        match self.0 {}
    }

    pub(crate) fn accessible(&self) -> usize {
        match self.0 {}
    }

    pub(crate) fn map(self, _file: &File, _offset: u64, _len: usize) -> Result<Self, MapFailure> {
        match self.0 {}
    }

    pub(crate) fn blank(self) -> Result<Self, MapFailure> {
        match self.0 {}
    }

    pub(crate) fn open(&mut self, _accessible: usize) -> io::Result<()> {
        match self.0 {}
    }

    pub(crate) fn close(&mut self, _accessible: usize) -> io::Result<()> {
        match self.0 {}
    }

    pub(crate) fn discard(&mut self, _range: ByteRange) -> io::Result<()> {
        match self.0 {}
    }

    pub(crate) fn discard_runs(&mut self, _ranges: &[ByteRange]) -> io::Result<()> {
        match self.0 {}
    }

    pub(crate) fn populate(&self, _ranges: &[ByteRange]) -> io::Result<()> {
        match self.0 {}
    }

    pub(crate) fn page_out(&mut self, _range: ByteRange) -> io::Result<()> {
        match self.0 {}
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        match self.0 {}
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        match self.0 {}
    }
}

//! A leased slot, for hosts that read and write its bytes themselves.

use crate::dirty::PageSet;
use crate::error::Error;
use crate::image::Image;
use crate::mapping::SlotMemory;
use crate::policy::{ResetPolicy, ResetReport};
use crate::pool::SlotPool;
use std::fmt;

/// A private, copy-on-write view of an [`Image`], leased from a [`SlotPool`].
///
/// Dropping it returns the slot to the pool, reset: no byte written to it is
/// ever seen by the next tenant.
///
/// ```
/// use cow_memory::{Image, ResetPolicy, SlotPool, SlotPoolConfig};
///
/// let pool = SlotPool::new(SlotPoolConfig::default())?;
/// let image = Image::from_bytes(&[7; 65536])?;
/// let mut slot = pool.acquire(&image)?;
/// slot.as_mut_slice()[100] = 1;
/// assert_eq!(image.as_bytes()[100], 7);
/// slot.reset(ResetPolicy::default())?;
/// assert_eq!(slot.as_slice()[100], 7);
/// # Ok::<(), cow_memory::Error>(())
/// ```
pub struct Slot {
    memory: Option<SlotMemory>,
    pool: SlotPool,
}

impl Slot {
    pub(crate) fn new(memory: SlotMemory, pool: SlotPool) -> Self {
        Self {
            memory: Some(memory),
            pool,
        }
    }

    /// The image it shows.
    #[must_use]
    pub fn image(&self) -> &Image {
        &self.memory().image
    }

    /// Address of the first byte: stays the same for as long as the lease.
    #[must_use]
    pub fn base_address(&self) -> usize {
        self.memory().region.base()
    }

    /// Length in bytes: the image's, and what it has grown by.
    #[must_use]
    pub fn len_bytes(&self) -> usize {
        self.memory().len_bytes
    }

    /// The bytes.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        let memory = self.memory();
        &memory.region.bytes()[..memory.len_bytes]
    }

    /// The bytes, for writing. What is written this way is not counted: the next
    /// reset scans, whatever its mode.
    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        let memory = self.memory_mut();
        memory.mark_written();
        let len_bytes = memory.len_bytes;
        &mut memory.region.bytes_mut()[..len_bytes]
    }

    /// Gives the bytes to `write`, which writes to them on this thread only.
    ///
    /// If the thread takes no page fault meanwhile, the next reset with
    /// [`ResetMode::Counted`](crate::ResetMode::Counted) need not scan.
    pub fn run<R>(&mut self, write: impl FnOnce(&mut [u8]) -> R) -> R {
        let memory = self.memory_mut();
        let mark = memory.begin_run();
        let len_bytes = memory.len_bytes;
        let result = write(&mut memory.region.bytes_mut()[..len_bytes]);
        memory.end_run(&mark);
        result
    }

    /// Grows the memory to `len_bytes`. The new bytes read as zero.
    ///
    /// # Errors
    ///
    /// [`Error::GrowthLimit`] past the pool's reservation,
    /// [`Error::GrowthShrinks`] below the present length,
    /// [`Error::MappingBudget`], or the kernel's refusal. The length is then what
    /// it was.
    pub fn grow(&mut self, len_bytes: usize) -> Result<(), Error> {
        self.memory_mut().grow(len_bytes)
    }

    /// Puts every byte and the length back to the image's.
    ///
    /// # Errors
    ///
    /// The kernel's refusal, or [`Error::UncountedWrite`]. The bytes are then
    /// undefined until a later reset succeeds; nobody else gets to see them.
    pub fn reset(&mut self, policy: ResetPolicy) -> Result<ResetReport, Error> {
        self.memory_mut().reset(policy)
    }

    /// Pages whose bytes may differ from the image's, or from zeros where the
    /// memory has grown.
    ///
    /// # Errors
    ///
    /// The kernel's refusal to say.
    pub fn dirty_pages(&self) -> Result<PageSet, Error> {
        self.memory().dirty_pages()
    }

    /// Makes `pages` private ahead of their first write, in one call. Changes no
    /// byte.
    ///
    /// # Errors
    ///
    /// [`Error::PageOutOfRange`], or the kernel's refusal, after which the slot
    /// is as good as before.
    pub fn prefault(&mut self, pages: &PageSet) -> Result<(), Error> {
        self.memory_mut().prefault(pages)
    }

    /// Asks the kernel to move all pages to swap. For tests.
    #[doc(hidden)]
    pub fn page_out(&mut self) -> Result<(), Error> {
        let memory = self.memory_mut();
        let all = 0..memory.region.accessible();
        memory
            .region
            .page_out(all)
            .map_err(Error::system("paging out"))
    }

    #[cfg(feature = "wasmtime")]
    pub(crate) fn into_parts(mut self) -> (SlotMemory, SlotPool) {
        let memory = self.memory.take().expect("only taken when consumed");
        (memory, self.pool.clone())
    }

    fn memory(&self) -> &SlotMemory {
        self.memory.as_ref().expect("only taken when consumed")
    }

    fn memory_mut(&mut self) -> &mut SlotMemory {
        self.memory.as_mut().expect("only taken when consumed")
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(memory) = self.memory.take() {
            self.pool.take_back(memory, self.pool.release_policy());
        }
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot")
            .field("image", self.image())
            .field("len_bytes", &self.len_bytes())
            .finish_non_exhaustive()
    }
}

//! Which pages of its memory an instance has made its own.

use super::{Body, Instance};
use cow_memory::PageSet;

/// What pages that no image stores are compared with: many bytes at a time, which a search for one that is not zero does
/// not do.
static ZEROS: [u8; 4096] = [0; 4096];

impl<T: 'static> Instance<T> {
    /// Which pages of memory are this instance's own, in the image and past its end.
    ///
    /// # Errors
    ///
    /// The kernel's refusal to say.
    pub fn dirty_pages(&self) -> Result<PageSet, cow_memory::Error> {
        match &self.body {
            Body::Live(live) => live.slot.dirty_pages(),
            Body::Parked(_) | Body::Moving => Ok(PageSet::default()),
        }
    }

    /// Pages of memory that are this instance's own and not the image's.
    ///
    /// # Errors
    ///
    /// The kernel's refusal to say.
    pub fn private_dirty_pages(&self) -> Result<usize, cow_memory::Error> {
        match &self.body {
            Body::Live(live) => live.slot.private_pages(),
            Body::Parked(_) | Body::Moving => Ok(0),
        }
    }

    /// How many those are, or somewhat more: the kernel is asked only if a run has taken a page fault since they were
    /// known last.
    ///
    /// # Errors
    ///
    /// The kernel's refusal to say.
    pub fn written_pages(&self) -> Result<usize, cow_memory::Error> {
        match &self.body {
            Body::Live(live) => Ok(live.slot.written_pages()?.len_pages()),
            Body::Parked(_) | Body::Moving => Ok(0),
        }
    }

    /// Makes pages of memory this instance's own ahead of their first write, in one call of the kernel's.
    ///
    /// # Errors
    ///
    /// The kernel's refusal, after which the instance is as good as before.
    pub fn prefault(&mut self, pages: &PageSet) -> Result<(), cow_memory::Error> {
        match &mut self.body {
            Body::Live(live) => live.slot.prefault(pages),
            Body::Parked(_) | Body::Moving => Ok(()),
        }
    }

    /// Which pages differ from the golden image. Those are fewer than the dirty ones, which may have been put back, or
    /// made ready and not written to.
    ///
    /// # Errors
    ///
    /// The kernel's refusal to say.
    pub fn changed_pages(&self) -> Result<PageSet, cow_memory::Error> {
        let page = cow_memory::page_bytes();
        let (memory, image) = (self.memory(), self.prepared.golden.image());
        let mut changed = PageSet::new();
        let Body::Live(live) = &self.body else {
            return Ok(PageSet::new());
        };
        for index in live.slot.written_pages()?.iter() {
            let at = index as usize * page;
            let Some(own) = memory.get(at..at + page) else {
                // Kept for a memory that has grown, and shrunk again by a reset.
                continue;
            };
            // A page that the image does not store is all zeros: reading it would make the image store it.
            let is_changed = match image.page_data(index) {
                Some(golden) => own != golden,
                None => own
                    .chunks(ZEROS.len())
                    .any(|part| part != &ZEROS[..part.len()]),
            };
            if is_changed {
                changed.insert(index);
            }
        }
        Ok(changed)
    }
}

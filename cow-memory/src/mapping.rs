//! A golden image shown in a slot, and what is known of its private pages.
//!
//! The one invariant that every reset rests on:
//!
//! > **While the `proof` holds, each private page of the image part is in
//! > `known`.**
//!
//! `known` may name more pages than are private: copying golden bytes over one
//! of those costs a fault and harms nothing.

use crate::budget::{Charge, Ledger};
use crate::dirty::PageSet;
use crate::error::Error;
use crate::image::{Image, ImageId, WeakImage};
use crate::layout::{SlotLayout, page_ceil};
#[cfg(feature = "wasmtime")]
use crate::policy::ResetMode;
use crate::reset::IdleLooks;
use crate::scanner::{Scanned, Scanner};
use crate::sys;
use crate::tracking::{RunMark, WriteProof};
use std::sync::Arc;

/// What all slots of a pool have in common.
#[derive(Debug)]
pub(crate) struct SlotContext {
    pub(crate) layout: SlotLayout,
    pub(crate) scanner: Scanner,
    pub(crate) ledger: Arc<Ledger>,
}

/// A slot that shows an image. Owned by a lease, or by the wasmtime memory and
/// the handle that share it.
#[derive(Debug)]
pub(crate) struct SlotMemory {
    pub(crate) region: sys::Region,
    pub(crate) image: Image,
    /// Length of the linear memory; not below the image's.
    pub(crate) len_bytes: usize,
    pub(crate) known: PageSet,
    pub(crate) proof: WriteProof,
    pub(crate) looks: IdleLooks,
    /// No byte can have changed since the last reset.
    pub(crate) pristine: bool,
    /// The mapping that grown memory takes.
    growth: Option<Charge>,
    pub(crate) context: Arc<SlotContext>,
}

/// A clean slot waiting for its image to be wanted again.
#[derive(Debug)]
pub(crate) struct ParkedSlot {
    region: sys::Region,
    known: PageSet,
    looks: IdleLooks,
    image_id: ImageId,
    image_bytes: usize,
}

impl ParkedSlot {
    /// The slot as it was left. The image must be the one it was left with.
    pub(crate) fn wake(self, image: &Image, context: &Arc<SlotContext>) -> SlotMemory {
        assert_eq!(
            self.image_id,
            image.id(),
            "a slot woke with a foreign image"
        );
        SlotMemory {
            len_bytes: self.image_bytes,
            region: self.region,
            image: image.clone(),
            known: self.known,
            proof: WriteProof::default(),
            looks: self.looks,
            pristine: true,
            growth: None,
            context: Arc::clone(context),
        }
    }

    /// The image it shows.
    pub(crate) fn image_id(&self) -> ImageId {
        self.image_id
    }

    /// Private pages it keeps.
    pub(crate) fn resident_pages(&self) -> usize {
        self.known.len_pages()
    }

    /// Gives the private pages back to the system.
    pub(crate) fn drop_pages(&mut self) -> std::io::Result<()> {
        self.region.discard(0..self.image_bytes)?;
        self.known = PageSet::new();
        Ok(())
    }

    /// Gives up the image and keeps the address space.
    pub(crate) fn into_region(self) -> sys::Region {
        self.region
    }
}

impl SlotMemory {
    /// Shows `image` in `region`, replacing whatever that showed.
    pub(crate) fn bind(
        region: sys::Region,
        image: &Image,
        context: &Arc<SlotContext>,
    ) -> Result<Self, sys::MapFailure> {
        let (file, offset) = image.file();
        Ok(Self {
            region: region.map(file, offset, image.len_bytes())?,
            image: image.clone(),
            len_bytes: image.len_bytes(),
            known: PageSet::new(),
            proof: WriteProof::default(),
            looks: IdleLooks::default(),
            pristine: true,
            growth: None,
            context: Arc::clone(context),
        })
    }

    /// Puts a clean slot aside. `Err` gives back the addresses of one that is
    /// not clean.
    pub(crate) fn park(self) -> Result<(ParkedSlot, WeakImage), sys::Region> {
        if !self.pristine || self.is_grown() {
            return Err(self.region);
        }
        let image = self.image.downgrade();
        let parked = ParkedSlot {
            region: self.region,
            known: self.known,
            looks: self.looks,
            image_id: self.image.id(),
            image_bytes: self.len_bytes,
        };
        Ok((parked, image))
    }

    /// Notes that bytes may have been written anywhere, by anybody.
    pub(crate) fn mark_written(&mut self) {
        self.pristine = false;
        self.proof.void();
    }

    /// Starts a counted run on this thread.
    pub(crate) fn begin_run(&mut self) -> RunMark {
        self.pristine = false;
        self.proof.begin()
    }

    /// Ends a counted run, on the thread that began it.
    pub(crate) fn end_run(&mut self, mark: &RunMark) {
        self.proof.end(mark);
    }

    /// Notes that `pages` may become private without a run counting it.
    pub(crate) fn note_private(&mut self, pages: &PageSet) {
        let image_pages = self.image.len_pages() as u32;
        self.known = self.known.union(&pages.below(image_pages));
    }

    /// Grows the memory to `len_bytes`. New bytes read as zero.
    pub(crate) fn grow(&mut self, len_bytes: usize) -> Result<(), Error> {
        let reservation_bytes = self.context.layout.reservation_bytes();
        if len_bytes < self.len_bytes {
            return Err(Error::GrowthShrinks {
                len_bytes: self.len_bytes,
                requested_bytes: len_bytes,
            });
        }
        let accessible = page_ceil(len_bytes)
            .filter(|accessible| *accessible <= reservation_bytes)
            .ok_or(Error::GrowthLimit {
                requested_bytes: len_bytes,
                reservation_bytes,
            })?;
        if accessible > self.region.accessible() {
            let charge = match self.growth.take() {
                Some(charge) => charge,
                None => self.context.ledger.charge(1, 0)?,
            };
            self.pristine = false;
            let opened = self.region.open(accessible);
            // Kept on failure too if an earlier growth needs it.
            if opened.is_ok() || self.is_grown() {
                self.growth = Some(charge);
            }
            opened.map_err(Error::system("making grown memory accessible"))?;
        }
        self.pristine &= len_bytes == self.len_bytes;
        self.len_bytes = len_bytes;
        Ok(())
    }

    /// Whether bytes past the image are accessible.
    pub(crate) fn is_grown(&self) -> bool {
        self.region.accessible() > self.image.len_bytes()
    }

    /// Makes the memory as long as the image again. The bytes taken away.
    pub(crate) fn undo_growth(&mut self) -> Result<usize, Error> {
        let image_bytes = self.image.len_bytes();
        let undone = self.len_bytes - image_bytes;
        self.region
            .close(image_bytes)
            .map_err(Error::system("taking grown memory back"))?;
        self.growth = None;
        self.len_bytes = image_bytes;
        Ok(undone)
    }

    /// Pages of the memory whose bytes may differ from the image's (or, where
    /// it is grown, from zeros).
    pub(crate) fn dirty_pages(&self) -> Result<PageSet, Error> {
        let range = 0..self.region.accessible();
        Ok(match self.scan(range.clone())? {
            Scanned::Pages(pages) => pages,
            Scanned::Anything => pages_of(range),
        })
    }

    /// The same pages or some more. In [`ResetMode::Counted`] the kernel is asked about the image part only if a page
    /// there may have become private since it was last known which are; then it is known again.
    #[cfg(feature = "wasmtime")]
    pub(crate) fn written_pages(&mut self, mode: ResetMode) -> Result<PageSet, Error> {
        let (image_bytes, accessible) = (self.image.len_bytes(), self.region.accessible());
        let is_counted = mode == ResetMode::Counted;
        if is_counted && self.proof.is_unbroken() {
            if cfg!(debug_assertions) {
                self.check_promise()?;
            }
            if !self.is_grown() {
                return Ok(self.known.clone());
            }
            let grown = match self.scan(image_bytes..accessible)? {
                Scanned::Pages(pages) => pages,
                Scanned::Anything => pages_of(image_bytes..accessible),
            };
            return Ok(self.known.union(&grown));
        }
        match self.scan(0..accessible)? {
            Scanned::Pages(pages) => {
                if is_counted && self.proof.mend() {
                    self.known = pages.below(self.image.len_pages() as u32);
                }
                Ok(pages)
            }
            Scanned::Anything => Ok(pages_of(0..accessible)),
        }
    }

    fn scan(&self, range: sys::ByteRange) -> Result<Scanned, Error> {
        let scanner = &self.context.scanner;
        scanner
            .scan(self.region.base(), range)
            .map_err(Error::system("scanning for dirty pages"))
    }

    /// Makes `pages` private ahead of their first write.
    pub(crate) fn prefault(&mut self, pages: &PageSet) -> Result<(), Error> {
        self.check_pages(pages)?;
        // A warm slot has most of them already.
        let missing = pages.difference(&self.known);
        if missing.is_empty() {
            return Ok(());
        }
        // Known first: a call that fails half-way has made some of them private.
        self.note_private(&missing);
        self.region
            .populate(&missing.byte_ranges(sys::page_size()))
            .map_err(Error::system("prefaulting pages"))
    }

    /// That all of `pages` are in the memory.
    pub(crate) fn check_pages(&self, pages: &PageSet) -> Result<(), Error> {
        let len_pages = self.region.accessible() / sys::page_size();
        if pages.end() as usize > len_pages {
            return Err(Error::PageOutOfRange {
                page: pages.end() - 1,
                len_pages,
            });
        }
        Ok(())
    }
}

fn pages_of(range: sys::ByteRange) -> PageSet {
    let page = sys::page_size();
    PageSet::from_range((range.start / page) as u32..(range.end / page) as u32)
}

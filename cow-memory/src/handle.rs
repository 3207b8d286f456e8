//! The host's hold on a slot that wasmtime owns as a memory.
//!
//! wasmtime keeps a boxed `LinearMemory` until the store is dropped; the host
//! keeps a [`SlotHandle`]. Both share the slot, and it goes back to its pool
//! when both are gone: never while a guest could still reach it.

use crate::dirty::PageSet;
use crate::error::Error;
use crate::image::Image;
use crate::mapping::SlotMemory;
use crate::policy::{ResetPolicy, ResetReport};
use crate::pool::SlotPool;
use crate::slot::Slot;
use crate::sys;
use crate::tracking::RunMark;
use parking_lot::Mutex;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use wasmtime::{AsContext, AsContextMut, Memory};

/// A slot owned by a wasmtime memory and a handle together.
pub(crate) struct SharedSlot {
    base_address: usize,
    reservation_bytes: usize,
    guard_bytes: usize,
    image_bytes: usize,
    /// Length as wasmtime asks for it at every fault: no lock to be had there.
    len_bytes: AtomicUsize,
    state: Mutex<State>,
    pool: SlotPool,
}

struct State {
    /// Taken when the slot goes back.
    memory: Option<SlotMemory>,
    release: ResetPolicy,
}

impl SharedSlot {
    pub(crate) fn new(slot: Slot) -> Arc<Self> {
        let (mut memory, pool) = slot.into_parts();
        // From here on bytes can be written without anybody telling.
        memory.pristine = false;
        Arc::new(Self {
            base_address: memory.region.base(),
            reservation_bytes: memory.context.layout.reservation_bytes(),
            guard_bytes: memory.context.layout.guard_bytes(),
            image_bytes: memory.image.len_bytes(),
            len_bytes: AtomicUsize::new(memory.len_bytes),
            state: Mutex::new(State {
                memory: Some(memory),
                release: pool.release_policy(),
            }),
            pool,
        })
    }

    pub(crate) fn base_address(&self) -> usize {
        self.base_address
    }

    pub(crate) fn reservation_bytes(&self) -> usize {
        self.reservation_bytes
    }

    pub(crate) fn guard_bytes(&self) -> usize {
        self.guard_bytes
    }

    pub(crate) fn image_bytes(&self) -> usize {
        self.image_bytes
    }

    pub(crate) fn len_bytes(&self) -> usize {
        self.len_bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn grow(&self, len_bytes: usize) -> Result<(), Error> {
        self.with(|memory| {
            let grown = memory.grow(len_bytes);
            self.len_bytes.store(memory.len_bytes, Ordering::Relaxed);
            grown
        })
    }

    fn with<R>(&self, act: impl FnOnce(&mut SlotMemory) -> R) -> R {
        let mut state = self.state.lock();
        act(state.memory.as_mut().expect("taken by drop only"))
    }
}

impl Drop for SharedSlot {
    fn drop(&mut self) {
        let state = self.state.get_mut();
        if let Some(mut memory) = state.memory.take() {
            memory.pristine = false;
            self.pool.take_back(memory, state.release);
        }
    }
}

/// The host's handle on the slot behind an instance's memory.
///
/// Keep it beside the store. The slot returns to its pool, reset, when the
/// store and the handle are both dropped, in whatever order.
pub struct SlotHandle {
    shared: Arc<SharedSlot>,
}

impl SlotHandle {
    pub(crate) fn new(shared: Arc<SharedSlot>) -> Self {
        Self { shared }
    }

    /// Length of the memory in bytes.
    #[must_use]
    pub fn len_bytes(&self) -> usize {
        self.shared.len_bytes()
    }

    /// Address of the memory's first byte.
    #[must_use]
    pub fn base_address(&self) -> usize {
        self.shared.base_address
    }

    /// The image the slot shows.
    #[must_use]
    pub fn image(&self) -> Image {
        self.shared.with(|memory| memory.image.clone())
    }

    /// Whether `memory` is the one in this slot.
    #[must_use]
    pub fn holds(&self, store: impl AsContext, memory: &Memory) -> bool {
        memory.data_ptr(store) as usize == self.shared.base_address
    }

    /// How the slot is to be reset when it is released, instead of as the pool's
    /// configuration says.
    ///
    /// With [`ResetMode::Counted`](crate::ResetMode::Counted) the promise of that
    /// mode is given for everything until then.
    pub fn set_release_policy(&mut self, policy: ResetPolicy) {
        self.shared.state.lock().release = policy;
    }

    /// Begins a counted run: until the guard is dropped the guest, and host
    /// functions it calls, run on this thread.
    ///
    /// If the thread takes no page fault meanwhile, no page has become private,
    /// and [`ResetMode::Counted`](crate::ResetMode::Counted) need not scan. The
    /// guard cannot leave the thread. An async guest enters anew at each poll.
    ///
    /// ```compile_fail
    /// fn leave_the_thread(mut handle: cow_memory::SlotHandle) {
    ///     let run = handle.enter();
    ///     std::thread::scope(|threads| { threads.spawn(move || drop(run)); });
    /// }
    /// ```
    pub fn enter(&mut self) -> Run {
        Run {
            mark: self.shared.with(SlotMemory::begin_run),
            shared: Arc::clone(&self.shared),
            on_this_thread: PhantomData,
        }
    }

    /// Puts every byte of the memory and its length back to the image's.
    ///
    /// Globals, tables and host data of the store are not the memory's and stay
    /// as they are.
    ///
    /// # Errors
    ///
    /// [`Error::ForeignMemory`] when `memory` is another's;
    /// [`Error::LengthNotTaken`] when the memory has grown and the store has an
    /// async limiter, before anything is changed; the kernel's refusal, or
    /// [`Error::UncountedWrite`], after which the bytes are undefined until a
    /// later reset succeeds.
    ///
    /// # Panics
    ///
    /// When `memory` does not belong to `store`, as wasmtime does.
    pub fn reset(
        &mut self,
        mut store: impl AsContextMut,
        memory: &Memory,
        policy: ResetPolicy,
    ) -> Result<ResetReport, Error> {
        let mut store = store.as_context_mut();
        self.check(&store, memory)?;
        let grown = self.len_bytes() != self.shared.image_bytes;
        if grown {
            // Shown to work first: were it to fail afterwards, wasmtime would
            // take inaccessible bytes for the memory's.
            refresh_length(&mut store, memory)?;
        }
        let report = self.shared.with(|slot| {
            let report = slot.reset(policy);
            self.shared
                .len_bytes
                .store(slot.len_bytes, Ordering::Relaxed);
            report
        });
        if grown {
            refresh_length(&mut store, memory)?;
        }
        report
    }

    /// Pages whose bytes may differ from the image's, or from zeros where the
    /// memory has grown. A guest running meanwhile may add to them.
    ///
    /// # Errors
    ///
    /// The kernel's refusal to say.
    pub fn dirty_pages(&self) -> Result<PageSet, Error> {
        self.shared.with(|memory| memory.dirty_pages())
    }

    /// The pages of [`SlotHandle::dirty_pages`], or some more: cheaper where the release policy promises to count.
    ///
    /// With [`ResetMode::Counted`](crate::ResetMode::Counted) the kernel is asked only if a run has taken a page fault
    /// since the slot last knew; what it says then is remembered.
    ///
    /// # Errors
    ///
    /// The kernel's refusal to say, and [`Error::UncountedWrite`] as of a reset.
    pub fn written_pages(&self) -> Result<PageSet, Error> {
        let mode = self.shared.state.lock().release.mode;
        self.shared.with(|memory| memory.written_pages(mode))
    }

    /// Number of private pages now.
    ///
    /// # Errors
    ///
    /// The kernel's refusal to say.
    pub fn private_pages(&self) -> Result<usize, Error> {
        self.dirty_pages().map(|pages| pages.len_pages())
    }

    /// Makes `pages` private ahead of their first write, in one call. Changes no
    /// byte, so a guest may run meanwhile.
    ///
    /// # Errors
    ///
    /// [`Error::PageOutOfRange`], or the kernel's refusal, after which the slot
    /// is as good as before.
    pub fn prefault(&mut self, pages: &PageSet) -> Result<(), Error> {
        self.shared.with(|memory| memory.prefault(pages))
    }

    /// The bytes of `pages`, one after another.
    ///
    /// # Errors
    ///
    /// [`Error::ForeignMemory`], or [`Error::PageOutOfRange`].
    ///
    /// # Panics
    ///
    /// When `memory` does not belong to `store`, as wasmtime does.
    pub fn read_pages(
        &self,
        store: impl AsContext,
        memory: &Memory,
        pages: &PageSet,
    ) -> Result<Vec<u8>, Error> {
        let store = store.as_context();
        self.check(&store, memory)?;
        self.shared.with(|slot| slot.check_pages(pages))?;
        let data = memory.data(&store);
        let page = sys::page_size();
        let mut bytes = Vec::with_capacity(pages.len_pages() * page);
        for range in pages.byte_ranges(page) {
            bytes.extend_from_slice(&data[range]);
        }
        Ok(bytes)
    }

    /// Writes `bytes`, as [`SlotHandle::read_pages`] gives them, to `pages`. A
    /// counted write: it costs no later scan.
    ///
    /// # Errors
    ///
    /// [`Error::ForeignMemory`], [`Error::PageOutOfRange`], or
    /// [`Error::PageBytes`] when there are more or fewer bytes than pages.
    ///
    /// # Panics
    ///
    /// When `memory` does not belong to `store`, as wasmtime does.
    pub fn write_pages(
        &mut self,
        mut store: impl AsContextMut,
        memory: &Memory,
        pages: &PageSet,
        bytes: &[u8],
    ) -> Result<(), Error> {
        let mut store = store.as_context_mut();
        self.check(&store, memory)?;
        let page = sys::page_size();
        if bytes.len() != pages.len_pages() * page {
            return Err(Error::PageBytes {
                bytes: bytes.len(),
                pages: pages.len_pages(),
            });
        }
        self.prepare_write(pages)?;
        let data = memory.data_mut(&mut store);
        let mut rest = bytes;
        for range in pages.byte_ranges(page) {
            let (run, behind) = rest.split_at(range.len());
            data[range].copy_from_slice(run);
            rest = behind;
        }
        Ok(())
    }

    /// Writes to `pages` what `source`, another memory from its first byte on, has in their place. Counted like
    /// [`SlotHandle::write_pages`].
    ///
    /// # Errors
    ///
    /// [`Error::ForeignMemory`], or [`Error::PageOutOfRange`] when either memory ends before the last of the pages.
    ///
    /// # Panics
    ///
    /// When `memory` does not belong to `store`, as wasmtime does.
    pub fn copy_pages(
        &mut self,
        mut store: impl AsContextMut,
        memory: &Memory,
        pages: &PageSet,
        source: &[u8],
    ) -> Result<(), Error> {
        let mut store = store.as_context_mut();
        self.check(&store, memory)?;
        let page = sys::page_size();
        let end = pages.end() as usize;
        if end * page > source.len() {
            return Err(Error::PageOutOfRange {
                page: pages.end() - 1,
                len_pages: source.len() / page,
            });
        }
        self.prepare_write(pages)?;
        let data = memory.data_mut(&mut store);
        for range in pages.byte_ranges(page) {
            data[range.clone()].copy_from_slice(&source[range]);
        }
        Ok(())
    }

    /// Before the host itself writes to `pages`: they are noted, and made private in one call instead of by a fault
    /// each.
    fn prepare_write(&mut self, pages: &PageSet) -> Result<(), Error> {
        self.shared.with(|slot| {
            slot.check_pages(pages)?;
            // A kernel without the call has the faults.
            let _ = slot.prefault(pages);
            slot.note_private(pages);
            Ok(())
        })
    }

    /// Forgets the run that instantiation was: it says nothing of how the host
    /// will run the guest.
    pub(crate) fn uncount_runs(&mut self) {
        self.shared.with(|memory| memory.proof.uncount());
    }

    fn check(&self, store: impl AsContext, memory: &Memory) -> Result<(), Error> {
        if self.holds(store, memory) {
            Ok(())
        } else {
            Err(Error::ForeignMemory)
        }
    }
}

/// Growing by nothing makes wasmtime read the length anew; without it the guest
/// goes on with the one it has.
fn refresh_length(store: impl AsContextMut, memory: &Memory) -> Result<(), Error> {
    memory
        .grow(store, 0)
        .map(drop)
        .map_err(|error| Error::LengthNotTaken {
            source: error.into(),
        })
}

impl std::fmt::Debug for SlotHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SlotHandle")
            .field("len_bytes", &self.len_bytes())
            .finish_non_exhaustive()
    }
}

/// A counted run: see [`SlotHandle::enter`].
#[must_use = "the run ends when the guard is dropped"]
pub struct Run {
    mark: RunMark,
    shared: Arc<SharedSlot>,
    /// The counter is the thread's.
    on_this_thread: PhantomData<*const ()>,
}

impl Drop for Run {
    fn drop(&mut self) {
        self.shared.with(|memory| memory.end_run(&self.mark));
    }
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").finish_non_exhaustive()
    }
}

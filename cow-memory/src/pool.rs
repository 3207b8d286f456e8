//! Slots: made once, recycled for as long as the pool lives.
//!
//! ```text
//!           acquire: same image             release: reset
//!   parked ─────────────────────► leased ───────────────────► parked
//!     │  acquire: another image     ▲ │
//!     ├─────────── mapped ──────────┤ └─ reset failed ► blank
//!     └ image gone ► blank          │
//!   blank ──────── mapped ──────────┘ └─ mapping failed ► blank, or quarantined
//!                                                         where it may have a gap
//! ```
//!
//! A slot reaches a tenant only in one of two ways: freshly mapped, or parked
//! after a reset that succeeded. Everything else leads away from tenants.

use crate::budget::{Budget, Charge, Ledger, MAPPINGS_HEADROOM_DEFAULT};
use crate::dirty::PageSet;
use crate::error::Error;
use crate::idle::IdleSlots;
use crate::image::{Image, ImageId, ImageWatch};
use crate::layout::SlotLayout;
use crate::mapping::{SlotContext, SlotMemory};
use crate::policy::ResetPolicy;
use crate::scanner::{ScanMethod, Scanner};
use crate::slot::Slot;
use crate::sync::{AtomicUsize, Mutex};
use crate::sys;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

/// Sizes and limits of a [`SlotPool`].
///
/// ```
/// use cow_memory::{SlotPool, SlotPoolConfig};
///
/// let mut config = SlotPoolConfig::default();
/// config.slots_max = 1000;
/// let pool = SlotPool::new(config)?;
/// # Ok::<(), cow_memory::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SlotPoolConfig {
    /// Address space of a slot, in bytes: the most a memory can grow to. 4 GiB
    /// lets compiled code leave out bounds checks of 32-bit memories.
    pub reservation_bytes: usize,
    /// Inaccessible bytes in front of each slot and behind it.
    pub guard_bytes: usize,
    /// Slots the pool may have, leased and idle.
    pub slots_max: usize,
    /// Slots whose address space is reserved in one go.
    pub arena_slots: usize,
    /// How a slot is reset when it is released. Also bounds what an idle slot
    /// keeps.
    pub release: ResetPolicy,
    /// How private pages are found: `None` for the best way the kernel has.
    pub scan: Option<ScanMethod>,
    /// What the slots may take: `None` for what the system has, which is counted
    /// over all such pools of the process.
    pub budget: Option<Budget>,
    /// Mappings of the system's that are left to the rest of the process, where
    /// no `budget` is set: see [`Budget::from_system`].
    pub mappings_headroom: usize,
}

impl Default for SlotPoolConfig {
    /// 4 GiB slots, 32 MiB guards, as many as the system has room for.
    fn default() -> Self {
        Self {
            reservation_bytes: 4 << 30,
            guard_bytes: 32 << 20,
            slots_max: usize::MAX,
            arena_slots: 128,
            release: ResetPolicy::default(),
            scan: None,
            budget: None,
            mappings_headroom: MAPPINGS_HEADROOM_DEFAULT,
        }
    }
}

/// What a [`SlotPool`] holds at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SlotPoolStatus {
    /// Slots made so far, whatever has become of them.
    pub slots: usize,
    /// Slots in use.
    pub leased: usize,
    /// Idle slots that still show an image.
    pub idle: usize,
    /// Idle slots that show nothing.
    pub blank: usize,
    /// Slots given up after a failure of the kernel.
    pub quarantined: usize,
    /// Private pages that idle slots keep.
    pub idle_resident_pages: usize,
    /// Mappings charged to the budget, by all pools that share it.
    pub mappings_in_use: usize,
    /// Address space charged to the budget, by all pools that share it.
    pub address_space_in_use_bytes: u64,
    /// The budget.
    pub budget: Budget,
    /// How private pages are found.
    pub scan: ScanMethod,
}

/// What [`SlotPool::trim`] gave back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TrimReport {
    /// Idle slots looked at.
    pub slots: usize,
    /// Private pages given back.
    pub pages_dropped: usize,
}

/// A set of slots that are leased, reset and leased again. Cloning gives the
/// same pool.
///
/// ```
/// use cow_memory::{Image, SlotPool, SlotPoolConfig};
///
/// let pool = SlotPool::new(SlotPoolConfig::default())?;
/// let image = Image::zeroed(65536)?;
/// let first = pool.acquire(&image)?.base_address();
/// let second = pool.acquire(&image)?.base_address();
/// assert_eq!(first, second, "the slot is used again");
/// # Ok::<(), cow_memory::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct SlotPool {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    config: SlotPoolConfig,
    context: Arc<SlotContext>,
    idle: IdleSlots,
    blanks: Mutex<Vec<sys::Region>>,
    arenas: Mutex<Arenas>,
    leased: AtomicUsize,
    quarantined: AtomicUsize,
}

#[derive(Debug, Default)]
struct Arenas {
    /// Slots made.
    slots: usize,
    /// The arena that is being carved.
    current: Option<Arc<sys::Reservation>>,
    /// What slots and arenas take of the budget. Given back with the pool.
    charges: Vec<Charge>,
}

impl SlotPool {
    /// Makes an empty pool. Address space is reserved when slots are wanted.
    ///
    /// # Errors
    ///
    /// [`Error::PoolConfig`] for sizes that make no slot, and
    /// [`Error::Unsupported`] where there are no slots.
    pub fn new(config: SlotPoolConfig) -> Result<Self, Error> {
        if !sys::SUPPORTED {
            return Err(Error::Unsupported);
        }
        let layout = SlotLayout::new(config.reservation_bytes, config.guard_bytes)?;
        let ledger = match config.budget {
            Some(budget) => Ledger::new(budget),
            None => Ledger::of_process(config.mappings_headroom),
        };
        Ok(Self {
            inner: Arc::new(Inner {
                config,
                context: Arc::new(SlotContext {
                    layout,
                    scanner: Scanner::new(config.scan),
                    ledger,
                }),
                idle: IdleSlots::new(),
                blanks: Mutex::default(),
                arenas: Mutex::default(),
                leased: AtomicUsize::new(0),
                quarantined: AtomicUsize::new(0),
            }),
        })
    }

    /// Leases a slot that shows `image` and nothing else.
    ///
    /// A slot that last showed the same image is taken first, then one that
    /// shows nothing, then a new one; when no new one can be had, an idle slot
    /// of another image.
    ///
    /// # Errors
    ///
    /// [`Error::ImageTooLarge`]; [`Error::SlotLimit`], [`Error::MappingBudget`]
    /// or [`Error::AddressSpaceBudget`] when no slot can be had until one is
    /// released; or the kernel's refusal.
    pub fn acquire(&self, image: &Image) -> Result<Slot, Error> {
        let inner = &*self.inner;
        let reservation_bytes = inner.context.layout.reservation_bytes();
        if image.len_bytes() > reservation_bytes {
            return Err(Error::ImageTooLarge {
                len_bytes: image.len_bytes(),
                reservation_bytes,
            });
        }
        let memory = match inner.idle.take(image) {
            Some(parked) => parked.wake(image, &inner.context),
            None => {
                let region = inner.free_region()?;
                let pool: Weak<Inner> = Arc::downgrade(&self.inner);
                image.tell_when_gone(pool);
                SlotMemory::bind(region, image, &inner.context).map_err(|failure| {
                    inner.recover(failure.region);
                    Error::system("mapping an image into a slot")(failure.source)
                })?
            }
        };
        inner.leased.fetch_add(1, Ordering::Relaxed);
        Ok(Slot::new(memory, self.clone()))
    }

    /// Gives the private pages of idle slots back to the system.
    pub fn trim(&self) -> TrimReport {
        let inner = &*self.inner;
        let mut report = TrimReport::default();
        inner.idle.sift(|mut slot| {
            report.slots += 1;
            report.pages_dropped += slot.resident_pages();
            if slot.drop_pages().is_err() {
                inner.retire(slot.into_region());
                return None;
            }
            Some(slot)
        });
        report
    }

    /// Makes `slots` idle slots that show `image`, with the pages of `write_set`
    /// private already, so that leases to come pay for neither. Run it on any
    /// thread.
    ///
    /// `write_set` is what a run is expected to write: the
    /// [`dirty_pages`](Slot::dirty_pages) of an earlier one.
    ///
    /// # Errors
    ///
    /// As [`SlotPool::acquire`] and [`Slot::prefault`]. Slots made until then
    /// stay.
    pub fn prepare(&self, image: &Image, slots: usize, write_set: &PageSet) -> Result<(), Error> {
        // All at once, or the same slot would be made ready again and again.
        let mut ready = Vec::new();
        for _ in 0..slots {
            let mut slot = self.acquire(image)?;
            slot.prefault(write_set)?;
            ready.push(slot);
        }
        Ok(())
    }

    /// What the pool holds now. The figures are taken one after another, so
    /// they need not fit together while other threads lease and release.
    #[must_use]
    pub fn status(&self) -> SlotPoolStatus {
        let inner = &*self.inner;
        let (idle, idle_resident_pages) = inner.idle.count();
        let used = inner.context.ledger.used();
        SlotPoolStatus {
            slots: inner.arenas.lock().slots,
            leased: inner.leased.load(Ordering::Relaxed),
            idle,
            blank: inner.blanks.lock().len(),
            quarantined: inner.quarantined.load(Ordering::Relaxed),
            idle_resident_pages,
            mappings_in_use: used.mappings,
            address_space_in_use_bytes: used.address_space_bytes,
            budget: inner.context.ledger.budget(),
            scan: inner.context.scanner.method(),
        }
    }

    /// The configuration it was made with.
    #[must_use]
    pub fn config(&self) -> &SlotPoolConfig {
        &self.inner.config
    }

    pub(crate) fn release_policy(&self) -> ResetPolicy {
        self.inner.config.release
    }

    /// Takes a slot back, whatever state it is in.
    pub(crate) fn take_back(&self, mut memory: SlotMemory, policy: ResetPolicy) {
        let inner = &*self.inner;
        if !memory.pristine {
            // A failure leaves it not pristine, and then it is not parked.
            let _ = memory.reset(policy);
        }
        match memory.park() {
            Ok((parked, image)) => {
                let id = parked.image_id();
                inner.idle.put(id, parked);
                if image.is_gone() {
                    // It went before the slot was there to be found.
                    inner.image_is_gone(id);
                }
            }
            Err(region) => inner.retire(region),
        }
        inner.leased.fetch_sub(1, Ordering::Relaxed);
    }
}

impl ImageWatch for Inner {
    /// Slots that show an image keep its memory: they show nothing from here on.
    fn image_is_gone(&self, id: ImageId) {
        for slot in self.idle.take_all(id) {
            self.retire(slot.into_region());
        }
    }
}

impl Inner {
    /// A region to map an image into. What it shows now does not matter.
    fn free_region(&self) -> Result<sys::Region, Error> {
        if let Some(blank) = self.blanks.lock().pop() {
            return Ok(blank);
        }
        match self.new_region() {
            Ok(region) => Ok(region),
            // Somebody else's warm slot is worth less than a refusal.
            Err(refusal) => match self.idle.take_any() {
                Some(parked) => Ok(parked.into_region()),
                // One may have become blank since.
                None => self.blanks.lock().pop().ok_or(refusal),
            },
        }
    }

    fn new_region(&self) -> Result<sys::Region, Error> {
        let SlotContext { layout, ledger, .. } = &*self.context;
        let mut arenas = self.arenas.lock();
        let slots_max = self.config.slots_max;
        // Quarantined slots are of no use to anybody, so they count only where
        // they cost something: in the budget.
        let usable = arenas.slots - self.quarantined.load(Ordering::Relaxed);
        if usable >= slots_max {
            return Err(Error::SlotLimit { slots_max });
        }
        // The image and the inaccessible rest.
        let charge = ledger.charge(2, 0)?;
        let carve = |arena: &Arc<sys::Reservation>| {
            arena.carve(layout.reservation_bytes(), layout.guard_bytes())
        };
        let region = match arenas.current.as_ref().and_then(carve) {
            Some(region) => region,
            None => {
                let wanted = self.config.arena_slots.min(slots_max - usable);
                let (arena, arena_charge) = self.new_arena(wanted.max(1))?;
                let region = carve(&arena).ok_or(Error::PoolConfig {
                    reason: "an arena holds no slot",
                })?;
                arenas.current = Some(arena);
                arenas.charges.push(arena_charge);
                region
            }
        };
        arenas.slots += 1;
        arenas.charges.push(charge);
        Ok(region)
    }

    /// An arena for `slots` slots, or for fewer where so many do not fit.
    fn new_arena(&self, slots: usize) -> Result<(Arc<sys::Reservation>, Charge), Error> {
        let SlotContext { layout, ledger, .. } = &*self.context;
        let mut slots = slots;
        loop {
            let reserved = match layout.arena_bytes(slots) {
                None => Err(Error::PoolConfig {
                    reason: "arena_slots exceed the address space",
                }),
                Some(bytes) => ledger.charge(1, bytes as u64).and_then(|charge| {
                    sys::Reservation::new(bytes, layout.guard_bytes())
                        .map(|arena| (arena, charge))
                        .map_err(Error::system("reserving address space"))
                }),
            };
            if reserved.is_ok() || slots == 1 {
                return reserved;
            }
            slots /= 2;
        }
    }

    /// Takes everything out of a region, so that it can show any image.
    fn retire(&self, region: sys::Region) {
        let blank = region.blank();
        self.recover(match blank {
            Ok(region) => Some(region),
            Err(failure) => failure.region,
        });
    }

    /// Keeps a region that shows whatever: it reaches a tenant only after an
    /// image has been mapped over all of it. What is no more is counted.
    fn recover(&self, region: Option<sys::Region>) {
        match region {
            Some(region) => self.blanks.lock().push(region),
            None => drop(self.quarantined.fetch_add(1, Ordering::Relaxed)),
        }
    }
}

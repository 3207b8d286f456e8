//! Idle slots, kept warm for the image they last showed.
//!
//! Shelves are split into shards, one a thread where there are few threads, so
//! that a thread gets back the slot it released, with its pages in its caches,
//! and no two threads wait for each other.

use crate::image::{Image, ImageId};
use crate::mapping::ParkedSlot;
use crate::sync::{Mutex, MutexGuard, thread_number};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

const SHARDS_MAX: usize = 64;

/// Idle slots of a pool.
pub(crate) struct IdleSlots {
    shards: Box<[Shard]>,
}

/// On a cache line of its own, so that threads do not slow each other down.
#[repr(align(128))]
#[derive(Default)]
struct Shard {
    shelves: Mutex<Shelves>,
}

/// Slots by the image that they show.
type Shelves = HashMap<ImageId, Vec<ParkedSlot>, BuildHasherDefault<IdHasher>>;

impl IdleSlots {
    pub(crate) fn new() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let shards = threads.next_power_of_two().min(SHARDS_MAX);
        Self {
            shards: (0..shards).map(|_| Shard::default()).collect(),
        }
    }

    /// Takes a slot that shows `image`, this thread's own if it has one.
    pub(crate) fn take(&self, image: &Image) -> Option<ParkedSlot> {
        let id = image.id();
        // A shard that is locked is some other thread's: look elsewhere first.
        self.nearest_first()
            .filter_map(|shard| shard.shelves.try_lock())
            .find_map(|mut shelves| shelves.get_mut(&id)?.pop())
            .or_else(|| {
                self.locked()
                    .find_map(|mut shelves| shelves.get_mut(&id)?.pop())
            })
    }

    /// Puts a slot that shows the image `id` on this thread's shelf.
    pub(crate) fn put(&self, id: ImageId, slot: ParkedSlot) {
        let Some(shard) = self.nearest_first().next() else {
            return;
        };
        let mut shelves = shard.shelves.lock();
        shelves.entry(id).or_default().push(slot);
    }

    /// Takes all slots that show the image `id`.
    pub(crate) fn take_all(&self, id: ImageId) -> Vec<ParkedSlot> {
        let shelves = self.locked().filter_map(|mut shelves| shelves.remove(&id));
        shelves.flatten().collect()
    }

    /// Takes a slot from whatever image.
    pub(crate) fn take_any(&self) -> Option<ParkedSlot> {
        self.locked()
            .find_map(|mut shelves| shelves.values_mut().find_map(Vec::pop))
    }

    /// Shows every idle slot to `keep`, which returns those to be kept. Nobody
    /// can be refused a slot meanwhile: they wait for the shelf.
    pub(crate) fn sift(&self, mut keep: impl FnMut(ParkedSlot) -> Option<ParkedSlot>) {
        for mut shelves in self.locked() {
            for shelf in shelves.values_mut() {
                let slots = std::mem::take(shelf);
                *shelf = slots.into_iter().filter_map(&mut keep).collect();
            }
        }
    }

    /// Slots on the shelves, and the private pages they keep.
    pub(crate) fn count(&self) -> (usize, usize) {
        self.locked().fold((0, 0), |total, shelves| {
            shelves
                .values()
                .flatten()
                .fold(total, |(slots, pages), slot| {
                    (slots + 1, pages + slot.resident_pages())
                })
        })
    }

    /// All shards, this thread's first.
    fn nearest_first(&self) -> impl Iterator<Item = &Shard> {
        let first = thread_number() & (self.shards.len() - 1);
        let (before, after) = self.shards.split_at(first);
        after.iter().chain(before)
    }

    fn locked(&self) -> impl Iterator<Item = MutexGuard<'_, Shelves>> {
        self.nearest_first().map(|shard| shard.shelves.lock())
    }
}

impl std::fmt::Debug for IdleSlots {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IdleSlots").finish_non_exhaustive()
    }
}

/// Image ids are small, distinct numbers: spreading them is all it takes.
#[derive(Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

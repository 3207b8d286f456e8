//! `memory`: whatever is done to slots, in whatever order, their bytes are those of a plain vector to which the same
//! was done.
//!
//! The property test of the same name in `cow-memory/tests` tries random sequences; this target follows coverage.

use arbitrary::Arbitrary;
use cow_memory::{
    Capabilities, Image, PageSet, ResetMode, ResetPolicy, ScanMethod, Slot, SlotPool,
    SlotPoolConfig,
};
use std::sync::OnceLock;

const SLOTS: usize = 3;
const IMAGE_PAGES: [usize; 5] = [0, 1, 7, 20, 48];
const RESERVATION_PAGES: usize = 64;
const STEPS_MAX: usize = 64;

/// A pool's settings and what happens to its slots.
#[derive(Debug, Arbitrary)]
pub struct Plan {
    scan: u8,
    release: Policy,
    spare_slots: u8,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, Copy, Arbitrary)]
struct Policy {
    mode: u8,
    resident_pages_max: u8,
}

#[derive(Debug, Arbitrary)]
enum Step {
    Acquire {
        slot: u8,
        image: u8,
    },
    Write {
        slot: u8,
        at: u32,
        len: u16,
        value: u8,
        counted: bool,
    },
    Grow {
        slot: u8,
        bytes: u32,
    },
    Reset {
        slot: u8,
        policy: Policy,
    },
    Prefault {
        slot: u8,
        first: u8,
        count: u8,
        stride: u8,
    },
    PageOut {
        slot: u8,
    },
    Release {
        slot: u8,
        elsewhere: bool,
    },
    Prepare {
        image: u8,
        slots: u8,
        page: u8,
    },
    Trim,
}

impl Policy {
    fn policy(self) -> ResetPolicy {
        let modes = [ResetMode::Scan, ResetMode::Counted, ResetMode::Drop];
        ResetPolicy::new(
            modes[usize::from(self.mode) % modes.len()],
            self.resident_pages_max.into(),
        )
        .with_idle_pages_min(usize::from(self.mode) / modes.len())
    }
}

/// A slot, and the vector it has to equal.
struct Pair {
    slot: Slot,
    model: Vec<u8>,
    golden: usize,
}

struct World {
    pool: SlotPool,
    pairs: [Option<Pair>; SLOTS],
}

impl Plan {
    /// Does it all, and compares after each step.
    ///
    /// # Panics
    ///
    /// When a slot differs from its vector.
    pub fn run(self) {
        let scans = [
            ScanMethod::PagemapScan,
            ScanMethod::PagemapRead,
            ScanMethod::Blind,
        ];
        let mut config = SlotPoolConfig::default();
        config.reservation_bytes = RESERVATION_PAGES * page();
        config.guard_bytes = 16 * page();
        config.arena_slots = 4;
        config.scan = Some(scans[usize::from(self.scan) % scans.len()]);
        config.release = self.release.policy();
        config.slots_max = SLOTS + usize::from(self.spare_slots % 3);
        let pool = SlotPool::new(config);
        let mut world = World {
            pool: pool.expect("these sizes make slots"),
            pairs: [const { None }; SLOTS],
        };
        for step in self.steps.into_iter().take(STEPS_MAX) {
            world.take(step);
            for pair in world.pairs.iter().flatten() {
                pair.check();
            }
        }
        world.pairs = [const { None }; SLOTS];
        let status = world.pool.status();
        assert_eq!((status.leased, status.quarantined), (0, 0));
        assert_eq!(status.idle + status.blank, status.slots);
    }
}

impl World {
    fn take(&mut self, step: Step) {
        let at = |slot: u8| usize::from(slot) % SLOTS;
        match step {
            Step::Acquire { slot, image } => {
                let golden = usize::from(image) % IMAGE_PAGES.len();
                let (image, bytes) = &images()[golden];
                self.pairs[at(slot)] = None;
                self.pairs[at(slot)] = Some(Pair {
                    slot: self.pool.acquire(image).expect("a slot is free"),
                    model: bytes.clone(),
                    golden,
                });
            }
            Step::Release { slot, elsewhere } => {
                let pair = self.pairs[at(slot)].take();
                if elsewhere {
                    std::thread::scope(|threads| {
                        threads.spawn(|| drop(pair));
                    });
                }
            }
            Step::Prepare { image, slots, page } => {
                let free = self.pairs.iter().filter(|pair| pair.is_none()).count();
                let image = &images()[usize::from(image) % IMAGE_PAGES.len()].0;
                let page = u32::from(page);
                let fits = slots == 0 || free == 0 || (page as usize) < image.len_pages();
                let prepared = self.pool.prepare(
                    image,
                    usize::from(slots).min(free),
                    &PageSet::from_range(page..page + 1),
                );
                assert_eq!(prepared.is_ok(), fits);
            }
            Step::Trim => {
                self.pool.trim();
                assert_eq!(self.pool.status().idle_resident_pages, 0);
            }
            Step::Write {
                slot,
                at: from,
                len,
                value,
                counted,
            } => {
                if let Some(pair) = &mut self.pairs[at(slot)] {
                    pair.write(from as usize, len.into(), value, counted);
                }
            }
            Step::Grow { slot, bytes } => {
                if let Some(pair) = &mut self.pairs[at(slot)] {
                    pair.grow(bytes as usize % (RESERVATION_PAGES * page() + 2));
                }
            }
            Step::Reset { slot, policy } => {
                if let Some(pair) = &mut self.pairs[at(slot)] {
                    pair.reset(policy.policy());
                }
            }
            Step::Prefault {
                slot,
                first,
                count,
                stride,
            } => {
                if let Some(pair) = &mut self.pairs[at(slot)] {
                    pair.prefault(first.into(), count, stride);
                }
            }
            Step::PageOut { slot } => {
                if let Some(pair) = &mut self.pairs[at(slot)] {
                    pair.slot.page_out().expect("paging out is advice");
                }
            }
        }
    }
}

impl Pair {
    fn write(&mut self, from: usize, len: usize, value: u8, counted: bool) {
        let from = from % (self.model.len() + 1);
        let to = (from + len).min(self.model.len());
        self.model[from..to].fill(value);
        if counted {
            self.slot.run(|memory| memory[from..to].fill(value));
        } else {
            self.slot.as_mut_slice()[from..to].fill(value);
        }
    }

    fn grow(&mut self, bytes: usize) {
        let fits = (self.model.len()..=RESERVATION_PAGES * page()).contains(&bytes);
        assert_eq!(self.slot.grow(bytes).is_ok(), fits);
        if fits {
            self.model.resize(bytes, 0);
        }
    }

    fn reset(&mut self, policy: ResetPolicy) {
        let golden = &images()[self.golden].1;
        let report = self
            .slot
            .reset(policy)
            .expect("every write was counted or noted");
        assert_eq!(report.growth_undone_bytes, self.model.len() - golden.len());
        self.model.clone_from(golden);
    }

    fn prefault(&mut self, first: u32, count: u8, stride: u8) {
        let stride = u32::from(stride % 4) + 1;
        let pages: PageSet = (first..first + u32::from(count % 16) * stride)
            .step_by(stride as usize)
            .collect();
        let fits = pages.end() as usize * page() <= self.model.len().next_multiple_of(page());
        assert_eq!(self.slot.prefault(&pages).is_ok(), fits);
    }

    fn check(&self) {
        assert_eq!(self.slot.len_bytes(), self.model.len());
        assert!(self.slot.as_slice() == self.model, "slot and model differ");
        let (image, golden) = &images()[self.golden];
        assert!(image.as_bytes() == golden, "the golden image changed");
        let dirty = self.slot.dirty_pages().expect("a scan of its own memory");
        for (index, content) in self.model.chunks(page()).enumerate() {
            let at = index * page();
            let clean = match golden.get(at..at + content.len()) {
                Some(bytes) => bytes == content,
                None => content.iter().all(|byte| *byte == 0),
            };
            assert!(clean || dirty.contains(index as u32), "page {index} missed");
        }
    }
}

fn page() -> usize {
    static PAGE: OnceLock<usize> = OnceLock::new();
    *PAGE.get_or_init(|| Capabilities::probe().page_size_bytes)
}

/// Images with every third page a hole, and what they hold.
fn images() -> &'static [(Image, Vec<u8>)] {
    static IMAGES: OnceLock<Vec<(Image, Vec<u8>)>> = OnceLock::new();
    IMAGES.get_or_init(|| {
        let image = |(seed, pages): (usize, &usize)| {
            let bytes: Vec<u8> = (0..pages * page())
                .map(|at| match at / page() % 3 {
                    2 => 0,
                    third => (at / 7 + third * 31 + seed * 11) as u8 | 1,
                })
                .collect();
            (Image::from_bytes(&bytes).expect("whole pages"), bytes)
        };
        IMAGE_PAGES.iter().enumerate().map(image).collect()
    })
}

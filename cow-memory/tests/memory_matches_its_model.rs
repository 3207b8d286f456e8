//! Whatever is done to slots, in whatever order, their bytes are those of a
//! plain vector to which the same was done.
#![cfg(target_os = "linux")]

mod common;

use common::{cases, image, page, small_pool};
use cow_memory::{Image, PageSet, ResetMode, ResetPolicy, ScanMethod, Slot, SlotPool};
use proptest::prelude::*;

const SLOTS: usize = 3;
const IMAGE_PAGES: [usize; 5] = [0, 1, 7, 20, 48];
const RESERVATION_PAGES: usize = 64;

#[derive(Debug, Clone)]
enum Step {
    Acquire {
        slot: usize,
        image: usize,
    },
    Write {
        slot: usize,
        page: usize,
        pages: usize,
        value: u8,
        counted: bool,
    },
    Grow {
        slot: usize,
        bytes: usize,
    },
    Reset {
        slot: usize,
        policy: ResetPolicy,
    },
    Prefault {
        slot: usize,
        first: u32,
        stride: u32,
    },
    PageOut {
        slot: usize,
    },
    Release {
        slot: usize,
        elsewhere: bool,
    },
    Trim,
}

fn policy() -> impl Strategy<Value = ResetPolicy> {
    let modes = vec![ResetMode::Scan, ResetMode::Counted, ResetMode::Drop];
    let budgets = vec![0, 1, 5, 1000];
    let idle = vec![0, 4, 128];
    (
        prop::sample::select(modes),
        prop::sample::select(budgets),
        prop::sample::select(idle),
    )
        .prop_map(|(mode, resident_pages_max, idle_pages_min)| {
            ResetPolicy::new(mode, resident_pages_max).with_idle_pages_min(idle_pages_min)
        })
}

fn step() -> impl Strategy<Value = Step> {
    let slot = 0..SLOTS;
    prop_oneof![
        4 => (slot.clone(), 0..IMAGE_PAGES.len())
            .prop_map(|(slot, image)| Step::Acquire { slot, image }),
        8 => (slot.clone(), 0..RESERVATION_PAGES, 1usize..6, 1u8.., any::<bool>()).prop_map(
            |(slot, page, pages, value, counted)| Step::Write { slot, page, pages, value, counted }
        ),
        2 => (slot.clone(), 0..RESERVATION_PAGES * page() + 2)
            .prop_map(|(slot, bytes)| Step::Grow { slot, bytes }),
        4 => (slot.clone(), policy()).prop_map(|(slot, policy)| Step::Reset { slot, policy }),
        2 => (slot.clone(), 0u32..50, 1u32..4)
            .prop_map(|(slot, first, stride)| Step::Prefault { slot, first, stride }),
        1 => slot.clone().prop_map(|slot| Step::PageOut { slot }),
        3 => (slot, any::<bool>()).prop_map(|(slot, elsewhere)| Step::Release { slot, elsewhere }),
        1 => Just(Step::Trim),
    ]
}

/// A slot, and the vector it has to equal.
struct Pair {
    slot: Slot,
    model: Vec<u8>,
    golden: usize,
}

struct World {
    pool: SlotPool,
    images: Vec<(Image, Vec<u8>)>,
    pairs: [Option<Pair>; SLOTS],
}

impl World {
    fn take(&mut self, step: &Step) {
        match *step {
            Step::Acquire { slot, image } => {
                self.pairs[slot] = None;
                let (golden, bytes) = &self.images[image];
                self.pairs[slot] = Some(Pair {
                    slot: self.pool.acquire(golden).unwrap(),
                    model: bytes.clone(),
                    golden: image,
                });
            }
            Step::Release { slot, elsewhere } => {
                let pair = self.pairs[slot].take();
                if elsewhere {
                    std::thread::spawn(|| drop(pair)).join().unwrap();
                }
            }
            Step::Trim => {
                self.pool.trim();
            }
            Step::Write { slot, .. }
            | Step::Grow { slot, .. }
            | Step::Reset { slot, .. }
            | Step::Prefault { slot, .. }
            | Step::PageOut { slot } => {
                if let Some(pair) = &mut self.pairs[slot] {
                    pair.take(step, &self.images);
                }
            }
        }
    }

    fn check(&self) {
        for pair in self.pairs.iter().flatten() {
            assert_eq!(pair.slot.len_bytes(), pair.model.len());
            assert!(pair.slot.as_slice() == pair.model, "slot and model differ");
            let golden = &self.images[pair.golden].1;
            let dirty = pair.slot.dirty_pages().unwrap();
            for (index, content) in pair.model.chunks(page()).enumerate() {
                let at = index * page();
                let clean = match golden.get(at..at + content.len()) {
                    Some(bytes) => bytes == content,
                    None => content.iter().all(|byte| *byte == 0),
                };
                assert!(clean || dirty.contains(index as u32), "page {index} missed");
            }
        }
    }
}

impl Pair {
    fn take(&mut self, step: &Step, images: &[(Image, Vec<u8>)]) {
        match *step {
            Step::Write {
                page: first,
                pages,
                value,
                counted,
                ..
            } => {
                for n in first..first + pages {
                    let at = n * page() + usize::from(value);
                    if at < self.model.len() {
                        self.model[at] = value;
                    }
                }
                let write = |memory: &mut [u8]| {
                    for n in first..first + pages {
                        if let Some(byte) = memory.get_mut(n * page() + usize::from(value)) {
                            *byte = value;
                        }
                    }
                };
                if counted {
                    self.slot.run(write);
                } else {
                    write(self.slot.as_mut_slice());
                }
            }
            Step::Grow { bytes, .. } => {
                let fits = (self.model.len()..=RESERVATION_PAGES * page()).contains(&bytes);
                assert_eq!(self.slot.grow(bytes).is_ok(), fits);
                if fits {
                    self.model.resize(bytes, 0);
                }
            }
            Step::Reset { policy, .. } => {
                let golden = &images[self.golden].1;
                let report = self.slot.reset(policy).unwrap();
                assert_eq!(report.growth_undone_bytes, self.model.len() - golden.len());
                self.model.clone_from(golden);
            }
            Step::Prefault { first, stride, .. } => {
                let pages: PageSet = (first..first + 5 * stride)
                    .step_by(stride as usize)
                    .collect();
                let fits =
                    pages.end() as usize * page() <= self.model.len().next_multiple_of(page());
                assert_eq!(self.slot.prefault(&pages).is_ok(), fits);
            }
            Step::PageOut { .. } => self.slot.page_out().unwrap(),
            Step::Acquire { .. } | Step::Release { .. } | Step::Trim => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: cases(600),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn bytes_and_lengths_equal_the_model(
        scan in prop::sample::select(common::SCANS.to_vec()),
        release in policy(),
        slots_max in SLOTS..SLOTS + 3,
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let pool = small_pool(|config| {
            config.scan = Some(scan);
            config.release = release;
            config.slots_max = slots_max;
        });
        let images = IMAGE_PAGES
            .iter()
            .enumerate()
            .map(|(seed, pages)| image(*pages, seed as u64 + 1))
            .collect();
        let mut world = World { pool, images, pairs: [const { None }; SLOTS] };
        for step in &steps {
            world.take(step);
            world.check();
        }
        for (golden, bytes) in &world.images {
            prop_assert!(golden.as_bytes() == bytes);
        }
        world.pairs = [const { None }; SLOTS];
        let status = world.pool.status();
        prop_assert_eq!((status.leased, status.quarantined), (0, 0));
        prop_assert_eq!(status.idle + status.blank, status.slots);
        prop_assert!(scan == ScanMethod::Blind || status.scan != ScanMethod::Blind);
    }
}

//! The pool under every order of its threads' steps that a scheduler thinks of.
//!
//! ```text
//! RUSTFLAGS="--cfg shuttle" cargo test -p cow-memory --no-default-features --lib interleavings
//! ```
//!
//! Only locks and counters are the scheduler's; slots are real memory. `SHUTTLE_ITERATIONS` says how many orders are
//! tried.

use crate::budget::Budget;
use crate::error::Error;
use crate::image::Image;
use crate::pool::{SlotPool, SlotPoolConfig};
use crate::slot::Slot;
use crate::sys::page_size;
use shuttle::thread;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, OnceLock};

const THREADS: usize = 3;
const LEASES: usize = 2;
const ITERATIONS: usize = 3_000;

/// Runs `scene` under a random scheduler and under one that seeks out rare orders.
fn explore(scene: impl Fn() + Send + Sync + Copy + 'static) {
    let iterations = std::env::var("SHUTTLE_ITERATIONS")
        .ok()
        .and_then(|number| number.parse().ok())
        .unwrap_or(ITERATIONS);
    shuttle::check_random(scene, iterations);
    shuttle::check_pct(scene, iterations, 3);
}

fn pool(slots_max: usize) -> SlotPool {
    let config = SlotPoolConfig {
        reservation_bytes: 4 * page_size(),
        guard_bytes: page_size(),
        arena_slots: 2,
        slots_max,
        // The process's ledger outlives an execution, which no lock of shuttle's may.
        budget: Some(Budget {
            mappings_max: 100,
            address_space_max_bytes: 1 << 30,
        }),
        ..SlotPoolConfig::default()
    };
    SlotPool::new(config).unwrap()
}

/// Two images of different bytes and lengths.
fn images() -> &'static [Image; 2] {
    static IMAGES: OnceLock<[Image; 2]> = OnceLock::new();
    IMAGES.get_or_init(|| {
        [1u8, 2].map(|value| {
            let bytes = vec![value; usize::from(value) * page_size()];
            Image::from_bytes(&bytes).unwrap()
        })
    })
}

/// Addresses of the slots that are leased. Its lock is nobody's business but the test's.
#[derive(Default)]
struct Leased(Mutex<HashSet<usize>>);

impl Leased {
    /// Checks a slot that was just leased, soils it, and gives it back.
    fn use_up(&self, mut slot: Slot, image: &Image) {
        let address = slot.base_address();
        assert!(
            self.0.lock().unwrap().insert(address),
            "leased to two at once"
        );
        assert!(
            slot.as_slice() == image.as_bytes(),
            "another lease's bytes, or another image's"
        );
        slot.as_mut_slice().fill(0xee);
        thread::yield_now();
        assert!(slot.as_slice().iter().all(|byte| *byte == 0xee));
        self.0.lock().unwrap().remove(&address);
    }
}

fn check_rest(pool: &SlotPool) {
    let status = pool.status();
    assert!(status.slots <= pool.config().slots_max, "too many slots");
    assert_eq!((status.leased, status.quarantined), (0, 0));
    assert_eq!(status.idle + status.blank, status.slots, "a slot was lost");
}

#[test]
fn no_order_of_threads_shares_or_loses_a_slot() {
    explore(|| {
        let pool = pool(2);
        let leased = Arc::new(Leased::default());
        let mut threads = Vec::new();
        for number in 0..THREADS {
            let (pool, leased) = (pool.clone(), Arc::clone(&leased));
            threads.push(thread::spawn(move || {
                for turn in 0..LEASES {
                    let image = &images()[(number + turn) % 2];
                    match pool.acquire(image) {
                        Ok(slot) => leased.use_up(slot, image),
                        Err(Error::SlotLimit { slots_max: 2 }) => thread::yield_now(),
                        Err(error) => panic!("{error}"),
                    }
                }
            }));
        }
        pool.trim();
        for thread in threads {
            thread.join().unwrap();
        }
        check_rest(&pool);
    });
}

#[test]
fn nobody_is_refused_while_a_slot_is_there_for_each() {
    explore(|| {
        let pool = pool(THREADS);
        let leased = Arc::new(Leased::default());
        let mut threads = Vec::new();
        for number in 0..THREADS {
            let (pool, leased) = (pool.clone(), Arc::clone(&leased));
            threads.push(thread::spawn(move || {
                for turn in 0..LEASES {
                    let image = &images()[(number + turn) % 2];
                    let slot = pool.acquire(image).expect("one for each thread");
                    leased.use_up(slot, image);
                }
            }));
        }
        for thread in threads {
            thread.join().unwrap();
        }
        check_rest(&pool);
    });
}

#[test]
fn an_image_that_goes_meanwhile_leaves_its_slots_behind() {
    explore(|| {
        let pool = pool(2);
        let passing = || Image::from_bytes(&vec![3; page_size()]).unwrap();
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let pool = pool.clone();
                thread::spawn(move || {
                    for _ in 0..LEASES {
                        let image = passing();
                        let slot = pool.acquire(&image).expect("one for each thread");
                        assert!(slot.as_slice() == image.as_bytes());
                    }
                })
            })
            .collect();
        pool.trim();
        for thread in threads {
            thread.join().unwrap();
        }
        pool.trim();
        check_rest(&pool);
        assert_eq!(pool.status().idle, 0, "nobody wants those images any more");
    });
}
